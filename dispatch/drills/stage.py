"""The stage of a drill that people take part in: its engine, its positions, and what came from outside, so that it can be played anew.

Simulated people act in steps, one after the other. Whoever else asks for something (a person at a console, a crew at its terminal, the
trainer) waits for the step under way, so that each command falls between two steps: how many went before it, and the drill's time, say
where. With these words a drill with people in it is as repeatable as one without.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Any, get_args

import msgspec

from dispatch.domain.commands import Command
from dispatch.domain.ids import UnitId
from dispatch.domain.rejections import CommandRejected, Refusal
from dispatch.domain.unit import Fix
from dispatch.drills.movement import Movement
from dispatch.engine.clocks import VirtualClock
from dispatch.engine.commits import Committed, ReplyTo, RequestKey
from dispatch.engine.engine import Engine

ALL_AGAIN_EVERY = 50
"""Every so many askings of what changed, all positions are told again: on a screen they would grow old while the drill is paused. Ten
seconds, at five a second."""

SAID = "said.jsonl"
"""Beside the journal of such a drill: what came from outside, a line each, written before it was carried out."""

COMMANDS: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(Command)}


class Said(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that came from outside after `after_step` steps, at the drill's time `at`: a command of `actor`'s, or that the drill
    ended. `due_at` for one that the trainer has put on the agenda.
    """

    after_step: int
    at: datetime
    actor: str = ""
    type: str = ""
    command: dict[str, Any] = msgspec.field(default_factory=dict)
    due_at: datetime | None = None

    @property
    def is_end(self) -> bool:
        return not self.type

    def read(self) -> Command:
        """The command; ValueError for one that this program does not know."""
        kind = COMMANDS.get(self.type)
        if kind is None:
            raise ValueError(f"no command is called {self.type!r}")
        try:
            command: Command = msgspec.json.decode(msgspec.json.encode(self.command), type=kind)
        except msgspec.DecodeError as error:
            raise ValueError(f"{self.type}: {error}") from error
        return command


def plain(command: Command) -> dict[str, Any]:
    """The fields of a command as JSON has them."""
    fields: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(command))
    return fields


def said_in(text: str) -> list[Said]:
    """What was said, line by line; ValueError for a line that cannot be read."""
    try:
        return [msgspec.json.decode(line, type=Said) for line in text.splitlines() if line]
    except msgspec.DecodeError as error:
        raise ValueError(f"a line of {SAID} cannot be read: {error}") from error


def ends(text: str) -> bool:
    """Whether it reaches the drill's end; ValueError for a line that cannot be read."""
    said = said_in(text)
    return bool(said) and said[-1].is_end


def line_of(said: Said) -> str:
    """One line of such a text."""
    return msgspec.json.encode(said).decode() + "\n"


class StageEngine(Engine):
    """An engine whose commands from outside fall between the steps of simulated people."""

    def __init__(self, **parts: Any) -> None:
        """Parts as of `Engine`."""
        super().__init__(**parts)
        self.when_asked: Callable[[Command, str], None] = lambda _command, _actor: None
        self.when_done: Callable[[], None] = lambda: None
        self.afterwards: Callable[[], Awaitable[None]] | None = None
        """What is done after each command from outside, before the next step."""
        self.has_ended = False
        self._between_steps = asyncio.Lock()
        self._at_work: asyncio.Task[Any] | None = None

    @contextlib.asynccontextmanager
    async def step(self) -> AsyncIterator[None]:
        """Nobody else comes in between; what is executed in here is of the simulated people's own doing."""
        async with self._between_steps:
            self._at_work = asyncio.current_task()
            try:
                yield
            finally:
                self._at_work = None

    async def execute(
        self, command: Command, *, actor: str, key: RequestKey | None = None, reply: ReplyTo | None = None
    ) -> Committed:
        """As `Engine.execute`; from outside it waits for its turn, and is refused (`drill_ended`) after the end."""
        if asyncio.current_task() is self._at_work:
            return await super().execute(command, actor=actor, key=key, reply=reply)
        # A task of its own: whoever asked may go away, what was begun is done before the next step.
        return await asyncio.shield(asyncio.create_task(self._from_outside(command, actor, key, reply)))

    async def _from_outside(
        self, command: Command, actor: str, key: RequestKey | None, reply: ReplyTo | None
    ) -> Committed:
        async with self.step():
            if key is None or await self.reply_to(key) is None:
                if self.has_ended:
                    raise CommandRejected(Refusal.DRILL_ENDED)
                self.when_asked(command, actor)
            try:
                committed = await super().execute(command, actor=actor, key=key, reply=reply)
                if self.afterwards is not None:
                    await self.afterwards()
                return committed
            finally:
                self.when_done()


class StagePositions:
    """Where simulated units are, for the engine and for screens: everybody sees all units where they are at this instant.

    That makes a decision the same whoever else has looked meanwhile. A receiver that reports from outside is not believed.
    """

    def __init__(self, movement: Movement, clock: VirtualClock) -> None:
        self._movement, self._clock = movement, clock
        self._told_at: datetime | None = None
        self._moving: frozenset[UnitId] = frozenset()
        self._askings = 0

    def fixes(self) -> dict[UnitId, Fix]:
        return self._movement.whereabouts_at(self._clock.now())

    def report(self, unit_id: UnitId, fix: Fix) -> bool:
        return False

    def drain_changed(self) -> dict[UnitId, Fix]:
        """Moving units while time passes, and everybody now and then."""
        now, self._askings = self._clock.now(), self._askings + 1
        if self._askings % ALL_AGAIN_EVERY == 1:
            return self.fixes()
        if now == self._told_at:
            return {}
        moving = self._movement.moving_fixes_at(now)
        changed, self._told_at, self._moving = self._moving | moving.keys(), now, frozenset(moving)
        fixes = self.fixes()  # one that has arrived stands by now
        return {unit_id: fixes[unit_id] for unit_id in sorted(changed)}
