"""One patient's clock at the interface: added to by crew and hospital, corrected with a reason, readable long after."""

from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest

from dispatch.api.access import Role, User
from dispatch.api.problems import ProblemError
from dispatch.api.routes_care import check_source
from dispatch.api.wiring import Service
from dispatch.domain import commands as cmd
from dispatch.domain.care import StampSource
from dispatch.domain.ids import IncidentId, PatientId
from dispatch.domain.world import RECENT_INCIDENTS
from dispatch.engine.clocks import VirtualClock
from tests.fakes.control_room import ControlRoom, no_more_than_a_question

Wire = dict[str, Any]


class Bedside:
    """Somebody at one patient."""

    def __init__(self, room: ControlRoom, path: str, incident_id: str) -> None:
        self.room, self.path, self.incident_id = room, path, incident_id

    async def clock(self, status: int = 200) -> Wire:
        found: Wire = await self.room.get(self.path, status)
        return found

    async def give(self, milestone: str, status: int = 201, source: str = "hospital", **fields: Any) -> Wire:
        told: Wire = await self.room.post(self.path, {"milestone": milestone, "source": source, **fields}, status)
        return told

    async def correct(self, milestone: str, status: int = 200, source: str = "hospital", **fields: Any) -> Wire:
        body = {"milestone": milestone, "source": source, **fields}
        told: Wire = await self.room.post(f"{self.path}/corrections", body, status)
        return told


@pytest.fixture
async def bedside(room: ControlRoom, clock: VirtualClock) -> Bedside:
    """A stroke in Futian whose crew has just reached the hospital, half an hour after the call."""
    incident_id, assignment_id, _ = await room.sent_out()
    for status in ("acknowledged", "en_route", "on_scene", "at_patient", "left_scene", "at_hospital"):
        await clock.wait_until(clock.now() + timedelta(minutes=5))
        await room.step(assignment_id, status)
    patient_id = (await room.incident(incident_id))["patients"][0]["patient_id"]
    return Bedside(room, f"/incidents/{incident_id}/patients/{patient_id}/clock", incident_id)


def at(clock: VirtualClock, minutes: float) -> str:
    return (clock.now() + timedelta(minutes=minutes)).isoformat()


def interval(wire: Wire, code: str) -> Wire:
    return next(found for found in wire["intervals"] if found["code"] == code)


async def test_the_crew_s_steps_are_stamps_already(bedside: Bedside) -> None:
    wire = await bedside.clock()
    assert [stamp["milestone"] for stamp in wire["counted"]] == ["call", "dispatch", "first_contact", "alert", "door"]
    assert interval(wire, "call_to_contact")["length_s"] == 20 * 60
    needle = interval(wire, "door_to_needle")
    assert (needle["state"], needle["targets"][0]["edition"]["code"]) == ("running", "target_stroke_2")
    assert wire["missing"] == ["last_known_well"]


async def test_the_hospital_s_time_ends_the_clock(bedside: Bedside, clock: VirtualClock) -> None:
    await clock.wait_until(clock.now() + timedelta(minutes=50))
    wire = await bedside.give("needle", at=at(clock, -2))
    needle = interval(wire, "door_to_needle")
    assert (needle["state"], needle["length_s"]) == ("measured", 48 * 60)
    assert [target["is_met"] for target in needle["targets"]] == [True, False]
    assert needle["hospital_id"] == wire["stamps"][-1]["hospital_id"]  # where the patient is, without being told


async def test_the_same_source_corrects_with_a_reason(bedside: Bedside, clock: VirtualClock) -> None:
    await bedside.give("door", at=at(clock, -1))
    assert (await bedside.give("door", 409, at=at(clock, 0)))["code"] == "care_time_known"
    problem = await bedside.correct("door", 422, at=at(clock, 0))
    assert [error["pointer"] for error in problem["errors"]] == ["/reason"]
    wire = await bedside.correct("door", at=at(clock, 0), reason="门禁记录")
    assert wire["corrections"] == 1
    assert [s["reason"] for s in wire["stamps"] if s["source"] == "hospital"] == ["门禁记录"]
    wire = await bedside.correct("door", reason="不是这名患者", withdraws=True)
    assert [s for s in wire["stamps"] if s["source"] == "hospital"] == []
    assert (await bedside.correct("door", 404, reason="再来"))["code"] == "care_time_not_found"


@pytest.mark.parametrize(
    ("milestone", "fields", "pointer"),
    [
        ("needle", {"minutes": 5}, "/at"),  # it cannot have happened yet
        ("needle", {}, "/reason"),  # not done, and nobody says why
    ],
)
async def test_what_cannot_be_is_refused(
    bedside: Bedside, clock: VirtualClock, milestone: str, fields: dict[str, float], pointer: str
) -> None:
    body = {"at": at(clock, fields["minutes"])} if fields else {}
    problem = await bedside.give(milestone, 422, **body)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


async def test_a_hospital_s_stamp_needs_a_hospital(room: ControlRoom, clock: VirtualClock) -> None:
    """Nobody is on the way yet, so no hospital follows from anything."""
    incident = (await room.call())["incident"]
    path = f"/incidents/{incident['incident_id']}/patients/{incident['patients'][0]['patient_id']}/clock"
    problem = await room.post(path, {"milestone": "door", "source": "hospital", "at": at(clock, 0)}, 422)
    assert problem["errors"][0]["pointer"] == "/hospital_id"
    stranger = {"milestone": "door", "source": "hospital", "at": at(clock, 0), "hospital_id": "H999"}
    assert (await room.post(path, stranger, 404))["code"] == "hospital_not_found"


async def test_a_stranger_has_no_clock_here(bedside: Bedside, room: ControlRoom) -> None:
    unknown = await room.get("/incidents/inc-none/patients/pat-none/clock", 404)
    assert unknown["code"] == "incident_not_found"
    stranger = await room.get(f"/incidents/{bedside.incident_id}/patients/pat-none/clock", 404)
    assert stranger["code"] == "patient_not_found"


async def test_times_come_late_when_the_incident_has_long_left_the_world(
    bedside: Bedside, service: Service, clock: VirtualClock
) -> None:
    """A wire crosses hours after the ambulance has gone; the world has forgotten the incident by then."""
    await service.engine.execute(
        cmd.CancelIncident(incident_id=IncidentId(bedside.incident_id), reason="试验"), actor="dev"
    )
    for _ in range(RECENT_INCIDENTS):
        await no_more_than_a_question(service)
    assert IncidentId(bedside.incident_id) not in service.engine.world.incidents
    assert PatientId((await bedside.clock())["patient_id"]) not in service.engine.world.patients
    await clock.wait_until(clock.now() + timedelta(minutes=70))
    wire = await bedside.give("groin", at=at(clock, -5))
    assert interval(wire, "door_to_groin")["length_s"] == 65 * 60
    assert interval(await bedside.clock(), "door_to_groin")["targets"][0]["is_met"] is False


@pytest.mark.parametrize(
    ("role", "source", "may"),
    [
        (Role.DISPATCHER, StampSource.HOSPITAL, True),  # told by telephone
        (Role.CREW, StampSource.CREW, True),
        (Role.CREW, StampSource.HOSPITAL, False),
        (Role.HOSPITAL, StampSource.DEVICE, True),
        (Role.HOSPITAL, StampSource.CREW, False),
    ],
)
def test_nobody_speaks_for_another(role: Role, source: StampSource, may: bool) -> None:
    user = User(name="someone", roles=frozenset({role}))
    with nullcontext() if may else pytest.raises(ProblemError, match="role_forbidden"):
        check_source(user, source)
