"""Decision time: gather the facts and choose, against the number of open calls and of units.

The engine, the embedded city and its estimated travel times are the real ones; only the journal is in memory, because writing is
measured elsewhere (`journal`). Before each decision one of the open calls ends and another one rings (so the world holds what was
recommended for all of them), and the units on the road, three in ten, have moved on: no answer can be kept.
The floor is numpy's `argpartition` over the very travel times that the decision used: the five nearest units of every call,
with no eligibility, prices, hospitals, joint choice or explanation.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import numpy as np

from dispatch.adapters.identifiers import Ulids, seeded_bytes
from dispatch.adapters.positions import PositionBook
from dispatch.adapters.roster import roster_of
from dispatch.adapters.travel import InlineTravel
from dispatch.domain.commands import CancelIncident, ReceiveCall
from dispatch.domain.events import IncidentOpened
from dispatch.domain.ids import LIVE, IncidentId, UnitId
from dispatch.domain.incident import Location
from dispatch.domain.rules import Rules
from dispatch.domain.unit import Fix
from dispatch.domain.vocabulary import Complaint
from dispatch.domain.world import World
from dispatch.drills import fleet
from dispatch.engine.clocks import VirtualClock
from dispatch.engine.engine import Engine
from dispatch.engine.gather import Gatherer
from dispatch.main import settle_memory
from dispatch.pipeline.policies import POLICIES
from maps_data.catalogue import Catalogue, load_catalogue
from routing.cells import centre
from routing.geo import Wgs84
from routing.travel_time.barriers import Barrier
from routing.travel_time.estimate import EstimateTravelTimes
from tests.bench.measure import SEED, Findings, Stopwatch, Table, Value, below, percentile_ms, ratio, significant
from tests.fakes.memory_journal import MemoryJournal

AT: Final = datetime(2026, 11, 30, 10, tzinfo=UTC)  # six in the evening in Shenzhen
FLEETS: Final = (100, 300, 600)
OPEN_CALLS: Final = (1, 5, 20, 50)
LIMITED: Final = (600, 20)
LIMIT_MS: Final = 25.0
N_NEAREST: Final = 5
ON_THE_ROAD: Final = 0.3
STEP_DEG: Final = 0.0001  # some 10 m

COLUMNS: Final = {
    "units": "车组 units",
    "open_calls": "未派来电 open calls",
    "n": "n",
    "gather_p50_ms": "采集 gather p50 ms",
    "choose_p50_ms": "选择 choose p50 ms",
    "p50_ms": "合计 both p50 ms",
    "p99_ms": "p99 ms",
    "cpu_p50_ms": "处理器 CPU p50 ms",
    "cpu_p99_ms": "处理器 CPU p99 ms",
    "floor_ms": "下限 floor p50 ms",
    "ratio": "÷ floor",
}


def measure(*, is_quick: bool) -> Findings:
    """Rows by fleet and number of open calls; the limit is on 600 units and 20 open calls."""
    return asyncio.run(_measure(n=20 if is_quick else 200, n_limited=100 if is_quick else 1000))


async def _measure(*, n: int, n_limited: int) -> Findings:
    catalogue = load_catalogue()
    settle_memory()  # as the service does before it takes commands
    rows: list[dict[str, Value]] = []
    limits = []
    for n_units in FLEETS:
        room = await _room(catalogue, n_units)
        for n_open in OPEN_CALLS:
            while len(room.engine.world.open_ids) < n_open:
                await room.take_call()
            is_limited = (n_units, n_open) == LIMITED
            row = await _row(room, n_limited if is_limited else n)
            rows.append({"units": n_units, "open_calls": n_open, **row})
            if is_limited:
                promise = "600 车组、20 个未派来电的一次决定,p99 · one decision, 600 units, 20 open calls, p99"
                limits.append(below(promise, float(row["p99_ms"] or 0), LIMIT_MS, "ms"))
    return Findings(
        title="决定 · Decision",
        method=(
            "采集事实并选择(联合最小费用流,含解释);下限为同一行车时间上的 argpartition。"
            " Gathering the facts and choosing (joint minimum-cost flow, explained); the floor is argpartition over the same "
            "travel times. Times are wall time unless said otherwise."
        ),
        tables=[Table(title="决定用时 · Time of one decision", columns=COLUMNS, rows=rows)],
        limits=limits,
    )


async def _row(room: "_Room", n: int) -> dict[str, Value]:
    """`n` decisions for a new call, each with as many open calls as there are now."""
    gatherer = Gatherer(room.positions, room.travel, Rules(), diverts=False)
    gathering, choosing, floor = Stopwatch(), Stopwatch(), Stopwatch()
    for turn in range(-3, n):
        if turn == 0:
            gathering, choosing, floor = Stopwatch(), Stopwatch(), Stopwatch()
        await room.end_call()
        asked = await room.take_call()
        room.move()
        with gathering:
            facts = await gatherer.facts(room.engine.world, (asked,), AT)
        assert facts is not None
        with choosing:
            room.engine.policy.choose(facts, frozenset({asked}))
        with floor:
            np.argpartition(facts.to_scene.travel_time_s, N_NEAREST, axis=0)
    wall_s = np.add(gathering.wall_s, choosing.wall_s)
    cpu_s = np.add(gathering.cpu_s, choosing.cpu_s)
    floor_ms = percentile_ms(floor.wall_s, 50)
    return {
        "n": n,
        "gather_p50_ms": significant(percentile_ms(gathering.wall_s, 50)),
        "choose_p50_ms": significant(percentile_ms(choosing.wall_s, 50)),
        "p50_ms": significant(percentile_ms(wall_s, 50)),
        "p99_ms": significant(percentile_ms(wall_s, 99)),
        "cpu_p50_ms": significant(percentile_ms(cpu_s, 50)),
        "cpu_p99_ms": significant(percentile_ms(cpu_s, 99)),
        "floor_ms": significant(floor_ms),
        "ratio": ratio(percentile_ms(wall_s, 50), floor_ms),
    }


@dataclass(slots=True)
class _Room:
    """An engine with a fleet, and callers at places where people live."""

    engine: Engine
    positions: PositionBook
    travel: InlineTravel
    catalogue: Catalogue
    chance: np.random.Generator
    on_the_road: list[UnitId] = field(default_factory=list)

    async def take_call(self) -> IncidentId:
        """Another call that waits for a dispatcher; the engine writes down what it recommends."""
        cells = self.catalogue.population_cells
        cell = cells[int(self.chance.integers(len(cells)))].cell
        place = Location(point=centre(cell), accuracy_m=20.0, source="caller", cell=str(cell))
        complaint = list(Complaint)[int(self.chance.integers(len(Complaint)))]
        command = ReceiveCall(received_at=AT, complaint=complaint, location=place)
        opened = (await self.engine.execute(command, actor="bench")).entries[0].event
        assert isinstance(opened, IncidentOpened)
        return opened.incident_id

    async def end_call(self) -> None:
        """One of the open calls needs nobody any more."""
        open_ids = sorted(self.engine.world.open_ids)
        ended = open_ids[int(self.chance.integers(len(open_ids)))]
        await self.engine.execute(CancelIncident(incident_id=ended, reason="bench"), actor="bench")

    def spread(self) -> None:
        """Most units stand at their bases, the others are somewhere around."""
        for unit_id, unit in sorted(self.engine.world.units.items()):
            is_away = self.chance.random() < ON_THE_ROAD
            point = self._near(unit.record.home, 0.02) if is_away else unit.record.home
            self.positions.report(unit_id, Fix(point=point, fixed_at=AT))
            if is_away:
                self.on_the_road.append(unit_id)

    def move(self) -> None:
        """All units on the road move on, by about a second's drive."""
        for unit_id in self.on_the_road:
            known = self.positions.fixes()[unit_id].point
            self.positions.report(unit_id, Fix(point=self._near(known, STEP_DEG), fixed_at=AT))

    def _near(self, point: Wgs84, sigma_deg: float) -> Wgs84:
        north, east = self.chance.normal(0.0, sigma_deg, 2).tolist()
        return Wgs84(lat_deg=point.lat_deg + north, lon_deg=point.lon_deg + east)


async def _room(catalogue: Catalogue, n_units: int) -> _Room:
    clock, positions = VirtualClock(AT), PositionBook()
    barriers = [Barrier(name_zh=b.name_zh, name_en=b.name_en, line=b.line) for b in catalogue.barriers]
    travel = InlineTravel(EstimateTravelTimes(barriers))
    engine = Engine(
        realm=LIVE,
        world=World(),
        journal=MemoryJournal(),
        clock=clock,
        ids=Ulids(LIVE, clock, seeded_bytes(SEED)),
        travel=travel,
        positions=positions,
        rules=Rules(),
        policy=POLICIES["joint"],
    )
    await engine.execute(fleet.of_size(roster_of(catalogue), n_units), actor="bench")
    room = _Room(engine, positions, travel, catalogue, np.random.default_rng(SEED))
    room.spread()
    return room
