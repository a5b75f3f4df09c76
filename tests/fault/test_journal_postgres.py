"""The journal on a real PostgreSQL: who writes, what a deposed writer can still do, and what is refused."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dispatch.adapters.journal_faults import JournalDamaged
from dispatch.adapters.journal_lease import LEASE_S
from dispatch.adapters.journal_postgres import PostgresJournal
from dispatch.adapters.journal_recovery import load_world
from dispatch.adapters.verify import verify
from dispatch.engine.ports import DependencyFailed, JournalConflict, Snapshot, Writer
from tests.fakes.real_servers import PostgresServer
from tests.fakes.story import Story

pytestmark = pytest.mark.slow


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    return postgres.url()


def run(url: str, statement: str) -> None:
    """Change the database behind the journal's back."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def expire(url: str) -> None:
    """Make the lease as old as if its writer had been stopped for longer than it lasts."""
    run(url, f"UPDATE writer SET renewed_at = renewed_at - interval '{2 * LEASE_S} s'")


@contextlib.contextmanager
def stopped_writer(url: str) -> Iterator[None]:
    """A writing process that is stopped (SIGSTOP): its session, and the lock that it holds, stay."""
    program = f"from dispatch.adapters.journal_postgres import *; j = PostgresJournal({url!r}); print(j.take(), flush=True); input()"
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == b"True\n"
    os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        process.kill()
        process.communicate()


async def test_one_process_writes_and_the_others_read(url: str) -> None:
    story = Story(seed=1)
    with PostgresJournal(url, writer=Writer(address="http://one", secret="s")) as one, PostgresJournal(url) as other:
        assert one.take()
        assert one.take()  # it is already
        assert not other.take()
        assert other.current_writer() == Writer(address="http://one", secret="s")
        for batch in story.batches(5):
            await one.append(batch)
        assert load_world(other)[0] == story.world
        assert (other.head_seq, other.head_hash) == (one.head_seq, one.head_hash)
        with pytest.raises(DependencyFailed, match="does not write"):
            await other.append(story.next_batch())


async def test_an_orderly_release_hands_over_at_once(url: str) -> None:
    story = Story(seed=2)
    with PostgresJournal(url) as one, PostgresJournal(url) as other:
        assert one.take()
        await one.append(story.next_batch())
        one.release()
        assert other.take()
        await other.append(story.next_batch())
        assert load_world(one)[0] == story.world
        assert not one.take()


async def test_a_writer_that_is_stopped_loses_its_session_and_its_place(url: str) -> None:
    with stopped_writer(url), PostgresJournal(url) as follower:
        assert not follower.take()  # the lock is held and the lease is fresh
        expire(url)
        assert follower.current_writer() is None
        assert follower.take()
        await follower.append(Story(seed=3).next_batch())


async def test_a_deposed_writer_changes_nothing_even_with_its_session_alive(url: str) -> None:
    """The epoch alone keeps it out: here nothing else would."""
    story = Story(seed=4)
    with PostgresJournal(url) as writer:
        assert writer.take()
        await writer.append(story.next_batch())
        head = writer.head_hash
        run(url, "UPDATE writer SET epoch = epoch + 1")
        with pytest.raises(JournalConflict, match="another process has become the writer"):
            await writer.append(story.next_batch())
        assert not writer.is_held
        assert writer.head_hash == head
        with pytest.raises(JournalConflict):
            await writer.append(story.next_batch())
    report = verify(url)
    assert (report.is_sound, report.head_hash) == (True, head)


def test_an_idle_writer_renews_its_lease_and_finds_out_that_it_was_deposed(url: str) -> None:
    with PostgresJournal(url) as writer:
        assert writer.take()
        expire(url)
        while writer.current_writer() is None:
            pass
        run(url, "UPDATE writer SET epoch = epoch + 1")
        while writer.is_held:
            pass


async def test_a_writer_whose_session_is_gone_never_writes_on_another(url: str) -> None:
    """SQLAlchemy would connect again by itself; the right to write went with the session."""
    story = Story(seed=5)
    with PostgresJournal(url) as writer:
        assert writer.take()
        await writer.append(story.next_batch())
        run(url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        with pytest.raises(DependencyFailed):
            await writer.append(story.next_batch())
        with pytest.raises(DependencyFailed):
            await writer.append(story.next_batch())
        assert not writer.is_held
        assert writer.take()  # with a new session and a new epoch
        story = Story(seed=5, world=load_world(writer)[0])
        await writer.append(story.next_batch())
    assert verify(url).is_sound


async def test_a_server_that_restarts_loses_nothing_that_was_acknowledged(postgres: PostgresServer) -> None:
    url, story = postgres.url(), Story(seed=6)
    with PostgresJournal(url) as journal:
        assert journal.take()
        for batch in story.batches(10):
            await journal.append(batch)
        known = story.world
        postgres.stop(signal.SIGQUIT)  # as a crash: no checkpoint, no farewell
        with pytest.raises(DependencyFailed):
            await journal.append(story.next_batch())
        with pytest.raises(DependencyFailed):
            journal.take()
        postgres.start()
        assert load_world(journal)[0] == known
        assert journal.take()
    assert verify(url).is_sound


async def test_damage_is_refused_and_nothing_is_ever_cut(url: str) -> None:
    with PostgresJournal(url) as journal:
        assert journal.take()
        for batch in Story(seed=7).batches(10):
            await journal.append(batch)
        head = journal.head_seq
    run(url, f"UPDATE events SET actor = 'nobody' WHERE seq = {head}")
    with pytest.raises(JournalDamaged, match="nothing was changed"):
        PostgresJournal(url)
    report = verify(url)
    assert [(problem.seq, report.events) for problem in report.problems] == [(head, head)]


async def test_another_format_is_refused(url: str) -> None:
    PostgresJournal(url).close()
    run(url, "UPDATE meta SET value = '2' WHERE name = 'format'")
    with pytest.raises(JournalDamaged, match="has format 2 and this program reads 1"):
        PostgresJournal(url)
    with pytest.raises(JournalDamaged, match="has format 2"):
        verify(url)


def test_an_empty_database_holds_no_journal_and_a_missing_one_cannot_be_read(
    url: str, postgres: PostgresServer
) -> None:
    with pytest.raises(FileNotFoundError, match="There is no journal"):
        verify(url)
    secret = f"postgresql://somebody:secret@127.0.0.1:{postgres.port}/nowhere"
    with pytest.raises(JournalDamaged, match="nowhere") as refused:
        verify(secret)
    assert "secret" not in str(refused.value)
    with pytest.raises(DependencyFailed) as failed:
        PostgresJournal(secret)
    assert "secret" not in str(failed.value)


async def test_snapshots_are_saved_by_the_writer_and_read_by_all(url: str) -> None:
    story = Story(seed=8)
    with PostgresJournal(url) as writer, PostgresJournal(url) as follower:
        assert writer.take()
        for batch in story.batches(5):
            await writer.append(batch)
        await writer.save_snapshot(Snapshot(world=story.world))
        with pytest.raises(DependencyFailed):
            await follower.save_snapshot(Snapshot(world=story.world))
        assert load_world(follower) == (story.world, 0)
    assert verify(url).snapshots_checked == 1
