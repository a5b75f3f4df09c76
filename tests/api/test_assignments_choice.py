"""Which unit is committed to what: never two things at once, unless somebody says so and why."""

from typing import Any

from tests.fakes.control_room import ControlRoom, idle_units

Wire = dict[str, Any]


async def unit(room: ControlRoom, unit_id: str) -> Wire:
    (found,) = (item for item in (await room.get("/units"))["items"] if item["unit_id"] == unit_id)
    return dict(found)


async def test_a_committed_unit_is_not_available(room: ControlRoom) -> None:
    incident_id, assignment_id, unit_id = await room.sent_out()
    other = (await room.call())["incident"]["incident_id"]
    refused = await room.assign(other, unit_id, 409)
    assert (refused["code"], refused["context"]) == ("unit_not_available", incident_id)
    # What the crew is doing was not touched.
    assert (await unit(room, unit_id))["assignment_id"] == assignment_id
    again = await room.assign(incident_id, unit_id, 409)
    assert again["code"] == "unit_not_available"


async def test_a_committed_unit_is_ruled_out_of_the_next_recommendation(room: ControlRoom) -> None:
    _, _, unit_id = await room.sent_out()
    made = (await room.call())["recommendation"]
    (entry,) = (entry for entry in made["excluded"] if entry["id"] == unit_id)
    assert entry["rule"] == "committed"


async def test_a_unit_is_diverted_with_a_reason(room: ControlRoom) -> None:
    first, assignment_id, unit_id = await room.sent_out(complaint="pain_back")
    await room.step(assignment_id, "en_route")
    second = (await room.call(complaint="cardiac_arrest"))["incident"]["incident_id"]

    # Neither the word alone nor the reason alone is enough.
    for half in ({"divert": True}, {"override_reason": "心脏骤停"}):
        refused = await room.assign(second, unit_id, 409, **half)
        assert refused["code"] == "unit_not_available"
    answer = await room.assign(second, unit_id, divert=True, override_reason="心脏骤停,就近")
    assert answer["override_reason"] == "心脏骤停,就近"
    left = await room.incident(first)
    assert left["assignments"][0]["status"] == "cancelled"
    assert left["units_missing"] == 1
    assert len(left["recommendation"]["unit_ids"]) == 1
    assert (await unit(room, unit_id))["incident_id"] == second


async def test_the_missing_reason_of_a_diversion_is_named(room: ControlRoom) -> None:
    _, _, unit_id = await room.sent_out()
    second = (await room.call())["incident"]["incident_id"]
    refused = await room.assign(second, unit_id, 409, divert=True)
    assert [error["pointer"] for error in refused["errors"]] == ["/override_reason"]


async def test_a_crew_with_its_patient_is_not_diverted(room: ControlRoom) -> None:
    _, assignment_id, unit_id = await room.sent_out()
    await room.step(assignment_id, "on_scene")
    second = (await room.call())["incident"]["incident_id"]
    refused = await room.assign(second, unit_id, 409, divert=True, override_reason="更近")
    assert refused["code"] == "divert_too_late"


async def test_another_unit_than_the_recommended_one_keeps_its_reason(room: ControlRoom) -> None:
    taken = await room.call()
    other = taken["recommendation"]["alternatives"][0]["unit_id"]
    answer = await room.assign(taken["incident"]["incident_id"], other, override_reason="熟悉该小区")
    assert answer["override_reason"] == "熟悉该小区"
    timeline = (await room.get(f"/incidents/{taken['incident']['incident_id']}/timeline"))["items"]
    assert timeline[-1]["data"] == {
        "patient_ids": answer["patient_ids"],
        "mode": "dispatcher",
        "is_reserved": False,
        "is_recommended": False,
        "override_reason": "熟悉该小区",
    }


async def test_a_unit_is_reserved_and_then_called_up(room: ControlRoom) -> None:
    taken = await room.call()
    incident_id, unit_id = taken["incident"]["incident_id"], taken["recommendation"]["units"][0]["unit_id"]
    reserved = await room.assign(incident_id, unit_id, reserve=True)
    assert (reserved["status"], (await unit(room, unit_id))["status"]) == ("reserved", "reserved")
    # Kept for this incident: nobody else is offered it.
    made = (await room.call())["recommendation"]
    (entry,) = (entry for entry in made["excluded"] if entry["id"] == unit_id)
    assert entry["rule"] == "reserved"
    called_up = await room.assign(incident_id, unit_id)
    assert called_up["status"] == "offered"
    statuses = [assignment["status"] for assignment in called_up["incident"]["assignments"]]
    assert statuses == ["cancelled", "offered"]


async def test_one_unit_is_swapped_for_another(room: ControlRoom) -> None:
    taken = await room.call()
    incident_id = taken["incident"]["incident_id"]
    first, second = (
        taken["recommendation"]["units"][0]["unit_id"],
        taken["recommendation"]["alternatives"][0]["unit_id"],
    )
    out = await room.assign(incident_id, first)
    answer = await room.assign(incident_id, second, replaces=out["assignment_id"], override_reason="抛锚")
    assert [a["status"] for a in answer["incident"]["assignments"]] == ["cancelled", "offered"]
    assert answer["patient_ids"] == out["patient_ids"]
    assert (await unit(room, first))["status"] == "standby"
    # What has ended, or belongs elsewhere, cannot be replaced.
    (third,) = idle_units(await room.get("/units"), 1)
    gone = await room.assign(incident_id, third, 409, replaces=out["assignment_id"])
    unknown = await room.assign(incident_id, third, 404, replaces="asg-live-none")
    assert [gone["code"], unknown["code"]] == ["illegal_transition", "assignment_not_found"]


async def test_calling_a_unit_off_frees_it_and_recommends_again(room: ControlRoom) -> None:
    incident_id, assignment_id, unit_id = await room.sent_out()
    await room.step(assignment_id, "en_route")
    answer = await room.post(f"/assignments/{assignment_id}/cancel", {"reason": "路口事故"})
    assert (answer["status"], answer["disposition"], answer["ending_reason"]) == ("cancelled", "cancelled", "路口事故")
    assert (await unit(room, unit_id))["status"] == "standby"
    incident = await room.incident(incident_id)
    assert incident["units_missing"] == 1
    assert incident["recommendation"]["unit_ids"] == [unit_id]
    again = await room.post(f"/assignments/{assignment_id}/cancel", {"reason": "再取消"}, 409)
    assert again["code"] == "illegal_transition"


async def test_cancelling_the_incident_frees_all_of_its_units(room: ControlRoom) -> None:
    taken = await room.call(complaint="trauma_traffic", n_patients=3)
    incident_id = taken["incident"]["incident_id"]
    units = [candidate["unit_id"] for candidate in taken["recommendation"]["units"]]
    for unit_id in units:
        await room.assign(incident_id, unit_id)
    answer = await room.change(incident_id, "cancel", {"reason": "误报"})
    assert answer["incident"]["state"] == "cancelled"
    assert {a["status"] for a in answer["incident"]["assignments"]} == {"cancelled"}
    assert {(await unit(room, unit_id))["status"] for unit_id in units} == {"standby"}


async def test_several_units_of_one_incident_each_have_their_patient(room: ControlRoom) -> None:
    taken = await room.call(complaint="trauma_traffic", n_patients=2)
    incident_id = taken["incident"]["incident_id"]
    patients = [patient["patient_id"] for patient in taken["incident"]["patients"]]
    for missing, candidate, patient in zip((1, 0), taken["recommendation"]["units"], patients, strict=True):
        answer = await room.assign(incident_id, candidate["unit_id"])
        assert (answer["patient_ids"], answer["incident"]["units_missing"]) == ([patient], missing)
    # More than asked for may come; whose patient is whose can be said.
    (extra,) = idle_units(await room.get("/units"), 1)
    answer = await room.assign(incident_id, extra, patient_ids=[patients[1]])
    assert answer["patient_ids"] == [patients[1]]
    stranger = await room.assign(incident_id, extra, 422, patient_ids=["pat-live-none"])
    assert stranger["errors"][0]["pointer"] == "/patient_ids"


async def test_whoever_decided_on_an_older_state_has_to_look_again(room: ControlRoom) -> None:
    taken = await room.call()
    incident_id, version = taken["incident"]["incident_id"], taken["incident"]["version"]
    unit_id = taken["recommendation"]["units"][0]["unit_id"]
    await room.change(incident_id, "notes", {"text": "患者已能行走"})
    refused = await room.assign(incident_id, unit_id, 409, expected_version=version)
    assert refused["code"] == "version_conflict"
    now = (await room.incident(incident_id))["version"]
    assert now > version
    await room.assign(incident_id, unit_id, expected_version=now)


async def test_the_hospital_may_be_changed_with_a_reason_until_it_is_reached(room: ControlRoom) -> None:
    incident_id, assignment_id, _ = await room.sent_out()
    was = (await room.incident(incident_id))["assignments"][0]["hospital_id"]
    other = next(item["hospital_id"] for item in (await room.get("/hospitals"))["items"] if item["hospital_id"] != was)
    path = f"/assignments/{assignment_id}/destination"
    answer = await room.post(path, {"hospital_id": other, "reason": "家属要求"})
    assert answer["hospital_id"] == other
    assert answer["incident"]["patients"][0]["hospital_id"] == other
    (event,) = (await room.get(f"/incidents/{incident_id}/timeline"))["items"][-1:]
    assert (event["type"], event["data"]) == (
        "DestinationChanged",
        {"was_hospital_id": was, "reason": "家属要求", "mode": "dispatcher"},
    )

    wordless = await room.post(path, {"hospital_id": other}, 422)
    assert wordless["errors"][0]["pointer"] == "/reason"
    assert (await room.post(path, {"hospital_id": "H999", "reason": "?"}, 404))["code"] == "hospital_not_found"
    await room.step(assignment_id, "at_hospital")
    late = await room.post(path, {"hospital_id": was, "reason": "?"}, 409)
    assert late["code"] == "illegal_transition"


async def test_what_does_not_exist_is_not_found(room: ControlRoom) -> None:
    taken = await room.call()
    incident_id, unit_id = taken["incident"]["incident_id"], taken["recommendation"]["units"][0]["unit_id"]
    no_incident = await room.assign("inc-live-none", unit_id, 404)
    no_unit = await room.assign(incident_id, "U999999", 404)
    no_hospital = await room.assign(incident_id, unit_id, 404, hospital_id="H999")
    assert [no_incident["code"], no_unit["code"], no_hospital["code"]] == [
        "incident_not_found",
        "unit_not_found",
        "hospital_not_found",
    ]


async def test_nobody_is_sent_to_what_has_ended(room: ControlRoom) -> None:
    taken = await room.call()
    incident_id = taken["incident"]["incident_id"]
    await room.change(incident_id, "cancel", {"reason": "误拨"})
    refused = await room.assign(incident_id, taken["recommendation"]["units"][0]["unit_id"], 409)
    assert refused["code"] == "incident_not_open"


async def test_a_corrected_place_looks_at_the_choice_again(room: ControlRoom) -> None:
    taken = await room.call()
    incident_id = taken["incident"]["incident_id"]
    answer = await room.change(
        incident_id, "location", {"location": {"lat": 22.72, "lon": 114.25, "datum": "wgs84"}, "floor": 3}
    )
    assert (answer["incident"]["location"]["lat"], answer["incident"]["floor"]) == (22.72, 3)
    was, now = taken["recommendation"]["units"][0]["unit_id"], answer["recommendation"]["units"][0]["unit_id"]
    assert now != was
    neither = await room.change(incident_id, "location", {"floor": 4}, 422)
    assert neither["errors"][0]["pointer"] == "/location"


async def test_a_new_assessment_changes_what_follows(room: ControlRoom) -> None:
    incident_id = (await room.call(complaint="headache"))["incident"]["incident_id"]
    answer = await room.change(incident_id, "triage", {"determinant": "28C1", "reason": "口角歪斜"})
    assert answer["changed"]["complaint"] == {"from": "headache", "to": "stroke"}
    assert answer["changed"]["priority"] == {"from": "yellow", "to": "orange"}
    more = await room.change(incident_id, "triage", {"units_required": 2, "reason": "两名患者"})
    assert more["changed"]["units_required"] == {"from": 1, "to": 2}
    assert len(more["recommendation"]["units"]) == 2
    wrong = await room.change(incident_id, "triage", {"determinant": "zz", "reason": "?"}, 422)
    assert wrong["errors"][0]["pointer"] == "/determinant"


async def test_a_reserved_unit_that_replaces_its_own_reservation_is_released_once(room: ControlRoom) -> None:
    taken = await room.call()
    incident_id, unit_id = taken["incident"]["incident_id"], taken["recommendation"]["units"][0]["unit_id"]
    kept = await room.assign(incident_id, unit_id, reserve=True)
    answer = await room.assign(incident_id, unit_id, replaces=kept["assignment_id"])
    assert answer["status"] == "offered"
    assert [a["status"] for a in answer["incident"]["assignments"]] == ["cancelled", "offered"]
