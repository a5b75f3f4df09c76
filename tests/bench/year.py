"""A year of calls through the live engine, journal included: how many a second, and where the time goes.

The transplanted week A, resampled 52 times (`dispatch drill bootstrap --weeks`), played by `closest-idle` on estimated travel times:
a half-year on each of two cores, at once, each with a journal of its own. Takes half an hour, so it runs when it is named. The
shortened run plays a week on each.
"""

import pstats
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from tests.bench.drill import WEEK, Played, play
from tests.bench.kept import run
from tests.bench.measure import ROOT, SEED, Findings, Table, Value, below, equal, recorded_data, significant
from tests.fakes.live_service import COMMAND

WEEKS: Final = 52
PARTS: Final = 2
POLICY: Final = "closest-idle"
LIMIT_MIN: Final = 30.0
AREAS: Final = (
    "dispatch/engine",
    "dispatch/pipeline",
    "dispatch/domain",
    "dispatch/adapters",
    "dispatch/drills",
    "routing",
    "maps_data",
)
"""Of the program; all else is named by its package."""
N_AREAS: Final = 12
RATE: Final = {
    "part": "部分 part",
    "weeks": "周 weeks",
    "calls": "来电 calls",
    "events": "事件记录 events",
    "wall_min": "墙钟 wall min",
    "cpu_min": "处理器 CPU min",
    "calls_per_s": "每秒来电 calls/s",
    "events_per_s": "每秒记录 events/s",
    "memory_mb": "内存峰值 peak MB",
    "journal_mb": "日志 journal MB",
}
PROFILE: Final = {"area": "代码 code", "share": "本身用时 own time %"}


def measure(*, is_quick: bool) -> Findings:
    """The rate over the year (or its first two weeks), and a profile of the first."""
    findings = Findings(
        title="一年 · A year",
        method=(
            f"移植的一周 A 逐小时重抽样 {WEEKS} 次;{PARTS} 个核心同时各演 {WEEKS // PARTS} 周,首尾相接,各有日志;策略 {POLICY},估计的"
            "行程时间。剖析(cProfile)为单独一周,按各处代码本身的用时。 Transplanted week A resampled "
            f"{WEEKS} times: on each of {PARTS} cores, at once, {WEEKS // PARTS} of them one after another with a journal of their "
            f"own; {POLICY}, estimated travel times. The profile (cProfile) is of one week alone: own time by code."
        ),
    )
    data = recorded_data()
    if data is None or not (data / WEEK).is_file():
        findings.missing.append(f"没有通话日志 no call log: {WEEK}")
        return findings
    weeks = 1 if is_quick else WEEKS // PARTS
    with tempfile.TemporaryDirectory() as place:
        logs = [Path(place) / f"part_{part}.calls.csv.gz" for part in range(PARTS)]
        for part, log in enumerate(logs):
            seed = str(SEED + part * weeks)
            run(
                "dispatch",
                "drill",
                "bootstrap",
                str(data / WEEK),
                "--out",
                str(log),
                "--weeks",
                str(weeks),
                "--seed",
                seed,
            )
        with ThreadPoolExecutor(PARTS) as cores:
            parts = list(cores.map(_played, logs))
        rows = [_rate(f"{number}", weeks, [part]) for number, part in enumerate(parts, start=1)]
        rows.append(_rate("全部 all", weeks * PARTS, parts))
        run("dispatch", "drill", "bootstrap", str(data / WEEK), "--out", str(week := Path(place) / "week.calls.csv.gz"))
        shares = _profiled(week, Path(place))
    findings.tables.append(Table(title="用时 · Rate", columns=RATE, rows=rows))
    findings.tables.append(Table(title="剖析 · Profile", columns=PROFILE, rows=shares))
    findings.limits += [
        equal("无车到达 · unserved", sum(part.report["unserved"] for part, _ in parts), 0),
        equal("日志校验 · journal verify", all(part.is_sound for part, _ in parts), True),
    ]
    if is_quick:
        findings.missing.append("一年的用时只在完整运行中检查 · the year's time is checked in the full run only")
    else:
        findings.limits.append(
            below("一年用时 · a year, wall time", float(rows[-1]["wall_min"] or 0), LIMIT_MIN, "min")
        )
    return findings


def _played(log: Path) -> tuple[Played, float]:
    """The drill on one log, and its journal's size in MB."""
    done = play(log, out := log.with_suffix(".drill"), "--policy", POLICY, "--no-compare-estimate")
    return done, (out / "journal").stat().st_size / 1e6


def _rate(what: str, weeks: int, parts: Sequence[tuple[Played, float]]) -> dict[str, Value]:
    """Parts that were played at once took as long as the longest of them."""
    wall_s = max(part.wall_s for part, _ in parts)
    calls, events = (sum(part.report[counted] for part, _ in parts) for counted in ("calls", "events"))
    return {
        "part": what,
        "weeks": weeks,
        "calls": calls,
        "events": events,
        "wall_min": significant(wall_s / 60),
        "cpu_min": significant(sum(part.cpu_s for part, _ in parts) / 60),
        "calls_per_s": significant(calls / wall_s),
        "events_per_s": significant(events / wall_s),
        "memory_mb": significant(max(part.memory_mb for part, _ in parts)),
        "journal_mb": significant(sum(size_mb for _, size_mb in parts)),
    }


def _profiled(log: Path, place: Path) -> list[dict[str, Value]]:
    """Own time by area, the largest first, as shares of all."""
    out = place / "profile"
    program = [sys.executable, "-m", "cProfile", "-o", str(out), COMMAND]
    drill = ["drill", "run", str(log), "--policy", POLICY, "--seed", str(SEED), "--no-compare-estimate"]
    subprocess.run(
        [*program, *drill, "--out", str(place / "profiled")], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
    )
    stats: dict[tuple[str, int, str], tuple[Any, ...]] = pstats.Stats(str(out)).stats  # type: ignore[attr-defined]
    own_s = Counter[str]()
    for (file, _, _), (_, _, spent_s, *_) in stats.items():
        own_s[_area(file)] += spent_s
    return [
        {"area": area, "share": significant(100 * spent_s / own_s.total())}
        for area, spent_s in own_s.most_common(N_AREAS)
    ]


def _area(file: str) -> str:
    if file.startswith(str(ROOT)) and "site-packages" not in file:
        inside = file.removeprefix(f"{ROOT}/")
        return next((area for area in AREAS if inside.startswith(area)), "dispatch")
    if "site-packages" in file:
        return file.split("site-packages/")[1].split("/")[0]
    return "C 与内建 C and built-ins" if file == "~" else "标准库 standard library"
