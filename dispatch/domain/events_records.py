"""Events about health records asked for, and about patients handed over to other systems; without what they contain.

Of a notice with the same `notice_id` they tell in turn: issued, attempted and answered until the other system has it or will never
take it. Those of older programs, which asked once, have none.
"""

from dataclasses import dataclass
from datetime import datetime

from dispatch.domain.ids import HospitalId, IncidentId, NoticeId, PatientId
from dispatch.domain.patient import PictureKind
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
    """A pre-alert or hand-over is to go to the hospital's systems. What it says is what the journal says up to here."""

    incident_id: IncidentId
    patient_id: PatientId
    hospital_id: HospitalId
    kind: HandoverKind
    notice_id: NoticeId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverAttempted:
    """Written down before it is sent, so that only the process that writes sends. `attempt` counts from 1."""

    notice_id: NoticeId
    incident_id: IncidentId
    patient_id: PatientId
    hospital_id: HospitalId
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverAnswered:
    """Delivered (`answered`), or refused for good, or to be tried again: until it is delivered it has to be told by voice."""

    incident_id: IncidentId
    patient_id: PatientId
    hospital_id: HospitalId
    kind: HandoverKind
    outcome: PeerOutcome
    notice_id: NoticeId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverUrged:
    """Somebody wants it tried again at once."""

    notice_id: NoticeId
    incident_id: IncidentId
    patient_id: PatientId
    hospital_id: HospitalId


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverWithdrawn:
    """It is sent no more: for a reason, or, without one, because the patient is no longer on the way to this hospital."""

    notice_id: NoticeId
    incident_id: IncidentId
    patient_id: PatientId
    hospital_id: HospitalId
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureKept:
    """A photograph of a finding is there; `picture_id` says nothing of what it shows, which stands sealed elsewhere."""

    incident_id: IncidentId
    patient_id: PatientId
    picture_id: str
    kind: PictureKind
    taken_at: datetime


RecordEvent = (
    RecordAsked
    | RecordAnswered
    | HandoverIssued
    | HandoverAttempted
    | HandoverAnswered
    | HandoverUrged
    | HandoverWithdrawn
    | PictureKept
)
