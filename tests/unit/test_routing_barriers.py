"""Barriers lengthen exactly the legs that cross them, by the way round their corners."""

import math
from itertools import pairwise

import numpy as np
import pytest

from routing.geo import FloatArray, Wgs84, destination, distance_m
from routing.travel_time.barriers import Barrier, Barriers

CENTRE = Wgs84(lat_deg=22.6, lon_deg=114.1)


def at(east_m: float, north_m: float) -> Wgs84:
    """The point so many metres east and north of the centre."""
    return destination(destination(CENTRE, 90, east_m), 0, north_m)


def barrier(*corners: tuple[float, float]) -> Barrier:
    return Barrier(name_zh="湖", name_en="Lake", line=tuple(at(*corner) for corner in corners))


def extra_m(barriers: list[Barrier], o: Wgs84, d: Wgs84) -> float:
    extra = Barriers(barriers).extra_m([o.lat_deg], [o.lon_deg], [d.lat_deg], [d.lon_deg])
    return float(extra[0, 0])


WALL = barrier((0, -1_000), (0, 3_000))
LAKE = barrier((-500, -1_000), (500, -1_000), (500, 3_000), (-500, 3_000), (-500, -1_000))


def test_a_leg_that_crosses_a_line_goes_round_its_nearer_end() -> None:
    """From 1 km west to 1 km east of a wall whose nearer end is 1 km south: 2 * sqrt(2) instead of 2 km."""
    expected = 2_000 * (math.sqrt(2) - 1)
    assert extra_m([WALL], at(-1_000, 0), at(1_000, 0)) == pytest.approx(expected, rel=2e-3)
    assert extra_m([WALL], at(1_000, 0), at(-1_000, 0)) == pytest.approx(expected, rel=2e-3)


@pytest.mark.parametrize(
    ("o", "d"),
    [((-1_000, 0), (-100, 2_000)), ((-1_000, -1_100), (1_000, -1_100)), ((-9_000, 5_000), (9_000, 5_000))],
)
def test_a_leg_beside_or_past_the_end_of_a_line_is_as_long_as_before(
    o: tuple[float, float], d: tuple[float, float]
) -> None:
    assert extra_m([WALL], at(*o), at(*d)) == 0.0


def test_a_line_far_out_to_sea_is_passed_at_its_inner_end() -> None:
    bay = barrier((0, 500), (0, -60_000))
    o, d = at(-2_000, -5_000), at(2_000, -5_000)
    around = distance_m(o, at(0, 500)) + distance_m(at(0, 500), d)
    assert extra_m([bay], o, d) == pytest.approx(around - distance_m(o, d), rel=2e-3)


def test_an_area_is_passed_on_its_shorter_side() -> None:
    o, d = at(-1_000, 0), at(1_000, 0)
    corner = distance_m(o, at(-500, -1_000)) + distance_m(at(-500, -1_000), d)
    assert extra_m([LAKE], o, d) == pytest.approx(corner - distance_m(o, d), rel=2e-3)


def test_a_leg_that_starts_within_an_area_is_as_long_as_before() -> None:
    assert extra_m([LAKE], at(0, 0), at(2_000, 0)) == 0.0
    assert extra_m([LAKE], at(-100, 0), at(100, 500)) == 0.0


def test_two_barriers_on_the_way_add_up() -> None:
    second = barrier((3_000, -1_000), (3_000, 3_000))
    o, d = at(-1_000, 0), at(4_000, 0)
    alone = extra_m([WALL], o, d) + extra_m([second], o, d)
    assert extra_m([WALL, second], o, d) == pytest.approx(alone, rel=2e-3)


def test_no_barriers_and_no_points() -> None:
    assert Barriers([]).extra_m([22.6], [114.0], [22.6], [114.2]).tolist() == [[0.0]]
    assert Barriers([WALL]).extra_m([], [], [22.6], [114.2]).shape == (0, 1)
    assert Barriers([WALL]).extra_m([22.6], [114.0], [], []).shape == (1, 0)


@pytest.mark.parametrize("corners", [[(0, 0)], [(0, 0), (100, 0), (0, 0)]])
def test_too_few_points_are_refused(corners: list[tuple[float, float]]) -> None:
    with pytest.raises(ValueError, match="too few points"):
        barrier(*corners)


def one_leg(line: FloatArray, is_closed: bool, o: FloatArray, d: FloatArray) -> float:
    """The model, written out for one leg over one barrier in the plane."""

    def left(a: FloatArray, b: FloatArray, c: FloatArray) -> bool:
        return bool((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]) > 0)

    crossings = sum(left(o, d, v) != left(o, d, w) and left(v, w, o) != left(v, w, d) for v, w in pairwise(line))
    if crossings == 0 or (is_closed and crossings % 2):
        return 0.0
    via = [(left(o, d, v), math.dist(o, v) + math.dist(v, d)) for v in line]
    return min(max(length for on_left, length in via if on_left is hand) for hand in (True, False)) - math.dist(o, d)


@pytest.mark.parametrize("n", [3, 20_000])  # 20,000 origins: more than a block
def test_many_legs_at_once_equal_each_leg_alone(n: int) -> None:
    rng = np.random.default_rng(7)
    lines = [rng.uniform(-0.05, 0.05, (corners, 2)) for corners in (2, 5, 9)]
    lines.append(np.array([[-0.02, -0.02], [0.03, -0.01], [0.01, 0.04], [-0.02, -0.02]]))
    barriers = Barriers(
        [
            Barrier(name_zh="", name_en="", line=tuple(Wgs84(lat_deg=y, lon_deg=x) for x, y in line.tolist()))
            for line in lines
        ]
    )
    o, d = rng.uniform(-0.08, 0.08, (n, 2)), rng.uniform(-0.08, 0.08, (6, 2))
    extra = barriers.extra_m(o[:, 1], o[:, 0], d[:, 1], d[:, 0])
    assert extra.shape == (n, 6)
    metre = math.radians(1) * 6_371_008.8  # at the equator a degree is as long east as north
    for row in range(0, n, max(1, n // 200)):
        for column in range(6):
            legs = (one_leg(line, at_ == 3, o[row], d[column]) * metre for at_, line in enumerate(lines))
            assert extra[row, column] == pytest.approx(sum(legs), rel=1e-6, abs=1e-3)
