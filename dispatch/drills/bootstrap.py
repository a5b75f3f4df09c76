"""More weeks from one: a call log resampled, so that drills can be repeated over weeks that might as well have been.

Block bootstrap by the hour. The log is cut into the calendar hours of its own time zone. Each hour of the new log, on the same date,
takes everything that was called in during one recorded hour, drawn with replacement: from any day of the same kind (Monday to
Friday, or Saturday and Sunday), at the same hour of day half of the time and at the hour before or after else. A recorded hour is
taken whole, so that what belongs together stays together: a burst, its second callers, the patients of one accident.

Every call keeps its place, complaint, priority, patient and service times; only its instant is new. A happening moves by up to
`JITTER_S` either way round its hour, with all who called about it; it belongs to the hour of its first call.

This keeps the rhythm of day and week (smoothed over three hours), the mix, and what clusters within an hour. It invents no new places
and no hour more crowded than the most crowded one recorded, and it loses what links one hour to the next: a stormy day becomes a
stormy hour. Weeks made of one week are therefore more alike than real weeks are, and an interval over them says how a result
depends on chance within such weeks, not how it would be in another season.
"""

import csv
import gzip
import io
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from dispatch.drills.call_log import COLUMNS, RESAMPLED
from dispatch.drills.log_rows import instant, read_rows
from maps_data.tables import text

JITTER_S: Final = 120
"""Enough that no two weeks share their instants, too little to dissolve a burst. A choice of ours."""
STEPS: Final = (-1, 0, 0, 1)
"""Hours of day from which an hour is drawn, relative to its own. A choice of ours: five days alone give five different hours."""
EARLIER: Final = ("call_received_at", "call_entered_at", "first_dispatch_at")
"""The columns that hold instants."""
AS_RECORDED: Final = {"real": "transplanted", "real_subsample": "transplanted"}
"""What becomes of a row's class: moved in time, a real row is no longer what was recorded."""
HOUR: Final = timedelta(hours=1)
WEEK: Final = timedelta(weeks=1)

Cells = dict[str, str]
Happening = list[Cells]
"""The rows of one happening, by time: a call, who else called about it, its further patients."""


def resample(path: Path, seed: int, weeks: int = 1) -> list[Cells]:
    """The rows of a new log like that at `path`, by time; the same seed gives the same log.

    With `weeks` (at least 1) as many such logs follow one another, of this seed and the next ones: each begins so many whole weeks
    after the one before as the log at `path` covers. Ids of calls and incidents get the suffix `~seed.number`; `dataset_id` and
    `donor_ref` begin with `bootstrap` and name the seed and the donor. Rows without a time of day cannot be moved and are left out,
    with who called about them. Raises `DataError` for a log without the format's columns.
    """
    happenings = _happenings(path)
    if not happenings:
        return []
    zone = ZoneInfo(happenings[0][0].get("iana_tz") or "UTC")
    blocks: defaultdict[datetime, list[Happening]] = defaultdict(list)
    for happening in happenings:
        blocks[_hour(_received_at(happening[0]))].append(happening)
    hours = _hours(min(blocks), max(blocks))
    length = WEEK * math.ceil((hours[-1] + HOUR - hours[0]) / WEEK)
    made = [cells for n in range(weeks) for cells in _resampled(blocks, hours, zone, seed + n, later=n * length)]
    return sorted(made, key=lambda cells: (_received_at(cells), cells["call_id"]))


def _resampled(
    blocks: Mapping[datetime, Sequence[Happening]],
    hours: Sequence[datetime],
    zone: ZoneInfo,
    seed: int,
    *,
    later: timedelta,
) -> Iterator[Cells]:
    """The rows of one new log, each `later` by the clock of `zone`."""
    chance = Random(f"bootstrap/{seed}")
    number = 0
    for hour in hours:
        donor = chance.choice(_donors(hour, hours, zone))
        for happening in blocks.get(donor, ()):
            number += 1
            moved_by = hour - donor + _jitter(_received_at(happening[0]), chance)
            for cells in happening:
                yield _moved(cells, moved_by, seed, number, zone, later=later)


def write_log(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    """CSV as the format wants it, gzip for a name that ends in `.gz`; the same rows give the same bytes."""
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    data = stream.getvalue().encode("utf-8")
    path.write_bytes(gzip.compress(data, mtime=0) if path.name.endswith(".gz") else data)


def _happenings(path: Path) -> list[Happening]:
    """The log's rows by what they are about, first call first."""
    timed = [row for row in read_rows(path, COLUMNS, "call_id") if "T" in row.get("call_received_at", text)]
    rows = sorted(timed, key=lambda row: row.get("call_received_at", instant))
    known = {row.get("call_id", text) for row in rows}
    about: dict[str, str] = {}
    grouped: defaultdict[str, Happening] = defaultdict(list)
    for row in rows:
        cells = {name: column[row.index] for name, column in row.table.columns.items()}
        call_id = row.get("call_id", text)
        if cells["duplicate_of"] and cells["duplicate_of"] not in known:
            continue
        root = cells["mci_id"] or about.get(cells["duplicate_of"]) or cells["duplicate_of"] or call_id
        about[call_id] = root
        grouped[root].append(cells)
    return list(grouped.values())


def _donors(hour: datetime, hours: Sequence[datetime], zone: ZoneInfo) -> list[datetime]:
    """The recorded hours from which `hour` may be drawn, as often as they count."""
    here = hour.astimezone(zone)
    wanted = [(here.hour + step) % 24 for step in STEPS]
    found: list[datetime] = []
    for other in hours:
        there = other.astimezone(zone)
        if _is_weekend(there) == _is_weekend(here):
            found.extend([other] * wanted.count(there.hour))
    return found


def _is_weekend(at: datetime) -> bool:
    return at.weekday() >= 5


def _jitter(at: datetime, chance: Random) -> timedelta:
    """A move within the hour of `at`; what would leave it at one end comes in at the other."""
    second = at.minute * 60 + at.second
    return timedelta(seconds=(second + chance.randint(-JITTER_S, JITTER_S)) % 3600 - second)


def _moved(cells: Cells, by: timedelta, seed: int, number: int, zone: ZoneInfo, *, later: timedelta) -> Cells:
    made = dict(cells)
    for column in EARLIER:
        if cells.get(column):
            made[column] = ((_at(cells[column]) + by).astimezone(zone) + later).isoformat()
    for column in ("call_id", "mci_id", "duplicate_of"):
        if cells[column]:
            made[column] = f"{cells[column]}~{seed}.{number}"
    made["record_class"] = AS_RECORDED.get(cells["record_class"], cells["record_class"])
    made["dataset_id"] = f"bootstrap-{seed}-{cells.get('dataset_id', '')}"
    made["donor_ref"] = ";".join(
        part for part in (f"{RESAMPLED}{cells['call_id']}", cells.get("donor_ref", "")) if part
    )
    return made


def _received_at(cells: Cells) -> datetime:
    return _at(cells["call_received_at"])


def _at(cell: str) -> datetime:
    return datetime.fromisoformat(cell).astimezone(UTC)


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _hours(first: datetime, last: datetime) -> list[datetime]:
    return [first + HOUR * n for n in range((last - first) // HOUR + 1)]
