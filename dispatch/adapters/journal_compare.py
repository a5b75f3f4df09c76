"""A journal to play against: it keeps nothing, and stops whoever writes into it at the first event that is not the recorded one.

What is compared is what is stored: time, actor, identifiers and every field of an event, bit for bit. An event of an older schema is
compared as it reads today.
"""

from collections.abc import Awaitable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, select

from dispatch.adapters.event_codec import UnreadableEvent
from dispatch.adapters.journal_chain import ZERO_HASH, EventRow, chain_hash, recorded_of, row_of
from dispatch.adapters.journal_faults import JournalDamaged
from dispatch.adapters.journal_tables import EVENTS
from dispatch.domain.events import Recorded
from dispatch.domain.ids import IncidentId
from dispatch.engine.ports import Answered, Batch, Reply, Snapshot

_ROWS_AT_A_TIME: Final = 500
# What says most of a difference comes first; identifiers last, since they follow from the time and the seed.
_ENVELOPE: Final = ("type", "recorded_at", "occurred_at", "actor", "realm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Where a replay leaves the journal: event `seq` of this `type`, in this `field` (None: the whole event).

    `recorded` and `replayed` are the field's values; None for what is not there at all.
    """

    seq: int
    type: str
    field: str | None
    recorded: Any
    replayed: Any

    @property
    def is_beyond(self) -> bool:
        """Whether the replay only goes on where the recorded journal has come to its end."""
        return self.field is None and self.recorded is None


class Differs(Exception):
    """The replay is not what was recorded."""

    def __init__(self, difference: Difference) -> None:
        super().__init__(f"event {difference.seq}, {difference.type}, {difference.field}")
        self.difference = difference


class ComparingJournal:
    """The `Journal` port over a recorded journal: `append` raises `Differs`, and `JournalDamaged` for an event that cannot be read."""

    def __init__(self, connection: Connection) -> None:
        """`connection` reads the recorded journal (`open_to_read`) and stays open for as long as this is used."""
        query = select(EVENTS).order_by(EVENTS.c.seq)
        self._stored: Iterator[Sequence[Any]] = iter(
            connection.execute(query, execution_options={"yield_per": _ROWS_AT_A_TIME})
        )
        self.head_seq, self.head_hash = 0, ZERO_HASH
        last = connection.scalar(select(EVENTS.c.recorded_at).order_by(EVENTS.c.seq.desc()).limit(1))
        self.last_at = None if last is None else datetime.fromisoformat(last)
        """When its last event was written down; None while it is empty."""

    def append(self, batch: Batch) -> Awaitable[None]:
        for recorded in batch.entries:
            stored = next(self._stored, None)
            if stored is None:
                made = row_of(recorded)
                raise Differs(_at(made, None, None, _plain(made)))
            row, stored_hash = EventRow._make(stored[:-1]), stored[-1]
            self._compare(row, recorded)
            expected = chain_hash(self.head_hash, row)
            if stored_hash != expected:
                raise Differs(_at(row, "hash", stored_hash.hex(), expected.hex()))
            self.head_seq, self.head_hash = row.seq, expected
        return Answered()

    def finish(self) -> None:
        """The replay has come to its end: raises `Differs` when the recorded journal has not."""
        stored = next(self._stored, None)
        if stored is not None:
            row = EventRow._make(stored[:-1])
            raise Differs(_at(row, None, _plain(row), None))

    def _compare(self, stored: EventRow, recorded: Recorded) -> None:
        made = row_of(recorded)
        if stored == made:
            return
        if stored.schema_version != made.schema_version:
            stored = _as_written_today(stored)
        found = _first_difference(stored, made)
        if found is not None:
            raise Differs(_at(stored, *found))

    # What a drill never asks of its journal, answered as an empty one would.

    async def reply_to(self, key: str) -> Reply | None:
        return None

    def read(self, *, after: int = 0, limit: int | None = None) -> Sequence[Recorded]:
        return ()

    def read_incident(self, incident_id: IncidentId) -> Sequence[Recorded]:
        return ()

    def save_snapshot(self, snapshot: Snapshot) -> Awaitable[None]:
        return Answered()

    def latest_snapshot(self) -> Snapshot | None:
        return None


def _at(row: EventRow, field: str | None, recorded: Any, replayed: Any) -> Difference:
    return Difference(seq=row.seq, type=row.type, field=field, recorded=recorded, replayed=replayed)


def _as_written_today(row: EventRow) -> EventRow:
    try:
        return row_of(recorded_of(row))
    except UnreadableEvent as error:
        raise JournalDamaged(
            f"第 {row.seq} 条记录无法读取({error});请用 dispatch journal verify 检查。"
            f" Event {row.seq} cannot be read ({error}); check with `dispatch journal verify`."
        ) from error


def _first_difference(stored: EventRow, made: EventRow) -> tuple[str, Any, Any] | None:
    """The first field in which two rows differ, with both values."""
    for name in _ENVELOPE:
        was, now = getattr(stored, name), getattr(made, name)
        if was != now:
            return name, was, now
    return _inner(_plain(stored), _plain(made), "data") or (
        None if stored.command_id == made.command_id else ("command_id", stored.command_id, made.command_id)
    )


def _plain(row: EventRow) -> Any:
    try:
        return msgspec.json.decode(row.payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise JournalDamaged(
            f"第 {row.seq} 条记录的内容无法读取({error});请用 dispatch journal verify 检查。"
            f" The content of event {row.seq} cannot be read ({error}); check with `dispatch journal verify`."
        ) from error


def _inner(was: Any, now: Any, path: str) -> tuple[str, Any, Any] | None:
    """The innermost difference of two JSON values, depth first, in the order of the fields."""
    if isinstance(was, dict) and isinstance(now, dict):
        for key in (*was, *(key for key in now if key not in was)):
            found = _inner(was.get(key), now.get(key), f"{path}.{key}")
            if found is not None:
                return found
        return None
    if isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        inner = (_inner(a, b, f"{path}[{n}]") for n, (a, b) in enumerate(zip(was, now, strict=True)))
        return next((found for found in inner if found is not None), None)
    return None if was == now and type(was) is type(now) else (path, was, now)
