"""The fold, continued: warnings of premises, for as long as they hold."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from dispatch.domain import events as ev
from dispatch.domain.draft import Draft
from dispatch.domain.events_premises import PremisesReviewed, PremisesWarned, PremisesWarningEnded
from dispatch.domain.events_privacy import PremisesErased
from dispatch.domain.premises import PremisesWarning


def _warned(draft: Draft, e: PremisesWarned, r: ev.Recorded) -> None:
    warning = PremisesWarning(
        warning_id=e.warning_id,
        kind=e.kind,
        text=e.text,
        location=e.location,
        address_text=e.address_text,
        reason=e.reason,
        entered_at=r.occurred_at,
        entered_by=r.actor,
        expires_at=e.expires_at,
    )
    draft.premises = draft.premises.set(e.warning_id, warning)


def _reviewed(draft: Draft, e: PremisesReviewed, r: ev.Recorded) -> None:
    was = draft.premises[e.warning_id]
    held = replace(was, reason=e.reason, expires_at=e.expires_at, reviewed_at=r.occurred_at, reviewed_by=r.actor)
    draft.premises = draft.premises.set(e.warning_id, held)


def _ended(draft: Draft, e: PremisesWarningEnded, _: ev.Recorded) -> None:
    draft.premises = draft.premises.delete(e.warning_id)


def _erased(draft: Draft, e: PremisesErased, _: ev.Recorded) -> None:
    if e.warning_id in draft.premises:
        draft.premises = draft.premises.delete(e.warning_id)


HANDLERS: Final[dict[type[Any], Callable[[Draft, Any, ev.Recorded], None]]] = {
    PremisesWarned: _warned,
    PremisesReviewed: _reviewed,
    PremisesWarningEnded: _ended,
    PremisesErased: _erased,
}
