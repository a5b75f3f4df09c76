"""What simulated people will do next, in order of time.

A person's behaviour is a script: an async generator that acts, then yields the instant at which it wants to go on. One agenda
steps all scripts, one at a time and in a fixed order, so that a drill repeats itself; whether time is virtual, paced or the
system's is the clock's affair, and the same scripts people a drill and a live demonstration.
"""

import asyncio
import heapq
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import datetime
from itertools import count

from dispatch.engine.ports import Clock

Script = AsyncGenerator[datetime, None]


class Errand:
    """One script on the agenda."""

    __slots__ = ("is_over", "script", "turn")

    def __init__(self, script: Script) -> None:
        self.script = script
        self.turn = -1
        self.is_over = False


class Agenda:
    """Errands by the instant at which each goes on; ties in the order of planning."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, int, Errand]] = []
        self._turns = count()
        self._planned = asyncio.Event()
        self._abandoned: list[Errand] = []

    def start(self, at: datetime, script: Script) -> Errand:
        """Begin `script` at `at`."""
        errand = Errand(script)
        self.move(errand, at)
        return errand

    def once(self, at: datetime, act: Callable[[], Awaitable[None]]) -> Errand:
        """Do one thing at `at`."""
        return self.start(at, _once(act))

    def move(self, errand: Errand, at: datetime) -> None:
        """Have a waiting errand go on at `at` instead of when it wanted to."""
        if not errand.is_over:
            errand.turn = next(self._turns)
            heapq.heappush(self._heap, (at, errand.turn, errand))
            self._planned.set()

    def cancel(self, errand: Errand) -> None:
        """Let an errand go no further; one that is in the middle of a step ends after it."""
        if not errand.is_over:
            errand.is_over = True
            self._abandoned.append(errand)

    def next_at(self) -> datetime | None:
        """When the next errand goes on; None when nobody has anything left to do."""
        while self._heap and (self._heap[0][2].is_over or self._heap[0][2].turn != self._heap[0][1]):
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    async def step(self) -> None:
        """Let the next errand take its next step; nothing when there is none."""
        if self.next_at() is not None:
            _, turn, errand = heapq.heappop(self._heap)
            await self._go_on(errand, turn)
        await self._close_abandoned()

    async def run(self, clock: Clock) -> None:
        """Step errands as they fall due, for as long as the task lives."""
        while True:
            self._planned.clear()
            at = self.next_at()
            if at is not None and at <= clock.now():
                await self.step()
            else:
                await self._wait(clock, at)

    async def close(self) -> None:
        """End every script where it stands."""
        for _, _, errand in self._heap:
            self.cancel(errand)
        self._heap.clear()
        await self._close_abandoned()

    async def _go_on(self, errand: Errand, turn: int) -> None:
        try:
            at = await anext(errand.script)
        except StopAsyncIteration:
            errand.is_over = True
            return
        if errand.turn == turn:  # nobody moved it meanwhile
            self.move(errand, at)

    async def _close_abandoned(self) -> None:
        while self._abandoned:
            await self._abandoned.pop().script.aclose()

    async def _wait(self, clock: Clock, at: datetime | None) -> None:
        """Until `at`, or until somebody plans something."""
        waits: list[asyncio.Future[object]] = [asyncio.ensure_future(self._planned.wait())]
        if at is not None:
            waits.append(asyncio.ensure_future(clock.wait_until(at)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)


async def _once(act: Callable[[], Awaitable[None]]) -> Script:
    """A script of one step."""
    await act()
    waits: tuple[datetime, ...] = ()
    for at in waits:
        yield at
