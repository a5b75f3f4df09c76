"""Who was shown what is personal: an append-only file of its own, written behind the answers.

Noting costs whoever is answered a queue's put; a thread writes what has come together and waits for the disk once. It also waits for
another process that hangs in the middle of writing, as long as that is there. What is noted in the last moment before a kill may be
lost; what could not be queued or written is counted, and said as a record of its own.
"""

import contextlib
import json
import logging
import queue
import sqlite3
import threading
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

READS_FILE: Final = "reads.sqlite3"
MOST_WAITING: Final = 100_000
"""Records that wait for the disk: some 30 MB. Choice of ours."""
_AT_ONCE: Final = 1_000
_BUSY_S: Final = 10.0
_LAYOUT: Final = """
CREATE TABLE IF NOT EXISTS reads (
  number INTEGER PRIMARY KEY, at TEXT NOT NULL, user TEXT NOT NULL, roles TEXT NOT NULL,
  purpose TEXT NOT NULL, incident_id TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS reads_of_incident ON reads (incident_id);
CREATE TRIGGER IF NOT EXISTS never_changed BEFORE UPDATE ON reads BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER IF NOT EXISTS never_deleted BEFORE DELETE ON reads BEGIN SELECT RAISE(ABORT, 'append only'); END;
"""
_LOG: Final = logging.getLogger(__name__)
_Row = tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One incident shown to one user; `purpose` is the request, or `stream` for a console that goes on showing it."""

    number: int
    at: datetime
    user: str
    roles: tuple[str, ...]
    purpose: str
    incident_id: str


class ReadLog:
    """The records in the file at `path`, which is made when it is missing. Several processes on one machine append to it."""

    def __init__(self, path: Path) -> None:
        path.touch(mode=0o600, exist_ok=True)
        self._path = path
        with contextlib.closing(self._connected()) as connection:
            with contextlib.suppress(sqlite3.OperationalError):  # another is writing; whoever opens it next asks again
                connection.execute("PRAGMA journal_mode=WAL")
            connection.executescript(_LAYOUT)
        self._is_closing = False
        self._waiting: queue.Queue[_Row | None] = queue.Queue(MOST_WAITING)
        self._lost = 0
        self._thread = threading.Thread(target=self._write_until_closed, name="read-log", daemon=True)
        self._thread.start()

    def note(
        self, user: str, roles: Collection[str], purpose: str, incident_ids: Collection[str], at: datetime
    ) -> None:
        """Queue a record for each incident; never blocks, never fails."""
        for incident_id in incident_ids:
            try:
                self._waiting.put_nowait((at.isoformat(), user, json.dumps(sorted(roles)), purpose, incident_id))
            except queue.Full:
                self._lost += 1

    def settle(self) -> None:
        """Wait until everything noted so far is in the file."""
        self._waiting.join()

    def close(self) -> None:
        """Write what waits, then end the thread; whoever hangs in the middle of writing is waited for once more, no longer."""
        self._is_closing = True
        self._waiting.put(None)
        self._thread.join()

    def listed(
        self, *, after: int = 0, limit: int = 1_000, incident_id: str | None = None, user: str | None = None
    ) -> Sequence[Read]:
        """Records with a number beyond `after`, oldest first."""
        query = (
            "SELECT * FROM reads WHERE number > ? AND incident_id = ifnull(?, incident_id) AND user = ifnull(?, user)"
        )
        with contextlib.closing(self._connected()) as connection:
            rows = connection.execute(f"{query} ORDER BY number LIMIT ?", (after, incident_id, user, limit)).fetchall()
        return [
            Read(
                number=number,
                at=datetime.fromisoformat(at),
                user=by,
                roles=tuple(json.loads(roles)),
                purpose=purpose,
                incident_id=of,
            )
            for number, at, by, roles, purpose, of in rows
        ]

    def _connected(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=_BUSY_S)

    def _write_until_closed(self) -> None:
        with contextlib.closing(self._connected()) as connection:
            while True:
                group = list(self._next_group())
                rows = [row for row in group if row is not None]
                while not self._has_written(connection, rows):
                    _LOG.warning(
                        "另一进程占用读取记录,等待中。 Waiting for another process that holds the record of reads."
                    )
                for _ in group:
                    self._waiting.task_done()
                if None in group:
                    return

    def _next_group(self) -> Iterator[_Row | None]:
        yield self._waiting.get()
        with contextlib.suppress(queue.Empty):
            for _ in range(_AT_ONCE):
                yield self._waiting.get_nowait()

    def _has_written(self, connection: sqlite3.Connection, rows: list[_Row]) -> bool:
        """False when another process kept the file for so long, and these rows have to be tried again."""
        try:
            self._write(connection, rows)
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY and not self._is_closing:
                return False
            self._lost += len(rows)
            _LOG.error("读取记录未能写入。 Who read personal data could not be written down: %s", error)
        return True

    def _write(self, connection: sqlite3.Connection, rows: list[_Row]) -> None:
        lost = self._lost
        if lost and rows:
            rows = [*rows, (rows[-1][0], "service", "[]", f"lost {lost} records", "")]
        with connection:
            connection.executemany(
                "INSERT INTO reads (at, user, roles, purpose, incident_id) VALUES (?, ?, ?, ?, ?)", rows
            )
        if lost and rows:
            self._lost -= lost
