"""Plays a call log through an engine: the agenda of the simulated people and the engine's own timers, merged in order of time.

One task does everything, one step after the other, so that the same log, seed and policy give the same journal, byte for byte.
The caller composes the engine (journal, clock, identifiers, travel times); nothing here knows files.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from dispatch.domain import events as ev
from dispatch.domain.commands import AdoptCatalogue, AdoptPosts
from dispatch.domain.events_posts import UnitRelocated
from dispatch.domain.invariants import Watch
from dispatch.domain.post import RelocationReason
from dispatch.domain.vocabulary import Priority
from dispatch.drills.actors.callers import Intake, LoggedCallers
from dispatch.drills.actors.cases import LoggedCases
from dispatch.drills.actors.crews import Crews
from dispatch.drills.actors.desk import Desk
from dispatch.drills.actors.hospitals import Hospitals
from dispatch.drills.agenda import Agenda
from dispatch.drills.call_log import CallLog
from dispatch.drills.destinations import Destinations
from dispatch.drills.draws import Draws
from dispatch.drills.driving import Driving
from dispatch.drills.movement import Movement
from dispatch.engine.commits import Told
from dispatch.engine.engine import Engine
from dispatch.engine.ports import Travel
from dispatch.projections.concurrency import Concurrency
from dispatch.projections.intervals import Intervals

ACTOR = "drill"
LEAD = timedelta(minutes=1)
"""The clock starts this long before the first call rings, so that hospitals have reported by then."""
GRACE = timedelta(hours=6)
"""The drill ends when everything is done, at the latest this long after the log's last call (contract: `unserved`)."""

OnProgress = Callable[["Progress"], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a drill has come."""

    at: datetime
    calls: int
    n_calls: int
    events: int


@dataclass(slots=True)
class Observations:
    """What is read off the engine's tellings while a drill runs."""

    intervals: Intervals = field(default_factory=Intervals)
    concurrency: Concurrency = field(default_factory=Concurrency)
    decision_ms: list[tuple[Priority | None, float]] = field(default_factory=list)
    travel_times: tuple[str, str, float] | None = None
    calls: int = 0
    joins_proposed: int = 0
    reoffers: int = 0
    escalations: int = 0
    held: int = 0
    diverts: int = 0
    relocations: int = 0
    moves_up: int = 0
    reliefs: int = 0
    violations: list[str] = field(default_factory=list)
    watch: Watch = field(default_factory=Watch)
    pending_ms: list[float] = field(default_factory=list)
    destinations: Destinations = field(default_factory=Destinations)

    def hear(self, told: Told) -> None:
        """Take one commit in; decisions measured since the last one belong to it."""
        priority = None
        self.destinations.hear(told)
        for recorded in told.entries:
            self.intervals.apply(recorded)
            self.concurrency.apply(recorded)
            self.violations.extend(self.watch.violations(recorded))
            match recorded.event:
                case ev.IncidentOpened(priority=opened):
                    priority = opened
                case ev.CallReceived():
                    self.calls += 1
                case ev.RecommendationMade(recommendation=made):
                    self.travel_times = made.travel_time_source, made.travel_time_grade, made.relative_error
                case ev.DuplicatesProposed():
                    self.joins_proposed += 1
                case ev.AssignmentReoffered():
                    self.reoffers += 1
                case ev.IncidentEscalated():
                    self.escalations += 1
                case ev.IncidentHeld(incident_id=incident_id):
                    known = told.before.incidents.get(incident_id)
                    self.held += known is None or known.held is None
                case UnitRelocated(relocation=relocation):
                    self.relocations += 1
                    self.moves_up += relocation.reason is not RelocationReason.FREED
                case ev.AssignmentCancelled(diverted_to=diverted_to, relieved_by=relieved_by):
                    self.diverts += diverted_to is not None
                    self.reliefs += relieved_by is not None
        # Decisions for a new call belong to its priority; those after a unit came free, say, to no one call.
        self.decision_ms.extend((priority, elapsed_ms) for elapsed_ms in self.pending_ms)
        self.pending_ms.clear()


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A finished drill: everything that its report is made of."""

    log: CallLog
    roster: AdoptCatalogue
    policy: str
    policy_version: str
    seed: int
    started_at: datetime
    ended_at: datetime
    wall_s: float
    events: int
    intake: Intake
    observations: Observations
    driven_m: dict[str, float]
    destinations: dict[str, dict[str, Any]]


class Drill:
    """A log, a roster and an engine that is told about both. Further people may put their errands on `agenda`.

    `run` plays the log to its end; who wants the pace in his own hand calls `begin`, `step` as often as he likes, and `finish`.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        travel: Travel,
        movement: Movement,
        log: CallLog,
        roster: AdoptCatalogue,
        draws: Draws,
        posts: AdoptPosts | None = None,
        is_manned: bool = False,
    ) -> None:
        """With `is_manned` there is no simulated dispatcher: people at consoles do that work."""
        self._posts = posts
        self._engine, self._log, self._roster, self._movement, self._draws = engine, log, roster, movement, draws
        cases = LoggedCases(draws)
        self.agenda = Agenda()
        self._observations = Observations()
        self._callers = LoggedCallers(engine=engine, calls=log.calls, cases=cases, draws=draws)
        self._crews = Crews(
            engine=engine,
            agenda=self.agenda,
            driving=Driving(movement=movement, travel=travel, clock=engine.clock),
            cases=cases,
            draws=draws,
            speaks_for=lambda _: True,
        )
        self._desk = None if is_manned else Desk(engine=engine, agenda=self.agenda, handles=lambda _: True)
        self._hospitals = Hospitals(engine, self.agenda, handles=lambda _: True)
        self._began_s, self.started_at = 0.0, engine.clock.now()
        self.n_steps = 0
        """Steps taken so far: between two of them is a place that can be found again."""
        self.afterwards: Callable[[], Awaitable[None]] = _nothing
        """What is done after each step."""

    @property
    def calls_to_come(self) -> int:
        """Rows of the log that were not entered yet."""
        return len(self._log.calls) - self._callers.intake.calls

    async def run(self, on_progress: OnProgress = lambda _: None) -> Played:
        """Play the log to its end. The clock must stand at or before `starts_at(log)`; the log must hold a call."""
        await self.begin()
        ends_by = self._log.calls[-1].received_at + GRACE
        while (at := self.next_at()) is not None and at <= ends_by and not self._is_over():
            await self.step(at)
            on_progress(self._progress())
        if not self._is_over():
            await self._engine.clock.wait_until(ends_by)
        return await self.finish()

    async def begin(self) -> None:
        """Make the roster known, and have everybody take up their work."""
        self._began_s, self.started_at = time.perf_counter(), self._engine.clock.now()
        self._engine.subscribe(self._observations.hear)
        self._engine.choice_ms = self._observations.pending_ms.append
        self._crews.begin()
        if self._desk is not None:
            self._desk.begin()
        self._hospitals.begin()
        await self._engine.execute(self._roster, actor=ACTOR)
        if self._posts is not None:
            await self._engine.execute(self._posts, actor=ACTOR)
        self.agenda.start(self.started_at, self._hospitals.script())
        self.agenda.start(self.started_at, self._callers.script())

    async def finish(self) -> Played:
        """Send everybody home."""
        await self._engine.settle()
        await self.agenda.close()
        self._movement.halt(self._engine.clock.now())
        return Played(
            log=self._log,
            roster=self._roster,
            policy=self._engine.configured.policy.name,
            policy_version=self._engine.configured.policy.version,
            seed=self._draws.seed,
            started_at=self.started_at,
            ended_at=self._engine.clock.now(),
            wall_s=time.perf_counter() - self._began_s,
            events=self._engine.world.seq,
            intake=self._callers.intake,
            observations=self._observations,
            driven_m={str(unit_id): metres for unit_id, metres in self._movement.driven_m.items()},
            destinations=self._observations.destinations.table(self._engine.world),
        )

    def next_at(self) -> datetime | None:
        """When something happens next; None when nobody has anything left to do."""
        due = (self.agenda.next_at(), self._engine.timers.next_due_at())
        return min((at for at in due if at is not None), default=None)

    async def step(self, at: datetime) -> None:
        """Let time pass to `at` and the next thing happen; at one instant the engine's timers go before people."""
        self.n_steps += 1
        await self._engine.clock.wait_until(at)
        due_at = self._engine.timers.next_due_at()
        if due_at is not None and due_at <= at:
            await self._engine.fire_due()
        else:
            await self.agenda.step()
        await self.afterwards()

    def _is_over(self) -> bool:
        return self._callers.is_done and not self._engine.world.open_ids

    def _progress(self) -> Progress:
        return Progress(
            at=self._engine.clock.now(),
            calls=self._callers.intake.calls,
            n_calls=len(self._log.calls),
            events=self._engine.world.seq,
        )


async def _nothing() -> None:
    """Follows."""


def starts_at(log: CallLog) -> datetime:
    """Where the clock of a drill over `log` starts."""
    return log.calls[0].received_at - LEAD
