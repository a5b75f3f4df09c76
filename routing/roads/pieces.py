"""Streets in straight pieces, and a grid that tells which of them are near a point.

All in a plane: east and north of the network's corner in metres, meridians taken as parallel at the distance they have in the middle
of the network. In a city that misjudges a distance by less than 0.3 %, all around a point alike.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt

from routing.geo import EARTH_RADIUS_M, FloatArray, IntArray
from routing.roads.network import E7, Edges

PIECE_M: Final = 40.0
CELL_M: Final = 50.0
MOST_CELLS: Final = 1 << 22
"""Where cells of CELL_M would be more than this (32 MB), beyond some 10,000 km2, cells are larger."""
CELLS_AT_ONCE: Final = 1 << 17
BLOCK: Final = 2
"""Cells along the side of a block. For every block a piece near it is known. With 2, 600 points are tied to streets in half of the
time that a search round about takes; with 4 in 10 % more than with 2; with 1, loading takes 0.1 s longer."""

ComplexArray = npt.NDArray[np.complex128]


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
    """P straight pieces of stretches: `line` float64[P, 4] is x, y of the beginning and how far it goes, dx, dy; `middle`
    complex128[P] is x + y * 1j half way. They begin at `start` of their stretch's length and are `share` of it."""

    line: FloatArray
    middle: ComplexArray
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
        line = np.concatenate([np.stack([x[a], y[a]], axis=1)[of] + cut[:, np.newaxis] * part, part], axis=1)
        return cls(
            line=line,
            middle=line[:, 0] + line[:, 2] / 2 + (line[:, 1] + line[:, 3] / 2) * 1j,
            stretch=stretch[of],
            start=(before_m / total_m)[of] + cut * share,
            share=share,
        )

    def taken(self, order: IntArray) -> "Pieces":
        """The pieces in another order."""
        return Pieces(*(getattr(self, field.name)[order] for field in fields(self)))

    def foot(self, piece: IntArray, at: ComplexArray) -> tuple[FloatArray, FloatArray]:
        """Where on its piece each point's foot is, 0 to 1, and how far from the point."""
        line = self.line[piece]
        dx, dy = line[:, 2], line[:, 3]
        x, y = at.real - line[:, 0], at.imag - line[:, 1]
        foot = (x * dx + y * dy) / np.maximum(dx * dx + dy * dy, 1e-18)
        foot = np.minimum(np.maximum(foot, 0.0), 1.0)
        x, y = x - foot * dx, y - foot * dy
        return foot, np.sqrt(x * x + y * y)


@dataclass(frozen=True, slots=True)
class Grid:
    """Pieces in the order of the cell of their middle: those of cell c are `begin[c]` to `begin[c + 1]`; cells count eastwards.

    `beside` int64[rows, columns] of blocks (BLOCK) is a piece of each block, or of the nearest that has one; -1 without any.
    """

    cell_m: float
    n_columns: int
    n_rows: int
    begin: IntArray
    beside: IntArray

    @classmethod
    def of(cls, middle: ComplexArray) -> "tuple[Grid, IntArray]":
        """The grid of pieces with these middles, and the order that they must be put in."""
        x, y = middle.real, middle.imag
        width_m, height_m = float(x.max(initial=0.0)), float(y.max(initial=0.0))
        cell_m = max(CELL_M, float(np.sqrt((width_m + 1) * (height_m + 1) / MOST_CELLS)))
        n_columns, n_rows = int(width_m / cell_m) + 1, int(height_m / cell_m) + 1
        row, column = (y // cell_m).astype(np.int64), (x // cell_m).astype(np.int64)
        cell = row * n_columns + column
        begin = np.zeros(n_columns * n_rows + 1, np.int64)
        np.cumsum(np.bincount(cell, minlength=n_columns * n_rows), out=begin[1:])
        order = np.argsort(cell, kind="stable")
        beside = np.full((n_rows // BLOCK + 1, n_columns // BLOCK + 1), -1)
        beside[row[order] // BLOCK, column[order] // BLOCK] = np.arange(len(order))
        if len(order):
            nearest = distance_transform_edt(beside < 0, return_distances=False, return_indices=True)
            beside = beside[tuple(nearest)]
        return cls(cell_m, n_columns, n_rows, begin, beside), order

    def near(self, x: FloatArray, y: FloatArray, limit_m: float) -> IntArray:
        """The points at most `limit_m` and a cell outside the grid."""
        east_m, north_m, slack_m = self.n_columns * self.cell_m, self.n_rows * self.cell_m, limit_m + self.cell_m
        inside = (x > -slack_m) & (x < east_m + slack_m) & (y > -slack_m) & (y < north_m + slack_m)
        return np.flatnonzero(inside).astype(np.int64)

    def sampled(self, at: ComplexArray, n_cells: int) -> IntArray:
        """A piece of each of the cells around each point, `n_cells` (even) square, -1 for an empty one: int64[n, n_cells ** 2]."""
        off_m = (np.arange(n_cells) - (n_cells - 1) / 2) * self.cell_m
        column = self._clipped(at.real[:, np.newaxis] + off_m, self.n_columns)
        row = self._clipped(at.imag[:, np.newaxis] + off_m, self.n_rows)
        cell = (row[:, :, np.newaxis] * self.n_columns + column[:, np.newaxis, :]).reshape(len(at), -1)
        begin = self.begin[cell]
        return np.where(self.begin[cell + 1] > begin, begin, -1)

    def near_by(self, at: ComplexArray) -> IntArray:
        """A piece near each point, -1 where there are no pieces at all: int64[n]."""
        row, column = self._clipped(at.imag, self.n_rows), self._clipped(at.real, self.n_columns)
        return self.beside[row // BLOCK, column // BLOCK]

    def blocks(self, half_m: FloatArray) -> Iterator[tuple[int, int]]:
        """Runs of points whose squares (see `around`) have about CELLS_AT_ONCE cells together, at least one point each."""
        n_cells = np.cumsum((2.0 * half_m / self.cell_m + 3.0) ** 2)
        begin = np.flatnonzero(np.diff(n_cells // CELLS_AT_ONCE, prepend=-1.0)).tolist()
        return pairwise([*begin, len(half_m)])

    def around(self, at: ComplexArray, half_m: FloatArray) -> tuple[IntArray, IntArray]:
        """All pieces whose middle is at most `half_m` (float64[n]) east, west, north and south of a point, and some more.

        (how many of each point: int64[n], the pieces)
        """
        west = self._clipped(at.real - half_m, self.n_columns)
        east = self._clipped(at.real + half_m, self.n_columns)
        south, north = self._clipped(at.imag - half_m, self.n_rows), self._clipped(at.imag + half_m, self.n_rows)
        n_rows = north - south + 1
        base = ranges(south, n_rows) * self.n_columns
        begin = self.begin[base + np.repeat(west, n_rows)]
        counts = self.begin[base + np.repeat(east + 1, n_rows)] - begin
        return np.add.reduceat(counts, np.cumsum(n_rows) - n_rows), ranges(begin, counts)

    def _clipped(self, at_m: FloatArray, n: int) -> IntArray:
        """The column or row of each place, the outermost for one beyond."""
        return np.minimum(np.maximum(at_m // self.cell_m, 0.0), n - 1.0).astype(np.int64)


def least_of(counts: IntArray, values: FloatArray) -> FloatArray:
    """The least of the first counts[0] values, of the next counts[1] and so on; inf of none."""
    least, some = np.full(len(counts), np.inf), np.flatnonzero(counts)
    if len(some):
        least[some] = np.minimum.reduceat(values, (np.cumsum(counts) - counts)[some])
    return least


def ranges(begin: IntArray, counts: IntArray) -> IntArray:
    """begin[0], begin[0] + 1, ... (counts[0] numbers), begin[1], ..."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.asarray(np.arange(total) + np.repeat(begin - (ends - counts), counts), np.int64)
