"""Incidents that have left the world, folded again from their own events in the journal."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from dispatch.domain import events as ev
from dispatch.domain.evolve import evolve
from dispatch.domain.ids import IncidentId, UnitId
from dispatch.domain.unit import Unit, UnitRecord
from dispatch.domain.vocabulary import UnitKind
from dispatch.domain.world import World
from routing.geo import Wgs84

ReadIncident = Callable[[IncidentId], Sequence[ev.Recorded]]


def world_of_incident(read_incident: ReadIncident, incident_id: IncidentId, roster: World) -> World | None:
    """A world that holds this incident and those joined with it; None when the journal has no such incident.

    Its units and hospitals are those of `roster`.
    """
    entries = entries_with_joined(read_incident, {incident_id})
    return world_of(entries, roster) if entries else None


def world_of(entries: Sequence[ev.Recorded], roster: World) -> World:
    """The fold of these incidents' events alone."""
    units = type(roster.units)({unit_id: _blank(unit_id) for unit_id in _units_named(entries)})
    world = World(units=units, hospitals=roster.hospitals, data_version=roster.data_version)
    for recorded in entries:
        world = evolve(replace(world, seq=recorded.seq - 1), recorded)
    return replace(world, units=roster.units)


def _units_named(entries: Iterable[ev.Recorded]) -> set[UnitId]:
    return {recorded.event.unit_id for recorded in entries if isinstance(recorded.event, ev.UnitAssigned)}


def _blank(unit_id: UnitId) -> Unit:
    """What the fold books assignments on: the unit itself may have left the fleet. Nothing else of it is ever read."""
    record = UnitRecord(
        unit_id=unit_id,
        call_sign=unit_id,
        kind=UnitKind.BLS,
        negative_pressure=False,
        home_station_id="blank",
        home=Wgs84(lat_deg=0.0, lon_deg=0.0),
        record_class="blank",
    )
    return Unit(record=record)


def entries_with_joined(read_incident: ReadIncident, wanted: set[IncidentId]) -> list[ev.Recorded]:
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
