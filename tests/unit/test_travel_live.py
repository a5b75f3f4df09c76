"""The live service's travel times: asked in threads, the estimate when the network fails, and what is in force said truly."""

from collections.abc import Iterator
from datetime import UTC, datetime
from threading import get_ident

import numpy as np
import pytest

from dispatch.adapters.travel_live import RETRY_AFTER_S, LiveTravel
from dispatch.domain.roads import Degradation, TravelTimesInForce
from routing.geo import Wgs84
from routing.travel_time.estimate import EstimateTravelTimes
from routing.travel_time.port import Grade
from tests.fakes.river_roads import RiverRoads

AT = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)
LAT, LON = np.array([22.54, 22.55]), np.array([114.05, 114.07])
WEST, EAST = Wgs84(lat_deg=22.54, lon_deg=114.05), Wgs84(lat_deg=22.54, lon_deg=114.07)
ON_ROADS = TravelTimesInForce(source="roads-river", grade=Grade.NETWORK)


class Elapsed:
    """A clock of seconds that stands still until it is told to move."""

    s = 0.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def roads() -> RiverRoads:
    return RiverRoads()


@pytest.fixture
def elapsed() -> Elapsed:
    return Elapsed()


@pytest.fixture
def travel(roads: RiverRoads, elapsed: Elapsed) -> Iterator[LiveTravel]:
    travel = LiveTravel(EstimateTravelTimes(), roads, monotonic_s=elapsed)
    yield travel
    travel.close()


async def legs_grade(travel: LiveTravel) -> Grade:
    return (await travel.many_to_many(LAT, LON, LAT, LON, departing_at=AT)).grade


async def test_the_network_is_asked_in_threads_of_its_own(travel: LiveTravel, roads: RiverRoads) -> None:
    assert await legs_grade(travel) is Grade.NETWORK
    await travel.earliest_s(LAT, LON, LAT, LON, departing_at=AT)
    drawn = await travel.route(WEST, EAST, departing_at=AT)
    assert drawn is not None
    assert drawn.grade is Grade.NETWORK
    assert get_ident() not in roads.threads
    assert travel.in_force == ON_ROADS


async def test_a_network_that_fails_is_replaced_by_the_estimate_and_tried_again_later(
    travel: LiveTravel, roads: RiverRoads, elapsed: Elapsed
) -> None:
    roads.failure = RuntimeError("weights are damaged")
    assert await legs_grade(travel) is Grade.ESTIMATE
    in_force = travel.in_force
    assert (in_force.source, in_force.grade) == (EstimateTravelTimes().source, Grade.ESTIMATE)
    assert in_force.degradation is not None
    assert in_force.degradation.code == "roads_failed"
    assert "weights are damaged" in in_force.degradation.text_en

    roads.failure = None
    assert await legs_grade(travel) is Grade.ESTIMATE, "it is left alone for a while"
    elapsed.s = RETRY_AFTER_S
    assert await legs_grade(travel) is Grade.NETWORK
    assert travel.in_force == ON_ROADS


async def test_every_question_is_answered_while_the_network_fails(travel: LiveTravel, roads: RiverRoads) -> None:
    roads.failure = IndexError("node")
    earliest_s = await travel.earliest_s(LAT, LON, LAT, LON, departing_at=AT)
    drawn = await travel.route(WEST, EAST, departing_at=AT)
    assert np.isfinite(earliest_s).all()
    assert drawn is not None
    assert drawn.grade is Grade.ESTIMATE


async def test_a_mistake_of_the_caller_stays_one(travel: LiveTravel) -> None:
    with pytest.raises(ValueError, match="aware"):
        await LiveTravel(EstimateTravelTimes()).many_to_many(LAT, LON, LAT, LON, departing_at=datetime(2026, 1, 1))


async def test_traffic_that_cannot_be_worked_in_is_said_until_it_can(travel: LiveTravel, roads: RiverRoads) -> None:
    roads.traffic_failure = MemoryError("no room")
    assert await travel.set_traffic([]) is None
    in_force = travel.in_force
    assert in_force.source == "roads-river"
    assert in_force.degradation is not None
    assert in_force.degradation.code == "traffic_not_applied"
    roads.traffic_failure = None
    assert await travel.set_traffic([]) == 0
    assert travel.in_force == ON_ROADS


async def test_without_roads_the_estimate_is_in_force_and_says_why() -> None:
    why = Degradation(code="roads_not_loaded", text_zh="没有", text_en="none")
    travel = LiveTravel(EstimateTravelTimes(), degradation=why)
    assert await legs_grade(travel) is Grade.ESTIMATE
    assert travel.in_force == TravelTimesInForce(
        source=EstimateTravelTimes().source, grade=Grade.ESTIMATE, degradation=why
    )
    assert await travel.set_traffic([]) is None
    travel.close()
