"""Which travel times a decision used is told in the journal, on the board and at `/readyz`; a network that fails fails no decision."""

from collections.abc import AsyncIterator

import pytest

from dispatch.adapters.travel_live import RETRY_AFTER_S
from dispatch.engine.clocks import VirtualClock
from routing.travel_time.estimate import EstimateTravelTimes
from tests.api.conftest import NOW, City
from tests.fakes.ascii_city import KM_NORTH_DEG, places, roster
from tests.fakes.memory_journal import MemoryJournal
from tests.fakes.river_roads import SHORE_LAT_DEG, RiverRoads
from tests.fakes.river_town import TOWN, Town

ESTIMATE = EstimateTravelTimes()
P90_FACTOR = ESTIMATE.to_one([22.5], [114.0], TOWN["A"], departing_at=NOW).p90_factor


@pytest.fixture
async def town(city: City, clock: VirtualClock) -> AsyncIterator[Town]:
    town = Town(city, MemoryJournal(), clock, RiverRoads())
    await town.open(roster(TOWN))
    yield town
    await town.close()


def types(town: Town, after: int = 0) -> list[str]:
    return [recorded.type for recorded in town.journal.entries if recorded.seq > after]


async def test_the_journal_says_once_which_travel_times_are_in_force(town: Town) -> None:
    await town.service.engine.note_travel_times()
    await town.call()
    (adopted,) = town.told("TravelTimesAdopted")
    assert (adopted.source, adopted.grade) == ("roads-river", "network")


async def test_a_network_that_fails_in_a_decision_costs_neither_the_call_nor_the_truth(town: Town) -> None:
    head = town.journal.head_seq
    town.roads.failure = RuntimeError("weights are damaged")
    made = (await town.call())["recommendation"]
    assert (made["travel_time_source"], made["travel_time_grade"]) == (ESTIMATE.source, "estimate")
    assert made["units"][0]["travel_time_grade"] == "estimate"
    told = types(town, head)
    assert told.index("TravelTimesDegraded") < told.index("RecommendationMade")
    (degraded,) = town.told("TravelTimesDegraded")
    assert (degraded.source, degraded.code) == (ESTIMATE.source, "roads_failed")

    ready = (await town.client.get("/readyz")).json()
    assert ready["status"] == "ready"
    assert [one["code"] for one in ready["degraded"]] == ["roads_failed"]
    metrics = (await town.client.get("/metrics")).text
    assert "dispatch_travel_times_degraded 1" in metrics

    town.roads.failure = None
    town.elapsed_s = RETRY_AFTER_S
    assert (await town.call())["recommendation"]["travel_time_grade"] == "network"
    assert town.told("TravelTimesAdopted")[-1].source == "roads-river"
    assert (await town.client.get("/readyz")).json()["degraded"] == []


async def test_a_failure_outside_a_decision_is_noted_by_the_next_beat(town: Town) -> None:
    head = town.journal.head_seq
    town.roads.failure = RuntimeError("weights are damaged")
    await town.travel.route(TOWN["A"], TOWN["B"], departing_at=town.service.engine.clock.now())
    await town.service.engine.note_travel_times()
    assert types(town, head) == ["TravelTimesDegraded"]


async def test_a_preview_degrades_too_and_writes_nothing(town: Town) -> None:
    incident_id = (await town.call())["incident"]["incident_id"]
    head = town.journal.head_seq
    town.roads.failure = RuntimeError("weights are damaged")
    shown = await town.service.engine.preview(incident_id)
    assert shown is not None
    assert shown.travel_time_grade == "estimate"
    assert town.journal.head_seq == head


async def test_each_candidate_off_the_network_is_shown_as_estimated(city: City, clock: VirtualClock) -> None:
    # The same town, but B stands and G lies south of where the streets end.
    drawn = places(". . . . H A . 1 . . . B . . G")
    rows_down = round((drawn["B"].lat_deg - SHORE_LAT_DEG) / KM_NORTH_DEG) + 1
    sunk = places("\n".join([". . . . H A . 1", *["."] * (rows_down - 1), ". . . . . . . . . . . B . . G"]))
    town = Town(city, MemoryJournal(), clock, RiverRoads())
    await town.open(roster(sunk))
    made = (await town.call())["recommendation"]
    grades = {one["unit_id"]: one["travel_time_grade"] for one in (*made["units"], *made["alternatives"])}
    assert grades == {"U-A": "network", "U-B": "estimate"}
    hospitals = [made["hospital"], *made["hospital_alternatives"]]
    assert {one["hospital_id"]: one["travel_time_grade"] for one in hospitals} == {"H": "network", "G": "estimate"}
    assert made["travel_time_grade"] == "network"
    (b,) = (one for one in made["alternatives"] if one["unit_id"] == "U-B")
    # The estimate's own width, not the network's.
    assert b["p90_s"] == pytest.approx(b["travel_time_s"] * P90_FACTOR, rel=0.01)
    await town.close()
