"""Decision time: gather the facts and choose, against the number of open calls and of units.

The engine, the embedded city and its travel times, estimated and (for the embedded fleet) on a road network, are the real ones; only
the journal is in memory, because writing is measured elsewhere (`journal`). Before each decision one of the open calls ends and
another one rings (so the world holds what was recommended for all of them), and the units on the road, three in ten, have moved on:
no answer can be kept.
The floor is numpy's `argpartition` over the very travel times that the decision used: the five nearest units of every call,
with no eligibility, prices, hospitals, joint choice or explanation.
"""

import asyncio
import itertools
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from dispatch.adapters.identifiers import Ulids, seeded_bytes
from dispatch.adapters.positions import PositionBook
from dispatch.adapters.roster import roster_of
from dispatch.adapters.travel import InlineTravel, estimate_of
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
from dispatch.pipeline.policies.recommend import N_ALTERNATIVES
from maps_data.catalogue import Catalogue, load_catalogue
from routing.cells import centre
from routing.geo import Wgs84
from routing.travel_time.off_network import WithOffNetwork
from routing.travel_time.port import TravelTimeProvider
from routing.travel_time.road import RoadTravelTimes
from tests.bench.measure import (
    ROOT,
    SEED,
    Findings,
    Stopwatch,
    Table,
    Value,
    below,
    equal,
    percentile_ms,
    ratio,
    recorded_data,
    significant,
)
from tests.fakes.memory_journal import MemoryJournal

MAPS_DATA: Final = str(Path(sys.executable).parent / "maps-data")
RECON: Final = "roads/shenzhen-recon.osm.pbf"
AT: Final = datetime(2026, 11, 30, 10, tzinfo=UTC)  # six in the evening in Shenzhen
FLEETS: Final = (100, 300, 584)
OPEN_CALLS: Final = (1, 5, 20, 60)
LIMITS_MS: Final = {(584, 20): 25.0, (584, 60): 150.0}
"""From gathered facts to the explained choice, at the 99th percentile; 584 units are the embedded fleet."""
ESTIMATED, ON_ROADS = "估算 estimate", "道路网络 roads"
N_NEAREST: Final = 5
ON_THE_ROAD: Final = 0.3
STEP_DEG: Final = 0.0001  # some 10 m

COLUMNS: Final = {
    "travel": "行车时间 travel times",
    "units": "车组 units",
    "open_calls": "未派来电 open calls",
    "n": "n",
    "gather_p50_ms": "采集 gather p50 ms",
    "gather_p99_ms": "p99 ms",
    "choose_p50_ms": "选择 choose p50 ms",
    "choose_p99_ms": "p99 ms",
    "choose_cpu_p99_ms": "处理器 CPU p99 ms",
    "p50_ms": "合计 both p50 ms",
    "p99_ms": "p99 ms",
    "floor_ms": "下限 floor p50 ms",
    "ratio": "÷ floor",
}


def measure(*, is_quick: bool) -> Findings:
    """Rows by fleet and number of open calls; the limits are on 584 units beside 20 and 60 open calls."""
    findings = Findings(
        title="决定 · Decision",
        method=(
            "采集事实(含行车时间)并选择(联合最小费用流,含五个备选的精确后悔值与解释);下限为同一行车时间上的 argpartition。"
            " Gathering the facts, travel times included, and choosing (joint minimum-cost flow, with the exact regret of five "
            "alternatives and the explanation); the floor is argpartition over the same travel times. The limits are on the choice; "
            "gathering stands beside it. Times are wall time unless said otherwise."
        ),
    )
    asyncio.run(_measure(findings, n=20 if is_quick else 200, n_limited=100 if is_quick else 1000))
    return findings


async def _measure(findings: Findings, *, n: int, n_limited: int) -> None:
    catalogue = load_catalogue()
    settle_memory()  # as the service does before it takes commands
    estimate = estimate_of(catalogue)
    plan: list[tuple[str, TravelTimeProvider, int, int]] = [
        (ESTIMATED, estimate, n_units, n_open) for n_units in FLEETS for n_open in OPEN_CALLS
    ]
    network = _network(catalogue)
    if network is None:
        findings.missing.append(
            f"没有道路网络 no road network: {RECON}; DISPATCH_TEST_DATA 指向数据目录 names the folder"
        )
    else:
        provider = WithOffNetwork(network, estimate)
        plan += [(ON_ROADS, provider, n_units, n_open) for n_units, n_open in LIMITS_MS]
    rows: list[dict[str, Value]] = []
    for (travel, n_units), group in itertools.groupby(plan, key=lambda each: (each[0], each[2])):
        room: Room | None = None
        for _, provider, _, n_open in group:
            room = room or await room_of(catalogue, n_units, provider)
            while len(room.engine.world.open_ids) < n_open:
                await room.take_call()
            limit_ms = LIMITS_MS.get((n_units, n_open)) if travel == ESTIMATED else None
            row, n_priced = await _row(room, n if limit_ms is None else n_limited)
            rows.append({"travel": travel, "units": n_units, "open_calls": n_open, **row})
            if limit_ms is not None:
                what = f"{n_units} 车组 units, {n_open} 个未派来电 open calls"
                findings.limits += [
                    below(f"选择 choice, {what}, p99", float(row["choose_p99_ms"] or 0), limit_ms, "ms"),
                    equal(f"有精确后悔值的备选 alternatives with exact regret, {what}", n_priced, N_ALTERNATIVES),
                ]
    findings.tables.append(Table(title="决定用时 · Time of one decision", columns=COLUMNS, rows=rows))


def _network(catalogue: Catalogue) -> RoadTravelTimes | None:
    """The city's main roads, built for this; None where there is no recorded data."""
    data = recorded_data()
    if data is None or not (data / RECON).is_file():
        return None
    with tempfile.TemporaryDirectory() as place:
        subprocess.run(
            [MAPS_DATA, "roads", "build", str(data / RECON), "--out", place], cwd=ROOT, capture_output=True, check=True
        )
        return RoadTravelTimes.load(Path(place), zone=ZoneInfo(catalogue.time_zone))


async def _row(room: "Room", n: int) -> tuple[dict[str, Value], int]:
    """`n` decisions for a new call, each with as many open calls as there are now; and the fewest alternatives with a regret."""
    gatherer = Gatherer(room.positions, room.travel)
    gathering, choosing, floor = Stopwatch(), Stopwatch(), Stopwatch()
    n_priced = N_ALTERNATIVES
    for turn in range(-3, n):
        if turn == 0:
            gathering, choosing, floor = Stopwatch(), Stopwatch(), Stopwatch()
        await room.end_call()
        asked = await room.take_call()
        room.move()
        with gathering:
            facts = await gatherer.facts(room.engine.world, (asked,), AT, room.engine.conduct)
        assert facts is not None
        with choosing:
            made = room.engine.conduct.policy.choose(facts, frozenset({asked}))
        with floor:
            np.argpartition(facts.to_scene.travel_time_s, N_NEAREST, axis=0)
        explained = next(each for each in made if each.incident_id == asked)
        n_priced = min(n_priced, sum(unit.regret is not None for unit in explained.alternatives))
    wall_s = np.add(gathering.wall_s, choosing.wall_s)
    floor_ms = percentile_ms(floor.wall_s, 50)
    row: dict[str, Value] = {
        "n": n,
        "gather_p50_ms": significant(percentile_ms(gathering.wall_s, 50)),
        "gather_p99_ms": significant(percentile_ms(gathering.wall_s, 99)),
        "choose_p50_ms": significant(percentile_ms(choosing.wall_s, 50)),
        "choose_p99_ms": significant(percentile_ms(choosing.wall_s, 99)),
        "choose_cpu_p99_ms": significant(percentile_ms(choosing.cpu_s, 99)),
        "p50_ms": significant(percentile_ms(wall_s, 50)),
        "p99_ms": significant(percentile_ms(wall_s, 99)),
        "floor_ms": significant(floor_ms),
        "ratio": ratio(percentile_ms(wall_s, 50), floor_ms),
    }
    return row, n_priced


@dataclass(slots=True)
class Room:
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


async def room_of(catalogue: Catalogue, n_units: int, provider: TravelTimeProvider) -> Room:
    """An engine over the embedded city with a fleet of this size, its units spread about."""
    clock, positions = VirtualClock(AT), PositionBook()
    travel = InlineTravel(provider)
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
    room = Room(engine, positions, travel, catalogue, np.random.default_rng(SEED))
    room.spread()
    return room
