"""Committing units and following them: assign, divert, swap, reserve, step, correct, cancel, change destination."""

from collections.abc import Iterator

from dispatch.domain import events as ev
from dispatch.domain.assignment import Assignment, AssignmentStatus, Disposition, may_step
from dispatch.domain.casualties import PlannedPatient
from dispatch.domain.commands import (
    AssignPatients,
    AssignUnit,
    CancelAssignment,
    ChangeDestination,
    RecordPatientOutcome,
    SetAssignmentStatus,
)
from dispatch.domain.events_casualties import PatientsAssigned
from dispatch.domain.ids import AssignmentId, HospitalId, IncidentId, PatientId, UnitId
from dispatch.domain.incident import Incident
from dispatch.domain.patient import PATIENT_ENDED, PatientState
from dispatch.domain.rejections import CommandRejected, Refusal
from dispatch.domain.rules import Context
from dispatch.domain.unit import Unit
from dispatch.domain.vocabulary import AssignmentMode, Duty
from dispatch.domain.world import World

# A crew's clock may run ahead of ours by this much before its times are refused.
CLOCK_SKEW_S = 120.0


def assign_unit(world: World, command: AssignUnit, ctx: Context, mode: AssignmentMode) -> Iterator[ev.Event]:
    """Commit a unit to an incident; never one that is committed already, unless it is diverted or swapped by intent."""
    incident = world.open_incident(command.incident_id, command.expected_version)
    unit = world.unit(command.unit_id)
    if command.hospital_id is not None:
        world.hospital(command.hospital_id)
    planned = _planned_for(world, incident, unit)
    patients = command.patient_ids or _next_patient(world, incident, planned)
    if not set(patients) <= set(incident.patient_ids):
        raise CommandRejected(Refusal.PATIENT_NOT_IN_INCIDENT)
    if command.replaces is not None:
        patients = command.patient_ids or world.assignment(command.replaces).patient_ids or patients
        replaced = _active(world, command.replaces, incident)
        yield called_off(replaced, command.override_reason or "swapped", relieved_by=unit.unit_id)
    yield from _free(world, unit, command)
    recommended = incident.recommendation
    yield ev.UnitAssigned(
        assignment_id=ctx.ids.assignment(),
        incident_id=incident.incident_id,
        unit_id=unit.unit_id,
        hospital_id=command.hospital_id or _destination(incident, planned),
        patient_ids=patients,
        mode=mode,
        is_reserved=command.is_reserved,
        is_recommended=recommended is not None and unit.unit_id in recommended.unit_ids,
        override_reason=command.override_reason,
    )


def _planned_for(world: World, incident: Incident, unit: Unit) -> PlannedPatient | None:
    """What the scene's plan has for the unit, as long as its patient is nobody else's."""
    planned = incident.casualty_plan.first_trip_of(unit.unit_id) if incident.casualty_plan else None
    return planned if planned is not None and world.patients[planned.patient_id].is_uncared else None


def _next_patient(world: World, incident: Incident, planned: PlannedPatient | None) -> tuple[PatientId, ...]:
    """As planned, else the most urgent one who is nobody's patient."""
    if planned is not None:
        return (planned.patient_id,)
    uncared = sorted((p for p in world.patients_of(incident) if p.is_uncared), key=lambda patient: patient.urgency)
    return tuple(patient.patient_id for patient in uncared)[:1]


def _destination(incident: Incident, planned: PlannedPatient | None) -> HospitalId | None:
    if planned is not None:
        return planned.hospital_id
    return incident.recommendation.hospital_id if incident.recommendation else None


def _active(world: World, assignment_id: AssignmentId, incident: Incident) -> Assignment:
    assignment = world.assignment(assignment_id)
    if assignment.incident_id != incident.incident_id or not assignment.is_active:
        raise CommandRejected(Refusal.ILLEGAL_TRANSITION)
    return assignment


def _free(world: World, unit: Unit, command: AssignUnit) -> Iterator[ev.Event]:
    """Make the unit free for this incident, or refuse."""
    if unit.duty is Duty.OUT_OF_SERVICE:
        raise CommandRejected(Refusal.UNIT_NOT_AVAILABLE, detail=unit.duty_reason)
    if unit.assignment_id is None or unit.assignment_id == command.replaces:
        return
    current = world.assignment(unit.assignment_id)
    is_called_up = (
        current.status is AssignmentStatus.RESERVED
        and current.incident_id == command.incident_id
        and not command.is_reserved
    )
    if is_called_up:
        yield called_off(current, "reservation called up")
        return
    if not command.is_diverted or current.incident_id == command.incident_id:
        raise CommandRejected(Refusal.UNIT_NOT_AVAILABLE, detail=current.incident_id)
    if not command.override_reason:
        raise CommandRejected(Refusal.DIVERT_REASON_REQUIRED)
    if not current.is_before_scene:
        raise CommandRejected(Refusal.DIVERT_TOO_LATE)
    reason = f"diverted: {command.override_reason}"
    yield called_off(current, reason, diverted_to=command.incident_id)


def called_off(
    assignment: Assignment, reason: str, *, diverted_to: IncidentId | None = None, relieved_by: UnitId | None = None
) -> ev.AssignmentCancelled:
    """The assignment ends without having served: its crew is wanted elsewhere, relieved, or not needed."""
    return ev.AssignmentCancelled(
        assignment_id=assignment.assignment_id,
        incident_id=assignment.incident_id,
        unit_id=assignment.unit_id,
        reason=reason,
        diverted_to=diverted_to,
        relieved_by=relieved_by,
    )


def set_status(world: World, command: SetAssignmentStatus, ctx: Context) -> Iterator[ev.Event]:
    """The crew's next step. Forward only; a skipped step stays unknown; a wrong press is corrected with a reason."""
    assignment = world.assignment(command.assignment_id)
    if (command.occurred_at - ctx.now).total_seconds() > CLOCK_SKEW_S:
        raise CommandRejected(Refusal.STATUS_IN_FUTURE)
    if command.corrects:
        yield _correction(world, assignment, command)
        return
    to_cancelled = command.status is AssignmentStatus.CANCELLED
    if to_cancelled or not may_step(assignment.status, command.status):
        raise CommandRejected(Refusal.ILLEGAL_TRANSITION, detail=f"{assignment.status} → {command.status}")
    if command.disposition is not None and command.status is not AssignmentStatus.AVAILABLE:
        raise CommandRejected(Refusal.DISPOSITION_WITHOUT_END)
    yield ev.AssignmentStatusChanged(
        assignment_id=assignment.assignment_id,
        incident_id=assignment.incident_id,
        unit_id=assignment.unit_id,
        status=command.status,
        disposition=_disposition(assignment, command),
    )


def _disposition(assignment: Assignment, command: SetAssignmentStatus) -> Disposition | None:
    """As stated; else `transported` where the hospital was reached; else nobody has said."""
    if command.status is not AssignmentStatus.AVAILABLE or command.disposition is not None:
        return command.disposition
    reached = {AssignmentStatus.AT_HOSPITAL, AssignmentStatus.HANDED_OVER}
    return Disposition.TRANSPORTED if any(status in reached for status, _ in assignment.timestamps) else None


def _correction(world: World, assignment: Assignment, command: SetAssignmentStatus) -> ev.Event:
    if not command.reason:
        raise CommandRejected(Refusal.CORRECTION_REASON_REQUIRED)
    unit = world.unit(assignment.unit_id)
    is_gone = assignment.status in {AssignmentStatus.CANCELLED, AssignmentStatus.DECLINED}
    is_pointless = command.status in {AssignmentStatus.CANCELLED, AssignmentStatus.DECLINED, assignment.status}
    if is_gone or is_pointless or command.status is AssignmentStatus.AVAILABLE:
        raise CommandRejected(Refusal.ILLEGAL_TRANSITION, detail=f"{assignment.status} → {command.status}")
    if not world.incident(assignment.incident_id).is_open:
        raise CommandRejected(Refusal.INCIDENT_NOT_OPEN)
    if unit.assignment_id not in {None, assignment.assignment_id} or unit.duty is Duty.OUT_OF_SERVICE:
        raise CommandRejected(Refusal.UNIT_NOT_AVAILABLE, detail=unit.assignment_id)
    return ev.AssignmentStatusCorrected(
        assignment_id=assignment.assignment_id,
        incident_id=assignment.incident_id,
        unit_id=assignment.unit_id,
        status=command.status,
        was=assignment.status,
        reason=command.reason,
    )


def cancel_assignment(world: World, command: CancelAssignment, _: Context) -> Iterator[ev.Event]:
    assignment = world.assignment(command.assignment_id)
    if not assignment.is_active:
        raise CommandRejected(Refusal.ILLEGAL_TRANSITION, detail=f"{assignment.status} → cancelled")
    yield called_off(assignment, command.reason)


def change_destination(world: World, command: ChangeDestination, _: Context) -> Iterator[ev.Event]:
    """Another hospital, with a reason; possible until the patient has arrived."""
    assignment, hospital = world.assignment(command.assignment_id), world.hospital(command.hospital_id)
    arrived = {AssignmentStatus.AT_HOSPITAL, AssignmentStatus.HANDED_OVER}
    if not assignment.is_active or assignment.status in arrived:
        raise CommandRejected(Refusal.ILLEGAL_TRANSITION, detail=str(assignment.status))
    yield ev.DestinationChanged(
        assignment_id=assignment.assignment_id,
        incident_id=assignment.incident_id,
        unit_id=assignment.unit_id,
        hospital_id=hospital.hospital_id,
        was_hospital_id=assignment.hospital_id,
        reason=command.reason,
        mode=AssignmentMode.DISPATCHER,
    )


def assign_patients(world: World, command: AssignPatients, _: Context) -> Iterator[ev.Event]:
    """The crew's patients, until it has handed over; nobody is taken from a crew that has left with them."""
    assignment = world.assignment(command.assignment_id)
    incident = world.open_incident(assignment.incident_id)
    if not assignment.is_active or assignment.status is AssignmentStatus.HANDED_OVER:
        raise CommandRejected(Refusal.ILLEGAL_TRANSITION, detail=str(assignment.status))
    if not set(command.patient_ids) <= set(incident.patient_ids):
        raise CommandRejected(Refusal.PATIENT_NOT_IN_INCIDENT)
    under_way = {PatientState.IN_TRANSPORT, PatientState.AT_HOSPITAL} | PATIENT_ENDED
    for patient_id in set(command.patient_ids) - set(assignment.patient_ids):
        if world.patients[patient_id].state in under_way:
            raise CommandRejected(Refusal.PATIENT_NOT_WAITING, detail=patient_id)
    patient_ids = tuple(dict.fromkeys(command.patient_ids))
    if patient_ids != assignment.patient_ids:
        yield PatientsAssigned(
            assignment_id=assignment.assignment_id,
            incident_id=assignment.incident_id,
            unit_id=assignment.unit_id,
            patient_ids=patient_ids,
            mode=AssignmentMode.DISPATCHER,
        )


def record_patient_outcome(world: World, command: RecordPatientOutcome, _: Context) -> Iterator[ev.Event]:
    """A patient refuses, dies, is not found, is treated on the scene or handed to others."""
    patient = world.patients.get(command.patient_id)
    if patient is None:
        raise CommandRejected(Refusal.PATIENT_NOT_FOUND)
    world.open_incident(patient.incident_id)
    is_outcome = command.state in PATIENT_ENDED
    if not is_outcome or (patient.state in PATIENT_ENDED and command.state is not PatientState.DECEASED):
        raise CommandRejected(Refusal.ILLEGAL_OUTCOME, detail=f"{patient.state} → {command.state}")
    yield ev.PatientOutcomeRecorded(
        patient_id=patient.patient_id,
        incident_id=patient.incident_id,
        state=command.state,
        reason=command.reason,
    )
