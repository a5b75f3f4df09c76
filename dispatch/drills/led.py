"""A drill that a trainer leads: it stands until he lets it go, goes as fast as he says, and takes in what he puts into it.

Time moves here and nowhere else. While the drill is paused it stands for everybody, timers and simulated people alike; what people at
consoles do happens all the same, at the instant at which it stands. The steps are those of any other drill, so that the journal can be
made again with what came from outside (`stage.Said`).
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Final

from dispatch.domain.commands import Command, ReceiveCall
from dispatch.domain.rejections import CommandRejected, Refusal
from dispatch.drills.draws import Draws
from dispatch.drills.report import Report
from dispatch.drills.runner import Drill, Played
from dispatch.drills.stage import Said, StageEngine, plain
from dispatch.engine.clocks import VirtualClock
from dispatch.engine.engine import Engine

TICK_S: Final = 0.1
"""How often time is moved on while the drill runs: as often as an eye wants a moving unit; a choice of ours."""
MOST_AT_ONCE_S: Final = 1.0
"""A tick that comes late moves time by no more than this much of the room's: a slow machine makes the drill late, and nothing jumps. A
choice of ours."""
LOOKS_AHEAD: Final = timedelta(hours=1)
"""As far as a step to the next event goes when nothing happens; a choice of ours."""

Order = tuple[datetime, Command]


class Phase(StrEnum):
    """`stepping`: paused, and on the way to where the trainer wanted it. `broken`: by a fault of ours it goes no further."""

    READY = "ready"
    RUNNING = "running"
    STEPPING = "stepping"
    PAUSED = "paused"
    ENDED = "ended"
    BROKEN = "broken"


_MOVING: Final = frozenset({Phase.RUNNING, Phase.STEPPING})


@dataclass(slots=True, kw_only=True)
class Injection:
    """Something that the trainer put into the drill; `kind` and `subject` say what, in his list. `refused` is the code of the last of
    its commands that could not be done.
    """

    number: int
    kind: str
    subject: str
    actor: str
    planned_at: datetime
    due_at: datetime
    n_commands: int
    n_done: int = 0
    n_refused: int = 0
    refused: str | None = None


class LedDrill:
    """One drill from its start to its end. `run` it beside the service; everything else may be called at any time."""

    def __init__(
        self,
        *,
        drill: Drill,
        engine: StageEngine,
        clock: VirtualClock,
        draws: Draws,
        draw_call: Callable[..., ReceiveCall],
        write: Callable[[Said], object],
        speed: float = 1.0,
    ) -> None:
        """`write` keeps what came from outside before it is carried out; `draw_call(chance, received_at)` invents a call."""
        self._drill, self._engine, self._clock = drill, engine, clock
        self._draws, self._draw_call, self._write = draws, draw_call, write
        self.phase, self.speed = Phase.READY, speed
        self.injections: list[Injection] = []
        self.played: Played | None = None
        self.report: Report | None = None
        self.report_page: str | None = None
        self.when_changed: Callable[[], None] = lambda: None
        self.room_s: Callable[[], float] = asyncio.get_running_loop().time
        """The room's own time, in seconds from anywhere."""
        self._asked: deque[tuple[Injection, tuple[Order, ...]]] = deque()
        self._goal_at: datetime | None = None
        """Where a step of so much time ends; None for one to the next event."""
        self._is_ending = False
        self._wake = asyncio.Event()
        self._moved_at_s: float | None = None
        engine.when_asked = self._note_asked
        engine.when_done = self._wake.set

    @property
    def started_at(self) -> datetime:
        """Where the drill's clock started."""
        return self._drill.started_at

    @property
    def is_moving(self) -> bool:
        """Whether time passes."""
        return self.phase in _MOVING

    @property
    def pace(self) -> float:
        """Seconds of the drill in one of the room; 0 while it stands."""
        return self.speed if self.phase is Phase.RUNNING else 0.0

    @property
    def calls_to_come(self) -> int:
        """Rows of the call log that have not rung yet."""
        return self._drill.calls_to_come

    # --- what the trainer does ----------------------------------------------------------------------------------------

    def go(self) -> None:
        """Let time pass."""
        self._turn_to(Phase.RUNNING)

    def pause(self) -> None:
        """Have time stand still; what is due at this very instant still happens."""
        if self.phase in _MOVING:
            self._turn_to(Phase.PAUSED)

    def step(self, by: timedelta | None) -> None:
        """Let so much time pass as fast as it goes, or (None) until the next event, then pause. Nothing while time passes already."""
        if not self.is_moving:
            self._goal_at = None if by is None else self._clock.now() + by
            self._turn_to(Phase.STEPPING)

    def set_speed(self, speed: float) -> None:
        """`speed` seconds of the drill pass in one of the room."""
        self._require_stage()
        self.speed = speed
        self.when_changed()

    def end(self) -> None:
        """Finish for good: nothing is taken any more, and the report can be made."""
        if self.phase is not Phase.BROKEN:
            self._is_ending = True
            self._wake.set()

    def inject(self, kind: str, subject: str, orders: Sequence[Order], actor: str) -> Injection:
        """Put commands on the agenda, each with the instant at which it is due (one that has passed: at once)."""
        self._require_stage()
        injection = Injection(
            number=len(self.injections) + 1,
            kind=kind,
            subject=subject,
            actor=actor,
            planned_at=self._clock.now(),
            due_at=min(due_at for due_at, _ in orders),
            n_commands=len(orders),
        )
        self.injections.append(injection)
        self._asked.append((injection, tuple(orders)))
        self._wake.set()
        return injection

    def surge(self, n_calls: int, within_s: float, actor: str) -> Injection:
        """Invented calls from all over the city, at random instants of the next `within_s` seconds."""
        chance, now = self._draws.of("surge", len(self.injections) + 1), self._clock.now()
        rings = sorted(now + timedelta(seconds=chance.uniform(0.0, within_s)) for _ in range(n_calls))
        orders = [(at, self._draw_call(chance, at)) for at in rings]
        return self.inject("surge", f"{n_calls} / {within_s / 60:g} min", orders, actor)

    def _turn_to(self, phase: Phase) -> None:
        self._require_stage()
        if phase is not self.phase:
            self.phase, self._moved_at_s = phase, None
            self._wake.set()
            self.when_changed()

    def _require_stage(self) -> None:
        if self._is_ending or self.phase in {Phase.ENDED, Phase.BROKEN}:
            raise CommandRejected(Refusal.DRILL_ENDED)

    # --- what follows -------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Until the trainer ends it."""
        try:
            while not self._is_ending:
                self._wake.clear()
                await self._take_in()
                await (self._to_next_event() if self._seeks_event else self._advance(self._target_at()))
                if self.phase is Phase.STEPPING and not self._is_ending:
                    self._turn_to(Phase.PAUSED)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(TICK_S if self.phase is Phase.RUNNING else None):
                        await self._wake.wait()
            await self._finish()
        finally:
            if self.phase is not Phase.ENDED:
                self.phase = Phase.BROKEN
            self.when_changed()

    @property
    def _seeks_event(self) -> bool:
        return self.phase is Phase.STEPPING and self._goal_at is None

    def _target_at(self) -> datetime:
        """As far as time may go now."""
        now, at_s = self._clock.now(), self.room_s()
        since_s, self._moved_at_s = self._moved_at_s, at_s
        if self.phase is Phase.STEPPING:
            return self._goal_at or now
        elapsed_s = 0.0 if since_s is None else min(MOST_AT_ONCE_S, at_s - since_s)
        return now + timedelta(seconds=elapsed_s * self.pace)

    async def _advance(self, target_at: datetime) -> None:
        """Let time pass, and happen what falls due; when the trainer pauses meanwhile, it stands where it is."""
        has_more = True
        while has_more and not self._is_ending:
            async with self._engine.step():
                until = target_at if self.is_moving else self._clock.now()
                at = self._drill.next_at()
                has_more = at is not None and at <= until
                if at is not None and has_more:
                    await self._drill.step(at)
                else:
                    self._clock.advance_to(until)

    async def _to_next_event(self) -> None:
        """Until something is written down, and all else that belongs to the same instant."""
        seq, latest_at = self._engine.world.seq, self._clock.now() + LOOKS_AHEAD
        while self.is_moving and not self._is_ending and self._engine.world.seq == seq:
            async with self._engine.step():
                at = self._drill.next_at()
                if at is None or at > latest_at:
                    self._clock.advance_to(latest_at)
                    return
                await self._drill.step(at)
        await self._advance(self._clock.now())

    async def _finish(self) -> None:
        async with self._engine.step():
            self._write(Said(after_step=self._drill.n_steps, at=self._clock.now()))
            self._engine.has_ended = True
            self.played = await self._drill.finish()
            self.phase = Phase.ENDED

    def _note_asked(self, command: Command, actor: str) -> None:
        self._keep(command, actor, None)

    def _keep(self, command: Command, actor: str, due_at: datetime | None) -> None:
        said = Said(
            after_step=self._drill.n_steps,
            at=self._clock.now(),
            actor=actor,
            type=type(command).__name__,
            command=plain(command),
            due_at=due_at,
        )
        self._write(said)

    async def _take_in(self) -> None:
        """Put on the agenda what the trainer has asked for."""
        while self._asked:
            injection, orders = self._asked.popleft()
            async with self._engine.step():
                for due_at, command in orders:
                    self._keep(command, injection.actor, due_at)
                    order = partial(self._carry_out, injection, command)
                    self._drill.agenda.once(max(due_at, self._clock.now()), order)

    async def _carry_out(self, injection: Injection, command: Command) -> None:
        try:
            await self._engine.execute(command, actor=injection.actor)
        except CommandRejected as rejected:
            injection.n_refused += 1
            injection.refused = rejected.refusal.code
        else:
            injection.n_done += 1
        self.when_changed()


async def play_again(
    drill: Drill, engine: Engine, clock: VirtualClock, said: Sequence[Said], last_at: datetime | None = None
) -> Played:
    """Take the same steps, with what came from outside where it came; where its end was not written down, those up to `last_at`."""

    async def order(one: Said) -> None:
        with contextlib.suppress(CommandRejected):  # it was refused then, too
            await engine.execute(one.read(), actor=one.actor)
            await drill.afterwards()

    await drill.begin()
    for one in said:
        while drill.n_steps < one.after_step and (at := drill.next_at()) is not None:
            await drill.step(at)
        clock.advance_to(one.at)
        if one.due_at is not None:
            drill.agenda.once(max(one.due_at, one.at), partial(order, one))
        elif not one.is_end:
            await order(one)
    while last_at is not None and (at := drill.next_at()) is not None and at <= last_at:
        await drill.step(at)
    return await drill.finish()
