"""Several calls about one happening: proposed as duplicates, joined by a person, never silently."""

from datetime import timedelta
from typing import Any

from dispatch.engine.clocks import VirtualClock
from tests.fakes.control_room import FUTIAN, ControlRoom

OBSERVED = {"observed_at": "2026-11-30T09:58:00+08:00", "observer": "路人"}
POSITIVE_CPSS: dict[str, Any] = {"kind": "scale", "value": {"name": "cpss", "score": 1}, **OBSERVED}


async def test_a_call_from_next_door_is_proposed_as_a_duplicate(room: ControlRoom) -> None:
    first = await room.call()
    second = await room.call(location={**FUTIAN, "lat": FUTIAN["lat"] + 0.0005})
    (proposed,) = second["possible_duplicates"]
    assert proposed["incident_id"] == first["incident"]["incident_id"]
    assert 50 < proposed["distance_m"] < 60
    # Proposed, not merged: there are two incidents until a person says otherwise.
    assert second["incident"]["incident_id"] != first["incident"]["incident_id"]


async def test_space_time_and_complaint_make_a_duplicate(room: ControlRoom, clock: VirtualClock) -> None:
    await room.call()
    far = await room.call(location={**FUTIAN, "lat": FUTIAN["lat"] + 0.02})
    other = await room.call(complaint="obstetric")
    assert far["possible_duplicates"] == []
    scores = [duplicate["score"] for duplicate in other["possible_duplicates"]]
    assert scores == [0.5]
    clock.advance_to(clock.now() + timedelta(hours=1))
    late = await room.call()
    assert late["possible_duplicates"] == []


async def test_a_call_that_names_an_incident_joins_it(room: ControlRoom) -> None:
    first = await room.call(caller_phone="13800000001")
    incident_id = first["incident"]["incident_id"]
    second = await room.call(incident_id=incident_id, caller_phone="13800000002")
    assert second["incident"]["incident_id"] == incident_id
    assert [call["caller_phone"] for call in second["incident"]["calls"]] == ["13800000001", "13800000002"]
    # The second caller sees the same patient.
    assert len(second["incident"]["patients"]) == 1
    assert len((await room.get("/incidents", state="open"))["items"]) == 1


async def test_a_joining_call_needs_no_place_of_its_own(room: ControlRoom) -> None:
    first = await room.call()
    joined = await room.call(incident_id=first["incident"]["incident_id"], location=None)
    assert joined["incident"]["location"] == first["incident"]["location"]


async def test_a_joining_caller_who_sees_more_patients_adds_them(room: ControlRoom) -> None:
    first = await room.call(complaint="trauma_traffic", n_patients=2)
    joined = await room.call(
        complaint="trauma_traffic", incident_id=first["incident"]["incident_id"], location=None, n_patients=3
    )
    assert len(joined["incident"]["patients"]) == 3
    assert joined["incident"]["units_required"] == 3
    assert len(joined["recommendation"]["units"]) == 3


async def test_findings_of_a_joining_caller_count(room: ControlRoom) -> None:
    first = await room.call(complaint="headache")
    assert first["incident"]["pathway"] == "general"
    joined = await room.call(
        complaint="headache", incident_id=first["incident"]["incident_id"], location=None, findings=[POSITIVE_CPSS]
    )
    assert (joined["incident"]["pathway"], joined["incident"]["priority"]) == ("stroke", "red")
    assert joined["incident"]["patients"][0]["findings"][0]["value"] == {"name": "cpss", "score": 1}


async def test_a_person_confirms_a_duplicate(room: ControlRoom) -> None:
    first, second = await room.call(), await room.call()
    one, other = first["incident"]["incident_id"], second["incident"]["incident_id"]
    changed = await room.change(other, "join", {"into_incident_id": one})
    assert changed["changed"]["state"] == {"from": "open", "to": "joined"}
    assert changed["incident"]["joined_into"] == one
    joined = await room.incident(one)
    assert [call["call_id"] for call in joined["calls"]] == [first["call_id"], second["call_id"]]


async def test_what_cannot_be_joined_is_refused(room: ControlRoom) -> None:
    incident_id, _, _ = await room.sent_out()
    other = (await room.call())["incident"]["incident_id"]
    itself = await room.change(other, "join", {"into_incident_id": other}, 409)
    unknown = await room.change(other, "join", {"into_incident_id": "inc-live-none"}, 404)
    # Its unit is on the way: it has to be called off or handed over first.
    committed = await room.change(incident_id, "join", {"into_incident_id": other}, 409)
    await room.change(other, "cancel", {"reason": "重复来电"})
    ended = await room.call(409, incident_id=other)
    assert [refused["code"] for refused in (itself, unknown, committed, ended)] == [
        "cannot_join_itself",
        "incident_not_found",
        "incident_has_active_units",
        "incident_not_open",
    ]
