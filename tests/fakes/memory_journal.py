"""A journal that forgets everything at the end of the test; it passes the contract of the real ones."""

import asyncio
from collections.abc import Awaitable, Generator, Iterable, Sequence
from dataclasses import dataclass

from dispatch.adapters.journal_chain import ZERO_HASH, chain_hash, row_of
from dispatch.adapters.journal_staging import incidents_named
from dispatch.domain.events import Recorded
from dispatch.domain.ids import IncidentId
from dispatch.engine.ports import Batch, JournalConflict, Reply, Snapshot


@dataclass(frozen=True, slots=True)
class _Answered:
    failure: Exception | None = None

    def __await__(self) -> Generator[None, None, None]:
        if self.failure is not None:
            raise self.failure
        yield from ()


class MemoryJournal:
    """Implements `dispatch.engine.ports.Journal`; answers at once.

    `fail_with = DependencyFailed(...)` makes every append fail from then on. `hold()` keeps appends from becoming durable until
    `release()`, to see what a caller does in between.
    """

    def __init__(self, entries: Iterable[Recorded] = ()) -> None:
        self.entries: list[Recorded] = []
        self.snapshots: list[Snapshot] = []
        self.fail_with: Exception | None = None
        self._replies: dict[str, Reply] = {}
        self._hash = ZERO_HASH
        self._held: list[tuple[Batch | Snapshot, asyncio.Future[None]]] | None = None
        for recorded in entries:
            self._take(Batch(entries=(recorded,)))

    def hold(self) -> None:
        self._held = []

    def release(self) -> None:
        held, self._held = self._held or [], None
        failure: Exception | None = None
        for item, told in held:
            failure = failure or self._failure_of(item)
            if failure is None:
                told.set_result(None)
            else:
                told.set_exception(failure)

    def append(self, batch: Batch) -> Awaitable[None]:
        return self._accept(batch)

    def save_snapshot(self, snapshot: Snapshot) -> Awaitable[None]:
        return self._accept(snapshot)

    async def reply_to(self, key: str) -> Reply | None:
        return self._replies.get(key)

    def read(self, *, after: int = 0, limit: int | None = None) -> Iterable[Recorded]:
        return iter(self.entries[after:] if limit is None else self.entries[after : after + limit])

    def read_incident(self, incident_id: IncidentId) -> Sequence[Recorded]:
        return [recorded for recorded in self.entries if incident_id in incidents_named(recorded.event)]

    def latest_snapshot(self) -> Snapshot | None:
        return max(self.snapshots, key=lambda snapshot: snapshot.world.seq, default=None)

    @property
    def head_seq(self) -> int:
        return len(self.entries)

    @property
    def head_hash(self) -> bytes:
        return self._hash

    def close(self) -> None:
        """Nothing is open."""

    def _accept(self, item: Batch | Snapshot) -> Awaitable[None]:
        if self._held is None:
            return _Answered(self._failure_of(item))
        told = asyncio.get_running_loop().create_future()
        self._held.append((item, told))
        return told

    def _failure_of(self, item: Batch | Snapshot) -> Exception | None:
        """Take an item, or say why it cannot be taken."""
        if self.fail_with is not None:
            return self.fail_with
        try:
            if isinstance(item, Batch):
                self._take(item)
            elif item.world.seq > self.head_seq:
                raise JournalConflict("a snapshot from beyond the head")
            else:
                self.snapshots.append(item)
        except JournalConflict as conflict:
            return conflict
        return None

    def _take(self, batch: Batch) -> None:
        realm = self.entries[0].realm if self.entries else None
        for place, recorded in enumerate(batch.entries, start=self.head_seq + 1):
            realm = realm or recorded.realm
            if recorded.seq != place or recorded.realm != realm:
                raise JournalConflict(f"event {recorded.seq} was appended where {place} comes next")
        if batch.reply is not None and batch.reply.key in self._replies:
            raise JournalConflict(f"the idempotency key {batch.reply.key!r} already has a reply")
        for recorded in batch.entries:
            self._hash = chain_hash(self._hash, row_of(recorded))
            self.entries.append(recorded)
        if batch.reply is not None:
            self._replies[batch.reply.key] = batch.reply
