"""Volunteers, drones and call takers do anything in any order; what must hold, holds."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from dispatch.domain import commands as cmd
from dispatch.domain.arrest import Bringer, RunStatus
from dispatch.domain.commands_arrest import (
    PageForArrests,
    SendForAed,
    SetArrestUnitDuty,
    SetRunStatus,
    WithdrawArrestUnit,
)
from dispatch.domain.evolve import fold
from dispatch.domain.invariants import contradictions
from dispatch.domain.rejections import CommandRejected
from dispatch.domain.vocabulary import Complaint, Duty
from dispatch.domain.world import World
from routing.cells import cell_of
from tests.fakes.arrest_room import ArrestRoom, beside

metres = st.sampled_from([-1_500, -400, 150, 300, 900])
which = st.integers(0, 20)


class Arrests(RuleBasedStateMachine):
    @initialize(devices=st.lists(metres, max_size=3))
    def open_the_room(self, devices: list[int]) -> None:
        self.loop = asyncio.new_event_loop()
        self.room = ArrestRoom([beside(far) for far in devices])
        self.loop.run_until_complete(self.room.open())

    def teardown(self) -> None:
        self.loop.close()

    @property
    def world(self) -> World:
        return self.room.engine.world

    def do(self, command: cmd.Command) -> None:
        try:
            self.loop.run_until_complete(self.room.do(command))
        except CommandRejected:
            return

    def one(self, ids: object, n: int) -> str | None:
        known = sorted(ids)  # type: ignore[call-overload]
        return known[n % len(known)] if known else None

    @rule(far=metres, complaint=st.sampled_from([Complaint.CARDIAC_ARREST, Complaint.SYNCOPE]))
    def call(self, far: int, complaint: Complaint) -> None:
        self.loop.run_until_complete(self.room.arrest(beside(0, far), complaint))

    @rule(far=metres, has_aed=st.booleans())
    def opts_in(self, far: int, has_aed: bool) -> None:
        self.loop.run_until_complete(self.room.volunteer(beside(far), has_aed=has_aed))

    @rule(far=st.sampled_from([1_000, 4_000, 9_000]))
    def drone(self, far: int) -> None:
        self.loop.run_until_complete(self.room.drone(beside(far)))

    @rule(wind=st.sampled_from([3.0, 15.0]))
    def weather(self, wind: float) -> None:
        self.loop.run_until_complete(self.room.weather(wind, minutes=5))

    @rule(n=which, far=metres)
    def moves(self, n: int, far: int) -> None:
        if (unit := self.one(self.world.arrest_units, n)) is not None:
            self.room.places.report(unit, cell_of(beside(far), 9), self.room.clock.now())
            self.do(PageForArrests())

    @rule(n=which, duty=st.sampled_from(Duty))
    def duty(self, n: int, duty: Duty) -> None:
        if (unit := self.one(self.world.arrest_units, n)) is not None:
            self.do(SetArrestUnitDuty(unit_id=unit, duty=duty))

    @rule(n=which)
    def opts_out(self, n: int) -> None:
        if (unit := self.one(self.world.arrest_units, n)) is not None:
            self.do(WithdrawArrestUnit(unit_id=unit))

    @rule(n=which, status=st.sampled_from(RunStatus))
    def step(self, n: int, status: RunStatus) -> None:
        if (run := self.one(self.world.runs, n)) is not None:
            self.do(SetRunStatus(run_id=run, status=status))

    @rule(n=which, aed=st.integers(0, 2), bringer=st.sampled_from([Bringer.BYSTANDER, Bringer.OWNER]))
    def sends(self, n: int, aed: int, bringer: Bringer) -> None:
        if (incident := self.one(self.world.incidents, n)) is not None:
            at = self.room.clock.now() + timedelta(seconds=200)
            self.do(SendForAed(incident_id=incident, bringer=bringer, aed_id=f"AED{aed}", arrives_at=at, p=0.6))

    @rule(n=which, unit=st.integers(0, 4))
    def crew(self, n: int, unit: int) -> None:
        if (incident := self.one(self.world.incidents, n)) is not None:
            self.do(cmd.AssignUnit(incident_id=incident, unit_id=f"U{unit}"))

    @rule(n=which, how=st.sampled_from([cmd.CloseIncident, cmd.CancelIncident]))
    def ends(self, n: int, how: type[cmd.CloseIncident] | type[cmd.CancelIncident]) -> None:
        if (incident := self.one(self.world.incidents, n)) is not None:
            self.do(how(incident_id=incident, reason="done"))

    @rule(n=which, complaint=st.sampled_from([Complaint.CARDIAC_ARREST, Complaint.SYNCOPE]))
    def retriage(self, n: int, complaint: Complaint) -> None:
        if (incident := self.one(self.world.incidents, n)) is not None:
            self.do(cmd.Retriage(incident_id=incident, complaint=complaint, reason="asked again"))

    @rule(seconds=st.sampled_from([10, 46, 400, 1_000]))
    def time_passes(self, seconds: int) -> None:
        self.loop.run_until_complete(self.room.pass_s(seconds))

    @invariant()
    def nobody_is_in_two_places(self) -> None:
        assert contradictions(self.world) == []

    @invariant()
    def nobody_is_paged_twice_for_one_incident(self) -> None:
        pages = Counter((run.incident_id, run.unit_id) for run in self.world.runs.values() if run.unit_id is not None)
        assert all(n == 1 for n in pages.values())

    @invariant()
    def only_open_arrests_hold_anybody(self) -> None:
        for run in self.world.runs.values():
            if run.is_active:
                incident = self.world.incidents[run.incident_id]
                assert incident.is_open
                assert incident.pathway == "ohca"

    @invariant()
    def journal_folds_to_the_world(self) -> None:
        assert fold(World(), self.room.journal.entries) == self.world


Arrests.TestCase.settings = settings(max_examples=40, stateful_step_count=25)


@pytest.mark.slow
class TestArrests(Arrests.TestCase):
    """The machine as a test."""
