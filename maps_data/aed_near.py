"""The devices near each neighbourhood, kept ready: for somebody in an H3 cell those nearest to its centre are priced at once."""

from math import cos, radians, sin
from typing import Final, NamedTuple

import numpy as np

from routing.cells import Cell, centre
from routing.geo import FloatArray, IntArray, Wgs84, unit_vectors
from routing.index import StaticIndex

RESOLUTION: Final = 8
"""Cells of some 500 m. At 9 there are seven times as many to be filled; at 7 the lists are four times as long."""

FIRST_DEVICES: Final = 64
MOST_DEVICES: Final = 768
"""Devices kept with a cell at first, and at most; a list that did not settle an answer is doubled. Choices of ours."""

CELLS_KEPT: Final = 1 << 12


class Near(NamedTuple):
    """The devices nearest to a cell's centre: rows int64[m] ascending, halves of the unit vectors of them and then of the centre,
    each of the three coordinates float64[m + 1], and how far the farthest is from the centre.
    """

    rows: IntArray
    half_x: FloatArray
    half_y: FloatArray
    half_z: FloatArray
    reach_m: float


class NearDevices:
    """`Near` by cell, made when first asked for. `n_first` is how many devices a list begins with."""

    def __init__(self, index: StaticIndex, lat_deg: list[float], lon_deg: list[float], *, n_first: int) -> None:
        self._index, self._n_first = index, n_first
        self._vectors = unit_vectors(lat_deg, lon_deg).reshape(-1, 3)
        self._known: dict[Cell, Near] = {}

    def of(self, cell: Cell) -> Near:
        """The devices near a cell."""
        near = self._known.get(cell)
        if near is None:
            while len(self._known) >= CELLS_KEPT:
                del self._known[next(iter(self._known))]
            near = self._known[cell] = self._nearest_to(centre(cell), self._n_first)
        return near

    def grow(self, cell: Cell) -> Near | None:
        """Twice as many; None when there are no more, or no more are kept."""
        n = 2 * len(self.of(cell).rows)
        if n > min(MOST_DEVICES, 2 * len(self._index) - 1):
            return None
        self._known[cell] = self._nearest_to(centre(cell), n)
        return self._known[cell]

    def _nearest_to(self, middle: Wgs84, n: int) -> Near:
        rows, distances_m = self._index.nearest(middle, n)
        reach_m = float(distances_m[-1]) if len(rows) == n else np.inf
        rows = np.sort(rows)
        vectors = np.vstack([self._vectors[rows], unit_vectors([middle.lat_deg], [middle.lon_deg])])
        half_x, half_y, half_z = np.ascontiguousarray(0.5 * vectors.T)
        return Near(rows, half_x, half_y, half_z, reach_m)


def half_angles(near: Near, point: Wgs84) -> FloatArray:
    """Half the angle, seen from the middle of the earth, between `point` and each device, and then the centre: float64[m + 1]."""
    lat, lon = radians(point.lat_deg), radians(point.lon_deg)
    half_cos = 0.5 * cos(lat)
    squares: FloatArray = near.half_x - half_cos * cos(lon)
    squares *= squares
    for halves, here in ((near.half_y, half_cos * sin(lon)), (near.half_z, 0.5 * sin(lat))):
        apart = halves - here
        apart *= apart
        squares += apart
    return np.arcsin(np.sqrt(squares, out=squares), out=squares)
