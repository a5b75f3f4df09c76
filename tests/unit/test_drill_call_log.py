"""A drill log is read strictly: what breaks the format is refused by file, row and column, what cannot be replayed is counted."""

import csv
import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dispatch.domain.vocabulary import Complaint, Priority
from dispatch.drills.call_log import CallRole, LoggedCall, read_call_log
from dispatch.drills.sample import CALL_COLUMNS, UNIT_COLUMNS
from dispatch.drills.unit_log import read_unit_log
from maps_data.tables import DataError
from routing.geo import Wgs84, distance_m

CALL = {
    "schema_version": "1.0",
    "call_id": "c1",
    "record_class": "injected_synthetic",
    "call_received_at": "2026-11-30T08:00:00+08:00",
    "lat": "22.5431",
    "lon": "114.0579",
    "datum": "WGS84",
    "suspected_condition": "stroke",
    "priority_color": "red",
    "event_role": "call",
    "ambulance_needed": "1",
}
UNIT = {
    "schema_version": "1.0",
    "call_id": "c1",
    "response_id": "r1",
    "unit_id": "A1",
    "transport_capable": "1",
    "dispatched_at": "2026-11-30T08:01:00+08:00",
    "available_at": "2026-11-30T09:01:00+08:00",
}


def calls_file(folder: Path, *changes: dict[str, str]) -> Path:
    """A log with one row per change to `CALL`."""
    return _file(folder / "log.calls.csv", CALL_COLUMNS, [CALL | change for change in changes])


def _file(path: Path, columns: tuple[str, ...], rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def only_call(path: Path) -> LoggedCall:
    (call,) = read_call_log(path).calls
    return call


def test_a_row_becomes_a_call_in_utc_and_what_it_leaves_empty_is_unknown(tmp_path: Path) -> None:
    call = only_call(calls_file(tmp_path, {"admin_area": "福田区", "on_scene_s": "600"}))
    assert call.received_at == datetime(2026, 11, 30, 0, 0, tzinfo=UTC)
    assert (call.complaint, call.priority, call.role) == (Complaint.STROKE, Priority.RED, CallRole.CALL)
    assert (call.address_text, call.on_scene_s) == ("福田区", 600.0)
    assert (call.age_years, call.sex, call.hospital_s, call.is_transported, call.n_patients) == (None,) * 5


def test_a_gzipped_log_reads_the_same(tmp_path: Path) -> None:
    plain = calls_file(tmp_path, {})
    packed = tmp_path / "log.calls.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert read_call_log(packed).calls == read_call_log(plain).calls


def test_a_shifted_datum_is_converted_at_the_door(tmp_path: Path) -> None:
    amap = {"lat": "22.540383", "lon": "114.063014", "datum": "GCJ02"}
    assert distance_m(only_call(calls_file(tmp_path, amap)).point, Wgs84(lat_deg=22.5431, lon_deg=114.0579)) < 1.0


def test_calls_come_in_the_order_in_which_they_rang(tmp_path: Path) -> None:
    late = {"call_id": "b", "call_received_at": "2026-11-30T09:00:00+08:00"}
    early = {"call_id": "a", "call_received_at": "2026-11-30T07:00:00+07:00"}
    assert [call.call_id for call in read_call_log(calls_file(tmp_path, late, early)).calls] == ["a", "b"]


def test_black_is_a_tag_and_not_a_priority(tmp_path: Path) -> None:
    call = only_call(calls_file(tmp_path, {"priority_color": "black", "triage_tag": "black"}))
    assert (call.priority, call.triage_tag) == (None, "black")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"call_received_at": "2015-03-02"}, "no_time_of_day"),
        ({"lat": "", "lon": "", "datum": ""}, "no_location"),
        ({"loc_precision": "invalid_or_out_of_county"}, "invalid_location"),
    ],
)
def test_rows_that_cannot_be_replayed_are_counted_and_so_are_callers_about_them(
    tmp_path: Path, change: dict[str, str], reason: str
) -> None:
    second = {"call_id": "c2", "event_role": "duplicate_call", "duplicate_of": "c1"}
    third = {"call_id": "c3", "event_role": "duplicate_call", "duplicate_of": "c2"}
    log = read_call_log(calls_file(tmp_path, change, second, third))
    assert log.calls == ()
    assert log.skipped == {"duplicate_of_skipped": 2, reason: 1}
    assert log.n_rows == 3


def test_a_duration_below_zero_is_unknown_and_counted(tmp_path: Path) -> None:
    log = read_call_log(calls_file(tmp_path, {"on_scene_s": "-19", "hospital_s": "60"}))
    assert (log.calls[0].on_scene_s, log.calls[0].hospital_s, log.negative_durations) == (None, 60.0, 1)


@pytest.mark.parametrize(
    ("change", "column", "says"),
    [
        ({"priority_color": "blue"}, "priority_color", "red, orange, yellow, green, black"),
        ({"call_received_at": "2026-11-30T08:00:00"}, "call_received_at", "offset"),
        ({"call_received_at": "yesterday"}, "call_received_at", "ISO 8601"),
        ({"lat": "north"}, "lat", "decimal number"),
        ({"lat": "92"}, "lat", "between -90 and 90"),
        ({"lon": ""}, "lon", "decimal number"),
        ({"datum": ""}, "datum", "wgs84, gcj02, bd09"),
        ({"ambulance_needed": "yes"}, "ambulance_needed", "0 or 1"),
        ({"event_role": ""}, "event_role", "call, duplicate_call, mci_patient"),
        ({"record_class": "made up"}, "record_class", "injected_synthetic"),
        ({"schema_version": "2.0"}, "schema_version", "1.0"),
        ({"age_years": "7.5"}, "age_years", "whole number"),
        ({"event_role": "duplicate_call"}, "duplicate_of", "goes with event_role"),
        ({"duplicate_of": "c0"}, "duplicate_of", "goes with event_role"),
        ({"event_role": "duplicate_call", "duplicate_of": "c0"}, "duplicate_of", "no call 'c0'"),
        ({"call_id": "c1"}, "call_id", "repeats row 2"),
    ],
)
def test_a_broken_cell_is_named_by_row_and_column_with_a_remedy(
    tmp_path: Path, change: dict[str, str], column: str, says: str
) -> None:
    path = calls_file(tmp_path, {}, {"call_id": "c2"} | change)
    with pytest.raises(DataError) as refused:
        read_call_log(path)
    assert refused.value.en.startswith(f"{path}:3:{column} ")
    assert says in refused.value.en
    assert refused.value.zh.startswith(f"{path}:3:{column} ")


def test_a_file_that_is_no_log_is_refused_whole(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read_call_log(tmp_path / "nowhere.csv")
    (tmp_path / "other.csv").write_text("id,when\n1,2\n", encoding="utf-8")
    with pytest.raises(DataError, match="header lacks schema_version, call_id"):
        read_call_log(tmp_path / "other.csv")


def test_a_unit_log_keeps_times_that_are_out_of_order(tmp_path: Path) -> None:
    odd = UNIT | {"on_scene_at": "2026-11-30T07:30:00+08:00", "quality_flags": "neg_travel"}
    (response,) = read_unit_log(_file(tmp_path / "log.units.csv", UNIT_COLUMNS, [odd]))
    assert response.on_scene_at is not None
    assert response.dispatched_at is not None
    assert response.on_scene_at < response.dispatched_at
    assert response.busy_s == 3600.0


@pytest.mark.slow
def test_recorded_logs_read_whole(shared_data: Path | None) -> None:
    """Every row of every log at hand is either a call or counted as left out."""
    for path in sorted((shared_data or Path("nowhere")).glob("call_logs/*/sz-*.calls.csv.gz")):
        log = read_call_log(path)
        assert len(log.calls) + sum(log.skipped.values()) == log.n_rows == sum(log.record_classes.values())
