"""An index of points that move all the time: units, responders.

Moving a point costs one H3 lookup and two set operations, so 600 updates a second are nothing; a tree
would have to be rebuilt. The k nearest are found in growing disks of cells around the query's cell c:

    every point outside disk(c, r) is at least b(r) = (1.5 r - 0.5) e away,

because in a hexagonal grid of edge e the flat side of disk(c, r) lies (1.5 r + 0.5) e from the centre of
c, whose own points reach e towards it. So the search is exact once the k-th distance is at most b(r).
Cells are not quite regular: e is `EDGE_SHARE` times the shortest edge of c. Measured as the least
distance from c to outside disk(c, r), over (1.5 r - 0.5) times that edge, r = 1 to 12, resolutions 5 to
10: 0.979 in 600 random cells of the globe, 0.999 in 300 of Shenzhen, 0.834 next to a pentagon.

A disk may hold more cells than there are points; then all points are compared at once. That bounds a far
query, which otherwise would walk half the globe.
"""

from collections.abc import Callable
from itertools import chain
from typing import Final, Generic, TypeVar

import numpy as np

from routing.cells import Cell, cell_of, disk, resolution_of, shortest_edge_m
from routing.geo import FloatArray, Wgs84, distances_m

Key = TypeVar("Key", bound=str)

EDGE_SHARE: Final = 0.8


class MovingIndex(Generic[Key]):
    """Keyed points, moved and removed one at a time; answers are exact and ordered by (distance, key).

    `resolution` is that of the H3 cells; 8 (edges of 500 m) suits hundreds of units in a city.
    """

    def __init__(self, *, resolution: int = 8) -> None:
        self.resolution = resolution
        self._points: dict[Key, Wgs84] = {}
        self._cells: dict[Key, Cell] = {}
        self._in_cell: dict[Cell, set[Key]] = {}

    def __len__(self) -> int:
        return len(self._points)

    def __contains__(self, key: object) -> bool:
        return key in self._points

    def point(self, key: Key) -> Wgs84:
        """Where `key` was last moved to; KeyError if it is not in the index."""
        return self._points[key]

    def move(self, key: Key, point: Wgs84) -> None:
        """Put `key` at `point`, whether it was in the index or not."""
        self._points[key] = point
        cell = cell_of(point, self.resolution)
        if self._cells.get(key) != cell:
            self._leave_cell(key)
            self._cells[key] = cell
            self._in_cell.setdefault(cell, set()).add(key)

    def remove(self, key: Key) -> None:
        """Take `key` out; KeyError if it is not in the index."""
        del self._points[key]
        self._leave_cell(key)

    def in_cell(self, cell: Cell) -> list[Key]:
        """The keys in a cell, ascending; ValueError for a cell of another resolution."""
        if resolution_of(cell) != self.resolution:
            raise ValueError(f"cell has resolution {resolution_of(cell)}, the index {self.resolution}")
        return sorted(self._in_cell.get(cell, ()))

    def nearest(
        self, point: Wgs84, k: int, accept: Callable[[Key], bool] | None = None
    ) -> tuple[list[Key], FloatArray]:
        """The k nearest keys and their distances, nearest first, equal distances by key.

        `accept` filters before k is counted; fewer than k are returned only if fewer exist. Returns
        (keys, distance_m float64[<=k]); ValueError for a negative k.
        """
        if k < 0:
            raise ValueError(f"k must not be negative, got {k}")
        home = cell_of(point, self.resolution)
        edge_m = EDGE_SHARE * shortest_edge_m(home)
        radius = 1
        while 0 < k <= len(self) and 1 + 3 * radius * (radius + 1) < len(self):
            near = chain.from_iterable(filter(None, map(self._in_cell.get, disk(home, radius))))
            accepted = list(filter(accept, near) if accept else near)
            if len(accepted) >= k:
                keys, distance_m = self._ordered(point, accepted, k)
                if distance_m[-1] <= (1.5 * radius - 0.5) * edge_m:
                    return keys, distance_m
            radius *= 2
        everywhere = list(filter(accept, self._points) if accept else self._points)
        return self._ordered(point, everywhere, k)

    def within(self, point: Wgs84, radius_m: float) -> tuple[list[Key], FloatArray]:
        """All keys at most `radius_m` away and their distances, ordered like `nearest`."""
        keys, distance_m = self._ordered(point, list(self._points), len(self))
        count = int(np.searchsorted(distance_m, radius_m, side="right"))
        return keys[:count], distance_m[:count]

    def _ordered(self, point: Wgs84, keys: list[Key], k: int) -> tuple[list[Key], FloatArray]:
        """The k nearest of `keys` by (distance, key), and their distances."""
        points = [self._points[key] for key in keys]
        distance_m = distances_m([p.lat_deg for p in points], [p.lon_deg for p in points], point)
        near = np.arange(len(keys))
        if 0 < k < len(keys):
            near = np.flatnonzero(distance_m <= np.partition(distance_m, k - 1)[k - 1])
        order = sorted(near.tolist(), key=lambda at: (distance_m[at], keys[at]))[:k]
        return [keys[at] for at in order], distance_m[order]

    def _leave_cell(self, key: Key) -> None:
        cell = self._cells.pop(key, None)
        if cell is None:
            return
        self._in_cell[cell].discard(key)
        if not self._in_cell[cell]:
            del self._in_cell[cell]
