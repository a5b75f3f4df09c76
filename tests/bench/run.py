"""`make bench`: run the benchmarks, print and keep what they find, and exit non-zero when a limit of the project fails.

    python tests/bench/run.py [--quick] [--only NAME ...]

`--quick` shortens every benchmark (fewer samples, kills and calls) and leaves docs/benchmarks.md alone.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Final

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.measure import RESULTS, ROOT, Findings
from tests.bench.report import Run, as_text, document

NAMES: Final = (
    "decision",
    "audit",
    "traces",
    "casualties",
    "roads",
    "estimate",
    "stream",
    "console",
    "aed",
    "aed_stores",
    "drill",
    "timeline",
    "journal",
    "startup",
    "kills",
    "index",
    "check",
    "fuzz",
    "policies",
    "surge",
    "year",
    "faults",
    "load",
)
BY_NAME_ONLY: Final = frozenset({"policies", "surge", "year", "faults", "load"})
"""They play for a quarter of an hour, or for hours."""
DOCUMENT: Final = ROOT / "docs" / "benchmarks.md"
VERSIONS: Final = ("numpy", "scipy", "ortools", "pyroutingkit", "sqlalchemy", "fastapi", "uvicorn", "websockets")


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every limit that was checked holds, else 1."""
    parser = argparse.ArgumentParser(description="性能测量。 The benchmarks.")
    parser.add_argument("--quick", action="store_true", help="缩短的运行。 A shortened run.")
    parser.add_argument(
        "--only", action="append", choices=NAMES, help="只运行这一项,可重复。 Only this one; repeatable."
    )
    options = parser.parse_args(arguments)
    runs = [_run(name, is_quick=options.quick) for name in NAMES if name in (options.only or set(NAMES) - BY_NAME_ONLY)]
    if not options.quick:
        _write_document()
    return _conclude(runs)


def _run(name: str, *, is_quick: bool) -> Run:
    print(f"\n== {name} ==", flush=True)
    measure: Callable[..., Findings] = import_module(f"tests.bench.{name}").measure
    load, began_at, began_s = os.getloadavg(), datetime.now(UTC), time.perf_counter()
    findings = measure(is_quick=is_quick)
    run = Run(
        name=name,
        machine=f"{len(os.sched_getaffinity(0))} 个共享核 · {len(os.sched_getaffinity(0))} shared cores",
        versions={"Python": python_version(), **{package: version(package) for package in VERSIONS}},
        load_at_start=load,
        began_at=began_at.isoformat(timespec="seconds"),
        wall_s=round(time.perf_counter() - began_s, 1),
        is_quick=is_quick,
        findings=findings,
    )
    print(as_text(run), flush=True)
    if findings.tables:  # what could not be measured leaves the last result standing
        RESULTS.mkdir(parents=True, exist_ok=True)
        _stored(name, is_quick=is_quick).write_bytes(msgspec.json.format(msgspec.json.encode(run), indent=2) + b"\n")
    return run


def _stored(name: str, *, is_quick: bool = False) -> Path:
    """A shortened run stands beside the full one: of what it says nothing comes into the document."""
    return RESULTS / (f"{name}.quick.json" if is_quick else f"{name}.json")


def _write_document() -> None:
    """From the latest results that are kept here, and from the document itself where there is none."""
    kept = [_stored(name) for name in NAMES if _stored(name).is_file()]
    runs = [msgspec.json.decode(each.read_bytes(), type=Run) for each in kept]
    DOCUMENT.write_text(document(runs, DOCUMENT.read_text(encoding="utf-8"), NAMES), encoding="utf-8")
    print(f"\n{DOCUMENT.relative_to(ROOT)} 已更新 written")


def _conclude(runs: list[Run]) -> int:
    """The summary: every limit, what could not be checked, and the exit code."""
    limits = [limit for run in runs for limit in run.findings.limits]
    failed = [limit for limit in limits if not limit.holds]
    print(f"\n限制 limits: {len(limits) - len(failed)} 通过 hold, {len(failed)} 未通过 fail")
    for limit in failed:
        print(f"  未通过 FAIL  {limit.promise}: {limit.measured}  ({limit.bound})")
    for run in runs:
        for text in run.findings.missing:
            print(f"  未测 not measured  {run.name}: {text}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
