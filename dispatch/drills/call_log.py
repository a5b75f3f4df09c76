"""Reads a call log (`*.calls.csv[.gz]`, interchange format 1.0) into calls that a drill can replay.

A row that cannot be replayed (a date without a time, no place, a caller about such a row) is counted with its reason and
never dropped silently. Places in any stated datum become WGS-84 here, at the door.
"""

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from dispatch.domain.vocabulary import Complaint, Priority, Sex, TriageTag
from dispatch.drills.log_rows import Row, flag, instant, one_of, read_rows
from maps_data.tables import (
    latitude_deg,
    longitude_deg,
    member,
    not_negative,
    number,
    optional,
    optional_text,
    text,
    whole,
)
from routing.datum import Datum, to_wgs84
from routing.geo import Wgs84


class RecordClass(StrEnum):
    """How real a row is; a report repeats it."""

    REAL = "real"
    REAL_SUBSAMPLE = "real_subsample"
    TRANSPLANTED = "transplanted"
    INJECTED_SYNTHETIC = "injected_synthetic"


class CallRole(StrEnum):
    CALL = "call"
    DUPLICATE_CALL = "duplicate_call"
    MCI_PATIENT = "mci_patient"


class Skipped(StrEnum):
    """Why a row cannot be replayed."""

    NO_TIME_OF_DAY = "no_time_of_day"
    NO_LOCATION = "no_location"
    INVALID_LOCATION = "invalid_location"
    DUPLICATE_OF_SKIPPED = "duplicate_of_skipped"


class LogPriority(StrEnum):
    """Priorities of a log: ours, and black for the deceased of a mass-casualty incident, who get no priority of their own."""

    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"
    GREEN = "green"
    BLACK = "black"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedCall:
    """One caller, or one patient of a mass-casualty incident. What the log does not say is None; durations are never negative."""

    call_id: str
    role: CallRole
    record_class: RecordClass
    received_at: datetime
    entered_at: datetime | None
    point: Wgs84
    accuracy_m: float | None
    address_text: str | None
    complaint: Complaint
    determinant: str | None
    priority: Priority | None
    age_years: int | None
    sex: Sex | None
    n_patients: int | None
    triage_tag: TriageTag | None
    field_impression: str | None
    mci_id: str | None
    duplicate_of: str | None
    is_ambulance_needed: bool
    is_transported: bool | None
    on_scene_s: float | None
    hospital_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLog:
    """The calls of a log by the time they rang, with what was left out and how real the rows are.

    `skipped` counts rows by reason, `n_resampled` those that `drill bootstrap` drew anew from another log; `negative_durations` counts
    recorded durations below zero, which are taken as unknown.
    """

    path: Path
    sha256: str
    calls: tuple[LoggedCall, ...]
    n_rows: int
    skipped: dict[str, int]
    record_classes: dict[str, int]
    n_resampled: int
    negative_durations: int


NO_LOG = CallLog(
    path=Path("无日志 no log"),
    sha256=hashlib.sha256().hexdigest(),
    calls=(),
    n_rows=0,
    skipped={},
    record_classes={},
    n_resampled=0,
    negative_durations=0,
)
"""For a drill whose calls all come from people."""

COLUMNS = (
    "schema_version", "call_id", "record_class", "call_received_at", "call_entered_at", "lat", "lon", "datum", "loc_precision",
    "loc_uncertainty_m", "place_text", "admin_area", "determinant_code", "suspected_condition", "field_impression",
    "priority_color", "age_years", "sex", "n_patients", "mci_id", "triage_tag", "event_role", "duplicate_of",
    "ambulance_needed", "transport", "on_scene_s", "hospital_s",
)  # fmt: skip

RESAMPLED = "bootstrap:"
"""Begins the `donor_ref` of a row that was drawn from another log, before the id of the row it was drawn from."""

_DATE_ONLY = re.compile(r"\d{4}-\d\d-\d\d")
_INVALID_PLACES = frozenset({"invalid_or_out_of_county"})
_WHOLE, _NUMBER, _NOT_NEGATIVE = optional(whole), optional(number), optional(not_negative)
_FLAG, _INSTANT = optional(flag), optional(instant)
_DATUM, _RECORD_CLASS, _ROLE = member(Datum), one_of(RecordClass), one_of(CallRole)
_COMPLAINT, _PRIORITY = optional(one_of(Complaint)), optional(one_of(LogPriority))
_SEX, _TAG = optional(one_of(Sex)), optional(one_of(TriageTag))


def read_call_log(path: Path) -> CallLog:
    """The log at `path`. Raises `DataError` naming file, row, column and remedy for anything outside the format."""
    rows = {row.get("call_id", text): row for row in read_rows(path, COLUMNS, "call_id")}
    calls: dict[str, LoggedCall] = {}
    skipped: Counter[str] = Counter()
    for call_id, row in rows.items():
        reason = _unplayable(row)
        if reason is None:
            calls[call_id] = _call(row, call_id)
        else:
            skipped[reason] += 1
    _drop_orphans(calls, rows, skipped)
    durations = (row.get(column, _NUMBER) for row in rows.values() for column in ("on_scene_s", "hospital_s"))
    return CallLog(
        path=path,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        calls=tuple(sorted(calls.values(), key=lambda call: (call.received_at, call.call_id))),
        n_rows=len(rows),
        skipped=dict(sorted(skipped.items())),
        record_classes=dict(
            sorted(Counter(str(row.get("record_class", _RECORD_CLASS)) for row in rows.values()).items())
        ),
        n_resampled=sum(_is_resampled(row) for row in rows.values()),
        negative_durations=sum(duration_s is not None and duration_s < 0.0 for duration_s in durations),
    )


def _is_resampled(row: Row) -> bool:
    return (row.get_if_there("donor_ref", optional_text) or "").startswith(RESAMPLED)


def _unplayable(row: Row) -> Skipped | None:
    if _DATE_ONLY.fullmatch(row.get("call_received_at", text)):
        return Skipped.NO_TIME_OF_DAY
    if not (row.get("lat", optional_text) or row.get("lon", optional_text)):
        return Skipped.NO_LOCATION
    if row.get("loc_precision", optional_text) in _INVALID_PLACES:
        return Skipped.INVALID_LOCATION
    return None


def _call(row: Row, call_id: str) -> LoggedCall:
    role, priority = row.get("event_role", _ROLE), row.get("priority_color", _PRIORITY)
    place = row.get("place_text", optional_text), row.get("admin_area", optional_text)
    return LoggedCall(
        call_id=call_id,
        role=role,
        record_class=row.get("record_class", _RECORD_CLASS),
        received_at=row.get("call_received_at", instant),
        entered_at=row.get("call_entered_at", _INSTANT),
        point=_point(row),
        accuracy_m=row.get("loc_uncertainty_m", _NOT_NEGATIVE),
        address_text=" ".join(part for part in place if part) or None,
        complaint=row.get("suspected_condition", _COMPLAINT) or Complaint.UNKNOWN,
        determinant=row.get("determinant_code", optional_text),
        priority=None if priority is None or priority is LogPriority.BLACK else Priority(priority),
        age_years=row.get("age_years", _WHOLE),
        sex=row.get("sex", _SEX),
        n_patients=row.get("n_patients", _WHOLE),
        triage_tag=row.get("triage_tag", _TAG),
        field_impression=row.get("field_impression", optional_text),
        mci_id=row.get("mci_id", optional_text),
        duplicate_of=_original(row, role),
        is_ambulance_needed=row.get("ambulance_needed", _FLAG) is not False,
        is_transported=row.get("transport", _FLAG),
        on_scene_s=_duration_s(row, "on_scene_s"),
        hospital_s=_duration_s(row, "hospital_s"),
    )


def _point(row: Row) -> Wgs84:
    return to_wgs84(row.get("lat", latitude_deg), row.get("lon", longitude_deg), row.get("datum", _DATUM))


def _original(row: Row, role: CallRole) -> str | None:
    original = row.get("duplicate_of", optional_text)
    if (original is not None) != (role is CallRole.DUPLICATE_CALL):
        raise row.error(
            "duplicate_of",
            "与 event_role 不符：只有 duplicate_call 才填写，且必须填写",
            "goes with event_role duplicate_call and with no other; correct one of the two",
        )
    return original


def _duration_s(row: Row, column: str) -> float | None:
    """A recorded value below zero (two clocks that disagree) is no duration."""
    duration_s = row.get(column, _NUMBER)
    return None if duration_s is None or duration_s < 0.0 else duration_s


def _drop_orphans(calls: dict[str, LoggedCall], rows: dict[str, Row], skipped: Counter[str]) -> None:
    """A second caller needs the first: refuse an unknown one, and leave out whoever called about a row that is left out."""
    for call in calls.values():
        if call.duplicate_of is not None and call.duplicate_of not in rows:
            raise rows[call.call_id].error(
                "duplicate_of",
                f"没有编号“{call.duplicate_of}”的来电，请保留首次来电那一行，或改为独立来电",
                f"there is no call '{call.duplicate_of}'; keep the first caller's row, or make this a call of its own",
            )
    while orphans := [call.call_id for call in calls.values() if call.duplicate_of and call.duplicate_of not in calls]:
        for call_id in orphans:
            del calls[call_id]
            skipped[Skipped.DUPLICATE_OF_SKIPPED] += 1
