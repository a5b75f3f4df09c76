"""The live journal on SQLite: one file, one writing process. `journal_inline` is its sibling for drills."""

from collections.abc import Awaitable
from pathlib import Path
from typing import Self

from dispatch.adapters.journal_groups import GroupWriter
from dispatch.adapters.journal_inline import RECIPE
from dispatch.adapters.journal_reading import JournalReader
from dispatch.adapters.journal_sqlite import Durability, reader_engine
from dispatch.adapters.journal_staging import stage
from dispatch.adapters.journal_store import JournalStore
from dispatch.adapters.vault import Vault
from dispatch.engine.ports import Batch, Snapshot


class SqlJournal(JournalReader):
    """The live journal. `append` may be called from any running event loop; reading from any thread."""

    def __init__(
        self,
        path: Path,
        *,
        durability: Durability = Durability.SURVIVES_POWER_LOSS,
        vault: Vault | None = None,
        recipe: str | None = None,
    ) -> None:
        """Open or create the journal at `path`, check its tail and start the writer thread. Without `vault` nothing is sealed.

        A new one keeps the `recipe` that it is made from, if it is a drill's. Raises `JournalLocked` when another process writes it,
        `JournalDamaged` when it cannot be used as it is.
        """
        self._store = JournalStore(path, durability, vault)
        if recipe is not None:
            self._store.note(RECIPE, recipe)
        super().__init__(reader_engine(path), vault)
        self._writer = GroupWriter(self._store.ledger)

    @property
    def head_seq(self) -> int:
        return self._writer.head.seq

    @property
    def head_hash(self) -> bytes:
        return self._writer.head.hash

    def append(self, batch: Batch) -> Awaitable[None]:
        """See the port. ValueError at once when an event could not be read back, RuntimeError outside of an event loop."""
        return self._writer.enqueue(stage(batch, self._vault))

    def save_snapshot(self, snapshot: Snapshot) -> Awaitable[None]:
        return self._writer.enqueue(snapshot)

    def close(self) -> None:
        """Commit what is queued, then close; later appends fail. Blocks for as long as the last commit takes."""
        self._writer.close()
        self._readers.dispose()
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
