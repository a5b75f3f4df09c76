"""A week of calls through the live engine: wall time, events a second, memory, and whether it repeats itself.

`dispatch drill run` as a process of its own on the transplanted week A, twice with one seed; then `dispatch journal verify`. The
shortened run plays the week's first calls. There is no floor to a drill: the peer is `closest-idle`, the policy that sends the
nearest free unit and no more, on the same first calls, so that the price of the joint choice shows.
"""

import csv
import gzip
import json
import os
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.bench.measure import (
    ROOT,
    SEED,
    Findings,
    Table,
    Value,
    below,
    equal,
    ratio,
    recorded_data,
    significant,
)
from tests.fakes.live_service import COMMAND

WEEK: Final = "call_logs/transplant/sz-transplant-week-A.TRANSPLANTED.calls.csv.gz"
FIRST_CALLS: Final = 800
LIMIT_S: Final = 120.0

COLUMNS: Final = {
    "what": "演练 drill",
    "calls": "来电 calls",
    "events": "事件记录 events",
    "wall_s": "墙钟 wall s",
    "cpu_s": "处理器 CPU s",
    "events_per_s": "每秒记录 events/s",
    "decision_p50_ms": "决定 decision p50 ms",
    "decision_p99_ms": "p99 ms",
    "memory_mb": "内存峰值 peak MB",
    "ratio": "wall ÷ closest-idle",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A finished drill: its report, and what it cost."""

    report: dict[str, Any]
    wall_s: float
    cpu_s: float
    memory_mb: float
    is_sound: bool


def measure(*, is_quick: bool, is_repeated: bool = True) -> Findings:
    """The week (or its first calls), a second time unless `is_repeated` is False, and the peer."""
    findings = Findings(
        title="一周演练 · A week's drill",
        method=(
            "`dispatch drill run`,移植的一周 A,种子 1;同类做法为只派最近空闲车的 closest-idle。"
            f" `dispatch drill run` on the transplanted week A, seed {SEED}; the peer is the policy closest-idle on the same calls."
        ),
    )
    data = recorded_data()
    if data is None or not (data / WEEK).is_file():
        findings.missing.append(f"没有通话日志 no call log: {WEEK}; DISPATCH_TEST_DATA 指向数据目录 names the folder")
        return findings
    with tempfile.TemporaryDirectory() as place:
        first = _first_calls(data / WEEK, Path(place) / "first.calls.csv")
        peer = play(first, Path(place) / "peer", "--policy", "closest-idle")
        joint = play(first, Path(place) / "first")
        rows = [_row("closest-idle", peer), _row("joint", joint, peer)]
        main, again = joint, play(first, Path(place) / "again")
        if not is_quick:
            main = play(data / WEEK, Path(place) / "week")
            rows.append(_row("joint, week A", main))
            again = play(data / WEEK, Path(place) / "week-again") if is_repeated else again
    findings.tables.append(Table(title="演练 · Drills", columns=COLUMNS, rows=rows))
    if is_quick:
        findings.missing.append(
            "一周的用时限制只在完整运行中检查 · the week's time limit is checked in the full run only"
        )
    else:
        findings.limits.append(below("一周 A 演练用时 · week A, wall time", main.wall_s, LIMIT_S, "s"))
    repeated = main if is_repeated else joint
    is_same = again.report["journal_head_hash"] == repeated.report["journal_head_hash"]
    findings.limits += [
        equal("无车到达 · unserved", main.report["unserved"], 0),
        equal("日志校验(含一车一任务)· journal verify, no unit on two incidents", main.is_sound, True),
        equal(f"同一种子、同一日志 · same seed, same journal ({repeated.report['calls']:,} calls)", is_same, True),
    ]
    return findings


def _first_calls(log: Path, out: Path) -> Path:
    with (
        gzip.open(log, "rt", encoding="utf-8", newline="") as stream,
        out.open("w", encoding="utf-8", newline="") as copy,
    ):
        writer = csv.writer(copy, lineterminator="\n")
        for number, row in enumerate(csv.reader(stream)):
            if number > FIRST_CALLS:
                break
            writer.writerow(row)
    return out


def play(log: Path, out: Path, *options: str) -> Played:
    """Run one drill in a process of its own, and verify its journal."""
    command = [COMMAND, "drill", "run", str(log), "--seed", str(SEED), "--out", str(out), *options]
    began_s = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall_s = time.perf_counter() - began_s
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    verified = subprocess.run(
        [COMMAND, "journal", "verify", "--journal", str(out / "journal")], capture_output=True, check=False
    )
    return Played(
        report=json.loads((out / "report.json").read_text(encoding="utf-8")),
        wall_s=wall_s,
        cpu_s=used.ru_utime + used.ru_stime,
        memory_mb=used.ru_maxrss / 1024,
        is_sound=verified.returncode == 0,
    )


def _row(what: str, played: Played, peer: Played | None = None) -> dict[str, Value]:
    report = played.report
    return {
        "what": what,
        "calls": report["calls"],
        "events": report["events"],
        "wall_s": significant(played.wall_s),
        "cpu_s": significant(played.cpu_s),
        "events_per_s": significant(report["events"] / played.wall_s),
        "decision_p50_ms": significant(report["decision_ms"]["all"]["p50"]),
        "decision_p99_ms": significant(report["decision_ms"]["all"]["p99"]),
        "memory_mb": significant(played.memory_mb),
        "ratio": None if peer is None else ratio(played.wall_s, peer.wall_s),
    }
