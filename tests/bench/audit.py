"""How often the joint choice is the exact optimum: decisions of drills at one, two and three times the calls, solved again by HiGHS.

`dispatch drill run` on the transplanted week A with as many units as are committed for some 40 % of the time, then `dispatch drill
audit` on its journal: the drill is played again and a sample of its decisions solved exactly. Two and three times the calls are the
week with resampled weeks on top (`drill bootstrap`): most decisions of a common day are about one call, and only where units are
short do calls compete. Not a time: these promises hold on any machine.
"""

import csv
import gzip
import json
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from dispatch.drills.audit import EQUAL_SHARE, WORST_SHARE
from tests.bench.drill import WEEK
from tests.bench.measure import ROOT, SEED, Findings, Table, Value, at_least, equal, recorded_data, significant
from tests.fakes.live_service import COMMAND

N_UNITS: Final = 123
DRILLS: Final = (
    ("joint", 1, 0, 48, 2_600),
    ("full", 1, 0, 24, 1_300),
    ("joint", 2, 8, 4, 800),
    ("joint", 3, 8, 2, 800),
)
"""Policy, times the calls of the week, from which hour of it, for how many, decisions solved again."""

COLUMNS: Final = {
    "policy": "策略 policy",
    "times": "来电倍数 × calls",
    "calls": "来电 calls",
    "needs": "同时需要车组 units wanted together",
    "n": "重解 solved again",
    "n_equal": "等于最优 equal",
    "worst_percent": "最差高出 worst above %",
    "ties": "相当取近 nearest between equals",
    "ties_percent": "合计贵 dearer in all %",
    "left_out": "改派未审计 changes of crews left out",
}


def measure(*, is_quick: bool) -> Findings:
    """Rows by drill and by how many units were wanted together; the limits are on all decisions."""
    findings = Findings(
        title="决定是否最优 · Audit of decisions",
        method=(
            f"移植的一周 A,{N_UNITS} 车组,种子 {SEED};重做演练,抽取决定用 HiGHS 按同样的价目精确重解。"
            f" The transplanted week A, {N_UNITS} units, seed {SEED}; drills are played again and sampled decisions solved "
            "exactly, from the same prices and nothing else, by HiGHS."
        ),
    )
    data = recorded_data()
    if data is None or not (data / WEEK).is_file():
        findings.missing.append(f"没有通话日志 no call log: {WEEK}; DISPATCH_TEST_DATA 指向数据目录 names the folder")
        return findings
    rows: list[dict[str, Value]] = []
    totals = []
    with tempfile.TemporaryDirectory() as place:
        for policy, times, first, hours, n_sample in DRILLS:
            span = timedelta(hours=first), timedelta(hours=hours / 4 if is_quick else hours)
            log = _crowded(data / WEEK, times, span, Path(place))
            report, n_calls = _audited(log, policy, n_sample // 10 if is_quick else n_sample, Path(place) / "drill")
            about: dict[str, Value] = {"policy": policy, "times": times, "calls": n_calls}
            rows += [about | _row(row, _needs(row)) for row in report["by_needs"]]
            rows.append(about | _row(report["all"], "全部 all") | {"left_out": report["changes_of_crews_left_out"]})
            totals.append(report["all"])
    n = sum(total["n"] for total in totals)
    findings.tables.append(Table(title="重解的决定 · Decisions solved again", columns=COLUMNS, rows=rows))
    findings.limits += [
        at_least("重解的决定数 · decisions solved again", n, 500 if is_quick else 5_000, ""),
        at_least(
            "等于精确最优的份额 · share equal to the exact optimum",
            sum(t["n_equal"] for t in totals) / n,
            EQUAL_SHARE,
            "",
        ),
        equal("其余都在限内 · the rest within the limit", max(t["worst_share"] for t in totals) <= WORST_SHARE, True),
        equal("所取与求得的解不同 · preferred otherwise than found", sum(t["n_not_as_found"] for t in totals), 0),
    ]
    return findings


def _needs(row: dict[str, Any]) -> str:
    return f"{row['needs_from']}–{'' if row['needs_below'] is None else row['needs_below'] - 1}"


def _row(found: dict[str, Any], needs: str) -> dict[str, Value]:
    worst = significant(found["worst_share"] * 100)
    ties = {"ties": found["n_ties"], "ties_percent": significant(found["ties_cost_share"] * 100)}
    return {"needs": needs, "n": found["n"], "n_equal": found["n_equal"], "worst_percent": worst, **ties}


def _audited(log: Path, policy: str, n_sample: int, out: Path) -> tuple[dict[str, Any], int]:
    """The audit's report, and the number of calls."""
    _run("run", str(log), "--policy", policy, "--fleet-size", str(N_UNITS), "--seed", str(SEED), "--out", str(out))
    told = _run("audit", str(out / "journal"), "--sample", str(n_sample), "--json", may_fail=True)
    n_calls = json.loads((out / "report.json").read_text(encoding="utf-8"))["calls"]
    return json.loads(told), n_calls


def _run(*words: str, may_fail: bool = False) -> str:
    done = subprocess.run([COMMAND, "drill", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0 and not (may_fail and done.stdout.startswith("{")):
        raise RuntimeError(f"drill {words[0]} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def _crowded(week: Path, times: int, span: tuple[timedelta, timedelta], place: Path) -> Path:
    """Some hours (from, for) of the week and of `times` − 1 weeks resampled from it, in one log."""
    logs = [week]
    for seed in range(1, times):
        logs.append(place / f"again-{seed}.calls.csv.gz")
        _run("bootstrap", str(week), "--seed", str(seed), "--out", str(logs[-1]))
    tables = [list(_rows(log)) for log in logs]
    began_at = min(_received_at(row) for row in tables[0]) + span[0]
    kept = [row for table in tables for row in table if began_at <= _received_at(row) < began_at + span[1]]
    out = place / f"{times}-times.calls.csv"
    with out.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, tables[0][0], restval="", extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(kept, key=_received_at))
    return out


def _rows(log: Path) -> Iterator[dict[str, str]]:
    with gzip.open(log, "rt", encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


def _received_at(row: dict[str, str]) -> datetime:
    return datetime.fromisoformat(row["call_received_at"])
