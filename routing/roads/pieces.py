"""Streets in straight pieces, and a grid that tells which of them are near a point.

All in a plane: east and north of the network's corner in metres, meridians taken as parallel at the distance they have in the middle
of the network. In a city that misjudges a distance by less than 0.3 %, all around a point alike.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from routing.geo import EARTH_RADIUS_M, FloatArray, IntArray
from routing.roads.network import E7, Edges

PIECE_M: Final = 40.0
CELL_M: Final = 50.0
MOST_CELLS: Final = 1 << 22
"""Where cells of CELL_M would be more than this (32 MB), beyond some 10,000 km2, cells are larger."""


@dataclass(frozen=True, slots=True)
class Plane:
    """Metres east and north of a corner, in which streets are measured."""

    lat_deg: float
    lon_deg: float
    m_per_lat: float
    m_per_lon: float

    @classmethod
    def of(cls, edges: Edges) -> "Plane":
        """That of a network's streets."""
        if not len(edges.lat_e7):
            return cls(0.0, 0.0, 1.0, 1.0)
        south, north = float(edges.lat_e7.min()) * E7, float(edges.lat_e7.max()) * E7
        m_per_deg = np.radians(1.0) * EARTH_RADIUS_M
        shrink = np.cos(np.radians((south + north) / 2))
        return cls(south, float(edges.lon_e7.min()) * E7, float(m_per_deg), float(m_per_deg * shrink))

    def of_points(self, lat_deg: npt.ArrayLike, lon_deg: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """x and y of points."""
        lat, lon = np.asarray(lat_deg, np.float64), np.asarray(lon_deg, np.float64)
        return (lon - self.lon_deg) * self.m_per_lon, (lat - self.lat_deg) * self.m_per_lat


@dataclass(frozen=True, slots=True)
class Pieces:
    """P straight pieces of stretches: `line` float64[P, 4] is x, y of the beginning and how far it goes, dx, dy; `inverse` is
    1 / (dx2 + dy2). They begin at `start` of their stretch's length and are `share` of it."""

    line: FloatArray
    inverse: FloatArray
    stretch: IntArray
    start: FloatArray
    share: FloatArray

    @classmethod
    def of(cls, edges: Edges, drawn_by: IntArray, plane: Plane) -> "Pieces":
        """Of the stretches that the edges `drawn_by` draw."""
        begin = np.asarray(edges.first_point[:-1], np.int64)[drawn_by]
        n_lines = np.asarray(edges.first_point[1:], np.int64)[drawn_by] - begin - 1
        a = ranges(begin, n_lines)
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
        of, cut = np.repeat(np.arange(len(a)), n_cuts), ranges(np.zeros(len(a), np.int64), n_cuts)
        part = np.stack([dx / n_cuts, dy / n_cuts], axis=1)[of]
        share = (length_m / n_cuts / total_m)[of]
        return cls(
            line=np.concatenate([np.stack([x[a], y[a]], axis=1)[of] + cut[:, np.newaxis] * part, part], axis=1),
            inverse=1.0 / np.maximum((part**2).sum(axis=1), 1e-18),
            stretch=stretch[of],
            start=(before_m / total_m)[of] + cut * share,
            share=share,
        )

    def taken(self, order: IntArray) -> "Pieces":
        """The pieces in another order."""
        return Pieces(self.line[order], self.inverse[order], self.stretch[order], self.start[order], self.share[order])

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
class Grid:
    """Pieces in the order of the cell of their middle: those of cell c are `begin[c]` to `begin[c + 1]`; cells count eastwards."""

    cell_m: float
    n_columns: int
    n_rows: int
    begin: IntArray

    @classmethod
    def of(cls, middles: tuple[FloatArray, FloatArray]) -> "tuple[Grid, IntArray]":
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
        return owner, ranges(low.ravel(), counts.ravel())


def least_of(owner: IntArray, values: npt.NDArray[Any], n: int, none: Any) -> npt.NDArray[Any]:
    """The least value of each of n owners (they come in runs), `none` for those without any."""
    least = np.full(n, none, values.dtype)
    if len(owner):
        begin = np.flatnonzero(np.append(True, owner[1:] != owner[:-1]))
        least[owner[begin]] = np.minimum.reduceat(values, begin)
    return least


def ranges(begin: IntArray, counts: IntArray) -> IntArray:
    """begin[0], begin[0] + 1, ... (counts[0] numbers), begin[1], ..."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.asarray(np.arange(total) + np.repeat(begin - (ends - counts), counts), np.int64)
