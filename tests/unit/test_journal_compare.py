"""A journal to play against: the same events pass, the first other one stops whoever writes it, and is named."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dispatch.adapters.journal_chain import ZERO_HASH, EventRow, chain_hash
from dispatch.adapters.journal_compare import ComparingJournal, Difference, Differs
from dispatch.adapters.journal_faults import JournalDamaged
from dispatch.adapters.journal_sqlite import open_to_read
from dispatch.domain.events import CallReceived, Recorded
from dispatch.domain.ids import IncidentId
from dispatch.engine.ports import Batch
from tests.fakes.journal_files import rows, tamper, write_journal
from tests.fakes.story import Story

N_BATCHES = 12


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_journal(tmp_path / "journal", batches=N_BATCHES)
    return tmp_path / "journal"


def told() -> list[Batch]:
    """The same story again."""
    return list(Story(seed=1).batches(N_BATCHES))


def play(path: Path, batches: list[Batch]) -> tuple[int, bytes]:
    """Where a replay of `batches` against the journal ends."""
    with open_to_read(path) as connection:
        journal = ComparingJournal(connection)
        for batch in batches:
            journal.append(batch)
        journal.finish()
    return journal.head_seq, journal.head_hash


def difference(path: Path, batches: list[Batch]) -> Difference:
    with pytest.raises(Differs) as caught:
        play(path, batches)
    return caught.value.difference


def with_events(batches: list[Batch], kind: type[Any], **changes: Any) -> tuple[list[Batch], Recorded]:
    """The batches with the first event of this kind changed, and that event."""
    for n, batch in enumerate(batches):
        for k, recorded in enumerate(batch.entries):
            if isinstance(recorded.event, kind):
                other = replace(recorded, event=replace(recorded.event, **changes))
                entries = (*batch.entries[:k], other, *batch.entries[k + 1 :])
                return [*batches[:n], Batch(entries=entries), *batches[n + 1 :]], other
    raise AssertionError(kind)


def test_the_same_events_pass_and_end_at_the_same_hash(path: Path) -> None:
    head = rows(path, "SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1")
    assert [play(path, told())] == head


def test_the_first_other_value_is_named_with_its_path(path: Path) -> None:
    batches, other = with_events(told(), CallReceived, caller_phone="12345")
    found = difference(path, batches)
    assert (found.seq, found.type, found.field) == (other.seq, "CallReceived", "data.caller_phone")
    assert found.replayed == "12345"


def test_what_is_missing_on_either_side_is_named_as_a_whole(path: Path) -> None:
    batches = told()
    short = difference(path, batches[:-1])
    first_left = batches[-1].entries[0]
    assert (short.seq, short.type, short.field, short.replayed) == (first_left.seq, first_left.type, None, None)
    tamper(path, ("DELETE FROM events WHERE seq >= ?", (first_left.seq,)))
    long = difference(path, batches)
    assert (long.seq, long.type, long.field, long.recorded) == (first_left.seq, first_left.type, None, None)


def test_an_event_of_another_type_is_named_by_its_type(path: Path) -> None:
    tamper(path, ("UPDATE events SET type = 'NoteAdded' WHERE seq = 2", ()))
    assert (difference(path, told()).seq, difference(path, told()).field) == (2, "type")


def test_an_event_of_an_older_schema_is_compared_as_it_reads_today(path: Path) -> None:
    """Calls once did not say where the caller was: such a row is the same event as one without a place, and no other."""
    batches, other = with_events(told(), CallReceived, location=None)
    ((payload,),) = rows(path, f"SELECT payload FROM events WHERE seq = {other.seq}")
    old = {name: value for name, value in json.loads(payload).items() if name != "location"}
    stored = json.dumps(old, ensure_ascii=False, separators=(",", ":")).encode()
    tamper(path, ("UPDATE events SET payload = ?, schema_version = 1 WHERE seq = ?", (stored, other.seq)))
    mend_chain(path)
    play(path, batches)
    third, _ = with_events(batches, CallReceived, address_text="elsewhere")
    assert difference(path, third).field == "data.address_text"


def test_a_payload_that_cannot_be_read_is_no_difference_but_damage(path: Path) -> None:
    tamper(path, ("UPDATE events SET payload = x'7b' WHERE seq = 3", ()))
    with pytest.raises(JournalDamaged, match="The content of event 3 cannot be read"):
        play(path, told())


async def test_it_answers_other_questions_as_an_empty_journal_would(path: Path) -> None:
    with open_to_read(path) as connection:
        journal = ComparingJournal(connection)
        assert (journal.head_seq, journal.head_hash, journal.latest_snapshot()) == (0, ZERO_HASH, None)
        assert await journal.reply_to("key-0") is None
        assert [*journal.read(), *journal.read_incident(IncidentId("inc-test-1"))] == []


def mend_chain(path: Path) -> None:
    """Make the hashes follow from the rows again."""
    columns = ", ".join(EventRow._fields)
    before = ZERO_HASH
    for row in rows(path, f"SELECT {columns} FROM events ORDER BY seq"):
        before = chain_hash(before, EventRow._make(row))
        tamper(path, ("UPDATE events SET hash = ? WHERE seq = ?", (before, row[0])))
