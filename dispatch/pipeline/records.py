"""Health records: that somebody asks is written down first, and what came of it afterwards; pictures; and erasure."""

from collections.abc import Iterator

from dispatch.domain import events as ev
from dispatch.domain.commands_privacy import EraseIncident
from dispatch.domain.commands_records import AskRecord, KeepPicture, NoteRecordAnswer
from dispatch.domain.events_privacy import IncidentErased
from dispatch.domain.events_records import PictureKept, RecordAnswered, RecordAsked
from dispatch.domain.patient import MOST_PICTURES
from dispatch.domain.records import SECTIONS, Consent, Purpose, Section
from dispatch.domain.rejections import CommandRejected, Refusal
from dispatch.domain.rules import Context
from dispatch.domain.world import World


def ask_record(world: World, command: AskRecord, _: Context) -> Iterator[ev.Event]:
    """For a patient of an open incident only; a refusal stands unless the glass is broken, which opens all of the summary."""
    world.open_patient(command.incident_id, command.patient_id)
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


def keep_picture(world: World, command: KeepPicture, _: Context) -> Iterator[ev.Event]:
    """Of a patient of an open incident; the same one again changes nothing."""
    known = world.open_patient(command.incident_id, command.patient_id).pictures
    if any(picture.picture_id == command.picture_id for picture in known):
        return
    if len(known) >= MOST_PICTURES:
        raise CommandRejected(Refusal.TOO_MANY_PICTURES)
    yield PictureKept(
        incident_id=command.incident_id,
        patient_id=command.patient_id,
        picture_id=command.picture_id,
        kind=command.kind,
        taken_at=command.taken_at,
    )


def erase_incident(_: World, command: EraseIncident, __: Context) -> Iterator[ev.Event]:
    """Nothing to refuse: the keys are gone, and only those of an ended incident are given up."""
    yield IncidentErased(incident_id=command.incident_id, transfer_ids=command.transfer_ids, reason=command.reason)
