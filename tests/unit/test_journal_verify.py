"""`verify` finds what was changed behind the journal's back, and what the journal should never have been told."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from dispatch.adapters.codec_world import encode_world, program_digest
from dispatch.adapters.journal_chain import snapshot_seal
from dispatch.adapters.journal_faults import JournalDamaged
from dispatch.adapters.journal_inline import InlineJournal
from dispatch.adapters.journal_report import LISTED_PROBLEMS, Report
from dispatch.adapters.verify import verify
from dispatch.domain import events as ev
from dispatch.domain.evolve import fold
from dispatch.domain.ids import AssignmentId
from dispatch.domain.vocabulary import AssignmentMode
from dispatch.domain.world import World
from dispatch.engine.ports import Batch
from routing.travel_time.port import Grade
from tests.fakes import example_events as example
from tests.fakes.journal_files import rows, tamper, write_journal


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("written") / "journal"
    write_journal(path, snapshots=True)
    return path


@pytest.fixture
def path(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(written, tmp_path / "journal"))


def texts(report: Report) -> str:
    return "\n".join(problem.text_en for problem in report.problems)


def entries_of(path: Path) -> list[ev.Recorded]:
    with InlineJournal(path) as journal:
        return list(journal.read())


def append(path: Path, event: ev.Event) -> None:
    """Append an event the regular way: the chain is correct, whatever the event says."""
    with InlineJournal(path) as journal:
        journal.append(Batch(entries=(example.recorded(event, seq=journal.head_seq + 1),)))


def test_an_untouched_journal_is_sound(path: Path) -> None:
    with InlineJournal(path) as journal:
        head_seq, head_hash, count = journal.head_seq, journal.head_hash, len(list(journal.read()))
    report = verify(path)
    assert texts(report) == ""
    assert report.is_sound
    assert (report.events, report.head_seq, report.head_hash) == (count, head_seq, head_hash)
    assert report.snapshots_checked == 3
    assert report.replies == 6


def test_an_empty_journal_is_sound(tmp_path: Path) -> None:
    InlineJournal(tmp_path / "journal").close()
    report = verify(tmp_path / "journal")
    assert report.is_sound
    assert report.head_hash == bytes(32)


def flipped(value: Any) -> Any:
    """The value with the lowest bit of its last byte turned over."""
    if isinstance(value, int):
        return value ^ 1
    data = value.encode() if isinstance(value, str) else value
    changed = data[:-1] + bytes([data[-1] ^ 1])
    return changed.decode() if isinstance(value, str) else changed


COLUMNS = ("realm", "type", "schema_version", "recorded_at", "occurred_at", "actor", "command_id", "payload", "hash")


@pytest.mark.parametrize("column", COLUMNS)
def test_one_flipped_bit_in_any_column_is_found(path: Path, column: str) -> None:
    [(value,)] = rows(path, f"SELECT {column} FROM events WHERE seq = 20")
    tamper(path, (f"UPDATE events SET {column} = ? WHERE seq = 20", (flipped(value),)))
    report = verify(path)
    assert not report.is_sound
    assert "The hash of event 20 does not follow" in texts(report)


@pytest.mark.parametrize("value", [7, None, b"\xff\xfe", "\x00"])
@pytest.mark.parametrize("column", ["realm", "recorded_at"])
def test_values_of_another_kind_are_found_without_stumbling(path: Path, column: str, value: object) -> None:
    tamper(
        path,
        ("CREATE TABLE loose AS SELECT * FROM events", ()),
        ("DROP TABLE events", ()),
        ("ALTER TABLE loose RENAME TO events", ()),
        (f"UPDATE events SET {column} = ? WHERE seq = 20", (value,)),
    )
    assert "event 20" in texts(verify(path)).lower()


def test_a_deleted_event_is_found(path: Path) -> None:
    tamper(path, ("DELETE FROM events WHERE seq = 20", ()))
    assert "Event 20 is missing; 21 comes next" in texts(verify(path))


def test_a_swapped_pair_is_found(path: Path) -> None:
    tamper(
        path,
        ("UPDATE events SET seq = -1 WHERE seq = 20", ()),
        ("UPDATE events SET seq = 20 WHERE seq = 21", ()),
        ("UPDATE events SET seq = 21 WHERE seq = -1", ()),
    )
    found = texts(verify(path))
    assert "The hash of event 20 does not follow" in found
    assert "The hash of event 21 does not follow" in found


def test_a_double_assignment_is_found_although_its_chain_is_correct(path: Path) -> None:
    world = fold(World(), entries_of(path))
    holder = next(a for a in world.assignments.values() if a.is_active)
    other = next(i for i in world.open_incidents() if i.incident_id != holder.incident_id)
    append(
        path,
        ev.UnitAssigned(
            assignment_id=AssignmentId("asg-test-planted"),
            incident_id=other.incident_id,
            unit_id=holder.unit_id,
            hospital_id=None,
            patient_ids=(),
            mode=AssignmentMode.AUTOMATIC,
            is_reserved=False,
            is_recommended=True,
            override_reason=None,
        ),
    )
    found = texts(verify(path))
    assert "hash" not in found
    assert f"unit {holder.unit_id} is on two assignments at once" in found
    assert f"unit {holder.unit_id} has 2 active assignments" in found


def test_an_event_about_an_unknown_incident_ends_the_fold_but_not_the_check(path: Path) -> None:
    append(path, ev.NoteAdded(incident_id=example.OTHER_INCIDENT, text="?"))
    append(path, ev.TravelTimesAdopted(source="later", grade=Grade.NETWORK))
    report = verify(path)
    assert report.n_problems == 1
    assert "cannot be folded" in texts(report)
    assert report.events == report.head_seq


def test_a_snapshot_that_differs_from_the_fold_is_found_although_its_seal_is_correct(path: Path) -> None:
    world = fold(World(), [recorded for recorded in entries_of(path) if recorded.seq <= 20])
    data = encode_world(fold(world, []).__class__(seq=20))
    [(chain,)] = rows(path, "SELECT hash FROM events WHERE seq = 20")
    sealed = snapshot_seal(chain, program_digest(), data)
    tamper(path, ("INSERT INTO snapshots VALUES (20, ?, ?, ?)", (program_digest(), data, sealed)))
    assert texts(verify(path)) == "The snapshot at event 20 differs from the fold of the events"


@pytest.mark.parametrize("column", ["world", "program_digest", "seal"])
def test_one_flipped_bit_in_a_snapshot_is_found(path: Path, column: str) -> None:
    [(seq, value)] = rows(path, f"SELECT seq, {column} FROM snapshots ORDER BY seq DESC LIMIT 1")
    tamper(path, (f"UPDATE snapshots SET {column} = ? WHERE seq = ?", (flipped(value), seq)))
    assert texts(verify(path)) == f"The snapshot at event {seq} does not match its seal"


def test_a_snapshot_beyond_the_head_is_found(path: Path) -> None:
    tamper(path, ("UPDATE snapshots SET seq = 10000 WHERE seq = (SELECT max(seq) FROM snapshots)", ()))
    assert texts(verify(path)) == "A snapshot stands at event 10000, which does not exist"


def test_a_snapshot_of_another_program_is_passed_over_and_counted(path: Path) -> None:
    [(seq, data, chain)] = rows(
        path, "SELECT seq, world, hash FROM snapshots JOIN events USING (seq) ORDER BY seq DESC LIMIT 1"
    )
    sealed = snapshot_seal(chain, "another", data)
    tamper(path, ("UPDATE snapshots SET program_digest = 'another', seal = ? WHERE seq = ?", (sealed, seq)))
    report = verify(path)
    assert report.is_sound
    assert (report.snapshots_checked, report.snapshots_passed_over) == (2, 1)


@pytest.mark.parametrize("column", ["key", "seq", "request_digest", "status", "body", "seal"])
def test_one_flipped_bit_in_a_reply_is_found(path: Path, column: str) -> None:
    [(rowid, value)] = rows(path, f"SELECT rowid, {column} FROM replies WHERE key = 'key-20'")
    tamper(path, (f"UPDATE replies SET {column} = ? WHERE rowid = ?", (flipped(value), rowid)))
    assert "does not match its seal" in texts(verify(path))


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM event_incidents WHERE seq = 20",
        "INSERT INTO event_incidents VALUES ('inc-test-elsewhere', 20)",
        "UPDATE event_incidents SET incident_id = incident_id || 'x' WHERE seq = 20",
    ],
)
def test_a_wrong_index_of_incidents_is_found(path: Path, statement: str) -> None:
    assert rows(path, "SELECT count(*) FROM event_incidents WHERE seq = 20") == [(1,)]
    tamper(path, (statement, ()))
    assert texts(verify(path)) == "The index of events by incident does not match the events"


def test_many_problems_are_counted_and_some_described(path: Path) -> None:
    tamper(path, ("UPDATE events SET actor = actor || '?'", ()))
    report = verify(path)
    assert report.n_problems >= report.events > LISTED_PROBLEMS
    assert len(report.problems) == LISTED_PROBLEMS


def test_a_file_torn_in_its_middle_is_reported_in_words(path: Path) -> None:
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xaa" * 8192)
    assert not verify(path).is_sound


def test_a_file_that_is_no_journal_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "journal").write_bytes(b"not a database, only some text" * 100)
    with pytest.raises(JournalDamaged, match="cannot be read"):
        verify(tmp_path / "journal")
    with pytest.raises(FileNotFoundError, match="no journal file"):
        verify(tmp_path / "nothing")


def test_a_journal_of_another_format_is_not_guessed_at(path: Path) -> None:
    tamper(path, ("UPDATE meta SET value = '2'", ()))
    with pytest.raises(JournalDamaged, match="has format 2 and this program reads 1"):
        verify(path)
