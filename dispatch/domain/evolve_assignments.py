"""The fold, continued: what an assignment's events do to it, its unit, its patients and its incident."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dispatch.domain import events as ev
from dispatch.domain.assignment import Assignment, AssignmentStatus, Disposition, comes_before
from dispatch.domain.draft import Draft
from dispatch.domain.patient import PATIENT_ENDED, PatientState
from dispatch.domain.vocabulary import AssignmentMode


def _unit_assigned(draft: Draft, e: ev.UnitAssigned, r: ev.Recorded) -> None:
    status = AssignmentStatus.RESERVED if e.is_reserved else AssignmentStatus.OFFERED
    assignment = Assignment(
        assignment_id=e.assignment_id,
        incident_id=e.incident_id,
        unit_id=e.unit_id,
        status=status,
        timestamps=((status, r.occurred_at),),
        mode=e.mode,
        assigned_at=r.occurred_at,
        hospital_id=e.hospital_id,
        patient_ids=e.patient_ids,
        override_reason=e.override_reason,
        paged_at=None if e.is_reserved else r.occurred_at,
    )
    draft.assignments = draft.assignments.set(e.assignment_id, assignment)
    for patient_id in e.patient_ids:
        draft.change_patient(patient_id, assignment_id=e.assignment_id, hospital_id=e.hospital_id)
    draft.change_unit(e.unit_id, assignment_id=e.assignment_id, advised=None)
    incident = draft.incidents[e.incident_id]
    made = incident.recommendation
    if made is not None:  # what has been taken up is no longer proposed
        made = replace(made, unit_ids=tuple(unit_id for unit_id in made.unit_ids if unit_id != e.unit_id))
    draft.change_incident(
        e.incident_id, assignment_ids=(*incident.assignment_ids, e.assignment_id), recommendation=made
    )


def _assignment_reoffered(draft: Draft, e: ev.AssignmentReoffered, r: ev.Recorded) -> None:
    draft.change_assignment(e.assignment_id, reoffers=e.attempt, paged_at=r.occurred_at)


# What a step of the crew says about the patients in its care.
PATIENT_AT: dict[AssignmentStatus, PatientState] = {
    AssignmentStatus.AT_PATIENT: PatientState.ATTENDED,
    AssignmentStatus.LEFT_SCENE: PatientState.IN_TRANSPORT,
    AssignmentStatus.AT_HOSPITAL: PatientState.AT_HOSPITAL,
    AssignmentStatus.HANDED_OVER: PatientState.HANDED_OVER,
}
_PATIENT_BY_DISPOSITION: dict[Disposition, PatientState] = {
    Disposition.TRANSPORTED: PatientState.HANDED_OVER,
    Disposition.TREATED_ON_SCENE: PatientState.TREATED_ON_SCENE,
    Disposition.REFUSED: PatientState.REFUSED,
    Disposition.NO_PATIENT: PatientState.NOT_FOUND,
    Disposition.DECEASED: PatientState.DECEASED,
    Disposition.HANDED_TO_OTHER: PatientState.HANDED_TO_OTHER,
}


def _assignment_status_changed(draft: Draft, e: ev.AssignmentStatusChanged, r: ev.Recorded) -> None:
    was = draft.assignments[e.assignment_id]
    draft.change_assignment(
        e.assignment_id,
        status=e.status,
        timestamps=(*was.timestamps, (e.status, r.occurred_at)),
        disposition=e.disposition,
        paged_at=r.occurred_at if e.status is AssignmentStatus.OFFERED else was.paged_at,
    )
    state = _PATIENT_BY_DISPOSITION.get(e.disposition) if e.disposition else PATIENT_AT.get(e.status)
    for patient_id in was.patient_ids:
        if draft.patients[patient_id].state in PATIENT_ENDED:
            continue
        if state is not None:
            draft.change_patient(patient_id, state=state)
        elif not draft.assignments[e.assignment_id].is_active:
            draft.change_patient(patient_id, state=PatientState.WAITING, assignment_id=None, hospital_id=None)
    if e.status in {AssignmentStatus.AVAILABLE, AssignmentStatus.DECLINED}:
        draft.change_unit(was.unit_id, assignment_id=None)


def _assignment_status_corrected(draft: Draft, e: ev.AssignmentStatusCorrected, r: ev.Recorded) -> None:
    was = draft.assignments[e.assignment_id]
    # What lies beyond the corrected step has not happened.
    kept = tuple(stamp for stamp in was.timestamps if stamp[0] is not e.was and not comes_before(e.status, stamp[0]))
    if all(status is not e.status for status, _ in kept):
        kept = (*kept, (e.status, r.occurred_at))
    draft.change_assignment(e.assignment_id, status=e.status, timestamps=kept, disposition=None)
    for patient_id in was.patient_ids:
        if draft.patients[patient_id].is_outcome_recorded:
            continue
        state = PATIENT_AT.get(e.status, PatientState.WAITING)
        draft.change_patient(patient_id, state=state, assignment_id=e.assignment_id, hospital_id=was.hospital_id)
    draft.change_unit(was.unit_id, assignment_id=e.assignment_id)


def _assignment_cancelled(draft: Draft, e: ev.AssignmentCancelled, r: ev.Recorded) -> None:
    was = draft.assignments[e.assignment_id]
    draft.change_assignment(
        e.assignment_id,
        status=AssignmentStatus.CANCELLED,
        timestamps=(*was.timestamps, (AssignmentStatus.CANCELLED, r.occurred_at)),
        disposition=Disposition.CANCELLED,
        ending_reason=e.reason,
        diverted_to=e.diverted_to,
        relieved_by=e.relieved_by,
    )
    for patient_id in was.patient_ids:
        if draft.patients[patient_id].state not in PATIENT_ENDED:
            draft.change_patient(patient_id, state=PatientState.WAITING, assignment_id=None, hospital_id=None)
    draft.change_unit(was.unit_id, assignment_id=None)


def _destination_changed(draft: Draft, e: ev.DestinationChanged, _: ev.Recorded) -> None:
    was = draft.assignments[e.assignment_id]
    is_settled = was.is_settled or e.mode is AssignmentMode.DISPATCHER
    draft.change_assignment(e.assignment_id, hospital_id=e.hospital_id, is_settled=is_settled)
    for patient_id in was.patient_ids:
        draft.change_patient(patient_id, hospital_id=e.hospital_id)


def _patient_outcome_recorded(draft: Draft, e: ev.PatientOutcomeRecorded, _: ev.Recorded) -> None:
    draft.change_patient(e.patient_id, state=e.state, is_outcome_recorded=True)


HANDLERS: dict[type[Any], Callable[[Draft, Any, ev.Recorded], None]] = {
    ev.UnitAssigned: _unit_assigned,
    ev.AssignmentReoffered: _assignment_reoffered,
    ev.AssignmentStatusChanged: _assignment_status_changed,
    ev.AssignmentStatusCorrected: _assignment_status_corrected,
    ev.AssignmentCancelled: _assignment_cancelled,
    ev.DestinationChanged: _destination_changed,
    ev.PatientOutcomeRecorded: _patient_outcome_recorded,
}
