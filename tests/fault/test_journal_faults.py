"""The journal when things go wrong: the disk, another writer, a crash, a stop at a bad moment."""

import asyncio
import json
import logging
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from dispatch.adapters import journal_ledger, journal_store
from dispatch.adapters.export import export
from dispatch.adapters.journal_inline import InlineJournal
from dispatch.adapters.journal_ledger import KEPT_SNAPSHOTS, Head, Ledger
from dispatch.adapters.journal_recovery import load_world
from dispatch.adapters.journal_sql import SqlJournal
from dispatch.adapters.journal_sqlite import Durability, JournalDamaged, JournalLocked
from dispatch.adapters.verify import verify
from dispatch.domain import events as ev
from dispatch.domain.world import World
from dispatch.engine.ports import Batch, DependencyFailed, JournalConflict, Reply, Snapshot
from routing.travel_time.port import Grade
from tests.fakes import example_events as example
from tests.fakes.journal_files import rows, tamper, write_journal
from tests.fakes.story import Story


def batch(seq: int, reply: Reply | None = None) -> Batch:
    event = ev.TravelTimesAdopted(source=f"source {seq}", grade=Grade.NETWORK)
    return Batch(entries=(example.recorded(event, seq=seq),), reply=reply)


def test_killed_writers_lose_nothing_that_they_acknowledged(tmp_path: Path) -> None:
    # In a process of its own, because the harness forks. `make bench` runs it a thousand times.
    done = subprocess.run(
        [sys.executable, "-m", "tests.fault.kill_harness", "15"],
        cwd=Path(__file__).parents[2],
        env={"PATH": "", "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    outcome = json.loads(done.stdout)
    assert outcome["kills"] == 15
    assert outcome["acknowledged"] > 0
    assert outcome["missing"] == 0
    assert outcome["problems"] == []


# A trigger that overflows makes every insert fail while it runs, as a full or failing disk does.
DISK_FAILS = "CREATE TRIGGER failing BEFORE INSERT ON events BEGIN SELECT abs(-9223372036854775808); END"
DISK_RECOVERS = "DROP TRIGGER failing"


async def test_a_failing_disk_fails_what_is_queued_and_appends_work_again_afterwards(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "journal"
    with SqlJournal(path) as journal:
        await journal.append(batch(1))
        tamper(path, (DISK_FAILS, ()))
        failing = [journal.append(batch(seq)) for seq in (2, 3)]
        for answer in failing:
            with pytest.raises((DependencyFailed, JournalConflict)):
                await answer
        assert journal.head_seq == 1
        assert "could not append" in caplog.text
        assert "reason 2" not in caplog.text, "what people said about patients does not belong in a log"
        tamper(path, (DISK_RECOVERS, ()))
        await journal.append(batch(2))
    assert verify(path).is_sound
    assert verify(path).events == 2


async def test_a_drill_says_so_too_when_its_disk_fails(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    journal = InlineJournal(path)
    await journal.append(batch(1))
    await journal.save_snapshot(Snapshot(world=World()))
    tamper(path, (DISK_FAILS, ()))
    await journal.append(batch(2))
    with pytest.raises(DependencyFailed):
        journal.close()
    assert rows(path, "SELECT count(*) FROM events") == [(1,)]


async def test_a_store_that_cannot_say_where_it_stands_stops_the_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "journal"
    with SqlJournal(path) as journal:
        await journal.append(batch(1))
        tamper(path, (DISK_FAILS, ()))

        def unreadable(_: Connection) -> Head:
            raise OperationalError("SELECT", {}, sqlite3.OperationalError("disk I/O error"))

        monkeypatch.setattr(journal_ledger, "read_head", unreadable)
        with pytest.raises(DependencyFailed, match="reopened"):
            await journal.append(batch(2))
        tamper(path, (DISK_RECOVERS, ()))
        monkeypatch.undo()
        with pytest.raises(DependencyFailed, match="reopened"):
            await journal.append(batch(2))
        with pytest.raises(DependencyFailed, match="reopened"):
            await journal.save_snapshot(Snapshot(world=World()))
    with SqlJournal(path) as journal:
        await journal.append(batch(2))


async def test_an_event_of_another_writer_stops_this_one_for_good(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with SqlJournal(path) as journal:
        await journal.append(batch(1))
        tamper(path, ("INSERT INTO events SELECT 2, realm, type, 1, '', '', '', '', payload, hash FROM events", ()))
        for seq in (2, 3):
            with pytest.raises(JournalConflict):
                await journal.append(batch(seq))
    assert not verify(path).is_sound


def test_a_second_writer_is_refused_in_both_languages(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with SqlJournal(path):
        with pytest.raises(JournalLocked, match=r"同一时间只能有一个写入者.*only one may write at a time"):
            SqlJournal(path)
        with pytest.raises(JournalLocked):
            InlineJournal(path)
    InlineJournal(path).close()


async def test_closing_commits_what_is_queued_and_refuses_what_comes_later(tmp_path: Path) -> None:
    journal = SqlJournal(tmp_path / "journal")
    queued = [journal.append(batch(seq)) for seq in range(1, 101)]
    journal.close()
    journal.close()
    for answer in queued:
        await answer
    with pytest.raises(DependencyFailed, match="closed"):
        await journal.append(batch(101))
    assert verify(tmp_path / "journal").events == 100


def test_a_loop_that_ends_early_leaves_the_writer_well(tmp_path: Path) -> None:
    async def leave_without_waiting() -> None:
        journal.append(batch(1))

    async def stay(seq: int) -> None:
        await journal.append(batch(seq))

    with SqlJournal(tmp_path / "journal") as journal:
        asyncio.run(leave_without_waiting())
        asyncio.run(stay(2))
        assert journal.head_seq == 2


async def test_an_answer_nobody_waits_for_any_more_is_dropped(tmp_path: Path) -> None:
    with SqlJournal(tmp_path / "journal") as journal:
        impatient = asyncio.ensure_future(journal.append(batch(1)))
        impatient.cancel()
        await journal.append(batch(2))
        assert journal.head_seq == 2


async def test_a_fault_of_ours_in_the_writer_leaves_nobody_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", seen.append)

    def broken(_: Ledger) -> None:
        raise ZeroDivisionError

    with SqlJournal(tmp_path / "journal") as journal:
        monkeypatch.setattr(Ledger, "flush", broken)
        with pytest.raises(DependencyFailed, match="writer has stopped"):
            await journal.append(batch(1))
        with pytest.raises(DependencyFailed, match="closed"):
            await journal.append(batch(2))
    assert [fault.exc_type for fault in seen] == [ZeroDivisionError]


def test_a_closed_journal_is_one_file(tmp_path: Path) -> None:
    SqlJournal(tmp_path / "live").close()
    write_journal(tmp_path / "drill", batches=5)
    assert {place.name for place in tmp_path.iterdir()} == {"live", "live.lock", "drill", "drill.lock"}
    assert rows(tmp_path / "drill", "PRAGMA journal_mode") == [("delete",)]


def test_closing_succeeds_when_the_log_cannot_be_brought_into_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "journal"
    monkeypatch.setitem(journal_store._AT_CLOSE, Durability.REPRODUCIBLE_ONLY, "not even SQL")
    with InlineJournal(path) as journal:
        journal.append(batch(1))
    assert "could not be brought into one file" in caplog.text
    assert verify(path).events == 1


async def test_a_journal_can_be_verified_and_exported_beside_its_writer(tmp_path: Path) -> None:
    path = tmp_path / "journal with spaces ?#%.sqlite3"
    with SqlJournal(path) as journal:
        story = Story(seed=5)
        for told in story.batches(50):
            await journal.append(told)
        report = verify(path)
        assert report.is_sound
        assert report.head_hash == journal.head_hash
        with (tmp_path / "out").open("wb") as out:
            assert export(path, out) == story.world.seq
        assert load_world(journal) == (story.world, story.world.seq)


async def test_a_restart_finds_everything_again(tmp_path: Path) -> None:
    path = tmp_path / "data" / "journal.sqlite3"
    story = Story(seed=6)
    reply = Reply(key="k", request_digest=bytes(32), status=201, body=b"{}")
    head = bytes(32)
    for _ in range(3):
        with SqlJournal(path) as journal:
            assert journal.head_hash == head
            assert load_world(journal)[0] == story.world
            for told in story.batches(20):
                await journal.append(told)
            if journal.find_reply("k") is None:
                await journal.append(Batch(entries=(), reply=reply))
            with pytest.raises(JournalConflict):
                await journal.append(Batch(entries=story.next_batch().entries, reply=reply))
            head, story = journal.head_hash, Story(seed=6, world=load_world(journal)[0])
    assert verify(path).is_sound


async def test_only_the_newest_snapshots_are_kept_and_the_older_stand_in(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "journal"
    story = Story(seed=7)
    with SqlJournal(path) as journal:
        for _ in range(KEPT_SNAPSHOTS + 2):
            for told in story.batches(10):
                await journal.append(told)
            await journal.save_snapshot(Snapshot(world=story.world))
            await journal.save_snapshot(Snapshot(world=story.world))
    seqs = [seq for (seq,) in rows(path, "SELECT seq FROM snapshots ORDER BY seq DESC")]
    assert len(seqs) == KEPT_SNAPSHOTS
    tamper(
        path,
        ("UPDATE snapshots SET world = x'00' WHERE seq = ?", (seqs[0],)),
        ("UPDATE snapshots SET program_digest = 'older' WHERE seq = ?", (seqs[1],)),
    )
    with caplog.at_level(logging.WARNING), SqlJournal(path) as journal:
        assert load_world(journal) == (story.world, story.world.seq - seqs[2])
    assert f"snapshot at event {seqs[0]} is damaged" in caplog.text
    assert f"snapshot at event {seqs[1]} was made by another version" in caplog.text


def test_without_any_readable_snapshot_the_whole_journal_is_folded(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    story = write_journal(path, snapshots=True)
    tamper(path, ("UPDATE snapshots SET program_digest = 'older'", ()))
    with InlineJournal(path) as journal:
        assert load_world(journal) == (story.world, story.world.seq)


def test_an_event_that_cannot_be_read_stops_recovery_with_advice(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    write_journal(path, batches=1200)
    tamper(path, ("UPDATE events SET type = 'Rumour' WHERE seq = 5", ()))
    with InlineJournal(path) as journal, pytest.raises(JournalDamaged, match=r"Event 5 cannot be read.*journal verify"):
        load_world(journal)


def test_reading_from_a_failing_store_is_a_failed_dependency(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    write_journal(path, batches=5)
    with InlineJournal(path) as journal:
        tamper(path, ("DROP TABLE replies", ()))
        with pytest.raises(DependencyFailed, match="could not be read"):
            journal.find_reply("k")
