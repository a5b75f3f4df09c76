"""The fold, continued: times of care and records asked for are read from the journal; the world learns only that its
incident has something new."""

from collections.abc import Callable
from typing import Any, Final, get_args

from dispatch.domain import events as ev
from dispatch.domain.draft import Draft
from dispatch.domain.events_care import CareEvent
from dispatch.domain.events_records import PictureKept, RecordAnswered, RecordAsked
from dispatch.domain.patient import Picture


def _told(draft: Draft, e: CareEvent | RecordAsked | RecordAnswered, _: ev.Recorded) -> None:
    """The incident may have left the world: a hospital's times come late."""
    if e.incident_id in draft.incidents:
        draft.change_incident(e.incident_id)


def _picture_kept(draft: Draft, e: PictureKept, r: ev.Recorded) -> None:
    picture = Picture(picture_id=e.picture_id, kind=e.kind, taken_at=e.taken_at, taken_by=r.actor)
    draft.change_patient(e.patient_id, pictures=(*draft.patients[e.patient_id].pictures, picture))


_KINDS: Final = (*get_args(CareEvent), RecordAsked, RecordAnswered)
HANDLERS: Final[dict[type[Any], Callable[[Draft, Any, ev.Recorded], None]]] = {
    **dict.fromkeys(_KINDS, _told),
    PictureKept: _picture_kept,
}
