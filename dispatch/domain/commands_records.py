"""Commands about health records and hand-over to other systems. Each pair brackets a question to the peer, asked in between."""

from dataclasses import dataclass

from dispatch.domain.ids import HospitalId, IncidentId, PatientId
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
class NoteHandoverAnswer:
    incident_id: IncidentId
    patient_id: PatientId
    hospital_id: HospitalId
    kind: HandoverKind
    outcome: PeerOutcome


RecordCommand = AskRecord | NoteRecordAnswer | IssueHandover | NoteHandoverAnswer
