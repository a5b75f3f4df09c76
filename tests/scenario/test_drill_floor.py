"""The simulated people of a live demonstration: they take up what is under way, and leave real callers to real dispatchers."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from dispatch.adapters.identifiers import Ulids, seeded_bytes
from dispatch.adapters.positions import PositionBook
from dispatch.domain.assignment import AssignmentStatus
from dispatch.domain.commands import ReceiveCall, SetAssignmentStatus
from dispatch.domain.ids import LIVE, IncidentId
from dispatch.domain.incident import Location
from dispatch.domain.rules import Rules
from dispatch.domain.vocabulary import Complaint, Priority
from dispatch.domain.world import World
from dispatch.drills.floor import Floor
from dispatch.engine.clocks import VirtualClock
from dispatch.engine.engine import Engine
from dispatch.pipeline.policies import POLICIES
from maps_data.catalogue import Catalogue
from tests.fakes.ascii_city import DAY, GridTravel, places, roster
from tests.fakes.embedded import embedded_catalogue
from tests.fakes.memory_journal import MemoryJournal

CITY = """
A . 1 . H
. . . . .
B . 2 . .
"""
ALL = frozenset(Priority)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return embedded_catalogue()


class WatchedClock(VirtualClock):
    """A virtual clock that somebody else moves."""

    def __init__(self) -> None:
        super().__init__(DAY)
        self._waiting: list[tuple[datetime, asyncio.Event]] = []

    def advance_to(self, at: datetime) -> None:
        super().advance_to(at)
        for awaited_at, come in self._waiting:
            if awaited_at <= self.now():
                come.set()

    async def reached(self, at: datetime) -> None:
        """Return once the clock has been moved to `at`."""
        come = asyncio.Event()
        self._waiting = [(at, come)]
        await come.wait()


class Live:
    """A live realm of the drawn city on a virtual clock, with its simulated floor."""

    def __init__(self, catalogue: Catalogue, auto_assign: frozenset[Priority]) -> None:
        self.at, self.clock, self.positions = places(CITY), WatchedClock(), PositionBook()
        self.engine = Engine(
            realm=LIVE,
            world=World(),
            journal=MemoryJournal(),
            clock=self.clock,
            ids=Ulids(LIVE, self.clock, seeded_bytes(1)),
            travel=GridTravel(),
            positions=self.positions,
            rules=Rules(auto_assign=auto_assign),
            policy=POLICIES["joint"],
        )
        self.floor = Floor(engine=self.engine, travel=GridTravel(), positions=self.positions, catalogue=catalogue)

    async def call(self, place: str, *, is_simulated: bool) -> IncidentId:
        location = Location(point=self.at[place], accuracy_m=10.0, source="caller", cell="8941")
        command = ReceiveCall(
            received_at=self.clock.now(),
            complaint=Complaint.ABDOMINAL,
            location=location,
            priority=Priority.YELLOW,
            is_simulated=is_simulated,
        )
        await self.engine.execute(command, actor="test")
        return max(self.engine.world.open_ids)

    @contextlib.asynccontextmanager
    async def people(self) -> AsyncIterator[None]:
        """The floor at work."""
        working = asyncio.create_task(self.floor.run())
        try:
            yield
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    async def until(self, time_s: float) -> None:
        """Let the people work until so many seconds have passed."""
        await self.clock.reached(DAY + timedelta(seconds=time_s))


async def test_a_simulated_call_is_accepted_served_and_closed_and_a_real_one_waits_for_a_person(
    catalogue: Catalogue,
) -> None:
    live = Live(catalogue, auto_assign=frozenset())
    await live.engine.execute(roster(live.at), actor="test")
    real, simulated = await live.call("1", is_simulated=False), await live.call("2", is_simulated=True)
    async with live.people():
        await live.until(4 * 3600)
    world = live.engine.world
    assert world.incidents[real].is_open
    assert world.incidents[real].assignment_ids == ()
    assert world.incidents[simulated].closing_reason == "completed"
    (assignment,) = world.assignments_of(world.incidents[simulated])
    assert assignment.status is AssignmentStatus.AVAILABLE


async def test_a_real_caller_s_incident_is_served_by_simulated_crews_but_closed_by_nobody(catalogue: Catalogue) -> None:
    live = Live(catalogue, auto_assign=ALL)
    await live.engine.execute(roster(live.at), actor="test")
    incident_id = await live.call("1", is_simulated=False)
    async with live.people():
        await live.until(4 * 3600)
    incident = live.engine.world.incidents[incident_id]
    (assignment,) = live.engine.world.assignments_of(incident)
    assert assignment.status is AssignmentStatus.AVAILABLE
    assert incident.is_open


async def test_crews_take_up_what_was_under_way_before_a_restart(catalogue: Catalogue) -> None:
    """The steps that stand in the journal are not reported again."""
    live = Live(catalogue, auto_assign=ALL)
    await live.engine.execute(roster(live.at), actor="test")
    await live.call("1", is_simulated=True)
    (assignment,) = live.engine.world.assignments.values()
    for status in (AssignmentStatus.ACKNOWLEDGED, AssignmentStatus.EN_ROUTE):
        command = SetAssignmentStatus(
            assignment_id=assignment.assignment_id, status=status, occurred_at=live.clock.now()
        )
        await live.engine.execute(command, actor="crew")
    async with live.people():
        await live.until(4 * 3600)
    steps = [status for status, _ in live.engine.world.assignments[assignment.assignment_id].timestamps]
    assert steps[:4] == ["offered", "acknowledged", "en_route", "on_scene"]
    assert steps[-1] == "available"
    assert len(steps) == len(set(steps))


async def test_a_unit_that_is_not_simulated_is_left_to_its_crew(catalogue: Catalogue) -> None:
    live = Live(catalogue, auto_assign=ALL)
    city = roster(live.at)
    real = tuple(replace(unit, record_class="real") for unit in city.units)
    await live.engine.execute(replace(city, units=real), actor="test")
    await live.call("1", is_simulated=True)
    async with live.people():
        await live.until(600)
    assert live.positions.fixes() == {}
    (assignment,) = live.engine.world.assignments.values()
    assert assignment.status is AssignmentStatus.OFFERED


async def test_receivers_report_often_enough_never_to_look_stale(catalogue: Catalogue) -> None:
    live = Live(catalogue, auto_assign=ALL)
    await live.engine.execute(roster(live.at), actor="test")
    async with live.people():
        for checked_s in range(60, 600, 7):
            await live.until(checked_s)
            ages_s = [(live.clock.now() - fix.fixed_at).total_seconds() for fix in live.positions.fixes().values()]
            assert len(ages_s) == 2
            assert max(ages_s) < 60.0


async def test_simulated_callers_are_turned_up_and_down(catalogue: Catalogue) -> None:
    """At first and in the end nobody calls; every call in between is marked as simulated."""
    live = Live(catalogue, auto_assign=frozenset())
    await live.engine.execute(roster(live.at), actor="test")
    async with live.people():
        await live.until(600)
        assert live.engine.world.incidents_opened == 0
        live.floor.set_demo_calls(60.0)
        await live.until(3600)
        live.floor.set_demo_calls(0.0)
        # Fifty minutes at 60 an hour: 50 calls expected, six sigma 42.
        assert 8 <= live.engine.world.incidents_opened <= 92
        assert all("区" in str(incident.address_text) for incident in live.engine.world.incidents.values())
        heard = live.engine.world.incidents_opened
        await live.until(4000)
    assert live.floor.demo_calls_per_hour == 0.0
    assert live.engine.world.incidents_opened == heard
    assert all(incident.is_simulated for incident in live.engine.world.incidents.values())
