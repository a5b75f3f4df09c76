"""Events about health records asked for, and about patients handed over to other systems; without what they contain."""

from dataclasses import dataclass

from dispatch.domain.ids import HospitalId, IncidentId, PatientId
from dispatch.domain.records import Consent, HandoverKind, PeerOutcome, Purpose, Section


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAsked:
    """Written down before anybody is asked. `reason` is why the glass was broken."""

    incident_id: IncidentId
    patient_id: PatientId
    purpose: Purpose
    consent: Consent
    sections: tuple[Section, ...]
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAnswered:
    incident_id: IncidentId
    patient_id: PatientId
    outcome: PeerOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverIssued:
    """A pre-alert or hand-over is on its way to the hospital's systems."""

    incident_id: IncidentId
    patient_id: PatientId
    hospital_id: HospitalId
    kind: HandoverKind


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverAnswered:
    """Delivered (`answered`), or not, and then it has to be told by voice."""

    incident_id: IncidentId
    patient_id: PatientId
    hospital_id: HospitalId
    kind: HandoverKind
    outcome: PeerOutcome


RecordEvent = RecordAsked | RecordAnswered | HandoverIssued | HandoverAnswered
