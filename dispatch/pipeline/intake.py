"""Calls become incidents, or join one.

Many may call about the same happening; a likely duplicate is proposed to a person and never merged silently.
"""

import math
from collections.abc import Iterator
from datetime import datetime

from dispatch.domain import events as ev
from dispatch.domain.commands import AddNote, CancelIncident, CloseIncident, JoinIncident, PatientDetails, ReceiveCall
from dispatch.domain.events_reception import TransferStarted
from dispatch.domain.ids import IncidentId, TransferId
from dispatch.domain.incident import DuplicateCandidate, Incident, IncidentState, Triage
from dispatch.domain.reception import Transfer, TransferState
from dispatch.domain.rejections import CommandRejected, Refusal
from dispatch.domain.rules import Context
from dispatch.domain.vocabulary import Complaint
from dispatch.domain.world import World
from routing.geo import Wgs84, distance_m

# The kernel of a duplicate: half as likely 250 m away, half as likely 10 min later, and half as likely with another complaint.
# Choices of ours, to be tuned on the joins that dispatchers accept; proposals cost a glance, a missed one costs a unit.
HALF_DISTANCE_M = 250.0
HALF_AGE_S = 600.0
OTHER_COMPLAINT = 0.5
PROPOSED_FROM = 0.25
MAX_PROPOSALS = 3


def receive_call(world: World, command: ReceiveCall, ctx: Context, triage: Triage) -> Iterator[ev.Event]:
    """Open an incident for this call, or add the call to the incident it names."""
    if command.incident_id is not None:
        yield from _join_call(world, command, ctx)
        return
    if command.preferred_hospital_id is not None:
        world.hospital(command.preferred_hospital_id)
    transfer = None if command.transfer_id is None else _to_start(world, command.transfer_id)
    incident_id = ctx.ids.incident()
    yield ev.IncidentOpened(
        incident_id=incident_id,
        number=world.incidents_opened + 1,
        priority=triage.priority,
        pathway=triage.pathway,
        complaint=command.complaint,
        determinant=command.determinant,
        location=command.location,
        address_text=command.address_text,
        floor=command.floor,
        received_at=command.received_at,
        onset_at=command.onset_at,
        last_known_well_at=command.last_known_well_at,
        preferred_hospital_id=command.preferred_hospital_id,
        answers=command.answers,
        units_required=max(1, len(command.patients)) if command.is_ambulance_needed else 0,
        is_simulated=command.is_simulated,
    )
    yield _call(command, ctx, incident_id)
    if transfer is not None:
        yield TransferStarted(
            transfer_id=transfer.transfer_id,
            incident_id=incident_id,
            hospital_id=transfer.hospital_id,
            to_hospital_id=transfer.to_hospital_id,
        )
    patients = [_patient(details, ctx, incident_id) for details in command.patients]
    yield from patients
    for finding in command.findings if patients else ():
        yield ev.FindingRecorded(incident_id=incident_id, patient_id=patients[0].patient_id, finding=finding)
    duplicates = possible_duplicates(world, command.location.point, command.complaint, command.received_at)
    if duplicates:
        yield ev.DuplicatesProposed(incident_id=incident_id, candidates=duplicates)


def _to_start(world: World, transfer_id: TransferId) -> Transfer:
    """The accepted transfer, unless another incident already moves its patient."""
    transfer = world.transfers.get(transfer_id)
    if transfer is None:
        raise CommandRejected(Refusal.TRANSFER_NOT_FOUND)
    if transfer.state is not TransferState.ACCEPTED:
        raise CommandRejected(Refusal.TRANSFER_NOT_ACCEPTED)
    by = world.incidents.get(transfer.incident_id) if transfer.incident_id else None
    if transfer.incident_id is not None and (by is None or by.state is not IncidentState.CANCELLED):
        raise CommandRejected(Refusal.TRANSFER_UNDERWAY)
    return transfer


def _join_call(world: World, command: ReceiveCall, ctx: Context) -> Iterator[ev.Event]:
    assert command.incident_id is not None
    incident = world.open_incident(command.incident_id)
    yield _call(command, ctx, incident.incident_id)
    if not command.adds_patients:
        return
    for details in command.patients:
        yield _patient(details, ctx, incident.incident_id)
    if command.is_ambulance_needed:
        yield ev.IncidentRetriaged(
            incident_id=incident.incident_id,
            priority=min(incident.priority, command.priority or incident.priority, key=lambda p: p.rank),
            pathway=incident.pathway,
            complaint=incident.complaint,
            determinant=incident.determinant,
            units_required=incident.units_required + len(command.patients),
            reason="patients added",
        )


def _call(command: ReceiveCall, ctx: Context, incident_id: IncidentId) -> ev.CallReceived:
    return ev.CallReceived(
        call_id=ctx.ids.call(),
        incident_id=incident_id,
        received_at=command.received_at,
        caller_phone=command.caller_phone,
        address_text=command.address_text,
        location=command.location,
    )


def _patient(details: PatientDetails, ctx: Context, incident_id: IncidentId) -> ev.PatientAdded:
    return ev.PatientAdded(
        patient_id=ctx.ids.patient(),
        incident_id=incident_id,
        age_years=details.age_years,
        sex=details.sex,
        triage_tag=details.triage_tag,
    )


def possible_duplicates(
    world: World, point: Wgs84, complaint: Complaint, received_at: datetime
) -> tuple[DuplicateCandidate, ...]:
    """Open incidents that may be the same happening, likeliest first.

    score = 2^(−distance / 250 m) · 2^(−age / 10 min) · (1 if the complaints agree or one is unknown, else 1/2); listed from 1/4 up.
    """
    found = []
    for incident in world.open_incidents():
        age_s = abs((received_at - incident.received_at).total_seconds())
        if age_s > 2 * HALF_AGE_S:
            continue
        away_m = distance_m(point, incident.location.point)
        agreement = 1.0 if _agree(complaint, incident.complaint) else OTHER_COMPLAINT
        score = math.exp2(-away_m / HALF_DISTANCE_M - age_s / HALF_AGE_S) * agreement
        if score >= PROPOSED_FROM:
            found.append(
                DuplicateCandidate(incident_id=incident.incident_id, score=score, distance_m=away_m, age_s=age_s)
            )
    found.sort(key=lambda candidate: (-candidate.score, candidate.incident_id))
    return tuple(found[:MAX_PROPOSALS])


def _agree(a: Complaint, b: Complaint) -> bool:
    vague = {Complaint.UNKNOWN, Complaint.MEDICAL_OTHER, Complaint.MEDICAL_UNSPECIFIED}
    return a is b or bool({a, b} & vague)


def join_incident(world: World, command: JoinIncident, _: Context) -> Iterator[ev.Event]:
    """A dispatcher confirms that two incidents are one; units of the joined incident must be released or reassigned first."""
    incident, into = world.open_incident(command.incident_id), world.open_incident(command.into_incident_id)
    if incident.incident_id == into.incident_id:
        raise CommandRejected(Refusal.CANNOT_JOIN_ITSELF)
    _refuse_while_committed(world, incident)
    yield ev.IncidentJoined(incident_id=incident.incident_id, into_incident_id=into.incident_id)


def add_note(world: World, command: AddNote, _: Context) -> Iterator[ev.Event]:
    yield ev.NoteAdded(incident_id=world.incident(command.incident_id).incident_id, text=command.text)


def close_incident(world: World, command: CloseIncident, _: Context) -> Iterator[ev.Event]:
    """End an incident whose units are done; one that was held is not closed before somebody has looked again."""
    incident = world.open_incident(command.incident_id, command.expected_version)
    _refuse_while_committed(world, incident)
    if incident.held and not incident.held.is_retriaged:
        raise CommandRejected(Refusal.RETRIAGE_REQUIRED)
    yield ev.IncidentClosed(incident_id=incident.incident_id, reason=command.reason)


def cancel_incident(world: World, command: CancelIncident, _: Context) -> Iterator[ev.Event]:
    """Call everything off and free the units."""
    incident = world.open_incident(command.incident_id, command.expected_version)
    for assignment in world.assignments_of(incident):
        if assignment.is_active:
            yield ev.AssignmentCancelled(
                assignment_id=assignment.assignment_id,
                incident_id=incident.incident_id,
                unit_id=assignment.unit_id,
                reason=command.reason,
            )
    yield ev.IncidentCancelled(incident_id=incident.incident_id, reason=command.reason)


def _refuse_while_committed(world: World, incident: Incident) -> None:
    if any(assignment.is_active for assignment in world.assignments_of(incident)):
        raise CommandRejected(Refusal.INCIDENT_HAS_ACTIVE_UNITS)
