"""Weeks made of a week: what a resampled log keeps of its donor, and what is new."""

import csv
import gzip
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from dispatch.drills.bootstrap import JITTER_S, resample, write_log
from dispatch.drills.call_log import COLUMNS, CallRole, read_call_log

MONDAY = datetime.fromisoformat("2026-11-30T00:00:00+08:00")
EXTRA = ("dataset_id", "iana_tz", "first_dispatch_at", "donor_ref")


def cells(call_id: str, at: datetime, **more: str) -> dict[str, str]:
    blank = dict.fromkeys((*COLUMNS, *EXTRA), "")
    return blank | {
        "schema_version": "1.0",
        "call_id": call_id,
        "dataset_id": "week",
        "record_class": "transplanted",
        "call_received_at": at.isoformat(),
        "iana_tz": "Asia/Shanghai",
        "lat": "22.54",
        "lon": "114.05",
        "datum": "WGS84",
        "event_role": "call",
        **more,
    }


def log(path: Path, rows: list[dict[str, str]]) -> Path:
    write_log(path, rows)
    return path


@pytest.fixture
def week(tmp_path: Path) -> Path:
    """Monday to Sunday: ten calls in each hour from 08:00 to 20:00, two in the others, each at a place of its own."""
    rows = []
    for hour in range(7 * 24):
        for n in range(10 if 8 <= hour % 24 < 20 else 2):
            at = MONDAY + timedelta(hours=hour, minutes=5 * n + 3)
            rows.append(
                cells(f"c{hour}-{n}", at, lat=f"{22.5 + hour / 1000 + n / 10_000:.4f}", hospital_s=str(1800 + n))
            )
    return log(tmp_path / "week.calls.csv.gz", rows)


def test_a_new_week_is_a_log_like_the_old_one(week: Path, tmp_path: Path) -> None:
    made = resample(week, 1)
    new, old = read_call_log(log(tmp_path / "new.calls.csv.gz", made)), read_call_log(week)
    assert len(new.calls) == pytest.approx(len(old.calls), rel=0.1)
    assert (new.n_resampled, old.n_resampled) == (new.n_rows, 0)
    assert {call.point for call in new.calls} <= {call.point for call in old.calls}
    assert new.calls[0].received_at.date() == old.calls[0].received_at.date()
    hours = Counter(call.received_at.astimezone(MONDAY.tzinfo).hour for call in new.calls)
    assert min(hours[hour] for hour in range(9, 19)) > 3 * max(hours[hour] for hour in range(7))


def test_calls_keep_what_is_theirs_and_name_their_donor(week: Path) -> None:
    with gzip.open(week, "rt", encoding="utf-8") as stream:
        donors = {row["call_id"]: row for row in csv.DictReader(stream)}
    for row in resample(week, 1):
        donor = donors[row["donor_ref"].removeprefix("bootstrap:")]
        for column in ("lat", "lon", "hospital_s", "record_class"):
            assert row[column] == donor[column]
        second, was = (datetime.fromisoformat(r["call_received_at"]) for r in (row, donor))
        moved_s = abs((second - was).total_seconds()) % 3600
        assert min(moved_s, 3600 - moved_s) <= JITTER_S
        assert (second.weekday() >= 5) == (was.weekday() >= 5)
        assert row["dataset_id"] == "bootstrap-1-week"


def test_the_same_seed_gives_the_same_bytes_and_another_another_week(week: Path, tmp_path: Path) -> None:
    one, again, other = (log(tmp_path / f"{n}.csv.gz", resample(week, seed)) for n, seed in enumerate((1, 1, 2)))
    assert one.read_bytes() == again.read_bytes() != other.read_bytes()


def test_several_weeks_are_those_of_the_next_seeds_one_after_another(week: Path) -> None:
    made = resample(week, 4, weeks=3)
    single = [row for seed in (4, 5, 6) for row in resample(week, seed)]
    assert [row["call_id"] for row in made] == [row["call_id"] for row in single]
    later = [
        datetime.fromisoformat(row["call_received_at"]) - datetime.fromisoformat(alone["call_received_at"])
        for row, alone in zip(made, single, strict=True)
    ]
    assert set(later) == {timedelta(weeks=n) for n in range(3)}
    assert later == sorted(later)


def test_all_who_called_about_a_happening_move_with_it(tmp_path: Path) -> None:
    """A collision with two callers and a further patient, the last of them in the next hour."""
    at = MONDAY + timedelta(hours=8, minutes=50)
    rows = [
        cells("first", at, mci_id="M1", n_patients="2"),
        cells("second", at + timedelta(seconds=40), mci_id="M1", event_role="duplicate_call", duplicate_of="first"),
        cells("patient", at + timedelta(minutes=15), mci_id="M1", event_role="mci_patient", triage_tag="red"),
        cells("alone", at + timedelta(minutes=5)),
    ]
    donor = log(tmp_path / "mci.csv", rows)
    for seed in range(8):
        made = resample(donor, seed)
        if made:
            new = read_call_log(log(tmp_path / "new.csv", made))
            by_role = {(call.role, call.mci_id): call for call in new.calls if call.mci_id}
            for mci_id in {call.mci_id for call in new.calls if call.mci_id}:
                first, second, patient = (
                    by_role[role, mci_id] for role in (CallRole.CALL, CallRole.DUPLICATE_CALL, CallRole.MCI_PATIENT)
                )
                assert second.duplicate_of == first.call_id
                assert second.received_at - first.received_at == timedelta(seconds=40)
                assert patient.received_at - first.received_at == timedelta(minutes=15)


def test_a_row_without_a_time_of_day_is_left_out_with_who_called_about_it(tmp_path: Path) -> None:
    rows = [
        cells("dated", MONDAY) | {"call_received_at": "2026-11-30"},
        cells("about", MONDAY, event_role="duplicate_call", duplicate_of="dated"),
        cells("timed", MONDAY),
    ]
    made = resample(log(tmp_path / "log.csv", rows), 1)
    assert [row["donor_ref"] for row in made] == ["bootstrap:timed"]


def test_a_real_row_that_was_moved_is_no_record_any_more(tmp_path: Path) -> None:
    made = resample(log(tmp_path / "log.csv", [cells("r", MONDAY, record_class="real")]), 1)
    assert [row["record_class"] for row in made] == ["transplanted"]
