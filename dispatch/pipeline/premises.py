"""Warnings of premises: entered with a reason and an end, looked at again, ended."""

from collections.abc import Iterator

from dispatch.domain import events as ev
from dispatch.domain.commands_premises import EndPremisesWarning, ReviewPremisesWarning, WarnOfPremises
from dispatch.domain.commands_privacy import ErasePremises
from dispatch.domain.events_premises import PremisesReviewed, PremisesWarned, PremisesWarningEnded
from dispatch.domain.events_privacy import PremisesErased
from dispatch.domain.ids import WarningId
from dispatch.domain.rejections import CommandRejected, Refusal
from dispatch.domain.rules import Context
from dispatch.domain.world import World


def warn(_: World, command: WarnOfPremises, ctx: Context) -> Iterator[ev.Event]:
    """From now on whoever takes a call from there, and whoever is sent, is told."""
    yield PremisesWarned(
        warning_id=ctx.ids.warning(),
        kind=command.kind,
        text=command.text,
        location=command.location,
        address_text=command.address_text,
        reason=command.reason,
        expires_at=command.expires_at,
    )


def review(world: World, command: ReviewPremisesWarning, _: Context) -> Iterator[ev.Event]:
    """It holds on."""
    _require(world, command.warning_id)
    yield PremisesReviewed(warning_id=command.warning_id, reason=command.reason, expires_at=command.expires_at)


def end(world: World, command: EndPremisesWarning, _: Context) -> Iterator[ev.Event]:
    """Nobody is told any more."""
    _require(world, command.warning_id)
    yield PremisesWarningEnded(warning_id=command.warning_id, has_expired=False, reason=command.reason)


def erase(_: World, command: ErasePremises, __: Context) -> Iterator[ev.Event]:
    """Nothing to refuse: the key is gone."""
    yield PremisesErased(warning_id=command.warning_id, reason=command.reason)


def _require(world: World, warning_id: WarningId) -> None:
    if warning_id not in world.premises:
        raise CommandRejected(Refusal.WARNING_NOT_FOUND)
