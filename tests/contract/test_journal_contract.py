"""What every journal promises to the engine: the live one, the drill's, and the fake that other tests use."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dispatch.adapters.journal_inline import InlineJournal
from dispatch.adapters.journal_postgres import PostgresJournal
from dispatch.adapters.journal_recovery import load_world
from dispatch.adapters.journal_sql import SqlJournal
from dispatch.adapters.personal_keys import PersonalKeys
from dispatch.adapters.vault import Vault
from dispatch.domain import events as ev
from dispatch.domain.ids import IncidentId, Realm
from dispatch.domain.world import World
from dispatch.engine.ports import Batch, DependencyFailed, JournalConflict, Reply, Snapshot
from tests.fakes import example_events as example
from tests.fakes.memory_journal import MemoryJournal
from tests.fakes.story import Story

AnyJournal = SqlJournal | PostgresJournal | InlineJournal | MemoryJournal


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with PersonalKeys(tmp_path / "keys") as keys:
        yield Vault(keys)


@pytest.fixture(params=["live", "sealed", pytest.param("shared", marks=pytest.mark.slow), "drill", "memory"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AnyJournal]:
    made: AnyJournal
    match request.param:
        case "live":
            made = SqlJournal(tmp_path / "journal")
        case "sealed":
            made = SqlJournal(tmp_path / "journal", vault=request.getfixturevalue("vault"))
        case "shared":
            made = PostgresJournal(request.getfixturevalue("postgres").url())
            assert made.take()
        case "drill":
            made = InlineJournal(tmp_path / "journal")
        case _:
            made = MemoryJournal()
    yield made
    made.close()


def note(seq: int, incident_id: IncidentId = example.INCIDENT, text: str = "") -> ev.Recorded:
    return example.recorded(ev.NoteAdded(incident_id=incident_id, text=text or f"note {seq}"), seq=seq)


def batch(*seqs: int, reply: Reply | None = None) -> Batch:
    return Batch(entries=tuple(note(seq) for seq in seqs), reply=reply)


REPLY = Reply(key="key-1", request_digest=b"d" * 32, status=201, body='{"说明":"ok"}'.encode())


async def test_an_empty_journal(journal: AnyJournal) -> None:
    assert journal.head_seq == 0
    assert journal.head_hash == bytes(32)
    assert list(journal.read()) == []
    assert journal.read_incident(example.INCIDENT) == []
    assert journal.latest_snapshot() is None
    assert await journal.reply_to("key-1") is None


async def test_what_was_appended_is_read_back_equal_and_in_order(journal: AnyJournal) -> None:
    entries = tuple(example.recorded(event, seq=seq) for seq, event in enumerate(example.EXAMPLES, start=1))
    await journal.append(Batch(entries=entries[:1]))
    await journal.append(Batch(entries=entries[1:]))
    assert tuple(journal.read()) == entries
    assert journal.head_seq == len(entries)
    assert tuple(journal.read(after=3, limit=2)) == entries[3:5]
    assert list(journal.read(after=len(entries))) == []
    assert list(journal.read(limit=0)) == []


async def test_reading_pages_through_a_long_journal(journal: AnyJournal) -> None:
    await journal.append(batch(*range(1, 1203)))
    assert [recorded.seq for recorded in journal.read(after=1)] == list(range(2, 1203))
    assert [recorded.seq for recorded in journal.read(limit=1000)] == list(range(1, 1001))


async def test_equal_events_have_equal_hashes_in_every_journal(
    journal: AnyJournal, request: pytest.FixtureRequest
) -> None:
    """But for those that are sealed: no two ciphertexts are alike."""
    fake = MemoryJournal()
    for one in (batch(1), batch(2, 3)):
        await journal.append(one)
        await fake.append(one)
    is_sealed = request.node.callspec.params["journal"] == "sealed"
    assert (journal.head_hash == fake.head_hash) is not is_sealed
    assert journal.head_hash != bytes(32)


@pytest.mark.parametrize("wrong", [(1,), (4,), (3, 5), (3, 3)])
async def test_a_batch_that_does_not_follow_the_head_changes_nothing(
    journal: AnyJournal, wrong: tuple[int, ...]
) -> None:
    await journal.append(batch(1, 2))
    head = journal.head_hash
    with pytest.raises(JournalConflict):
        await journal.append(batch(*wrong))
    assert journal.head_hash == head
    assert [recorded.seq for recorded in journal.read()] == [1, 2]
    await journal.append(batch(3))
    assert journal.head_seq == 3


async def test_one_journal_holds_one_realm(journal: AnyJournal) -> None:
    await journal.append(batch(1))
    drill = replace(note(2), realm=Realm("drill-7"))
    with pytest.raises(JournalConflict):
        await journal.append(Batch(entries=(drill,)))
    assert journal.head_seq == 1


async def test_a_reply_is_kept_with_its_events(journal: AnyJournal) -> None:
    await journal.append(batch(1, reply=REPLY))
    assert await journal.reply_to("key-1") == REPLY
    assert await journal.reply_to("key-2") is None


async def test_a_used_idempotency_key_refuses_the_whole_batch(journal: AnyJournal) -> None:
    await journal.append(batch(1, reply=REPLY))
    with pytest.raises(JournalConflict):
        await journal.append(batch(2, reply=replace(REPLY, body=b"other")))
    assert journal.head_seq == 1
    assert await journal.reply_to("key-1") == REPLY


async def test_a_reply_without_events_is_kept_too(journal: AnyJournal) -> None:
    await journal.append(Batch(entries=(), reply=REPLY))
    assert await journal.reply_to("key-1") == REPLY
    assert journal.head_seq == 0


async def test_batches_queued_behind_a_refused_one_fail_too(journal: AnyJournal) -> None:
    good, bad, behind = journal.append(batch(1)), journal.append(batch(3)), journal.append(batch(4))
    await good
    with pytest.raises(JournalConflict):
        await bad
    with pytest.raises(JournalConflict):
        await behind
    assert journal.head_seq == 1


async def test_an_incident_is_read_by_every_event_that_names_it(journal: AnyJournal) -> None:
    other = example.OTHER_INCIDENT
    await journal.append(
        Batch(
            entries=(
                note(1),
                note(2, other),
                example.recorded(ev.IncidentJoined(incident_id=other, into_incident_id=example.INCIDENT), seq=3),
                note(4, other),
            )
        )
    )
    assert [recorded.seq for recorded in journal.read_incident(example.INCIDENT)] == [1, 3]
    assert [recorded.seq for recorded in journal.read_incident(other)] == [2, 3, 4]


async def test_the_newest_snapshot_shortens_recovery_and_changes_nothing_else(journal: AnyJournal) -> None:
    story = Story(seed=3)
    saved: list[World] = []
    for count in (40, 40, 40):
        for told in story.batches(count):
            await journal.append(told)
        saved.append(story.world)
        await journal.save_snapshot(Snapshot(world=story.world))
    for told in story.batches(40):
        await journal.append(told)
    snapshot = journal.latest_snapshot()
    assert snapshot is not None
    assert snapshot.world == saved[-1]
    assert load_world(journal) == (story.world, story.world.seq - saved[-1].seq)


async def test_a_snapshot_from_beyond_the_head_is_refused(journal: AnyJournal) -> None:
    with pytest.raises(JournalConflict):
        await journal.save_snapshot(Snapshot(world=World(seq=1)))
    assert journal.latest_snapshot() is None


async def test_the_fake_can_fail_and_hold_back() -> None:
    fake = MemoryJournal()
    fake.hold()
    waiting = fake.append(batch(1))
    assert fake.head_seq == 0
    fake.release()
    await waiting
    assert fake.head_seq == 1
    fake.fail_with = DependencyFailed("disk full")
    with pytest.raises(DependencyFailed):
        await fake.append(batch(2))
