"""Ties points to the nearest street, exactly.

Streets are cut into straight pieces of at most PIECE_M, each filed under the cell of a square grid that its middle is in. For a point
the pieces in the block of cells around it are looked at: a middle is a place of its piece, so the nearest middle bounds the distance,
and only pieces whose middle is at most half a piece farther are measured. The nearest is the answer if no piece outside the block can
be nearer; else the block grows, up to the limit. (`pieces.py` has the pieces and the grid.)
"""

from dataclasses import dataclass
from threading import Lock
from typing import Final

import numpy as np
import numpy.typing as npt

from routing.geo import BoolArray, FloatArray, IntArray
from routing.roads.network import Edges, stretches
from routing.roads.pieces import PIECE_M, Grid, Pieces, Plane, least_of, ranges

EQUAL_M: Final = 1e-3
"""Streets whose distances differ by less are equally near (they meet in a junction); the one of the lowest way is taken, so that
rounding decides nothing. OpenStreetMap's own grid is ten times as wide."""

_GROWTH: Final = 3
_POINTS_AT_ONCE: Final = 4_096
_NONE: Final = np.iinfo(np.int64).max

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
        self._eligible = np.flatnonzero(eligible)
        stretch = stretches(edges)[self._eligible]
        order = np.argsort(stretch, kind="stable")
        _, begin = np.unique(stretch[order], return_index=True)
        self._edge_of = self._eligible[order]
        """Eligible edges, those of a stretch together: `_begin` int64[S + 1]."""
        self._begin = np.append(begin, len(order)).astype(np.int64)
        self._is_reversed = _reversed_to_first(edges, self._edge_of, self._begin)
        self._plane = Plane.of(edges)
        pieces = Pieces.of(edges, self._edge_of[self._begin[:-1]], self._plane)
        self._grid, by_cell = Grid.of(pieces.middles())
        self._pieces = pieces.taken(by_cell)
        self._middle_x, self._middle_y = self._pieces.middles()

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
        place = ranges(self._begin[stretch], counts)
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
        """Distance and number of the nearest piece, of equals one of the lowest stretch; inf where none is within the limit."""
        away_m, piece = np.full(len(x), np.inf), np.zeros(len(x), np.int64)
        todo, reach = self._grid.near(x, y, self.limit_m), 1
        while len(todo):
            step = max(1, _POINTS_AT_ONCE // reach**2)
            for begin in range(0, len(todo), step):
                some = todo[begin : begin + step]
                found, away_m[some] = self._nearest_in_block(x[some], y[some], reach, usable)
                piece[some] = found
            certain_m = reach * self._grid.cell_m - PIECE_M / 2 - EQUAL_M
            if certain_m >= self.limit_m:
                break
            todo = todo[away_m[todo] > certain_m]
            reach *= _GROWTH
        return away_m, piece

    def _nearest_in_block(
        self, x: FloatArray, y: FloatArray, reach: int, usable: BoolArray | None
    ) -> tuple[IntArray, FloatArray]:
        """Number (0 if there is none) and distance (inf) of the nearest piece in the block of cells around each point."""
        owner, found = self._grid.around(x, y, reach)
        if usable is not None:
            keep = usable[self._pieces.stretch[found]]
            owner, found = owner[keep], found[keep]
        square = (self._middle_x[found] - x[owner]) ** 2 + (self._middle_y[found] - y[owner]) ** 2
        reach_m = np.sqrt(least_of(owner, square, len(x), np.inf)) + (PIECE_M / 2 + EQUAL_M)
        keep = square <= (reach_m * reach_m)[owner]
        owner, found = owner[keep], found[keep]
        distance_m = np.sqrt(self._pieces.foot(found, x[owner], y[owner])[1])
        least_m = least_of(owner, distance_m, len(x), np.inf)
        stretch = np.where(distance_m <= least_m[owner] + EQUAL_M, self._pieces.stretch[found], _NONE)
        is_nearest = stretch == least_of(owner, stretch, len(x), _NONE)[owner]
        distance_m[~is_nearest] = np.inf
        is_nearest &= distance_m == least_of(owner, distance_m, len(x), np.inf)[owner]
        first = least_of(owner, np.where(is_nearest, found, _NONE), len(x), _NONE)
        return np.where(first == _NONE, 0, first), least_m


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
            new = {key: row for row, key in enumerate(keys) if key not in known.number}
            rows, begin = list(new.values()), len(known.number)
            places = slice(begin, begin + len(rows))
            known.stretch[places], known.share[places], known.away_m[places] = self._snapper.nearest(
                lat[rows], lon[rows], self._usable
            )
            known.number.update(zip(new, range(begin, begin + len(rows)), strict=True))
            return known, np.array([known.number[key] for key in keys], np.int64)


class _Known:
    """Points (lat + lon * 1j) by number, and what was found for each."""

    def __init__(self) -> None:
        self.number: dict[complex, int] = {}
        self.stretch = np.zeros(_MOST_KNOWN, np.int64)
        self.share, self.away_m = np.zeros(_MOST_KNOWN), np.zeros(_MOST_KNOWN)


def _reversed_to_first(edges: Edges, edge_of: IntArray, begin: IntArray) -> BoolArray:
    """Whether each edge is drawn the other way round than the first of its stretch: bool[k]."""
    first, last = np.asarray(edges.first_point[:-1], np.int64), np.asarray(edges.first_point[1:], np.int64) - 1
    leader = np.repeat(edge_of[begin[:-1]], np.diff(begin))

    def same(a: IntArray, b: IntArray) -> BoolArray:
        return np.asarray((edges.lat_e7[a] == edges.lat_e7[b]) & (edges.lon_e7[a] == edges.lon_e7[b]))

    begins_alike, goes_alike = same(first[edge_of], first[leader]), same(first[edge_of] + 1, first[leader] + 1)
    ends_alike = same(last[edge_of], last[leader])
    return ~(begins_alike & goes_alike & ends_alike)
