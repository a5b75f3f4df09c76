"""An index of places that do not move: AEDs, hospitals, bases, demand points.

H3 cells are its key (zones, caches, bundles by cell); the k nearest come from a kd-tree on unit vectors,
whose chords order points exactly as great-circle distances do. Rings of cells, by contrast, either err
or cost 131 ms for a far query among 60,000 points (measured; the tree takes 25 microseconds).

Distances that are equal to rounding are decided by the row, so that answers do not depend on the shape
of the tree: all points whose chord is within `_CHORD_TOLERANCE` of the k-th are fetched and then ordered
by (distance, row).
"""

import math
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from routing.cells import Cell, cells_of, resolution_of
from routing.geo import BoolArray, FloatArray, IntArray, Wgs84, chord_of, distances_m, unit_vectors

_CHORD_TOLERANCE: Final = 1e-14
"""64 nm on the ground: some thirty roundings of a unit vector's coordinate (2.2e-16)."""

_FIRST_FETCH: Final = 3
_FETCH_GROWTH: Final = 4
_TREE_SHARE: Final = 16
"""With a mask the tree is asked for 3k, 12k ... points; beyond n / 16 a scan of all is cheaper."""


class StaticIndex:
    """Rows 0 to n-1 of points that are given once: `lat_deg`, `lon_deg` float64[n], within the globe.

    What a row means is the caller's business. `resolution` is that of the H3 cells (9: edges of 200 m).
    ValueError for shapes that differ or coordinates outside the globe.
    """

    def __init__(self, lat_deg: npt.ArrayLike, lon_deg: npt.ArrayLike, *, resolution: int = 9) -> None:
        self._lat_deg = _frozen(lat_deg)
        self._lon_deg = _frozen(lon_deg)
        _require_points(self._lat_deg, self._lon_deg)
        self.resolution = resolution
        self._tree = cKDTree(unit_vectors(self._lat_deg, self._lon_deg).reshape(-1, 3))
        cells = cells_of(self._lat_deg, self._lon_deg, resolution)
        self._by_cell = np.argsort(cells, kind="stable").astype(np.int64)
        self._cells, starts = np.unique(cells[self._by_cell], return_index=True)
        self._starts = np.append(starts, len(cells))

    def __len__(self) -> int:
        return len(self._lat_deg)

    def point(self, row: int) -> Wgs84:
        """The point of a row."""
        return Wgs84(lat_deg=float(self._lat_deg[row]), lon_deg=float(self._lon_deg[row]))

    def nearest(self, point: Wgs84, k: int, accept: BoolArray | None = None) -> tuple[IntArray, FloatArray]:
        """The k nearest rows and their distances, nearest first, equal distances by row.

        `accept` bool[n] filters before k is counted ("open now"); fewer than k are returned only if
        fewer exist. Returns (rows int64[<=k], distance_m float64[<=k]); ValueError for a negative k or
        a mask of another shape.
        """
        if k < 0:
            raise ValueError(f"k must not be negative, got {k}")
        if accept is not None and accept.shape != (len(self),):
            raise ValueError(f"accept must have shape ({len(self)},), got {accept.shape}")
        if k == 0 or len(self) == 0:
            return _ordered(point, np.empty(0, np.int64), self._lat_deg, self._lon_deg, 0)
        rows = self._closest(point, k) if accept is None else self._closest_accepted(point, k, accept)
        return _ordered(point, rows, self._lat_deg, self._lon_deg, k)

    def within(self, point: Wgs84, radius_m: float) -> tuple[IntArray, FloatArray]:
        """All rows at most `radius_m` away and their distances, ordered like `nearest`."""
        chord = chord_of(max(radius_m, 0.0)) + _CHORD_TOLERANCE
        near = np.asarray(self._tree.query_ball_point(_vector(point), chord), dtype=np.int64)
        rows, distance_m = _ordered(point, near, self._lat_deg, self._lon_deg, len(near))
        keep = distance_m <= radius_m
        return rows[keep], distance_m[keep]

    def in_cell(self, cell: Cell) -> IntArray:
        """The rows in a cell of this index's resolution, ascending: int64[m]."""
        if resolution_of(cell) != self.resolution:
            raise ValueError(f"cell has resolution {resolution_of(cell)}, the index {self.resolution}")
        at = int(np.searchsorted(self._cells, cell))
        if at == len(self._cells) or self._cells[at] != cell:
            return np.empty(0, np.int64)
        return self._by_cell[self._starts[at] : self._starts[at + 1]].copy()

    def occupied_cells(self) -> list[Cell]:
        """The cells that hold at least one row, ascending."""
        return [Cell(cell) for cell in self._cells.tolist()]

    def in_box(self, *, south_deg: float, west_deg: float, north_deg: float, east_deg: float) -> IntArray:
        """The rows in a box, edges included, ascending; west > east means across the date line."""
        in_lat = (self._lat_deg >= south_deg) & (self._lat_deg <= north_deg)
        past_west, before_east = self._lon_deg >= west_deg, self._lon_deg <= east_deg
        in_lon = past_west & before_east if west_deg <= east_deg else past_west | before_east
        return np.flatnonzero(in_lat & in_lon).astype(np.int64)

    def _closest(self, point: Wgs84, count: int) -> IntArray:
        """A set of rows that holds the `count` nearest and all that tie with the last of them."""
        if count >= len(self):
            return np.arange(len(self), dtype=np.int64)
        query = _vector(point)
        found = self._tree.query(query, k=count + 1)
        chords, rows = np.asarray(found[0]), np.asarray(found[1], dtype=np.int64)
        limit = float(chords[count - 1]) + _CHORD_TOLERANCE
        if chords[count] > limit:
            return rows[:count]
        return np.asarray(self._tree.query_ball_point(query, limit), dtype=np.int64)

    def _closest_accepted(self, point: Wgs84, k: int, accept: BoolArray) -> IntArray:
        """As `_closest`, of the accepted rows only."""
        count = _FIRST_FETCH * k
        while count * _TREE_SHARE < len(self):
            rows = self._closest(point, count)
            rows = rows[accept[rows]]
            if len(rows) >= k:
                return rows
            count *= _FETCH_GROWTH
        return np.flatnonzero(accept).astype(np.int64)


def _ordered(
    point: Wgs84, rows: IntArray, lat_deg: FloatArray, lon_deg: FloatArray, k: int
) -> tuple[IntArray, FloatArray]:
    """The k nearest of `rows` with their distances, ordered by (distance, row)."""
    distance_m = distances_m(lat_deg[rows], lon_deg[rows], point)
    if k < len(rows):
        near = np.flatnonzero(distance_m <= np.partition(distance_m, k - 1)[k - 1])
        rows, distance_m = rows[near], distance_m[near]
    order = np.lexsort((rows, distance_m))[:k]
    return rows[order], distance_m[order]


def _vector(point: Wgs84) -> list[float]:
    lat, lon = math.radians(point.lat_deg), math.radians(point.lon_deg)
    return [math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)]


def _frozen(deg: npt.ArrayLike) -> FloatArray:
    copy = np.array(deg, dtype=np.float64)
    copy.setflags(write=False)
    return copy


def _require_points(lat_deg: FloatArray, lon_deg: FloatArray) -> None:
    if lat_deg.ndim != 1 or lat_deg.shape != lon_deg.shape:
        raise ValueError(f"lat_deg and lon_deg must be [n], got {lat_deg.shape} and {lon_deg.shape}")
    if not (np.all(np.abs(lat_deg) <= 90.0) and np.all(np.abs(lon_deg) <= 180.0)):
        raise ValueError("coordinates must be finite and within the globe")
