"""What hospitals and those who bring patients agree on, as it is shown."""

from typing import Any

from dispatch.domain.notices import Notice
from dispatch.domain.patient import Picture
from dispatch.domain.reception import Contradiction, Prealert, Slot, Transfer, TurnedAway

Wire = dict[str, Any]


def slot_wire(slot: Slot) -> Wire:
    return {
        "patient_id": slot.patient_id,
        "incident_id": slot.incident_id,
        "state": slot.state,
        "reserved_at": slot.reserved_at,
        "until_at": slot.until_at,
    }


def contradiction_wire(found: Contradiction) -> Wire:
    """What was observed at the door; durations in seconds."""
    return {
        "observed_s": found.observed_s,
        "expected_s": found.expected_s,
        "n_observed": found.n_observed,
        "noted_at": found.noted_at,
    }


def prealert_wire(sent: Prealert) -> Wire:
    return {
        "hospital_id": sent.hospital_id,
        "state": sent.state,
        "text": sent.text,
        "sent_at": sent.sent_at,
        "reminders": sent.reminders,
        "answered_at": sent.answered_at,
        "answered_by": sent.answered_by,
    }


def notice_wire(notice: Notice) -> Wire:
    """Word to the hospital's systems; `next_attempt_at` is there while it is pending."""
    return {
        "notice_id": notice.notice_id,
        "incident_id": notice.incident_id,
        "patient_id": notice.patient_id,
        "hospital_id": notice.hospital_id,
        "kind": notice.kind,
        "state": notice.state,
        "issued_at": notice.issued_at,
        "issued_by": notice.issued_by,
        "attempts": notice.attempts,
        "attempted_at": notice.attempted_at,
        "outcome": notice.outcome,
        "next_attempt_at": notice.due_at if notice.is_pending else None,
        "ended_at": notice.ended_at,
        "ended_by": notice.ended_by,
        "reason": notice.reason,
    }


def picture_wire(picture: Picture) -> Wire:
    """That there is one; what it shows is asked for."""
    return {
        "picture_id": picture.picture_id,
        "kind": picture.kind,
        "taken_at": picture.taken_at,
        "taken_by": picture.taken_by,
    }


def turned_away_wire(refusal: TurnedAway) -> Wire:
    return {
        "hospital_id": refusal.hospital_id,
        "reason": refusal.reason,
        "at": refusal.at,
        "to_hospital_id": refusal.to_hospital_id,
    }


def transfer_wire(transfer: Transfer) -> Wire:
    request = transfer.request
    return {
        "transfer_id": transfer.transfer_id,
        "hospital_id": transfer.hospital_id,
        "to_hospital_id": transfer.to_hospital_id,
        "state": transfer.state,
        "reason": request.reason,
        "capability": request.capability,
        "patient_id": request.patient_id,
        "age_years": request.age_years,
        "sex": None if request.sex is None else request.sex.lower(),
        "asked_at": transfer.asked_at,
        "answered_at": transfer.answered_at,
        "answer": transfer.answer,
        "moved_by_incident_id": transfer.incident_id,
    }
