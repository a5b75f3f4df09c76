"""How much of the city has an AED within the distances of the placement standard: measured, never assumed.

Each population cell is sampled at the centres of its 49 children two resolutions finer, which lie some 130 m
apart, and its residents are taken to be spread evenly over them. Distances are straight lines: a walk is
longer, so these shares are upper bounds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import h3.api.memview_int as h3
import numpy as np
from scipy.spatial import cKDTree

from maps_data.records import Aed, PopulationCell
from routing.geo import BoolArray, FloatArray, chord_of, unit_vectors

RADII_M: Final = (300.0, 600.0)
"""Radii of class 1 and class 2 of the placement standard in force since 2023-03-01."""
FINER: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Shares with an AED within `radius_m`: of the cells (by their centre) and of the residents."""

    radius_m: float
    share_of_cells: float
    share_of_residents: float


def reach(cells: Sequence[PopulationCell], aeds: Sequence[Aed]) -> tuple[Reach, ...]:
    """The reach of `aeds` at each of `RADII_M`; zero shares if there are none."""
    if not aeds or not cells:
        return tuple(Reach(radius_m=r, share_of_cells=0.0, share_of_residents=0.0) for r in RADII_M)
    tree = cKDTree(unit_vectors([a.point.lat_deg for a in aeds], [a.point.lon_deg for a in aeds]))
    centres = _vectors([cell.cell for cell in cells])
    children = [list(h3.cell_to_children(cell.cell, h3.get_resolution(cell.cell) + FINER)) for cell in cells]
    samples = _vectors([child for family in children for child in family])
    weights = np.concatenate(
        [
            np.full(len(family), cell.population_estimate / len(family))
            for cell, family in zip(cells, children, strict=True)
        ]
    )
    return tuple(_reach(tree, centres, samples, weights, radius_m) for radius_m in RADII_M)


def _reach(
    tree: "cKDTree[None]", centres: FloatArray, samples: FloatArray, weights: FloatArray, radius_m: float
) -> Reach:
    residents = float(weights.sum())
    served = float(weights[_within(tree, samples, radius_m)].sum())
    return Reach(
        radius_m=radius_m,
        share_of_cells=float(_within(tree, centres, radius_m).mean()),
        share_of_residents=served / residents if residents else 0.0,
    )


def _within(tree: "cKDTree[None]", points: FloatArray, radius_m: float) -> BoolArray:
    """bool[n]: whether some AED lies within the radius of each point, float64[n, 3] on the unit sphere."""
    distances, _ = tree.query(points, distance_upper_bound=chord_of(radius_m))
    return np.isfinite(distances)


def _vectors(cells: Sequence[int]) -> FloatArray:
    latlngs = np.array([h3.cell_to_latlng(cell) for cell in cells])
    return unit_vectors(latlngs[:, 0], latlngs[:, 1])
