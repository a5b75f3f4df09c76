"""The fold: one event applied to the world. Pure, total, and the only place where the world changes."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dispatch.domain import events as ev
from dispatch.domain.assignment import Assignment, AssignmentStatus, Disposition
from dispatch.domain.hospital import Hospital
from dispatch.domain.ids import AssignmentId, IncidentId, PatientId, UnitId
from dispatch.domain.incident import Call, Hold, Incident, IncidentState, RecommendationRef
from dispatch.domain.patient import PATIENT_ENDED, Patient, PatientState
from dispatch.domain.rejections import InvariantBroken
from dispatch.domain.unit import Unit
from dispatch.domain.world import RECENT_INCIDENTS, World


def evolve(world: World, recorded: ev.Recorded) -> World:
    """The world after `recorded`, which must be the next event (`InvariantBroken` otherwise)."""
    if recorded.seq != world.seq + 1:
        raise InvariantBroken(f"event {recorded.seq} does not follow {world.seq}")
    handler = _HANDLERS[type(recorded.event)]
    return replace(handler(world, recorded.event, recorded), seq=recorded.seq)


def fold(world: World, entries: list[ev.Recorded]) -> World:
    """The world after all of `entries`, in order."""
    for recorded in entries:
        world = evolve(world, recorded)
    return world


# --- changing one entity: each change raises its version --------------------------------------------------------------


def _incident(world: World, incident_id: IncidentId, **changes: Any) -> World:
    was = world.incidents[incident_id]
    return replace(world, incidents=world.incidents.set(incident_id, replace(was, version=was.version + 1, **changes)))


def _assignment(world: World, assignment_id: AssignmentId, **changes: Any) -> World:
    was = world.assignments[assignment_id]
    now = replace(was, version=was.version + 1, **changes)
    world = replace(world, assignments=world.assignments.set(assignment_id, now))
    return _incident(world, now.incident_id)


def _unit(world: World, unit_id: UnitId, **changes: Any) -> World:
    was = world.units[unit_id]
    return replace(world, units=world.units.set(unit_id, replace(was, version=was.version + 1, **changes)))


def _patient(world: World, patient_id: PatientId, **changes: Any) -> World:
    was = world.patients[patient_id]
    now = replace(was, version=was.version + 1, **changes)
    return _incident(replace(world, patients=world.patients.set(patient_id, now)), now.incident_id)


# --- the roster -------------------------------------------------------------------------------------------------------


def _catalogue_adopted(world: World, e: ev.CatalogueAdopted, _: ev.Recorded) -> World:
    units = {record.unit_id: record for record in e.units}
    kept = {unit_id: unit for unit_id, unit in world.units.items() if unit.assignment_id is not None}
    roster: dict[UnitId, Unit] = {}
    for unit_id, record in units.items():
        known = world.units.get(unit_id)
        roster[unit_id] = replace(known, record=record, version=known.version + 1) if known else Unit(record=record)
    # A committed unit that the new data set no longer lists stays until its assignment ends.
    roster |= {unit_id: unit for unit_id, unit in kept.items() if unit_id not in roster}
    hospitals = {}
    for record_h in e.hospitals:
        known_h = world.hospitals.get(record_h.hospital_id)
        hospitals[record_h.hospital_id] = (
            replace(known_h, record=record_h, version=known_h.version + 1) if known_h else Hospital(record=record_h)
        )
    return replace(
        world,
        data_version=e.data_version,
        units=type(world.units)(roster),
        hospitals=type(world.hospitals)(hospitals),
    )


def _unit_duty_changed(world: World, e: ev.UnitDutyChanged, _: ev.Recorded) -> World:
    return _unit(world, e.unit_id, duty=e.duty, duty_reason=e.reason)


def _hospital_status_reported(world: World, e: ev.HospitalStatusReported, _: ev.Recorded) -> World:
    was = world.hospitals[e.hospital_id]
    ledger = dict(was.capabilities) | {e.capability: e.status}
    now = replace(was, capabilities=tuple(sorted(ledger.items())), version=was.version + 1)
    return replace(world, hospitals=world.hospitals.set(e.hospital_id, now))


def _hospital_status_expired(world: World, e: ev.HospitalStatusExpired, _: ev.Recorded) -> World:
    was = world.hospitals[e.hospital_id]
    ledger = tuple((name, status) for name, status in was.capabilities if name is not e.capability)
    now = replace(was, capabilities=ledger, version=was.version + 1)
    return replace(world, hospitals=world.hospitals.set(e.hospital_id, now))


# --- calls and incidents ----------------------------------------------------------------------------------------------


def _incident_opened(world: World, e: ev.IncidentOpened, _: ev.Recorded) -> World:
    incident = Incident(
        incident_id=e.incident_id,
        number=e.number,
        state=IncidentState.OPEN,
        priority=e.priority,
        pathway=e.pathway,
        complaint=e.complaint,
        determinant=e.determinant,
        location=e.location,
        address_text=e.address_text,
        floor=e.floor,
        received_at=e.received_at,
        onset_at=e.onset_at,
        last_known_well_at=e.last_known_well_at,
        preferred_hospital_id=e.preferred_hospital_id,
        answers=e.answers,
        units_required=e.units_required,
        is_simulated=e.is_simulated,
    )
    return replace(
        world,
        incidents=world.incidents.set(e.incident_id, incident),
        open_ids=world.open_ids | {e.incident_id},
        incidents_opened=e.number,
    )


def _call_received(world: World, e: ev.CallReceived, _: ev.Recorded) -> World:
    call = Call(
        call_id=e.call_id,
        incident_id=e.incident_id,
        received_at=e.received_at,
        caller_phone=e.caller_phone,
        address_text=e.address_text,
    )
    world = replace(world, calls=world.calls.set(e.call_id, call))
    return _incident(world, e.incident_id, call_ids=(*world.incidents[e.incident_id].call_ids, e.call_id))


def _patient_added(world: World, e: ev.PatientAdded, _: ev.Recorded) -> World:
    patient = Patient(
        patient_id=e.patient_id,
        incident_id=e.incident_id,
        age_years=e.age_years,
        sex=e.sex,
        triage_tag=e.triage_tag,
    )
    world = replace(world, patients=world.patients.set(e.patient_id, patient))
    return _incident(world, e.incident_id, patient_ids=(*world.incidents[e.incident_id].patient_ids, e.patient_id))


def _duplicates_proposed(world: World, e: ev.DuplicatesProposed, _: ev.Recorded) -> World:
    return _incident(world, e.incident_id, possible_duplicates=e.candidates)


def _incident_joined(world: World, e: ev.IncidentJoined, r: ev.Recorded) -> World:
    moved = world.incidents[e.incident_id].call_ids
    calls = world.calls.update({c: replace(world.calls[c], incident_id=e.into_incident_id) for c in moved})
    world = _incident(replace(world, calls=calls), e.incident_id, joined_into=e.into_incident_id, call_ids=())
    into = world.incidents[e.into_incident_id]
    world = _incident(world, e.into_incident_id, call_ids=(*into.call_ids, *moved))
    return _end_incident(world, e.incident_id, IncidentState.JOINED, f"joined {e.into_incident_id}", r)


def _incident_retriaged(world: World, e: ev.IncidentRetriaged, _: ev.Recorded) -> World:
    held = world.incidents[e.incident_id].held
    return _incident(
        world,
        e.incident_id,
        priority=e.priority,
        pathway=e.pathway,
        complaint=e.complaint,
        determinant=e.determinant,
        units_required=e.units_required,
        held=replace(held, is_retriaged=True) if held else None,
    )


def _location_corrected(world: World, e: ev.LocationCorrected, _: ev.Recorded) -> World:
    return _incident(world, e.incident_id, location=e.location, address_text=e.address_text, floor=e.floor)


def _note_added(world: World, e: ev.NoteAdded, _: ev.Recorded) -> World:
    return _incident(world, e.incident_id, notes=(*world.incidents[e.incident_id].notes, e.text))


def _finding_recorded(world: World, e: ev.FindingRecorded, _: ev.Recorded) -> World:
    return _patient(world, e.patient_id, findings=(*world.patients[e.patient_id].findings, e.finding))


def _recommendation_made(world: World, e: ev.RecommendationMade, r: ev.Recorded) -> World:
    made = e.recommendation
    reference = RecommendationRef(seq=r.seq, unit_ids=made.unit_ids, hospital_id=made.hospital_id)
    return _incident(world, e.incident_id, recommendation=reference)


def _incident_held(world: World, e: ev.IncidentHeld, r: ev.Recorded) -> World:
    return _incident(world, e.incident_id, held=Hold(since_at=r.occurred_at, reason=e.reason))


def _hold_reminded(world: World, e: ev.HoldReminded, r: ev.Recorded) -> World:
    held = world.incidents[e.incident_id].held
    if held is None:
        raise InvariantBroken(f"{e.incident_id} is not held")
    return _incident(
        world,
        e.incident_id,
        held=replace(held, reminders=e.reminders, reminded_at=r.occurred_at, is_retriaged=False),
    )


def _hold_ended(world: World, e: ev.HoldEnded, _: ev.Recorded) -> World:
    return _incident(world, e.incident_id, held=None)


def _incident_escalated(world: World, e: ev.IncidentEscalated, _: ev.Recorded) -> World:
    return _incident(world, e.incident_id, escalation=e.level)


def _incident_closed(world: World, e: ev.IncidentClosed, r: ev.Recorded) -> World:
    return _end_incident(world, e.incident_id, IncidentState.CLOSED, e.reason, r)


def _incident_cancelled(world: World, e: ev.IncidentCancelled, r: ev.Recorded) -> World:
    return _end_incident(world, e.incident_id, IncidentState.CANCELLED, e.reason, r)


def _end_incident(world: World, incident_id: IncidentId, state: IncidentState, reason: str, r: ev.Recorded) -> World:
    world = _incident(
        world,
        incident_id,
        state=state,
        closed_at=r.occurred_at,
        closing_reason=reason,
        held=None,
        recommendation=None,
        possible_duplicates=(),
    )
    recent = (*world.recent_ids, incident_id)
    world = replace(world, open_ids=world.open_ids - {incident_id}, recent_ids=recent)
    return _forget(world, recent[0]) if len(recent) > RECENT_INCIDENTS else world


def _forget(world: World, incident_id: IncidentId) -> World:
    """Let an ended incident leave the world; the journal still has all of it."""
    incident = world.incidents[incident_id]
    return replace(
        world,
        recent_ids=world.recent_ids[1:],
        incidents=world.incidents.delete(incident_id),
        calls=_without(world.calls, incident.call_ids),
        patients=_without(world.patients, incident.patient_ids),
        assignments=_without(world.assignments, incident.assignment_ids),
    )


def _without(mapping: Any, keys: tuple[Any, ...]) -> Any:
    with mapping.mutate() as draft:
        for key in keys:
            del draft[key]
        return draft.finish()


# --- assignments ------------------------------------------------------------------------------------------------------


def _unit_assigned(world: World, e: ev.UnitAssigned, r: ev.Recorded) -> World:
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
    world = replace(world, assignments=world.assignments.set(e.assignment_id, assignment))
    for patient_id in e.patient_ids:
        world = _patient(world, patient_id, assignment_id=e.assignment_id, hospital_id=e.hospital_id)
    world = _unit(world, e.unit_id, assignment_id=e.assignment_id)
    incident = world.incidents[e.incident_id]
    made = incident.recommendation
    if made is not None:  # what has been taken up is no longer proposed
        made = replace(made, unit_ids=tuple(unit_id for unit_id in made.unit_ids if unit_id != e.unit_id))
    return _incident(
        world, e.incident_id, assignment_ids=(*incident.assignment_ids, e.assignment_id), recommendation=made
    )


def _assignment_reoffered(world: World, e: ev.AssignmentReoffered, r: ev.Recorded) -> World:
    return _assignment(world, e.assignment_id, reoffers=e.attempt, paged_at=r.occurred_at)


# What a step of the crew says about the patients in its care.
_PATIENT_AT: dict[AssignmentStatus, PatientState] = {
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


def _assignment_status_changed(world: World, e: ev.AssignmentStatusChanged, r: ev.Recorded) -> World:
    was = world.assignments[e.assignment_id]
    world = _assignment(
        world,
        e.assignment_id,
        status=e.status,
        timestamps=(*was.timestamps, (e.status, r.occurred_at)),
        disposition=e.disposition,
        paged_at=r.occurred_at if e.status is AssignmentStatus.OFFERED else was.paged_at,
    )
    state = _PATIENT_BY_DISPOSITION.get(e.disposition) if e.disposition else _PATIENT_AT.get(e.status)
    for patient_id in was.patient_ids:
        if world.patients[patient_id].state in PATIENT_ENDED:
            continue
        if state is not None:
            world = _patient(world, patient_id, state=state)
        elif not world.assignments[e.assignment_id].is_active:
            world = _patient(world, patient_id, state=PatientState.WAITING, assignment_id=None, hospital_id=None)
    if e.status in {AssignmentStatus.AVAILABLE, AssignmentStatus.DECLINED}:
        world = _unit(world, was.unit_id, assignment_id=None)
    return world


def _assignment_status_corrected(world: World, e: ev.AssignmentStatusCorrected, r: ev.Recorded) -> World:
    was = world.assignments[e.assignment_id]
    kept = tuple(stamp for stamp in was.timestamps if stamp[0] is not e.was)
    if all(status is not e.status for status, _ in kept):
        kept = (*kept, (e.status, r.occurred_at))
    world = _assignment(world, e.assignment_id, status=e.status, timestamps=kept, disposition=None)
    for patient_id in was.patient_ids:
        state = _PATIENT_AT.get(e.status, PatientState.WAITING)
        world = _patient(world, patient_id, state=state, assignment_id=e.assignment_id, hospital_id=was.hospital_id)
    return _unit(world, was.unit_id, assignment_id=e.assignment_id)


def _assignment_cancelled(world: World, e: ev.AssignmentCancelled, r: ev.Recorded) -> World:
    was = world.assignments[e.assignment_id]
    world = _assignment(
        world,
        e.assignment_id,
        status=AssignmentStatus.CANCELLED,
        timestamps=(*was.timestamps, (AssignmentStatus.CANCELLED, r.occurred_at)),
        disposition=Disposition.CANCELLED,
        ending_reason=e.reason,
    )
    for patient_id in was.patient_ids:
        if world.patients[patient_id].state not in PATIENT_ENDED:
            world = _patient(world, patient_id, state=PatientState.WAITING, assignment_id=None, hospital_id=None)
    return _unit(world, was.unit_id, assignment_id=None)


def _destination_changed(world: World, e: ev.DestinationChanged, _: ev.Recorded) -> World:
    world = _assignment(world, e.assignment_id, hospital_id=e.hospital_id)
    for patient_id in world.assignments[e.assignment_id].patient_ids:
        world = _patient(world, patient_id, hospital_id=e.hospital_id)
    return world


def _patient_outcome_recorded(world: World, e: ev.PatientOutcomeRecorded, _: ev.Recorded) -> World:
    return _patient(world, e.patient_id, state=e.state)


def _unchanged(world: World, _e: object, _r: ev.Recorded) -> World:
    return world


_HANDLERS: dict[type[Any], Callable[[World, Any, ev.Recorded], World]] = {
    ev.CatalogueAdopted: _catalogue_adopted,
    ev.IncidentOpened: _incident_opened,
    ev.CallReceived: _call_received,
    ev.PatientAdded: _patient_added,
    ev.DuplicatesProposed: _duplicates_proposed,
    ev.IncidentJoined: _incident_joined,
    ev.IncidentRetriaged: _incident_retriaged,
    ev.LocationCorrected: _location_corrected,
    ev.NoteAdded: _note_added,
    ev.FindingRecorded: _finding_recorded,
    ev.RecommendationMade: _recommendation_made,
    ev.IncidentHeld: _incident_held,
    ev.HoldReminded: _hold_reminded,
    ev.HoldEnded: _hold_ended,
    ev.IncidentEscalated: _incident_escalated,
    ev.UnitAssigned: _unit_assigned,
    ev.AssignmentReoffered: _assignment_reoffered,
    ev.AssignmentStatusChanged: _assignment_status_changed,
    ev.AssignmentStatusCorrected: _assignment_status_corrected,
    ev.AssignmentCancelled: _assignment_cancelled,
    ev.DestinationChanged: _destination_changed,
    ev.PatientOutcomeRecorded: _patient_outcome_recorded,
    ev.UnitDutyChanged: _unit_duty_changed,
    ev.HospitalStatusReported: _hospital_status_reported,
    ev.HospitalStatusExpired: _hospital_status_expired,
    ev.IncidentClosed: _incident_closed,
    ev.IncidentCancelled: _incident_cancelled,
    ev.TravelTimesDegraded: _unchanged,
}
