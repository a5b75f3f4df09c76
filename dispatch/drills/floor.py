"""The simulated floor of a live service (`serve --actors`): crews and hospitals that answer, callers that can be turned up and down,
and a dispatcher who handles their incidents only. The same actors as in a drill, on the system's clock."""

import asyncio
from datetime import timedelta
from random import Random
from typing import Final, Protocol

from dispatch.domain.ids import UnitId
from dispatch.domain.unit import Fix
from dispatch.drills.actors.cases import DrawnCases
from dispatch.drills.actors.crews import Crews
from dispatch.drills.actors.demo import DemoCallers
from dispatch.drills.actors.desk import Desk
from dispatch.drills.actors.hospitals import Hospitals
from dispatch.drills.actors.volunteers import Places, Volunteers
from dispatch.drills.agenda import Agenda, Script
from dispatch.drills.draws import Draws
from dispatch.drills.driving import Driving
from dispatch.drills.movement import Movement
from dispatch.engine.engine import Engine
from dispatch.engine.ports import Travel
from maps_data.catalogue import Catalogue
from maps_data.vocabulary import RecordClass

REPORT_EVERY: Final = timedelta(seconds=1)
PARKED_EVERY_STEPS: Final = 20


class Reports(Protocol):
    """Where simulated receivers report to."""

    def report(self, unit_id: UnitId, fix: Fix) -> bool: ...


class Floor:
    """Simulated people around one live engine. They speak for simulated units only."""

    def __init__(
        self,
        *,
        engine: Engine,
        travel: Travel,
        positions: Reports,
        catalogue: Catalogue,
        places: Places | None = None,
    ) -> None:
        """Without `places` there are no volunteers and no drones."""
        self._engine, self._positions, self._movement, self._agenda = engine, positions, Movement(), Agenda()
        draws = Draws(Random().getrandbits(63))
        self._crews = Crews(
            engine=engine,
            agenda=self._agenda,
            driving=Driving(movement=self._movement, travel=travel, clock=engine.clock),
            cases=DrawnCases(draws),
            draws=draws,
            speaks_for=lambda record: record.record_class == RecordClass.SIMULATED,
        )
        self._desk = Desk(engine=engine, agenda=self._agenda, handles=lambda incident: incident.is_simulated)
        self._hospitals = Hospitals(engine, self._agenda, handles=lambda incident: incident.is_simulated)
        self._volunteers = (
            None
            if places is None
            else Volunteers(
                engine=engine, agenda=self._agenda, cells=catalogue.population_cells, places=places, chance=Random()
            )
        )
        self._callers = DemoCallers(engine=engine, cells=catalogue.population_cells, chance=Random())

    @property
    def demo_calls_per_hour(self) -> float:
        return self._callers.per_hour

    def set_demo_calls(self, per_hour: float) -> None:
        """Turn the simulated callers up or down; 0 stops them."""
        self._callers.per_hour = per_hour

    async def run(self) -> None:
        """Until cancelled."""
        now = self._engine.clock.now()
        self._crews.begin()
        self._desk.begin()
        self._hospitals.begin()
        scripts = [self._hospitals.script(), self._callers.script(), self._report()]
        if self._volunteers is not None:
            self._volunteers.begin()
            scripts += self._volunteers.scripts()
        for script in scripts:
            self._agenda.start(now, script)
        try:
            await self._agenda.run(self._engine.clock)
        finally:
            await asyncio.shield(self._agenda.close())

    async def _report(self) -> Script:
        """Moving units report every second, parked ones now and then."""
        step = 0
        while True:
            now = self._engine.clock.now()
            is_for_all = step % PARKED_EVERY_STEPS == 0
            fixes = self._movement.fixes_at(now, within_s=0.0) if is_for_all else self._movement.moving_fixes_at(now)
            for unit_id, fix in fixes.items():
                self._positions.report(unit_id, fix)
            step += 1
            yield now + REPORT_EVERY
