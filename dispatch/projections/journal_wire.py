"""An event as the outside sees it: `{seq, type, recorded_at, occurred_at, actor, realm, <noun>_id ..., data}`."""

from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

from dispatch.domain.events import Recorded
from dispatch.domain.events_arrest import ArrestEvent
from dispatch.domain.vocabulary import Sex
from routing.geo import Wgs84

_SINGLE_IDS = (
    *("call_id", "incident_id", "into_incident_id", "patient_id"),
    *("assignment_id", "unit_id", "hospital_id", "to_hospital_id", "transfer_id", "traffic_id", "run_id", "warning_id"),
)

# Members that hold pairs of name and value: maps to the outside, empty ones too.
_MAPS = {"answers", "cost_terms", "excluded_hospitals", "excluded_units", "params", "parts", "standing"}


def is_confidential(recorded: Recorded) -> bool:
    """Whether an event is for the control room alone: who of the volunteers goes where is nobody else's business."""
    return isinstance(recorded.event, ArrestEvent)


def event_wire(recorded: Recorded) -> dict[str, Any]:
    """The ids that the event names stand beside the envelope, all else under `data`."""
    body = plain(recorded.event)
    named = {name: body.pop(name) for name in _SINGLE_IDS if name in body}
    return {
        "seq": recorded.seq,
        "type": recorded.type,
        "recorded_at": recorded.recorded_at,
        "occurred_at": recorded.occurred_at,
        "actor": recorded.actor,
        "realm": recorded.realm,
        **named,
        "data": body,
    }


def plain(value: Any) -> Any:
    """Dataclasses as maps, points as `lat` and `lon`, pairs of name and value as maps; instants stay."""
    match value:
        case Wgs84():
            return {"lat": value.lat_deg, "lon": value.lon_deg}
        case Sex():  # kept in the letters of call logs; enums of the API are lower case
            return value.lower()
        case Enum() | str() | int() | float() | None | datetime() | date():
            return value
        case frozenset() | set():
            return sorted(plain(item) for item in value)
        case tuple() | list():
            return [plain(item) for item in value]
    if not is_dataclass(value):
        raise TypeError(f"{type(value).__name__} has no wire form")
    return {field.name: _member(field.name, getattr(value, field.name)) for field in fields(value)}


def _member(name: str, value: Any) -> Any:
    return {str(key): plain(part) for key, part in value} if name in _MAPS else plain(value)
