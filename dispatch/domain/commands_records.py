"""Commands about health records and hand-over to other systems. What is asked of the peer, or told it, stands between two of them."""

from dataclasses import dataclass
from datetime import datetime

from dispatch.domain.ids import IncidentId, NoticeId, PatientId
from dispatch.domain.patient import PictureKind
from dispatch.domain.records import Consent, HandoverKind, PeerOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class AskRecord:
    """Want a patient's record; against a refusal only by breaking the glass, for a reason."""

    incident_id: IncidentId
    patient_id: PatientId
    consent: Consent
    break_glass_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRecordAnswer:
    incident_id: IncidentId
    patient_id: PatientId
    outcome: PeerOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueHandover:
    """Tell the hospital that the patient is bound for."""

    incident_id: IncidentId
    patient_id: PatientId
    kind: HandoverKind


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptHandover:
    """It is about to be sent."""

    notice_id: NoticeId


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteHandoverAnswer:
    notice_id: NoticeId
    outcome: PeerOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class UrgeHandover:
    """Want it tried again at once."""

    notice_id: NoticeId


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawHandover:
    """Want it sent no more."""

    notice_id: NoticeId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepPicture:
    """A photograph of a finding is there; the caller has put it away, sealed, under this name."""

    incident_id: IncidentId
    patient_id: PatientId
    picture_id: str
    kind: PictureKind
    taken_at: datetime


RecordCommand = (
    AskRecord
    | NoteRecordAnswer
    | IssueHandover
    | AttemptHandover
    | NoteHandoverAnswer
    | UrgeHandover
    | WithdrawHandover
    | KeepPicture
)
