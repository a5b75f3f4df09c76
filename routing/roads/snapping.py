"""Ties points to the nearest street, exactly.

Streets are cut into straight pieces of at most PIECE_M, each filed under the cell of a square grid that its middle is in. For a point
the pieces in the block of cells around it are looked at: a middle is a place of its piece, so the nearest middle bounds the distance,
and only pieces whose middle is at most half a piece farther are measured. The nearest is the answer if no piece outside the block can
be nearer; else the block grows, up to the limit.

All in a plane: east and north of the network's corner in metres, meridians taken as parallel at the distance they have in the middle
of the network. In a city that misjudges a distance by less than 0.3 %, all around a point alike.
"""

from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from routing.geo import EARTH_RADIUS_M, BoolArray, FloatArray, IntArray
from routing.roads.network import E7, Edges, stretches

PIECE_M: Final = 40.0
EQUAL_M: Final = 1e-3
"""Streets whose distances differ by less are equally near (they meet in a junction); the one of the lowest way is taken, so that
rounding decides nothing. OpenStreetMap's own grid is ten times as wide."""

CELL_M: Final = 50.0
MOST_CELLS: Final = 1 << 22
"""Where cells of CELL_M would be more than this (32 MB), beyond some 10,000 km2, cells are larger."""

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
        self._plane = _Plane.of(edges)
        pieces = _Pieces.of(edges, self._edge_of[self._begin[:-1]], self._plane)
        self._grid, by_cell = _Grid.of(pieces.middles())
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
        reach_m = np.sqrt(_least(owner, square, len(x), np.inf)) + (PIECE_M / 2 + EQUAL_M)
        keep = square <= (reach_m * reach_m)[owner]
        owner, found = owner[keep], found[keep]
        distance_m = np.sqrt(self._pieces.foot(found, x[owner], y[owner])[1])
        least_m = _least(owner, distance_m, len(x), np.inf)
        stretch = np.where(distance_m <= least_m[owner] + EQUAL_M, self._pieces.stretch[found], _NONE)
        is_nearest = stretch == _least(owner, stretch, len(x), _NONE)[owner]
        distance_m[~is_nearest] = np.inf
        is_nearest &= distance_m == _least(owner, distance_m, len(x), np.inf)[owner]
        first = _least(owner, np.where(is_nearest, found, _NONE), len(x), _NONE)
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

    def taken(self, order: IntArray) -> "_Pieces":
        """The pieces in another order."""
        return _Pieces(self.line[order], self.inverse[order], self.stretch[order], self.start[order], self.share[order])

    def middles(self) -> tuple[FloatArray, FloatArray]:
        """x and y of each piece's middle."""
        middle = self.line[:, :2] + self.line[:, 2:] / 2
        return middle[:, 0].copy(), middle[:, 1].copy()

    def foot(self, piece: IntArray, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Where on its piece each point's foot is, 0 to 1, and the square of its distance."""
        line = self.line[piece]
        dx, dy = line[..., 2], line[..., 3]
        x, y = x - line[..., 0], y - line[..., 1]
        at = np.clip((x * dx + y * dy) * self.inverse[piece], 0.0, 1.0)
        x, y = x - at * dx, y - at * dy
        return at, x * x + y * y


@dataclass(frozen=True, slots=True)
class _Grid:
    """Pieces in the order of the cell of their middle: those of cell c are `begin[c]` to `begin[c + 1]`; cells count eastwards."""

    cell_m: float
    n_columns: int
    n_rows: int
    begin: IntArray

    @classmethod
    def of(cls, middles: tuple[FloatArray, FloatArray]) -> "tuple[_Grid, IntArray]":
        """The grid, and the order that the pieces must be put in."""
        x, y = middles
        width_m, height_m = float(x.max(initial=0.0)), float(y.max(initial=0.0))
        cell_m = max(CELL_M, float(np.sqrt((width_m + 1) * (height_m + 1) / MOST_CELLS)))
        n_columns, n_rows = int(width_m / cell_m) + 1, int(height_m / cell_m) + 1
        cell = (y // cell_m).astype(np.int64) * n_columns + (x // cell_m).astype(np.int64)
        begin = np.zeros(n_columns * n_rows + 1, np.int64)
        np.cumsum(np.bincount(cell, minlength=n_columns * n_rows), out=begin[1:])
        return cls(cell_m, n_columns, n_rows, begin), np.argsort(cell, kind="stable")

    def near(self, x: FloatArray, y: FloatArray, limit_m: float) -> IntArray:
        """The points at most `limit_m` and a cell outside the grid."""
        east_m, north_m, slack_m = self.n_columns * self.cell_m, self.n_rows * self.cell_m, limit_m + self.cell_m
        inside = (x > -slack_m) & (x < east_m + slack_m) & (y > -slack_m) & (y < north_m + slack_m)
        return np.flatnonzero(inside).astype(np.int64)

    def around(self, x: FloatArray, y: FloatArray, reach: int) -> tuple[IntArray, IntArray]:
        """The pieces in the block of 2 * reach + 1 cells square around each point: (point, piece), ascending points."""
        column, row = (x // self.cell_m).astype(np.int64), (y // self.cell_m).astype(np.int64)
        west = np.clip(column - reach, 0, self.n_columns)
        east = np.clip(column + reach + 1, 0, self.n_columns)
        rows = row[:, np.newaxis] + np.arange(-reach, reach + 1)
        is_row = (rows >= 0) & (rows < self.n_rows)
        base = np.where(is_row, rows, 0) * self.n_columns
        low, high = self.begin[base + west[:, np.newaxis]], self.begin[base + east[:, np.newaxis]]
        counts = np.where(is_row, high - low, 0)
        owner = np.repeat(np.arange(len(x)), counts.sum(axis=1))
        return owner, _ranges(low.ravel(), counts.ravel())


def _least(owner: IntArray, values: npt.NDArray[Any], n: int, none: Any) -> npt.NDArray[Any]:
    """The least value of each of n owners (they come in runs), `none` for those without any."""
    least = np.full(n, none, values.dtype)
    if len(owner):
        begin = np.flatnonzero(np.append(True, owner[1:] != owner[:-1]))
        least[owner[begin]] = np.minimum.reduceat(values, begin)
    return least


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
