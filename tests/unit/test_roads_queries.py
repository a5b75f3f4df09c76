"""What the streets say: drawn cities of 100 m blocks, every street driven at 36 km/h, that is 10 s a block."""

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from routing.geo import Wgs84, distance_m
from routing.roads.ends import driving_destinations, driving_origins
from routing.roads.graph import driving_graph
from routing.roads.hierarchy import DRIVE, prepare
from routing.roads.hierarchy import load as load_hierarchies
from routing.roads.network import E7, save
from routing.roads.snapping import Snapper
from routing.roads.weighted import Weighted
from routing.travel_time.calibration import Calibration
from routing.travel_time.estimate import SHENZHEN_TIME
from routing.travel_time.port import Grade, Turn
from routing.travel_time.profile import Profile
from routing.travel_time.road import RoadTravelTimes
from tests.fakes.street_grids import Plan, Street, drawn, loaded, place, plan_of, random_plan

NOON = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)

LADDER = """
I---A---B---C---G
    |   ^   |   |
    D-->E---F---H
"""
"""I is a dead end: without it nobody could come to A and go on to B."""


def seconds(provider: RoadTravelTimes, origin: Wgs84, destination: Wgs84) -> float:
    legs = provider.many_to_many(
        [origin.lat_deg], [origin.lon_deg], [destination.lat_deg], [destination.lon_deg], departing_at=NOON
    )
    return float(legs.travel_time_s[0, 0])


def middle(a: Wgs84, b: Wgs84) -> Wgs84:
    return Wgs84(lat_deg=(a.lat_deg + b.lat_deg) / 2, lon_deg=(a.lon_deg + b.lon_deg) / 2)


def test_a_leg_counts_the_parts_of_its_first_and_last_street() -> None:
    network, at = drawn(LADDER)
    # Half of AB, BC, half of CG.
    assert seconds(loaded(network), middle(at["A"], at["B"]), middle(at["C"], at["G"])) == pytest.approx(20.0, abs=0.01)


def test_a_place_ahead_on_the_same_street_is_just_along_it() -> None:
    network, at = drawn(LADDER)
    quarter = middle(at["A"], middle(at["A"], at["B"]))
    assert seconds(loaded(network), quarter, middle(at["A"], at["B"])) == pytest.approx(2.5, abs=0.01)


def test_behind_on_a_one_way_street_is_round_the_block() -> None:
    network, at = drawn(LADDER)
    provider = loaded(network)
    half, three_quarters = middle(at["D"], at["E"]), middle(middle(at["D"], at["E"]), at["E"])
    assert seconds(provider, half, three_quarters) == pytest.approx(2.5, abs=0.01)
    # On to E (2.5 s), EB, BA, AD (30 s), half of DE (5 s).
    assert seconds(provider, three_quarters, half) == pytest.approx(37.5, abs=0.01)
    first_s = provider.earliest_s(
        [three_quarters.lat_deg], [three_quarters.lon_deg], [half.lat_deg], [half.lon_deg], departing_at=NOON
    )
    assert first_s[0] == pytest.approx(37.5, abs=0.01)
    route = provider.route(three_quarters, half, departing_at=NOON)
    assert route is not None
    assert route.travel_time_s == pytest.approx(37.5, abs=0.01)
    assert route.distance_m == pytest.approx(375.0, abs=0.5)


def test_who_stands_on_a_junction_leaves_by_any_of_its_streets_without_a_turn() -> None:
    plan, at = plan_of(LADDER)
    plan.turn_ms = dict.fromkeys(itertools.product(range(len(plan.junctions)), repeat=3), 7_000)
    provider = loaded(plan.network())
    for start, end, turns, blocks in (("B", "C", 0, 1), ("E", "B", 0, 1), ("B", "E", 2, 3), ("C", "C", 0, 0)):
        expected_s = 7.0 * turns + 10.0 * blocks
        assert seconds(provider, at[start], at[end]) == pytest.approx(expected_s, abs=0.01), (start, end)


def test_the_answers_are_the_same_before_and_after_each_step_of_getting_faster(tmp_path: Path) -> None:
    network = random_plan(3).network()
    save(network, tmp_path)
    prepare(network, tmp_path)
    graph, edges = driving_graph(network), network.drive
    weight_ms = edges.free_flow_ms[graph.head] + network.turns.turn_ms
    weighted = Weighted(load_hierarchies(graph, tmp_path / DRIVE), weight_ms, is_edge_based=True)
    at = np.random.default_rng(1).choice(len(edges.lat_e7), 12)
    view = Snapper(edges, edges.is_main, limit_m=500.0).view()
    snaps = view.snaps(edges.lat_e7[at] * E7, edges.lon_e7[at] * E7)
    begin, end = driving_origins(snaps, edges.free_flow_ms), driving_destinations(snaps, edges.free_flow_ms)
    one, other = begin.block(3, 4), end.block(7, 8)

    def answers() -> list[object]:
        tables = [weighted.legs_ms(*legs).tolist() for legs in ((begin, end), (one, end), (begin, other))]
        return [*tables, weighted.way(one, other)]

    expected = answers()
    for _ in range(2):
        assert weighted.improve()
        assert answers() == expected
    assert not weighted.improve()


def test_a_banned_turn_and_the_cost_of_a_turn_lengthen_the_way() -> None:
    plan, at = plan_of("""
A---B---C
    |   |
    D---E
""")
    a, b, _c, d, _e = range(5)
    start, end = middle(at["A"], at["B"]), middle(at["B"], at["D"])
    assert seconds(loaded(plan.network()), start, end) == pytest.approx(10.0, abs=0.01)
    plan.turn_ms[a, b, d] = 7_000
    assert seconds(loaded(plan.network()), start, end) == pytest.approx(17.0, abs=0.01)
    plan.banned.add((a, b, d))
    # Half of AB, BC, CE, ED, half of DB from below.
    assert seconds(loaded(plan.network()), start, end) == pytest.approx(40.0, abs=0.01)


def test_steps_name_the_streets_and_say_where_to_turn() -> None:
    network, at = drawn(LADDER, names={"AB": "深南大道", "BC": "深南大道", "CF": "益田路", "FH": "福华路"})
    route = loaded(network).route(middle(at["A"], at["B"]), middle(at["F"], at["H"]), departing_at=NOON)
    assert route is not None
    assert route.grade is Grade.NETWORK
    assert [(step.turn, step.name) for step in route.steps] == [
        (Turn.DEPART, "深南大道"),
        (Turn.RIGHT, "益田路"),
        (Turn.LEFT, "福华路"),
    ]
    assert [step.distance_m for step in route.steps] == pytest.approx([150.0, 100.0, 50.0], abs=0.5)
    assert [step.travel_time_s for step in route.steps] == pytest.approx([15.0, 10.0, 5.0], abs=0.05)


def test_a_dead_end_is_left_by_turning_round() -> None:
    # BC ends at C; who stands on it eastwards has to go to C and back.
    plan, at = plan_of("""
A---B---C
|   |
D---E
""")
    route = loaded(plan.network()).route(middle(at["B"], at["C"]), middle(at["A"], at["B"]), departing_at=NOON)
    assert route is not None
    assert route.travel_time_s == pytest.approx(10.0, abs=0.01)
    assert Turn.U_TURN not in {step.turn for step in route.steps}  # both directions of BC are tried
    assert route.steps[0].turn is Turn.DEPART


def test_the_way_from_the_door_to_the_street_is_counted_at_a_low_speed() -> None:
    network, at = drawn(LADDER)
    provider = loaded(network)
    above = place(150.0, -50.0)
    # 50 m at 2.5 m/s, then half of AB and half of BC.
    assert seconds(provider, above, middle(at["B"], at["C"])) == pytest.approx(20.0 + 10.0, abs=0.05)


def test_far_from_every_street_there_is_no_time_and_it_is_said() -> None:
    network, at = drawn(LADDER)
    provider = loaded(network)
    far = place(-1_200.0, 0.0)
    lat, lon = [far.lat_deg, at["A"].lat_deg], [far.lon_deg, at["A"].lon_deg]
    assert provider.is_within_reach(lat, lon).tolist() == [False, True]
    legs = provider.to_one(lat, lon, at["C"], departing_at=NOON)
    assert np.isinf(legs.travel_time_s).tolist() == [True, False]
    assert np.isinf(legs.distance_m).tolist() == [True, False]
    assert provider.route(far, at["C"], departing_at=NOON) is None
    assert np.isinf(provider.earliest_s(lat[:1], lon[:1], lat, lon, departing_at=NOON)).all()


def test_nobody_and_nowhere_are_answered_with_empty_arrays() -> None:
    network, at = drawn(LADDER)
    provider = loaded(network)
    assert provider.to_one([], [], at["A"], departing_at=NOON).travel_time_s.shape == (0,)
    assert provider.many_to_many([22.54], [114.05], [], [], departing_at=NOON).distance_m.shape == (1, 0)
    assert np.isinf(provider.earliest_s([], [], [22.54], [114.05], departing_at=NOON)).tolist() == [True]
    with pytest.raises(ValueError, match=r"must be \[n\]"):
        provider.to_one([22.54], [], at["A"], departing_at=NOON)


def test_nobody_starts_from_a_ferry() -> None:
    quay, island, street = place(0, 0), place(900, 0), place(0, 500)
    plan = Plan(
        junctions=[quay, island, street],
        streets=[Street(start=0, end=2), Street(start=0, end=1, road_class=1)],
        classes=("residential", "ferry"),
    )
    provider = loaded(plan.network())
    # In mid-water the ferry is near, the street 400 m off: 50 m of yard at 2.5 m/s, the rest at 25 km/h with a detour of 1.35.
    off_street_s = 50 / 2.5 + 350 * 1.35 / (25 / 3.6)
    assert seconds(provider, place(400, 1), street) == pytest.approx(off_street_s + 50.0, abs=0.2)


def test_lengths_are_exact_for_the_soonest_and_near_for_the_others() -> None:
    network, at = drawn(LADDER)
    provider = loaded(network)
    lat = np.linspace(at["A"].lat_deg, at["D"].lat_deg, 30)
    lon = np.full(30, at["A"].lon_deg)
    legs = provider.to_one(lat, lon, middle(at["C"], at["G"]), departing_at=NOON)
    soonest = np.argsort(legs.travel_time_s, kind="stable")[:8]
    np.testing.assert_allclose(legs.distance_m[soonest], legs.travel_time_s[soonest] * 10.0, rtol=0.01)
    np.testing.assert_allclose(legs.distance_m, legs.travel_time_s * 10.0, rtol=0.5)


def test_a_profile_slows_all_streets_by_the_hour_or_some_classes_by_a_pattern() -> None:
    plan, at = plan_of(LADDER)
    plan.classes = ("residential", "primary")
    network = plan.network()
    usual, rush = (1.0,) * 24, [1.0] * 24
    rush[8] = 2.0
    provider = loaded(network, profile=Profile(hourly=tuple(rush)))
    start, end = middle(at["A"], at["B"]), middle(at["C"], at["G"])
    eight = datetime(2026, 5, 1, 8, 0, tzinfo=SHENZHEN_TIME)

    def at_hour(some: RoadTravelTimes, instant: datetime) -> float:
        return float(some.to_one([start.lat_deg], [start.lon_deg], end, departing_at=instant).travel_time_s[0])

    assert at_hour(provider, eight) == pytest.approx(40.0, abs=0.01)
    assert at_hour(provider, eight + timedelta(minutes=30)) == pytest.approx(30.0, abs=0.01)
    assert at_hour(provider, eight + timedelta(hours=2)) == pytest.approx(20.0, abs=0.01)
    nights = tuple(1 if hour < 6 else 0 for hour in range(24))
    provider = loaded(
        network, profile=Profile(hourly=usual, patterns=({}, {"residential": 0.5}), pattern_of_hour=nights)
    )
    assert at_hour(provider, eight) == pytest.approx(20.0, abs=0.01)
    assert at_hour(provider, eight.replace(hour=3)) == pytest.approx(10.0, abs=0.01)
    with pytest.raises(ValueError, match="aware"):
        at_hour(provider, datetime(2026, 5, 1))


@pytest.mark.parametrize(
    "wrong",
    [
        {"hourly": (1.0,) * 23},
        {"hourly": (0.0,) * 24},
        {"patterns": ()},
        {"pattern_of_hour": (1,) * 24},
        {"patterns": ({"primary": -1.0},)},
    ],
)
def test_a_profile_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"profile|hour|factors"):
        Profile(**wrong)  # type: ignore[arg-type]


def test_a_calibrated_fleet_is_as_much_faster_and_its_source_says_so() -> None:
    network, at = drawn(LADDER)
    learned = Calibration(
        fleet="120", factor=0.8, relative_error=0.15, p90_factor=1.25, n_drives=500, source="drives.csv"
    )
    plain, fast = loaded(network), loaded(network, calibration=learned)
    assert seconds(fast, at["A"], at["G"]) == pytest.approx(0.8 * seconds(plain, at["A"], at["G"]))
    legs = fast.to_one([at["A"].lat_deg], [at["A"].lon_deg], at["G"], departing_at=NOON)
    assert (legs.relative_error, legs.p90_factor) == (0.15, 1.25)
    assert plain.source == network.version
    assert fast.source.startswith(f"{network.version}~")


def test_a_trajectory_follows_the_streets_and_tells_when_one_is_where() -> None:
    """Half of AB, the turn at B, BD, half of DE; the turn is a wait in one place."""
    plan, at = plan_of("""
A---B---C
    |   |
    D---E
""")
    a, b, _c, d, _e = range(5)
    plan.turn_ms[a, b, d] = 4_000
    provider = loaded(plan.network())
    start, end = middle(at["A"], at["B"]), middle(at["D"], at["E"])
    driven = provider.trajectory(start, end, departing_at=NOON)
    assert driven is not None
    assert driven.time_s[0] == 0.0
    assert np.all(np.diff(driven.time_s) >= 0.0)
    assert driven.time_s[-1] == pytest.approx(seconds(provider, start, end), abs=1e-6)
    assert driven.distance_m == pytest.approx(200.0, abs=0.5)
    whereabouts = {5.0: at["B"], 9.0: at["B"], 14.0: middle(at["B"], at["D"]), 19.0: at["D"], 24.0: end}
    for time_s, point in whereabouts.items():
        here = Wgs84(
            lat_deg=float(np.interp(time_s, driven.time_s, driven.lat_deg)),
            lon_deg=float(np.interp(time_s, driven.time_s, driven.lon_deg)),
        )
        assert distance_m(here, point) < 0.5, time_s
