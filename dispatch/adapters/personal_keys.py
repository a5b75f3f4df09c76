"""The keys under which a journal's personal data is sealed, one for each incident, and the list of those that were destroyed.

Small databases in a directory apart from the journal and its backups: the keys (`key_files.py`) may be backed up, by themselves;
`erasures.sqlite3` is never restored to an older state. A key that comes back with an older file is known by its fingerprint and
destroyed again at the next start. Several processes on one machine share the directory. The methods may be called from any thread, and
block.
"""

import hashlib
import json
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from dispatch.adapters.key_files import KeyFiles, first_longer, paths
from dispatch.engine.ports import DependencyFailed

ERASURES_FILE: Final = "erasures.sqlite3"
KEY_BYTES: Final = 32
"""AES-256."""
SNAPSHOTS: Final = "snapshots"
"""Subject of the key of whole worlds. It goes with every erasure, so that no older snapshot can be read afterwards."""
_REMEMBERED: Final = 50_000
_ERASURES: Final = """
CREATE TABLE IF NOT EXISTS erasures (
  incident_id TEXT PRIMARY KEY, transfer_ids TEXT NOT NULL, reason TEXT NOT NULL,
  ordered_by TEXT NOT NULL, at TEXT NOT NULL, is_recorded INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS destroyed (subject TEXT NOT NULL, fingerprint BLOB NOT NULL, PRIMARY KEY (subject, fingerprint));
"""


class KeysLocked(ValueError):
    """The keys are wrapped by a master key that was not given, or by another one."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} 中的密钥由主密钥加密;请给出正确的 DISPATCH_MASTER_KEY 或 DISPATCH_MASTER_KEY_FILE。"
            f" The keys in {path} are wrapped by a master key; set DISPATCH_MASTER_KEY or DISPATCH_MASTER_KEY_FILE to it."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """One incident, or warning of premises, whose keys were destroyed; `is_recorded` once the journal says so too."""

    incident_id: str
    transfer_ids: tuple[str, ...]
    reason: str
    ordered_by: str
    at: datetime
    is_recorded: bool = False

    @property
    def subjects(self) -> tuple[str, ...]:
        return (self.incident_id, *self.transfer_ids)


def is_of_premises(subject: str) -> bool:
    """Whether what was erased is a warning of premises, by its identifier."""
    return subject.startswith("wrn-")


class PersonalKeys:
    """The keys in `directory`, which is made, its owner's alone, when it is missing."""

    def __init__(self, directory: Path, master: bytes | None = None) -> None:
        """With `master` (32 bytes) keys are kept wrapped (RFC 3394), those that stand unwrapped too from now on.

        Keys on the list of the erased are destroyed again. `KeysLocked` when the keys cannot be unwrapped.
        """
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory, self._master = directory, master
        self._gate, self._keeping = threading.Lock(), threading.Lock()
        self._known: dict[str, bytes] = {}
        self._made: dict[str, bytes] = {}
        self._files = KeyFiles(directory)
        self._erasures = _open(directory / ERASURES_FILE, _ERASURES)
        try:
            self._wrap_all()
            self._destroy_again()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._files.close()
        self._erasures.close()

    def __enter__(self) -> "PersonalKeys":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def find(self, subject: str) -> bytes | None:
        """The subject's key; None when there is none, or none any more. `DependencyFailed` when the file does not answer."""
        with self._gate, _told():
            return self._find(subject)

    def make(self, subject: str, *, is_new: bool = False) -> bytes:
        """The subject's key, a new one if need be, which is durable only after `keep`. A subject that `is_new` is not looked up."""
        with self._gate, _told():
            key = self._known.get(subject) if is_new else self._find(subject)
            if key is None:
                key = self._made[subject] = self._known[subject] = os.urandom(KEY_BYTES)
            return key

    def keep(self) -> None:
        """Make new keys durable: before anything that was sealed with them is. `DependencyFailed` when they cannot be written."""
        with self._keeping:  # not at the gate: who seals must not wait for the disk
            with self._gate:
                made = dict(self._made)
            if not made:
                return
            with _told(), self._files.own() as own:
                rows = [(subject, self._wrapped(key)) for subject, key in made.items()]
                own.executemany("INSERT INTO keys VALUES (?, ?)", rows)
            with self._gate:
                for subject in made:
                    del self._made[subject]

    def forget(self) -> None:
        """Look all keys up again: somebody may have destroyed some."""
        with self._gate:
            self._known = dict(self._made)

    def erase(self, erasure: Erasure) -> None:
        """Put the erasure on the list, then destroy its keys and that of the snapshots. Repeating it does no harm."""
        with self._gate, _told():
            self._known.clear()
            found = [(subject, key) for subject in erasure.subjects if (key := self._find(subject)) is not None]
            with self._erasures:
                self._erasures.execute(
                    "INSERT OR IGNORE INTO erasures VALUES (?, ?, ?, ?, ?, 0)",
                    (
                        *(erasure.incident_id, json.dumps(erasure.transfer_ids), erasure.reason),
                        *(erasure.ordered_by, erasure.at.isoformat()),
                    ),
                )
                prints = [(subject, _fingerprint(key)) for subject, key in found]
                self._erasures.executemany("INSERT OR IGNORE INTO destroyed VALUES (?, ?)", prints)
            self._destroy([subject for subject, _ in found])

    def incidents(self) -> Sequence[str]:
        """Those that have a key that was kept, by their identifiers."""
        with self._gate, _told():
            rows = self._files.rows("SELECT subject FROM keys WHERE subject LIKE 'inc-%'")
        return sorted({subject for (subject,) in rows})

    def erasures(self) -> Sequence[Erasure]:
        """The list, oldest first."""
        return self._listed("SELECT * FROM erasures ORDER BY at, incident_id")

    def unrecorded(self) -> Sequence[Erasure]:
        """Those that the journal does not say yet."""
        return self._listed("SELECT * FROM erasures WHERE NOT is_recorded ORDER BY at, incident_id")

    def _listed(self, query: str) -> Sequence[Erasure]:
        with self._gate, _told():
            rows = self._erasures.execute(query).fetchall()
        return [
            Erasure(
                incident_id=incident_id,
                transfer_ids=tuple(json.loads(transfer_ids)),
                reason=reason,
                ordered_by=ordered_by,
                at=datetime.fromisoformat(at),
                is_recorded=bool(is_recorded),
            )
            for incident_id, transfer_ids, reason, ordered_by, at, is_recorded in rows
        ]

    def is_erased(self, subject: str) -> bool:
        """Whether a key of the subject was destroyed on purpose."""
        with self._gate, _told():
            asked = self._erasures.execute("SELECT 1 FROM destroyed WHERE subject = ?", (subject,))
            return asked.fetchone() is not None

    def note_recorded(self, erasure: Erasure) -> None:
        """The journal says it too."""
        with self._gate, _told(), self._erasures:
            self._erasures.execute("UPDATE erasures SET is_recorded = 1 WHERE incident_id = ?", (erasure.incident_id,))

    def _find(self, subject: str) -> bytes | None:
        key = self._known.get(subject)
        if key is None:
            kept = self._files.find(subject)
            if kept is None:
                return None
            if len(self._known) >= _REMEMBERED:
                self._known = dict(self._made)
            key = self._known[subject] = self._unwrapped(kept)
        return key

    def _wrapped(self, key: bytes) -> bytes:
        return key if self._master is None else aes_key_wrap(self._master, key)

    def _unwrapped(self, stored: bytes) -> bytes:
        """A key as it is kept: of `KEY_BYTES` plain, of eight more wrapped."""
        if len(stored) == KEY_BYTES:
            return stored
        if self._master is None:
            raise KeysLocked(self._directory)
        try:
            return aes_key_unwrap(self._master, stored)
        except InvalidUnwrap:
            raise KeysLocked(self._directory) from None

    def _wrap_all(self) -> None:
        for (wrapped,) in self._files.rows("SELECT key FROM keys WHERE length(key) > ? LIMIT 1", KEY_BYTES):
            self._unwrapped(wrapped)
        if self._master is not None:
            plain = self._files.rows("SELECT subject, key FROM keys WHERE length(key) = ?", KEY_BYTES)
            self._files.replace([(self._wrapped(key), subject) for subject, key in plain])

    def _destroy_again(self) -> None:
        listed = self._erasures.execute("SELECT subject, fingerprint FROM destroyed").fetchall()
        back = [
            subject
            for subject, fingerprint in listed
            if (key := self._find(subject)) is not None and _fingerprint(key) == fingerprint
        ]
        if back:
            self._destroy(back)

    def _destroy(self, subjects: Sequence[str]) -> None:
        self._files.delete([*subjects, SNAPSHOTS])
        self._known.clear()


def require_opens(directory: Path, master: bytes | None) -> None:
    """Look, without changing anything, whether the keys in `directory` can be unwrapped with `master`.

    `KeysLocked` when they cannot, sqlite3.Error when a file of them cannot be read.
    """
    for path in paths(directory):
        wrapped = first_longer(path, KEY_BYTES)
        try:
            if wrapped is not None:
                aes_key_unwrap(master or bytes(KEY_BYTES), wrapped)
        except InvalidUnwrap:
            raise KeysLocked(path) from None


def _open(path: Path, layout: str) -> sqlite3.Connection:
    """No write-ahead log: several processes write, and what is deleted must not stand in another file; what is freed is zeroed."""
    path.touch(mode=0o600, exist_ok=True)
    connection = sqlite3.connect(path, timeout=10.0, check_same_thread=False)
    connection.execute("PRAGMA secure_delete=ON")
    connection.execute("PRAGMA synchronous=FULL")
    connection.executescript(layout)
    return connection


def _fingerprint(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise DependencyFailed(f"the keys of personal data do not answer: {error}") from error
