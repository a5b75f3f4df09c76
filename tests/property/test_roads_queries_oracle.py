"""Whatever the streets, the hierarchy answers as a plain search does: one-way streets, banned turns, places on the same edge."""

from datetime import UTC, datetime
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.geo import Wgs84
from routing.travel_time.road import RoadTravelTimes
from tests.fakes.street_grids import loaded, place, random_plan
from tests.fakes.street_oracle import times_s

pytestmark = pytest.mark.slow


NOON = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
MILLISECOND = 0.001

SEEDS = st.integers(0, 40)
POINTS = st.lists(st.builds(place, st.floats(-300, 1_300), st.floats(-300, 1_000)), min_size=1, max_size=6)
CORNERS = st.lists(st.integers(0, 1_000), max_size=3)
"""Junctions and bends of the network, by number: where several streets are equally near."""


@lru_cache(maxsize=64)
def streets(seed: int) -> RoadTravelTimes:
    return loaded(random_plan(seed, rows=2 + seed % 4, columns=2 + seed % 5).network())


def corners(provider: RoadTravelTimes, numbers: list[int]) -> list[Wgs84]:
    lat_e7, lon_e7 = provider.network.drive.lat_e7, provider.network.drive.lon_e7
    at = [number % len(lat_e7) for number in numbers]
    return [Wgs84(lat_deg=float(lat_e7[i]) * 1e-7, lon_deg=float(lon_e7[i]) * 1e-7) for i in at]


def columns(points: list[Wgs84]) -> tuple[list[float], list[float]]:
    return [p.lat_deg for p in points], [p.lon_deg for p in points]


@given(seed=SEEDS, origins=POINTS, destinations=POINTS, is_shared=st.booleans(), begin=CORNERS, end=CORNERS)
def test_times_are_those_of_a_plain_search(
    seed: int, origins: list[Wgs84], destinations: list[Wgs84], is_shared: bool, begin: list[int], end: list[int]
) -> None:
    provider = streets(seed)
    origins, destinations = origins + corners(provider, begin), destinations + corners(provider, end)
    destinations = destinations + origins[:2] if is_shared else destinations
    expected_s = times_s(provider.network, origins, destinations)

    legs = provider.many_to_many(*columns(origins), *columns(destinations), departing_at=NOON)
    np.testing.assert_allclose(legs.travel_time_s, expected_s, atol=MILLISECOND, rtol=0)

    first_s = provider.earliest_s(*columns(origins), *columns(destinations), departing_at=NOON)
    np.testing.assert_allclose(first_s, expected_s.min(axis=0), atol=MILLISECOND, rtol=0)

    to_one = provider.to_one(*columns(origins), destinations[0], departing_at=NOON)
    np.testing.assert_allclose(to_one.travel_time_s, expected_s[:, 0], atol=MILLISECOND, rtol=0)
    from_one = provider.from_one(origins[0], *columns(destinations), departing_at=NOON)
    np.testing.assert_allclose(from_one.travel_time_s, expected_s[0], atol=MILLISECOND, rtol=0)


@given(seed=SEEDS, origin=POINTS, destination=POINTS, begin=CORNERS, end=CORNERS)
def test_a_route_takes_as_long_as_the_leg_and_its_line_is_as_long_as_its_steps(
    seed: int, origin: list[Wgs84], destination: list[Wgs84], begin: list[int], end: list[int]
) -> None:
    provider = streets(seed)
    origin, destination = corners(provider, begin) + origin, corners(provider, end) + destination
    leg = provider.many_to_many(*columns(origin[:1]), *columns(destination[:1]), departing_at=NOON)
    route = provider.route(origin[0], destination[0], departing_at=NOON)
    if route is None:
        assert np.isinf(leg.travel_time_s[0, 0])
        return
    assert abs(route.travel_time_s - leg.travel_time_s[0, 0]) < MILLISECOND
    assert abs(route.distance_m - leg.distance_m[0, 0]) < 0.01
    assert (route.lat_deg[0], route.lon_deg[0]) == (origin[0].lat_deg, origin[0].lon_deg)
    assert (route.lat_deg[-1], route.lon_deg[-1]) == (destination[0].lat_deg, destination[0].lon_deg)
    line_m = sum(
        np.hypot(np.diff(route.lat_deg), np.diff(route.lon_deg) * np.cos(np.radians(22.54)))
        * np.radians(1)
        * 6_371_008.8
    )
    assert abs(line_m - route.distance_m) < 2.0 + 0.005 * route.distance_m
    assert abs(sum(step.distance_m for step in route.steps) - route.distance_m) < 1e-6
    assert all(step.travel_time_s >= 0 for step in route.steps)
