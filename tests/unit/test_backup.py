"""`dispatch backup` and `dispatch restore`: the same world again, elsewhere; nothing is written over, nothing unsound is kept."""

import os
import shutil
import stat
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from dispatch.adapters.accounts import FILE as ACCOUNTS
from dispatch.adapters.accounts import AccountBook
from dispatch.adapters.backup import BackupFault, back_up, backups, keep_newest, restore
from dispatch.adapters.journal_faults import JournalDamaged
from dispatch.adapters.journal_inline import InlineJournal
from dispatch.adapters.journal_recovery import load_world
from dispatch.adapters.journal_sqlite import LIVE_FILE
from dispatch.adapters.key_files import KEYS_FILE
from dispatch.adapters.personal_keys import PersonalKeys
from dispatch.adapters.verify import verify
from dispatch.cli import app
from dispatch.domain.accounts import Role
from tests.fakes.journal_files import rows, tamper, write_journal

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A service's directory: a journal with replies and snapshots, an account, an imported registry."""
    place = tmp_path / "var"
    write_journal(place / LIVE_FILE, batches=60, snapshots=True)
    book = AccountBook(place / ACCOUNTS)
    book.add("zhang", frozenset({Role.DISPATCHER}), password="twelve letters", unit_id=None)
    book.close()
    (place / "maps" / "aeds").mkdir(parents=True)
    (place / "maps" / "aeds" / "current.json").write_text("{}")
    return place


def run(*words: str) -> Result:
    return CliRunner().invoke(app, [*words])


def test_what_is_restored_is_the_same_world_with_the_same_accounts(data_dir: Path, tmp_path: Path) -> None:
    assert run("backup", "--data-dir", str(data_dir), "--to", str(tmp_path / "b")).exit_code == 0
    [backup] = backups(tmp_path / "b")
    elsewhere = tmp_path / "elsewhere"
    done = run("restore", str(backup), "--data-dir", str(elsewhere))
    assert done.exit_code == 0, done.output
    first, again = verify(data_dir / LIVE_FILE), verify(elsewhere / LIVE_FILE)
    assert again == first
    assert first.world_hash is not None
    assert first.world_hash.hex() in done.output
    with InlineJournal(data_dir / LIVE_FILE) as one, InlineJournal(elsewhere / LIVE_FILE) as other:
        assert load_world(other) == load_world(one)
    assert "zhang" in run("user", "list", "--data-dir", str(elsewhere)).output
    assert (elsewhere / "maps" / "aeds" / "current.json").read_text() == "{}"


def test_what_holds_personal_data_is_its_owners_alone(data_dir: Path, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        place, _ = back_up(data_dir / LIVE_FILE, data_dir, tmp_path / "b", now=NOW)
        assert place is not None
        restore(place, tmp_path / "r" / LIVE_FILE, tmp_path / "r")
    finally:
        os.umask(before)
    for path in (place / LIVE_FILE, place / ACCOUNTS, tmp_path / "r" / LIVE_FILE, tmp_path / "r" / ACCOUNTS):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert stat.S_IMODE(place.stat().st_mode) == 0o700


def test_an_unsound_journal_does_not_become_a_backup(data_dir: Path, tmp_path: Path) -> None:
    tamper(data_dir / LIVE_FILE, ("UPDATE events SET actor = 'nobody' WHERE seq = 7", ()))
    done = run("backup", "--data-dir", str(data_dir), "--to", str(tmp_path / "b"))
    assert done.exit_code == 1
    assert "未备份" in done.output
    assert list((tmp_path / "b").iterdir()) == []


@pytest.mark.parametrize("name", [LIVE_FILE, ACCOUNTS, "maps/aeds/current.json", "backup.json"])
def test_a_backup_that_has_changed_is_not_restored(data_dir: Path, tmp_path: Path, name: str) -> None:
    place, _ = back_up(data_dir / LIVE_FILE, data_dir, tmp_path / "b", now=NOW)
    assert place is not None
    with (place / name).open("ab") as file:
        file.write(b"x")
    done = run("restore", str(place), "--data-dir", str(tmp_path / "r"))
    assert done.exit_code == 1
    assert name.rpartition("/")[2] in done.output or "不是备份" in done.output
    assert not (tmp_path / "r").exists()


def test_nothing_is_written_over(data_dir: Path, tmp_path: Path) -> None:
    place, _ = back_up(data_dir / LIVE_FILE, data_dir, tmp_path / "b", now=NOW)
    assert place is not None
    with pytest.raises(BackupFault, match="exists already"):
        back_up(data_dir / LIVE_FILE, data_dir, tmp_path / "b", now=NOW)
    with pytest.raises(JournalDamaged, match="holds events already"):
        restore(place, data_dir / LIVE_FILE, data_dir)
    (data_dir / LIVE_FILE).unlink()
    AccountBook(data_dir / ACCOUNTS).disable("zhang")
    _, report, left = restore(place, data_dir / LIVE_FILE, data_dir)
    assert report.is_sound
    assert left == [ACCOUNTS, "maps"]
    assert "停用" in run("user", "list", "--data-dir", str(data_dir)).output


def test_keys_are_backed_up_apart_and_only_as_they_are_now(data_dir: Path, tmp_path: Path) -> None:
    words = ("backup", "--data-dir", str(data_dir), "--to", str(tmp_path / "b"))
    assert "没有密钥" in run(*words, "--keys-to", str(tmp_path / "k")).output
    assert "分开存放" in run(*words, "--keys-to", str(tmp_path / "b" / "k")).output
    shutil.rmtree(tmp_path / "b")
    with PersonalKeys(data_dir / "keys") as keys:
        kept = keys.make("inc-live-1")
        keys.keep()
        assert run(*words, "--keys-to", str(tmp_path / "k")).exit_code == 0
    assert [path.name for path in (tmp_path / "k").iterdir()] == [KEYS_FILE]
    assert stat.S_IMODE((tmp_path / "k" / KEYS_FILE).stat().st_mode) == 0o600
    assert not list((tmp_path / "b").rglob("keys*"))
    with PersonalKeys(tmp_path / "k") as again:
        assert again.find("inc-live-1") == kept


def test_only_the_newest_are_kept(data_dir: Path, tmp_path: Path) -> None:
    into = tmp_path / "b"
    for hour in range(3):
        back_up(data_dir / LIVE_FILE, data_dir, into, now=NOW + timedelta(hours=hour))
    (into / "20261122T120000Z.unfinished").mkdir()
    assert [path.name for path in keep_newest(into, 2)] == ["20261122T080000Z"]
    assert [path.name for path in backups(into)] == ["20261122T090000Z", "20261122T100000Z"]


def test_up_to_a_number_the_last_command_stays_whole(data_dir: Path, tmp_path: Path) -> None:
    """A cut within a command's events falls back to the command before; its reply and later snapshots are left out."""
    stored = rows(data_dir / LIVE_FILE, "SELECT seq, command_id FROM events ORDER BY seq")
    inside = next(seq for (seq, command), (_, after) in pairwise(stored) if command == after)
    before = max((seq for seq, command in stored if seq < inside and command != stored[inside - 1][1]), default=0)
    place, _ = back_up(data_dir / LIVE_FILE, data_dir, tmp_path / "b", now=NOW)
    assert place is not None
    for until, wanted in ((inside, before), (len(stored) + 100, len(stored))):
        target = tmp_path / f"r{until}"
        done = run("restore", str(place), "--data-dir", str(target), "--until", str(until))
        assert done.exit_code == 0, done.output
        report = verify(target / LIVE_FILE)
        assert report.is_sound
        assert report.head_seq == wanted


def test_up_to_an_instant_nothing_that_was_recorded_later_is_there(data_dir: Path, tmp_path: Path) -> None:
    stored = rows(data_dir / LIVE_FILE, "SELECT seq, recorded_at FROM events ORDER BY seq")
    instant = datetime.fromisoformat(stored[len(stored) // 2][1])
    target = tmp_path / "copy"
    done = run("journal", "copy", str(data_dir / LIVE_FILE), str(target), "--until", instant.isoformat())
    assert done.exit_code == 0, done.output
    kept = [datetime.fromisoformat(at) for _, at in rows(target, "SELECT seq, recorded_at FROM events ORDER BY seq")]
    assert max(kept) == instant
    assert len(kept) == sum(datetime.fromisoformat(at) <= instant for _, at in stored)


@pytest.mark.parametrize("until", ["yesterday", "2026-11-22T08:00:00", "-3", "1.5"])
def test_an_end_that_means_nothing_is_refused(data_dir: Path, tmp_path: Path, until: str) -> None:
    done = run("journal", "copy", str(data_dir / LIVE_FILE), str(tmp_path / "copy"), f"--until={until}")
    assert done.exit_code == 1
    assert "须为记录序号" in done.output
