"""Commands between those who bring patients and the hospitals that receive them."""

from dataclasses import dataclass

from dispatch.domain.ids import HospitalId, PatientId, TransferId
from dispatch.domain.reception import TransferRequest
from dispatch.domain.vocabulary import Capability


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveSlot:
    """Keep a place of a capability for a patient; refused where none is free."""

    hospital_id: HospitalId
    capability: Capability
    patient_id: PatientId


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmSlot:
    """The hospital promises the place."""

    hospital_id: HospitalId
    capability: Capability
    patient_id: PatientId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseSlot:
    hospital_id: HospitalId
    capability: Capability
    patient_id: PatientId
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SendPrealert:
    """Tell the hospital for which a patient is bound that he comes; again with other words when more is known."""

    patient_id: PatientId
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgePrealert:
    hospital_id: HospitalId
    patient_id: PatientId


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnPatientAway:
    """The hospital does not take a patient who is bound for it, says why, and may say where he should go instead."""

    hospital_id: HospitalId
    patient_id: PatientId
    reason: str
    to_hospital_id: HospitalId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskTransfer:
    hospital_id: HospitalId
    to_hospital_id: HospitalId
    request: TransferRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerTransfer:
    """The hospital that was asked takes the patient, or says why not."""

    transfer_id: TransferId
    hospital_id: HospitalId
    accepts: bool
    answer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawTransfer:
    """The hospital that asked needs it no more."""

    transfer_id: TransferId
    hospital_id: HospitalId
    reason: str


ReceptionCommand = (
    ReserveSlot
    | ConfirmSlot
    | ReleaseSlot
    | SendPrealert
    | AcknowledgePrealert
    | TurnPatientAway
    | AskTransfer
    | AnswerTransfer
    | WithdrawTransfer
)
