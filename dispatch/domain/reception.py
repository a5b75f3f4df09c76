"""What a hospital and those who bring a patient agree on: places kept, pre-alerts answered, patients turned away, transfers."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dispatch.domain.ids import HospitalId, IncidentId, PatientId, TransferId
from dispatch.domain.vocabulary import Capability, Sex


class SlotState(StrEnum):
    """Asked for, promised by the hospital, or with the patient in it."""

    RESERVED = "reserved"
    CONFIRMED = "confirmed"
    IN_USE = "in_use"


class SlotOutcome(StrEnum):
    """Why a slot is no longer kept."""

    RELEASED = "released"
    """A person gave it up."""
    PATIENT_ELSEWHERE = "patient_elsewhere"
    PATIENT_ENDED = "patient_ended"
    LAPSED = "lapsed"
    """In use for as long as it is taken to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One place of a capability (a cath lab, a scanner, a bed) kept for one patient; `until_at` only while it is in use."""

    capability: Capability
    patient_id: PatientId
    incident_id: IncidentId
    state: SlotState
    reserved_at: datetime
    reserved_by: str
    until_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """What was observed at the door against what the hospital claims: `n_observed` crews waited `observed_s` in the middle, where
    `expected_s` is the longest that fits the claim."""

    observed_s: float
    expected_s: float
    n_observed: int
    noted_at: datetime


class PrealertState(StrEnum):
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    TURNED_AWAY = "turned_away"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prealert:
    """Word to a hospital that a patient comes; delivered when it is acknowledged, not when it is sent."""

    hospital_id: HospitalId
    state: PrealertState
    sent_at: datetime
    text: str | None = None
    reminders: int = 0
    reminded_at: datetime | None = None
    answered_at: datetime | None = None
    answered_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnedAway:
    """A hospital does not take this patient; `to_hospital_id` is where it thinks that he should go."""

    hospital_id: HospitalId
    reason: str
    at: datetime
    by: str
    to_hospital_id: HospitalId | None = None


class TransferState(StrEnum):
    ASKED = "asked"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRequest:
    """Who is to be moved, and why; `patient_id` where the patient came by an incident that is known here."""

    reason: str
    capability: Capability | None = None
    patient_id: PatientId | None = None
    age_years: int | None = None
    sex: Sex | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """A patient of one hospital for whom another is asked."""

    transfer_id: TransferId
    hospital_id: HospitalId
    to_hospital_id: HospitalId
    request: TransferRequest
    state: TransferState
    asked_at: datetime
    asked_by: str
    answered_at: datetime | None = None
    answered_by: str | None = None
    answer: str | None = None
    """The reason of a refusal or withdrawal, or what was said with a yes."""
    incident_id: IncidentId | None = None
    """By which the patient is moved."""
