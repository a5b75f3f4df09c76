"""Who belongs together when a person is erased: an incident, those joined with it, and the transfers of its patients."""

import msgspec
from sqlalchemy import select

from dispatch.adapters.journal_chain import EventRow, payload_of, recorded_of
from dispatch.adapters.journal_places import Place, open_to_read
from dispatch.adapters.journal_tables import EVENT_INCIDENTS, EVENTS
from dispatch.domain import events as ev
from dispatch.domain.events_reception import TransferAsked
from dispatch.domain.ids import IncidentId
from dispatch.projections.archive import entries_with_joined


class NotErasable(ValueError):
    """What was named cannot be erased; says why in both languages."""


def scope_of(where: Place, incident_id: str) -> dict[str, tuple[str, ...]]:
    """The incidents to erase with this one, each with its patients' transfers. Reads what everybody can, beside a live service.

    `NotErasable` when there is no such incident or one of them has not ended; raises like `open_to_read`.
    """
    with open_to_read(where) as connection:

        def read_incident(named: IncidentId) -> list[ev.Recorded]:
            mine = select(EVENTS).join(EVENT_INCIDENTS, EVENT_INCIDENTS.c.seq == EVENTS.c.seq)
            rows = connection.execute(mine.where(EVENT_INCIDENTS.c.incident_id == named).order_by(EVENTS.c.seq))
            return [recorded_of(EventRow._make(row[:-1])) for row in rows]

        events = [recorded.event for recorded in entries_with_joined(read_incident, {IncidentId(incident_id)})]
        asked = connection.execute(select(EVENTS).where(EVENTS.c.type == TransferAsked.__name__))
        requests = [msgspec.json.decode(payload_of(EventRow._make(row[:-1]))) for row in asked]
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
    for request in requests:
        owner = patients.get(request["request"]["patient_id"])
        if owner is not None:
            moved[owner].append(request["transfer_id"])
    return {name: tuple(transfers) for name, transfers in moved.items()}
