"""The part of the fold that concerns what hospitals and those who bring patients agree on."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from dispatch.domain import events as ev
from dispatch.domain import events_reception as reception
from dispatch.domain.draft import Draft
from dispatch.domain.hospital import Hospital
from dispatch.domain.reception import (
    Contradiction,
    Prealert,
    PrealertState,
    Slot,
    SlotState,
    Transfer,
    TransferState,
    TurnedAway,
)
from dispatch.domain.vocabulary import Capability
from dispatch.domain.world import RECENT_TRANSFERS

SlotEvent = reception.SlotReserved | reception.SlotConfirmed | reception.SlotTaken | reception.SlotReleased


def _slots_changed(draft: Draft, e: SlotEvent, made: Callable[[Slot | None], Slot | None]) -> None:
    """Put `made` of the patient's slot in its place; a hospital that has left the roster keeps none."""
    hospital = draft.hospitals.get(e.hospital_id)
    if hospital is None:
        return
    was = hospital.slot_of(e.capability, e.patient_id)
    others = tuple(slot for slot in hospital.slots if slot is not was)
    slot = made(was)
    draft.change_hospital(e.hospital_id, slots=others if slot is None else (*others, slot))


def _slot_reserved(draft: Draft, e: reception.SlotReserved, r: ev.Recorded) -> None:
    reserved = Slot(
        capability=e.capability,
        patient_id=e.patient_id,
        incident_id=e.incident_id,
        state=SlotState.RESERVED,
        reserved_at=r.occurred_at,
        reserved_by=r.actor,
    )
    _slots_changed(draft, e, lambda _: reserved)


def _slot_confirmed(draft: Draft, e: reception.SlotConfirmed, _: ev.Recorded) -> None:
    _slots_changed(draft, e, lambda slot: slot and replace(slot, state=SlotState.CONFIRMED))


def _slot_taken(draft: Draft, e: reception.SlotTaken, _: ev.Recorded) -> None:
    _slots_changed(draft, e, lambda slot: slot and replace(slot, state=SlotState.IN_USE, until_at=e.until_at))


def _slot_released(draft: Draft, e: reception.SlotReleased, _: ev.Recorded) -> None:
    _slots_changed(draft, e, lambda _: None)


def _claim_contradicted(draft: Draft, e: reception.HospitalClaimContradicted, r: ev.Recorded) -> None:
    found = Contradiction(
        observed_s=e.observed_s, expected_s=e.expected_s, n_observed=e.n_observed, noted_at=r.occurred_at
    )
    others = without_contradiction(draft.hospitals[e.hospital_id], e.capability)
    draft.change_hospital(e.hospital_id, contradictions=(*others, (e.capability, found)))


def without_contradiction(hospital: Hospital, capability: Capability) -> tuple[Any, ...]:
    """What is held against the hospital's other claims."""
    return tuple(entry for entry in hospital.contradictions if entry[0] is not capability)


def said_anew(hospital: Hospital, capability: Capability) -> dict[str, Any]:
    """What a hospital's own word on a capability replaces: what was held against its last one, and that places are taken to be in use,
    which is part of what it says."""
    if not hospital.slots and not hospital.contradictions:
        return {}
    slots = tuple(s for s in hospital.slots if s.capability is not capability or s.state is not SlotState.IN_USE)
    return {"slots": slots, "contradictions": without_contradiction(hospital, capability)}


def _prealert_sent(draft: Draft, e: reception.PrealertSent, r: ev.Recorded) -> None:
    sent = Prealert(hospital_id=e.hospital_id, state=PrealertState.SENT, sent_at=r.occurred_at, text=e.text)
    draft.change_patient(e.patient_id, prealert=sent)


def _prealert_reminded(draft: Draft, e: reception.PrealertReminded, r: ev.Recorded) -> None:
    _prealert_changed(draft, e, reminders=e.reminders, reminded_at=r.occurred_at)


def _prealert_acknowledged(draft: Draft, e: reception.PrealertAcknowledged, r: ev.Recorded) -> None:
    _prealert_changed(draft, e, state=PrealertState.ACKNOWLEDGED, answered_at=r.occurred_at, answered_by=r.actor)


def _patient_turned_away(draft: Draft, e: reception.PatientTurnedAway, r: ev.Recorded) -> None:
    _prealert_changed(draft, e, state=PrealertState.TURNED_AWAY, answered_at=r.occurred_at, answered_by=r.actor)
    refusal = TurnedAway(
        hospital_id=e.hospital_id,
        reason=e.reason,
        at=r.occurred_at,
        by=r.actor,
        to_hospital_id=e.to_hospital_id,
    )
    draft.change_patient(e.patient_id, turned_away=(*draft.patients[e.patient_id].turned_away, refusal))


def _prealert_changed(
    draft: Draft,
    e: reception.PrealertReminded | reception.PrealertAcknowledged | reception.PatientTurnedAway,
    **changes: Any,
) -> None:
    known = draft.patients[e.patient_id].prealert
    if known is not None and known.hospital_id == e.hospital_id:
        draft.change_patient(e.patient_id, prealert=replace(known, **changes))


def _transfer_asked(draft: Draft, e: reception.TransferAsked, r: ev.Recorded) -> None:
    asked = Transfer(
        transfer_id=e.transfer_id,
        hospital_id=e.hospital_id,
        to_hospital_id=e.to_hospital_id,
        request=e.request,
        state=TransferState.ASKED,
        asked_at=r.occurred_at,
        asked_by=r.actor,
    )
    draft.transfers = draft.transfers.set(e.transfer_id, asked)
    ended = sorted(key for key, transfer in draft.transfers.items() if transfer.state is not TransferState.ASKED)
    for forgotten in ended[: max(0, len(ended) - RECENT_TRANSFERS)]:
        draft.transfers = draft.transfers.delete(forgotten)


def _transfer_answered(draft: Draft, e: reception.TransferAnswered, r: ev.Recorded) -> None:
    state = TransferState.ACCEPTED if e.is_accepted else TransferState.REFUSED
    _end_transfer(draft, e, r, state, e.answer)


def _transfer_started(draft: Draft, e: reception.TransferStarted, _: ev.Recorded) -> None:
    if (transfer := draft.transfers.get(e.transfer_id)) is not None:
        draft.transfers = draft.transfers.set(e.transfer_id, replace(transfer, incident_id=e.incident_id))


def _transfer_withdrawn(draft: Draft, e: reception.TransferWithdrawn, r: ev.Recorded) -> None:
    _end_transfer(draft, e, r, TransferState.WITHDRAWN, e.reason)


def _end_transfer(
    draft: Draft,
    e: reception.TransferAnswered | reception.TransferWithdrawn,
    r: ev.Recorded,
    state: TransferState,
    answer: str | None,
) -> None:
    ended = replace(
        draft.transfers[e.transfer_id], state=state, answered_at=r.occurred_at, answered_by=r.actor, answer=answer
    )
    draft.transfers = draft.transfers.set(e.transfer_id, ended)


HANDLERS: Final[dict[type[Any], Callable[[Draft, Any, ev.Recorded], None]]] = {
    reception.SlotReserved: _slot_reserved,
    reception.SlotConfirmed: _slot_confirmed,
    reception.SlotTaken: _slot_taken,
    reception.SlotReleased: _slot_released,
    reception.HospitalClaimContradicted: _claim_contradicted,
    reception.PrealertSent: _prealert_sent,
    reception.PrealertReminded: _prealert_reminded,
    reception.PrealertAcknowledged: _prealert_acknowledged,
    reception.PatientTurnedAway: _patient_turned_away,
    reception.TransferAsked: _transfer_asked,
    reception.TransferAnswered: _transfer_answered,
    reception.TransferStarted: _transfer_started,
    reception.TransferWithdrawn: _transfer_withdrawn,
}
