"""Gather: put together the facts of one decision. May take a while and may degrade; changes nothing."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

import numpy as np

from dispatch import trail
from dispatch.domain.facts import Facts, HospitalRows, Need, UnitRows
from dispatch.domain.ids import IncidentId
from dispatch.domain.world import World
from dispatch.engine.conduct import Conduct
from dispatch.engine.ports import Positions, Travel
from dispatch.engine.transfers import Transfers
from dispatch.engine.waiting import WaitingGatherer
from dispatch.pipeline import candidates, rows
from dispatch.pipeline.pathways import outcomes
from dispatch.pipeline.pathways.houses import HospitalRules
from dispatch.pipeline.policies import costs, soon_free
from dispatch.pipeline.policies.recommend import SCENE_TIME_S
from routing.geo import BoolArray, FloatArray
from routing.travel_time.port import TravelTimes


class Gatherer:
    """Gathers facts for one engine from its positions and travel times."""

    def __init__(
        self,
        positions: Positions,
        travel: Travel,
        waiting: WaitingGatherer | None = None,
    ) -> None:
        """With `waiting` facts for a policy that looks at coverage hold what each unit's leaving takes from it."""
        self._waiting = waiting
        self._positions, self._travel = positions, travel
        self._hospital_rules = HospitalRules()
        self._transfers, self._outcomes = Transfers(travel), outcomes.Outcomes()
        self._open_needs = candidates.OpenNeeds()
        self._units: rows.UnitTable | None = None
        self._hospitals = rows.HospitalTable()

    async def facts(self, world: World, asked: Iterable[IncidentId], now: datetime, conduct: Conduct) -> Facts | None:
        """Facts for every incident that misses units (or, when the policy may send crews on their way elsewhere, has such), and for
        `asked` ones whose destination is looked at again.

        None when there is nothing to decide.
        """
        open_needs = self._open_needs
        standing = open_needs.with_bound(world) if conduct.policy.diverts else open_needs.missing_units(world)
        needs = _needs(world, standing, asked)
        if not needs or world.data_version is None:
            return None
        with trail.step("gather"):
            return await self._gathered(world, world.data_version, needs, frozenset(asked), now, conduct)

    async def _gathered(
        self,
        world: World,
        data_version: str,
        needs: tuple[Need, ...],
        asked: frozenset[IncidentId],
        now: datetime,
        conduct: Conduct,
    ) -> Facts:
        policy, divert = conduct.policy, conduct.rules.divert
        if self._units is None or self._units.data_version != data_version:
            self._units = rows.UnitTable(world)
        units = self._units.rows(world, self._positions.fixes(), now)
        hospitals = self._hospitals.rows(world, self._units.held)
        units, bound_to = candidates.with_bound(units, needs if policy.diverts else ())
        units, suitability = candidates.unit_suitability(needs, units, bound_to)
        if self._waiting is not None and policy.relocates:
            units = replace(units, cover_loss=await self._waiting.losses(world, now))
        scene_lat = np.array([need.incident.location.point.lat_deg for need in needs])
        scene_lon = np.array([need.incident.location.point.lon_deg for need in needs])
        suitability = candidates.bound_suitability(suitability, needs, bound_to, divert)
        is_scarce = policy.prices is not None and costs.share_free(units, bound_to) < costs.RESERVE_SHARE
        may_wait = np.array([is_scarce and costs.gives_way(need, now) for need in needs])
        soon = np.isfinite(units.at_hospital_s) & may_wait.any()
        to_scene = await _legs_to_scenes(units, soon, scene_lat, scene_lon, self._travel, now)
        facts = Facts(
            needs=needs,
            units=units,
            hospitals=hospitals,
            unit_suitability=suitability,
            hospital_suitability=tuple(self._hospital_rules.suitability(world, need, hospitals, now) for need in needs),
            to_scene=_without(to_scene, soon),
            to_hospital=await _legs_to_hospitals(hospitals, scene_lat, scene_lon, self._travel, now),
            data_version=data_version,
            decided_at=now,
            bound_to=bound_to,
            divert=divert,
            awaited=soon_free.awaited(needs, units, suitability, to_scene.travel_time_s, may_wait),
        )
        return await self._with_outcomes(facts, asked) if outcomes.is_weighed(facts) else facts

    async def _with_outcomes(self, facts: Facts, asked: frozenset[IncidentId]) -> Facts:
        """Ways to reperfusion need to know how far hospitals are apart, and when the patient leaves."""
        return self._outcomes.weighed(
            facts,
            asked,
            transfer_s=await self._transfers.drive_s(facts.hospitals, facts.decided_at),
            response_s=facts.to_scene.travel_time_s + costs.turnouts_s(facts)[:, np.newaxis],
            queue_s=costs.queues_s(facts),
            scene_time_s=SCENE_TIME_S,
        )


def _needs(world: World, missing: tuple[Need, ...], asked: Iterable[IncidentId]) -> tuple[Need, ...]:
    known = {need.incident.incident_id for need in missing}
    again = (world.incidents[incident_id] for incident_id in asked if incident_id not in known)
    bound = [i for i in again if any(a.is_active for a in world.assignments_of(i))]
    looked_at = [candidates.need(world, incident.incident_id, 0) for incident in bound]
    return tuple(sorted((*missing, *looked_at), key=lambda need: need.incident.incident_id))


async def _legs_to_scenes(
    units: UnitRows, soon: BoolArray, scene_lat: FloatArray, scene_lon: FloatArray, travel: Travel, now: datetime
) -> TravelTimes:
    """Legs [n, m]. Only units that may go, or are free `soon`, are asked for, each place only once; the other rows are infinite."""
    free = units.ruled.is_eligible | soon
    # A complex number is a pair that sorts fast.
    places, place_of = np.unique(units.lat_deg[free] + 1j * units.lon_deg[free], return_inverse=True)
    with trail.step("travel_times"):
        legs = await travel.many_to_many(places.real, places.imag, scene_lat, scene_lon, departing_at=now)
    shape = (len(units.units), len(scene_lat))
    travel_time_s, distance_m = np.full(shape, np.inf), np.full(shape, np.inf)
    travel_time_s[free], distance_m[free] = legs.travel_time_s[place_of], legs.distance_m[place_of]
    return replace(legs, travel_time_s=travel_time_s, distance_m=distance_m)


def _without(legs: TravelTimes, rows: BoolArray) -> TravelTimes:
    """`legs` with these rows infinite."""
    if not rows.any():
        return legs
    travel_time_s, distance_m = legs.travel_time_s.copy(), legs.distance_m.copy()
    travel_time_s[rows], distance_m[rows] = np.inf, np.inf
    return replace(legs, travel_time_s=travel_time_s, distance_m=distance_m)


async def _legs_to_hospitals(
    hospitals: HospitalRows, scene_lat: FloatArray, scene_lon: FloatArray, travel: Travel, now: datetime
) -> TravelTimes:
    with trail.step("travel_times"):
        return await travel.many_to_many(scene_lat, scene_lon, hospitals.lat_deg, hospitals.lon_deg, departing_at=now)
