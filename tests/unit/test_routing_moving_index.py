"""The index of units: moving, leaving, ties, filters, and the rule that ends the search."""

import h3
import numpy as np
import pytest

from routing.cells import Cell, boundary, cell_of, centre, parent
from routing.geo import Wgs84, destination, distance_m
from routing.index import MovingIndex

CIVIC_CENTRE = Wgs84(lat_deg=22.5431, lon_deg=114.0579)
PARIS = Wgs84(lat_deg=48.8566, lon_deg=2.3522)
PENTAGON = Cell(int(h3.get_pentagons(8)[3], 16))


def index_of(points: dict[str, Wgs84]) -> MovingIndex[str]:
    index: MovingIndex[str] = MovingIndex()
    for key, point in points.items():
        index.move(key, point)
    return index


def crowd_around(point: Wgs84, n: int, radius_m: float, seed: int = 0) -> dict[str, Wgs84]:
    rng = np.random.default_rng(seed)
    bearings, distances = rng.uniform(0, 360, n).tolist(), (radius_m * np.sqrt(rng.random(n))).tolist()
    return {
        f"u{at:04}": destination(point, bearing, distance)
        for at, (bearing, distance) in enumerate(zip(bearings, distances, strict=True))
    }


def scan(points: dict[str, Wgs84], point: Wgs84, k: int) -> list[str]:
    return sorted(points, key=lambda key: (distance_m(points[key], point), key))[:k]


def test_a_unit_is_found_where_it_moved_to_and_not_where_it_was() -> None:
    index = index_of({"a": CIVIC_CENTRE, "b": destination(CIVIC_CENTRE, 90, 500)})
    index.move("a", destination(CIVIC_CENTRE, 270, 9_000))
    assert index.nearest(CIVIC_CENTRE, 1)[0] == ["b"]
    assert index.in_cell(cell_of(CIVIC_CENTRE, 8)) in ([], ["b"])
    assert len(index) == 2


def test_a_removed_unit_is_gone_and_may_come_back() -> None:
    index = index_of({"a": CIVIC_CENTRE})
    index.remove("a")
    assert "a" not in index
    assert index.nearest(CIVIC_CENTRE, 1)[0] == []
    assert index.in_cell(cell_of(CIVIC_CENTRE, 8)) == []
    with pytest.raises(KeyError):
        index.remove("a")
    with pytest.raises(KeyError):
        index.point("a")
    index.move("a", CIVIC_CENTRE)
    assert index.point("a") == CIVIC_CENTRE


def test_units_at_one_place_are_ordered_by_key_whatever_the_order_of_arrival() -> None:
    there = destination(CIVIC_CENTRE, 10, 400)
    index = index_of(dict.fromkeys(("d", "b", "a", "e", "c"), there))
    assert index.nearest(CIVIC_CENTRE, 3)[0] == ["a", "b", "c"]


def test_an_unsuitable_unit_does_not_use_up_a_place() -> None:
    points = crowd_around(CIVIC_CENTRE, 200, 8_000)
    index = index_of(points)
    odd = {key: point for key, point in points.items() if int(key[1:]) % 2}
    keys, distances = index.nearest(CIVIC_CENTRE, 7, lambda key: key in odd)
    assert keys == scan(odd, CIVIC_CENTRE, 7)
    assert distances.tolist() == pytest.approx([distance_m(odd[key], CIVIC_CENTRE) for key in keys])
    assert index.nearest(CIVIC_CENTRE, 7, lambda _: False)[0] == []


def test_a_nearer_unit_in_a_farther_ring_is_not_missed() -> None:
    """From a corner of its cell the query sees a neighbouring cell's far side before a near third cell."""
    home = cell_of(CIVIC_CENTRE, 8)
    query = destination(boundary(home)[0], 0, 1.0)
    points = crowd_around(query, 400, 40_000, seed=5)
    points |= {f"v{at}": corner for at, corner in enumerate(boundary(parent(home, 7)))}
    for k in (1, 2, 5, 20):
        assert index_of(points).nearest(query, k)[0] == scan(points, query, k)


def test_empty_rings_around_the_query_are_crossed() -> None:
    points = crowd_around(destination(CIVIC_CENTRE, 45, 30_000), 300, 2_000)
    assert index_of(points).nearest(CIVIC_CENTRE, 4)[0] == scan(points, CIVIC_CENTRE, 4)


@pytest.mark.parametrize("bearing_deg", range(0, 360, 45))
def test_next_to_a_pentagon_where_cells_are_least_regular(bearing_deg: int) -> None:
    query = destination(centre(PENTAGON), bearing_deg, 900)
    points = crowd_around(query, 2_000, 9_000, seed=bearing_deg)
    for k in (1, 5, 60):
        assert index_of(points).nearest(query, k)[0] == scan(points, query, k)


@pytest.mark.parametrize("corner", boundary(cell_of(CIVIC_CENTRE, 8)))
def test_a_query_and_units_on_the_corners_of_cells(corner: Wgs84) -> None:
    points = crowd_around(corner, 200, 6_000) | {"corner": corner}
    keys, distances = index_of(points).nearest(corner, 3)
    assert keys == scan(points, corner, 3)
    assert distances[0] == 0.0


def test_a_query_from_another_continent_is_answered() -> None:
    points = crowd_around(CIVIC_CENTRE, 100, 20_000)
    assert index_of(points).nearest(PARIS, 2)[0] == scan(points, PARIS, 2)


def test_k_larger_than_n_gives_all_and_k_zero_none() -> None:
    index = index_of({"a": CIVIC_CENTRE, "b": PARIS})
    assert index.nearest(CIVIC_CENTRE, 9)[0] == ["a", "b"]
    keys, distances = index.nearest(CIVIC_CENTRE, 0)
    assert (keys, distances.shape) == ([], (0,))
    with pytest.raises(ValueError, match="negative"):
        index.nearest(CIVIC_CENTRE, -1)


def test_within_is_all_that_is_not_farther() -> None:
    points = crowd_around(CIVIC_CENTRE, 300, 10_000)
    keys, distances = index_of(points).within(CIVIC_CENTRE, 4_000)
    assert keys == [key for key in scan(points, CIVIC_CENTRE, 300) if distance_m(points[key], CIVIC_CENTRE) <= 4e3]
    assert np.all(distances <= 4_000)


def test_a_cell_of_another_resolution_is_refused() -> None:
    with pytest.raises(ValueError, match="resolution"):
        index_of({}).in_cell(cell_of(CIVIC_CENTRE, 9))
