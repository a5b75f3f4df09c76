"""Who belongs together when a person is erased: an incident, those joined with it, the transfers of its patients, and its own."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, select

from dispatch.adapters.journal_chain import EventRow, payload_of, recorded_of
from dispatch.adapters.journal_places import Place, open_to_read
from dispatch.adapters.journal_tables import EVENT_INCIDENTS, EVENTS
from dispatch.adapters.personal_keys import is_of_premises
from dispatch.domain import events as ev
from dispatch.domain.events_premises import PremisesWarned
from dispatch.domain.events_reception import TransferAsked, TransferStarted
from dispatch.domain.ids import IncidentId, PatientId
from dispatch.projections.archive import entries_with_joined


class TransferRequest(NamedTuple):
    """For whom a transfer was asked."""

    transfer_id: str
    patient_id: str


class NotErasable(ValueError):
    """What was named cannot be erased; says why in both languages."""


def scope_of(where: Place, incident_id: str) -> dict[str, tuple[str, ...]]:
    """The incidents to erase with this one, each with its patients' transfers; a warning of premises is erased alone, whether it still
    holds or not. Reads what everybody can, beside a live service.

    `NotErasable` when there is no such incident or one of them has not ended; raises like `open_to_read`.
    """
    with open_to_read(where) as connection:
        if is_of_premises(incident_id):
            return _of_premises(connection, incident_id)
        entries = _entries(connection, incident_id)
        return _scope(incident_id, entries, _asked(connection, entries))


def scopes_at_rest(where: Place, incident_ids: Sequence[str], before: datetime) -> dict[str, tuple[str, ...]]:
    """The same for all of these (oldest first) that have ended and of which nothing was recorded from `before` on."""
    found: dict[str, tuple[str, ...]] = {}
    with open_to_read(where) as connection:
        asked: list[TransferRequest] | None = None
        for incident_id in incident_ids:
            entries = [] if incident_id in found else _entries(connection, incident_id)
            if not entries or any(recorded.recorded_at >= before for recorded in entries):
                continue
            asked = _asked(connection, entries) if asked is None else asked
            with suppress(NotErasable):
                found |= _scope(incident_id, entries, asked)
    return found


def _of_premises(connection: Connection, warning_id: str) -> dict[str, tuple[str, ...]]:
    rows = connection.execute(select(EVENTS).where(EVENTS.c.type == PremisesWarned.__name__))
    if not any(msgspec.json.decode(payload_of(EventRow._make(row[:-1])))["warning_id"] == warning_id for row in rows):
        raise NotErasable(f"日志中没有地点警示 {warning_id}。 The journal has no warning of premises {warning_id}.")
    return {warning_id: ()}


def _entries(connection: Connection, incident_id: str) -> list[ev.Recorded]:
    """All that was recorded of an incident and of those joined with it."""

    def read_incident(named: IncidentId) -> list[ev.Recorded]:
        mine = select(EVENTS).join(EVENT_INCIDENTS, EVENT_INCIDENTS.c.seq == EVENTS.c.seq)
        rows = connection.execute(mine.where(EVENT_INCIDENTS.c.incident_id == named).order_by(EVENTS.c.seq))
        return [recorded_of(EventRow._make(row[:-1])) for row in rows]

    return entries_with_joined(read_incident, {IncidentId(incident_id)})


def _asked(connection: Connection, entries: Sequence[ev.Recorded]) -> list[TransferRequest]:
    """Whom a transfer was asked for, from the first of `entries` on: such an event names a patient and no incident."""
    first = min((recorded.seq for recorded in entries), default=0)
    rows = connection.execute(select(EVENTS).where(EVENTS.c.seq > first, EVENTS.c.type == TransferAsked.__name__))
    told = (msgspec.json.decode(payload_of(EventRow._make(row[:-1]))) for row in rows)
    return [TransferRequest(each["transfer_id"], each["request"]["patient_id"]) for each in told]


def _scope(
    incident_id: str, entries: Sequence[ev.Recorded], asked: Sequence[TransferRequest]
) -> dict[str, tuple[str, ...]]:
    events = [recorded.event for recorded in entries]
    opened = {event.incident_id for event in events if isinstance(event, ev.IncidentOpened)}
    ended = {
        event.incident_id
        for event in events
        if isinstance(event, ev.IncidentClosed | ev.IncidentCancelled | ev.IncidentJoined)
    }
    if not opened:
        raise NotErasable(f"日志中没有事件 {incident_id}。 The journal has no incident {incident_id}.")
    if opened - ended:
        still = ", ".join(sorted(opened - ended))
        raise NotErasable(
            f"事件 {still} 尚未结束;结束后才能抹除。 Incident {still} has not ended, and is erased only then."
        )
    patients = {event.patient_id: event.incident_id for event in events if isinstance(event, ev.PatientAdded)}
    moved: dict[str, list[str]] = {name: [] for name in sorted(opened)}
    for request in asked:
        owner = patients.get(PatientId(request.patient_id))
        if owner is not None:
            moved[owner].append(request.transfer_id)
    for event in events:
        if isinstance(event, TransferStarted) and event.transfer_id not in moved[event.incident_id]:
            moved[event.incident_id].append(event.transfer_id)
    return {name: tuple(transfers) for name, transfers in moved.items()}
