"""Many patients of one scene: the plan that distributes them, who has to wait and why, and what a dispatcher does with it."""

from collections import Counter
from typing import Any

import pytest

from dispatch.api.wiring import Service
from dispatch.domain import commands as cmd
from dispatch.domain.ids import IncidentId
from dispatch.domain.incident import Location
from dispatch.domain.invariants import contradictions
from dispatch.domain.vocabulary import Complaint, Priority
from dispatch.engine.clocks import VirtualClock
from dispatch.settings import Settings
from routing.geo import Wgs84
from tests.api.conftest import City
from tests.fakes.control_room import ControlRoom, Wire
from tests.fakes.memory_journal import MemoryJournal

SEEN = {"observed_at": "2026-11-30T01:59:00Z", "observer": "现场"}


class Crash:
    """A crash with some patients, and what a dispatcher does about it."""

    def __init__(self, room: ControlRoom, taken: Wire) -> None:
        self.room, self.incident_id = room, taken["incident"]["incident_id"]
        self.patient_ids = [patient["patient_id"] for patient in taken["incident"]["patients"]]
        self.recommended = [unit["unit_id"] for unit in taken["recommendation"]["units"]]

    async def plan(self) -> Wire:
        found: Wire = await self.room.get(f"/incidents/{self.incident_id}/casualty-plan")
        return found

    async def way_of(self, patient: int) -> Wire:
        return next(each for each in (await self.plan())["patients"] if each["patient_id"] == self.patient_ids[patient])

    async def tag(self, **tags: str) -> None:
        """`p0="red", p2="green"`."""
        found = [
            {"kind": "triage_tag", "value": tag, "patient_id": self.patient_ids[int(name[1:])], **SEEN}
            for name, tag in tags.items()
        ]
        await self.room.change(self.incident_id, "findings", found)

    async def find(self, patient: int, kind: str, value: Any) -> None:
        found = {"kind": kind, "value": value, "patient_id": self.patient_ids[patient], **SEEN}
        await self.room.change(self.incident_id, "findings", [found])

    async def send(self, unit: int) -> str:
        """The assignment of one of the recommended units."""
        assigned = await self.room.assign(self.incident_id, self.recommended[unit])
        return str(assigned["assignment_id"])

    async def assignment(self, assignment_id: str) -> Wire:
        incident = await self.room.incident(self.incident_id)
        held = next(a for a in incident["assignments"] if a["assignment_id"] == assignment_id)
        patients = [p["patient_id"] for p in incident["patients"] if p["assignment_id"] == assignment_id]
        return {**held, "patients": patients}

    async def timeline(self) -> list[Wire]:
        found: list[Wire] = (await self.room.get(f"/incidents/{self.incident_id}/timeline"))["items"]
        return found


@pytest.fixture
async def crash(room: ControlRoom) -> Crash:
    return Crash(room, await room.call(complaint="trauma_traffic", n_patients=4))


async def test_a_scene_with_three_patients_has_a_plan_and_one_with_two_has_none(room: ControlRoom) -> None:
    two = await room.call(complaint="trauma_traffic", n_patients=2)
    missing = await room.get(f"/incidents/{two['incident']['incident_id']}/casualty-plan", 404)
    assert missing["code"] == "casualty_plan_not_found"
    three = await room.call(complaint="trauma_traffic", n_patients=3)
    assert three["incident"]["casualty_plan"] == {
        "computed_at": "2026-11-30T02:00:00Z",
        "n_planned": 3,
        "n_unplaced": 0,
    }
    assert (await room.get("/incidents/inc-live-none/casualty-plan", 404))["code"] == "incident_not_found"


async def test_everybody_has_a_unit_a_hospital_and_a_time(crash: Crash) -> None:
    plan = await crash.plan()
    assert {each["patient_id"] for each in plan["patients"]} == set(crash.patient_ids)
    assert {each["unit_id"] for each in plan["patients"]} == set(crash.recommended)
    for each in plan["patients"]:
        assert each["leaves_at"] < each["arrives_at"] <= each["received_at"]
        assert (each["tag"], each["trip"], each["bound"]) == (None, 0, False)
    slots = Counter((each["hospital_id"], each["received_at"]) for each in plan["patients"])
    assert set(slots.values()) == {1}
    assert all(hospital["assumed"] and hospital["name_zh"] for hospital in plan["hospitals"])
    assert plan["unplaced"] == []


async def test_tags_change_who_is_received_first(crash: Crash) -> None:
    await crash.tag(p0="green", p1="green", p2="green", p3="red")
    plan = await crash.plan()
    first = min(plan["patients"], key=lambda each: each["received_at"])
    assert (first["patient_id"], first["tag"]) == (crash.patient_ids[3], "red")
    await crash.tag(p3="black")
    assert {each["patient_id"] for each in (await crash.plan())["patients"]} == set(crash.patient_ids[:3])


async def test_a_crew_is_sent_as_planned_and_the_plan_can_be_followed_when_it_changes(crash: Crash) -> None:
    """Both crews are given their patients when sent; a tag then changes the plan, which nobody follows by itself."""
    await crash.tag(p0="yellow", p1="yellow", p2="green", p3="green")
    ids = [await crash.send(unit) for unit in range(4)]
    for way in (await crash.plan())["patients"]:
        held = await crash.assignment(ids[crash.recommended.index(way["unit_id"])])
        assert (held["patients"], held["hospital_id"]) == ([way["patient_id"]], way["hospital_id"])
    held_before = [await crash.assignment(each) for each in ids]
    await crash.tag(p3="red")
    assert [await crash.assignment(each) for each in ids] == held_before
    answer = await crash.room.post(f"/incidents/{crash.incident_id}/casualty-plan/follow", {})
    assert answer["incident_id"] == crash.incident_id
    way = await crash.way_of(3)
    held = await crash.assignment(ids[crash.recommended.index(way["unit_id"])])
    assert (held["patients"], held["hospital_id"]) == ([crash.patient_ids[3]], way["hospital_id"])
    n = len(await crash.timeline())
    await crash.room.post(f"/incidents/{crash.incident_id}/casualty-plan/follow", {})
    assert len(await crash.timeline()) == n


async def test_nobody_changes_crews_for_nothing(crash: Crash) -> None:
    """Four crews of one base leave together: a tag changes where patients go and when, and not with whom."""
    for unit in range(4):
        await crash.send(unit)
    before = {each["patient_id"]: each["unit_id"] for each in (await crash.plan())["patients"]}
    await crash.tag(p3="red", p0="green")
    after = (await crash.plan())["patients"]
    assert {each["patient_id"]: each["unit_id"] for each in after} == before
    assert min(after, key=lambda each: each["received_at"])["patient_id"] == crash.patient_ids[3]


async def test_where_the_engine_assigns_it_follows_the_plan_by_itself(
    city: City, journal: MemoryJournal, clock: VirtualClock
) -> None:
    service = city.service(journal, clock, Settings(dev=True, auto_assign=frozenset(Priority)))
    place = Location(point=Wgs84(lat_deg=22.5431, lon_deg=114.0579), accuracy_m=20.0, source="caller", cell="")
    command = cmd.ReceiveCall(
        received_at=clock.now(),
        complaint=Complaint.TRAUMA_TRAFFIC,
        location=place,
        patients=(cmd.PatientDetails(),) * 30,
    )
    await service.engine.execute(command, actor="test")
    _agree(service)


def _agree(service: Service) -> None:
    world = service.engine.world
    (incident,) = world.open_incidents()
    assert incident.casualty_plan is not None
    for way in incident.casualty_plan.patients:
        patient = world.patients[way.patient_id]
        assert patient.assignment_id is not None
        assert (world.assignments[patient.assignment_id].unit_id, patient.hospital_id) == (way.unit_id, way.hospital_id)
    assert contradictions(world) == []


async def test_a_crew_sent_before_anybody_was_known_is_given_a_patient_later(room: ControlRoom) -> None:
    taken = await room.call(complaint="trauma_traffic", n_patients=1)
    crash = Crash(room, taken)
    first = await crash.send(0)
    second = (await room.call(location=None, incident_id=crash.incident_id, n_patients=2))["incident"]["patients"][1]
    answer = await room.post(f"/assignments/{first}/patients", {"patient_ids": [second["patient_id"]]})
    assert answer["assignment"]["patient_ids"] == [second["patient_id"]]
    by_id = {patient["patient_id"]: patient for patient in answer["incident"]["patients"]}
    assert by_id[second["patient_id"]]["assignment_id"] == first
    assert by_id[crash.patient_ids[0]]["assignment_id"] is None
    assert ("PatientsAssigned", "dispatcher") in [
        (event["type"], event["data"].get("mode")) for event in await crash.timeline()
    ]


async def test_a_patient_comes_over_from_another_crew_until_that_one_has_left(crash: Crash) -> None:
    a, b = await crash.send(0), await crash.send(1)
    (patient,) = (await crash.assignment(a))["patients"]
    await crash.room.post(f"/assignments/{b}/patients", {"patient_ids": [patient]})
    assert (await crash.assignment(a))["patients"] == []
    await crash.room.step(b, "left_scene")
    refused = await crash.room.post(f"/assignments/{a}/patients", {"patient_ids": [patient]}, 409)
    assert refused["code"] == "patient_not_waiting"
    await crash.room.step(b, "handed_over")
    late = await crash.room.post(f"/assignments/{b}/patients", {"patient_ids": []}, 409)
    assert late["code"] == "illegal_transition"
    wrong = await crash.room.post(f"/assignments/{a}/patients", {"patient_ids": ["pat-live-none"]}, 422)
    assert wrong["errors"][0]["pointer"] == "/patient_ids"


async def test_what_a_person_has_chosen_no_plan_changes(crash: Crash) -> None:
    a = await crash.send(0)
    chosen = crash.patient_ids[3]
    await crash.room.post(f"/assignments/{a}/patients", {"patient_ids": [chosen]})
    way = await crash.way_of(3)
    assert (way["unit_id"], way["bound"], way["received_at"]) == (crash.recommended[0], True, None)
    await crash.tag(p0="red", p3="green")
    await crash.room.post(f"/incidents/{crash.incident_id}/casualty-plan/follow", {})
    assert (await crash.assignment(a))["patients"] == [chosen]


async def test_a_hospital_that_says_what_it_takes_is_believed_until_that_expires(
    crash: Crash, service: Service, clock: VirtualClock
) -> None:
    hospital_id = (await crash.plan())["patients"][0]["hospital_id"]
    said = {"red": 0, "yellow": 0, "green": 0, "interval_s": 600, "source": "急诊前台"}
    answer = await crash.room.post(f"/hospitals/{hospital_id}/casualty-capacity", said)
    assert answer["casualty_capacity"] == {
        **said,
        "updated_at": "2026-11-30T02:00:00Z",
        "expires_at": "2026-11-30T06:00:00Z",
    }
    plan = await crash.plan()
    assert hospital_id not in {each["hospital_id"] for each in plan["patients"]}
    (told,) = [hospital for hospital in plan["hospitals"] if hospital["hospital_id"] == hospital_id]
    assert (told["yellow"], told["assumed"]) == (0, False)
    clock.advance_to(clock.now().replace(hour=6, minute=1))
    await service.engine.fire_due()
    assert hospital_id in {each["hospital_id"] for each in (await crash.plan())["patients"]}
    missing = await crash.room.post("/hospitals/H999/casualty-capacity", said, 404)
    assert missing["code"] == "hospital_not_found"
    past = {**said, "expires_at": "2026-11-30T01:00:00Z"}
    refused = await crash.room.post(f"/hospitals/{hospital_id}/casualty-capacity", past, 422)
    assert refused["errors"][0]["pointer"] == "/expires_at"


async def test_who_cannot_be_placed_is_named_with_what_is_short(crash: Crash) -> None:
    await crash.tag(p0="red", p1="red", p2="red", p3="red")
    for hospital in (await crash.room.get("/hospitals"))["items"]:
        red = 2 if hospital["hospital_id"] == "H002" else 0
        said = {"red": red, "yellow": 9, "green": 9, "source": "急诊前台"}
        await crash.room.post(f"/hospitals/{hospital['hospital_id']}/casualty-capacity", said)
    plan = await crash.plan()
    assert [each["hospital_id"] for each in plan["patients"]] == ["H002", "H002"]
    (short,) = plan["unplaced"]
    assert (short["cause"], short["tag"], short["n"]) == ("no_bed", "red", 2)
    assert "红标" in short["text"]
    assert short["text_en"] == "2 red patients have no bed left with general care"


async def test_a_closed_hospital_is_planned_around(crash: Crash) -> None:
    a = await crash.send(0)
    before = await crash.assignment(a)
    await _close(crash.room, before["hospital_id"])
    plan = await crash.plan()
    assert before["hospital_id"] not in {each["hospital_id"] for each in plan["patients"]}


async def _close(room: ControlRoom, hospital_id: str) -> None:
    body = {"capability": "emergency", "state": "closed", "source": "急诊前台"}
    await room.post(f"/hospitals/{hospital_id}/status", body)


async def test_needs_that_nobody_is_known_to_meet_are_told_and_met_when_somebody_says_so(crash: Crash) -> None:
    await crash.find(0, "injury", "双手烧伤")
    assert (await crash.plan())["unknown_needs"] == [
        {"need": "burns", "n": 1, "text": "烧伤救治", "text_en": "burns care"}
    ]
    body = {"capability": "burns", "state": "available", "source": "烧伤科"}
    await crash.room.post("/hospitals/H030/status", body)
    assert (await crash.plan())["unknown_needs"] == []
    assert (await crash.way_of(0))["hospital_id"] == "H030"


async def test_two_scenes_share_what_a_hospital_takes(room: ControlRoom, service: Service) -> None:
    """Beside each other, with the same needs: no slot is given twice, and no place."""
    one = Crash(room, await room.call(complaint="trauma_traffic", n_patients=6))
    other = Crash(room, await room.call(complaint="trauma_fall", priority="red", n_patients=6))
    ways = [*(await one.plan())["patients"], *(await other.plan())["patients"]]
    slots = Counter((each["hospital_id"], each["received_at"]) for each in ways)
    assert set(slots.values()) == {1}
    world = service.engine.world
    assert all(world.incidents[IncidentId(crash.incident_id)].casualty_plan for crash in (one, other))


async def test_a_patient_who_was_handed_over_stays_in_the_plan_as_it_was(crash: Crash) -> None:
    a = await crash.send(0)
    for step in ("on_scene", "at_patient", "left_scene", "at_hospital", "handed_over"):
        await crash.room.step(a, step)
    (patient,) = (await crash.assignment(a))["patients"]
    (way,) = [each for each in (await crash.plan())["patients"] if each["patient_id"] == patient]
    assert way["unit_id"] == crash.recommended[0]
    assert len((await crash.plan())["patients"]) == 4
