"""Simulated volunteers and drones of a live demonstration, and the weather they fly in. None of them is real, and each says so.

Volunteers live where people do; they say every ten minutes in which cell they are, and answer a page as often as the plan expects
(`pipeline/arrest_plan.py`). Where drones stand and what they can do is invented.
"""

from bisect import bisect
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Final, Protocol

from dispatch.domain.arrest import CELL_RESOLUTION, AedRun, ArrestUnit, Bringer, Drone, RunStatus
from dispatch.domain.commands_arrest import (
    ArrestCommand,
    PageForArrests,
    RegisterArrestUnit,
    ReportFlightConditions,
    SetRunStatus,
)
from dispatch.domain.events_arrest import AedRunOffered
from dispatch.domain.ids import RunId, UnitId
from dispatch.domain.rejections import CommandRejected
from dispatch.drills.agenda import Agenda, Script
from dispatch.engine.commits import Told
from dispatch.engine.engine import Engine
from dispatch.pipeline.arrest_plan import ODDS, P_FLIGHT, SHOCK_S
from maps_data.records import PopulationCell
from maps_data.vocabulary import RecordClass
from routing.cells import Cell, cell_of, centre
from routing.geo import Wgs84, destination

ACTOR: Final = "volunteer:simulated"
SOURCE: Final = "simulated"
N_VOLUNTEERS: Final = 300
N_DRONES: Final = 6
REGISTERED_A_STEP: Final = 10
STEP: Final = timedelta(seconds=1)
PLACE_EVERY: Final = timedelta(minutes=10)
WEATHER_EVERY: Final = timedelta(minutes=50)
WEATHER_FOR: Final = timedelta(hours=1)
ANSWERS_WITHIN_S: Final = (5.0, 30.0)
STAYS_FOR: Final = timedelta(minutes=10)
WITH_OWN_AED: Final = 0.05
WITHIN_CELL_M: Final = 400.0
"""All of these are invented."""


class Places(Protocol):
    """Where volunteers say that they are."""

    def report(self, unit_id: UnitId, cell: Cell, at: datetime) -> bool: ...


class Volunteers:
    """Simulated ones only; those of an earlier demonstration on the same journal are taken up again."""

    def __init__(
        self, *, engine: Engine, agenda: Agenda, cells: Sequence[PopulationCell], places: Places, chance: Random
    ) -> None:
        self._engine, self._agenda, self._cells, self._places, self._chance = engine, agenda, cells, places, chance
        self._residents = list(accumulate(cell.population_estimate for cell in cells))
        self._homes: dict[UnitId, Cell] = {}

    def begin(self) -> None:
        """Take up what is under way, and listen from now on."""
        self._engine.subscribe(self._hear)
        for run in self._engine.world.runs.values():
            if run.is_active and self._is_ours(run.unit_id):
                self._agenda.start(self._engine.clock.now(), self._run(run.run_id))

    def scripts(self) -> tuple[Script, ...]:
        """What they do of themselves."""
        return self._opt_in(), self._say_where(), self._weather()

    def _hear(self, told: Told) -> None:
        for recorded in told.entries:
            event = recorded.event
            if isinstance(event, AedRunOffered) and self._is_ours(event.unit_id):
                self._agenda.start(self._engine.clock.now(), self._run(event.run_id))

    def _ours(self) -> list[ArrestUnit]:
        units = self._engine.world.arrest_units
        return [units[unit_id] for unit_id in sorted(units) if self._is_ours(unit_id)]

    def _is_ours(self, unit_id: UnitId | None) -> bool:
        unit = self._engine.world.arrest_units.get(unit_id) if unit_id else None
        return unit is not None and unit.record.record_class == RecordClass.SIMULATED

    # --- a run ------------------------------------------------------------------------------------------------------

    async def _run(self, run_id: RunId) -> Script:
        """Answer after a while; then step by step, so that the shock falls when it was expected."""
        if self._active(run_id) is None:
            return
        yield self._engine.clock.now() + timedelta(seconds=self._chance.uniform(*ANSWERS_WITHIN_S))
        run = self._active(run_id)
        if run is None:
            return
        odds = P_FLIGHT if run.bringer is Bringer.DRONE else ODDS
        if run.status is RunStatus.OFFERED and self._chance.random() > odds:
            await self._step(run_id, RunStatus.DECLINED)
            return
        there_at = run.arrives_at - timedelta(seconds=SHOCK_S)
        for status, at in (
            (RunStatus.ACCEPTED, self._engine.clock.now()),
            (RunStatus.EN_ROUTE, self._engine.clock.now() + STEP * 10),
            (RunStatus.HAS_DEVICE, self._engine.clock.now() + (there_at - self._engine.clock.now()) / 2),
            (RunStatus.AT_PATIENT, there_at),
            (RunStatus.DONE, there_at + STAYS_FOR),
        ):
            if at > self._engine.clock.now():
                yield at
            await self._step(run_id, status)

    def _active(self, run_id: RunId) -> AedRun | None:
        run = self._engine.world.runs.get(run_id)
        return run if run is not None and run.is_active else None

    async def _step(self, run_id: RunId, status: RunStatus) -> None:
        if self._active(run_id) is not None:
            await self._try(SetRunStatus(run_id=run_id, status=status))

    # --- of themselves ----------------------------------------------------------------------------------------------

    async def _opt_in(self) -> Script:
        """A few at a time, until there are enough."""
        while (missing := N_VOLUNTEERS - sum(unit.record.drone is None for unit in self._ours())) > 0:
            for _ in range(min(missing, REGISTERED_A_STEP)):
                has_aed = self._chance.random() < WITH_OWN_AED
                await self._try(RegisterArrestUnit(has_aed=has_aed, drone=None, record_class=RecordClass.SIMULATED))
            yield self._engine.clock.now() + STEP
        for n in range(sum(unit.record.drone is not None for unit in self._ours()), N_DRONES):
            drone = Drone(
                name=f"模拟 {n + 1} 号",
                base=self._somewhere(),
                cruise_mps=15.0,
                range_m=12_000.0,
                payload_kg=3.0,
                wind_limit_mps=10.0,
                flies_in_rain=False,
            )
            await self._try(RegisterArrestUnit(has_aed=True, drone=drone, record_class=RecordClass.SIMULATED))

    async def _say_where(self) -> Script:
        """Those who are new at once, everybody now and then."""
        said_at: datetime | None = None
        while True:
            now = self._engine.clock.now()
            is_due = said_at is None or now - said_at >= PLACE_EVERY
            said_at = now if is_due else said_at
            for unit in self._ours():
                if unit.record.drone is None and (is_due or unit.unit_id not in self._homes):
                    self._homes.setdefault(unit.unit_id, cell_of(self._somewhere(), CELL_RESOLUTION))
                    self._places.report(unit.unit_id, self._homes[unit.unit_id], now)
            await self._try(PageForArrests())
            yield now + STEP * 10

    async def _weather(self) -> Script:
        while True:
            now = self._engine.clock.now()
            await self._try(
                ReportFlightConditions(
                    wind_mps=round(self._chance.uniform(2.0, 8.0), 1),
                    is_raining=False,
                    no_fly=(),
                    source=SOURCE,
                    expires_at=now + WEATHER_FOR,
                )
            )
            yield now + WEATHER_EVERY

    def _somewhere(self) -> Wgs84:
        row = bisect(self._residents, self._chance.random() * self._residents[-1])
        home = self._cells[min(row, len(self._cells) - 1)]
        return destination(
            centre(home.cell), self._chance.uniform(0.0, 360.0), WITHIN_CELL_M * self._chance.random() ** 0.5
        )

    async def _try(self, command: ArrestCommand) -> None:
        """Somebody at a console may have been quicker."""
        try:
            await self._engine.execute(command, actor=ACTOR)
        except CommandRejected:
            return
