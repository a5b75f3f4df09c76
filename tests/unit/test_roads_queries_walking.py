"""Ways on foot: along footways where there are some, the estimate elsewhere, and each leg says which."""

from pathlib import Path

import numpy as np
import pytest

from routing.geo import Wgs84, distances_m
from routing.roads.hierarchy import prepare
from routing.roads.network import NetworkError, save
from routing.travel_time.port import Turn
from routing.travel_time.walking import DETOUR, SPEED_MPS, walking_times_s
from routing.travel_time.walking_roads import WalkingRoadTimes
from tests.fakes.street_grids import Plan, Street, place, plan_of

ROUND_A_WALL = """
A---B---C
|       |
D   E   F
"""


def plan() -> tuple[Plan, dict[str, Wgs84]]:
    made, at = plan_of(ROUND_A_WALL)
    made.footways = [Street(start=street.start, end=street.end, speed_mps=SPEED_MPS) for street in made.streets]
    return made, at


def loaded(made: Plan, directory: Path) -> WalkingRoadTimes:
    network = made.network()
    save(network, directory)
    prepare(network, directory)
    found = WalkingRoadTimes.load(directory)
    assert found is not None
    return found


def test_a_device_behind_a_wall_is_as_far_as_the_way_round(tmp_path: Path) -> None:
    made, at = plan()
    legs = loaded(made, tmp_path).there_and_back(at["D"], [at["F"].lat_deg], [at["F"].lon_deg])
    assert legs.is_network.tolist() == [True]
    # 200 m apart, 400 m on foot; the estimate would have said 280 m.
    assert legs.out_s[0] == pytest.approx(400 / SPEED_MPS, rel=0.001)
    assert legs.back_s[0] == pytest.approx(400 / SPEED_MPS, rel=0.001)


def test_the_way_round_can_be_drawn_and_told(tmp_path: Path) -> None:
    made, at = plan()
    way = loaded(made, tmp_path).route(at["D"], at["F"])
    assert way is not None
    assert way.travel_time_s == pytest.approx(400 / SPEED_MPS, rel=0.001)
    assert way.distance_m == pytest.approx(400, rel=0.001)
    assert (way.lat_deg.min(), way.lat_deg.max()) == pytest.approx((at["D"].lat_deg, at["A"].lat_deg))
    assert [step.turn for step in way.steps] == [Turn.DEPART, Turn.RIGHT, Turn.RIGHT]
    assert [step.distance_m for step in way.steps] == pytest.approx([100, 200, 100], rel=0.001)


def test_a_way_from_door_to_door_begins_and_ends_at_the_doors(tmp_path: Path) -> None:
    made, _ = plan()
    door, device = place(50.0, -40.0), place(150.0, 30.0)
    provider = loaded(made, tmp_path)
    way = provider.route(door, device)
    legs = provider.there_and_back(door, [device.lat_deg], [device.lon_deg])
    assert way is not None
    assert way.travel_time_s == pytest.approx(legs.out_s[0])
    assert (way.lat_deg[0], way.lon_deg[0]) == (door.lat_deg, door.lon_deg)
    assert (way.lat_deg[-1], way.lon_deg[-1]) == (device.lat_deg, device.lon_deg)
    assert way.distance_m == pytest.approx(170, rel=0.001)


def test_where_no_footway_is_near_there_is_no_way_to_draw(tmp_path: Path) -> None:
    made, at = plan()
    assert loaded(made, tmp_path).route(place(-160.0, 0.0), at["C"]) is None


def test_out_and_back_differ_where_a_path_is_one_way(tmp_path: Path) -> None:
    made, at = plan_of("""
A---B
|   |
D---E
""")
    made.footways = [
        Street(
            start=street.start, end=street.end, speed_mps=SPEED_MPS, is_one_way=street.start == 0 and street.end == 1
        )
        for street in made.streets
    ]
    legs = loaded(made, tmp_path).there_and_back(at["A"], [at["B"].lat_deg], [at["B"].lon_deg])
    assert legs.out_s[0] == pytest.approx(100 / SPEED_MPS, rel=0.001)
    assert legs.back_s[0] == pytest.approx(300 / SPEED_MPS, rel=0.001)


def test_from_the_door_to_the_footway_is_walked_as_the_estimate_has_it(tmp_path: Path) -> None:
    made, at = plan()
    door = place(50.0, -40.0)
    legs = loaded(made, tmp_path).there_and_back(door, [at["C"].lat_deg], [at["C"].lon_deg])
    assert legs.out_s[0] == pytest.approx((150 + DETOUR * 40) / SPEED_MPS, rel=0.001)


@pytest.mark.parametrize(
    ("start", "device"),
    [
        (place(-160.0, 0.0), place(200.0, 0.0)),  # nobody knows a footway near the start
        (place(200.0, 0.0), place(0.0, 260.0)),  # nor near the device
        (place(90.0, 55.0), place(110.0, 55.0)),  # nearer to each other than to any footway
    ],
)
def test_where_footways_say_nothing_the_estimate_does(tmp_path: Path, start: Wgs84, device: Wgs84) -> None:
    made, at = plan()
    lat, lon = [device.lat_deg, at["C"].lat_deg], [device.lon_deg, at["C"].lon_deg]
    legs = loaded(made, tmp_path).there_and_back(start, lat, lon)
    assert not legs.is_network[0]
    straight_m = distances_m(lat, lon, start)
    assert legs.out_s[0] == legs.back_s[0] == walking_times_s(straight_m)[0]
    assert legs.p90_factor[0] > 2.0
    assert legs.source.startswith("walking-roads-")
    assert legs.estimate_source == "walking-estimate-v1"


def test_no_device_is_no_leg(tmp_path: Path) -> None:
    made, at = plan()
    legs = loaded(made, tmp_path).there_and_back(at["A"], [], [])
    assert legs.out_s.shape == legs.is_network.shape == (0,)


def test_a_network_without_footways_has_no_ways_on_foot(tmp_path: Path) -> None:
    made, _ = plan_of(ROUND_A_WALL)
    network = made.network()
    save(network, tmp_path)
    prepare(network, tmp_path)
    assert WalkingRoadTimes.load(tmp_path) is None
    with pytest.raises(NetworkError, match="footways"):
        WalkingRoadTimes(network, ())  # type: ignore[arg-type]


def test_parallel_footways_and_many_devices_agree_with_the_least_way(tmp_path: Path) -> None:
    made, at = plan()
    slow = Street(start=0, end=1, speed_mps=0.5, way_id=1)
    made.footways = [slow, *made.footways]
    provider = loaded(made, tmp_path)
    line = np.linspace(at["B"].lon_deg, at["C"].lon_deg, 40)
    legs = provider.there_and_back(at["D"], np.full(40, at["C"].lat_deg), line)
    assert legs.is_network.all()
    np.testing.assert_allclose(legs.out_s, (200 + np.linspace(0, 100, 40)) / SPEED_MPS, rtol=0.002)
