"""The small databases that keys are kept in: `keys.sqlite3`, and `keys-1.sqlite3` and so on where several processes write.

A process adds keys to a file that no other adds to while it is there, running or hung: else one that was stopped in the middle
of a transaction would keep the next writer from taking over. By the write-ahead log none waits for another to read. What is deleted is
zeroed, and the log emptied. The methods may be called from any thread.
"""

import fcntl
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from io import FileIO
from itertools import chain, count
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

KEYS_FILE: Final = "keys.sqlite3"
"""The only one where one process writes; a backup holds the keys of all in it."""
_OTHERS: Final = "keys-*.sqlite3"
_BUSY_S: Final = 10.0
_LAYOUT: Final = "CREATE TABLE IF NOT EXISTS keys (subject TEXT PRIMARY KEY, key BLOB NOT NULL) WITHOUT ROWID"


class KeyFiles:
    """The files in `directory`, which has to be there. sqlite3.Error when one does not answer."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._read: dict[Path, sqlite3.Connection] = {}
        self._own: tuple[sqlite3.Connection, FileIO] | None = None
        self._open_to_read(directory / KEYS_FILE)

    def close(self) -> None:
        """Let go of the files, and of the one that this process added to: another may take it."""
        for connection in self._read.values():
            connection.close()
        if self._own is not None:
            connection, lock = self._own
            connection.close()
            lock.close()

    def own(self) -> sqlite3.Connection:
        """Where this process adds: the first file that no other has, from now on."""
        if self._own is None:
            for number in count():
                lock = FileIO(self._directory / f"keys-{number}.lock", "w")
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    lock.close()
                    continue
                path = self._directory / (f"keys-{number}.sqlite3" if number else KEYS_FILE)
                self._own = _opened(path), lock
                break
        assert self._own is not None
        return self._own[0]

    def find(self, subject: str) -> bytes | None:
        """The key of a subject as it is kept, in whichever file."""
        known = list(self._read.values())
        for connection in chain(known, self._new()):
            row = connection.execute("SELECT key FROM keys WHERE subject = ?", (subject,)).fetchone()
            if row is not None:
                key: bytes = row[0]
                return key
        return None

    def rows(self, query: str, *values: object) -> list[Any]:
        """What a query finds in all of them."""
        return [row for connection in self._all() for row in connection.execute(query, values)]

    def delete(self, subjects: Sequence[str]) -> None:
        """Destroy keys wherever they are: zeroed (`secure_delete`) in the file, and gone from its log."""
        for connection in self._all():
            with connection:
                connection.executemany("DELETE FROM keys WHERE subject = ?", [(subject,) for subject in subjects])
            _empty_log(connection)

    def replace(self, rows: Sequence[tuple[bytes, str]]) -> None:
        """Keep keys in another form where they are; the form before is destroyed."""
        for connection in self._all() if rows else ():
            with connection:
                connection.executemany("UPDATE keys SET key = ? WHERE subject = ?", rows)
            _empty_log(connection)

    def _all(self) -> list[sqlite3.Connection]:
        return [*self._read.values(), *self._new()]

    def _new(self) -> Iterator[sqlite3.Connection]:
        """Of other processes, and not seen before."""
        for path in sorted(self._directory.glob(_OTHERS)):
            if path not in self._read:
                yield self._open_to_read(path)

    def _open_to_read(self, path: Path) -> sqlite3.Connection:
        connection = self._read[path] = _opened(path)
        return connection


def paths(directory: Path) -> list[Path]:
    """The files of keys that are there."""
    return [path for path in (directory / KEYS_FILE, *sorted(directory.glob(_OTHERS))) if path.exists()]


def first_longer(path: Path, n_bytes: int) -> bytes | None:
    """A key of more bytes than so many, if the file has one; nothing is changed."""
    with closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)) as connection:
        row = connection.execute("SELECT key FROM keys WHERE length(key) > ? LIMIT 1", (n_bytes,)).fetchone()
    return None if row is None else row[0]


def add_all(into: Path, others: Sequence[Path]) -> None:
    """Put the keys of other files into one."""
    with closing(_opened(into)) as connection:
        for path in others:
            with closing(_opened(path)) as other, connection:
                rows = other.execute("SELECT subject, key FROM keys")
                connection.executemany("INSERT OR IGNORE INTO keys VALUES (?, ?)", rows)
        _empty_log(connection)
        connection.execute("PRAGMA journal_mode=DELETE")


def _empty_log(connection: sqlite3.Connection) -> None:
    [(is_busy, *_)] = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    if is_busy:
        raise sqlite3.OperationalError("another process is in the middle of a transaction")


def _opened(path: Path) -> sqlite3.Connection:
    path.touch(mode=0o600, exist_ok=True)
    connection = sqlite3.connect(path, timeout=_BUSY_S, check_same_thread=False)
    connection.execute("PRAGMA secure_delete=ON")
    with suppress(sqlite3.OperationalError):  # a process of an older version is at it; whoever opens it next asks again
        connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(_LAYOUT)
    connection.commit()
    return connection
