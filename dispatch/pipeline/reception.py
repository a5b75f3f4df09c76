"""Hospitals and those who bring patients: places kept, pre-alerts answered, patients turned away, transfers asked for.

`follow` draws what must follow by itself from other steps: word is sent ahead when a crew leaves with a patient who cannot wait, a
place is given up when its patient goes elsewhere and counts as in use once he has been handed over, and a claim is flagged when crews
wait at the door.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from statistics import median
from typing import Final

from dispatch.domain import commands_reception as cmd
from dispatch.domain import events as ev
from dispatch.domain import events_reception as reception
from dispatch.domain.assignment import AssignmentStatus
from dispatch.domain.events_casualties import PatientsAssigned
from dispatch.domain.hospital import Hospital
from dispatch.domain.ids import HospitalId, IncidentId, TransferId
from dispatch.domain.incident import Incident
from dispatch.domain.patient import PATIENT_ENDED, Patient, PatientState
from dispatch.domain.reception import PrealertState, Slot, SlotOutcome, SlotState, Transfer, TransferState
from dispatch.domain.rejections import CommandRejected, Refusal
from dispatch.domain.rules import Context
from dispatch.domain.vocabulary import Capability, CapabilityState, Pathway
from dispatch.domain.world import World

PREALERTED: Final = frozenset({Pathway.STROKE, Pathway.STEMI, Pathway.OHCA, Pathway.TRAUMA})
"""Where a hospital's team has to stand ready at the door; besides, every life-threatening incident."""
# An English standard until 2022: hand-over within 15 minutes, none over 30 (House of Lords Library, 3 November 2022).
DOOR_WAIT_S = 1800.0
DOOR_WAITS = 3  # in a row; one long wait may be bad luck. Choice of ours.
DOOR_WITHIN_S = 7200.0  # Older hand-overs say nothing of now. Choice of ours.

_ARRIVED: Final = PATIENT_ENDED | {PatientState.AT_HOSPITAL}
_UNDER_WAY: Final = _ARRIVED | {PatientState.IN_TRANSPORT}


# --- slots --------------------------------------------------------------------------------------------------------------


def reserve_slot(world: World, command: cmd.ReserveSlot, _: Context) -> Iterator[ev.Event]:
    """Keep a place for a patient who is on the way; the same again changes nothing."""
    hospital, patient = world.hospital(command.hospital_id), world.patient(command.patient_id)
    if hospital.slot_of(command.capability, patient.patient_id) is not None:
        return
    world.open_incident(patient.incident_id)
    if patient.state in PATIENT_ENDED:
        raise CommandRejected(Refusal.PATIENT_HAS_NO_HOSPITAL)
    if hospital.slots_free(command.capability) <= 0:
        raise CommandRejected(Refusal.NO_SLOT_FREE, detail=str(hospital.state_of(command.capability)))
    yield reception.SlotReserved(
        hospital_id=hospital.hospital_id,
        capability=command.capability,
        patient_id=patient.patient_id,
        incident_id=patient.incident_id,
    )


def confirm_slot(world: World, command: cmd.ConfirmSlot, _: Context) -> Iterator[ev.Event]:
    """Promise a place that is reserved."""
    slot = _slot(world, command)
    if slot.state is SlotState.RESERVED:
        yield reception.SlotConfirmed(
            hospital_id=command.hospital_id,
            capability=command.capability,
            patient_id=slot.patient_id,
            incident_id=slot.incident_id,
        )


def release_slot(world: World, command: cmd.ReleaseSlot, _: Context) -> Iterator[ev.Event]:
    """Give a place up."""
    yield _released(command.hospital_id, _slot(world, command), SlotOutcome.RELEASED, command.reason)


def _slot(world: World, command: cmd.ConfirmSlot | cmd.ReleaseSlot) -> Slot:
    slot = world.hospital(command.hospital_id).slot_of(command.capability, command.patient_id)
    if slot is None:
        raise CommandRejected(Refusal.SLOT_NOT_KEPT)
    return slot


def _released(
    hospital_id: HospitalId, slot: Slot, outcome: SlotOutcome, reason: str | None = None
) -> reception.SlotReleased:
    return reception.SlotReleased(
        hospital_id=hospital_id,
        capability=slot.capability,
        patient_id=slot.patient_id,
        incident_id=slot.incident_id,
        outcome=outcome,
        reason=reason,
    )


# --- pre-alerts ---------------------------------------------------------------------------------------------------------


def send_prealert(world: World, command: cmd.SendPrealert, _: Context) -> Iterator[ev.Event]:
    """Word ahead to the hospital for which the patient is bound; it has to be acknowledged anew each time."""
    patient = world.patient(command.patient_id)
    if patient.hospital_id is None or patient.state in _ARRIVED:
        raise CommandRejected(Refusal.PATIENT_HAS_NO_HOSPITAL)
    yield _prealert(patient, patient.hospital_id, command.text)


def _prealert(patient: Patient, hospital_id: HospitalId, text: str | None) -> reception.PrealertSent:
    return reception.PrealertSent(
        patient_id=patient.patient_id, incident_id=patient.incident_id, hospital_id=hospital_id, text=text
    )


def acknowledge_prealert(world: World, command: cmd.AcknowledgePrealert, _: Context) -> Iterator[ev.Event]:
    """The hospital has heard; once is enough."""
    patient = _bound_for(world, command)
    if patient.prealert is None or patient.prealert.hospital_id != command.hospital_id:
        raise CommandRejected(Refusal.NO_PREALERT)
    if patient.prealert.state is PrealertState.SENT:
        yield reception.PrealertAcknowledged(
            patient_id=patient.patient_id, incident_id=patient.incident_id, hospital_id=command.hospital_id
        )


def turn_patient_away(world: World, command: cmd.TurnPatientAway, _: Context) -> Iterator[ev.Event]:
    """The hospital does not take this patient. Its place is given up; where he goes is chosen again without it."""
    patient = _bound_for(world, command)
    if command.to_hospital_id is not None:
        world.hospital(command.to_hospital_id)
    if patient.state in _ARRIVED:
        raise CommandRejected(Refusal.PATIENT_NOT_BOUND_HERE)
    if patient.is_turned_away_by(command.hospital_id):
        return
    yield reception.PatientTurnedAway(
        patient_id=patient.patient_id,
        incident_id=patient.incident_id,
        hospital_id=command.hospital_id,
        reason=command.reason,
        to_hospital_id=command.to_hospital_id,
    )
    for slot in world.hospital(command.hospital_id).slots:
        if slot.patient_id == patient.patient_id:
            yield _released(command.hospital_id, slot, SlotOutcome.RELEASED, command.reason)


def _bound_for(world: World, command: cmd.AcknowledgePrealert | cmd.TurnPatientAway) -> Patient:
    """The patient, as long as he is on the way to the hospital that speaks; of others it learns nothing."""
    world.hospital(command.hospital_id)
    patient = world.patients.get(command.patient_id)
    if patient is None or patient.hospital_id != command.hospital_id:
        raise CommandRejected(Refusal.PATIENT_NOT_BOUND_HERE)
    return patient


# --- transfers ----------------------------------------------------------------------------------------------------------


def ask_transfer(world: World, command: cmd.AskTransfer, ctx: Context) -> Iterator[ev.Event]:
    """Ask another hospital to take a patient."""
    asking, asked = world.hospital(command.hospital_id), world.hospital(command.to_hospital_id)
    if asking is asked:
        raise CommandRejected(Refusal.TRANSFER_TO_ITSELF)
    patient_id = command.request.patient_id
    if patient_id is not None and world.patient(patient_id).hospital_id != asking.hospital_id:
        raise CommandRejected(Refusal.PATIENT_NOT_FOUND)
    yield reception.TransferAsked(
        transfer_id=ctx.ids.transfer(),
        hospital_id=asking.hospital_id,
        to_hospital_id=asked.hospital_id,
        request=command.request,
    )


def answer_transfer(world: World, command: cmd.AnswerTransfer, _: Context) -> Iterator[ev.Event]:
    """Only the hospital that was asked answers, and once; a no has a reason."""
    transfer = _open_transfer(world, command.transfer_id)
    if transfer.to_hospital_id != command.hospital_id:
        raise CommandRejected(Refusal.TRANSFER_NOT_FOUND)
    if not command.accepts and not command.answer:
        raise CommandRejected(Refusal.ANSWER_REASON_REQUIRED)
    yield reception.TransferAnswered(
        transfer_id=transfer.transfer_id,
        hospital_id=transfer.hospital_id,
        to_hospital_id=transfer.to_hospital_id,
        is_accepted=command.accepts,
        answer=command.answer,
    )


def withdraw_transfer(world: World, command: cmd.WithdrawTransfer, _: Context) -> Iterator[ev.Event]:
    """Only the hospital that asked withdraws."""
    transfer = _open_transfer(world, command.transfer_id)
    if transfer.hospital_id != command.hospital_id:
        raise CommandRejected(Refusal.TRANSFER_NOT_FOUND)
    yield reception.TransferWithdrawn(
        transfer_id=transfer.transfer_id,
        hospital_id=transfer.hospital_id,
        to_hospital_id=transfer.to_hospital_id,
        reason=command.reason,
    )


def _open_transfer(world: World, transfer_id: TransferId) -> Transfer:
    transfer = world.transfers.get(transfer_id)
    if transfer is None:
        raise CommandRejected(Refusal.TRANSFER_NOT_FOUND)
    if transfer.state is not TransferState.ASKED:
        raise CommandRejected(Refusal.TRANSFER_ENDED)
    return transfer


# --- what follows -------------------------------------------------------------------------------------------------------

_MOVES_PATIENTS: Final = (
    ev.AssignmentStatusChanged,
    ev.AssignmentStatusCorrected,
    ev.AssignmentCancelled,
    ev.DestinationChanged,
    ev.PatientOutcomeRecorded,
    PatientsAssigned,
    ev.IncidentClosed,
    ev.IncidentCancelled,
    ev.IncidentJoined,
)


def follow(world: World, events: Iterable[ev.Event], ctx: Context) -> Iterator[ev.Event]:
    """What these events, which `world` already holds, bring about between crews, patients and hospitals."""
    concerned: dict[IncidentId, bool] = {}  # whether a destination was changed
    for event in events:
        if isinstance(event, _MOVES_PATIENTS):
            is_redirected = isinstance(event, ev.DestinationChanged)
            concerned[event.incident_id] = is_redirected or concerned.get(event.incident_id, False)
        if isinstance(event, ev.AssignmentStatusChanged) and event.status is AssignmentStatus.HANDED_OVER:
            yield from _door_wait(world, event, ctx.now)
    if not concerned:
        return
    kept = [(hospital, slot) for hospital in world.hospitals.values() if hospital.slots for slot in hospital.slots]
    for incident_id in concerned:
        incident = world.incidents.get(incident_id)
        if incident is not None and incident.is_open:
            yield from _prealerts(world, incident)
    for hospital, slot in kept:
        if slot.incident_id in concerned:
            yield from _slot_follows(world, hospital, slot, ctx, is_redirected=concerned[slot.incident_id])


def _prealerts(world: World, incident: Incident) -> Iterator[ev.Event]:
    """Word ahead for everybody under way to a hospital that has not been told."""
    if incident.pathway not in PREALERTED and not incident.priority.is_life_threatening:
        return
    for patient in world.patients_of(incident):
        is_under_way = patient.state is PatientState.IN_TRANSPORT and patient.hospital_id is not None
        if is_under_way and (patient.prealert is None or patient.prealert.hospital_id != patient.hospital_id):
            assert patient.hospital_id is not None
            yield _prealert(patient, patient.hospital_id, None)


def _slot_follows(
    world: World, hospital: Hospital, slot: Slot, ctx: Context, *, is_redirected: bool
) -> Iterator[ev.Event]:
    """What becomes of a place when something has happened to its patient. It may be kept before he is sent there: as long as he has
    not left for another hospital, nor has been redirected to one."""
    if slot.state is SlotState.IN_USE:
        return
    patient, incident = world.patients.get(slot.patient_id), world.incidents.get(slot.incident_id)
    is_elsewhere = patient is not None and patient.hospital_id not in {None, hospital.hospital_id}
    if patient is not None and is_elsewhere and (is_redirected or patient.state in _UNDER_WAY):
        yield _released(hospital.hospital_id, slot, SlotOutcome.PATIENT_ELSEWHERE)
    elif patient is not None and patient.state is PatientState.HANDED_OVER and not is_elsewhere:
        yield reception.SlotTaken(
            hospital_id=hospital.hospital_id,
            capability=slot.capability,
            patient_id=slot.patient_id,
            incident_id=slot.incident_id,
            until_at=ctx.now + timedelta(seconds=ctx.rules.slot_in_use_s),
        )
    elif patient is None or patient.state in PATIENT_ENDED or incident is None or not incident.is_open:
        yield _released(hospital.hospital_id, slot, SlotOutcome.PATIENT_ENDED)


def _door_wait(world: World, event: ev.AssignmentStatusChanged, now: datetime) -> Iterator[ev.Event]:
    """Flag an emergency department that says that it is free and lets crews wait: the last of them, each longer than fits."""
    assignment = world.assignments[event.assignment_id]
    hospital = world.hospitals.get(assignment.hospital_id) if assignment.hospital_id else None
    if hospital is None or hospital.state_of(Capability.EMERGENCY) is not CapabilityState.AVAILABLE:
        return
    arrived_at = assignment.reached_at(AssignmentStatus.AT_HOSPITAL)
    handed_over_at = assignment.reached_at(AssignmentStatus.HANDED_OVER)
    if not arrived_at or not handed_over_at or (handed_over_at - arrived_at).total_seconds() <= DOOR_WAIT_S:
        return
    last = _waits_s(world, hospital, now)[-DOOR_WAITS:]
    if len(last) == DOOR_WAITS and all(wait_s > DOOR_WAIT_S for wait_s in last):
        yield reception.HospitalClaimContradicted(
            hospital_id=hospital.hospital_id,
            capability=Capability.EMERGENCY,
            observed_s=round(median(last), 1),
            expected_s=DOOR_WAIT_S,
            n_observed=len(last),
        )


def _waits_s(world: World, hospital: Hospital, now: datetime) -> list[float]:
    """From arrival to hand-over, of crews that handed over here since the claim was made and lately, oldest first."""
    claim = hospital.status_of(Capability.EMERGENCY)
    since_at = now - timedelta(seconds=DOOR_WITHIN_S)
    if claim is not None:
        since_at = max(since_at, claim.updated_at)
    waits = []
    for assignment in world.assignments.values():
        if assignment.hospital_id != hospital.hospital_id:
            continue
        arrived_at = assignment.reached_at(AssignmentStatus.AT_HOSPITAL)
        handed_over_at = assignment.reached_at(AssignmentStatus.HANDED_OVER)
        if arrived_at and handed_over_at and handed_over_at > since_at:
            waits.append((handed_over_at, (handed_over_at - arrived_at).total_seconds()))
    return [wait_s for _, wait_s in sorted(waits)]
