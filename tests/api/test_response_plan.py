"""An arrest takes whoever is there first, and an advanced crew beside it."""

from typing import Any

from tests.fakes.control_room import ControlRoom

Wire = dict[str, Any]


async def _free(room: ControlRoom, kind: str) -> str:
    units = (await room.get("/units"))["items"]
    return str(next(unit["unit_id"] for unit in units if unit["status"] == "standby" and unit["kind"] == kind))


async def _arrest_with(room: ControlRoom, kind: str) -> tuple[str, str]:
    incident_id = (await room.call(complaint="cardiac_arrest"))["incident"]["incident_id"]
    assigned = await room.assign(incident_id, await _free(room, kind), override_reason="最近 nearest")
    return incident_id, assigned["assignment_id"]


async def test_an_advanced_crew_follows_a_basic_one_to_an_arrest(room: ControlRoom) -> None:
    incident_id, _ = await _arrest_with(room, "bls")
    assert (await room.incident(incident_id))["units_missing"] == 1
    made = await room.get(f"/incidents/{incident_id}/recommendation")
    assert [unit["kind"] for unit in made["units"]] == ["als"]
    free_basic = await _free(room, "bls")
    (ruled,) = (entry for entry in made["excluded"] if entry["id"] == free_basic)
    assert ruled["rule"] == "advanced_crew_must_follow"
    await room.assign(incident_id, made["units"][0]["unit_id"])
    assert (await room.incident(incident_id))["units_missing"] == 0


async def test_an_advanced_crew_is_enough(room: ControlRoom) -> None:
    incident_id, _ = await _arrest_with(room, "als")
    assert (await room.incident(incident_id))["units_missing"] == 0


async def test_nobody_is_sent_after_a_crew_that_has_left_with_its_patient(room: ControlRoom) -> None:
    incident_id, assignment_id = await _arrest_with(room, "bls")
    for status in ("en_route", "on_scene", "at_patient"):
        await room.step(assignment_id, status)
        assert (await room.incident(incident_id))["units_missing"] == 1
    await room.step(assignment_id, "left_scene")
    assert (await room.incident(incident_id))["units_missing"] == 0


async def test_a_basic_crew_that_finds_an_arrest_is_joined(room: ControlRoom) -> None:
    incident_id = (await room.call(complaint="medical_other"))["incident"]["incident_id"]
    assigned = await room.assign(incident_id, await _free(room, "bls"), override_reason="最近 nearest")
    await room.step(assigned["assignment_id"], "on_scene")
    assert (await room.incident(incident_id))["units_missing"] == 0
    await room.change(incident_id, "triage", {"complaint": "cardiac_arrest", "reason": "车组所见 found by the crew"})
    found = await room.incident(incident_id)
    assert found["units_missing"] == 1
    assert found["recommendation"]["unit_ids"]
