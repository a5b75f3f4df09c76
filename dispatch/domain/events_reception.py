"""Events between those who bring patients and the hospitals that receive them; named in `events.Event` like all others."""

from dataclasses import dataclass
from datetime import datetime

from dispatch.domain.ids import HospitalId, IncidentId, PatientId, TransferId
from dispatch.domain.reception import SlotOutcome, TransferRequest
from dispatch.domain.vocabulary import Capability


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotReserved:
    hospital_id: HospitalId
    capability: Capability
    patient_id: PatientId
    incident_id: IncidentId


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotConfirmed:
    hospital_id: HospitalId
    capability: Capability
    patient_id: PatientId
    incident_id: IncidentId


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotTaken:
    """The patient has been handed over: the place is in use, until the hospital says otherwise or `until_at`."""

    hospital_id: HospitalId
    capability: Capability
    patient_id: PatientId
    incident_id: IncidentId
    until_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotReleased:
    hospital_id: HospitalId
    capability: Capability
    patient_id: PatientId
    incident_id: IncidentId
    outcome: SlotOutcome
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HospitalClaimContradicted:
    """Crews have waited at the door for longer than fits what the hospital claims; it stays flagged until it reports anew."""

    hospital_id: HospitalId
    capability: Capability
    observed_s: float
    expected_s: float
    n_observed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PrealertSent:
    patient_id: PatientId
    incident_id: IncidentId
    hospital_id: HospitalId
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrealertReminded:
    """Nobody at the hospital has acknowledged; `reminders` counts from 1."""

    patient_id: PatientId
    incident_id: IncidentId
    hospital_id: HospitalId
    reminders: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PrealertAcknowledged:
    patient_id: PatientId
    incident_id: IncidentId
    hospital_id: HospitalId


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientTurnedAway:
    """The hospital does not take this patient; it is no candidate for the incident any more."""

    patient_id: PatientId
    incident_id: IncidentId
    hospital_id: HospitalId
    reason: str
    to_hospital_id: HospitalId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferAsked:
    transfer_id: TransferId
    hospital_id: HospitalId
    to_hospital_id: HospitalId
    request: TransferRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferAnswered:
    transfer_id: TransferId
    hospital_id: HospitalId
    to_hospital_id: HospitalId
    is_accepted: bool
    answer: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferStarted:
    """The control room has opened the incident by which the patient is moved."""

    transfer_id: TransferId
    incident_id: IncidentId
    hospital_id: HospitalId
    to_hospital_id: HospitalId


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferWithdrawn:
    transfer_id: TransferId
    hospital_id: HospitalId
    to_hospital_id: HospitalId
    reason: str


ReceptionEvent = (
    SlotReserved
    | SlotConfirmed
    | SlotTaken
    | SlotReleased
    | HospitalClaimContradicted
    | PrealertSent
    | PrealertReminded
    | PrealertAcknowledged
    | PatientTurnedAway
    | TransferAsked
    | TransferAnswered
    | TransferStarted
    | TransferWithdrawn
)
