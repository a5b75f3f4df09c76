"""The journal of a drill: written on the caller's thread in large transactions, answering at once.

The same file format and the same ledger as the live journal, without its thread and without waiting for the disk: what it holds can
be made again from a seed, so it may be lost.
"""

import contextlib
from collections.abc import Awaitable, Iterator
from pathlib import Path
from typing import Final, Self

from sqlalchemy import Connection, select

from dispatch.adapters.journal_reading import JournalReader
from dispatch.adapters.journal_sqlite import Durability, reader_engine
from dispatch.adapters.journal_staging import stage
from dispatch.adapters.journal_store import JournalStore
from dispatch.adapters.journal_tables import META
from dispatch.engine.ports import Answered, Batch, DependencyFailed, JournalConflict, Snapshot

EVENTS_IN_A_TRANSACTION: Final = 1_000
"""Drills commit this many events at a time; larger transactions gained nothing measurable."""

RECIPE: Final = "recipe"
"""Name in `meta` of what a drill's journal is made from."""


def read_recipe(connection: Connection) -> str | None:
    """What the journal says it was made from; None for a live one, or one of before this was kept."""
    return connection.scalar(select(META.c.value).where(META.c.name == RECIPE))


class InlineJournal(JournalReader):
    """Commits every `EVENTS_IN_A_TRANSACTION` events, before reading, and at `close`.

    `append` validates and answers at once, and its awaitables may be awaited anywhere or not at all. A crash loses what was not
    yet committed, a power cut perhaps the file: the same seed makes it again. One thread only.
    """

    def __init__(self, path: Path, *, recipe: str | None = None) -> None:
        """Open or create the journal at `path`; raises like `SqlJournal`. A new one keeps the `recipe` that it is made from."""
        self._store = JournalStore(path, Durability.REPRODUCIBLE_ONLY)
        if recipe is not None:
            self._store.note(RECIPE, recipe)
        super().__init__(reader_engine(path))

    @property
    def head_seq(self) -> int:
        return self._store.ledger.head.seq

    @property
    def head_hash(self) -> bytes:
        return self._store.ledger.head.hash

    def append(self, batch: Batch) -> Awaitable[None]:
        try:
            self._store.ledger.add(stage(batch))
            if self._store.ledger.events_waiting >= EVENTS_IN_A_TRANSACTION:
                self._store.ledger.flush()
        except (JournalConflict, DependencyFailed) as failure:
            return Answered(failure)
        return Answered()

    def save_snapshot(self, snapshot: Snapshot) -> Awaitable[None]:
        try:
            self._store.ledger.add_snapshot(snapshot)
            self._store.ledger.flush()
        except (JournalConflict, DependencyFailed) as failure:
            return Answered(failure)
        return Answered()

    def close(self) -> None:
        """Commit and close. `DependencyFailed` when the last events could not be written."""
        try:
            self._store.ledger.flush()
        finally:
            self._readers.dispose()
            self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Connection]:
        self._store.ledger.flush()
        with super()._reading() as connection:
            yield connection
