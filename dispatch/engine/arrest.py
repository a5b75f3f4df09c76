"""Gather, for a cardiac arrest: its crews, the devices near it, and who else could bring one; and which arrests to look at again."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from dispatch.domain import events as ev
from dispatch.domain.arrest import Bringer
from dispatch.domain.assignment import Assignment, AssignmentStatus, comes_before
from dispatch.domain.commands import Command, FireDeadline
from dispatch.domain.commands_arrest import PageForArrests, SendForAed
from dispatch.domain.events_arrest import AedRunStatusChanged, ArrestEvent
from dispatch.domain.ids import IncidentId, UnitId
from dispatch.domain.incident import Incident
from dispatch.domain.rejections import CommandRejected, Refusal
from dispatch.domain.rules import Context
from dispatch.domain.vocabulary import Pathway
from dispatch.domain.world import World
from dispatch.engine.ports import AedsNear, Places, Positions, Travel
from dispatch.pipeline import arrest
from dispatch.pipeline.arrest_plan import SHOCK_S, TO_PATIENT_S, ArrestFacts, Plan, at_scene, plan
from dispatch.pipeline.deadlines import RUN_OVERDUE
from dispatch.pipeline.policies.costs import TURNOUT_S

Record = Callable[[World, list[ev.Event]], tuple[tuple[ev.Recorded, ...], World]]
"""Writes events down in a world: the entries, and the world after them."""

BYSTANDERS = "bystanders"
"""Key of a call's answers: how many people are with the patient."""

_CALLS_FOR_LOOK = (
    ev.IncidentOpened,
    ev.IncidentRetriaged,
    ev.LocationCorrected,
    ev.UnitAssigned,
    ev.AssignmentStatusChanged,
    ev.AssignmentCancelled,
    ev.RecommendationMade,
    ev.IncidentClosed,
    ev.IncidentCancelled,
    ev.IncidentJoined,
)


class Arrests:
    """Plans cardiac arrests for one engine. Without registered responders and drones it adds nothing to the journal."""

    def __init__(self, positions: Positions, travel: Travel, *, aeds: AedsNear, places: Places) -> None:
        self._positions, self._travel, self._aeds, self._places = positions, travel, aeds, places

    async def plan(self, world: World, incident_id: IncidentId, now: datetime) -> Plan:
        """Who brings the first shock, as of now. `CommandRejected` for what is no open arrest."""
        return plan(await self._facts(world, _arrest(world, incident_id), now))

    def sending(
        self, world: World, incident_id: IncidentId, bringer: Bringer, aed_id: str, now: datetime
    ) -> SendForAed:
        """The command that sends a bystander or owner. `CommandRejected` likewise, or when the device is not to be had."""
        facts = self._around(world, _arrest(world, incident_id), now)
        if aed_id in facts.claimed or aed_id in world.aed_fetches:
            raise CommandRejected(Refusal.AED_BEING_FETCHED)
        page = at_scene(bringer, aed_id, facts)
        if page is None:
            raise CommandRejected(Refusal.AED_NOT_NEAR)
        arrives_at = now + timedelta(seconds=round(page.at_s))
        return SendForAed(
            incident_id=incident_id, bringer=bringer, aed_id=aed_id, arrives_at=arrives_at, p=round(page.p, 3)
        )

    async def follow(
        self, world: World, pending: list[IncidentId], ctx: Context, record: Record
    ) -> tuple[tuple[ev.Recorded, ...], World]:
        """What follows for these incidents, one after another in the world that the earlier ones have left: who is paged for one is
        paged for no other, and who stands down may go elsewhere.
        """
        entries: tuple[ev.Recorded, ...] = ()
        while pending:
            incident_id = pending.pop(0)
            paged = await self.pages(world, incident_id, ctx)
            more, world = record(world, paged)
            entries += more
            if any(isinstance(event, AedRunStatusChanged) for event in paged):
                pending += [other for other in open_arrests(world) if other not in {incident_id, *pending}]
        return entries, world

    async def pages(self, world: World, incident_id: IncidentId, ctx: Context) -> list[ev.Event]:
        """Whom to page now, and whose run ends because the incident has, or because somebody is there."""
        if not _is_open_arrest(world, incident_id):
            return list(arrest.stood_down(world, incident_id))
        made = await self.plan(world, incident_id, ctx.now)
        if made.is_served:
            return list(arrest.stood_down(world, incident_id))
        return [arrest.offered(page, made, ctx) for page in made.asked]

    async def _facts(self, world: World, incident: Incident, now: datetime) -> ArrestFacts:
        crew_id, crew_s = await self._first_crew(world, incident, now)
        return replace(self._around(world, incident, now), crew_id=crew_id, crew_s=crew_s)

    def _around(self, world: World, incident: Incident, now: datetime) -> ArrestFacts:
        """All but when the crew comes."""
        return ArrestFacts(
            incident=incident,
            is_attended=any(map(_is_with_patient, world.assignments_of(incident))),
            crew_id=None,
            crew_s=None,
            devices=self._aeds.near(world, incident.location.point, now),
            units=[world.arrest_units[unit_id] for unit_id in sorted(world.arrest_units)],
            places=dict(self._places.fresh(now)),
            runs=world.runs_of(incident.incident_id),
            claimed=frozenset(run.aed_id for run in world.runs.values() if run.is_active and run.aed_id),
            conditions=world.flight_conditions,
            n_bystanders=_bystanders(incident),
            now=now,
        )

    async def _first_crew(self, world: World, incident: Incident, now: datetime) -> tuple[UnitId | None, float | None]:
        """The crew that is expected at the patient first, of those sent and those recommended, and how soon it shocks."""
        coming = dict(_coming(world, incident))
        if not coming:
            return None, None
        fixes = self._positions.fixes()
        at = [fix.point if (fix := fixes.get(unit)) else world.units[unit].record.home for unit in coming]
        legs = await self._travel.many_to_many(
            np.array([point.lat_deg for point in at]),
            np.array([point.lon_deg for point in at]),
            np.array([incident.location.point.lat_deg]),
            np.array([incident.location.point.lon_deg]),
            departing_at=now,
        )
        drives_s = legs.travel_time_s[:, 0].tolist()
        soonest = min(
            (_left_s(held, drive_s, now), unit_id)
            for (unit_id, held), drive_s in zip(coming.items(), drives_s, strict=True)
        )
        return (soonest[1], soonest[0]) if np.isfinite(soonest[0]) else (None, None)


def concerned(world: World, events: Iterable[ev.Event]) -> list[IncidentId]:
    """Arrests whose plan these events may change, by age; and ended incidents that still hold somebody. None without any unit."""
    if not (world.arrest_units or world.runs):
        return []
    named: set[IncidentId] = set()
    for event in events:
        if isinstance(event, ArrestEvent):
            named |= {i for i in world.open_ids if world.incidents[i].pathway is Pathway.OHCA}
            if isinstance(event, AedRunStatusChanged):
                named.add(event.incident_id)
        elif isinstance(event, _CALLS_FOR_LOOK):
            named.add(event.incident_id)
    holding = {run.incident_id for run in world.runs.values() if run.is_active}
    return sorted(i for i in named if i in holding or _is_open_arrest(world, i))


def asks_for_pages(command: Command) -> bool:
    """Whether all open arrests are to be looked at, whatever has happened: places have changed, or somebody does not arrive."""
    is_overdue = isinstance(command, FireDeadline) and command.deadline.kind == RUN_OVERDUE
    return is_overdue or isinstance(command, PageForArrests)


def open_arrests(world: World) -> list[IncidentId]:
    """By age."""
    return sorted(i for i in world.open_ids if _is_open_arrest(world, i))


def _is_open_arrest(world: World, incident_id: IncidentId) -> bool:
    incident = world.incidents.get(incident_id)
    return incident is not None and incident.is_open and incident.pathway is Pathway.OHCA


def _arrest(world: World, incident_id: IncidentId) -> Incident:
    incident = world.open_incident(incident_id)
    if incident.pathway is not Pathway.OHCA:
        raise CommandRejected(Refusal.NOT_AN_ARREST)
    return incident


def _bystanders(incident: Incident) -> int | None:
    said = dict(incident.answers).get(BYSTANDERS, "")
    return int(said) if said.isascii() and said.isdigit() else None


def _is_with_patient(held: Assignment) -> bool:
    return held.has_served and not comes_before(held.status, AssignmentStatus.AT_PATIENT)


def _coming(world: World, incident: Incident) -> Iterator[tuple[UnitId, Assignment | None]]:
    for unit_id in incident.recommendation.unit_ids if incident.recommendation else ():
        if unit_id in world.units:
            yield unit_id, None
    for held in world.assignments_of(incident):
        if held.is_active and held.is_answering and held.status is not AssignmentStatus.RESERVED:
            yield held.unit_id, held


def _left_s(held: Assignment | None, drive_s: float, now: datetime) -> float:
    """Until the crew's shock: what is left of turnout, drive and the way to the patient."""
    to_shock_s = TO_PATIENT_S + SHOCK_S
    if held is None:
        return TURNOUT_S + drive_s + to_shock_s
    if held.status is AssignmentStatus.ON_SCENE:
        since_s = (now - (held.reached_at(AssignmentStatus.ON_SCENE) or now)).total_seconds()
        return max(0.0, TO_PATIENT_S - since_s) + SHOCK_S
    if held.status in {AssignmentStatus.OFFERED, AssignmentStatus.ACKNOWLEDGED}:
        since_s = (now - (held.paged_at or held.assigned_at)).total_seconds()
        return max(0.0, TURNOUT_S - since_s) + drive_s + to_shock_s
    return drive_s + to_shock_s
