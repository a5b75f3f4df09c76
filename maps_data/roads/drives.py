"""Drives that a fleet recorded, read from its unit log and call log, ready to be held against the street network.

A drive to a scene needs the place where the unit set out, which the interchange format 1.0 does not hold: a fleet adds the columns
`from_lat, from_lon, from_datum` to its unit log. A drive to a hospital needs the hospital's place: `hospital_lat, hospital_lon,
hospital_datum`. The scene is the call's. Drives that cannot be used are counted by reason, never dropped silently.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from maps_data.manifest import read_table
from maps_data.tables import (
    CellError,
    DataError,
    Table,
    latitude_deg,
    longitude_deg,
    member,
    optional,
    optional_text,
    text,
)
from routing.datum import Datum, to_wgs84
from routing.geo import Wgs84

LEAST_S: Final = 60.0
MOST_S: Final = 3_600.0
"""Shorter drives tell more of parking and of the button than of streets; longer ones stopped on the way. A choice of ours."""

ORIGIN: Final = ("from_lat", "from_lon", "from_datum")
HOSPITAL: Final = ("hospital_lat", "hospital_lon", "hospital_datum")

BAD_FLAGS: Final = {
    "to_scene": frozenset({"neg_travel", "no_enroute", "no_on_scene", "non_monotonic", "unit_listed_more_than_once"}),
    "to_hospital": frozenset({"neg_transport", "transport_no_hospital", "non_monotonic", "unit_listed_more_than_once"}),
}


class Purpose(StrEnum):
    """Where a drive led."""

    TO_SCENE = "to_scene"
    TO_HOSPITAL = "to_hospital"


class LeftOut(StrEnum):
    """Why a row is not a drive to learn from."""

    NOT_AN_AMBULANCE = "not_an_ambulance"
    NO_TIMES = "no_times"
    FLAGGED = "flagged"
    TOO_SHORT_OR_LONG = "too_short_or_long"
    NO_ORIGIN = "no_origin"
    NO_SCENE = "no_scene"
    NO_SIREN = "no_siren"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """One recorded drive. `priority` is the call's colour; None where the log does not say."""

    purpose: Purpose
    origin: Wgs84
    destination: Wgs84
    departed_at: datetime
    took_s: float
    priority: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drives:
    """The drives of a log in its order, and how many of its rows were left out, by reason."""

    drives: tuple[Drive, ...]
    left_out: Mapping[LeftOut, int]
    purpose: Purpose


@dataclass(frozen=True, slots=True)
class _Call:
    scene: Wgs84 | None
    priority: str | None
    is_transport_emergency: bool | None


def read_drives(units: Path, calls: Path) -> Drives:
    """The drives to scenes that a fleet recorded; to hospitals where it recorded no origins but hospitals.

    Raises DataError for files that are not logs, and for a unit log that holds neither origins nor hospitals.
    """
    table = read_table(units)
    purpose, place = _place_columns(table)
    known = _calls(read_table(calls))
    starts, ends = ("enroute_at", "on_scene_at") if purpose is Purpose.TO_SCENE else ("left_scene_at", "at_hospital_at")
    columns = zip(
        table.column("call_id", text),
        table.column("transport_capable", _flag),
        table.column(starts, optional(_instant)),
        table.column(ends, optional(_instant)),
        table.optional_column("quality_flags", _flags),
        _points(table, *place),
        strict=True,
    )
    drives: list[Drive] = []
    left_out: Counter[LeftOut] = Counter()
    for call_id, is_ambulance, departed_at, arrived_at, flags, point in columns:
        call = known.get(call_id)
        if not is_ambulance:
            left_out[LeftOut.NOT_AN_AMBULANCE] += 1
        elif departed_at is None or arrived_at is None:
            left_out[LeftOut.NO_TIMES] += 1
        elif flags & BAD_FLAGS[purpose]:
            left_out[LeftOut.FLAGGED] += 1
        elif not LEAST_S <= (arrived_at - departed_at).total_seconds() <= MOST_S:
            left_out[LeftOut.TOO_SHORT_OR_LONG] += 1
        elif point is None:
            left_out[LeftOut.NO_ORIGIN] += 1
        elif call is None or call.scene is None:
            left_out[LeftOut.NO_SCENE] += 1
        elif purpose is Purpose.TO_HOSPITAL and not call.is_transport_emergency:
            left_out[LeftOut.NO_SIREN] += 1
        else:
            origin, destination = (point, call.scene) if purpose is Purpose.TO_SCENE else (call.scene, point)
            drives.append(
                Drive(
                    purpose=purpose,
                    origin=origin,
                    destination=destination,
                    departed_at=departed_at,
                    took_s=(arrived_at - departed_at).total_seconds(),
                    priority=call.priority,
                )
            )
    return Drives(drives=tuple(drives), left_out=dict(sorted(left_out.items())), purpose=purpose)


def _place_columns(table: Table) -> tuple[Purpose, tuple[str, str, str]]:
    """Which drives the unit log allows to learn from, and the columns of the place that the call log does not know."""
    for purpose, columns in ((Purpose.TO_SCENE, ORIGIN), (Purpose.TO_HOSPITAL, HOSPITAL)):
        if all(name in table.columns for name in columns):
            return purpose, columns
    raise DataError(
        f"{table.file} 没有记录车组从何处出发，无法标定：请加上 {'、'.join(ORIGIN)} 三列（或医院位置 {'、'.join(HOSPITAL)}）",
        f"{table.file} does not say where units set out, so nothing can be learned: add the columns {', '.join(ORIGIN)}"
        f" (or the hospital's place, {', '.join(HOSPITAL)})",
    )


def _calls(table: Table) -> dict[str, _Call]:
    scenes = _points(table, "lat", "lon", "datum")
    priorities = table.optional_column("priority_color", optional_text)
    emergencies = table.optional_column("transport_emergency", optional(_flag))
    call_ids = table.column("call_id", text)
    return {
        call_id: _Call(scene, priority, is_emergency)
        for call_id, scene, priority, is_emergency in zip(call_ids, scenes, priorities, emergencies, strict=True)
    }


def _points(table: Table, lat: str, lon: str, datum: str) -> list[Wgs84 | None]:
    """Points of a stated datum; None where a cell is empty."""
    cells = zip(
        table.column(lat, optional(latitude_deg)),
        table.column(lon, optional(longitude_deg)),
        table.column(datum, optional(member(Datum))),
        strict=True,
    )
    points: list[Wgs84 | None] = []
    for row, (lat_deg, lon_deg, kind) in enumerate(cells):
        if lat_deg is None or lon_deg is None:
            points.append(None)
        elif kind is None:
            where = f"{table.file}:{row + 2}:{datum}"
            raise DataError(
                f"{where} 未说明坐标系，应为 wgs84、gcj02 或 bd09", f"{where} says no datum: wgs84, gcj02 or bd09"
            )
        else:
            points.append(to_wgs84(lat_deg, lon_deg, kind))
    return points


def _instant(cell: str) -> datetime:
    """An instant with its offset, as UTC."""
    try:
        at = datetime.fromisoformat(cell)
    except ValueError:
        raise CellError("不是 ISO 8601 时间", "is not ISO 8601, as in 2026-11-30T00:00:59+08:00") from None
    if at.tzinfo is None:
        raise CellError("没有时区偏移，请补上，例如 +08:00", "has no offset from UTC; add it, as in +08:00")
    return at.astimezone(UTC)


def _flag(cell: str) -> bool:
    if cell not in {"0", "1"}:
        raise CellError("应为 0 或 1", "must be 0 or 1")
    return cell == "1"


def _flags(cell: str) -> frozenset[str]:
    return frozenset(cell.split("|"))
