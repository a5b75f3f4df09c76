"""`dispatch journal copy`: there and back again, nothing is added or lost; what is not sound is not kept."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from dispatch.adapters.export import export
from dispatch.adapters.journal_copy import copy
from dispatch.adapters.journal_faults import JournalDamaged, JournalLocked
from dispatch.adapters.journal_inline import InlineJournal
from dispatch.adapters.journal_postgres import PostgresJournal
from dispatch.adapters.journal_recovery import load_world
from dispatch.adapters.journal_sql import SqlJournal
from dispatch.adapters.verify import verify
from dispatch.cli import app
from tests.fakes.journal_files import tamper, write_journal
from tests.fakes.real_servers import PostgresServer

pytestmark = pytest.mark.slow


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "journal"
    write_journal(path, batches=600, snapshots=True)
    return path


def dump(where: str | Path, out: Path) -> bytes:
    with out.open("wb") as file:
        export(where, file)
    return out.read_bytes()


def test_to_postgresql_and_back_it_is_the_same_journal(path: Path, postgres: PostgresServer, tmp_path: Path) -> None:
    url, back = postgres.url(), tmp_path / "back"
    first = verify(path)
    assert copy(path, url) == first == copy(url, back) == verify(back)
    assert first.replies > 0
    assert first.snapshots_checked == 3
    assert dump(path, tmp_path / "a") == dump(url, tmp_path / "b") == dump(back, tmp_path / "c")
    with InlineJournal(back) as again, PostgresJournal(url) as shared:
        assert load_world(again) == load_world(shared)
        assert shared.take()


def test_a_journal_that_is_being_written_can_be_copied(path: Path, postgres: PostgresServer) -> None:
    with SqlJournal(path) as journal:
        assert copy(path, postgres.url()).head_hash == journal.head_hash


def test_nothing_is_written_over_and_nobody_is_written_beside(
    path: Path, postgres: PostgresServer, tmp_path: Path
) -> None:
    url = postgres.url()
    copy(path, url)
    with pytest.raises(JournalDamaged, match="holds events already"):
        copy(path, url)
    held_at = postgres.url()
    with PostgresJournal(held_at) as held:
        assert held.take()
        with pytest.raises(JournalLocked):
            copy(path, held_at)
    with SqlJournal(tmp_path / "other"), pytest.raises(JournalLocked):
        copy(path, tmp_path / "other")
    with pytest.raises(FileNotFoundError):
        copy(tmp_path / "nothing", url)


def test_a_damaged_journal_is_reported_and_not_copied(path: Path, postgres: PostgresServer) -> None:
    tamper(path, ("UPDATE events SET actor = 'nobody' WHERE seq = 7", ()))
    url = postgres.url()
    assert copy(path, url).problems[0].seq == 7
    with PostgresJournal(url) as empty:
        assert empty.head_seq == 0


def test_the_commands_take_files_and_databases(path: Path, postgres: PostgresServer, tmp_path: Path) -> None:
    url, run = postgres.url(), CliRunner().invoke
    copied = run(app, ["journal", "copy", str(path), url])
    assert (copied.exit_code, "完好 sound" in copied.stdout) == (0, True)
    verified = run(app, ["journal", "verify", "--database-url", url])
    assert (verified.exit_code, verified.stdout) == (0, copied.stdout)
    exported = run(app, ["journal", "export", "--database-url", url, "--out", str(tmp_path / "out")])
    assert exported.exit_code == 0
    assert (tmp_path / "out").read_bytes() == dump(path, tmp_path / "expected")
    assert run(app, ["journal", "copy", str(path), url]).exit_code == 1
