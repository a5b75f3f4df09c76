"""Whether the room recovers from an overload: surge day A, on which the calls of one hour are doubled, played with many seeds.

*Lock-in* is the collapse of an oldest-first queue, which sends every unit ever farther: here, that the mean drive to a scene stays
above 1.5 times its value before the surge for more than an hour after arrivals are back to normal. *Recovered* is the room with the
first half hour, from the end of the doubled hour on, whose red calls have a 90th percentile, call received to first unit on scene,
within 10 % of its former value, and the time is told at the end of that half hour; the calls of all seeds together, for one day has
too few of them for a percentile. As few as ten red calls are in it, and where these are counts for more than 10 %: so beside it
stands when the same red calls wait no longer than on the same day without the surge.

Two scenes with many patients, written into the day, make the surge. The first doubles an hour. The second, at the far end of the city,
begins when that hour is over, wants fifteen units and ends some two hours later; these have far to go however the queue is kept, so
lock-in is also told of all other calls. The day is played with both, with the first alone, and with neither to compare with.
"""

import csv
import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np

from dispatch.cli_compare import entries_of
from dispatch.domain.incident import MASS_CASUALTY_FROM
from dispatch.domain.vocabulary import Priority
from dispatch.drills.bootstrap import write_log
from dispatch.projections.intervals import Intervals
from tests.bench.kept import Play, play_all, recon_roads
from tests.bench.measure import RESULTS, Findings, Table, Value, below, equal, recorded_data, significant

DAY: Final = "call_logs/transplant/sz-transplant-surge-day-A.TRANSPLANTED.calls.csv.gz"
POLICIES: Final = ("closest-idle", "full")
UNITS: Final = 123
SEEDS: Final = 20
SCENES: Final = {"both": 2, "first": 1, "none": 0}
"""How many of the scenes with many patients there are on each day that is played."""
KEPT: Final = RESULTS / "surge"
HOUR: Final = timedelta(hours=1)
BEFORE: Final = 3 * HOUR
"""What is called the time before the surge."""
STEP: Final = timedelta(minutes=5)
LOCK_IN: Final = 1.5
WITHIN: Final = 1.1
WINDOW: Final = timedelta(minutes=30)

COLUMNS: Final = {
    "policy": "策略 policy",
    "scenes": "大型事件 scenes",
    "drive_before_min": "激增前平均驶抵 mean drive before min",
    "drive_most_min": "最长 worst hour",
    "locked_in": "锁死 locked in",
    "locked_in_but_for_scenes": "不计大型事件 but for the scenes",
    "p90_before_min": "危重 P90 前 red P90 before min",
    "p90_worst_min": "最差 worst half hour",
    "p90_after_min": "高峰过后一小时 in the hour after",
    "recovered_after_min": "恢复用时 recovered after min",
    "as_without_after_min": "与无激增时相当 as without the surge after min",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Surge:
    """When the doubled hour begins and ends, and when arrivals are back to what they were in the hours before it."""

    begins_at: datetime
    ends_at: datetime
    normal_at: datetime

    @classmethod
    def of(cls, received_at: Sequence[datetime]) -> "Surge":
        """The fullest hour of the day is the doubled one."""
        hours = Counter(at.replace(minute=0, second=0, microsecond=0) for at in received_at)
        begins_at = max(hours, key=lambda hour: hours[hour])
        before = [hours[begins_at - n * HOUR] for n in (1, 2, 3)]
        later = (begins_at + n * HOUR for n in range(1, 6))
        normal_at = next(hour for hour in later if hours[hour] <= max(before))
        return cls(begins_at=begins_at, ends_at=begins_at + HOUR, normal_at=normal_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One drill: (arrived at the scene, seconds of drive, whether to a scene with many patients) of each crew, and (received, seconds
    to the first unit) of each red call.
    """

    drives: tuple[tuple[datetime, float, bool], ...]
    reds: tuple[tuple[datetime, float], ...]

    @classmethod
    def of(cls, drill: Path) -> "Course":
        """Read off a drill's journal."""
        intervals = Intervals()
        report = json.loads((drill / "report.json").read_text(encoding="utf-8"))
        for recorded in entries_of(drill / "journal", report):
            intervals.apply(recorded)
        incidents = intervals.incidents
        return cls(
            drives=tuple(
                (each.on_scene_at, each.travel_time_s, incidents[each.incident_id].units_required >= MASS_CASUALTY_FROM)
                for each in intervals.responses.values()
                if each.on_scene_at is not None and each.travel_time_s is not None
            ),
            reds=tuple(
                (each.received_at, np.inf if each.call_to_scene_time_s is None else each.call_to_scene_time_s)
                for each in incidents.values()
                if each.priority is Priority.RED and each.joined_into is None and each.units_required > 0
            ),
        )

    def mean_drive_s(self, begins_at: datetime, ends_at: datetime) -> float:
        """NaN when nobody arrived."""
        found = [seconds for at, seconds, _ in self.drives if begins_at <= at < ends_at]
        return float(np.mean(found)) if found else float("nan")

    def is_locked_in(self, surge: Surge) -> bool:
        """Whether no hour that ends within the hour after `normal_at` has a mean drive below LOCK_IN times the former."""
        former_s = self.mean_drive_s(surge.begins_at - BEFORE, surge.begins_at)
        ends = (surge.normal_at + n * STEP for n in range(HOUR // STEP + 1))
        return all(self.mean_drive_s(end - HOUR, end) > LOCK_IN * former_s for end in ends)

    def but_for_scenes(self) -> "Course":
        """Without the drives to scenes with many patients."""
        return replace(self, drives=tuple(drive for drive in self.drives if not drive[2]))


def measure(*, is_quick: bool) -> Findings:
    """Both policies over all seeds; the shortened run plays one."""
    findings = Findings(
        title="激增与恢复 · Surge and recovery",
        method=(
            f"激增日 A,{UNITS} 辆,路网 shenzhen-recon,各 {1 if is_quick else SEEDS} 个随机种子;驶抵为车组出发到到场。 "
            f"Surge day A, {UNITS} units, streets of shenzhen-recon, {1 if is_quick else SEEDS} seeds each; a drive is en route to on "
            "scene. Crews are simulated, calls transplanted."
        ),
    )
    data = recorded_data()
    if data is None or not (data / DAY).is_file():
        findings.missing.append(f"没有通话日志 no call log: {DAY}")
        return findings
    roads = recon_roads(data)
    logs = _logs(data / DAY)
    surge = Surge.of([datetime.fromisoformat(row["call_received_at"]) for row in _rows(data / DAY)])
    rows: list[dict[str, Value]] = []
    for policy in POLICIES:
        played = {day: _played(log, policy, roads, KEPT / day, 1 if is_quick else SEEDS) for day, log in logs.items()}
        rows += [
            _row(policy, n_scenes, played[day], played["none"], surge) for day, n_scenes in SCENES.items() if n_scenes
        ]
    findings.tables.append(
        Table(title=f"{surge.begins_at:%H:%M} – {surge.ends_at:%H:%M} ×2", columns=COLUMNS, rows=rows)
    )
    if not is_quick:
        for row in rows:
            if row["policy"] == "full":
                what = f"full, {row['scenes']}"
                findings.limits.append(equal(f"{what}: 锁死的演练 drills locked in", row["locked_in"], f"0 / {SEEDS}"))
                recovered = row["recovered_after_min"]
                minutes = float("inf") if recovered is None else float(recovered)
                findings.limits.append(
                    below(f"{what}: 激增结束到恢复 end of the doubled hour to recovered", minutes, 60.0, "min")
                )
    return findings


def _rows(log: Path) -> list[dict[str, str]]:
    with gzip.open(log, "rt", encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


def _logs(log: Path) -> dict[str, Path]:
    """The day with all its scenes, and without the later ones."""
    rows, logs = _rows(log), dict[str, Path]()
    scenes = list(dict.fromkeys(row["mci_id"] for row in rows if row["mci_id"]))  # by time
    KEPT.mkdir(parents=True, exist_ok=True)
    for day, n_scenes in SCENES.items():
        logs[day] = KEPT / f"{day}.calls.csv.gz"
        write_log(logs[day], [row for row in rows if row["mci_id"] in {"", *scenes[:n_scenes]}])
    return logs


def _played(log: Path, policy: str, roads: Path, place: Path, n_seeds: int) -> list[Course]:
    folders = [place / policy / str(seed) for seed in range(1, n_seeds + 1)]
    options = ("--policy", policy, "--fleet-size", str(UNITS))
    play_all([Play(log=log, options=(*options, "--seed", out.name), out=out) for out in folders], roads)
    return [Course.of(folder) for folder in folders]


def _row(
    policy: str, n_scenes: int, courses: Sequence[Course], without: Sequence[Course], surge: Surge
) -> dict[str, Value]:
    hours = [surge.begins_at + n * STEP for n in range(4 * HOUR // STEP)]
    p90_before_s = _p90_s(courses, surge.begins_at - BEFORE, surge.begins_at)
    windows = [(surge.begins_at + n * STEP, surge.begins_at + n * STEP + WINDOW) for n in range(4 * HOUR // STEP)]
    return {
        "policy": policy,
        "scenes": n_scenes,
        "drive_before_min": _mean_min(c.mean_drive_s(surge.begins_at - BEFORE, surge.begins_at) for c in courses),
        "drive_most_min": _mean_min(max(c.mean_drive_s(at, at + HOUR) for at in hours) for c in courses),
        "locked_in": f"{sum(course.is_locked_in(surge) for course in courses)} / {len(courses)}",
        "locked_in_but_for_scenes": f"{sum(each.but_for_scenes().is_locked_in(surge) for each in courses)} / {len(courses)}",
        "p90_before_min": significant(p90_before_s / 60.0),
        "p90_worst_min": significant(max(_p90_s(courses, *window) for window in windows) / 60.0),
        "p90_after_min": significant(_p90_s(courses, surge.normal_at, surge.normal_at + HOUR) / 60.0),
        "recovered_after_min": _recovered_after_min(courses, surge, windows, lambda *_: p90_before_s),
        "as_without_after_min": _recovered_after_min(courses, surge, windows, lambda *window: _p90_s(without, *window)),
    }


def _recovered_after_min(
    courses: Sequence[Course],
    surge: Surge,
    windows: Iterable[tuple[datetime, datetime]],
    wanted_s: Callable[[datetime, datetime], float],
) -> float | None:
    """Minutes from the doubled hour's end to the end of the first of the later `windows` within WITHIN of what is wanted there."""
    for begins_at, ends_at in windows:
        if begins_at >= surge.ends_at and _p90_s(courses, begins_at, ends_at) <= WITHIN * wanted_s(begins_at, ends_at):
            return significant((ends_at - surge.ends_at).total_seconds() / 60.0)
    return None


def _mean_min(seconds: Iterable[float]) -> float:
    return significant(float(np.mean(list(seconds))) / 60.0)


def _p90_s(courses: Sequence[Course], begins_at: datetime, ends_at: datetime) -> float:
    """Of the red calls of all drills that were received in this time."""
    found = [seconds for course in courses for at, seconds in course.reds if begins_at <= at < ends_at]
    return float(np.percentile(found, 90))
