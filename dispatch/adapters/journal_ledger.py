"""The one place that writes the journal: checks batches, links them into the chain, and commits them in groups.

`add` validates a batch against everything added before it and keeps it in memory; `flush` writes all that was added in one
transaction, so that a burst shares one wait for the disk. No thread of its own: the callers (`journal_sql`) decide when.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final, Protocol

from sqlalchemy import Connection, Table, bindparam, delete, insert, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from dispatch.adapters.codec_world import encode_world, program_digest
from dispatch.adapters.journal_chain import ZERO_HASH, chain_hash, reply_seal, snapshot_seal
from dispatch.adapters.journal_faults import cause_of
from dispatch.adapters.journal_staging import Staged
from dispatch.adapters.journal_tables import EVENT_INCIDENTS, EVENTS, REPLIES, SNAPSHOTS
from dispatch.adapters.vault import Vault
from dispatch.engine.ports import DependencyFailed, JournalConflict, Reply, Snapshot

KEPT_SNAPSHOTS: Final = 3
"""The newest is used; the others stand in when it is damaged. Older ones only take space."""


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain: `seq` 0 and zero bytes before the first event, when the realm is still open."""

    seq: int = 0
    hash: bytes = ZERO_HASH
    realm: str | None = None


def read_head(connection: Connection) -> Head:
    """The last committed event's place in the chain."""
    last = select(EVENTS.c.seq, EVENTS.c.hash, EVENTS.c.realm).order_by(EVENTS.c.seq.desc()).limit(1)
    row = connection.execute(last).one_or_none()
    return Head(*row) if row else Head()


@dataclass(slots=True)
class _Added:
    """What the next transaction writes, as parameters of its statements."""

    events: list[tuple[object, ...]] = field(default_factory=list)
    incidents: list[tuple[object, ...]] = field(default_factory=list)
    hashes: list[bytes] = field(default_factory=list)
    replies: dict[str, tuple[object, ...]] = field(default_factory=dict)
    snapshots: list[dict[str, object]] = field(default_factory=list)


class Fence(Protocol):
    """Keeps a writer that has been replaced from writing, where several could."""

    def hold(self, connection: Connection) -> None:
        """Renew the lease in the transaction that is about to write; `JournalConflict` when somebody else has become the writer."""
        ...


class Ledger:
    """The writing connection and the chain's end. Not thread-safe: one thread at a time."""

    def __init__(self, connection: Connection, fence: Fence | None = None, vault: Vault | None = None) -> None:
        self._connection, self._fence, self._vault = connection, fence, vault
        self._insert_events = _positional_insert(EVENTS, connection)
        self._insert_incidents = _positional_insert(EVENT_INCIDENTS, connection)
        self._insert_replies = _positional_insert(REPLIES, connection)
        self._added = _Added()
        self._is_used: dict[str, bool] = {}  # keys looked up since the last flush
        self.stopped_by: Exception | None = None
        self._program = program_digest()
        self.committed = read_head(connection)
        self.head = self.committed
        connection.rollback()

    @property
    def events_waiting(self) -> int:
        """Events added since the last flush."""
        return len(self._added.events)

    def look_up(self, keys: Collection[str]) -> None:
        """Ask once for the idempotency keys of many batches that are about to be added: a question each costs 0.15 ms."""
        if keys:
            used = set(self._connection.scalars(_USED_KEYS, {"keys": list(keys)}))
            self._is_used |= {key: key in used for key in keys}

    def add(self, staged: Staged) -> None:
        """Put a batch behind all earlier ones, or raise `JournalConflict` and leave everything as it was."""
        self._require_next(staged)
        head = self.head
        for row in staged.rows:
            head = Head(row.seq, chain_hash(head.hash, row), row.realm)
            self._added.events.append((*row, head.hash))
            self._added.hashes.append(head.hash)
        self._added.incidents += staged.incidents
        self.head = head
        if staged.reply is not None:
            self._added.replies[staged.reply.key] = _reply_row(staged.reply, head)

    def add_snapshot(self, snapshot: Snapshot) -> None:
        """Put a snapshot of an already added world behind all earlier batches, or raise `JournalConflict`."""
        if self.stopped_by:
            raise self.stopped_by
        seq, world = snapshot.world.seq, encode_world(snapshot.world)
        chain = self._hash_at(seq)
        if chain is None:
            raise JournalConflict(f"a snapshot of event {seq} came when the journal's head was {self.head.seq}")
        if self._vault is not None:
            world = self._vault.sealed_world(world)
        row = {"seq": seq, "program_digest": self._program, "world": world}
        self._added.snapshots.append({**row, "seal": snapshot_seal(chain, self._program, world)})

    def flush(self) -> None:
        """Commit everything added, in one transaction; with nothing added, only the lease is renewed.

        `DependencyFailed` when the store fails, `JournalConflict` when somebody else has written: then nothing that was added
        is in the journal.
        """
        added, self._added = self._added, _Added()
        self._is_used.clear()
        try:
            if self._fence is not None and self.stopped_by is None:
                self._fence.hold(self._connection)
            if self._vault is not None:
                self._vault.keys.keep()  # before anything that needs them is there to be read
            self._write(added)
            self._connection.commit()
        except (SQLAlchemyError, JournalConflict, DependencyFailed) as error:
            raise self._failure(error) from error
        self.committed = self.head

    def _write(self, added: _Added) -> None:
        if added.events:
            self._connection.exec_driver_sql(self._insert_events, added.events)
        if added.incidents:
            self._connection.exec_driver_sql(self._insert_incidents, added.incidents)
        if added.replies:
            self._connection.exec_driver_sql(self._insert_replies, list(added.replies.values()))
        for row in added.snapshots:
            self._connection.execute(delete(SNAPSHOTS).where(SNAPSHOTS.c.seq == row["seq"]))
            self._connection.execute(insert(SNAPSHOTS), row)
        if added.snapshots:
            kept = self._connection.scalars(_SNAPSHOTS_NEWEST_FIRST.limit(KEPT_SNAPSHOTS)).all()
            self._connection.execute(delete(SNAPSHOTS).where(SNAPSHOTS.c.seq < min(kept)))

    def _failure(self, error: SQLAlchemyError | JournalConflict | DependencyFailed) -> Exception:
        """Undo the transaction and find out where the journal stands; what cannot be known for sure stops the writer."""
        self.head = self.committed
        try:
            self._connection.rollback()
            stands = read_head(self._connection)
            self._connection.rollback()
        except SQLAlchemyError:
            self.stopped_by = DependencyFailed(
                f"the journal's store has failed and has to be reopened: {cause_of(error)}"
            )
            return self.stopped_by
        if isinstance(error, JournalConflict):
            self.stopped_by = error
            return error
        if stands != self.committed or isinstance(error, IntegrityError):
            self.stopped_by = JournalConflict(
                f"the journal stands at event {stands.seq}, not at {self.committed.seq}: {cause_of(error)}"
            )
            return self.stopped_by
        return DependencyFailed(f"the journal could not be written: {cause_of(error)}")

    def _require_next(self, staged: Staged) -> None:
        if self.stopped_by:
            raise self.stopped_by
        for place, row in enumerate(staged.rows, start=self.head.seq + 1):
            if row.seq != place:
                raise JournalConflict(f"event {row.seq} was appended where {place} comes next")
            if self.head.realm not in {None, row.realm}:
                raise JournalConflict(f"an event of realm {row.realm} was appended to a journal of {self.head.realm}")
        if staged.reply is not None and self._has_reply(staged.reply.key):
            raise JournalConflict(f"the idempotency key {staged.reply.key!r} already has a reply")

    def _has_reply(self, key: str) -> bool:
        if key not in self._is_used:
            self.look_up([key])
        return key in self._added.replies or self._is_used[key]

    def _hash_at(self, seq: int) -> bytes | None:
        if seq == 0:
            return ZERO_HASH
        first_added = self.head.seq - len(self._added.events) + 1
        if seq >= first_added:
            return self._added.hashes[seq - first_added] if seq <= self.head.seq else None
        return self._connection.scalar(select(EVENTS.c.hash).where(EVENTS.c.seq == seq))


_USED_KEYS: Final = select(REPLIES.c.key).where(REPLIES.c.key.in_(bindparam("keys", expanding=True)))
_SNAPSHOTS_NEWEST_FIRST: Final = select(SNAPSHOTS.c.seq).order_by(SNAPSHOTS.c.seq.desc())


def _positional_insert(table: Table, connection: Connection) -> str:
    """The table's insert in the words of the driver, for rows as tuples: 14 µs a row less than rows as dicts (of 23)."""
    return str(insert(table).compile(dialect=connection.dialect))


def _reply_row(reply: Reply, head: Head) -> tuple[object, ...]:
    """The columns of `REPLIES`, in their order."""
    sealed = reply_seal(head.hash, reply)
    return (reply.key, head.seq, reply.request_digest, reply.status, reply.body, sealed)
