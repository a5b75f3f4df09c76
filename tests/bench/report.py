"""The results as people read them: on the terminal, and in docs/benchmarks.md."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tests.bench.measure import Findings, Limit, Table, Value

LIMITS: Final = "时间限制 · Limits"
LIMIT_COLUMNS: Final = ("承诺 promise", "测得 measured", "限制 limit", "结果 result", "测量 measured by")
MARKS: Final = {True: "通过 pass", False: "未通过 FAIL"}
INTRODUCTION: Final = """# 性能测量 · Benchmarks

本页由 `make bench` 写出,请勿手改;完整结果在 `build/bench/*.json`,没有重测的各节照旧。机器与他人共用,绝对值会随负载变化:
请看同一次运行中与下限(做这件事至少需要的工作)或同类做法的**比值**。所有时间限制只在这里检查,有一条不满足,`make bench`
即以非零退出;测试从不比较时间。

This page is written by `make bench`; do not edit it. Complete results are in `build/bench/*.json`; what is not measured again stands
as it was. The machine is shared and absolute figures move with its load: look at the **ratios** to a floor (the least work that could
give the answer) or a peer, measured in the same run. Every time limit of the project is checked here and none in a test; `make bench`
exits non-zero when one fails.

```bash
make bench                                 # 全部 all, about half an hour
make bench ARGS="--quick"                  # 缩短的运行,不改本页 shortened; leaves this page alone
make bench ARGS="--only decision --only index"
```
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One benchmark's findings, and where, when and how they were made."""

    name: str
    machine: str
    versions: dict[str, str]
    load_at_start: tuple[float, float, float]
    began_at: str
    wall_s: float
    is_quick: bool
    findings: Findings


def as_text(run: Run) -> str:
    """For the terminal."""
    tables = (line for table in run.findings.tables for line in [table.title, *_markdown_table(table), ""])
    limits = (_limit_line(limit) for limit in run.findings.limits)
    return "\n".join([*tables, *limits, *(f"未测 not measured: {text}" for text in run.findings.missing)])


def _limit_line(limit: Limit) -> str:
    return f"[{MARKS[limit.holds]}] {limit.promise}: {shown(limit.measured)}  ({limit.bound})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What the document says of one benchmark: its lines of the table of limits, and its section."""

    limits: list[str]
    section: list[str]


def document(runs: Sequence[Run], standing: str, names: Sequence[str]) -> str:
    """The whole of docs/benchmarks.md, in the order of `names`: what was measured now, and what `standing`, the document so far,
    says of the others. Results that were measured on a machine that is gone stand only there."""
    newest = max(runs, key=lambda run: run.began_at)
    parts = parts_of(standing) | {run.name: _part(run) for run in runs}
    known = [parts[name] for name in names if name in parts]
    versions = ", ".join(f"{name} {version}" for name, version in newest.versions.items())
    lines = [INTRODUCTION, f"机器 Machine: **{newest.machine}**; {versions}.", "", f"## {LIMITS}", ""]
    lines += [_line(list(LIMIT_COLUMNS)), _line(["---"] * len(LIMIT_COLUMNS))]
    lines += [line for part in known for line in part.limits]
    for part in known:
        lines += ["", *part.section]
    never_run = [name for name in names if name not in parts]
    if never_run:
        lines += ["", f"尚未测量 · Not yet measured: {', '.join(never_run)}"]
    return "\n".join(lines) + "\n"


def parts_of(text: str) -> dict[str, Part]:
    """The parts of a document that `document` has written, by the name of their benchmark."""
    _, *sections = text.split("\n## ")
    parts: dict[str, Part] = {}
    limits: dict[str, list[str]] = {}
    for section in sections:
        lines = f"## {section}".rstrip("\n").split("\n")
        if lines[0] == f"## {LIMITS}":
            for line in lines:
                if name := re.search(r"\| `(\w+)` \|$", line):
                    limits.setdefault(name[1], []).append(line)
        elif name := re.search(r"^`(\w+)` · \d{4}-", section, re.MULTILINE):
            lines = [line for line in lines if not line.startswith("尚未测量")]
            while not lines[-1]:
                lines.pop()
            parts[name[1]] = Part(limits=limits.get(name[1], []), section=lines)
    return parts


def _part(run: Run) -> Part:
    limits = [
        _line([limit.promise, shown(limit.measured), limit.bound, MARKS[limit.holds], f"`{run.name}`"])
        for limit in run.findings.limits
    ]
    return Part(limits=limits, section=_section(run))


def _section(run: Run) -> list[str]:
    how = "缩短的运行 shortened run" if run.is_quick else "完整运行 full run"
    about = (
        f"`{run.name}` · {run.began_at[:10]} · {how} · {run.wall_s:.0f} s · 开始时负载 load {run.load_at_start[0]:.1f}"
    )
    lines = [f"## {run.findings.title}", "", run.findings.method, "", about]
    for table in run.findings.tables:
        lines += ["", f"### {table.title}", "", *_markdown_table(table)]
    if run.findings.missing:
        lines += ["", *(f"- 未测 not measured: {text}" for text in run.findings.missing)]
    return lines


def _markdown_table(table: Table) -> list[str]:
    rows = [[shown(row.get(key)) for key in table.columns] for row in table.rows]
    lines = [list(table.columns.values()), ["---"] * len(table.columns), *rows]
    return [_line(cells) for cells in lines]


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def shown(value: Value) -> str:
    """A value as it stands in a table: thousands separated, no exponents, a dash for what does not apply."""
    match value:
        case None:
            return "–"
        case bool():
            return "是 yes" if value else "否 no"
        case int():
            return f"{value:,}"
        case float() if value.is_integer() and abs(value) >= 10:
            return f"{int(value):,}"
        case float():
            return f"{value:.6f}".rstrip("0").rstrip(".")
        case str():
            return value
