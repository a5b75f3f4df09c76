"""Times of a patient's care: each source says each once, and takes it back only with a reason."""

from collections.abc import Iterator

from dispatch.domain import events as ev
from dispatch.domain.care import AT_HOSPITAL, Stamp
from dispatch.domain.commands_care import CareCommand, CorrectCareTime, RecordCareTime
from dispatch.domain.events_care import CareTimeCorrected, CareTimeRecorded
from dispatch.domain.rejections import CommandRejected, Refusal
from dispatch.domain.rules import Context
from dispatch.domain.world import World


def record_care_time(world: World, command: RecordCareTime, ctx: Context) -> Iterator[ev.Event]:
    """Write a stamp down; a second one of the same source for the same milestone has to be a correction."""
    _check(world, command, ctx)
    if command.stamp.at is None and command.stamp.reason is None:
        raise CommandRejected(Refusal.NOT_DONE_REASON_REQUIRED)
    if _known(command) is not None:
        raise CommandRejected(Refusal.CARE_TIME_KNOWN)
    yield CareTimeRecorded(incident_id=command.incident_id, patient_id=command.patient_id, stamp=command.stamp)


def correct_care_time(world: World, command: CorrectCareTime, ctx: Context) -> Iterator[ev.Event]:
    """Replace or withdraw a stamp; what it said stays in the journal."""
    _check(world, command, ctx)
    if command.stamp.reason is None:
        raise CommandRejected(Refusal.CORRECTION_REASON_REQUIRED)
    was = _known(command)
    if was is None:
        raise CommandRejected(Refusal.CARE_TIME_NOT_FOUND)
    yield CareTimeCorrected(
        incident_id=command.incident_id,
        patient_id=command.patient_id,
        stamp=command.stamp,
        was_at=was.at,
        is_withdrawn=command.withdraws,
    )


def _check(world: World, command: CareCommand, ctx: Context) -> None:
    stamp = command.stamp
    if stamp.at is not None and stamp.at > ctx.now:
        raise CommandRejected(Refusal.CARE_TIME_IN_FUTURE)
    if stamp.hospital_id is not None:
        world.hospital(stamp.hospital_id)
    elif stamp.milestone in AT_HOSPITAL:
        raise CommandRejected(Refusal.CARE_HOSPITAL_REQUIRED)


def _known(command: CareCommand) -> Stamp | None:
    return next((stamp for stamp in command.known if stamp.key == command.stamp.key), None)
