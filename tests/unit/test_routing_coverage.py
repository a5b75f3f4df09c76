"""Coverage worked out by hand on a few cells of Futian."""

import numpy as np
import pytest

from routing.cells import Cell, cell_of, centre, children, disk
from routing.geo import Wgs84, distance_m
from routing.optimise.coverage import SamplePoints, sample_points, share_of_residents

CIVIC_CENTRE = cell_of(Wgs84(lat_deg=22.5431, lon_deg=114.0579), 8)


def points_of(sampled: SamplePoints, row: int) -> list[Wgs84]:
    rows = range(sampled.first[row], sampled.first[row + 1])
    return [Wgs84(lat_deg=sampled.lat_deg[p], lon_deg=sampled.lon_deg[p]) for p in rows]


def test_a_cell_on_land_is_sampled_at_its_seven_children() -> None:
    sampled = sample_points({CIVIC_CENTRE: 1.0})
    assert points_of(sampled, 0) == [centre(child) for child in children(CIVIC_CENTRE, 9)]
    middle = sampled.middle[0]
    at = Wgs84(lat_deg=sampled.lat_deg[middle], lon_deg=sampled.lon_deg[middle])
    assert distance_m(at, centre(CIVIC_CENTRE)) < 1


def test_a_cell_on_the_shore_is_sampled_on_the_side_of_its_neighbours() -> None:
    """Land to the west of the cell only, and two sevenths of the cell itself: the two points farthest west are kept."""
    at = centre(CIVIC_CENTRE)
    land: dict[Cell, float] = {cell: 1.0 for cell in disk(CIVIC_CENTRE, 1) if centre(cell).lon_deg < at.lon_deg - 0.003}
    sampled = sample_points({CIVIC_CENTRE: 2 / 7, **land})
    kept = points_of(sampled, 0)
    assert len(kept) == 2
    west = sorted(centre(child).lon_deg for child in children(CIVIC_CENTRE, 9))[:3]
    assert all(point.lon_deg in west for point in kept)


def test_a_cell_with_hardly_any_land_keeps_one_point() -> None:
    assert len(points_of(sample_points({CIVIC_CENTRE: 0.01}), 0)) == 1


def test_the_share_is_that_of_the_points_reached_in_time() -> None:
    two = disk(CIVIC_CENTRE, 1)[:2]
    sampled = sample_points(dict.fromkeys(two, 1.0))
    arrival_s = np.array([100.0, 420.0, 421.0, np.inf, 500.0, 600.0, 700.0, *[420.0] * 7])
    assert sampled.share_within(arrival_s, 420.0).tolist() == [2 / 7, 1.0]


def test_the_city_counts_by_residents_not_by_area() -> None:
    assert share_of_residents(np.array([1.0, 0.0]), np.array([300.0, 100.0])) == 0.75


def test_a_city_without_cells_or_residents_has_no_coverage() -> None:
    with pytest.raises(ValueError, match="no cells"):
        sample_points({})
    with pytest.raises(ValueError, match="nobody lives"):
        share_of_residents(np.array([1.0]), np.array([0.0]))
