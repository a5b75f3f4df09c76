"""A network with an estimate beside it: whose figure each leg is, and that a closed road stays closed."""

from datetime import UTC, datetime

import numpy as np

from routing.geo import Wgs84
from routing.travel_time.estimate import EstimateTravelTimes
from routing.travel_time.off_network import WithOffNetwork
from routing.travel_time.port import Grade
from tests.fakes.river_roads import RiverRoads

AT = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)
WEST, EAST = Wgs84(lat_deg=22.54, lon_deg=114.05), Wgs84(lat_deg=22.54, lon_deg=114.07)
ISLAND = Wgs84(lat_deg=22.38, lon_deg=114.05)
LAT = np.array([WEST.lat_deg, EAST.lat_deg, ISLAND.lat_deg])
LON = np.array([WEST.lon_deg, EAST.lon_deg, ISLAND.lon_deg])


def test_where_the_network_reaches_its_answer_is_left_alone() -> None:
    roads = RiverRoads()
    both = WithOffNetwork(roads, EstimateTravelTimes())
    legs = both.many_to_many(LAT[:2], LON[:2], LAT[:2], LON[:2], departing_at=AT)
    assert legs.off_network is None
    assert (legs.source, legs.grade) == ("roads-river", Grade.NETWORK)


def test_legs_from_and_to_a_point_without_streets_are_the_estimates_and_say_so() -> None:
    estimate = EstimateTravelTimes()
    legs = WithOffNetwork(RiverRoads(), estimate).many_to_many(LAT, LON, LAT, LON, departing_at=AT)
    alone = estimate.many_to_many(LAT, LON, LAT, LON, departing_at=AT)
    np.testing.assert_allclose(legs.travel_time_s[2], alone.travel_time_s[2])
    np.testing.assert_allclose(legs.distance_m[:, 2], alone.distance_m[:, 2])
    assert legs.travel_time_s[0, 1] != alone.travel_time_s[0, 1]
    assert legs.grade is Grade.NETWORK
    off = legs.off_network
    assert off is not None
    assert off.points == {(ISLAND.lat_deg, ISLAND.lon_deg)}
    assert (off.source, off.grade, off.p90_factor) == (estimate.source, Grade.ESTIMATE, alone.p90_factor)


def test_a_closed_bridge_is_not_papered_over() -> None:
    roads = RiverRoads()
    roads.bridge_s = np.inf
    both = WithOffNetwork(roads, EstimateTravelTimes())
    legs = both.many_to_many(LAT, LON, LAT, LON, departing_at=AT)
    assert np.isinf(legs.travel_time_s[0, 1])
    assert np.isfinite(legs.travel_time_s[2, :]).all()
    assert both.route(WEST, EAST, departing_at=AT) is None


def test_one_to_many_and_many_to_one_are_rows_and_columns_of_many_to_many() -> None:
    both = WithOffNetwork(RiverRoads(), EstimateTravelTimes())
    legs = both.many_to_many(LAT, LON, LAT, LON, departing_at=AT)
    np.testing.assert_array_equal(both.from_one(ISLAND, LAT, LON, departing_at=AT).travel_time_s, legs.travel_time_s[2])
    np.testing.assert_array_equal(both.to_one(LAT, LON, EAST, departing_at=AT).distance_m, legs.distance_m[:, 1])


def test_the_way_to_a_point_without_streets_is_the_estimates_straight_line() -> None:
    both = WithOffNetwork(RiverRoads(), EstimateTravelTimes())
    drawn, known = both.route(WEST, ISLAND, departing_at=AT), both.route(WEST, EAST, departing_at=AT)
    assert drawn is not None
    assert known is not None
    assert (drawn.grade, known.grade) == (Grade.ESTIMATE, Grade.NETWORK)


def test_the_first_of_many_is_the_least_leg_on_the_network_and_off_it() -> None:
    both = WithOffNetwork(RiverRoads(), EstimateTravelTimes())
    for origins in (slice(0, 2), slice(1, 3), slice(2, 3)):
        earliest_s = both.earliest_s(LAT[origins], LON[origins], LAT, LON, departing_at=AT)
        legs = both.many_to_many(LAT[origins], LON[origins], LAT, LON, departing_at=AT)
        np.testing.assert_allclose(earliest_s, legs.travel_time_s.min(axis=0), rtol=1e-12)
        assert np.isfinite(earliest_s).all()
