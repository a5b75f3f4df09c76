"""The index of places, where it could go wrong: ties, masks, edges of cells, far and empty places."""

import numpy as np
import pytest

from routing.cells import boundary, cell_of, cells_of, parent
from routing.geo import BoolArray, FloatArray, IntArray, Wgs84, distance_m, distances_m
from routing.index import StaticIndex

CIVIC_CENTRE = Wgs84(lat_deg=22.5431, lon_deg=114.0579)
PARIS = Wgs84(lat_deg=48.8566, lon_deg=2.3522)
RNG = np.random.default_rng(120)
LAT, LON = RNG.uniform(22.45, 22.85, 3_000), RNG.uniform(113.76, 114.62, 3_000)
INDEX = StaticIndex(LAT, LON)


def scan(point: Wgs84, k: int, accept: BoolArray) -> tuple[IntArray, FloatArray]:
    """The oracle: all accepted points by (distance, row)."""
    rows = np.flatnonzero(accept)
    distance = distances_m(LAT[rows], LON[rows], point)
    order = np.lexsort((rows, distance))[:k]
    return rows[order], distance[order]


@pytest.mark.parametrize("share_open", [1.0, 0.6, 0.1, 0.002, 0.0])
@pytest.mark.parametrize("k", [1, 5, 40])
def test_a_mask_filters_before_k_is_counted(share_open: float, k: int) -> None:
    accept = np.random.default_rng(k).random(len(INDEX)) < share_open
    for lat_deg in np.linspace(22.4, 22.9, 20).tolist():
        point = Wgs84(lat_deg=lat_deg, lon_deg=114.0579)
        rows, distance = INDEX.nearest(point, k, accept)
        expected_rows, expected_distance = scan(point, k, accept)
        np.testing.assert_array_equal(rows, expected_rows)
        np.testing.assert_array_equal(distance, expected_distance)


def test_a_mask_that_accepts_all_changes_nothing() -> None:
    everything = np.ones(len(INDEX), dtype=np.bool_)
    np.testing.assert_array_equal(INDEX.nearest(CIVIC_CENTRE, 9)[0], INDEX.nearest(CIVIC_CENTRE, 9, everything)[0])


def test_points_at_one_place_are_ordered_by_row() -> None:
    """100 defibrillators in one building and a nearer one: which 5 are named must not depend on chance."""
    lat, lon = np.full(101, 22.6), np.full(101, 114.1)
    lat[70] = 22.599
    rows, _ = StaticIndex(lat, lon).nearest(Wgs84(lat_deg=22.59, lon_deg=114.1), 5)
    assert rows.tolist() == [70, 0, 1, 2, 3]


def test_points_east_and_west_at_the_same_distance_are_ordered_by_row() -> None:
    lat, lon = np.zeros(4), np.array([0.01, -0.01, -0.01, 0.01])
    assert StaticIndex(lat, lon).nearest(Wgs84(lat_deg=0, lon_deg=0), 3)[0].tolist() == [0, 1, 2]


def test_the_nearest_may_lie_in_a_farther_ring_of_cells() -> None:
    """Two points away, the one in the neighbouring cell is farther than the one two cells off."""
    corner = boundary(cell_of(CIVIC_CENTRE, 9))[0]
    lat = np.array([corner.lat_deg + 0.0035, corner.lat_deg - 0.002])
    index = StaticIndex(lat, np.full(2, corner.lon_deg))
    assert index.nearest(corner, 1)[0].tolist() == [1]


@pytest.mark.parametrize("corner", boundary(cell_of(CIVIC_CENTRE, 9)))
def test_a_query_on_the_corner_of_a_cell(corner: Wgs84) -> None:
    rows, _ = INDEX.nearest(corner, 5)
    assert rows.tolist() == scan(corner, 5, np.ones(len(INDEX), dtype=np.bool_))[0].tolist()


def test_a_far_query_is_answered() -> None:
    rows, distance = INDEX.nearest(PARIS, 3)
    assert rows.tolist() == scan(PARIS, 3, np.ones(len(INDEX), dtype=np.bool_))[0].tolist()
    assert distance[0] > 9e6


def test_k_larger_than_n_gives_all_and_k_zero_none() -> None:
    index = StaticIndex([22.5, 22.6], [114.0, 114.1])
    rows, distance = index.nearest(CIVIC_CENTRE, 9)
    assert rows.tolist() == [0, 1]
    assert distance.shape == (2,)
    assert index.nearest(CIVIC_CENTRE, 0)[0].shape == (0,)


def test_an_empty_index_answers_with_nothing() -> None:
    index = StaticIndex([], [])
    assert len(index) == 0
    assert index.nearest(CIVIC_CENTRE, 3)[0].shape == (0,)
    assert index.within(CIVIC_CENTRE, 1e6)[0].shape == (0,)
    assert index.in_cell(cell_of(CIVIC_CENTRE, 9)).shape == (0,)
    assert index.occupied_cells() == []


def test_within_is_all_that_is_not_farther() -> None:
    distance = distances_m(LAT, LON, CIVIC_CENTRE)
    rows, found = INDEX.within(CIVIC_CENTRE, 3_000)
    assert sorted(rows.tolist()) == np.flatnonzero(distance <= 3_000).tolist()
    assert np.all(np.diff(found) >= 0)
    assert INDEX.within(CIVIC_CENTRE, -1)[0].shape == (0,)


def test_within_includes_a_point_at_exactly_the_radius() -> None:
    row = int(INDEX.nearest(CIVIC_CENTRE, 1)[0][0])
    radius_m = float(distances_m(LAT[[row]], LON[[row]], CIVIC_CENTRE)[0])
    assert INDEX.within(CIVIC_CENTRE, radius_m)[0].tolist() == [row]
    assert distance_m(INDEX.point(row), CIVIC_CENTRE) == pytest.approx(radius_m)


def test_every_row_is_in_its_cell_and_in_no_other() -> None:
    cells = cells_of(LAT, LON, 9)
    assert sum(len(INDEX.in_cell(cell)) for cell in INDEX.occupied_cells()) == len(INDEX)
    for cell in INDEX.occupied_cells()[:50]:
        assert INDEX.in_cell(cell).tolist() == np.flatnonzero(cells == cell).tolist()
    assert INDEX.in_cell(cell_of(PARIS, 9)).shape == (0,)


def test_a_cell_of_another_resolution_is_refused() -> None:
    with pytest.raises(ValueError, match="resolution"):
        INDEX.in_cell(parent(cell_of(CIVIC_CENTRE, 9), 8))


def test_a_box_includes_its_edges_and_may_cross_the_date_line() -> None:
    index = StaticIndex([10.0, 10.0, 10.0, 11.0], [179.0, -179.0, 0.0, 179.5])
    rows = index.in_box(south_deg=10.0, west_deg=179.0, north_deg=10.5, east_deg=-179.0)
    assert rows.tolist() == [0, 1]
    assert index.in_box(south_deg=0, west_deg=-1, north_deg=20, east_deg=1).tolist() == [2]


def test_the_points_are_a_copy() -> None:
    lat = np.array([22.5])
    index = StaticIndex(lat, [114.0])
    lat[0] = 0.0
    assert index.point(0) == Wgs84(lat_deg=22.5, lon_deg=114.0)


@pytest.mark.parametrize(
    ("lat", "lon"), [([22.5], [114.0, 114.1]), ([np.nan], [114.0]), ([114.0], [22.5]), ([[22.5]], [[114.0]])]
)
def test_points_that_cannot_be_are_refused(lat: list[float], lon: list[float]) -> None:
    with pytest.raises(ValueError, match=r"must be"):
        StaticIndex(lat, lon)


def test_senseless_queries_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        INDEX.nearest(CIVIC_CENTRE, -1)
    with pytest.raises(ValueError, match="shape"):
        INDEX.nearest(CIVIC_CENTRE, 1, np.ones(3, dtype=np.bool_))
