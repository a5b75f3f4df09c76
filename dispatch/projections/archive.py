"""Incidents that have left the world, folded again from their own events in the journal."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from dispatch.domain import events as ev
from dispatch.domain.evolve import evolve
from dispatch.domain.ids import IncidentId
from dispatch.domain.world import World

ReadIncident = Callable[[IncidentId], Sequence[ev.Recorded]]


def world_of_incident(read_incident: ReadIncident, incident_id: IncidentId, roster: World) -> World | None:
    """A world that holds this incident and those joined with it; None when the journal has no such incident.

    `roster` gives the units and hospitals that its events name.
    """
    entries = _entries(read_incident, {incident_id})
    if not entries:
        return None
    units = {unit_id: replace(unit, assignment_id=None) for unit_id, unit in roster.units.items()}
    world = World(units=type(roster.units)(units), hospitals=roster.hospitals, data_version=roster.data_version)
    for recorded in entries:
        world = evolve(replace(world, seq=recorded.seq - 1), recorded)
    return world


def _entries(read_incident: ReadIncident, wanted: set[IncidentId]) -> list[ev.Recorded]:
    """The events of these incidents and of all that were joined into them or that they were joined into, by `seq`."""
    found: dict[int, ev.Recorded] = {}
    read: set[IncidentId] = set()
    while wanted - read:
        incident_id = (wanted - read).pop()
        read.add(incident_id)
        entries = read_incident(incident_id)
        found |= {recorded.seq: recorded for recorded in entries}
        wanted |= set(_joined(entries))
    return [found[seq] for seq in sorted(found)]


def _joined(entries: Iterable[ev.Recorded]) -> Iterable[IncidentId]:
    for recorded in entries:
        if isinstance(recorded.event, ev.IncidentJoined):
            yield from (recorded.event.incident_id, recorded.event.into_incident_id)
