"""The fold, continued: crews get patients, scenes get plans, hospitals say how many they take."""

from collections.abc import Callable
from typing import Any

from dispatch.domain import events as ev
from dispatch.domain import events_casualties as casualties
from dispatch.domain.draft import Draft
from dispatch.domain.evolve_assignments import PATIENT_AT
from dispatch.domain.patient import PATIENT_ENDED, PatientState
from dispatch.domain.vocabulary import AssignmentMode


def _patients_assigned(draft: Draft, e: casualties.PatientsAssigned, _: ev.Recorded) -> None:
    was = draft.assignments[e.assignment_id]
    for patient_id in was.patient_ids:
        if patient_id not in e.patient_ids and draft.patients[patient_id].state not in PATIENT_ENDED:
            draft.change_patient(patient_id, state=PatientState.WAITING, assignment_id=None, hospital_id=None)
    state = PATIENT_AT.get(was.status, PatientState.WAITING)
    for patient_id in e.patient_ids:
        patient = draft.patients[patient_id]
        if patient.assignment_id not in {None, e.assignment_id}:
            others = draft.assignments[patient.assignment_id].patient_ids
            left = tuple(other_id for other_id in others if other_id != patient_id)
            draft.change_assignment(patient.assignment_id, patient_ids=left)
        if patient.state not in PATIENT_ENDED:
            draft.change_patient(patient_id, state=state, assignment_id=e.assignment_id, hospital_id=was.hospital_id)
    is_settled = was.is_settled or e.mode is AssignmentMode.DISPATCHER
    draft.change_assignment(e.assignment_id, patient_ids=e.patient_ids, is_settled=is_settled)


def _casualty_plan_made(draft: Draft, e: casualties.CasualtyPlanMade, _: ev.Recorded) -> None:
    draft.change_incident(e.incident_id, casualty_plan=e.plan)


def _casualty_capacity_reported(draft: Draft, e: casualties.CasualtyCapacityReported, _: ev.Recorded) -> None:
    draft.change_hospital(e.hospital_id, casualty_capacity=e.capacity)


def _casualty_capacity_expired(draft: Draft, e: casualties.CasualtyCapacityExpired, _: ev.Recorded) -> None:
    draft.change_hospital(e.hospital_id, casualty_capacity=None)


HANDLERS: dict[type[Any], Callable[[Draft, Any, ev.Recorded], None]] = {
    casualties.PatientsAssigned: _patients_assigned,
    casualties.CasualtyPlanMade: _casualty_plan_made,
    casualties.CasualtyCapacityReported: _casualty_capacity_reported,
    casualties.CasualtyCapacityExpired: _casualty_capacity_expired,
}
