"""Traffic: which streets a report concerns, what it does to times, and that nobody ever sees half of a change."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event

import numpy as np
import pytest

from routing.geo import FloatArray, Wgs84
from routing.roads.network import E7
from routing.roads.traffic import Slowdown, TrafficIndex
from routing.travel_time.road import RoadTravelTimes
from tests.fakes.street_grids import loaded, place, plan_of, random_plan
from tests.fakes.street_oracle import times_s

NOON = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)

BLOCKS = """
A---B---C
|   |   |
D---E---F
"""
AB, AD, BC, BE, CF, DE, EF = range(1_000, 1_007)
"""The ways of the drawing, in its reading order."""


def slower(*ways: int, factor: float) -> Slowdown:
    return Slowdown(way_ids=frozenset(ways), area=None, speed_factor=factor, is_closed=False)


def closed(*ways: int) -> Slowdown:
    return Slowdown(way_ids=frozenset(ways), area=None, speed_factor=1.0, is_closed=True)


def box(west_m: float, north_m: float, east_m: float, south_m: float) -> tuple[Wgs84, ...]:
    corners = [(west_m, north_m), (east_m, north_m), (east_m, south_m), (west_m, south_m), (west_m, north_m)]
    return tuple(place(*corner) for corner in corners)


def seconds(provider: RoadTravelTimes, origin: Wgs84, destination: Wgs84) -> float:
    legs = provider.to_one([origin.lat_deg], [origin.lon_deg], destination, departing_at=NOON)
    return float(legs.travel_time_s[0])


START, END = place(50.0, 0.0), place(150.0, 0.0)  # the middles of AB and BC


@pytest.fixture(scope="module")
def streets() -> RoadTravelTimes:
    return loaded(plan_of(BLOCKS)[0].network())


def test_a_slow_street_takes_longer_and_a_slower_one_is_avoided(streets: RoadTravelTimes) -> None:
    streets.set_traffic([])
    assert seconds(streets, START, END) == pytest.approx(10.0, abs=0.01)
    assert streets.set_traffic([slower(BC, factor=0.5)]) == 2  # both directions
    assert seconds(streets, START, END) == pytest.approx(5.0 + 10.0, abs=0.01)
    streets.set_traffic([slower(BC, factor=0.5), slower(BC, factor=0.2)])
    # 5 s, BE, EF, FC 30 s, then half of a street that takes 100 s: 85 s. Straight on: 55 s.
    assert seconds(streets, START, END) == pytest.approx(5.0 + 50.0, abs=0.01)
    streets.set_traffic([])
    assert seconds(streets, START, END) == pytest.approx(10.0, abs=0.01)


def test_a_closed_street_is_not_entered_whatever_else_is_said_of_it(streets: RoadTravelTimes) -> None:
    streets.set_traffic([closed(BC), slower(BC, factor=2.0)])
    beyond = place(200.0, 50.0)  # the middle of CF
    assert seconds(streets, START, beyond) == pytest.approx(5.0 + 10.0 + 10.0 + 5.0, abs=0.01)
    # Who is on the closed street itself is brought to the nearest open one, 50 m off.
    assert seconds(streets, START, END) < 60.0
    streets.set_traffic([closed(AB, AD, BC, BE, CF, DE, EF)])
    assert np.isinf(seconds(streets, START, END))
    assert streets.is_within_reach([START.lat_deg], [START.lon_deg]).tolist() == [True]
    assert streets.route(START, END, departing_at=NOON) is None
    streets.set_traffic([])


def test_an_area_concerns_each_street_that_touches_it(streets: RoadTravelTimes) -> None:
    """Also one that only passes through, with no bend inside."""

    def concerned(area: tuple[Wgs84, ...]) -> int:
        return streets.set_traffic([Slowdown(way_ids=frozenset(), area=area, speed_factor=0.9, is_closed=False)])

    assert concerned(box(40, -10, 60, 10)) == 2  # AB in both directions
    assert concerned(box(90, -10, 110, 10)) == 6  # round B: AB, BC, BE
    assert concerned(box(-10, -10, 210, 110)) == 14
    assert concerned(box(20, 20, 80, 80)) == 0  # within a block
    triangle = (place(-10, 50), place(50, 110), place(-10, 110))
    assert concerned(triangle) == 4  # AD and DE
    streets.set_traffic([])


def test_any_polygon_concerns_the_streets_of_which_a_part_is_inside() -> None:
    """Each line of each street is tried at a hundred points; corners lie anywhere, sides may cross each other."""
    edges = random_plan(2, rows=6, columns=6).network().drive
    index, chance = TrafficIndex(edges), np.random.default_rng(4)
    of_point = np.repeat(np.arange(len(edges)), np.diff(edges.first_point))
    line = np.flatnonzero(of_point[1:] == of_point[:-1])
    share = np.linspace(0.0, 1.0, 100)
    lat, lon = (
        (at[line, np.newaxis] + share * (at[line + 1] - at[line])[:, np.newaxis]) * E7
        for at in (edges.lat_e7, edges.lon_e7)
    )
    for n_corners in (3, 4, 7, 20) * 4:
        area = tuple(place(x, y) for x, y in chance.uniform(-300, 1_300, (n_corners, 2)))
        is_inside = np.zeros(lat.shape, np.bool_)
        for a, b in zip(area, (*area[1:], area[0]), strict=True):
            slope = (b.lon_deg - a.lon_deg) / (b.lat_deg - a.lat_deg)
            is_inside ^= ((a.lat_deg > lat) != (b.lat_deg > lat)) & (lon < a.lon_deg + (lat - a.lat_deg) * slope)
        expected = set(of_point[line][is_inside.any(axis=1)].tolist())
        slowdown = Slowdown(way_ids=frozenset(), area=area, speed_factor=0.5, is_closed=False)
        found = set(index.edges_of(slowdown).tolist())
        assert expected <= found
        assert len(found - expected) <= 2  # less than a hundredth of one line is inside


def test_each_change_has_its_revision_and_the_same_again_is_none() -> None:
    provider = loaded(plan_of(BLOCKS)[0].network())
    version = provider.network.version
    assert provider.source == version
    provider.set_traffic([closed(BC)])
    assert provider.source == f"{version}+1"
    provider.set_traffic([closed(BC)])
    assert provider.source == f"{version}+1"
    provider.set_traffic([slower(12_345, factor=0.5)])  # not a way of this network
    assert provider.source == f"{version}+2"
    assert provider.has_way(BC)
    assert not provider.has_way(12_345)
    assert not provider.has_way(1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"way_ids": frozenset()}, "either"),
        ({"area": box(0, 0, 1, 1)}, "either"),
        ({"speed_factor": 0.0}, "speed_factor"),
        ({"speed_factor": 2.1}, "speed_factor"),
        ({"speed_factor": float("nan")}, "speed_factor"),
        ({"way_ids": frozenset(), "area": (place(0, 0), place(1, 1), place(0, 0))}, "corners"),
    ],
)
def test_a_slowdown_that_makes_no_sense_is_refused(changes: dict[str, object], message: str) -> None:
    sound: dict[str, object] = {"way_ids": frozenset({1}), "area": None, "speed_factor": 0.5, "is_closed": False}
    with pytest.raises(ValueError, match=message):
        Slowdown(**(sound | changes))  # type: ignore[arg-type]


@pytest.mark.slow
def test_traffic_on_random_streets_is_that_of_a_plain_search() -> None:
    rng = np.random.default_rng(5)
    for seed in range(6):
        provider = loaded(random_plan(seed, rows=4, columns=5).network())
        edges = provider.network.drive
        ways = np.unique(edges.way_id)
        slow, shut = (frozenset(rng.choice(ways, 6, replace=False).tolist()) for _ in range(2))
        provider.set_traffic([slower(*slow, factor=0.3), closed(*shut)])
        factor = np.where(np.isin(edges.way_id, list(slow)), 0.3, 1.0)
        points = [place(x, y) for x, y in rng.uniform(0, 800, (8, 2))]
        expected_s = times_s(
            provider.network,
            points[:4],
            points[4:],
            edge_ms=np.rint(edges.free_flow_ms / factor),
            is_open=~np.isin(edges.way_id, list(shut)),
        )
        lat, lon = [p.lat_deg for p in points], [p.lon_deg for p in points]
        legs = provider.many_to_many(lat[:4], lon[:4], lat[4:], lon[4:], departing_at=NOON)
        np.testing.assert_allclose(legs.travel_time_s, expected_s, atol=0.001, rtol=0)


def test_who_asks_while_traffic_changes_gets_wholly_the_old_or_wholly_the_new_answer() -> None:
    provider = loaded(random_plan(3, rows=12, columns=12).network())
    ways = np.unique(provider.network.drive.way_id).tolist()
    points = [place(x, y) for x, y in np.random.default_rng(1).uniform(0, 2_300, (12, 2))]
    lat, lon = np.array([p.lat_deg for p in points]), np.array([p.lon_deg for p in points])
    states = [[], [slower(*ways[::2], factor=0.4), closed(*ways[::17])], [slower(*ways[::3], factor=1.7)]]

    def answer() -> tuple[str, FloatArray]:
        legs = provider.many_to_many(lat, lon, lat, lon, departing_at=NOON)
        return legs.source, np.concatenate([legs.travel_time_s, legs.distance_m])

    expected = []
    for state in states:
        provider.set_traffic(state)
        expected.append(answer()[1])
    provider.set_traffic(states[0])
    revision = int(provider.source.rpartition("+")[2])
    is_over, seen = Event(), set[str]()

    def hammer() -> list[tuple[str, FloatArray]]:
        found = []
        while not is_over.is_set():
            found.append(answer())
            seen.add(found[-1][0])
        return found

    with ThreadPoolExecutor(3) as pool:
        hammering = [pool.submit(hammer) for _ in range(3)]
        for change in range(1, 3_000):
            provider.set_traffic(states[change % 3])
            if change > 30 and len(seen) > 10:
                break
        is_over.set()
        answers = [one for each in hammering for one in each.result()]
    assert len(seen) > 10
    for source, figures in answers:
        state = (int(source.rpartition("+")[2]) - revision) % 3
        np.testing.assert_array_equal(figures, expected[state])
