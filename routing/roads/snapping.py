"""Ties points to the nearest streets, exactly.

Streets are cut into straight pieces of at most PIECE_M, each filed under the cell of a square grid that its middle is in. For each
part of the grid a piece near it is known: its middle bounds the distance to the nearest street (where it is closed, one piece of each
cell round about is looked at instead). A piece within that bound has its middle at most half a piece farther off, so the cells that
reach so far hold all that can be nearest, and those of their pieces are measured. (`pieces.py` has the pieces and the grid.)
"""

from dataclasses import dataclass, replace
from threading import Lock
from typing import Final

import numpy as np
import numpy.typing as npt

from routing.geo import BoolArray, FloatArray, IntArray
from routing.roads.network import Edges, stretches
from routing.roads.pieces import CELLS_AT_ONCE, PIECE_M, ComplexArray, Grid, Pieces, Plane, least_of, ranges

EQUAL_M: Final = 1.0
"""Streets whose distances differ by no more are equally near, and a leg takes the best of them: at a junction, all that meet there.
A position is not known that well (a fix errs by some metres), yet the one stretch or the other may be a minute apart by permitted
turns. Choice of ours."""

_GROWTH: Final = 3

_MOST_PLACES: Final = 6
"""Where more stretches are equally near nothing is remembered: at 1 of 106,000 junctions of two networks the size of a city."""

_SLOT_BITS: Final = 16
_KNOWN: Final = np.dtype(
    [
        ("lat_deg", np.float64),
        ("lon_deg", np.float64),
        ("away_m", np.float64),
        ("is_known", np.bool_),
        ("n", np.int32),
        ("stretch", np.int64, _MOST_PLACES),
        ("share", np.float64, _MOST_PLACES),
    ],
    align=True,
)
"""What is remembered of a point: posts, hospitals, cells and standing units are asked for again and again. All slots are 9 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snaps:
    """The streets of n points: k places on edges, those of a point together.

    `row` int64[s]: the points that have a street within the limit, ascending; `away_m` float64[s]: how far the nearest is.
    Point `row[i]` lies on the edges `edge[first[i]:first[i + 1]]`: both directions and doubles of each stretch that is nearest or
    equally near; `along` float64[k] is the share of the edge's length before the place. `first` int64[s + 1].
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

    def split(self, n: int) -> "tuple[Snaps, Snaps]":
        """Those of the first n points and of the others, each as if asked for alone."""
        at = int(np.searchsorted(self.row, n))
        begin, end = self.part(0, at), self.part(at, len(self.row))
        return replace(begin, n=n), replace(end, n=self.n - n, row=end.row - n)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearest:
    """The nearest stretches of n points: `away_m` float64[n] is the distance, inf beyond the limit.

    Point i has the stretches `stretch[first[i]:first[i + 1]]` (int64, ascending), all that are nearest or equally near, at the `share`
    (float64) of their length; `first` int64[n + 1].
    """

    away_m: FloatArray
    first: IntArray
    stretch: IntArray
    share: FloatArray


class Snapper:
    """Finds the nearest of the `eligible` edges (bool[E]) within `limit_m`."""

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
        self._grid, by_cell = Grid.of(pieces.middle)
        self._pieces = pieces.taken(by_cell)

    def view(self, is_open: BoolArray | None = None) -> "SnapView":
        """The streets as they stand while only the edges `is_open` (bool[E]; None: all) may be entered."""
        return SnapView(self, None if is_open is None or is_open.all() else is_open)

    def stretches_with(self, is_open: BoolArray) -> BoolArray:
        """Which stretches have an edge that is open: bool[S]."""
        return np.asarray(np.logical_or.reduceat(is_open[self._edge_of], self._begin[:-1]), np.bool_)

    def nearest(self, lat_deg: FloatArray, lon_deg: FloatArray, usable: BoolArray | None) -> Nearest:
        """The nearest usable stretches (bool[S]; None: all) of n points."""
        x, y = self._plane.of_points(lat_deg, lon_deg)
        away_m, point, piece, foot = self._nearest_pieces(x, y, usable)
        stretch = self._pieces.stretch[piece]
        order = np.lexsort((away_m, stretch, point))
        is_first = np.ones(len(order), np.bool_)  # of its stretch: another piece of it may be as near
        is_first[1:] = (np.diff(point[order]) != 0) | (np.diff(stretch[order]) != 0)
        order = order[is_first]
        piece, counts = piece[order], np.bincount(point[order], minlength=len(x))
        share = self._pieces.start[piece] + foot[order] * self._pieces.share[piece]
        return Nearest(
            away_m=least_of(counts, away_m[order]),
            first=np.append(0, np.cumsum(counts)),
            stretch=stretch[order],
            share=np.clip(share, 0.0, 1.0),
        )

    def places(self, nearest: Nearest, is_open: BoolArray | None = None) -> Snaps:
        """The places on the open edges of what `nearest` found."""
        n_stretches = np.diff(nearest.first)
        row = np.flatnonzero(n_stretches)
        begin, end = self._begin[nearest.stretch], self._begin[nearest.stretch + 1]
        at = np.repeat(np.arange(len(begin)), end - begin)
        place = ranges(begin, end - begin)
        if is_open is not None:
            keep = is_open[self._edge_of[place]]
            at, place = at[keep], place[keep]
        share = nearest.share[at]
        return Snaps(
            n=len(n_stretches),
            row=row,
            away_m=nearest.away_m[row],
            first=np.searchsorted(at, np.append(nearest.first[row], len(begin))),
            edge=self._edge_of[place],
            along=np.where(self._is_reversed[place], 1.0 - share, share),
        )

    def _nearest_pieces(
        self, x: FloatArray, y: FloatArray, usable: BoolArray | None
    ) -> tuple[FloatArray, IntArray, IntArray, FloatArray]:
        """All pieces that are nearest or equally near: (distance, point, piece, where on it the point's foot is)."""
        most_m = self.limit_m + EQUAL_M
        point = self._grid.near(x, y, most_m)
        at = x[point] + y[point] * 1j
        reach_m = np.minimum(self._bounds_m(at, usable) + EQUAL_M, most_m)
        found = [(np.empty(0), np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))]
        for begin, end in self._grid.blocks(reach_m):
            some = slice(begin, end)
            owner, piece = self._candidates(at[some], reach_m[some], usable)
            foot, away_m = self._pieces.foot(piece, at[some][owner])
            least_m = least_of(np.bincount(owner, minlength=end - begin), away_m)
            keep = away_m <= np.where(least_m <= self.limit_m, least_m + EQUAL_M, -1.0)[owner]
            found.append((away_m[keep], point[some][owner[keep]], piece[keep], foot[keep]))
        away_m, point, piece, foot = (np.concatenate(column) for column in zip(*found, strict=True))
        return away_m, point, piece, foot

    def _bounds_m(self, at: ComplexArray, usable: BoolArray | None) -> FloatArray:
        """A distance within which each point has a usable piece; inf where none was met by chance."""
        piece = self._grid.near_by(at)
        is_usable = piece >= 0 if usable is None else (piece >= 0) & usable[self._pieces.stretch[piece]]
        bound_m = np.where(is_usable, np.abs(self._pieces.middle[piece] - at), np.inf)
        todo, n_cells = np.flatnonzero(~is_usable), 2
        while len(todo) and n_cells * self._grid.cell_m < 2.0 * self.limit_m:
            for some in np.array_split(todo, 1 + len(todo) * n_cells**2 // CELLS_AT_ONCE):
                piece = self._grid.sampled(at[some], n_cells)
                is_usable = piece >= 0 if usable is None else (piece >= 0) & usable[self._pieces.stretch[piece]]
                away_m = np.abs(self._pieces.middle[piece] - at[some, np.newaxis])
                bound_m[some] = np.min(away_m, axis=1, where=is_usable, initial=np.inf)
            todo = todo[np.isinf(bound_m[todo])]
            n_cells *= _GROWTH
        return bound_m

    def _candidates(self, at: ComplexArray, reach_m: FloatArray, usable: BoolArray | None) -> tuple[IntArray, IntArray]:
        """The usable pieces that can be the nearest or as near, if they are at most `reach_m` away: (point, piece), by point."""
        counts, piece = self._grid.around(at, reach_m + PIECE_M / 2)
        owner = np.repeat(np.arange(len(at)), counts)
        if usable is not None:
            keep = usable[self._pieces.stretch[piece]]
            owner, piece = owner[keep], piece[keep]
            counts = np.bincount(owner, minlength=len(at))
        middle_m = np.abs(self._pieces.middle[piece] - np.repeat(at, counts))
        keep = middle_m <= np.repeat(least_of(counts, middle_m) + (PIECE_M / 2 + EQUAL_M), counts)
        return owner[keep], piece[keep]


class SnapView:
    """A snapper while certain edges are closed; remembers the points that it was asked for. Safe in any thread."""

    def __init__(self, snapper: Snapper, is_open: BoolArray | None) -> None:
        self._snapper, self._is_open = snapper, is_open
        self._usable = None if is_open is None else snapper.stretches_with(is_open)
        self._known = np.zeros(1 << _SLOT_BITS, _KNOWN)
        self._lock = Lock()

    def snaps(self, lat_deg: npt.ArrayLike, lon_deg: npt.ArrayLike) -> Snaps:
        """The streets of n points. ValueError for arrays of other shapes than [n]."""
        lat, lon = np.asarray(lat_deg, np.float64), np.asarray(lon_deg, np.float64)
        if lat.ndim != 1 or lat.shape != lon.shape:
            raise ValueError(f"lat_deg and lon_deg must be [n], got {lat.shape} and {lon.shape}")
        return self._snapper.places(self._nearest(lat, lon), self._is_open)

    def _nearest(self, lat: FloatArray, lon: FloatArray) -> Nearest:
        """As the snapper has it. Each point has its slot in the memory, and the last point of a slot is remembered."""
        if len(lat) > len(self._known) // 4:
            return self._snapper.nearest(lat, lon, self._usable)
        slot = _slots(lat, lon)
        with self._lock:
            known = self._known[slot]
        new = np.flatnonzero(~known["is_known"] | (known["lat_deg"] != lat) | (known["lon_deg"] != lon))
        if len(new):
            found = self._snapper.nearest(lat[new], lon[new], self._usable)
            n = np.diff(found.first)
            if n.max() > _MOST_PLACES:
                return self._snapper.nearest(lat, lon, self._usable)
            known[new] = _remembered(lat[new], lon[new], found, n)
            with self._lock:
                self._known[slot[new]] = known[new]
        is_place = np.arange(_MOST_PLACES) < known["n"][:, np.newaxis]
        return Nearest(
            away_m=known["away_m"],
            first=np.append(0, np.cumsum(known["n"])),
            stretch=known["stretch"][is_place],
            share=known["share"][is_place],
        )


def _slots(lat: FloatArray, lon: FloatArray) -> IntArray:
    """Numbers below 2 ** _SLOT_BITS, spread evenly over points however alike (multiplicative hashing)."""
    mixed = lat.view(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + lon.view(np.uint64) * np.uint64(0xC2B2AE3D27D4EB4F)
    return (mixed >> np.uint64(64 - _SLOT_BITS)).astype(np.int64)


def _remembered(lat: FloatArray, lon: FloatArray, found: Nearest, n: IntArray) -> npt.NDArray[np.void]:
    """Rows of _KNOWN; `n` int64[len(lat)], how many stretches each point has."""
    rows = np.zeros(len(lat), _KNOWN)
    rows["lat_deg"], rows["lon_deg"], rows["away_m"], rows["n"], rows["is_known"] = lat, lon, found.away_m, n, True
    is_place = np.arange(_MOST_PLACES) < n[:, np.newaxis]
    rows["stretch"][is_place], rows["share"][is_place] = found.stretch, found.share
    return rows


def _reversed_to_first(edges: Edges, edge_of: IntArray, begin: IntArray) -> BoolArray:
    """Whether each edge is drawn the other way round than the first of its stretch: bool[k]."""
    first, last = np.asarray(edges.first_point[:-1], np.int64), np.asarray(edges.first_point[1:], np.int64) - 1
    leader = np.repeat(edge_of[begin[:-1]], np.diff(begin))

    def same(a: IntArray, b: IntArray) -> BoolArray:
        return np.asarray((edges.lat_e7[a] == edges.lat_e7[b]) & (edges.lon_e7[a] == edges.lon_e7[b]))

    begins_alike, goes_alike = same(first[edge_of], first[leader]), same(first[edge_of] + 1, first[leader] + 1)
    ends_alike = same(last[edge_of], last[leader])
    return ~(begins_alike & goes_alike & ends_alike)
