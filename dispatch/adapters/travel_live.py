"""Travel times of the live service: the road network in threads, and the estimate wherever and whenever it cannot answer.

A network that fails is left alone for a while and then tried again; meanwhile the estimate answers. What is in force, and why,
stands in `in_force`, from where the engine writes it into the journal.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Final, Protocol, TypeVar

from dispatch.domain.roads import Degradation, TravelTimesInForce
from routing.geo import FloatArray, Wgs84
from routing.roads.traffic import Slowdown
from routing.travel_time.off_network import RoadProvider, WithOffNetwork
from routing.travel_time.port import Route, Trajectory, TravelTimeProvider, TravelTimes

log = logging.getLogger(__name__)

RETRY_AFTER_S: Final = 30.0
"""A choice of ours: often enough that a passing fault is short, seldom enough that a lasting one costs nothing."""

# What a library of arrays and shortest paths raises when it fails; a caller's own mistake fails with the estimate, too.
NETWORK_FAILURES: Final = (RuntimeError, ValueError, LookupError, ArithmeticError, TypeError, OSError, MemoryError)

A = TypeVar("A")


class TrafficRoads(RoadProvider, Protocol):
    """A road network whose streets can be slowed."""

    def has_way(self, way_id: int) -> bool:
        """Whether a street of the network is part of this way of OpenStreetMap."""
        ...

    def set_traffic(self, slowdowns: Sequence[Slowdown]) -> int:
        """Make `slowdowns`, and no others, hold; returns how many edges they change. Queries go on meanwhile."""
        ...


class LiveTravel:
    """Implements the engine's `Travel` port for one service. `close` it at the end.

    Decisions have two threads of their own: what is drawn, and traffic that is worked in, never hold one up.
    """

    def __init__(
        self,
        estimate: TravelTimeProvider,
        roads: TrafficRoads | None = None,
        *,
        degradation: Degradation | None = None,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """`degradation` tells why there are no `roads` although there should be, or what they lack."""
        self._estimate, self._roads, self._monotonic_s = estimate, roads, monotonic_s
        self._network = WithOffNetwork(roads, estimate) if roads is not None else None
        self._degradation = degradation
        self._failure: Degradation | None = None
        self._traffic_failure: Degradation | None = None
        self._retry_at_s = 0.0
        self._deciding = ThreadPoolExecutor(2, thread_name_prefix="roads-decide")
        self._drawing = ThreadPoolExecutor(1, thread_name_prefix="roads-draw")
        self._customising = ThreadPoolExecutor(1, thread_name_prefix="roads-traffic")

    @property
    def in_force(self) -> TravelTimesInForce:
        """Where answers come from now, and what is amiss with them."""
        if self._network is None or self._failure is not None:
            amiss = self._failure or self._degradation
            return TravelTimesInForce(source=self._estimate.source, grade=self._estimate.grade, degradation=amiss)
        return TravelTimesInForce(
            source=self._network.source,
            grade=self._network.grade,
            degradation=self._traffic_failure or self._degradation,
        )

    async def many_to_many(
        self,
        lat_deg: FloatArray,
        lon_deg: FloatArray,
        to_lat_deg: FloatArray,
        to_lon_deg: FloatArray,
        *,
        departing_at: datetime,
    ) -> TravelTimes:
        def question(provider: TravelTimeProvider) -> TravelTimes:
            return provider.many_to_many(lat_deg, lon_deg, to_lat_deg, to_lon_deg, departing_at=departing_at)

        answer = await self._from_network(self._deciding, question)
        return question(self._estimate) if answer is None else answer[0]

    async def earliest_s(
        self,
        lat_deg: FloatArray,
        lon_deg: FloatArray,
        to_lat_deg: FloatArray,
        to_lon_deg: FloatArray,
        *,
        departing_at: datetime,
    ) -> FloatArray:
        def question(provider: TravelTimeProvider) -> FloatArray:
            return provider.earliest_s(lat_deg, lon_deg, to_lat_deg, to_lon_deg, departing_at=departing_at)

        answer = await self._from_network(self._drawing, question)
        if answer is not None:
            return answer[0]
        # Every cell of a city: too long for the loop, however it is estimated.
        return await asyncio.get_running_loop().run_in_executor(self._drawing, question, self._estimate)

    async def route(self, origin: Wgs84, destination: Wgs84, *, departing_at: datetime) -> Route | None:
        def question(provider: TravelTimeProvider) -> Route | None:
            return provider.route(origin, destination, departing_at=departing_at)

        answer = await self._from_network(self._drawing, question)
        return question(self._estimate) if answer is None else answer[0]

    async def trajectory(self, origin: Wgs84, destination: Wgs84, *, departing_at: datetime) -> Trajectory | None:
        def question(provider: TravelTimeProvider) -> Trajectory | None:
            return provider.trajectory(origin, destination, departing_at=departing_at)

        answer = await self._from_network(self._drawing, question)
        return question(self._estimate) if answer is None else answer[0]

    async def set_traffic(self, slowdowns: Sequence[Slowdown]) -> int | None:
        """Make these slowdowns hold on the roads: how many edges they change, None when it could not be done (see `in_force`)."""
        if self._roads is None:
            return None
        try:
            changed = await asyncio.get_running_loop().run_in_executor(
                self._customising, self._roads.set_traffic, slowdowns
            )
        except NETWORK_FAILURES as failure:
            log.exception("路况未能计入行程时间 / traffic could not be worked into the travel times")
            self._traffic_failure = Degradation(
                code="traffic_not_applied",
                text_zh=f"最新路况未能计入行程时间({failure})",
                text_en=f"the latest traffic is not in the travel times ({failure})",
            )
            return None
        self._traffic_failure = None
        return changed

    def close(self) -> None:
        """Let the threads go; what they are at is finished first."""
        for pool in (self._deciding, self._drawing, self._customising):
            pool.shutdown(cancel_futures=True)

    async def _from_network(
        self, pool: ThreadPoolExecutor, question: Callable[[TravelTimeProvider], A]
    ) -> tuple[A] | None:
        """The network's answer in a tuple, for it may be None; None where the network is not to be asked or fails."""
        if self._network is None or (self._failure is not None and self._monotonic_s() < self._retry_at_s):
            return None
        try:
            answer = await asyncio.get_running_loop().run_in_executor(pool, question, self._network)
        except NETWORK_FAILURES as failure:
            self._fail(failure)
            return None
        if self._failure is not None:
            log.warning("道路网络恢复应答 / the road network answers again")
            self._failure = None
        return (answer,)

    def _fail(self, failure: BaseException) -> None:
        log.error("道路网络应答失败,改用估算 / the road network failed, the estimate is used", exc_info=failure)
        self._retry_at_s = self._monotonic_s() + RETRY_AFTER_S
        self._failure = Degradation(
            code="roads_failed",
            text_zh=f"道路网络应答失败({failure}),行程时间暂为估算",
            text_en=f"the road network failed ({failure}); travel times are estimated for now",
        )
