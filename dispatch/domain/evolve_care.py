"""The fold, continued: times of care are read from the journal; the world only learns that its incident has something new."""

from collections.abc import Callable
from typing import Any, Final

from dispatch.domain import events as ev
from dispatch.domain.draft import Draft
from dispatch.domain.events_care import CareEvent, CareTimeCorrected, CareTimeRecorded


def _told(draft: Draft, e: CareEvent, _: ev.Recorded) -> None:
    """The incident may have left the world: a hospital's times come late."""
    if e.incident_id in draft.incidents:
        draft.change_incident(e.incident_id)


HANDLERS: Final[dict[type[Any], Callable[[Draft, Any, ev.Recorded], None]]] = {
    CareTimeRecorded: _told,
    CareTimeCorrected: _told,
}
