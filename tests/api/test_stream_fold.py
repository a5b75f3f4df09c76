"""A client needs no rules of its own: the snapshot and the merge patches are the world, whatever happens."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from dispatch.api.wiring import Service
from dispatch.domain import commands as cmd
from dispatch.domain.world import RECENT_INCIDENTS
from dispatch.engine.clocks import VirtualClock
from dispatch.engine.engine import ENGINE_ACTOR
from dispatch.projections.board import board
from tests.api.conftest import City
from tests.fakes.ascii_city import places, roster
from tests.fakes.control_room import ControlRoom, no_more_than_a_question
from tests.fakes.memory_journal import MemoryJournal
from tests.fakes.merge_patch import merge

VILLAGE = places("""
A . . . G
. . . . .
B . C . H
""")
HERE = {"lat": VILLAGE["A"].lat_deg, "lon": VILLAGE["A"].lon_deg, "datum": "wgs84"}


@pytest.fixture
async def service(city: City, clock: VirtualClock) -> Service:
    service = city.service(MemoryJournal(), clock)
    await service.engine.execute(roster(VILLAGE), actor=ENGINE_ACTOR)
    return service


class Follower:
    """A console: one snapshot, then patches; it insists on dense frames."""

    def __init__(self, service: Service) -> None:
        self._client = service.hub.join(lambda: None, None)
        snapshot = json.loads(str(self._client.pop()))
        self.seq: int = snapshot["seq"]
        self.world: dict[str, Any] = snapshot["world"]

    def follow(self) -> list[str]:
        """Take what has come; the types of the events in it."""
        types: list[str] = []
        while (text := self._client.pop()) is not None:
            frame = json.loads(text)
            assert frame["from"] == self.seq + 1
            assert [event["seq"] for event in frame["events"]] == list(range(frame["from"], frame["to"] + 1))
            self.seq, self.world = frame["to"], merge(self.world, frame["patch"])
            types += [event["type"] for event in frame["events"]]
        return types


def snapshot(service: Service) -> dict[str, Any]:
    """The world that a newcomer is given now, which is the board."""
    newcomer = Follower(service)
    newcomer.follow()
    assert newcomer.world == json.loads(msgspec.json.encode(board(service.engine.world)))
    return newcomer.world


def test_merging_is_what_the_rfc_says() -> None:
    """Cases of RFC 7396, appendix A."""
    cases: list[tuple[Any, Any, Any]] = [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ]
    for target, patch, merged in cases:
        assert merge(target, patch) == merged


async def test_a_whole_day_folds_to_what_a_newcomer_sees(
    service: Service, room: ControlRoom, clock: VirtualClock
) -> None:
    follower = Follower(service)
    seen: set[str] = set()

    def check() -> None:
        seen.update(follower.follow())
        assert follower.world == snapshot(service)

    await _a_stroke(room, clock, service, check)
    await _an_accident_with_too_few_units(room, clock, service, check)
    await _a_hospital_day(room, clock, service, check)
    assert follower.seq == service.engine.world.seq
    everything = {
        *("IncidentOpened", "CallReceived", "PatientAdded", "DuplicatesProposed", "IncidentJoined"),
        *("IncidentRetriaged", "LocationCorrected", "NoteAdded", "FindingRecorded", "RecommendationMade"),
        *("IncidentHeld", "HoldReminded", "HoldEnded", "IncidentEscalated", "IncidentClosed", "IncidentCancelled"),
        *("UnitAssigned", "AssignmentReoffered", "AssignmentStatusChanged", "AssignmentStatusCorrected"),
        *("AssignmentCancelled", "DestinationChanged", "PatientOutcomeRecorded", "UnitDutyChanged"),
        *("HospitalStatusReported", "HospitalStatusExpired"),
    }
    assert everything <= seen


async def _a_stroke(room: ControlRoom, clock: VirtualClock, service: Service, check: Callable[[], None]) -> None:
    """Duplicates, a wrong press, another hospital, the whole way."""
    incident_id, assignment_id, _ = await room.sent_out(location=HERE, floor=3, answers={"清醒": "是"})
    check()
    duplicate = (await room.call(location=HERE))["incident"]["incident_id"]
    check()
    await room.change(duplicate, "join", {"into_incident_id": incident_id})
    check()
    clock.advance_to(clock.now() + timedelta(seconds=30))
    await service.engine.fire_due()
    check()
    for status in ("acknowledged", "en_route", "on_scene"):
        await room.step(assignment_id, status)
        check()
    await room.step(assignment_id, "en_route", corrects=True, reason="按错")
    check()
    await room.change(incident_id, "location", {"address_text": "福田区", "location": HERE, "floor": 5})
    observed = {"observed_at": clock.now().isoformat(), "observer": "U-A"}
    await room.change(
        incident_id,
        "findings",
        [{"kind": "scale", "value": {"name": "cpss", "score": 3, "items": {"face": 1}}, **observed}],
    )
    check()
    await room.change(incident_id, "notes", {"text": "东门"})
    await room.post(f"/assignments/{assignment_id}/destination", {"hospital_id": "H", "reason": "家属要求"})
    check()
    for status in ("at_hospital", "handed_over", "available"):
        await room.step(assignment_id, status)
        check()
    await room.change(incident_id, "close", {"reason": "已交接"})
    check()


async def _an_accident_with_too_few_units(
    room: ControlRoom, clock: VirtualClock, service: Service, check: Callable[[], None]
) -> None:
    """Three units, four patients; one more call has to wait, a unit is diverted, one breaks down."""
    taken = await room.call(location=HERE, complaint="trauma_traffic", priority="yellow", n_patients=4)
    check()
    incident_id = taken["incident"]["incident_id"]
    await room.change(incident_id, "triage", {"priority": "orange", "reason": "被困"})
    check()
    out = [await room.assign(incident_id, candidate["unit_id"]) for candidate in taken["recommendation"]["units"]]
    check()
    waiting = (await room.call(location=HERE, complaint="cardiac_arrest"))["incident"]["incident_id"]
    check()
    clock.advance_to(clock.now() + timedelta(seconds=300))
    await service.engine.fire_due()
    check()
    await room.assign(waiting, out[0]["unit_id"], divert=True, override_reason="心脏骤停")
    check()
    await room.post(f"/assignments/{out[1]['assignment_id']}/cancel", {"reason": "抛锚"})
    await room.post(f"/units/{out[1]['unit_id']}/status", {"duty": "out_of_service", "reason": "抛锚"})
    check()
    patient = taken["incident"]["patients"][3]["patient_id"]
    await room.post(f"/patients/{patient}/outcome", {"state": "refused", "reason": "自行就医"})
    await room.step(out[2]["assignment_id"], "available", disposition="no_patient")
    check()
    for ended in (incident_id, waiting):
        await room.change(ended, "cancel", {"reason": "演示结束"})
        check()
    await room.post(f"/units/{out[1]['unit_id']}/status", {"duty": "in_service"})
    check()


async def _a_hospital_day(room: ControlRoom, clock: VirtualClock, service: Service, check: Callable[[], None]) -> None:
    for state in ("busy", "closed", "available"):
        await room.post("/hospitals/G/status", {"capability": "ct", "state": state, "source": "急诊", "slots_free": 1})
        check()
    await room.post("/hospitals/G/status", {"capability": "ct", "state": "busy", "source": "急诊"})
    check()
    clock.advance_to(clock.now() + timedelta(hours=4))
    await service.engine.fire_due()
    check()


async def test_what_leaves_the_world_leaves_every_follower(service: Service, room: ControlRoom) -> None:
    incident_id, assignment_id, _ = await room.sent_out(location=HERE)
    await room.step(assignment_id, "available", disposition="no_patient")
    await room.change(incident_id, "close", {"reason": "无患者"})
    follower = Follower(service)
    assert incident_id in follower.world["incidents"]
    for _ in range(RECENT_INCIDENTS):
        await no_more_than_a_question(service)
        follower.follow()
    assert incident_id not in follower.world["incidents"]
    assert assignment_id not in follower.world["assignments"]
    assert follower.world == snapshot(service)


async def test_a_new_data_set_reaches_every_follower(service: Service, room: ControlRoom) -> None:
    """Units and hospitals that come, change and go; a committed unit stays until its work is done."""
    _, _, unit_id = await room.sent_out(location=HERE)
    follower = Follower(service)
    other = roster(places("C . D G"))
    adopted = cmd.AdoptCatalogue(data_version="drawing 2", units=other.units, hospitals=other.hospitals)
    await service.engine.execute(adopted, actor=ENGINE_ACTOR)
    assert follower.follow()[0] == "CatalogueAdopted"
    assert set(follower.world["units"]) == {unit_id, "U-C", "U-D"}
    assert set(follower.world["hospitals"]) == {"G"}
    assert follower.world == snapshot(service)
