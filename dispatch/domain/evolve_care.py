"""The fold, continued: times of care, records asked for and hand-overs are read from the journal; the world learns only that its
incident has something new."""

from collections.abc import Callable
from typing import Any, Final, get_args

from dispatch.domain import events as ev
from dispatch.domain.draft import Draft
from dispatch.domain.events_care import CareEvent
from dispatch.domain.events_records import RecordEvent


def _told(draft: Draft, e: CareEvent | RecordEvent, _: ev.Recorded) -> None:
    """The incident may have left the world: a hospital's times come late."""
    if e.incident_id in draft.incidents:
        draft.change_incident(e.incident_id)


_KINDS: Final = get_args(CareEvent) + get_args(RecordEvent)
HANDLERS: Final[dict[type[Any], Callable[[Draft, Any, ev.Recorded], None]]] = dict.fromkeys(_KINDS, _told)
