"""Ties points to the nearest street, exactly.

Streets are cut into straight pieces of at most PIECE_M; a tree holds their middles. For a point the pieces with the k nearest middles
are measured, and the nearest of them is the answer as soon as the k-th middle is farther than that and half a piece: no piece beyond
can be nearer. Else k grows, up to the limit.

All in a plane: east and north of the network's corner in metres, meridians taken as parallel at the distance they have in the middle
of the network. In a city that misjudges a distance by less than 0.3 %, all around a point alike.
"""

from dataclasses import dataclass
from threading import Lock
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from routing.geo import EARTH_RADIUS_M, BoolArray, FloatArray, IntArray
from routing.roads.network import E7, Edges, stretches

PIECE_M: Final = 50.0
EQUAL_M: Final = 1e-3
"""Streets whose distances differ by less are equally near (they meet in a junction); the one of the lowest way is taken, so that
rounding decides nothing. OpenStreetMap's own grid is ten times as wide."""

_FIRST_FETCH: Final = 8
_FETCH_GROWTH: Final = 4
_MOST_KNOWN: Final = 1 << 15
"""Points whose street is remembered, about 4 MB: posts, hospitals, cells and standing units are asked for again and again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snaps:
    """The streets of n points: k places on edges, those of a point together.

    `row` int64[s]: the points that have a street within the limit, ascending; `away_m` float64[s]: how far it is.
    Point `row[i]` lies on the edges `edge[first[i]:first[i + 1]]`: both directions and doubles of one stretch; `along` float64[k] is
    the share of the edge's length before the place. `first` int64[s + 1].
    """

    n: int
    row: IntArray
    away_m: FloatArray
    first: IntArray
    edge: IntArray
    along: FloatArray

    def part(self, begin: int, end: int) -> "Snaps":
        """The snapped points `begin` to `end` (exclusive) alone, as if nothing else had been asked; `row` stays."""
        places = slice(int(self.first[begin]), int(self.first[end]))
        return Snaps(
            n=self.n,
            row=self.row[begin:end],
            away_m=self.away_m[begin:end],
            first=self.first[begin : end + 1] - self.first[begin],
            edge=self.edge[places],
            along=self.along[places],
        )


class Snapper:
    """Finds the nearest of the `eligible` edges (bool[E]), bool[E], within `limit_m`."""

    def __init__(self, edges: Edges, eligible: BoolArray, *, limit_m: float) -> None:
        self.limit_m = limit_m
        self._reach_m = limit_m + PIECE_M
        self._eligible = np.flatnonzero(eligible)
        stretch = stretches(edges)[self._eligible]
        order = np.argsort(stretch, kind="stable")
        _, begin = np.unique(stretch[order], return_index=True)
        self._edge_of = self._eligible[order]
        """Eligible edges, those of a stretch together: `_begin` int64[S + 1]."""
        self._begin = np.append(begin, len(order)).astype(np.int64)
        self._is_reversed = _reversed_to_first(edges, self._edge_of, self._begin)
        self._plane = _Plane.of(edges)
        self._pieces = _Pieces.of(edges, self._edge_of[self._begin[:-1]], self._plane)
        middles = self._pieces.line[:, :2] + self._pieces.line[:, 2:] / 2
        self._tree = cKDTree(middles, balanced_tree=False, compact_nodes=False)

    def view(self, is_open: BoolArray | None = None) -> "SnapView":
        """The streets as they stand while only the edges `is_open` (bool[E]; None: all) may be entered."""
        return SnapView(self, None if is_open is None or is_open.all() else is_open)

    def stretches_with(self, is_open: BoolArray) -> BoolArray:
        """Which stretches have an edge that is open: bool[S]."""
        return np.asarray(np.logical_or.reduceat(is_open[self._edge_of], self._begin[:-1]), np.bool_)

    def nearest(
        self, lat_deg: FloatArray, lon_deg: FloatArray, usable: BoolArray | None
    ) -> tuple[IntArray, FloatArray, FloatArray]:
        """(stretch, share of its length, distance in metres) of the nearest usable stretch (bool[S]) to each of n points."""
        x, y = self._plane.of_points(lat_deg, lon_deg)
        away_m, piece = self._nearest_pieces(x, y, usable)
        pieces = self._pieces
        share = pieces.start[piece] + pieces.foot(piece, x, y)[0] * pieces.share[piece]
        return pieces.stretch[piece], np.clip(share, 0.0, 1.0), away_m

    def places(
        self, stretch: IntArray, share: FloatArray, away_m: FloatArray, is_open: BoolArray | None = None
    ) -> Snaps:
        """The places on the open edges of what `nearest` found."""
        row = np.flatnonzero(away_m <= self.limit_m)
        stretch, share = stretch[row], share[row]
        counts = self._begin[stretch + 1] - self._begin[stretch]
        owner = np.repeat(np.arange(len(row)), counts)
        place = _ranges(self._begin[stretch], counts)
        if is_open is not None:
            keep = is_open[self._edge_of[place]]
            owner, place = owner[keep], place[keep]
        return Snaps(
            n=len(away_m),
            row=row,
            away_m=away_m[row],
            first=np.searchsorted(owner, np.arange(len(row) + 1)),
            edge=self._edge_of[place],
            along=np.where(self._is_reversed[place], 1.0 - share[owner], share[owner]),
        )

    def _nearest_pieces(self, x: FloatArray, y: FloatArray, usable: BoolArray | None) -> tuple[FloatArray, IntArray]:
        """Distance and number of the nearest piece, of equals one of the lowest stretch; inf beyond the limit."""
        away_m, piece = np.full(len(x), np.inf), np.zeros(len(x), np.int64)
        todo, n_pieces = np.flatnonzero(np.isfinite(x + y)), len(self._pieces.inverse)
        count = min(_FIRST_FETCH, n_pieces)
        while len(todo) and count:
            xy = np.stack([x[todo], y[todo]], axis=1)
            answer = self._tree.query(xy, k=np.arange(1, count + 1), distance_upper_bound=self._reach_m)
            middle_m, found = np.asarray(answer[0]), np.asarray(answer[1], np.int64)
            is_none = found == n_pieces
            found[is_none] = 0
            distance_m = np.sqrt(self._pieces.foot(found, x[todo, np.newaxis], y[todo, np.newaxis])[1])
            distance_m[is_none if usable is None else is_none | ~usable[self._pieces.stretch[found]]] = np.inf
            least_m = distance_m.min(axis=1)
            away_m[todo] = least_m
            stretch = np.where(distance_m <= least_m[:, np.newaxis] + EQUAL_M, self._pieces.stretch[found], n_pieces)
            distance_m[stretch != stretch.min(axis=1, keepdims=True)] = np.inf
            piece[todo] = found[np.arange(len(todo)), distance_m.argmin(axis=1)]
            if count == n_pieces:
                break
            todo = todo[middle_m[:, -1] <= np.minimum(away_m[todo] + EQUAL_M + PIECE_M / 2, self._reach_m)]
            count = min(count * _FETCH_GROWTH, n_pieces)
        return away_m, piece


class SnapView:
    """A snapper while certain edges are closed; remembers the points that it was asked for. Safe in any thread."""

    def __init__(self, snapper: Snapper, is_open: BoolArray | None) -> None:
        self._snapper, self._is_open = snapper, is_open
        self._usable = None if is_open is None else snapper.stretches_with(is_open)
        self._known = _Known()
        self._lock = Lock()

    def snaps(self, lat_deg: npt.ArrayLike, lon_deg: npt.ArrayLike) -> Snaps:
        """The streets of n points. ValueError for arrays of other shapes than [n]."""
        lat, lon = np.asarray(lat_deg, np.float64), np.asarray(lon_deg, np.float64)
        if lat.ndim != 1 or lat.shape != lon.shape:
            raise ValueError(f"lat_deg and lon_deg must be [n], got {lat.shape} and {lon.shape}")
        if len(lat) > _MOST_KNOWN // 4:
            return self._snapper.places(*self._snapper.nearest(lat, lon, self._usable), self._is_open)
        known = self._known
        keys = (lat + 1j * lon).tolist()
        numbers = np.array([known.number.get(key, -1) for key in keys], np.int64)
        new = np.flatnonzero(numbers < 0)
        if len(new):
            known, numbers = self._learn(lat, lon, keys)
        return self._snapper.places(known.stretch[numbers], known.share[numbers], known.away_m[numbers], self._is_open)

    def _learn(self, lat: FloatArray, lon: FloatArray, keys: list[complex]) -> "tuple[_Known, IntArray]":
        """All of the points known, in a fresh memory when they do not fit into the old one."""
        with self._lock:
            known = self._known
            if len(known.number) + len(keys) > _MOST_KNOWN:
                known = self._known = _Known()
            new = [at for at, key in enumerate(keys) if key not in known.number]
            begin = len(known.number)
            stretch, share, away_m = self._snapper.nearest(lat[new], lon[new], self._usable)
            places = slice(begin, begin + len(new))
            known.stretch[places], known.share[places], known.away_m[places] = stretch, share, away_m
            for at, row in enumerate(new):
                known.number.setdefault(keys[row], begin + at)
            return known, np.array([known.number[key] for key in keys], np.int64)


class _Known:
    """Points (lat + lon * 1j) by number, and what was found for each."""

    def __init__(self) -> None:
        self.number: dict[complex, int] = {}
        self.stretch = np.zeros(_MOST_KNOWN, np.int64)
        self.share, self.away_m = np.zeros(_MOST_KNOWN), np.zeros(_MOST_KNOWN)


@dataclass(frozen=True, slots=True)
class _Plane:
    lat_deg: float
    lon_deg: float
    m_per_lat: float
    m_per_lon: float

    @classmethod
    def of(cls, edges: Edges) -> "_Plane":
        if not len(edges.lat_e7):
            return cls(0.0, 0.0, 1.0, 1.0)
        south, north = float(edges.lat_e7.min()) * E7, float(edges.lat_e7.max()) * E7
        m_per_deg = np.radians(1.0) * EARTH_RADIUS_M
        shrink = np.cos(np.radians((south + north) / 2))
        return cls(south, float(edges.lon_e7.min()) * E7, float(m_per_deg), float(m_per_deg * shrink))

    def of_points(self, lat_deg: npt.ArrayLike, lon_deg: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        lat, lon = np.asarray(lat_deg, np.float64), np.asarray(lon_deg, np.float64)
        return (lon - self.lon_deg) * self.m_per_lon, (lat - self.lat_deg) * self.m_per_lat


@dataclass(frozen=True, slots=True)
class _Pieces:
    """P straight pieces of stretches: `line` float64[P, 4] is x, y of the beginning and how far it goes, dx, dy; `inverse` is
    1 / (dx2 + dy2). They begin at `start` of their stretch's length and are `share` of it."""

    line: FloatArray
    inverse: FloatArray
    stretch: IntArray
    start: FloatArray
    share: FloatArray

    @classmethod
    def of(cls, edges: Edges, drawn_by: IntArray, plane: _Plane) -> "_Pieces":
        """Of the stretches that the edges `drawn_by` draw."""
        begin = np.asarray(edges.first_point[:-1], np.int64)[drawn_by]
        n_lines = np.asarray(edges.first_point[1:], np.int64)[drawn_by] - begin - 1
        a = _ranges(begin, n_lines)
        stretch = np.repeat(np.arange(len(drawn_by)), n_lines)
        x, y = plane.of_points(edges.lat_e7 * E7, edges.lon_e7 * E7)
        dx, dy = x[a + 1] - x[a], y[a + 1] - y[a]
        length_m = np.hypot(dx, dy)
        ends_m = np.cumsum(length_m)
        line_end = np.cumsum(n_lines) - 1
        total_m = np.add.reduceat(length_m, line_end - n_lines + 1) if len(a) else length_m
        before_m = ends_m - length_m - np.repeat(ends_m[line_end] - total_m, n_lines)
        total_m = np.repeat(np.maximum(total_m, 1e-9), n_lines)
        n_cuts = np.maximum(1, np.ceil(length_m / PIECE_M)).astype(np.int64)
        of, cut = np.repeat(np.arange(len(a)), n_cuts), _ranges(np.zeros(len(a), np.int64), n_cuts)
        part = np.stack([dx / n_cuts, dy / n_cuts], axis=1)[of]
        share = (length_m / n_cuts / total_m)[of]
        return cls(
            line=np.concatenate([np.stack([x[a], y[a]], axis=1)[of] + cut[:, np.newaxis] * part, part], axis=1),
            inverse=1.0 / np.maximum((part**2).sum(axis=1), 1e-18),
            stretch=stretch[of],
            start=(before_m / total_m)[of] + cut * share,
            share=share,
        )

    def foot(self, piece: IntArray, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Where on its piece each point's foot is, 0 to 1, and the square of its distance."""
        line = self.line[piece]
        dx, dy = line[..., 2], line[..., 3]
        x, y = x - line[..., 0], y - line[..., 1]
        at = np.clip((x * dx + y * dy) * self.inverse[piece], 0.0, 1.0)
        x, y = x - at * dx, y - at * dy
        return at, x * x + y * y


def _ranges(begin: IntArray, counts: IntArray) -> IntArray:
    """begin[0], begin[0] + 1, ... (counts[0] numbers), begin[1], ..."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.asarray(np.arange(total) + np.repeat(begin - (ends - counts), counts), np.int64)


def _reversed_to_first(edges: Edges, edge_of: IntArray, begin: IntArray) -> BoolArray:
    """Whether each edge is drawn the other way round than the first of its stretch: bool[k]."""
    first, last = np.asarray(edges.first_point[:-1], np.int64), np.asarray(edges.first_point[1:], np.int64) - 1
    leader = np.repeat(edge_of[begin[:-1]], np.diff(begin))

    def same(a: IntArray, b: IntArray) -> BoolArray:
        return np.asarray((edges.lat_e7[a] == edges.lat_e7[b]) & (edges.lon_e7[a] == edges.lon_e7[b]))

    begins_alike, goes_alike = same(first[edge_of], first[leader]), same(first[edge_of] + 1, first[leader] + 1)
    ends_alike = same(last[edge_of], last[leader])
    return ~(begins_alike & goes_alike & ends_alike)
