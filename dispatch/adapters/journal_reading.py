"""Reading the committed journal through read-only connections; safe beside the live writer, from any thread."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import SQLAlchemyError

from dispatch.adapters.codec_world import decode_world, program_digest
from dispatch.adapters.event_codec import UnreadableEvent
from dispatch.adapters.journal_chain import ZERO_HASH, EventRow, recorded_of, snapshot_seal
from dispatch.adapters.journal_faults import JournalDamaged, cause_of
from dispatch.adapters.journal_tables import EVENT_INCIDENTS, EVENTS, REPLIES, SNAPSHOTS
from dispatch.adapters.vault import Vault, without_vault
from dispatch.domain.events import Recorded
from dispatch.domain.ids import IncidentId
from dispatch.domain.world import World
from dispatch.engine.ports import DependencyFailed, Reply, Snapshot

PAGE_ROWS: Final = 500
"""Events read at a time: bounds memory, and no reader holds back the checkpoint for longer than one page."""

_LOG: Final = logging.getLogger(__name__)
_ROW_COLUMNS: Final = tuple(EVENTS.c[name] for name in EventRow._fields)


class JournalReader:
    """The reading half of the `Journal` port."""

    def __init__(self, engine: Engine, vault: Vault | None = None) -> None:
        self._readers, self._vault = engine, vault

    async def reply_to(self, key: str) -> Reply | None:
        return self.find_reply(key)

    def find_reply(self, key: str) -> Reply | None:
        """`reply_to`, for threads."""
        columns = (REPLIES.c.key, REPLIES.c.request_digest, REPLIES.c.status, REPLIES.c.body)
        with self._reading() as connection:
            row = connection.execute(select(*columns).where(REPLIES.c.key == key)).one_or_none()
        if row is None:
            return None
        reply = Reply(key=row[0], request_digest=row[1], status=row[2], body=row[3])
        return reply if self._vault is None else self._vault.opened_reply(reply)

    def read(self, *, after: int = 0, limit: int | None = None) -> Iterator[Recorded]:
        """Committed events with `seq > after`, page by page; ends at the head as it is when the last page is read."""
        left = limit
        while left is None or left > 0:
            rows = PAGE_ROWS if left is None else min(PAGE_ROWS, left)
            page = select(*_ROW_COLUMNS).where(EVENTS.c.seq > after).order_by(EVENTS.c.seq).limit(rows)
            with self._reading() as connection:
                found = [EventRow._make(row) for row in connection.execute(page)]
            yield from map(self._recorded, found)
            if len(found) < rows:
                return
            after = found[-1].seq
            left = None if left is None else left - rows

    def read_incident(self, incident_id: IncidentId) -> Sequence[Recorded]:
        named = (
            select(*_ROW_COLUMNS)
            .join(EVENT_INCIDENTS, EVENT_INCIDENTS.c.seq == EVENTS.c.seq)
            .where(EVENT_INCIDENTS.c.incident_id == incident_id)
            .order_by(EVENTS.c.seq)
        )
        with self._reading() as connection:
            found = [EventRow._make(row) for row in connection.execute(named)]
        return [self._recorded(row) for row in found]

    def latest_snapshot(self) -> Snapshot | None:
        with self._reading() as connection:
            for seq in connection.scalars(select(SNAPSHOTS.c.seq).order_by(SNAPSHOTS.c.seq.desc())).all():
                world = _readable_world(connection, seq, self._vault)
                if world is not None:
                    return Snapshot(world=world)
        return None

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self._readers.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise DependencyFailed(f"the journal could not be read: {cause_of(error)}") from error

    def _recorded(self, row: EventRow) -> Recorded:
        try:
            return recorded_of(row, self._vault)
        except UnreadableEvent as error:
            raise JournalDamaged(
                f"第 {row.seq} 条记录无法读取({error});请用 dispatch journal verify 检查,并使用写入它的程序版本或恢复备份。"
                f" Event {row.seq} cannot be read ({error}); check with `dispatch journal verify`, and use the version of the"
                " program that wrote it or restore a backup."
            ) from error


def chain_hash_at(connection: Connection, seq: int) -> bytes | None:
    """The stored chain hash of an event; zero bytes for 0, None when there is no such event."""
    return ZERO_HASH if seq == 0 else connection.scalar(select(EVENTS.c.hash).where(EVENTS.c.seq == seq))


def _readable_world(connection: Connection, seq: int, vault: Vault | None) -> World | None:
    """The snapshot's world, or None, said in the log, when another program made it, its key is gone or it is damaged."""
    wanted = select(SNAPSHOTS.c.program_digest, SNAPSHOTS.c.world, SNAPSHOTS.c.seal).where(SNAPSHOTS.c.seq == seq)
    digest, data, sealed = connection.execute(wanted).one()
    if digest != program_digest():
        _LOG.warning(
            "第 %d 条记录处的快照由另一版本程序生成,不予采用。"
            " The snapshot at event %d was made by another version of the program and is not used.", seq, seq,
        )  # fmt: skip
        return None
    chain = chain_hash_at(connection, seq)
    try:
        if chain is not None and sealed == snapshot_seal(chain, digest, data):
            opened = without_vault(data) if vault is None else vault.opened_world(data)
            if opened is not None:
                return decode_world(opened)
            _LOG.warning(
                "第 %d 条记录处的快照已随抹除作废,不予采用。"
                " The snapshot at event %d went with an erasure and is not used.", seq, seq,
            )  # fmt: skip
            return None
        cause = "seal"
    except ValueError as error:
        cause = str(error)
    _LOG.error(
        "第 %d 条记录处的快照已损坏,不予采用。 The snapshot at event %d is damaged (%s) and is not used.",
        seq,
        seq,
        cause,
    )
    return None
