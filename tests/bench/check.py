"""`make check`, which people run before every commit, has to stay short."""

import os
import subprocess
from typing import Final

from tests.bench.measure import ROOT, Findings, Stopwatch, Table, Value, below, equal, ratio, significant

LIMIT_S: Final = 30.0  # contract, commands
COLUMNS: Final = {"what": "命令 command", "wall_s": "墙钟 wall s", "ratio": "÷ static"}


def measure(*, is_quick: bool) -> Findings:
    """`make static` is the part without tests; the shortened run stops after it."""
    findings = Findings(
        title="提交前检查 · make check",
        method=(
            "格式、类型、分层与快速测试;同类做法为不含测试的 `make static`。"
            " Format, types, imports and fast tests; beside it `make static`, the part without tests."
        ),
    )
    static_s, static_code = _made("static")
    rows: list[dict[str, Value]] = [{"what": "make static", "wall_s": significant(static_s)}]
    findings.limits.append(equal("make static:退出码 exit code", static_code, 0))
    if is_quick:
        findings.missing.append("缩短的运行不含 make check · the shortened run leaves make check out")
    else:
        check_s, check_code = _made("check")
        rows.append({"what": "make check", "wall_s": significant(check_s), "ratio": ratio(check_s, static_s)})
        findings.limits.append(below("make check 用时 · wall time", check_s, LIMIT_S, "s"))
        findings.limits.append(equal("make check:退出码 exit code", check_code, 0))
    findings.tables.append(Table(title="用时 · Time", columns=COLUMNS, rows=rows))
    return findings


def _made(target: str) -> tuple[float, int]:
    """Wall time and exit code of `make target`, run as from a terminal: not with what `make bench` was told."""
    watch = Stopwatch()
    own = {
        name: value for name, value in os.environ.items() if name not in {"ARGS", "MAKEFLAGS", "MAKELEVEL", "MFLAGS"}
    }
    with watch:
        done = subprocess.run(["make", "--silent", target], cwd=ROOT, env=own, capture_output=True, check=False)
    return watch.wall_s[0], done.returncode
