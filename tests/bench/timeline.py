"""The recorded San Francisco week as events: its time, and whether every count equals the expected one.

The floor is reading the same file with the standard library's csv and nothing else.
"""

import csv
import gzip
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from tests.bench.measure import Findings, Stopwatch, Table, Value, equal, ratio, recorded_data, significant
from tests.fakes.live_service import COMMAND

UNITS: Final = "call_logs/neutral/sffd-2017w01.units.csv.gz"
EXPECTED: Final = "call_logs/validation/sffd-2017w01.expected_concurrency_5min.csv.gz"
COUNTS: Final = {
    "busy": "amb_busy",
    "en_route": "amb_dispatched_or_enroute",
    "on_scene": "amb_on_scene",
    "transporting": "amb_transporting",
    "at_hospital": "amb_at_hospital",
}
COLUMNS: Final = {"what": "做法 way", "rows": "行 rows", "wall_s": "墙钟 wall s", "ratio": "÷ floor"}


def measure(*, is_quick: bool) -> Findings:
    """One run is short enough for both sizes."""
    findings = Findings(
        title="真实时间线 · Recorded timeline",
        method=(
            "`dispatch drill timeline`(含进程启动),旧金山 2017 年第 1 周;下限为只用标准库读同一文件。"
            " `dispatch drill timeline`, with the start of its process, on San Francisco 2017 week 1; the floor is reading the same "
            "file with the standard library."
        ),
    )
    data = recorded_data()
    for needed in (UNITS, EXPECTED):
        if data is None or not (data / needed).is_file():
            findings.missing.append(f"没有数据 no data: {needed}; DISPATCH_TEST_DATA 指向数据目录 names the folder")
    if data is None or findings.missing:
        return findings
    expected = _read(data / EXPECTED)
    reading, replaying = Stopwatch(), Stopwatch()
    with reading:
        rows = _read(data / UNITS)
    with tempfile.TemporaryDirectory() as out:
        command = [COMMAND, "drill", "timeline", str(data / UNITS), "--out", out]
        command += ["--from", expected[0]["t_utc"], "--to", expected[-1]["t_utc"]]
        with replaying:
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        found = _read(Path(out) / "concurrency_5min.csv")
    floor_s, took_s = reading.wall_s[0], replaying.wall_s[0]
    table: list[dict[str, Value]] = [
        {"what": "下限 floor: csv", "rows": len(rows), "wall_s": significant(floor_s)},
        {"what": "drill timeline", "rows": len(rows), "wall_s": significant(took_s), "ratio": ratio(took_s, floor_s)},
    ]
    findings.tables.append(Table(title="用时 · Time", columns=COLUMNS, rows=table))
    findings.limits.append(equal("时刻数 · instants counted", len(found), len(expected)))
    findings.limits.append(
        equal("与期望不同的时刻 · instants that differ from the expected", _differing(found, expected), 0)
    )
    return findings


def _read(path: Path) -> list[dict[str, str]]:
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return list(csv.DictReader(text.decode().splitlines()))


def _differing(found: list[dict[str, str]], expected: list[dict[str, str]]) -> int:
    def is_equal(ours: dict[str, str], theirs: dict[str, str]) -> bool:
        return ours["at"] == theirs["t_utc"] and all(ours[name] == theirs[other] for name, other in COUNTS.items())

    return sum(not is_equal(ours, theirs) for ours, theirs in zip(found, expected, strict=False))
