"""One thread that commits in groups, whatever the journal is stored in.

Whatever was queued while the last transaction ran goes into the next one and shares its wait for the disk; awaitables resolve after
the commit, in order.
"""

import asyncio
import contextlib
import logging
import queue
import threading
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from dispatch.adapters.journal_faults import cause_of
from dispatch.adapters.journal_ledger import Head, Ledger
from dispatch.adapters.journal_staging import Staged
from dispatch.engine.ports import DependencyFailed, JournalConflict, Snapshot

MOST_ITEMS_IN_A_GROUP: Final = 500
"""Bounds the wait of the first in a group: 500 batches of three events take some 20 ms to write."""

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Queued:
    """A batch or snapshot on its way to the writer thread, and whom to tell."""

    item: Staged | Snapshot
    loop: asyncio.AbstractEventLoop
    told: asyncio.Future[None]


class GroupWriter:
    """Owns a ledger: nobody else may use its connection until `close` has returned."""

    def __init__(self, ledger: Ledger, *, renew_every_s: float | None = None) -> None:
        """With `renew_every_s` the ledger's lease is renewed when nothing has been written for so long."""
        self._ledger = ledger
        self._renew_every_s = renew_every_s
        self.head: Head = ledger.committed
        self._queue: queue.SimpleQueue[_Queued | None] = queue.SimpleQueue()
        self._gate = threading.Lock()  # nothing may be queued behind the sign to close
        self._is_accepting = True
        self._thread = threading.Thread(target=self._write_until_closed, name="journal-writer", daemon=True)
        self._thread.start()

    @property
    def has_stopped(self) -> bool:
        """Whether nothing more can be written: closed, or stopped by what could not be known for sure."""
        return not self._is_accepting or self._ledger.stopped_by is not None

    def enqueue(self, item: Staged | Snapshot) -> Awaitable[None]:
        """Queue `item` behind all earlier ones; see the port's `append`. RuntimeError outside of an event loop."""
        loop = asyncio.get_running_loop()
        queued = _Queued(item, loop, loop.create_future())
        with self._gate:
            if self._is_accepting:
                self._queue.put(queued)
            else:
                queued.told.set_exception(DependencyFailed("the journal is closed"))
        return queued.told

    def close(self) -> None:
        """Commit what is queued, then end the thread; later items fail. Blocks for as long as the last commit takes."""
        with self._gate:
            self._is_accepting = False
            self._queue.put(None)
        self._thread.join()

    def _write_until_closed(self) -> None:
        is_open = True
        group: list[_Queued | None] = []
        try:
            while is_open:
                group = self._next_group()
                is_open = None not in group
                if group:
                    self._write(_without_sign(group))
                else:
                    self._renew()
        finally:
            # Also when a fault of ours ends the thread: nobody may wait for ever for an answer.
            with self._gate:
                self._is_accepting = False
            _tell(_without_sign(group) + self._drained(), DependencyFailed("the journal's writer has stopped"))

    def _next_group(self) -> list[_Queued | None]:
        """What is queued, waiting for the first; empty when it is time to renew the lease."""
        try:
            group = [self._queue.get(timeout=self._renew_every_s)]
        except queue.Empty:
            return []
        with contextlib.suppress(queue.Empty):
            while len(group) < MOST_ITEMS_IN_A_GROUP:
                group.append(self._queue.get_nowait())
        return group

    def _renew(self) -> None:
        if self._ledger.stopped_by is None:
            try:
                self._ledger.flush()
            except (JournalConflict, DependencyFailed) as failure:
                _LOG.error("写入权未能续期。 The writer's lease could not be renewed: %s", failure)

    def _write(self, group: list[_Queued]) -> None:
        """Commit a group; the first item that cannot follow takes all that is queued behind it along."""
        ledger = self._ledger
        failure: Exception | None = None
        added = 0
        try:
            ledger.look_up(_reply_keys(group))
            for queued in group:
                if isinstance(queued.item, Staged):
                    ledger.add(queued.item)
                else:
                    ledger.add_snapshot(queued.item)
                added += 1
        except (JournalConflict, DependencyFailed) as error:
            failure = error
        except SQLAlchemyError as error:
            failure = DependencyFailed(f"the journal could not be read: {cause_of(error)}")
        try:
            ledger.flush()
        except (JournalConflict, DependencyFailed) as error:
            failure, added = error, 0
        self.head = ledger.committed
        _tell(group[:added], None)
        if failure is not None:
            _LOG.error("写日志失败。 The journal could not append: %s", failure)
            _tell(group[added:] + self._drained(), failure)

    def _drained(self) -> list[_Queued]:
        """All that is queued now. The sign to close stays in the queue."""
        drained, is_closing = [], False
        with contextlib.suppress(queue.Empty):
            while True:
                queued = self._queue.get_nowait()
                if queued is None:
                    is_closing = True
                else:
                    drained.append(queued)
        if is_closing:
            self._queue.put(None)
        return drained


def _without_sign(group: list[_Queued | None]) -> list[_Queued]:
    """The batches and snapshots of a group; None is the sign to close."""
    return [queued for queued in group if queued is not None]


def _reply_keys(group: list[_Queued]) -> list[str]:
    replies = (queued.item.reply for queued in group if isinstance(queued.item, Staged))
    return [reply.key for reply in replies if reply is not None]


def _tell(group: list[_Queued], failure: Exception | None) -> None:
    """Resolve the awaitables of a group in their loops, in order; a loop that has ended has nobody to tell."""
    for loop in {queued.loop for queued in group}:
        told = [queued.told for queued in group if queued.loop is loop]
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(_resolve, told, failure)


def _resolve(told: list[asyncio.Future[None]], failure: Exception | None) -> None:
    for future in told:
        if future.done():
            continue
        if failure is None:
            future.set_result(None)
        else:
            future.set_exception(failure)
