"""Notices to hospitals' systems: issued, attempted, answered, urged and withdrawn; and what follows by itself.

A pre-alert that has not arrived when its patient has, or goes elsewhere, would raise an alarm about nobody: it is overtaken. A
hand-over is never too late.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from dispatch.domain import events as ev
from dispatch.domain.commands_records import (
    AttemptHandover,
    IssueHandover,
    NoteHandoverAnswer,
    UrgeHandover,
    WithdrawHandover,
)
from dispatch.domain.events_reception import PrealertSent
from dispatch.domain.events_records import (
    HandoverAnswered,
    HandoverAttempted,
    HandoverIssued,
    HandoverUrged,
    HandoverWithdrawn,
)
from dispatch.domain.ids import HospitalId, NoticeId
from dispatch.domain.incident import Incident
from dispatch.domain.notices import Notice
from dispatch.domain.patient import PATIENT_ENDED, Patient, PatientState
from dispatch.domain.records import HandoverKind
from dispatch.domain.rejections import CommandRejected, Refusal
from dispatch.domain.rules import Context
from dispatch.domain.world import World

_ARRIVED: Final = PATIENT_ENDED | {PatientState.AT_HOSPITAL}


def issue(world: World, command: IssueHandover, ctx: Context) -> Iterator[ev.Event]:
    """A pre-alert or hand-over goes to the hospital that the patient is bound for, or in."""
    patient = world.open_patient(command.incident_id, command.patient_id)
    if patient.hospital_id is None:
        raise CommandRejected(Refusal.NO_DESTINATION)
    if command.kind is HandoverKind.PRE_ALERT and patient.state in _ARRIVED:
        raise CommandRejected(Refusal.PATIENT_HAS_NO_HOSPITAL)
    yield _issued(patient, patient.hospital_id, command.kind, ctx)


def _issued(patient: Patient, hospital_id: HospitalId, kind: HandoverKind, ctx: Context) -> HandoverIssued:
    return HandoverIssued(
        incident_id=patient.incident_id,
        patient_id=patient.patient_id,
        hospital_id=hospital_id,
        kind=kind,
        notice_id=ctx.ids.notice(),
    )


def attempt(world: World, command: AttemptHandover, _: Context) -> Iterator[ev.Event]:
    """It is about to be sent, once more or for the first time."""
    notice = _pending(world, command.notice_id)
    yield HandoverAttempted(
        notice_id=notice.notice_id,
        incident_id=notice.incident_id,
        patient_id=notice.patient_id,
        hospital_id=notice.hospital_id,
        attempt=notice.attempts + 1,
    )


def note_answer(world: World, command: NoteHandoverAnswer, _: Context) -> Iterator[ev.Event]:
    """What came of the latest attempt; of one that has been withdrawn meanwhile nothing more is written down."""
    notice = _pending(world, command.notice_id)
    yield HandoverAnswered(
        incident_id=notice.incident_id,
        patient_id=notice.patient_id,
        hospital_id=notice.hospital_id,
        kind=notice.kind,
        outcome=command.outcome,
        notice_id=notice.notice_id,
    )


def urge(world: World, command: UrgeHandover, _: Context) -> Iterator[ev.Event]:
    """Try again at once."""
    notice = _pending(world, command.notice_id)
    yield HandoverUrged(
        notice_id=notice.notice_id,
        incident_id=notice.incident_id,
        patient_id=notice.patient_id,
        hospital_id=notice.hospital_id,
    )


def withdraw(world: World, command: WithdrawHandover, _: Context) -> Iterator[ev.Event]:
    """Send it no more."""
    yield _withdrawn(_pending(world, command.notice_id), command.reason)


def _withdrawn(notice: Notice, reason: str | None) -> HandoverWithdrawn:
    return HandoverWithdrawn(
        notice_id=notice.notice_id,
        incident_id=notice.incident_id,
        patient_id=notice.patient_id,
        hospital_id=notice.hospital_id,
        reason=reason,
    )


def _pending(world: World, notice_id: NoticeId) -> Notice:
    notice = world.notice(notice_id)
    if not notice.is_pending:
        raise CommandRejected(Refusal.NOTICE_ENDED)
    return notice


def follow(world: World, events: Iterable[ev.Event], ctx: Context) -> Iterator[ev.Event]:
    """What these events, which `world` already holds, bring about: pre-alerts and hand-overs go out, overtaken pre-alerts do not."""
    events = list(events)
    named: dict[Any, None] = dict.fromkeys(getattr(event, "incident_id", None) for event in events)
    for incident in (world.incidents[each] for each in named if each in world.incidents):
        yield from _overtaken(world, incident)
        if ctx.rules.tells_systems and incident.is_open:
            yield from _handed_over(world, incident, ctx)
    if ctx.rules.tells_systems:
        for event in events:
            if isinstance(event, PrealertSent):
                yield _issued(world.patients[event.patient_id], event.hospital_id, HandoverKind.PRE_ALERT, ctx)


def _overtaken(world: World, incident: Incident) -> Iterator[ev.Event]:
    for notice in world.notices_of(incident):
        if notice.is_pending and notice.kind is HandoverKind.PRE_ALERT:
            patient = world.patients[notice.patient_id]
            if not incident.is_open or patient.state in _ARRIVED or patient.hospital_id != notice.hospital_id:
                yield _withdrawn(notice, None)


def _handed_over(world: World, incident: Incident, ctx: Context) -> Iterator[ev.Event]:
    """For everybody who has been handed over to a hospital that nothing was issued to."""
    told = {(n.patient_id, n.hospital_id) for n in world.notices_of(incident) if n.kind is HandoverKind.HANDOVER}
    for patient in world.patients_of(incident):
        is_due = patient.state is PatientState.HANDED_OVER and patient.hospital_id is not None
        if is_due and (patient.patient_id, patient.hospital_id) not in told:
            assert patient.hospital_id is not None
            yield _issued(patient, patient.hospital_id, HandoverKind.HANDOVER, ctx)


DECIDERS: Final[dict[type[Any], Callable[[World, Any, Context], Iterator[ev.Event]]]] = {
    IssueHandover: issue,
    AttemptHandover: attempt,
    NoteHandoverAnswer: note_answer,
    UrgeHandover: urge,
    WithdrawHandover: withdraw,
}
