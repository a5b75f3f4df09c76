"""One process's place at a journal that several share: it follows what another writes, and writes when nobody else does.

Following and writing are two states of one engine over one world, so a takeover interrupts no stream: the new writer goes on from
the very events that it has been telling. Whoever loses the right to write forgets what it believed beyond the last commit, reads on
from the journal and follows.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from dispatch.engine.engine import Engine
from dispatch.engine.ports import DependencyFailed, SharedJournal, Snapshot, Writer

POLL_S: Final = 0.25
"""How old a follower's world gets when no doorbell rings, and how long a free right to write stays free: a choice of ours."""
READ_WITHIN_S: Final = 1.0
"""A reader waits this long for the newest events before it is given what is known: a choice of ours."""

log = logging.getLogger(__name__)


class Seat:
    """`run` it beside the engine, after `begin`."""

    def __init__(self, engine: Engine, journal: SharedJournal, *, when_taken: Callable[[], Awaitable[None]]) -> None:
        """`when_taken` is awaited each time the engine has become the writer, before anything else is asked of it."""
        engine.is_writing, engine.can_recover = False, True
        self.engine, self._journal, self._when_taken = engine, journal, when_taken
        self.writer: Writer | None = None
        self.when_left: Callable[[], None] = lambda: None
        self.is_cut_off = False
        self.change = asyncio.Event()
        """Set, and replaced by another, when somebody else writes than before, or nobody does."""
        self._bell = asyncio.Event()
        self._catching = asyncio.Lock()
        self._begun = self._completed = 0  # readings of the journal
        self._is_leaving = self.has_ended = False

    @property
    def has_writer(self) -> bool:
        """Whether commands can be carried out: here, or by another process that is known to write."""
        return self.engine.is_writing or self.writer is not None

    def ring(self) -> None:
        """Somebody has written, or left: look now."""
        self._bell.set()

    async def begin(self) -> None:
        """Catch up, and wait until there is a writer. `DependencyFailed` when the journal does not answer."""
        await self._look()
        while not self.has_writer:
            await asyncio.sleep(POLL_S)
            await self._look()

    async def run(self) -> None:
        """Follow or write until cancelled. It ends (`has_ended`) by events that this program cannot read."""
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_S):
                        await self._bell.wait()
                self._bell.clear()
                before = self.engine.is_writing, self.writer
                try:
                    await self._look()
                    self._note(None)
                except DependencyFailed as failure:
                    self._note(failure)
                if (self.engine.is_writing, self.writer) != before:
                    changed, self.change = self.change, asyncio.Event()
                    changed.set()
        finally:
            self.has_ended = True

    async def catch_up(self) -> None:
        """Take in all that is committed now; callers that wait share one reading. `DependencyFailed` when that fails."""
        asked = self._begun
        async with self._catching:
            if self._completed > asked or self.engine.is_writing:
                return
            self._begun = ticket = self._begun + 1
            after = self.engine.world.seq
            entries = await asyncio.to_thread(lambda: tuple(self._journal.read(after=after)))
            self.engine.follow(entries)
            self._completed = ticket

    async def refresh(self) -> None:
        """`catch_up` for a reader: what is known has to do when the journal does not answer in time."""
        if not self.is_cut_off:
            with contextlib.suppress(TimeoutError, DependencyFailed):
                async with asyncio.timeout(READ_WITHIN_S):
                    await self.catch_up()

    async def leave(self) -> None:
        """Let another process write, for good; what was decided is committed and told first."""
        self._is_leaving = True
        if not self.engine.is_writing:
            return
        await self.engine.settle()
        if self.engine.failure is None and self.engine.world.seq:
            with contextlib.suppress(DependencyFailed):
                await self._journal.save_snapshot(Snapshot(world=self.engine.world))
        await self._step_down()
        self.when_left()

    async def _look(self) -> None:
        if self.engine.is_writing:
            if self.engine.failure is not None or not self._journal.is_held:
                log.error(
                    "本进程失去写入权,改为跟随 / this process has lost the right to write and follows from now on"
                )
                await self._step_down()
            return
        await self.catch_up()
        is_leaving = self._is_leaving
        if is_leaving:
            self.writer = await asyncio.to_thread(self._journal.current_writer)
        elif await asyncio.to_thread(self._journal.take):
            if self._is_leaving:  # told so meanwhile
                await asyncio.to_thread(self._journal.release)
            else:
                await self._start_writing()
        else:
            self.writer = await asyncio.to_thread(self._journal.current_writer)

    async def _start_writing(self) -> None:
        """From the taking on nobody else can append, so what is read now is all there is."""
        await self.catch_up()
        self.engine.start_writing()
        self.writer = None
        log.info(
            "本进程开始写入,自第 %d 条记录之后 / this process writes from event %d on",
            self.engine.world.seq,
            self.engine.world.seq,
        )
        await self._when_taken()

    async def _step_down(self) -> None:
        await self.engine.stop_writing()
        await asyncio.to_thread(self._journal.release)

    def _note(self, failure: DependencyFailed | None) -> None:
        if failure is not None and not self.is_cut_off:
            log.error("读不到日志 / the journal does not answer: %s", failure)
        elif failure is None and self.is_cut_off:
            log.info("日志恢复可读 / the journal answers again")
        self.is_cut_off = failure is not None
