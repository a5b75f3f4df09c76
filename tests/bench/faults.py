"""200 faults of two processes on PostgreSQL and Valkey, under load: nothing acknowledged missing or doubled, every console right.

The harness is that of the test, which runs each fault once (`tests/fault/cluster_fault_harness.py`).
"""

import statistics
from typing import Final

from tests.bench.measure import Findings, Limit, Table, Value, below, equal, significant
from tests.fault.cluster_fault_harness import FAULTS, Load, Outcome, main

IN_FULL: Final = 200
LOAD: Final = Load(calls_per_s=5.0, desks=100, consoles=120, crew_speed=60.0)
TAKEOVER_S: Final = 5.0
COLUMNS: Final = {"fault": "故障 fault", "times": "次数 times"}
OUTCOME: Final = {
    "acknowledged": "已应答 acknowledged",
    "calls": "来电 calls",
    "calls_per_s": "每秒 a second",
    "served": "完成 served",
    "repeated": "重发 sent again",
    "reconnected": "控制台重连 consoles back",
    "positions": "位置 positions",
    "events": "记录 events",
    "takeover_median_s": "接替中位 median takeover s",
    "takeover_most_s": "接替最长 longest takeover s",
    "answered_median_s": "此刻来电应答中位 a call just then answered, median s",
    "answered_most_s": "最长 longest s",
    "wall_s": "墙钟 wall s",
}


def measure(*, is_quick: bool) -> Findings:
    """What happened, what was counted, and the promises."""
    findings = Findings(
        title="多进程与故障 · Several processes and faults",
        method=(
            "两个服务进程、PostgreSQL、Valkey;派车台、车组与控制台持续工作,故障依次发生:终止或挂起写入者,终止跟随者,"
            "清空、重启、挂起 Redis,重启 PostgreSQL,切断控制台,拨快、拨慢一个进程的时钟(每次至多十分钟)。"
            " Two processes of the service, PostgreSQL, Valkey; desks, units and consoles at work while one fault follows another: "
            "the writer killed or stopped, the follower killed, Redis emptied, restarted or stopped, PostgreSQL restarted, a console "
            "cut off, a process's clock set ahead or back by up to ten minutes."
        ),
    )
    faults = len(FAULTS) if is_quick else IN_FULL
    outcome = main(faults, load=None if is_quick else LOAD, progress=lambda line: print(f"  {line}", flush=True))
    rows: list[dict[str, Value]] = [{"fault": name, "times": times} for name, times in outcome.faults.items()]
    findings.tables.append(Table(title="故障 · Faults", columns=COLUMNS, rows=rows))
    findings.tables.append(Table(title="结果 · Outcome", columns=OUTCOME, rows=[_counted(outcome)]))
    findings.limits += _limits(faults, outcome)
    return findings


def _counted(outcome: Outcome) -> dict[str, Value]:
    counted: dict[str, Value] = {key: getattr(outcome, key) for key in OUTCOME if hasattr(outcome, key)}
    a_second = significant(outcome.calls / outcome.rung_s)
    took_s, answered_s = outcome.takeovers_s, outcome.answered_s
    return {
        **counted,
        "calls_per_s": a_second,
        "takeover_median_s": significant(statistics.median(took_s)) if took_s else None,
        "takeover_most_s": max(took_s, default=None),
        "answered_median_s": significant(statistics.median(answered_s)) if answered_s else None,
        "answered_most_s": max(answered_s, default=None),
    }


def _limits(faults: int, outcome: Outcome) -> list[Limit]:
    return [
        equal("故障次数 faults", sum(outcome.faults.values()), faults),
        equal("已应答而缺失 acknowledged and missing", outcome.missing, 0),
        equal("重复执行 applied twice", outcome.doubled, 0),
        equal("与日志不符的控制台 consoles astray", outcome.astray, 0),
        equal("校验问题 problems found by verify", len(outcome.problems), 0),
        below("接替 takeover", max(outcome.takeovers_s, default=0.0), TAKEOVER_S, "s"),
    ]
