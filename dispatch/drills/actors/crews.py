"""Ambulance crews: paged, they acknowledge, turn out, drive, care, transport, hand over and drive home.

A crew reports each step as the real ones do, through `SetAssignmentStatus`, and skips what somebody else (a person at a console)
has reported for it already. Actual drives are the expected time times a drawn factor. A crew that is called off turns
back; one that is paged while it drives, home or to another incident, needs no turnout: it stops, and turns round once it has
acknowledged.
"""

from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from datetime import datetime, timedelta

from dispatch.domain import events as ev
from dispatch.domain.assignment import ENDED, Assignment, AssignmentStatus, Disposition, comes_before, may_step
from dispatch.domain.commands import RecordFindings, SetAssignmentStatus
from dispatch.domain.events_casualties import PatientsAssigned
from dispatch.domain.events_posts import UnitRelocated
from dispatch.domain.ids import AssignmentId, IncidentId, UnitId
from dispatch.domain.patient import PATIENT_ENDED, Finding, FindingKind
from dispatch.domain.rejections import CommandRejected
from dispatch.domain.unit import UnitRecord
from dispatch.domain.world import World
from dispatch.drills.actors.cases import Case, CaseBook
from dispatch.drills.agenda import Agenda, Errand, Script
from dispatch.drills.draws import (
    ACKNOWLEDGEMENT_S,
    HANDOVER_SHARE,
    TO_PATIENT_S,
    TURNOUT_S,
    Draws,
)
from dispatch.drills.driving import Driving
from dispatch.engine.commits import Told
from dispatch.engine.engine import Engine
from routing.geo import Wgs84, distance_m

AT_HOME_WITHIN_M = 50.0
ASK_AGAIN_AFTER = timedelta(seconds=60)
"""How long a crew without a destination waits before it asks again. Assumed."""


class Mission:
    """One assignment in a crew's hands. What it will find is looked up when the crew first needs it."""

    def __init__(self, assignment: Assignment, call_sign: str, cases: CaseBook, draws: Draws) -> None:
        self.assignment_id, self.unit_id = assignment.assignment_id, assignment.unit_id
        self.call_sign = call_sign
        self.started_at = assignment.paged_at or assignment.assigned_at
        self.turns_out_from: datetime | None = self.started_at
        """Since when the crew has been getting ready; None for one that was driving when it was paged."""
        self.errand: Errand | None = None
        self._assignment, self._cases, self._draws = assignment, cases, draws
        self._case: Case | None = None

    @property
    def case(self) -> Case:
        """What it finds at the scene; another case when it is given another patient."""
        if self._case is None:
            self._case = self._cases.case_of(self._assignment)
        return self._case

    def take(self, assignment: Assignment) -> None:
        """Its patients may have changed."""
        if assignment.patient_ids != self._assignment.patient_ids:
            self._case = None
        self._assignment = assignment

    def drive_factor(self, leg: str) -> float:
        """Actual ÷ expected time of a leg (`scene`, `hospital`, `home`)."""
        return self._draws.drive_factor.of(self._draws.of("drive", self.case.name, leg))


class Crews:
    """The crews of all units for which `speaks_for` is true."""

    def __init__(
        self,
        *,
        engine: Engine,
        agenda: Agenda,
        driving: Driving,
        cases: CaseBook,
        draws: Draws,
        speaks_for: Callable[[UnitRecord], bool],
    ) -> None:
        self._engine, self._agenda, self._driving, self._movement = engine, agenda, driving, driving.movement
        self._cases, self._draws, self._speaks_for = cases, draws, speaks_for
        self._missions: dict[AssignmentId, Mission] = {}
        self._homeward: dict[UnitId, Errand] = {}
        self._called_off: dict[UnitId, tuple[datetime, datetime | None]] = {}
        """When a crew was last called off, and since when it had been getting ready then (None: it was driving)."""

    def begin(self) -> None:
        """Take up the roster and whatever is already under way, and listen from now on."""
        self._take_up(self._engine.world)
        self._engine.subscribe(self._hear)

    # --- hearing ----------------------------------------------------------------------------------------------------

    def _hear(self, told: Told) -> None:
        for recorded in told.entries:
            match recorded.event:
                case ev.UnitAssigned(assignment_id=assignment_id, is_reserved=False):
                    self._page(told.world.assignments[assignment_id], told.world)
                case ev.AssignmentStatusChanged(assignment_id=assignment_id, status=status):
                    if status is AssignmentStatus.OFFERED:
                        self._page(told.world.assignments[assignment_id], told.world)
                    elif status in ENDED:
                        self._stand_down(assignment_id)
                case ev.AssignmentCancelled(assignment_id=assignment_id):
                    self._stand_down(assignment_id)
                case ev.DestinationChanged(assignment_id=assignment_id):
                    self._redirect(assignment_id, AssignmentStatus.LEFT_SCENE)
                case PatientsAssigned(incident_id=incident_id) | ev.PatientOutcomeRecorded(incident_id=incident_id):
                    self._look_again(told.world, incident_id)
                case ev.LocationCorrected(incident_id=incident_id):
                    for assignment_id in told.world.incidents[incident_id].assignment_ids:
                        self._redirect(assignment_id, AssignmentStatus.EN_ROUTE)
                case UnitRelocated(unit_id=unit_id):
                    self._move(unit_id)
                case ev.CatalogueAdopted():
                    self._take_up(told.world)

    def _take_up(self, world: World) -> None:
        for unit in world.units.values():
            if unit.unit_id not in self._movement and self._speaks_for(unit.record):
                self._movement.park(unit.unit_id, unit.record.home)
                if unit.assignment_id is not None:
                    self._page(world.assignments[unit.assignment_id], world)

    def _page(self, assignment: Assignment, world: World) -> None:
        is_ours = assignment.unit_id in self._movement and assignment.status is not AssignmentStatus.RESERVED
        if not is_ours or assignment.assignment_id in self._missions:
            return
        now = self._engine.clock.now()
        call_sign = world.units[assignment.unit_id].record.call_sign
        mission = Mission(assignment, call_sign, self._cases, self._draws)
        mission.turns_out_from = self._turns_out_from(mission, now)
        homeward = self._homeward.pop(assignment.unit_id, None)
        if homeward is not None:
            self._agenda.cancel(homeward)
            self._movement.stop(assignment.unit_id, now)
        self._missions[assignment.assignment_id] = mission
        mission.errand = self._agenda.start(now, self._respond(mission))

    def _turns_out_from(self, mission: Mission, now: datetime) -> datetime | None:
        """A crew that drives turns round; one called off in the same breath goes on getting ready."""
        if self._movement.drive_of(mission.unit_id) is not None:
            return None
        at, since = self._called_off.get(mission.unit_id, (None, None))
        return since if at == now else mission.started_at

    def _look_again(self, world: World, incident_id: IncidentId) -> None:
        """Crews at the scene, or on their way there, may have other patients than before, or none any more."""
        for held in world.assignments_of(world.incidents[incident_id]):
            if (
                held.is_active
                and held.assignment_id in self._missions
                and comes_before(held.status, AssignmentStatus.LEFT_SCENE)
            ):
                waiting = tuple(p for p in held.patient_ids if world.patients[p].state not in PATIENT_ENDED)
                self._missions[held.assignment_id].take(replace(held, patient_ids=waiting))

    def _stand_down(self, assignment_id: AssignmentId) -> None:
        """The mission is over, by the crew's own report or by somebody else's: turn for home."""
        mission = self._missions.pop(assignment_id, None)
        if mission is None or mission.errand is None:
            return
        self._agenda.cancel(mission.errand)
        now, is_driving = self._engine.clock.now(), self._movement.drive_of(mission.unit_id) is not None
        if self._assignment(mission).status is AssignmentStatus.CANCELLED:
            self._called_off[mission.unit_id] = now, None if is_driving else mission.turns_out_from
        self._movement.stop(mission.unit_id, now)
        self._homeward[mission.unit_id] = self._agenda.start(
            now, self._go_to_post(mission.unit_id, mission.drive_factor("home"))
        )

    def _move(self, unit_id: UnitId) -> None:
        """Make for another post; a crew that was on its way to one turns there."""
        if unit_id not in self._movement:
            return
        before = self._homeward.pop(unit_id, None)
        if before is not None:
            self._agenda.cancel(before)
        now, n = self._engine.clock.now(), self._engine.world.units[unit_id].n_relocations
        self._movement.stop(unit_id, now)
        factor = self._draws.drive_factor.of(self._draws.of("drive", unit_id, "post", n))
        self._homeward[unit_id] = self._agenda.start(now, self._go_to_post(unit_id, factor))

    def _redirect(self, assignment_id: AssignmentId, status: AssignmentStatus) -> None:
        """The target of a drive that is under way in this status has changed."""
        mission = self._missions.get(assignment_id)
        assignment = self._engine.world.assignments.get(assignment_id)
        if mission is not None and assignment is not None and assignment.status is status:
            self._agenda.once(self._engine.clock.now(), lambda: self._turn(mission, status))

    # --- doing ------------------------------------------------------------------------------------------------------

    async def _respond(self, mission: Mission) -> Script:
        """Page → available. Each `yield` is a wait; the errand is cancelled when the mission ends under way."""
        chance = self._draws.of("crew", mission.case.name)
        acknowledgement_s, turnout_s, to_patient_s = (
            d.of(chance) for d in (ACKNOWLEDGEMENT_S, TURNOUT_S, TO_PATIENT_S)
        )
        if self._is_before(mission, AssignmentStatus.ACKNOWLEDGED):
            yield mission.started_at + timedelta(seconds=acknowledgement_s)
            await self._report(mission, AssignmentStatus.ACKNOWLEDGED)
        if self._is_before(mission, AssignmentStatus.EN_ROUTE):
            yield self._rolls_at(mission, acknowledgement_s, turnout_s)
            await self._report(mission, AssignmentStatus.EN_ROUTE)
        if self._is_before(mission, AssignmentStatus.ON_SCENE):
            async for at in self._drive(mission, "scene"):
                yield at
            await self._report(mission, AssignmentStatus.ON_SCENE)
        arrived_at = self._engine.clock.now()
        if self._is_before(mission, AssignmentStatus.AT_PATIENT):
            yield arrived_at + timedelta(seconds=min(to_patient_s, mission.case.on_scene_s))
            await self._report(mission, AssignmentStatus.AT_PATIENT)
            await self._examine(mission)
        if self._is_before(mission, AssignmentStatus.LEFT_SCENE):
            case: Case | None = None
            while case is not mission.case:  # given another patient meanwhile, it stays as long as that one needs
                case = mission.case
                yield max(arrived_at + timedelta(seconds=case.on_scene_s), self._engine.clock.now())
            if not mission.case.is_transported:
                await self._report(mission, AssignmentStatus.AVAILABLE, mission.case.disposition)
                return
        async for at in self._transport(mission):
            yield at

    def _rolls_at(self, mission: Mission, acknowledgement_s: float, turnout_s: float) -> datetime:
        """Nobody rolls before it has acknowledged; a crew that was driving turns round then."""
        acknowledged_at = mission.started_at + timedelta(seconds=acknowledgement_s)
        if mission.turns_out_from is None:
            return acknowledged_at
        return max(acknowledged_at, mission.turns_out_from + timedelta(seconds=turnout_s))

    async def _transport(self, mission: Mission) -> AsyncGenerator[datetime, None]:
        """On scene → hospital → available."""
        while self._assignment(mission).hospital_id is None:
            yield self._engine.clock.now() + ASK_AGAIN_AFTER
        if self._is_before(mission, AssignmentStatus.AT_HOSPITAL):
            await self._report(mission, AssignmentStatus.LEFT_SCENE)
            async for at in self._drive(mission, "hospital"):
                yield at
            await self._report(mission, AssignmentStatus.AT_HOSPITAL)
        arrived_at = self._engine.clock.now()
        if self._is_before(mission, AssignmentStatus.HANDED_OVER):
            yield arrived_at + timedelta(seconds=mission.case.hospital_s * HANDOVER_SHARE)
            await self._report(mission, AssignmentStatus.HANDED_OVER)
        yield arrived_at + timedelta(seconds=mission.case.hospital_s)
        await self._report(mission, AssignmentStatus.AVAILABLE, Disposition.TRANSPORTED)

    async def _examine(self, mission: Mission) -> None:
        """What is only seen at the patient: the 12-lead ECG of an infarction."""
        assignment = self._assignment(mission)
        if not mission.case.is_stemi or not assignment.is_active:
            return
        ecg = Finding(
            kind=FindingKind.ECG_12_LEAD,
            observed_at=self._engine.clock.now(),
            observer=mission.call_sign,
            parts=(("stemi", True),),
        )
        patient_id = assignment.patient_ids[0] if assignment.patient_ids else None
        command = RecordFindings(incident_id=assignment.incident_id, findings=((patient_id, ecg),))
        await self._engine.execute(command, actor=f"crew:{mission.call_sign}")

    async def _go_to_post(self, unit_id: UnitId, factor: float) -> Script:
        """To the post where it is to wait, else its base, available all the way; a unit that the roster has dropped meanwhile stays
        where it is."""
        world = self._engine.world
        unit = world.units.get(unit_id)
        post = world.posts.get(unit.post_id) if unit is not None and unit.post_id is not None else None
        target = post.point if post is not None else unit.record.home if unit is not None else None
        here = self._movement.stop(unit_id, self._engine.clock.now())
        if target is not None and distance_m(here, target) > AT_HOME_WITHIN_M:
            async for at in self._driving.to(unit_id, target, factor):
                yield at
        self._homeward.pop(unit_id, None)

    # --- driving ----------------------------------------------------------------------------------------------------

    def _drive(self, mission: Mission, leg: str) -> AsyncGenerator[datetime, None]:
        return self._driving.to(mission.unit_id, self._target(mission, leg), mission.drive_factor(leg))

    async def _turn(self, mission: Mission, status: AssignmentStatus) -> None:
        """Head for the new target from wherever the unit is now."""
        if self._movement.drive_of(mission.unit_id) is not None and self._assignment(mission).status is status:
            leg = "scene" if status is AssignmentStatus.EN_ROUTE else "hospital"
            target, factor = self._target(mission, leg), mission.drive_factor(leg)
            arrives_at = await self._driving.set_off(mission.unit_id, target, factor)
            if mission.errand is not None:
                self._agenda.move(mission.errand, arrives_at)

    def _target(self, mission: Mission, leg: str) -> Wgs84:
        world, assignment = self._engine.world, self._assignment(mission)
        if leg == "scene" or assignment.hospital_id is None:
            return world.incidents[assignment.incident_id].location.point
        return world.hospitals[assignment.hospital_id].record.point

    # --- reporting --------------------------------------------------------------------------------------------------

    def _assignment(self, mission: Mission) -> Assignment:
        return self._engine.world.assignments[mission.assignment_id]

    def _is_before(self, mission: Mission, status: AssignmentStatus) -> bool:
        return may_step(self._assignment(mission).status, status)

    async def _report(self, mission: Mission, status: AssignmentStatus, disposition: Disposition | None = None) -> None:
        """Press the button, unless the step stands already or the mission is over."""
        if not self._is_before(mission, status):
            return
        command = SetAssignmentStatus(
            assignment_id=mission.assignment_id,
            status=status,
            occurred_at=self._engine.clock.now(),
            disposition=disposition,
        )
        try:
            await self._engine.execute(command, actor=f"crew:{mission.call_sign}")
        except CommandRejected:
            if self._is_before(mission, status):
                raise  # nobody else has reported it: a fault of ours
