"""Walking to AEDs over footways: what the provider knows decides, and each device says whether its walk is known or estimated."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps_data.aed_judgement import Choice
from maps_data.aed_lookup import AedLookup
from maps_data.aed_usable import SOUND
from maps_data.records import Aed
from routing.travel_time.port import Grade
from routing.travel_time.walking import DETOUR, P90_FACTOR, SPEED_MPS
from tests.fakes.aeds import HERE, NOW, aed
from tests.fakes.footways import FOOTWAY_P90, STAIRS_S, DrawnFootways

ZONE = "Asia/Shanghai"


def nearest(devices: Sequence[Aed], footways: DrawnFootways, k: int) -> tuple[Choice, ...]:
    return AedLookup(devices, time_zone=ZONE).nearest(HERE, k, at=NOW, footways=footways).choices


def test_a_near_device_behind_a_wall_comes_after_a_farther_one_in_the_open() -> None:
    behind, open_ = aed("behind", east_m=100), aed("open", east_m=-250)
    assert [choice.aed.aed_id for choice in nearest([behind, open_], DrawnFootways(4.0), 2)] == ["open", "behind"]


def test_each_device_says_whether_its_walk_is_known_or_estimated() -> None:
    west, north = nearest([aed("west", east_m=-300), aed("north", north_m=330)], DrawnFootways(1.0), 2)
    assert (west.walk.source, west.walk.grade) == ("walking-roads-test", Grade.NETWORK)
    assert (north.walk.source, north.walk.grade) == ("walking-estimate-v1", Grade.ESTIMATE)
    assert west.eta.walk_out_s == pytest.approx(300 / SPEED_MPS, rel=1e-3)
    assert west.eta.walk_back_s == pytest.approx(west.eta.walk_out_s + STAIRS_S)
    assert north.eta.walk_out_s == pytest.approx(330 * DETOUR / SPEED_MPS, rel=1e-3)


def test_the_doubt_of_a_known_walk_is_smaller() -> None:
    west, north = nearest([aed("west", east_m=-300), aed("north", north_m=330)], DrawnFootways(1.0), 2)
    assert west.eta.p90_s - west.eta.total_s == pytest.approx(
        (FOOTWAY_P90 - 1) * (west.eta.walk_out_s + west.eta.walk_back_s)
    )
    assert north.eta.p90_s - north.eta.total_s == pytest.approx((P90_FACTOR - 1) * 2 * north.eta.walk_out_s)


@given(
    places=st.lists(st.tuples(st.integers(-2_500, 2_500), st.integers(-2_500, 2_500)), max_size=60),
    detour=st.sampled_from([1.0, 2.0, 9.0]),
    k=st.integers(1, 5),
)
def test_the_search_over_footways_misses_nothing(places: list[tuple[int, int]], detour: float, k: int) -> None:
    """Against the plain way: ask for every walk, price every trip, take the first k."""
    devices = [aed(f"A{n:02}", north_m=north, east_m=east) for n, (north, east) in enumerate(places)]
    lookup, footways = AedLookup(devices, time_zone=ZONE), DrawnFootways(detour)
    found = lookup.nearest(HERE, k, at=NOW, footways=footways)
    points = [device.point for device in devices]
    walks = footways.there_and_back(HERE, [p.lat_deg for p in points], [p.lon_deg for p in points])
    unlock_s = [lookup.judge(device, 0.0, at=NOW).eta.total_s for device in devices]
    walks_s = (walks.out_s + walks.back_s).tolist()
    totals = [walk_s / SOUND + rest_s for walk_s, rest_s in zip(walks_s, unlock_s, strict=True)]
    assert [choice.eta.total_s for choice in found.choices] == pytest.approx(sorted(totals)[:k])
