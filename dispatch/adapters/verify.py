"""Verification: whether a journal is what it was when it was written, and whether what it tells is lawful.

Everything is computed again from the stored rows: the hash chain, the dense order, every event's decoding, the fold from the
first event, the invariants at each step, and what stands beside the chain (the incident index, replies, snapshots). It reads in one
transaction through a read-only connection, so it may run beside a live service, and row by row, so memory stays bounded.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from dispatch.adapters.codec_world import decode_world, program_digest, world_hash
from dispatch.adapters.event_codec import UnreadableEvent
from dispatch.adapters.journal_chain import ZERO_HASH, EventRow, recorded_of, reply_seal, snapshot_seal
from dispatch.adapters.journal_faults import cause_of
from dispatch.adapters.journal_places import Place, open_to_read
from dispatch.adapters.journal_report import Report
from dispatch.adapters.journal_staging import incidents_named
from dispatch.adapters.journal_tables import EVENT_INCIDENTS, EVENTS, REPLIES, SNAPSHOTS
from dispatch.adapters.journal_tail import hash_or_none
from dispatch.adapters.vault import Vault, without_vault
from dispatch.domain.events import Recorded
from dispatch.domain.evolve import evolve
from dispatch.domain.invariants import Watch, contradictions
from dispatch.domain.rejections import InvariantBroken
from dispatch.domain.world import World
from dispatch.engine.ports import Reply

_ROWS_AT_A_TIME: Final = 500
_UNLAWFUL: Final = (InvariantBroken, LookupError, TypeError, ValueError, AttributeError)


def verify(where: Place, vault: Vault | None = None) -> Report:
    """Check the journal in a file or database; without `vault` as everybody can read it, persons left out.

    Raises `JournalDamaged` when it cannot even be opened, FileNotFoundError when there is none.
    """
    with open_to_read(where) as connection:
        return verify_on(connection, vault)


def verify_on(connection: Connection, vault: Vault | None = None) -> Report:
    """Check the journal that `connection` sees, with what it has not committed yet."""
    report = Report()
    try:
        _Verification(connection, report, vault).run()
    except SQLAlchemyError as error:
        report.add(
            report.head_seq + 1,
            f"第 {report.head_seq} 条记录之后无法继续读取({cause_of(error)})",
            f"It cannot be read further after event {report.head_seq} ({cause_of(error)})",
        )
    return report


class _Verification:
    """One pass over the events, with the fold and the books of the invariants beside it."""

    def __init__(self, connection: Connection, report: Report, vault: Vault | None) -> None:
        self._connection, self._vault = connection, vault
        self._report = report
        self._watch = Watch()
        self._world: World | None = World()
        self._realm: str | None = None
        self._named = _PairSum()
        self._snapshot_seqs = set(connection.scalars(select(SNAPSHOTS.c.seq)))

    def run(self) -> None:
        if self._connection.dialect.name == "sqlite":
            self._check_file()
        self._check_snapshot()
        for stored in self._stream(select(EVENTS).order_by(EVENTS.c.seq)):
            self._check_event(EventRow._make(stored[:-1]), stored[-1])
        if self._world is not None:
            self._check_world(self._world)
            self._report.open_incidents = len(self._world.open_ids)
            self._report.world_hash = world_hash(self._world)
        self._check_index()
        self._check_replies()
        for seq in sorted(self._snapshot_seqs):
            self._report.add(
                seq, f"快照所指的第 {seq} 条记录不存在", f"A snapshot stands at event {seq}, which does not exist"
            )

    def _check_file(self) -> None:
        for line in self._connection.exec_driver_sql("PRAGMA quick_check(5)").scalars():
            if line != "ok":
                self._report.add(None, f"数据库结构损坏:{line}", f"The database's structure is damaged: {line}")

    def _stream(self, query: Any) -> Iterator[Any]:
        yield from self._connection.execute(query, execution_options={"yield_per": _ROWS_AT_A_TIME})

    def _check_event(self, row: EventRow, stored_hash: bytes) -> None:
        report = self._report
        expected_seq = report.head_seq + 1
        if row.seq != expected_seq:
            report.add(
                expected_seq,
                f"第 {expected_seq} 条记录缺失,其后是第 {row.seq} 条",
                f"Event {expected_seq} is missing; {row.seq} comes next",
            )
        if hash_or_none(report.head_hash, row) != stored_hash:
            report.add(
                row.seq,
                f"第 {row.seq} 条记录的哈希与其内容或前一条不符",
                f"The hash of event {row.seq} does not follow from its content and the event before it",
            )
        if self._realm not in {None, row.realm}:
            report.add(
                row.seq, f"第 {row.seq} 条记录属于另一领域 {row.realm!r}", f"Event {row.seq} is of realm {row.realm!r}"
            )
        self._realm = self._realm or row.realm
        report.events += 1
        report.head_seq, report.head_hash = row.seq, stored_hash
        self._check_meaning(row)
        self._check_snapshot()

    def _check_meaning(self, row: EventRow) -> None:
        try:
            recorded = recorded_of(row, self._vault)
        except UnreadableEvent as error:
            self._report.add(
                row.seq, f"第 {row.seq} 条记录无法解码({error})", f"Event {row.seq} cannot be decoded ({error})"
            )
            self._world = None
            return
        for incident_id in incidents_named(recorded.event):
            self._named.add(incident_id, row.seq)
        self._check_lawful(recorded)

    def _check_lawful(self, recorded: Recorded) -> None:
        seq = recorded.seq
        try:
            for broken in self._watch.violations(recorded):
                self._report.add(seq, f"第 {seq} 条记录违反规则:{broken}", f"Event {seq} breaks a rule: {broken}")
            if self._world is not None:
                self._world = evolve(self._world, recorded)
        except _UNLAWFUL as error:
            self._world = None
            self._report.add(
                seq,
                f"第 {seq} 条记录无法归入当前状态({error!r}),此后不再推演",
                f"Event {seq} cannot be folded into the world ({error!r}); the fold ends here",
            )

    def _check_world(self, world: World) -> None:
        for found in contradictions(world):
            self._report.add(
                world.seq,
                f"第 {world.seq} 条记录后状态自相矛盾:{found}",
                f"After event {world.seq} the world contradicts itself: {found}",
            )

    def _check_snapshot(self) -> None:
        seq = self._report.head_seq
        if seq not in self._snapshot_seqs:
            return
        self._snapshot_seqs.discard(seq)
        wanted = select(SNAPSHOTS.c.program_digest, SNAPSHOTS.c.world, SNAPSHOTS.c.seal).where(SNAPSHOTS.c.seq == seq)
        digest, data, sealed = self._connection.execute(wanted).one()
        if sealed != snapshot_seal(self._report.head_hash, digest, data):
            self._report.add(
                seq, f"第 {seq} 条记录处的快照与其封印不符", f"The snapshot at event {seq} does not match its seal"
            )
        elif digest != program_digest() or (opened := self._opened(data)) is None:
            self._report.snapshots_passed_over += 1
        elif self._world is not None:
            self._report.snapshots_checked += 1
            self._check_world(self._world)
            if not _is_world(opened, self._world):
                self._report.add(
                    seq,
                    f"第 {seq} 条记录处的快照与推演结果不同",
                    f"The snapshot at event {seq} differs from the fold of the events",
                )

    def _opened(self, world: bytes) -> bytes | None:
        return without_vault(world) if self._vault is None else self._vault.opened_world(world)

    def _check_index(self) -> None:
        stored = _PairSum()
        for incident_id, seq in self._stream(select(EVENT_INCIDENTS.c.incident_id, EVENT_INCIDENTS.c.seq)):
            stored.add(incident_id, seq)
        if stored != self._named:
            self._report.add(
                None, "按事件检索记录的索引与记录不符", "The index of events by incident does not match the events"
            )

    def _check_replies(self) -> None:
        columns = (REPLIES.c.key, REPLIES.c.request_digest, REPLIES.c.status, REPLIES.c.body)
        joined = select(REPLIES.c.seq, REPLIES.c.seal, func.coalesce(EVENTS.c.hash, ZERO_HASH), *columns).outerjoin(
            EVENTS, EVENTS.c.seq == REPLIES.c.seq
        )
        for seq, sealed, chain, key, digest, status, body in self._stream(joined):
            self._report.replies += 1
            try:
                is_sealed = sealed == reply_seal(chain, Reply(key=key, request_digest=digest, status=status, body=body))
            except (AttributeError, TypeError, ValueError):
                is_sealed = False
            if not is_sealed:
                self._report.add(seq, f"应答 {key!r} 与其封印不符", f"The reply {key!r} does not match its seal")


@dataclass(slots=True)
class _PairSum:
    """A fingerprint of a set of (incident_id, seq) pairs that does not depend on their order."""

    count: int = 0
    total: int = 0

    def add(self, incident_id: str, seq: int) -> None:
        self.count += 1
        self.total += hash((incident_id, seq))


def _is_world(data: bytes, world: World) -> bool:
    try:
        return decode_world(data) == world
    except ValueError:
        return False
