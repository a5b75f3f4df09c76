"""Keeps the streets of the road network as slow as the journal says, and has recommendations looked at again when that changes."""

import asyncio
import contextlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import immutables

from dispatch.adapters.travel_live import NETWORK_FAILURES, RETRY_AFTER_S, LiveTravel, TrafficRoads
from dispatch.domain.ids import TrafficId
from dispatch.domain.roads import Traffic
from dispatch.engine.commits import Told
from dispatch.engine.engine import Engine
from routing.roads.traffic import Slowdown

log = logging.getLogger(__name__)

UNCHANGED_FACTOR: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What the travel times know of traffic: the reports, how many edges of the network they change, and since when."""

    traffic: immutables.Map[TrafficId, Traffic]
    edges_changed: int
    applied_at: datetime


class _OnRoads:
    """One road network and the engine whose journal tells its traffic."""

    def __init__(self, roads: TrafficRoads, engine: Engine) -> None:
        self._roads, self._engine = roads, engine
        self.applied: Applied | None = None

    @property
    def source(self) -> str:
        return self._roads.source

    def unknown_ways(self, way_ids: Iterable[int]) -> frozenset[int]:
        """Those of `way_ids` that the network does not have."""
        return frozenset(way_id for way_id in way_ids if not self._roads.has_way(way_id))

    def _note(self, traffic: immutables.Map[TrafficId, Traffic], changed: int) -> None:
        self.applied = Applied(traffic=traffic, edges_changed=changed, applied_at=self._engine.clock.now())


class TrafficOnRoads(_OnRoads):
    """`keep_up` beside the engine."""

    def __init__(self, roads: TrafficRoads, travel: LiveTravel, engine: Engine) -> None:
        super().__init__(roads, engine)
        self._travel = travel
        self._is_wanted = asyncio.Event()
        self._has_failed = False
        engine.subscribe(self._hear)

    async def apply(self) -> bool:
        """Work what stands in the journal into the travel times; False when that failed."""
        traffic = self._engine.world.traffic
        changed = await self._travel.set_traffic([_slowdown(report) for report in traffic.values()])
        self._has_failed = changed is None
        if changed is not None:
            self._note(traffic, changed)
        return not self._has_failed

    async def keep_up(self) -> None:
        """Wait until traffic changes, work it in, and have the open recommendations looked at again.

        What could not be worked in is tried again later, and said in the journal meanwhile.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(RETRY_AFTER_S if self._has_failed else None):
                await self._is_wanted.wait()
        self._is_wanted.clear()
        await self.apply()
        if self._engine.is_writing and self._engine.failure is None:
            await self._engine.note_travel_times()
            await self._engine.review()

    def _hear(self, told: Told) -> None:
        if told.world.traffic is not told.before.traffic:
            self._is_wanted.set()


class TrafficInStep(_OnRoads):
    """For a drill: what a step has changed of the traffic holds before the next one, so that the same steps give the same times."""

    def __init__(self, roads: TrafficRoads, engine: Engine) -> None:
        super().__init__(roads, engine)
        self._followed = engine.world.traffic

    async def follow(self) -> None:
        """Work what stands in the journal into the travel times, if that has changed, and look at open recommendations again."""
        traffic = self._engine.world.traffic
        if traffic is self._followed:
            return
        self._followed = traffic
        slowdowns = [_slowdown(report) for report in traffic.values()]
        try:
            changed = await asyncio.to_thread(self._roads.set_traffic, slowdowns)
        except NETWORK_FAILURES:
            log.exception("路况未能计入行程时间 / traffic could not be worked into the travel times")
            return  # the list of traffic says that it is not in them
        self._note(traffic, changed)
        await self._engine.review()


def _slowdown(report: Traffic) -> Slowdown:
    details = report.details
    return Slowdown(
        way_ids=frozenset(details.way_ids),
        area=details.area,
        speed_factor=UNCHANGED_FACTOR if details.speed_factor is None else details.speed_factor,
        is_closed=details.is_closed,
    )
