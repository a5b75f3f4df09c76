"""Traffic from report to effect: taken down, worked into the travel times, ended or expired, and found after a restart."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from dispatch.engine.clocks import VirtualClock
from tests.api.conftest import NOW, City
from tests.fakes.ascii_city import roster
from tests.fakes.memory_journal import MemoryJournal
from tests.fakes.river_roads import BRIDGE, RiverRoads
from tests.fakes.river_town import TOWN, Town

UNTIL = (NOW + timedelta(hours=1)).isoformat()
SLOW_BRIDGE = {"way_ids": [BRIDGE], "speed_factor": 0.1, "expires_at": UNTIL, "source": "交警"}
CLOSED_BRIDGE = {"way_ids": [BRIDGE], "closed": True, "expires_at": UNTIL, "source": "交警"}


@pytest.fixture
def roads() -> RiverRoads:
    return RiverRoads()


@pytest.fixture
async def town(city: City, clock: VirtualClock, roads: RiverRoads) -> AsyncIterator[Town]:
    town = Town(city, MemoryJournal(), clock, roads)
    await town.open(roster(TOWN))
    yield town
    await town.close()


# --- the effect -------------------------------------------------------------------------------------------------------


async def test_a_slow_bridge_sends_the_other_unit(town: Town) -> None:
    before = (await town.call())["recommendation"]
    assert ([unit["unit_id"] for unit in before["units"]], before["hospital"]["hospital_id"]) == (["U-A"], "H")
    assert before["travel_time_source"] == "roads-river"
    assert {unit["travel_time_grade"] for unit in (*before["units"], *before["alternatives"])} == {"network"}

    assert (await town.report(SLOW_BRIDGE)).status_code == 201
    assert (await town.listed())["roads"]["is_current"] is False
    await town.traffic.keep_up()

    listed = await town.listed()
    assert [item["is_applied"] for item in listed["items"]] == [True]
    roads = listed["roads"]
    assert (roads["source"], roads["edges_changed"], roads["is_current"]) == ("roads-river", 1, True)
    (incident,) = (await town.client.get("/api/v1/incidents?state=open")).json()["items"]
    # 200 s + 600 s for A; the hospital beyond the bridge is now the farther one, too.
    assert incident["recommendation"]["unit_ids"] == ["U-B"]
    assert incident["recommendation"]["hospital_id"] == "G"
    assert len(town.told("RecommendationMade")) == 2


async def test_traffic_that_changes_no_choice_writes_no_recommendation(town: Town) -> None:
    await town.call()
    head = town.journal.head_seq
    await town.report({**SLOW_BRIDGE, "speed_factor": 0.9})
    await town.traffic.keep_up()
    assert [recorded.type for recorded in town.journal.entries[head:]] == ["TrafficReported"]


async def test_a_closed_bridge_leaves_no_way_and_the_estimate_does_not_find_one(town: Town) -> None:
    await town.report(CLOSED_BRIDGE)
    await town.traffic.keep_up()
    made = (await town.call())["recommendation"]
    assert [unit["unit_id"] for unit in made["units"]] == ["U-B"]
    assert {one["id"] for one in made["excluded"] if one["rule"] == "unreachable"} == {"U-A", "H"}


async def test_a_destination_that_is_cut_off_is_looked_at_again(town: Town) -> None:
    made = await town.call()
    incident_id = made["incident"]["incident_id"]
    committed = {"unit_id": "U-B", "hospital_id": "H", "override_reason": "家属在H"}
    answer = await town.client.post(f"/api/v1/incidents/{incident_id}/assignments", json=committed)
    assert answer.status_code == 201
    await town.report(SLOW_BRIDGE)
    await town.traffic.keep_up()
    assert town.told("RecommendationMade")[-1].recommendation.hospital_id == "H", "slow is not cut off"
    await town.report(CLOSED_BRIDGE)
    await town.traffic.keep_up()
    assert town.told("RecommendationMade")[-1].recommendation.hospital_id == "G"


async def test_an_ended_report_is_gone_and_its_street_as_before(town: Town) -> None:
    (reported,) = (await town.report(CLOSED_BRIDGE)).json()["items"]
    await town.traffic.keep_up()
    ending = f"/api/v1/traffic/{reported['traffic_id']}/end"
    answer = await town.client.post(ending, json={"reason": "事故清除"})
    assert answer.status_code == 200
    assert {**reported, "ended_at": answer.json()["ended_at"]} == answer.json()
    await town.traffic.keep_up()
    assert (await town.listed())["items"] == []
    assert [unit["unit_id"] for unit in (await town.call())["recommendation"]["units"]] == ["U-A"]
    assert (await town.client.post(ending, json={"reason": "再次"})).json()["code"] == "traffic_not_found"
    (event,) = town.told("TrafficEnded")
    assert (event.has_expired, event.reason) == (False, "事故清除")


async def test_a_report_expires_by_itself(town: Town, clock: VirtualClock) -> None:
    await town.report(CLOSED_BRIDGE)
    await town.traffic.keep_up()
    clock.advance_to(NOW + timedelta(hours=1))
    await town.service.engine.fire_due()
    await town.traffic.keep_up()
    assert (await town.listed())["items"] == []
    assert town.roads.bridge_s == 60.0
    (event,) = town.told("TrafficEnded")
    assert (event.has_expired, event.reason) == (True, None)


async def test_traffic_is_found_again_after_a_restart(town: Town, city: City, clock: VirtualClock) -> None:
    await town.report(CLOSED_BRIDGE)
    again = Town(city, MemoryJournal(town.journal.entries), clock, RiverRoads())
    assert again.service.engine.world.traffic == town.service.engine.world.traffic
    assert await again.traffic.apply()
    assert [item["is_applied"] for item in (await again.listed())["items"]] == [True]
    clock.advance_to(NOW + timedelta(hours=2))
    await again.service.engine.fire_due()
    assert not again.service.engine.world.traffic, "its timer stands again, too"
    await again.close()


async def test_traffic_that_cannot_be_worked_in_is_in_the_journal_and_on_the_board(town: Town) -> None:
    town.roads.traffic_failure = RuntimeError("no memory")
    await town.report(CLOSED_BRIDGE)
    await town.traffic.keep_up()
    (event,) = town.told("TravelTimesDegraded")
    assert (event.source, event.code) == ("roads-river", "traffic_not_applied")
    assert "no memory" in event.text_zh
    listed = await town.listed()
    assert [item["is_applied"] for item in listed["items"]] == [False]
    assert listed["roads"]["is_current"] is False
    ready = (await town.client.get("/readyz")).json()
    assert [one["code"] for one in ready["degraded"]] == ["traffic_not_applied"]
    assert "no memory" not in str(ready), "reasons are for staff"


async def test_consoles_are_told_by_the_merge_patch(town: Town) -> None:
    texts: list[str] = []
    console = town.service.hub.join(lambda: None, None)
    while (text := console.pop()) is not None:
        texts.append(text)
    (reported,) = (await town.report(CLOSED_BRIDGE)).json()["items"]
    frame = console.pop()
    assert frame is not None
    assert reported["traffic_id"] in frame
    world = httpx.Response(200, text=texts[0]).json()["world"]
    assert world["traffic"] == {}
    assert world["service"] == {"travel_times": {"source": "roads-river", "grade": "network"}, "degraded": []}


# --- what is refused --------------------------------------------------------------------------------------------------

CORNERS = [[114.05, 22.54], [114.06, 22.54], [114.06, 22.55]]
AREA = {"type": "Polygon", "coordinates": [[*CORNERS, CORNERS[0]]]}
IN_AREA = {"speed_factor": 0.5, "expires_at": UNTIL, "source": "巡查"}


@pytest.mark.parametrize(
    ("reports", "pointer", "code"),
    [
        ([], "", "too_short"),
        ([{**SLOW_BRIDGE, "speed_factor": 0}], "/0/speed_factor", "greater_than_equal"),
        ([{**SLOW_BRIDGE, "speed_factor": 1.5}], "/0/speed_factor", "less_than_equal"),
        ([{**SLOW_BRIDGE, "closed": True}], "/0", "speed_factor_or_closed"),
        ([{**IN_AREA}], "/0", "way_ids_or_area"),
        ([CLOSED_BRIDGE, {**SLOW_BRIDGE, "way_ids": []}], "/1/way_ids", "too_short"),
        ([CLOSED_BRIDGE, {**SLOW_BRIDGE, "way_ids": [BRIDGE, 99]}], "/1/way_ids/1", "way_not_in_network"),
        ([{**SLOW_BRIDGE, "expires_at": NOW.isoformat()}], "/0/expires_at", "in_past"),
        ([{**SLOW_BRIDGE, "expires_at": "tomorrow"}], "/0/expires_at", "rfc3339"),
        ([{**SLOW_BRIDGE, "why": "?"}], "/0/why", "extra_forbidden"),
        ([{**IN_AREA, "area": {**AREA, "type": "Point", "datum": "wgs84"}}], "/0/area/type", "literal_error"),
        (
            [{**IN_AREA, "area": {**AREA, "coordinates": [[*CORNERS, [0, 0]]], "datum": "wgs84"}}],
            "/0/area",
            "ring_not_closed",
        ),
        (
            [{**IN_AREA, "area": {**AREA, "coordinates": [CORNERS[:2] * 2 + CORNERS[:1]], "datum": "wgs84"}}],
            "/0/area",
            "ring_too_short",
        ),
    ],
)
async def test_a_wrong_report_is_refused_with_its_place_and_nothing_is_taken_down(
    town: Town, reports: list[dict[str, Any]], pointer: str, code: str
) -> None:
    head = town.journal.head_seq
    answer = await town.report(*reports)
    assert answer.status_code == 422
    assert (pointer, code) in [(error["pointer"], error["code"]) for error in answer.json()["errors"]]
    assert town.journal.head_seq == head


async def test_a_drawn_area_states_its_datum_and_goes_out_in_wgs84(town: Town) -> None:
    refused = await town.report({**IN_AREA, "area": AREA})
    assert (refused.status_code, refused.json()["code"]) == (400, "datum_required")
    (reported,) = (await town.report({**IN_AREA, "area": {**AREA, "datum": "gcj02"}})).json()["items"]
    (ring,) = reported["area"]["coordinates"]
    lon, lat = ring[0]
    # The shift over Shenzhen is some 500 m east and 300 m south.
    assert 114.05 - lon == pytest.approx(0.005, abs=0.001)
    assert abs(22.54 - lat) == pytest.approx(0.003, abs=0.001)
    assert ring[0] == ring[-1]


async def test_the_same_key_gives_the_same_answer_and_one_report(town: Town) -> None:
    first = await town.report(CLOSED_BRIDGE, **{"Idempotency-Key": "a"})
    again = await town.report(CLOSED_BRIDGE, **{"Idempotency-Key": "a"})
    assert (again.status_code, again.content) == (201, first.content)
    assert len(town.told("TrafficReported")) == 1
    other = await town.report(SLOW_BRIDGE, **{"Idempotency-Key": "a"})
    assert other.json()["code"] == "idempotency_key_reused"


async def test_a_report_that_has_expired_since_is_answered_again_as_it_was(town: Town, clock: VirtualClock) -> None:
    """The answer was lost on its way, and the console asks again an hour later, when the network is another one, or none."""
    first = await town.report(CLOSED_BRIDGE, **{"Idempotency-Key": "a"})
    clock.advance_to(NOW + timedelta(hours=1))
    await town.service.engine.fire_due()
    for roads in (town.traffic, None):
        town.service.roads = roads
        again = await town.report(CLOSED_BRIDGE, **{"Idempotency-Key": "a"})
        assert (again.status_code, again.content) == (201, first.content)
    town.service.roads = town.traffic
    assert (await town.report(CLOSED_BRIDGE, **{"Idempotency-Key": "b"})).status_code == 422
    assert len(town.told("TrafficReported")) == 1


async def test_without_a_road_network_traffic_is_refused_not_swallowed(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/traffic", json=[CLOSED_BRIDGE])
    assert (answer.status_code, answer.json()["code"]) == (409, "no_road_network")
    assert (await client.get("/api/v1/traffic")).json() == {"items": [], "next": None, "roads": None}


async def test_the_list_comes_in_pages(town: Town) -> None:
    await town.report(*[{**SLOW_BRIDGE, "source": str(number)} for number in range(3)])
    page = (await town.client.get("/api/v1/traffic?limit=2")).json()
    rest = (await town.client.get(f"/api/v1/traffic?limit=2&after={page['next']}")).json()
    assert [item["source"] for item in (*page["items"], *rest["items"])] == ["0", "1", "2"]
    assert rest["next"] is None
