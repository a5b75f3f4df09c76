"""Checking the journal's tail when it is opened, and cutting a torn one: in the open, and never a good row.

A row is good when its hash follows from the row before it, either from that row's stored hash or from the hash of its content (so
that one damaged hash does not take the good row behind it along). Bad rows at the very end are a torn tail: they are moved to a
file beside the journal and reported. A bad or missing row with a good one behind it is damage of another kind, and the journal
stays closed and untouched, because cutting there would lose rows that somebody was promised.
"""

import base64
import logging
import os
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, delete, select

from dispatch.adapters.journal_chain import ZERO_HASH, EventRow, chain_hash
from dispatch.adapters.journal_faults import JournalDamaged
from dispatch.adapters.journal_tables import EVENT_INCIDENTS, EVENTS, REPLIES, SNAPSHOTS

CHECKED_ROWS: Final = 1_000
"""How far back the tail is checked at start (some 10 ms); `dispatch journal verify` checks everything."""

_LOG: Final = logging.getLogger(__name__)


def hash_or_none(previous: bytes | None, row: EventRow) -> bytes | None:
    """The row's hash behind `previous`; None when the stored values are too damaged to be hashed."""
    try:
        return None if previous is None else chain_hash(previous, row)
    except (AttributeError, TypeError, ValueError, struct.error):
        return None


def mend_tail(connection: Connection, path: Path) -> None:
    """Check the last rows of the journal at `path`; cut a torn tail.

    Raises `JournalDamaged` when a row before a good one is bad or missing, or when no row is good.
    """
    last_good = torn_after(connection, path)
    if last_good is not None:
        _cut(connection, path, last_good)


def require_whole_tail(connection: Connection, where: object) -> None:
    """The same check where no tail can be torn, because the store itself answers for whole transactions: nothing is ever cut there."""
    last_good = torn_after(connection, where)
    if last_good is not None:
        raise _not_a_tail(where, last_good + 1)


def torn_after(connection: Connection, where: object) -> int | None:
    """The last good event before a torn tail; None when the tail is whole. Raises like `mend_tail`."""
    last = select(EVENTS).order_by(EVENTS.c.seq.desc()).limit(CHECKED_ROWS + 1)
    rows = list(reversed(connection.execute(last).all()))
    connection.rollback()
    if not rows:
        return None
    verdicts = list(_verdicts(rows))
    good = [seq for seq, is_good in verdicts if is_good]
    if not good:
        raise _not_a_tail(where, rows[0].seq)
    bad_before = [seq for seq, is_good in verdicts if not is_good and seq < good[-1]]
    if bad_before:
        raise _not_a_tail(where, bad_before[0])
    return good[-1] if good[-1] < rows[-1].seq else None


def _verdicts(rows: Sequence[Any]) -> Iterator[tuple[int, bool]]:
    """(seq, is good) for each row but an anchor in the middle of the journal, whose own predecessor was not read."""
    stored: bytes | None = ZERO_HASH
    computed: bytes | None = ZERO_HASH
    expected_seq = 1
    if rows[0].seq > 1:
        stored, computed, expected_seq = rows[0].hash, None, rows[0].seq + 1
        rows = rows[1:]
    for stored_row in rows:
        row = EventRow._make(stored_row[:-1])
        if row.seq != expected_seq:
            yield expected_seq, False
            yield row.seq, True  # whatever it is, the gap before it is not a torn tail
        else:
            behind_stored = hash_or_none(stored, row)
            yield row.seq, stored_row.hash in {behind_stored, hash_or_none(computed, row)} - {None}
            computed = behind_stored
        stored, expected_seq = stored_row.hash, row.seq + 1


def _not_a_tail(where: object, seq: int) -> JournalDamaged:
    return JournalDamaged(
        f"日志 {where} 自第 {seq} 条记录起损坏或缺失,且并非末尾残缺;未作任何改动;"
        "请用 dispatch journal verify 查看,并从备份恢复。"
        f" The journal {where} is damaged or incomplete from event {seq} on, and not just at its tail; nothing was changed;"
        " look at it with `dispatch journal verify` and restore a backup."
    )


def _cut(connection: Connection, path: Path, last_good: int) -> None:
    cut = [
        (table.name, [row._asdict() for row in connection.execute(select(table).where(table.c.seq > last_good))])
        for table in (EVENTS, REPLIES, SNAPSHOTS)
    ]
    kept_in = _save(path, last_good + 1, cut)
    for table in (EVENTS, EVENT_INCIDENTS, REPLIES, SNAPSHOTS):
        connection.execute(delete(table).where(table.c.seq > last_good))
    connection.commit()
    events, replies, snapshots = (len(rows) for _, rows in cut)
    _LOG.error(
        "日志末尾损坏:已截去第 %d 条之后的 %d 条记录、%d 条应答、%d 个快照,原样保存于 %s。"
        " The journal's tail was damaged: after event %d, %d events, %d replies and %d snapshots were cut and kept in %s.",
        last_good, events, replies, snapshots, kept_in, last_good, events, replies, snapshots, kept_in,
    )  # fmt: skip


def _save(path: Path, first_cut: int, cut: list[tuple[str, list[dict[str, Any]]]]) -> Path:
    """Write the cut rows as JSON lines to a new file beside the journal, and wait for the disk."""
    name, attempt = f"cut_tail_{first_cut}.jsonl", 1
    while (place := path.with_name(name)).exists():
        attempt += 1
        name = f"cut_tail_{first_cut}_{attempt}.jsonl"
    with place.open("xb") as out:
        for table, rows in cut:
            for row in rows:
                out.write(
                    msgspec.json.encode({"table": str(table), **{str(k): _plain(v) for k, v in row.items()}}) + b"\n"
                )
        out.flush()
        os.fsync(out.fileno())
    return place


def _plain(value: object) -> object:
    """A stored value as JSON can hold it: bytes and damaged text in base64."""
    if isinstance(value, str):
        value = value.encode("utf-8", "surrogateescape")
        try:
            return value.decode()
        except UnicodeDecodeError:
            pass
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value
