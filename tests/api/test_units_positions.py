"""Units: where they say they are, how old that is, and whether they are on duty."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from dispatch.api.app import create_app
from dispatch.engine.clocks import VirtualClock
from dispatch.settings import Settings
from routing.datum import wgs84_to_bd09
from routing.geo import Wgs84, distance_m
from tests.api.conftest import City
from tests.fakes.control_room import FUTIAN, FUTIAN_GCJ02, ControlRoom, idle_units, words
from tests.fakes.memory_journal import MemoryJournal

HERE = Wgs84(lat_deg=22.5431, lon_deg=114.0579)
BAIDU = wgs84_to_bd09(HERE)


def fix(unit_id: str, clock: VirtualClock, age_s: float = 0.0, **fields: Any) -> dict[str, Any]:
    fixed_at = clock.now() - timedelta(seconds=age_s)
    return {"unit_id": unit_id, **FUTIAN, "fixed_at": fixed_at.isoformat(), **fields}


async def position(room: ControlRoom, unit_id: str) -> Any:
    (unit,) = (item for item in (await room.get("/units"))["items"] if item["unit_id"] == unit_id)
    return unit["position"]


async def test_a_batch_says_what_was_taken_and_what_was_not(
    room: ControlRoom, clock: VirtualClock, journal: MemoryJournal
) -> None:
    head = journal.head_seq
    batch = [
        fix("U001", clock),
        fix("U999999", clock),
        fix("U002", clock, age_s=-31.0),
        fix("U003", clock, age_s=-29.0),
        fix("U001", clock, age_s=10.0),
    ]
    answer = await room.post("/units/positions", batch, 202)
    assert answer == {
        "accepted": 2,
        "rejected": [
            {"index": 1, "code": "unit_not_found"},
            {"index": 2, "code": "fix_in_future"},
            {"index": 4, "code": "older_than_known"},
        ],
    }
    # Positions are no facts for the journal; those that a decision used stand in its event.
    assert journal.head_seq == head


async def test_an_empty_batch_is_taken(room: ControlRoom) -> None:
    assert await room.post("/units/positions", [], 202) == {"accepted": 0, "rejected": []}


@pytest.mark.parametrize(
    "place",
    [FUTIAN, FUTIAN_GCJ02, {"lat": BAIDU.lat_deg, "lon": BAIDU.lon_deg, "datum": "bd09"}],
    ids=["wgs84", "gcj02", "bd09"],
)
async def test_a_fix_in_any_datum_is_kept_in_wgs84(
    room: ControlRoom, clock: VirtualClock, place: dict[str, Any]
) -> None:
    await room.post("/units/positions", [fix("U001", clock, **place, speed_mps=9.5, heading_deg=270)], 202)
    kept = await position(room, "U001")
    assert distance_m(HERE, Wgs84(lat_deg=kept["lat"], lon_deg=kept["lon"])) < 1.0
    assert (kept["speed_mps"], kept["heading_deg"]) == (9.5, 270)


async def test_a_unit_that_never_reported_has_no_position(room: ControlRoom) -> None:
    assert await position(room, "U001") is None


async def test_a_fix_ages(room: ControlRoom, clock: VirtualClock) -> None:
    await room.post("/units/positions", [fix("U001", clock)], 202)
    seen = []
    for seconds in (60.0, 0.1):
        clock.advance_to(clock.now() + timedelta(seconds=seconds))
        kept = await position(room, "U001")
        seen.append((kept["age_s"], kept["is_stale"]))
    assert seen == [(60.0, False), (60.1, True)]


async def test_the_nearest_is_judged_by_its_fix(room: ControlRoom, clock: VirtualClock) -> None:
    """A unit from the far side of the city stands next door: it is the one to send, and the answer says how it is known."""
    far = (await room.get("/units"))["items"][-1]["unit_id"]
    await room.post("/units/positions", [fix(far, clock)], 202)
    (unit,) = (await room.call(complaint="abdominal"))["recommendation"]["units"]
    assert unit["unit_id"] == far
    assert unit["position"] == {
        "lat": 22.5431,
        "lon": 114.0579,
        "source": "fix",
        "fixed_at": "2026-11-30T02:00:00Z",
        "age_s": 0.0,
    }
    assert "position_assumed" not in words(unit["reasons"])


async def test_a_stale_fix_costs_and_an_unusable_one_rules_out(room: ControlRoom, clock: VirtualClock) -> None:
    taken = await room.call(complaint="abdominal")
    incident_id, near = taken["incident"]["incident_id"], taken["recommendation"]["units"][0]["unit_id"]
    await room.post("/units/positions", [fix(near, clock, age_s=61.0)], 202)
    made = await room.get(f"/incidents/{incident_id}/recommendation")
    (unit,) = (c for c in (*made["units"], *made["alternatives"]) if c["unit_id"] == near)
    assert "position_stale" in words(unit["reasons"])
    assert unit["cost_terms"]["position"] > 0

    clock.advance_to(clock.now() + timedelta(seconds=240))
    made = await room.get(f"/incidents/{incident_id}/recommendation")
    (entry,) = (entry for entry in made["excluded"] if entry["id"] == near)
    assert entry["rule"] == "fix_unusable"
    # A new fix brings it back.
    await room.post("/units/positions", [fix(near, clock)], 202)
    made = await room.get(f"/incidents/{incident_id}/recommendation")
    assert near not in {entry["id"] for entry in made["excluded"]}


async def test_when_no_place_is_known_any_more_units_go_all_the_same_and_are_marked(
    room: ControlRoom, clock: VirtualClock
) -> None:
    """The feed of positions fails, or a clock is minutes wrong: a patient must not wait for it."""
    units = [item["unit_id"] for item in (await room.get("/units"))["items"]]
    await room.post("/units/positions", [fix(unit_id, clock) for unit_id in units], 202)
    clock.advance_to(clock.now() + timedelta(minutes=7))
    assert [each["code"] for each in (await room.http.get("/readyz")).json()["degraded"]] == ["positions_lost"]
    (unit,) = (await room.call(complaint="acute_coronary"))["recommendation"]["units"]
    (reason,) = (each for each in unit["reasons"] if each["code"] == "position_unlocated")
    assert reason["sign"] == "-"
    assert "7 分钟前" in reason["text"]
    assert unit["position"]["age_s"] == 420.0

    # One whose place is known goes first, though another may be nearer, and the next call takes what is left.
    known = next(each for each in units if each != unit["unit_id"])
    await room.post("/units/positions", [fix(known, clock, lat=22.60, lon=114.2)], 202)
    first = await room.call(complaint="acute_coronary")
    second = await room.call(complaint="acute_coronary")
    sent = [call["recommendation"]["units"][0]["unit_id"] for call in (first, second)]
    assert known in sent
    assert len(set(sent)) == 2


async def test_by_any_policy_whoever_is_known_to_be_somewhere_goes_before_who_may_be_near(
    city: City, journal: MemoryJournal, clock: VirtualClock
) -> None:
    service = city.service(journal, clock, Settings(dev=True, policy="closest-idle"))
    transport = httpx.ASGITransport(app=create_app(service))
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        room = ControlRoom(client)
        units = [item["unit_id"] for item in (await room.get("/units"))["items"]]
        await room.post("/units/positions", [fix(unit_id, clock) for unit_id in units], 202)
        clock.advance_to(clock.now() + timedelta(minutes=7))
        await room.post("/units/positions", [fix(units[0], clock, lat=22.60, lon=114.2)], 202)
        sent = []
        for taken in [await room.call(complaint="abdominal") for _ in range(2)]:
            made = await room.get(f"/incidents/{taken['incident']['incident_id']}/recommendation")
            sent += [unit["unit_id"] for unit in made["units"]]
    assert len(set(sent)) == 2
    assert units[0] in sent


async def test_the_fixes_that_a_decision_used_stand_in_its_event(room: ControlRoom, clock: VirtualClock) -> None:
    await room.post("/units/positions", [fix("U001", clock, age_s=5.0)], 202)
    await room.call(complaint="abdominal")
    (event,) = [e for e in (await room.get("/events", limit=10_000))["items"] if e["type"] == "RecommendationMade"]
    (unit,) = event["data"]["recommendation"]["units"]
    assert (unit["unit_id"], unit["position_source"]) == ("U001", "fix")
    assert unit["fixed_at"] == "2026-11-30T01:59:55Z"


@pytest.mark.parametrize(
    ("wrong", "status", "code", "pointer"),
    [
        ({"datum": None}, 400, "datum_required", "/1/datum"),
        ({"datum": "wgs72"}, 422, "invalid_field", "/1/datum"),
        ({"lat": 114.0, "lon": 22.5}, 422, "invalid_field", "/1/lat"),
        ({"fixed_at": "2026-11-30T10:00:00"}, 422, "invalid_field", "/1/fixed_at"),
        ({"fixed_at": 1796004000}, 422, "invalid_field", "/1/fixed_at"),
        ({"fixed_at": "0001-01-01T00:00:00+14:00"}, 422, "invalid_field", "/1/fixed_at"),
        ({"heading_deg": 400}, 422, "invalid_field", "/1/heading_deg"),
        ({"altitude_m": 12}, 422, "invalid_field", "/1/altitude_m"),
    ],
)
async def test_a_wrong_fix_refuses_the_whole_batch(
    room: ControlRoom, clock: VirtualClock, wrong: dict[str, Any], status: int, code: str, pointer: str
) -> None:
    refused = await room.post("/units/positions", [fix("U001", clock), fix("U002", clock, **wrong)], status)
    assert (refused["code"], [error["pointer"] for error in refused["errors"]]) == (code, [pointer])
    assert await position(room, "U001") is None


async def test_a_unit_off_duty_is_not_sent(room: ControlRoom) -> None:
    taken = await room.call()
    incident_id, unit_id = taken["incident"]["incident_id"], taken["recommendation"]["units"][0]["unit_id"]
    unit = await room.post(f"/units/{unit_id}/status", {"duty": "out_of_service", "reason": "车辆保养"})
    assert (unit["duty"], unit["status"]) == ("out_of_service", "out_of_service")
    refused = await room.assign(incident_id, unit_id, 409)
    assert (refused["code"], refused["context"]) == ("unit_not_available", "车辆保养")
    instead = (await room.incident(incident_id))["recommendation"]["unit_ids"]
    assert unit_id not in instead
    back = await room.post(f"/units/{unit_id}/status", {"duty": "in_service"})
    assert back["status"] == "standby"
    # Its equal at the same base stays recommended; it may be sent all the same.
    assert (await room.incident(incident_id))["recommendation"]["unit_ids"] == instead
    await room.assign(incident_id, unit_id, override_reason="熟悉该小区")


async def test_a_committed_unit_first_ends_what_it_does(room: ControlRoom) -> None:
    _, _, unit_id = await room.sent_out()
    refused = await room.post(f"/units/{unit_id}/status", {"duty": "out_of_service", "reason": "下班"}, 409)
    assert refused["code"] == "unit_committed"
    assert (await room.post("/units/U999999/status", {"duty": "in_service"}, 404))["code"] == "unit_not_found"


async def test_every_unit_says_that_it_is_simulated(room: ControlRoom) -> None:
    """The embedded fleet is drawn, not recorded; nobody may take it for the city's own."""
    units = await room.get("/units")
    assert {unit["record_class"] for unit in units["items"]} == {"simulated"}
    assert len(idle_units(units, 1000)) > 500
