"""kill -9 at random moments under load: the journal's writer 1,000 times, the whole service 50 times.

The harnesses are those of the tests, which run them shortened (`tests/fault/`). What counts: nothing acknowledged is missing,
and every journal verifies.
"""

import json
import subprocess
import sys
from typing import Any, Final

from tests.bench.measure import ROOT, Findings, Limit, Table, Value, equal

COLUMNS: Final = {
    "what": "被终止的 killed",
    "kills": "次数 kills",
    "acknowledged": "已应答 acknowledged",
    "missing": "缺失 missing",
    "problems": "校验问题 problems",
    "wall_s": "墙钟 wall s",
}
HARNESSES: Final = (
    ("日志写入进程 journal's writer", "kill_harness", 1_000, 20),
    ("整个服务 whole service", "service_kill_harness", 50, 2),
)


def measure(*, is_quick: bool) -> Findings:
    """A row and three limits for each harness."""
    findings = Findings(
        title="突然终止 · kill -9",
        method=(
            "在负载下随机时刻 kill -9;已应答的必须还在,日志必须通过校验。被终止的进程不等于断电。"
            " kill -9 at random moments under load: what was acknowledged must be there, and the journal must verify. A killed "
            "process is not a power cut."
        ),
    )
    rows: list[dict[str, Value]] = []
    for what, harness, in_full, shortened in HARNESSES:
        if not (ROOT / "tests" / "fault" / f"{harness}.py").is_file():
            findings.missing.append(f"没有 there is no tests/fault/{harness}.py")
            continue
        kills = shortened if is_quick else in_full
        outcome = _outcome(harness, kills)
        rows.append({"what": what, **{key: outcome.get(key) for key in COLUMNS if key not in {"what", "problems"}}})
        rows[-1]["problems"] = len(outcome["problems"])
        findings.limits += _limits(what, kills, outcome)
    findings.tables.append(Table(title="终止与恢复 · Kills", columns=COLUMNS, rows=rows))
    return findings


def _outcome(harness: str, kills: int) -> dict[str, Any]:
    """What the harness says, as JSON, on the last line of its output; it exits non-zero when anything is amiss."""
    command = [sys.executable, "-m", f"tests.fault.{harness}", str(kills)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if not done.stdout.strip():
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode} and said nothing")
    outcome: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return outcome


def _limits(what: str, kills: int, outcome: dict[str, Any]) -> list[Limit]:
    return [
        equal(f"{what}:终止次数 kills", outcome["kills"], kills),
        equal(f"{what}:已应答而缺失 acknowledged and missing", outcome["missing"], 0),
        equal(f"{what}:校验问题 problems found by verify", len(outcome["problems"]), 0),
    ]
