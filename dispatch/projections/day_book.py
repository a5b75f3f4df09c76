"""The incidents of today and yesterday, a line each, however many: a fold of the journal. The world keeps few that have ended."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from dispatch.domain import events as ev
from dispatch.domain.assignment import AssignmentStatus
from dispatch.domain.events_privacy import IncidentErased
from dispatch.domain.ids import IncidentId, UnitId
from dispatch.domain.incident import IncidentState
from dispatch.domain.unit import Unit
from dispatch.domain.vocabulary import Complaint, Priority

KEPT_FOR: Final = timedelta(hours=48)
"""From any hour of today back to the beginning of yesterday. A choice of ours."""
TELLING_DIGITS: Final = 4
"""So many digits of a telephone number and more are looked for inside numbers; fewer would find everybody. A choice of ours."""
_ARRIVED: Final = frozenset({AssignmentStatus.ON_SCENE, AssignmentStatus.AT_PATIENT})


@dataclass(slots=True, kw_only=True)
class DayLine:
    """What a list says of an incident. `unit_ids`: every crew that was assigned, called off or not; `on_scene_at`: the first there."""

    incident_id: IncidentId
    number: int
    state: IncidentState
    priority: Priority
    complaint: Complaint
    received_at: datetime
    address_text: str | None
    is_simulated: bool
    phones: tuple[str, ...] = ()
    unit_ids: tuple[UnitId, ...] = ()
    on_scene_at: datetime | None = None
    closed_at: datetime | None = None
    closing_reason: str | None = None
    joined_into: IncidentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which lines are looked for; what is None does not matter."""

    from_at: datetime
    until_at: datetime
    state: IncidentState | None = None
    priority: Priority | None = None
    text: str = ""


class DayBook:
    """Feed it `Recorded` events in order with `apply`; events of incidents that it has not seen opened are passed over."""

    def __init__(self) -> None:
        self._lines: dict[IncidentId, DayLine] = {}

    def __len__(self) -> int:
        return len(self._lines)

    def apply(self, recorded: ev.Recorded) -> None:
        """Take the next event of the journal."""
        event = recorded.event
        if isinstance(event, ev.IncidentOpened):
            self._lines[event.incident_id] = _opened(event)
        line = self._lines.get(getattr(event, "incident_id", None))  # type: ignore[arg-type]
        if line is None:
            return
        match event:
            case ev.CallReceived(caller_phone=str(phone)):
                line.phones = (*line.phones, phone)
            case ev.IncidentRetriaged():
                line.priority, line.complaint = event.priority, event.complaint
            case ev.LocationCorrected():
                line.address_text = event.address_text
            case ev.UnitAssigned(unit_id=unit_id) if unit_id not in line.unit_ids:
                line.unit_ids = (*line.unit_ids, unit_id)
            case ev.AssignmentStatusChanged(status=status) if status in _ARRIVED:
                line.on_scene_at = min(line.on_scene_at or recorded.occurred_at, recorded.occurred_at)
            case ev.IncidentClosed(reason=reason):
                _end(line, IncidentState.CLOSED, recorded, reason)
            case ev.IncidentCancelled(reason=reason):
                _end(line, IncidentState.CANCELLED, recorded, reason)
            case ev.IncidentJoined(into_incident_id=into):
                _end(line, IncidentState.JOINED, recorded, None)
                line.joined_into = into
            case IncidentErased():
                self.forget(event.incident_id)

    def forget(self, incident_id: IncidentId) -> None:
        """Keep nothing of an incident."""
        self._lines.pop(incident_id, None)

    def forget_before(self, at: datetime) -> None:
        """Let go of what was received before `at`."""
        for incident_id in [each.incident_id for each in self._lines.values() if each.received_at < at]:
            del self._lines[incident_id]

    def find(self, wanted: Wanted, units: Mapping[UnitId, Unit]) -> list[DayLine]:
        """The lines that are looked for, in the order in which their incidents were opened."""
        text = wanted.text.strip().lower()
        return [line for line in self._lines.values() if _is_wanted(line, wanted) and _says(line, text, units)]


def _opened(event: ev.IncidentOpened) -> DayLine:
    return DayLine(
        incident_id=event.incident_id,
        number=event.number,
        state=IncidentState.OPEN,
        priority=event.priority,
        complaint=event.complaint,
        received_at=event.received_at,
        address_text=event.address_text,
        is_simulated=event.is_simulated,
    )


def _end(line: DayLine, state: IncidentState, recorded: ev.Recorded, reason: str | None) -> None:
    line.state, line.closed_at, line.closing_reason = state, recorded.occurred_at, reason


def _is_wanted(line: DayLine, wanted: Wanted) -> bool:
    return (
        wanted.from_at <= line.received_at < wanted.until_at
        and wanted.state in {None, line.state}
        and wanted.priority in {None, line.priority}
    )


def _says(line: DayLine, text: str, units: Mapping[UnitId, Unit]) -> bool:
    """By number (`#12` that one alone), address, call sign, or the digits of a caller's number."""
    if text.startswith("#"):
        return str(line.number) == text[1:]
    if text == str(line.number) or any(text in said.lower() for said in _words(line, units)):
        return True
    return text.isdigit() and len(text) >= TELLING_DIGITS and any(text in _digits(phone) for phone in line.phones)


def _words(line: DayLine, units: Mapping[UnitId, Unit]) -> Iterator[str]:
    yield line.address_text or ""
    yield from (units[each].record.call_sign for each in line.unit_ids if each in units)


def _digits(phone: Iterable[str]) -> str:
    return "".join(filter(str.isdigit, phone))
