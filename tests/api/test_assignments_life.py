"""One crew's way through an assignment: forward, with what it skips left unknown, and wrong presses taken back with a reason."""

from datetime import timedelta

import pytest

from dispatch.engine.clocks import VirtualClock
from tests.fakes.control_room import ControlRoom

WAY = ("acknowledged", "en_route", "on_scene", "at_patient", "left_scene", "at_hospital", "handed_over", "available")
PATIENT_AFTER = {
    "on_scene": "waiting",
    "at_patient": "attended",
    "left_scene": "in_transport",
    "at_hospital": "at_hospital",
    "handed_over": "handed_over",
}


def written(clock: VirtualClock) -> str:
    return clock.now().isoformat().replace("+00:00", "Z")


async def test_a_whole_life_with_every_hour(room: ControlRoom, clock: VirtualClock) -> None:
    incident_id, assignment_id, unit_id = await room.sent_out()
    hours = {"offered": written(clock)}
    for status in WAY:
        clock.advance_to(clock.now() + timedelta(minutes=4))
        hours[status] = written(clock)
        # The crew's own hour is what counts; without one it is the hour of the press.
        stated = {"occurred_at": written(clock)} if status in {"en_route", "at_hospital"} else {}
        answer = await room.step(assignment_id, status, **stated)
        assert answer["status"] == status
        if status in PATIENT_AFTER:
            assert answer["incident"]["patients"][0]["state"] == PATIENT_AFTER[status]
    assert answer["timestamps"] == hours
    # Nobody said how it ended, but the hospital was reached.
    assert answer["disposition"] == "transported"
    assert answer["incident"]["is_completed"] is True
    closed = await room.change(incident_id, "close", {"reason": "已交接"})
    assert (closed["incident"]["state"], closed["incident"]["closed_at"]) == ("closed", written(clock))
    (unit,) = (item for item in (await room.get("/units"))["items"] if item["unit_id"] == unit_id)
    assert (unit["status"], unit["assignment_id"]) == ("standby", None)


async def test_an_assignment_begins_as_an_offer(room: ControlRoom, clock: VirtualClock) -> None:
    taken = await room.call()
    made = taken["recommendation"]
    answer = await room.assign(taken["incident"]["incident_id"], made["units"][0]["unit_id"])
    assert (answer["status"], answer["timestamps"]) == ("offered", {"offered": written(clock)})
    # Without another word the unit goes for the recommended hospital and the first patient without one.
    assert answer["hospital_id"] == made["hospital"]["hospital_id"]
    assert answer["patient_ids"] == [taken["incident"]["patients"][0]["patient_id"]]
    assert answer["mode"] == "dispatcher"
    assert answer["incident"]["units_missing"] == 0
    assert answer["incident"]["assignments"][0]["assignment_id"] == answer["assignment_id"]


async def test_a_skipped_step_stays_unknown(room: ControlRoom) -> None:
    _, assignment_id, _ = await room.sent_out()
    await room.step(assignment_id, "on_scene")
    answer = await room.step(assignment_id, "at_hospital")
    assert set(answer["timestamps"]) == {"offered", "on_scene", "at_hospital"}


async def test_no_step_back_and_none_after_the_end(room: ControlRoom) -> None:
    _, assignment_id, _ = await room.sent_out()
    await room.step(assignment_id, "on_scene")
    for back in ("offered", "acknowledged", "en_route", "on_scene", "reserved", "declined"):
        assert (await room.step(assignment_id, back, 409))["code"] == "illegal_transition", back
    await room.step(assignment_id, "available")
    for after in ("on_scene", "handed_over", "available", "cancelled"):
        assert (await room.step(assignment_id, after, 409))["code"] == "illegal_transition", after


async def test_calling_off_is_not_a_step(room: ControlRoom) -> None:
    _, assignment_id, _ = await room.sent_out()
    assert (await room.step(assignment_id, "cancelled", 409))["code"] == "illegal_transition"


async def test_a_wrong_press_is_taken_back_with_a_reason(room: ControlRoom, clock: VirtualClock) -> None:
    _, assignment_id, _ = await room.sent_out()
    await room.step(assignment_id, "en_route")
    clock.advance_to(clock.now() + timedelta(minutes=1))
    await room.step(assignment_id, "on_scene")
    answer = await room.step(assignment_id, "en_route", corrects=True, reason="按错")
    assert answer["status"] == "en_route"
    assert set(answer["timestamps"]) == {"offered", "en_route"}
    clock.advance_to(clock.now() + timedelta(minutes=6))
    assert (await room.step(assignment_id, "on_scene"))["timestamps"]["on_scene"] == written(clock)


async def test_an_end_pressed_by_mistake_commits_the_unit_again(room: ControlRoom) -> None:
    _, assignment_id, unit_id = await room.sent_out()
    await room.step(assignment_id, "on_scene")
    await room.step(assignment_id, "available", disposition="no_patient")
    answer = await room.step(assignment_id, "on_scene", corrects=True, reason="按错")
    assert (answer["status"], answer["disposition"]) == ("on_scene", None)
    other = (await room.call())["incident"]["incident_id"]
    assert (await room.assign(other, unit_id, 409))["code"] == "unit_not_available"


async def test_a_correction_needs_a_reason_and_a_sense(room: ControlRoom) -> None:
    incident_id, assignment_id, unit_id = await room.sent_out()
    await room.step(assignment_id, "on_scene")
    wordless = await room.step(assignment_id, "en_route", 422, corrects=True)
    assert (wordless["code"], wordless["errors"][0]["pointer"]) == ("invalid_field", "/reason")
    for pointless in ("on_scene", "available", "declined", "cancelled"):
        refused = await room.step(assignment_id, pointless, 409, corrects=True, reason="?")
        assert refused["code"] == "illegal_transition", pointless
    # What has gone to somebody else meanwhile cannot be had back.
    await room.step(assignment_id, "available", disposition="no_patient")
    other = (await room.call())["incident"]["incident_id"]
    await room.assign(other, unit_id)
    taken = await room.step(assignment_id, "on_scene", 409, corrects=True, reason="按错")
    assert taken["code"] == "unit_not_available"
    assert incident_id != other


async def test_a_crew_that_declines_is_free_and_not_asked_again(room: ControlRoom) -> None:
    incident_id, assignment_id, unit_id = await room.sent_out()
    answer = await room.step(assignment_id, "declined")
    assert (answer["status"], answer["incident"]["units_missing"]) == ("declined", 1)
    made = await room.get(f"/incidents/{incident_id}/recommendation")
    assert unit_id not in {unit["unit_id"] for unit in made["units"] + made["alternatives"]}
    assert {"id": unit_id, "kind": "unit", "rule": "declined"}.items() <= next(
        entry for entry in made["excluded"] if entry["id"] == unit_id
    ).items()
    # A crew that has said yes cannot say no any more.
    _, second, _ = await room.sent_out()
    await room.step(second, "acknowledged")
    assert (await room.step(second, "declined", 409))["code"] == "illegal_transition"


@pytest.mark.parametrize(
    ("disposition", "patient"),
    [
        ("transported", "handed_over"),
        ("treated_on_scene", "treated_on_scene"),
        ("refused", "refused"),
        ("no_patient", "not_found"),
        ("deceased", "deceased"),
        ("handed_to_other", "handed_to_other"),
    ],
)
async def test_how_it_ended_is_said_and_is_the_patients_end(room: ControlRoom, disposition: str, patient: str) -> None:
    _, assignment_id, _ = await room.sent_out()
    await room.step(assignment_id, "on_scene")
    answer = await room.step(assignment_id, "available", disposition=disposition)
    assert answer["disposition"] == disposition
    assert answer["incident"]["patients"][0]["state"] == patient
    assert answer["incident"]["units_missing"] == 0


async def test_an_end_before_the_scene_without_a_word_leaves_the_need_open(room: ControlRoom) -> None:
    """A crew that presses `available` on the way has served nobody: the incident misses a unit again, and one is recommended."""
    _, assignment_id, _ = await room.sent_out()
    await room.step(assignment_id, "en_route")
    answer = await room.step(assignment_id, "available")
    assert answer["disposition"] is None
    assert answer["incident"]["units_missing"] == 1
    assert len(answer["incident"]["recommendation"]["unit_ids"]) == 1


async def test_a_wrong_step_is_refused_by_its_pointer(room: ControlRoom, clock: VirtualClock) -> None:
    _, assignment_id, _ = await room.sent_out()
    tomorrow = (clock.now() + timedelta(days=1)).isoformat()
    future = await room.step(assignment_id, "en_route", 422, occurred_at=tomorrow)
    early = await room.step(assignment_id, "en_route", 422, disposition="refused")
    unknown = await room.step(assignment_id, "arrived", 422)
    assert [refused["code"] for refused in (future, early, unknown)] == ["invalid_field"] * 3
    assert [refused["errors"][0]["pointer"] for refused in (future, early, unknown)] == [
        "/occurred_at",
        "/disposition",
        "/status",
    ]
    assert (await room.step("asg-live-none", "en_route", 404))["code"] == "assignment_not_found"


async def test_an_incident_ends_when_its_units_are_done(room: ControlRoom) -> None:
    incident_id, assignment_id, _ = await room.sent_out()
    refused = await room.change(incident_id, "close", {"reason": "结束"}, 409)
    assert refused["code"] == "incident_has_active_units"
    await room.step(assignment_id, "available", disposition="treated_on_scene")
    await room.change(incident_id, "close", {"reason": "结束"})
    for how, body in (
        ("close", {"reason": "再结束"}),
        ("cancel", {"reason": "取消"}),
        ("triage", {"priority": "red", "reason": "?"}),
        ("location", {"address_text": "福田区"}),
    ):
        assert (await room.change(incident_id, how, body, 409))["code"] == "incident_not_open", how
    # A remark may still be added for those who look at it later.
    assert (await room.change(incident_id, "notes", {"text": "患者家属致谢"}))["incident"]["notes"] == ["患者家属致谢"]


@pytest.mark.parametrize("state", ["refused", "deceased", "not_found", "treated_on_scene", "handed_to_other"])
async def test_a_patients_outcome_may_be_recorded_by_itself(room: ControlRoom, state: str) -> None:
    incident = (await room.call(complaint="trauma_traffic", n_patients=2))["incident"]
    first = incident["patients"][0]["patient_id"]
    answer = await room.post(f"/patients/{first}/outcome", {"state": state, "reason": "现场"})
    assert [patient["state"] for patient in answer["patients"]] == [state, "waiting"]


async def test_an_outcome_is_final_save_for_death(room: ControlRoom) -> None:
    patient_id = (await room.call())["incident"]["patients"][0]["patient_id"]
    path = f"/patients/{patient_id}/outcome"
    for no_outcome in ("waiting", "in_transport"):
        assert (await room.post(path, {"state": no_outcome}, 409))["code"] == "illegal_outcome"
    await room.post(path, {"state": "refused"})
    assert (await room.post(path, {"state": "treated_on_scene"}, 409))["code"] == "illegal_outcome"
    await room.post(path, {"state": "deceased"})
    assert (await room.post("/patients/pat-live-none/outcome", {"state": "refused"}, 404))["code"] == (
        "patient_not_found"
    )


async def test_a_correction_takes_back_every_step_beyond_it(room: ControlRoom) -> None:
    taken = await room.call()
    incident_id, unit_id = taken["incident"]["incident_id"], taken["recommendation"]["units"][0]["unit_id"]
    path = f"/assignments/{(await room.assign(incident_id, unit_id))['assignment_id']}/status"
    for status in ("en_route", "on_scene", "at_patient"):
        await room.post(path, {"status": status})
    back = await room.post(path, {"status": "en_route", "corrects": True, "reason": "按错"})
    assert sorted(back["timestamps"]) == ["en_route", "offered"]


async def test_a_correction_leaves_an_outcome_that_was_recorded_by_itself(room: ControlRoom) -> None:
    incident_id, assignment_id, _ = await room.sent_out()
    await room.step(assignment_id, "on_scene")
    (patient,) = (await room.incident(incident_id))["patients"]
    await room.post(f"/patients/{patient['patient_id']}/outcome", {"state": "deceased", "reason": "医生宣布"})
    answer = await room.step(assignment_id, "en_route", corrects=True, reason="按错")
    assert answer["incident"]["patients"][0]["state"] == "deceased"
