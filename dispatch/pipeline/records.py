"""Health records and hand-over: that somebody asks or tells is written down first, and what came of it afterwards; and erasure."""

from collections.abc import Iterator

from dispatch.domain import events as ev
from dispatch.domain.commands_privacy import EraseIncident
from dispatch.domain.commands_records import AskRecord, IssueHandover, NoteHandoverAnswer, NoteRecordAnswer
from dispatch.domain.events_privacy import IncidentErased
from dispatch.domain.events_records import HandoverAnswered, HandoverIssued, RecordAnswered, RecordAsked
from dispatch.domain.ids import IncidentId, PatientId
from dispatch.domain.patient import Patient
from dispatch.domain.records import SECTIONS, Consent, Purpose, Section
from dispatch.domain.rejections import CommandRejected, Refusal
from dispatch.domain.rules import Context
from dispatch.domain.world import World


def ask_record(world: World, command: AskRecord, _: Context) -> Iterator[ev.Event]:
    """For a patient of an open incident only; a refusal stands unless the glass is broken, which opens all of the summary."""
    _patient(world, command.incident_id, command.patient_id)
    reason = None if command.consent is Consent.GIVEN else command.break_glass_reason
    if command.consent is Consent.REFUSED and reason is None:
        raise CommandRejected(Refusal.CONSENT_REFUSED)
    opened = frozenset(Section) if reason is not None else SECTIONS[command.consent]
    yield RecordAsked(
        incident_id=command.incident_id,
        patient_id=command.patient_id,
        purpose=Purpose.EMERGENCY_TREATMENT if reason is None else Purpose.BREAK_GLASS,
        consent=command.consent,
        sections=tuple(section for section in Section if section in opened),
        reason=reason,
    )


def note_record_answer(_: World, command: NoteRecordAnswer, __: Context) -> Iterator[ev.Event]:
    """Write down what came of it, even if the incident has ended meanwhile."""
    yield RecordAnswered(incident_id=command.incident_id, patient_id=command.patient_id, outcome=command.outcome)


def issue_handover(world: World, command: IssueHandover, _: Context) -> Iterator[ev.Event]:
    """A pre-alert or hand-over goes to the hospital that the patient is bound for, or in."""
    hospital_id = _patient(world, command.incident_id, command.patient_id).hospital_id
    if hospital_id is None:
        raise CommandRejected(Refusal.NO_DESTINATION)
    yield HandoverIssued(
        incident_id=command.incident_id, patient_id=command.patient_id, hospital_id=hospital_id, kind=command.kind
    )


def note_handover_answer(_: World, command: NoteHandoverAnswer, __: Context) -> Iterator[ev.Event]:
    """Write down whether it was delivered."""
    yield HandoverAnswered(
        incident_id=command.incident_id,
        patient_id=command.patient_id,
        hospital_id=command.hospital_id,
        kind=command.kind,
        outcome=command.outcome,
    )


def _patient(world: World, incident_id: IncidentId, patient_id: PatientId) -> Patient:
    incident = world.open_incident(incident_id)
    if patient_id not in incident.patient_ids:
        raise CommandRejected(Refusal.PATIENT_NOT_FOUND)
    return world.patients[patient_id]


def erase_incident(_: World, command: EraseIncident, __: Context) -> Iterator[ev.Event]:
    """Nothing to refuse: the keys are gone, and only those of an ended incident are given up."""
    yield IncidentErased(incident_id=command.incident_id, transfer_ids=command.transfer_ids, reason=command.reason)
