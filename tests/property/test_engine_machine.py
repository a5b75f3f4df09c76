"""Whatever people do, in whatever order: no unit is on two incidents, and journal, world and consoles agree.

Hypothesis plays dispatchers, crews and hospitals against a real engine over a small city, with a clock that jumps, and looks after
every step for a contradiction. What it finds it shrinks to the shortest story that shows it.
"""

import asyncio
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from dispatch.adapters.identifiers import Ulids, seeded_bytes
from dispatch.adapters.positions import PositionBook
from dispatch.adapters.post_coverage import CoverageByCells
from dispatch.adapters.travel import InlineTravel
from dispatch.domain import commands as cmd
from dispatch.domain import events as ev
from dispatch.domain.assignment import AssignmentStatus, Disposition
from dispatch.domain.commands_room import SetRoomRules
from dispatch.domain.evolve import fold
from dispatch.domain.ids import AssignmentId, HospitalId, IncidentId, Realm, TrafficId, UnitId
from dispatch.domain.incident import Location
from dispatch.domain.invariants import Watch, contradictions
from dispatch.domain.patient import Finding, FindingKind, PatientState
from dispatch.domain.post import RelocationEffort, RelocationMode, RelocationRules
from dispatch.domain.rejections import CommandRejected
from dispatch.domain.roads import Degradation, TrafficDetails, TravelTimesInForce
from dispatch.domain.room import RoomRules
from dispatch.domain.rules import Rules
from dispatch.domain.vocabulary import Capability, CapabilityState, Complaint, Duty, Priority, TriageTag
from dispatch.domain.world import World
from dispatch.engine.clocks import VirtualClock
from dispatch.engine.commits import Told
from dispatch.engine.engine import ENGINE_ACTOR, Engine
from dispatch.pipeline.policies import POLICIES
from dispatch.projections.board import board, board_patch
from routing.geo import Wgs84
from routing.travel_time.estimate import EstimateTravelTimes
from routing.travel_time.port import Grade
from tests.fakes.machine_city import N_HOSPITALS, N_POSTS, N_UNITS, city, post
from tests.fakes.machine_reception import ReceptionRules
from tests.fakes.machine_waiting import WaitingRules
from tests.fakes.memory_journal import MemoryJournal

spots = st.builds(
    Wgs84, lat_deg=st.sampled_from([22.53, 22.55, 22.60]), lon_deg=st.sampled_from([113.95, 114.05, 114.10])
)
units = st.integers(0, N_UNITS).map(lambda i: UnitId(f"U{i}"))  # one of them does not exist
hospitals = st.none() | st.integers(0, N_HOSPITALS).map(lambda i: HospitalId(f"H{i}"))


def merged(target: object, patch: object) -> object:
    """RFC 7396, as a console would do it."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def as_json(value: object) -> object:
    return json.loads(msgspec.json.encode(value))


class DispatchRoom(ReceptionRules, WaitingRules, RuleBasedStateMachine):
    incidents = Bundle("incidents")

    @initialize(
        auto=st.sampled_from([frozenset(), frozenset({Priority.RED}), frozenset(Priority)]),
        policy=st.sampled_from(sorted(POLICIES)),
        relocate=st.sampled_from(RelocationMode),
    )
    def open_the_room(self, auto: frozenset[Priority], policy: str, relocate: RelocationMode) -> None:
        self.loop = asyncio.new_event_loop()
        self.clock = VirtualClock(datetime(2026, 11, 22, tzinfo=UTC))
        self.journal, self.watch, self.broken = MemoryJournal(), Watch(), []
        realm = Realm("drill-machine")
        self.engine = Engine(
            realm=realm,
            world=World(),
            journal=self.journal,
            clock=self.clock,
            ids=Ulids(realm, self.clock, seeded_bytes(1)),
            travel=InlineTravel(EstimateTravelTimes()),
            positions=PositionBook(),
            rules=Rules(auto_assign=auto, relocation=RelocationRules(mode=relocate)),
            policy=POLICIES[policy],
            coverage=CoverageByCells(
                InlineTravel(EstimateTravelTimes()),
                np.array([22.53, 22.60]),
                np.array([113.95, 114.10]),
                np.array([2.0, 1.0]),
                zone=ZoneInfo("Asia/Shanghai"),
            ),
        )
        self.seen = as_json(board(World()))
        self.engine.subscribe(self._hear)
        self._do(city())
        self._do(cmd.AdoptPosts(posts_version="machine", posts=tuple(map(post, range(N_POSTS)))))

    def _hear(self, told: Told) -> None:
        for recorded in told.entries:
            self.broken += self.watch.violations(recorded)
        self.seen = merged(self.seen, as_json(board_patch(told.before, told.world, told.entries)))

    def _do(self, command: cmd.Command) -> None:
        """A refusal is a fair answer; anything else that raises is a fault."""
        before = self.engine.world
        try:
            self.loop.run_until_complete(self.engine.execute(command, actor="machine"))
        except CommandRejected:
            assert self.engine.world is before

    def teardown(self) -> None:
        self.loop.close()

    # --- what people do ---------------------------------------------------------------------------------------------

    @rule(
        target=incidents,
        spot=spots,
        complaint=st.sampled_from([Complaint.STROKE, Complaint.TRAUMA_FALL, Complaint.CARDIAC_ARREST]),
        n=st.integers(1, 4),
    )
    def call(self, spot: Wgs84, complaint: Complaint, n: int) -> IncidentId:
        location = Location(point=spot, accuracy_m=10.0, source="caller", cell="89411caa05bffff")
        patients = (cmd.PatientDetails(),) * n
        self._do(
            cmd.ReceiveCall(received_at=self.clock.now(), complaint=complaint, location=location, patients=patients)
        )
        return max(self.engine.world.incidents)

    @rule(incident=incidents, unit=units, hospital=hospitals, divert=st.booleans(), reserve=st.booleans())
    def assign(
        self, incident: IncidentId, unit: UnitId, hospital: HospitalId | None, divert: bool, reserve: bool
    ) -> None:
        self._do(
            cmd.AssignUnit(
                incident_id=incident,
                unit_id=unit,
                hospital_id=hospital,
                is_diverted=divert,
                is_reserved=reserve,
                override_reason="closer" if divert else None,
            )
        )

    @rule(which=st.integers(0, 99), unit=units)
    def swap(self, which: int, unit: UnitId) -> None:
        if (assignment := self._one(which)) is not None:
            incident = self.engine.world.assignments[assignment].incident_id
            self._do(cmd.AssignUnit(incident_id=incident, unit_id=unit, replaces=assignment))

    @rule(
        which=st.integers(0, 99),
        status=st.sampled_from(AssignmentStatus),
        disposition=st.none() | st.sampled_from(Disposition),
    )
    def step(self, which: int, status: AssignmentStatus, disposition: Disposition | None) -> None:
        if (assignment := self._one(which)) is not None:
            at = self.clock.now()
            self._do(
                cmd.SetAssignmentStatus(
                    assignment_id=assignment, status=status, occurred_at=at, disposition=disposition
                )
            )

    @rule(which=st.integers(0, 99), status=st.sampled_from(AssignmentStatus))
    def correct(self, which: int, status: AssignmentStatus) -> None:
        if (assignment := self._one(which)) is not None:
            at = self.clock.now()
            self._do(
                cmd.SetAssignmentStatus(
                    assignment_id=assignment, status=status, occurred_at=at, corrects=True, reason="slip"
                )
            )

    @rule(which=st.integers(0, 99))
    def call_off(self, which: int) -> None:
        if (assignment := self._one(which)) is not None:
            self._do(cmd.CancelAssignment(assignment_id=assignment, reason="not needed"))

    @rule(which=st.integers(0, 99), hospital=st.integers(0, N_HOSPITALS - 1))
    def redirect(self, which: int, hospital: int) -> None:
        if (assignment := self._one(which)) is not None:
            self._do(
                cmd.ChangeDestination(assignment_id=assignment, hospital_id=HospitalId(f"H{hospital}"), reason="full")
            )

    @rule(incident=incidents, priority=st.sampled_from(Priority), wanted=st.none() | st.integers(0, 4))
    def retriage(self, incident: IncidentId, priority: Priority, wanted: int | None) -> None:
        self._do(cmd.Retriage(incident_id=incident, priority=priority, units_required=wanted, reason="asked again"))

    @rule(one=incidents, other=incidents)
    def join(self, one: IncidentId, other: IncidentId) -> None:
        self._do(cmd.JoinIncident(incident_id=one, into_incident_id=other))

    @rule(incident=incidents, how=st.sampled_from([cmd.CloseIncident, cmd.CancelIncident]))
    def end(self, incident: IncidentId, how: type[cmd.CloseIncident] | type[cmd.CancelIncident]) -> None:
        self._do(how(incident_id=incident, reason="done"))

    @rule(incident=incidents, which=st.integers(0, 9), tag=st.sampled_from(TriageTag))
    def tag(self, incident: IncidentId, which: int, tag: TriageTag) -> None:
        patients = self.engine.world.incidents[incident].patient_ids
        found = Finding(kind=FindingKind.TRIAGE_TAG, observed_at=self.clock.now(), observer="machine", value=str(tag))
        self._do(cmd.RecordFindings(incident_id=incident, findings=((patients[which % len(patients)], found),)))

    @rule(which=st.integers(0, 99), patients=st.lists(st.integers(0, 9), max_size=2))
    def give_patients(self, which: int, patients: list[int]) -> None:
        if (assignment := self._one(which)) is not None:
            incident_id = self.engine.world.assignments[assignment].incident_id
            known = self.engine.world.incidents[incident_id].patient_ids
            chosen = tuple(known[i % len(known)] for i in patients)
            self._do(cmd.AssignPatients(assignment_id=assignment, patient_ids=chosen))

    @rule(incident=incidents)
    def follow_plan(self, incident: IncidentId) -> None:
        self._do(cmd.FollowCasualtyPlan(incident_id=incident))

    @rule(hospital=st.integers(0, N_HOSPITALS - 1), places=st.tuples(*[st.integers(0, 2)] * 3))
    def hospital_takes(self, hospital: int, places: tuple[int, int, int]) -> None:
        red, yellow, green = places
        self._do(
            cmd.ReportCasualtyCapacity(
                hospital_id=HospitalId(f"H{hospital}"),
                red=red,
                yellow=yellow,
                green=green,
                interval_s=600,
                source="test",
            )
        )

    @rule(incident=incidents, which=st.integers(0, 9), state=st.sampled_from(PatientState))
    def patient_ends(self, incident: IncidentId, which: int, state: PatientState) -> None:
        patients = self.engine.world.incidents[incident].patient_ids
        self._do(cmd.RecordPatientOutcome(patient_id=patients[which % len(patients)], state=state))

    @rule(unit=units, duty=st.sampled_from(Duty))
    def change_duty(self, unit: UnitId, duty: Duty) -> None:
        self._do(cmd.SetUnitDuty(unit_id=unit, duty=duty, reason="shift"))

    @rule(unit=units, post=st.integers(0, N_POSTS))
    def relocate(self, unit: UnitId, post: int) -> None:
        self._do(cmd.RelocateUnit(unit_id=unit, post_id=f"P{post}"))

    @rule(hospital=st.integers(0, N_HOSPITALS - 1), state=st.sampled_from(CapabilityState))
    def hospital_says(self, hospital: int, state: CapabilityState) -> None:
        self._do(
            cmd.ReportHospitalStatus(
                hospital_id=HospitalId(f"H{hospital}"), capability=Capability.CT, state=state, source="test"
            )
        )

    @rule(is_closed=st.booleans(), minutes=st.integers(1, 300))
    def street_slows(self, is_closed: bool, minutes: int) -> None:
        details = TrafficDetails(
            way_ids=(7,),
            area=None,
            speed_factor=None if is_closed else 0.5,
            is_closed=is_closed,
            expires_at=self.clock.now() + timedelta(minutes=minutes),
            source="test",
        )
        self._do(cmd.ReportTraffic(reports=(details,)))
        self._do(cmd.ReviewChoices())

    @rule(which=st.integers(0, 9))
    def street_is_free(self, which: int) -> None:
        known = [*sorted(self.engine.world.traffic), TrafficId("trf-none")]
        self._do(cmd.EndTraffic(traffic_id=known[which % len(known)], reason="cleared"))

    @rule(source=st.sampled_from(["roads-a", "roads-a+1", "estimate"]), is_degraded=st.booleans())
    def travel_times_change(self, source: str, is_degraded: bool) -> None:
        amiss = Degradation(code="roads_failed", text_zh="失败", text_en="failed") if is_degraded else None
        in_force = TravelTimesInForce(source=source, grade=Grade.NETWORK, degradation=amiss)
        self._do(cmd.NoteTravelTimes(in_force=in_force))

    @rule(seconds=st.sampled_from([1, 31, 95, 301, 4 * 3600]))
    def time_passes(self, seconds: int) -> None:
        self.clock.advance_to(self.clock.now() + timedelta(seconds=seconds))
        self.loop.run_until_complete(self.engine.fire_due())

    def _one(self, which: int) -> AssignmentId | None:
        known = sorted(self.engine.world.assignments)
        return known[which % len(known)] if known else None

    # --- what must hold ---------------------------------------------------------------------------------------------

    @invariant()
    def nothing_contradicts(self) -> None:
        assert self.broken == []
        assert contradictions(self.engine.world) == []

    @invariant()
    def journal_folds_to_the_world(self) -> None:
        assert fold(World(), self.journal.entries) == self.engine.world

    @rule(
        auto=st.sampled_from([(), (Priority.RED,), tuple(Priority)]),
        forbidden=st.sampled_from([(), (Priority.ORANGE, Priority.YELLOW)]),
        policy=st.sampled_from(sorted(POLICIES)),
        relocate=st.sampled_from(RelocationMode),
        effort=st.sampled_from(RelocationEffort),
        sees=st.booleans(),
    )
    def set_how_the_room_works(
        self,
        auto: tuple[Priority, ...],
        forbidden: tuple[Priority, ...],
        policy: str,
        relocate: RelocationMode,
        effort: RelocationEffort,
        sees: bool,
    ) -> None:
        """Now and then by somebody who has not seen the order in force."""
        rules = RoomRules(
            policy=policy,
            relocation=relocate,
            relocation_effort=effort,
            auto_assign=auto,
            divert_forbidden=forbidden,
        )
        standing = self.engine.world.room
        seen = standing.seq if standing is not None and sees else 0
        self._do(SetRoomRules(rules=rules, reason="try", instead_of=seen))

    @invariant()
    def consoles_see_the_world(self) -> None:
        assert self.seen == as_json(board(self.engine.world))

    @invariant()
    def the_engine_takes_a_crew_off_an_incident_at_most_once(self) -> None:
        taken = Counter(
            entry.event.incident_id
            for entry in self.journal.entries
            if entry.actor == ENGINE_ACTOR and isinstance(entry.event, ev.AssignmentCancelled)
        )
        assert all(n <= self.engine.conduct.rules.divert.max_per_incident for n in taken.values())

    @invariant()
    def patients_and_crews_agree_on_who_is_with_whom(self) -> None:
        world = self.engine.world
        for assignment in world.assignments.values():
            if assignment.is_active:
                assert all(world.patients[p].assignment_id == assignment.assignment_id for p in assignment.patient_ids)

    @invariant()
    def every_patient_of_a_large_scene_is_planned_or_named(self) -> None:
        """Who still waits is in the scene's plan, or among those of whom it says why not; black tags wait for others."""
        world = self.engine.world
        for incident in world.open_incidents():
            if incident.is_mass_casualty:
                assert incident.casualty_plan is not None
                planned = {each.patient_id for each in incident.casualty_plan.patients}
                waiting = {
                    p.patient_id
                    for p in world.patients_of(incident)
                    if p.state in {PatientState.WAITING, PatientState.ATTENDED} and p.triage_tag is not TriageTag.BLACK
                }
                assert len(waiting - planned) == sum(each.n for each in incident.casualty_plan.unplaced)


DispatchRoom.TestCase.settings = settings(max_examples=60, stateful_step_count=30)


@pytest.mark.slow
class TestDispatchRoom(DispatchRoom.TestCase):
    """The machine as a test."""
