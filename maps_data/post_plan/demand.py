"""Demand by place and hour, from a call log (`*.calls.csv[.gz]`, interchange format 1.0) and the residents.

One week says little about one cell. A cell's calls n_i are taken as Poisson with mean m_i r_i, where m_i is what one would expect
of it and r_i, around 1, is its own: r ~ Gamma(a, a). The mean of r_i after having seen n_i is

    (n_i + a) / (m_i + a),    so that demand d_i = m_i (n_i + a) / (m_i + a),

between m_i (little seen) and n_i (much seen); a is the value of A_GRID for which the counts of all cells, negative binomial, are
likeliest (empirical Bayes: Clayton & Kaldor 1987, doi:10.2307/2532003). It is done twice: all calls towards the residents, then
the red calls of a period towards all calls. So a plan follows what the log tells and not each of its accidents.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from scipy.spatial import cKDTree
from scipy.special import gammaln

from maps_data.manifest import read_table
from maps_data.records import PopulationCell
from maps_data.tables import (
    CellError,
    DataError,
    latitude_deg,
    longitude_deg,
    member,
    optional,
    optional_text,
    text,
)
from maps_data.vocabulary import RecordClass
from routing.cells import cells_of, centre, resolution_of
from routing.datum import Datum, to_wgs84
from routing.geo import BoolArray, FloatArray, IntArray, chord_of, unit_vectors

A_GRID: Final = tuple(np.geomspace(0.02, 2_000.0, 101).tolist())
"""From cells that differ wildly to cells that are just as expected."""

FARTHEST_M: Final = 3_000.0
"""A call this far from every cell's centre is not of this city."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """n calls that wanted an ambulance: `lat_deg`, `lon_deg` float64[n], WGS-84; `hour` int64[n] and `day` in local time;
    `is_red` bool[n]; `cell` int64[n], the row of the population cell. What was left out is counted by reason, rows by class.
    """

    lat_deg: FloatArray
    lon_deg: FloatArray
    hour: IntArray
    day: tuple[date, ...]
    is_red: BoolArray
    cell: IntArray
    left_out: dict[str, int]
    record_classes: dict[str, int]

    @property
    def said_of_it(self) -> RecordClass:
        """What is concluded from the log: inferred where all its calls are real, else simulated."""
        is_real = set(self.record_classes) <= {"real", "real_subsample"}
        return RecordClass.INFERRED if is_real else RecordClass.SIMULATED


def read_calls(path: Path, cells: Sequence[PopulationCell], zone: ZoneInfo) -> Calls:
    """The calls of a log at `path`. DataError names file, row and column of what is amiss, or says that no call is left."""
    table = read_table(path)
    lats, lons = table.column("lat", optional(latitude_deg)), table.column("lon", optional(longitude_deg))
    columns = zip(
        table.column("call_received_at", _instant),
        lats,
        lons,
        table.column("datum", optional(member(Datum))),
        table.column("priority_color", optional_text),
        table.column("ambulance_needed", optional_text),
        table.optional_column("event_role", optional_text),
        strict=True,
    )
    left_out: Counter[str] = Counter()
    kept: list[tuple[float, float, datetime, bool]] = []
    for at, lat_deg, lon_deg, datum, priority, needed, role in columns:
        if role == "duplicate_call":
            left_out["duplicate_call"] += 1
        elif needed == "0":
            left_out["no_ambulance_needed"] += 1
        elif at is None:
            left_out["no_time_of_day"] += 1
        elif lat_deg is None or lon_deg is None or datum is None:
            left_out["no_place_or_datum"] += 1
        else:
            point = to_wgs84(lat_deg, lon_deg, datum)
            kept.append((point.lat_deg, point.lon_deg, at.astimezone(zone), priority == "red"))
    return _placed(path, kept, cells, left_out, Counter(table.column("record_class", text)))


def smoothed(n: FloatArray, m: FloatArray) -> tuple[FloatArray, float]:
    """d float64[k] of counts and of what was expected (m > 0 wherever n > 0), in the symbols above, and the a that was likeliest."""
    seen, expected = n[m > 0], m[m > 0]
    likelihood = [
        float(
            np.sum(
                gammaln(seen + a)
                - gammaln(a)
                + a * np.log(a / (expected + a))
                + seen * np.log(expected / (expected + a))
            )
        )
        for a in A_GRID
    ]
    a = A_GRID[int(np.argmax(likelihood))]
    return np.where(m > 0, m * (n + a) / (m + a), 0.0), a


def red_demand(calls: Calls, used: BoolArray, residents: FloatArray, periods: Sequence[IntArray]) -> FloatArray:
    """Red demand by period and cell, float64[periods, cells], from the `used` calls (bool[n]); a period is a set of hours."""
    everybody = residents / residents.sum()
    n_all = np.bincount(calls.cell[used], minlength=len(residents)).astype(np.float64)
    by_cell, _ = smoothed(n_all, everybody * n_all.sum())
    by_cell /= by_cell.sum()
    rows = []
    for hours in periods:
        in_period = used & calls.is_red & np.isin(calls.hour, hours)
        n_red = np.bincount(calls.cell[in_period], minlength=len(residents)).astype(np.float64)
        rows.append(smoothed(n_red, by_cell * n_red.sum())[0])
    return np.array(rows)


def all_day_demand(calls: Calls, residents: FloatArray) -> FloatArray:
    """Red demand by cell, whatever the hour, from all `calls`: float64[cells]."""
    return np.asarray(red_demand(calls, np.ones(len(calls.day), np.bool_), residents, [np.arange(24)])[0])


def _instant(cell: str) -> datetime | None:
    """None for a day without a time, which the format allows."""
    if len(cell) == len("2026-11-30"):
        return None
    try:
        at = datetime.fromisoformat(cell)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise CellError(
            "不是带时区的 ISO 8601 时间，例如 2026-11-30T00:00:59+08:00",
            "is not ISO 8601 with an offset, as in 2026-11-30T00:00:59+08:00",
        )
    return at


def _placed(
    path: Path,
    kept: list[tuple[float, float, datetime, bool]],
    cells: Sequence[PopulationCell],
    left_out: Counter[str],
    record_classes: Counter[str],
) -> Calls:
    lat_deg, lon_deg = np.array([row[0] for row in kept]), np.array([row[1] for row in kept])
    row_of = {int(cell.cell): row for row, cell in enumerate(cells)}
    here = cells_of(lat_deg, lon_deg, resolution_of(cells[0].cell)) if kept else np.zeros(0, np.int64)
    cell = np.array([row_of.get(int(own), -1) for own in here], np.int64)
    strays = np.flatnonzero(cell < 0)
    if len(strays):
        centres = [centre(c.cell) for c in cells]
        tree = cKDTree(unit_vectors([p.lat_deg for p in centres], [p.lon_deg for p in centres]))
        away, nearest = tree.query(unit_vectors(lat_deg[strays], lon_deg[strays]))
        cell[strays] = np.where(np.asarray(away) <= chord_of(FARTHEST_M), nearest, -1)
    inside = cell >= 0
    if not all(inside):
        left_out["outside_of_the_city"] += int((~inside).sum())
    if not any(row[3] for row, is_inside in zip(kept, inside, strict=True) if is_inside):
        raise DataError(f"{path} 里没有可用的红色呼救", f"{path} has no red call that could be used")
    return Calls(
        lat_deg=lat_deg[inside],
        lon_deg=lon_deg[inside],
        hour=np.array([row[2].hour for row in kept], np.int64)[inside],
        day=tuple(row[2].date() for row, is_inside in zip(kept, inside, strict=True) if is_inside),
        is_red=np.array([row[3] for row in kept], np.bool_)[inside],
        cell=cell[inside],
        left_out=dict(sorted(left_out.items())),
        record_classes=dict(sorted(record_classes.items())),
    )
