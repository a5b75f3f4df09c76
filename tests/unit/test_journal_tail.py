"""Opening a journal whose end is damaged: a torn tail is cut in the open, anything else is left alone."""

import json
import logging
import shutil
from pathlib import Path

import pytest

from dispatch.adapters import journal_tail
from dispatch.adapters.journal_faults import JournalDamaged
from dispatch.adapters.journal_inline import InlineJournal
from dispatch.adapters.verify import verify
from tests.fakes.journal_files import rows, tamper, write_journal


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("written") / "journal"
    write_journal(path, snapshots=True)
    return path


@pytest.fixture
def path(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(written, tmp_path / "journal"))


def head(path: Path) -> int:
    [(seq,)] = rows(path, "SELECT max(seq) FROM events")
    assert isinstance(seq, int)
    return seq


def test_a_torn_tail_is_moved_beside_the_journal_and_reported(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    last = head(path)
    torn = rows(path, f"SELECT seq, payload FROM events WHERE seq > {last - 2}")
    for seq, payload in torn:
        tamper(path, ("UPDATE events SET payload = ? WHERE seq = ?", (payload[:10], seq)))
    with caplog.at_level(logging.ERROR), InlineJournal(path) as journal:
        assert journal.head_seq == last - 2
    assert f"after event {last - 2}, 2 events" in caplog.text
    kept = [json.loads(line) for line in (path.parent / f"cut_tail_{last - 1}.jsonl").read_text().splitlines()]
    assert [(line["table"], line["seq"]) for line in kept if line["table"] == "events"] == [
        ("events", last - 1),
        ("events", last),
    ]
    assert verify(path).is_sound


def test_what_stood_on_the_torn_events_goes_with_them(path: Path) -> None:
    # The story's last batch is followed by a snapshot: it cannot stay when the head goes back.
    last = head(path)
    assert rows(path, "SELECT max(seq) FROM snapshots") == [(last,)]
    tamper(path, ("UPDATE events SET actor = 'x' WHERE seq = ?", (last,)))
    with InlineJournal(path) as journal:
        snapshot = journal.latest_snapshot()
        assert snapshot is not None
        assert snapshot.world.seq < last
    kept = (path.parent / f"cut_tail_{last}.jsonl").read_text().splitlines()
    assert {json.loads(line)["table"] for line in kept} >= {"events", "snapshots"}


def test_an_earlier_cut_is_never_overwritten(path: Path) -> None:
    last = head(path)
    (path.parent / f"cut_tail_{last}.jsonl").write_text("kept\n")
    tamper(path, ("UPDATE events SET actor = ? WHERE seq = ?", (b"\xff\xfe", last)))
    InlineJournal(path).close()
    assert (path.parent / f"cut_tail_{last}.jsonl").read_text() == "kept\n"
    [line, *_] = (path.parent / f"cut_tail_{last}_2.jsonl").read_text().splitlines()
    assert json.loads(line)["actor"] == {"base64": "//4="}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET payload = x'00' WHERE seq = {before}",
        "DELETE FROM events WHERE seq = {before}",
        # Only this hash is wrong: the content is vouched for by the event behind it, which is good.
        "UPDATE events SET hash = x'00' WHERE seq = {before}",
        "UPDATE events SET actor = 'somebody else'",
        "UPDATE events SET seq = seq + 1 WHERE seq = {last}",
    ],
)
def test_damage_that_is_no_torn_tail_stops_the_start_and_changes_nothing(path: Path, statement: str) -> None:
    last = head(path)
    tamper(path, (statement.format(before=last - 1, last=last), ()))
    before = rows(path, "SELECT * FROM events ORDER BY seq")
    with pytest.raises(JournalDamaged, match="nothing was changed"):
        InlineJournal(path)
    assert rows(path, "SELECT * FROM events ORDER BY seq") == before
    assert list(path.parent.glob("cut_tail_*")) == []


def test_the_check_works_from_the_middle_of_a_long_journal(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_tail, "CHECKED_ROWS", 5)
    last = head(path)
    tamper(path, ("UPDATE events SET actor = 'x' WHERE seq IN (10, ?)", (last,)))
    with InlineJournal(path) as journal:
        assert journal.head_seq == last - 1
    assert not verify(path).is_sound


def test_a_whole_window_of_bad_events_is_no_torn_tail(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_tail, "CHECKED_ROWS", 5)
    tamper(path, ("UPDATE events SET actor = 'x' WHERE seq > ?", (head(path) - 6,)))
    with pytest.raises(JournalDamaged, match="nothing was changed"):
        InlineJournal(path)


def test_a_file_that_is_no_database_is_explained_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_bytes(b"not a database, only some text" * 100)
    with pytest.raises(JournalDamaged, match="restore a backup, or start with another data directory"):
        InlineJournal(path)
    assert path.read_bytes().startswith(b"not a database")
