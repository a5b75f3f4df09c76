"""Opening and closing a journal for writing: the lock, the one connection that writes, the check of the tail, the ledger."""

import contextlib
import logging
import sqlite3
from pathlib import Path
from typing import Final, TextIO

from sqlalchemy import Connection, Engine, insert
from sqlalchemy.exc import SQLAlchemyError

from dispatch.adapters.journal_faults import cause_of
from dispatch.adapters.journal_ledger import Ledger
from dispatch.adapters.journal_sqlite import Durability, damage_explained, lock, prepare, writer_engine
from dispatch.adapters.journal_tables import META
from dispatch.adapters.journal_tail import mend_tail
from dispatch.adapters.vault import Vault
from dispatch.engine.ports import DependencyFailed

_LOG: Final = logging.getLogger(__name__)

# A drill's file also leaves write-ahead mode, so that it can be read where nothing can be written.
_AT_CLOSE: Final = {
    Durability.SURVIVES_POWER_LOSS: "PRAGMA wal_checkpoint(TRUNCATE)",
    Durability.REPRODUCIBLE_ONLY: "PRAGMA journal_mode=DELETE",
}


class JournalStore:
    """The writing side of an opened journal; `ledger` is what writes."""

    def __init__(self, path: Path, durability: Durability, vault: Vault | None = None) -> None:
        """Open or create the journal at `path`. Raises `JournalLocked` or `JournalDamaged`."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._durability = durability
        self._lock: TextIO = lock(path)
        self._engine: Engine = writer_engine(path, durability)
        undo = contextlib.ExitStack()
        undo.callback(self._engine.dispose)
        try:
            with damage_explained(path):
                self._connection: Connection = undo.enter_context(self._engine.connect())
                prepare(self._connection)
                mend_tail(self._connection, path)
                self.ledger = Ledger(self._connection, vault=vault)
        except BaseException:
            undo.close()
            self._lock.close()
            raise

    def note(self, name: str, value: str) -> None:
        """Keep a word about the file beside its format, outside the chain. DependencyFailed when it cannot be written."""
        try:
            self._connection.execute(insert(META).values(name=name, value=value))
            self._connection.commit()
        except SQLAlchemyError as error:
            raise DependencyFailed(f"the journal could not be written: {cause_of(error)}") from error

    def close(self) -> None:
        """Bring the write-ahead log into the file, so that the file alone is the journal, and release the lock."""
        if self._lock.closed:
            return
        try:
            self._connection.rollback()
            self._connection.connection.cursor().execute(_AT_CLOSE[self._durability])
        except sqlite3.Error as error:
            _LOG.warning(
                "日志已完整提交,但未能并入单个文件。"
                " Everything is committed, but the journal could not be brought into one file: %s", error,
            )  # fmt: skip
        finally:
            self._connection.close()
            self._engine.dispose()
            self._lock.close()
