"""Hospitals: what they are, what they say they can do now, and how silence becomes `unknown`."""

from datetime import timedelta
from typing import Any

import pytest

from dispatch.api.wiring import Service
from dispatch.engine.clocks import VirtualClock
from tests.api.conftest import City
from tests.fakes.control_room import ControlRoom, words
from tests.fakes.memory_journal import MemoryJournal


async def hospital(room: ControlRoom, hospital_id: str) -> dict[str, Any]:
    (found,) = (h for h in (await room.get("/hospitals"))["items"] if h["hospital_id"] == hospital_id)
    return dict(found)


def report(capability: str, state: str, **fields: Any) -> dict[str, Any]:
    return {"capability": capability, "state": state, "source": "导管室护士站", **fields}


async def test_a_hospital_says_what_it_is_and_on_what_evidence(room: ControlRoom) -> None:
    for item in (await room.get("/hospitals"))["items"]:
        assert item["name_zh"]
        assert item["name_en"]
        assert {"lat", "lon"} <= set(item["location"])
        for designation in item["designations"]:
            assert {"kind", "since", "until", "evidence"} <= set(designation)
            assert designation["evidence"]
        assert item["capabilities"]["emergency"]["state"] == "unknown"


async def test_a_report_holds_for_four_hours(room: ControlRoom, service: Service, clock: VirtualClock) -> None:
    hospital_id = (await room.call(complaint="acute_coronary"))["recommendation"]["hospital"]["hospital_id"]
    answer = await room.post(f"/hospitals/{hospital_id}/status", report("cath_lab", "available", slots_free=2))
    told = answer["capabilities"]["cath_lab"]
    assert (told["state"], told["source"], told["slots_free"]) == ("available", "导管室护士站", 2)
    assert (told["updated_at"], told["expires_at"]) == ("2026-11-30T02:00:00Z", "2026-11-30T06:00:00Z")
    seen = []
    for hours in (3.999, 0.001):
        clock.advance_to(clock.now() + timedelta(hours=hours))
        await service.engine.fire_due()
        seen.append((await hospital(room, hospital_id))["capabilities"]["cath_lab"]["state"])
    assert seen == ["available", "unknown"]
    types = [item["type"] for item in (await room.get("/events", limit=10_000))["items"]]
    # The call has waited for four hours: time now weighs more than the crew's grade, and its unit may be another.
    assert "HospitalStatusExpired" in types[-2:]


async def test_a_report_may_say_itself_how_long_it_holds(
    room: ControlRoom, service: Service, clock: VirtualClock
) -> None:
    path = "/hospitals/H011/status"
    await room.post(path, report("ct", "closed", expires_at="2026-11-30T10:10:00+08:00"))
    clock.advance_to(clock.now() + timedelta(minutes=9))
    await service.engine.fire_due()
    assert (await hospital(room, "H011"))["capabilities"]["ct"]["state"] == "closed"
    # Said again before it expired: the new word counts, with the new hour.
    await room.post(path, report("ct", "busy", expires_at="2026-11-30T10:30:00+08:00"))
    clock.advance_to(clock.now() + timedelta(minutes=2))
    await service.engine.fire_due()
    assert (await hospital(room, "H011"))["capabilities"]["ct"]["state"] == "busy"


async def test_a_report_repeated_after_it_expired_gets_its_answer_again(room: ControlRoom, clock: VirtualClock) -> None:
    for_ten_minutes = report("ct", "closed", expires_at="2026-11-30T10:10:00+08:00")
    first = await room.post("/hospitals/H011/status", for_ten_minutes, Idempotency_Key="a")
    clock.advance_to(clock.now() + timedelta(minutes=11))
    assert await room.post("/hospitals/H011/status", for_ten_minutes, Idempotency_Key="a") == first
    await room.post("/hospitals/H011/status", for_ten_minutes, 422, Idempotency_Key="b")


async def test_an_expiry_outlives_a_restart(
    room: ControlRoom, city: City, journal: MemoryJournal, clock: VirtualClock
) -> None:
    await room.post("/hospitals/H011/status", report("ct", "closed"))
    engine = city.service(journal, clock).engine
    clock.advance_to(clock.now() + timedelta(hours=4))
    await engine.fire_due()
    assert journal.entries[-1].type == "HospitalStatusExpired"


async def test_a_house_that_cannot_is_ruled_out_and_one_that_is_busy_costs(room: ControlRoom) -> None:
    first = await room.call(complaint="acute_coronary")
    best = first["recommendation"]["hospital"]["hospital_id"]
    incident_id = first["incident"]["incident_id"]
    await room.post(f"/hospitals/{best}/status", report("cath_lab", "closed"))
    made = await room.get(f"/incidents/{incident_id}/recommendation")
    assert made["hospital"]["hospital_id"] != best
    (entry,) = (entry for entry in made["excluded"] if entry["id"] == best)
    assert (entry["rule"], entry["text"], entry["text_en"]) == ("cath_lab_closed", "导管室停用", "Cath lab closed")

    await room.post(f"/hospitals/{best}/status", report("cath_lab", "busy"))
    made = await room.get(f"/incidents/{incident_id}/recommendation")
    candidates = [made["hospital"], *made["hospital_alternatives"]]
    busy = [c for c in candidates if c["hospital_id"] == best]
    assert all("busy" in c["cost_terms"] and "urgent_busy" in words(c["reasons"]) for c in busy)

    await room.post(f"/hospitals/{best}/status", report("cath_lab", "available"))
    made = await room.get(f"/incidents/{incident_id}/recommendation")
    assert made["hospital"]["hospital_id"] == best
    assert "urgent_available" in words(made["hospital"]["reasons"])


async def test_a_closure_recommends_another_house_to_those_on_their_way(room: ControlRoom) -> None:
    incident_id, assignment_id, _ = await room.sent_out(complaint="acute_coronary")
    await room.step(assignment_id, "left_scene")
    bound = (await room.incident(incident_id))["assignments"][0]["hospital_id"]
    await room.post(f"/hospitals/{bound}/status", report("cath_lab", "closed"))
    incident = await room.incident(incident_id)
    assert incident["recommendation"]["hospital_id"] not in {None, bound}
    # Recommended, not done: the dispatcher or the crew changes the destination.
    assert incident["assignments"][0]["hospital_id"] == bound


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        (report("cath_lab", "unknown"), "/state"),
        (report("helipad", "available"), "/capability"),
        (report("ct", "busy", source=""), "/source"),
        (report("ct", "busy", slots_free=-1), "/slots_free"),
        (report("ct", "busy", expires_at="2026-11-30T01:00:00Z"), "/expires_at"),
        (report("ct", "busy", expires_at="9999-12-31T23:59:59-14:00"), "/expires_at"),
        (report("ct", "busy", reported_by="x"), "/reported_by"),
    ],
)
async def test_a_wrong_report_is_refused_by_its_pointer(room: ControlRoom, wrong: dict[str, Any], pointer: str) -> None:
    refused = await room.post("/hospitals/H011/status", wrong, 422)
    assert refused["errors"][0]["pointer"] == pointer
    assert (await hospital(room, "H011"))["version"] == 0


async def test_an_unknown_house_is_not_found(room: ControlRoom) -> None:
    assert (await room.post("/hospitals/H999/status", report("ct", "busy"), 404))["code"] == "hospital_not_found"
