"""A small city's engine, and the steps by which patients come to its hospitals, in a line each."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from dispatch.adapters.identifiers import Ulids, seeded_bytes
from dispatch.adapters.positions import PositionBook
from dispatch.adapters.travel import InlineTravel
from dispatch.domain import commands as cmd
from dispatch.domain import events as ev
from dispatch.domain.assignment import AssignmentStatus
from dispatch.domain.hospital import Designation, Hospital
from dispatch.domain.ids import AssignmentId, HospitalId, PatientId, Realm, UnitId
from dispatch.domain.incident import Location
from dispatch.domain.patient import Patient
from dispatch.domain.rules import Rules
from dispatch.domain.vocabulary import Capability, CapabilityState, Complaint
from dispatch.domain.world import World
from dispatch.engine.clocks import VirtualClock
from dispatch.engine.commits import Committed
from dispatch.engine.engine import Engine
from dispatch.pipeline.policies import POLICIES
from routing.geo import Wgs84
from routing.travel_time.estimate import EstimateTravelTimes
from tests.fakes.machine_city import city
from tests.fakes.memory_journal import MemoryJournal

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
H0, H1, H2 = (HospitalId(f"H{i}") for i in range(3))
SCENE = Location(point=Wgs84(lat_deg=22.55, lon_deg=114.05), accuracy_m=10.0, source="caller", cell="89411caa05bffff")


class ReceptionRoom:
    """Every hospital is on both maps; nothing is committed without a command."""

    def __init__(self, rules: Rules | None = None) -> None:
        realm = Realm("drill-reception")
        self.clock, self.journal = VirtualClock(NOW), MemoryJournal()
        self.engine = Engine(
            realm=realm,
            world=World(),
            journal=self.journal,
            clock=self.clock,
            ids=Ulids(realm, self.clock, seeded_bytes(1)),
            travel=InlineTravel(EstimateTravelTimes()),
            positions=PositionBook(),
            rules=rules or Rules(),
            policy=POLICIES["joint"],
        )

    async def open(self) -> "ReceptionRoom":
        maps = tuple(Designation(kind=kind, grade="official", evidence="test") for kind in ("stroke", "stemi"))
        adopted = city()
        hospitals = tuple(replace(record, designations=maps) for record in adopted.hospitals)
        await self.do(replace(adopted, hospitals=hospitals))
        return self

    async def do(self, command: cmd.Command, actor: str = "test") -> Committed:
        return await self.engine.execute(command, actor=actor)

    def types(self, committed: Committed) -> list[str]:
        return [recorded.type for recorded in committed.entries]

    def hospital(self, hospital_id: HospitalId) -> Hospital:
        return self.engine.world.hospitals[hospital_id]

    def patient(self, patient_id: PatientId) -> Patient:
        return self.engine.world.patients[patient_id]

    async def call(self, complaint: Complaint = Complaint.ACUTE_CORONARY) -> PatientId:
        """One more patient at the scene."""
        taken = await self.do(cmd.ReceiveCall(received_at=self.clock.now(), complaint=complaint, location=SCENE))
        return next(r.event.patient_id for r in taken.entries if isinstance(r.event, ev.PatientAdded))

    async def bring(
        self, patient_id: PatientId, hospital_id: HospitalId, unit_id: str, *to: AssignmentStatus
    ) -> AssignmentId:
        """Send a unit for the patient to a hospital, and take these steps."""
        incident_id = self.patient(patient_id).incident_id
        assign = cmd.AssignUnit(incident_id=incident_id, unit_id=UnitId(unit_id), hospital_id=hospital_id)
        assigned = await self.do(assign)
        assignment_id = next(r.event.assignment_id for r in assigned.entries if isinstance(r.event, ev.UnitAssigned))
        for status in to:
            await self.step(assignment_id, status)
        return assignment_id

    async def step(self, assignment_id: AssignmentId, status: AssignmentStatus) -> Committed:
        at = self.clock.now()
        return await self.do(cmd.SetAssignmentStatus(assignment_id=assignment_id, status=status, occurred_at=at))

    async def report(
        self, hospital_id: HospitalId, capability: Capability, state: CapabilityState, slots_free: int | None = None
    ) -> Committed:
        return await self.do(
            cmd.ReportHospitalStatus(
                hospital_id=hospital_id, capability=capability, state=state, source="护士站", slots_free=slots_free
            )
        )

    async def wait(self, **time: float) -> None:
        """Let time pass, and what falls due happen, in order."""
        until = self.clock.now() + timedelta(**time)
        while (due_at := self.engine.timers.next_due_at()) is not None and due_at <= until:
            self.clock.advance_to(due_at)
            await self.engine.fire_due()
        self.clock.advance_to(until)
