"""An engine over a small city with defibrillators, volunteers and drones, and a clock that stands still."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from dispatch.adapters.identifiers import Ulids, seeded_bytes
from dispatch.adapters.positions import CellBook, PositionBook
from dispatch.adapters.travel import InlineTravel
from dispatch.domain import commands as cmd
from dispatch.domain.arrest import AedRun, Drone, RunStatus
from dispatch.domain.commands_arrest import PageForArrests, RegisterArrestUnit, ReportFlightConditions, SetRunStatus
from dispatch.domain.ids import IncidentId, Realm, UnitId
from dispatch.domain.incident import Location
from dispatch.domain.rules import Rules
from dispatch.domain.vocabulary import Complaint
from dispatch.domain.world import World
from dispatch.engine.arrest import Arrests
from dispatch.engine.clocks import VirtualClock
from dispatch.engine.commits import Committed
from dispatch.engine.engine import Engine
from dispatch.pipeline.arrest_plan import Device, Plan
from dispatch.pipeline.policies import POLICIES
from routing.cells import cell_of
from routing.geo import Wgs84, distance_m
from routing.travel_time.estimate import EstimateTravelTimes
from tests.fakes.machine_city import city
from tests.fakes.memory_journal import MemoryJournal

NOW = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)
SCENE = Wgs84(lat_deg=22.60, lon_deg=114.10)  # some ten minutes from the next crew


def beside(north_m: float, east_m: float = 0.0) -> Wgs84:
    """A place near the scene."""
    return Wgs84(lat_deg=SCENE.lat_deg + north_m / 111_195, lon_deg=SCENE.lon_deg + east_m / 102_700)


class FakeAeds:
    """Devices at given places, none of which is ever barred."""

    def __init__(self, places: Sequence[Wgs84]) -> None:
        self.places = places

    def near(self, world: World, point: Wgs84, at: datetime) -> Sequence[Device]:
        devices = [
            Device(
                aed_id=f"AED{n}",
                point=place,
                walk_s=distance_m(point, place),
                fixed_s=30.0,
                p_usable=0.95,
                barred=None,
                has_contact=n == 0,
            )
            for n, place in enumerate(self.places)
        ]
        return sorted(devices, key=lambda device: device.walk_s)


class ArrestRoom:
    """Commands in a line each; `with_arrests` False is the same engine that knows no volunteers."""

    def __init__(self, devices: Sequence[Wgs84] = (), *, with_arrests: bool = True) -> None:
        self.clock, self.journal, self.places = VirtualClock(NOW), MemoryJournal(), CellBook()
        positions, travel = PositionBook(), InlineTravel(EstimateTravelTimes())
        realm = Realm("drill-arrests")
        self.arrests = Arrests(positions, travel, aeds=FakeAeds(devices), places=self.places)
        self.engine = Engine(
            realm=realm,
            world=World(),
            journal=self.journal,
            clock=self.clock,
            ids=Ulids(realm, self.clock, seeded_bytes(1)),
            travel=travel,
            positions=positions,
            rules=Rules(),
            policy=POLICIES["joint"],
            arrests=self.arrests if with_arrests else None,
        )

    async def do(self, command: cmd.Command) -> Committed:
        return await self.engine.execute(command, actor="test")

    async def open(self) -> None:
        await self.do(city())

    async def arrest(self, at: Wgs84 = SCENE, complaint: Complaint = Complaint.CARDIAC_ARREST) -> IncidentId:
        location = Location(point=at, accuracy_m=10.0, source="caller", cell="89411caa05bffff")
        await self.do(cmd.ReceiveCall(received_at=self.clock.now(), complaint=complaint, location=location))
        return max(self.engine.world.incidents)

    async def volunteer(self, at: Wgs84, *, has_aed: bool = False) -> UnitId:
        known = set(self.engine.world.arrest_units)
        await self.do(RegisterArrestUnit(has_aed=has_aed, drone=None, record_class="simulated"))
        (unit_id,) = set(self.engine.world.arrest_units) - known
        self.places.report(unit_id, cell_of(at, 9), self.clock.now())
        await self.do(PageForArrests())
        return unit_id

    async def drone(self, base: Wgs84) -> UnitId:
        known = set(self.engine.world.arrest_units)
        drone = Drone(
            name="一号",
            base=base,
            cruise_mps=15.0,
            range_m=12_000.0,
            payload_kg=3.0,
            wind_limit_mps=10.0,
            flies_in_rain=False,
        )
        await self.do(RegisterArrestUnit(has_aed=True, drone=drone, record_class="simulated"))
        (unit_id,) = set(self.engine.world.arrest_units) - known
        return unit_id

    async def weather(self, wind_mps: float = 3.0, *, minutes: int = 60) -> None:
        await self.do(
            ReportFlightConditions(
                wind_mps=wind_mps,
                is_raining=False,
                no_fly=(),
                source="test",
                expires_at=self.clock.now() + timedelta(minutes=minutes),
            )
        )

    async def step(self, run: AedRun, status: RunStatus) -> None:
        await self.do(SetRunStatus(run_id=run.run_id, status=status))

    async def pass_s(self, seconds: float) -> None:
        self.clock.advance_to(self.clock.now() + timedelta(seconds=seconds))
        await self.engine.fire_due()

    async def plan(self, incident_id: IncidentId) -> Plan:
        return await self.arrests.plan(self.engine.world, incident_id, self.clock.now())

    def runs(self, incident_id: IncidentId) -> list[AedRun]:
        return self.engine.world.runs_of(incident_id)

    def active(self, incident_id: IncidentId) -> dict[UnitId | None, AedRun]:
        return {run.unit_id: run for run in self.runs(incident_id) if run.is_active}
