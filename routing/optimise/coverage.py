"""Coverage: the share of a city's residents that units reach within a target.

A city is a set of cells c with r_c residents, each cell a few sample points P(c) of equal weight. With a_p the time at which the
first of a set of units arrives at p, and a target T,

    x_c = |{ p in P(c) : a_p <= T }| / |P(c)|,        X = sum_c r_c x_c / sum_c r_c.

X is the objective of the maximal covering location problem (Church & ReVelle 1974, doi:10.1007/BF01942293) with demand spread over
the area of a cell instead of heaped on its centre.

P(c) are the centres of the cell's children, one resolution finer (seven for a hexagon). Where only a share of the cell is land,
nobody lives on the water: only that share of its children is kept, those nearest to the middle of the land of the cell and its
neighbours. Which of them are land indeed is not known; this is an inference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from routing.cells import Cell, centre, children, disk, resolution_of
from routing.geo import FloatArray, IntArray, Wgs84, distances_m


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePoints:
    """P(c) of n cells in a row: `lat_deg`, `lon_deg` float64[p]; points `first[c]` to `first[c + 1]` (exclusive) are those of cell c,
    `middle[c]` is the one nearest to its centre. `first` int64[n + 1], `middle` int64[n].
    """

    lat_deg: FloatArray
    lon_deg: FloatArray
    first: IntArray
    middle: IntArray

    def share_within(self, arrival_s: FloatArray, target_s: float) -> FloatArray:
        """x_c of each cell, float64[n], from the arrival at each point, float64[p]."""
        n_reached = np.add.reduceat((arrival_s <= target_s).astype(np.int64), self.first[:-1])
        return np.asarray(n_reached / np.diff(self.first), dtype=np.float64)


def sample_points(land_fraction: Mapping[Cell, float]) -> SamplePoints:
    """The points of cells of one resolution in the mapping's order, each with the share of it that is land, in (0, 1].

    ValueError without any cell.
    """
    if not land_fraction:
        raise ValueError("there are no cells to sample")
    per_cell = [_points_of(cell, share, land_fraction) for cell, share in land_fraction.items()]
    first = np.cumsum([0, *map(len, per_cell)])
    points = [point for of_cell in per_cell for point in of_cell]
    return SamplePoints(
        lat_deg=np.array([point.lat_deg for point in points]),
        lon_deg=np.array([point.lon_deg for point in points]),
        first=first,
        middle=first[:-1]
        + [_nearest(of_cell, centre(cell))[0] for cell, of_cell in zip(land_fraction, per_cell, strict=True)],
    )


def share_of_residents(share: FloatArray, residents: FloatArray) -> float:
    """X, from x_c and r_c; ValueError when nobody lives there."""
    total = float(residents.sum())
    if total <= 0.0:
        raise ValueError("nobody lives in these cells")
    return float(share @ residents) / total


def _points_of(cell: Cell, share: float, land_fraction: Mapping[Cell, float]) -> list[Wgs84]:
    centres = [centre(child) for child in children(cell, resolution_of(cell) + 1)]
    n_kept = max(1, round(share * len(centres)))
    if n_kept == len(centres):
        return centres
    by_distance = _nearest(centres, _middle_of_land(cell, land_fraction))
    return [centres[row] for row in sorted(by_distance[:n_kept])]


def _middle_of_land(cell: Cell, land_fraction: Mapping[Cell, float]) -> Wgs84:
    around = [(centre(near), land_fraction[near]) for near in disk(cell, 1) if near in land_fraction]
    weights = [share for _, share in around]
    return Wgs84(
        lat_deg=float(np.average([point.lat_deg for point, _ in around], weights=weights)),
        lon_deg=float(np.average([point.lon_deg for point, _ in around], weights=weights)),
    )


def _nearest(points: Sequence[Wgs84], to: Wgs84) -> list[int]:
    """Rows of the points, the nearest first."""
    away_m = distances_m([point.lat_deg for point in points], [point.lon_deg for point in points], to)
    return [int(row) for row in np.argsort(away_m, kind="stable")]
