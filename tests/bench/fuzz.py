"""A million spoiled inputs for everything that reads what others write: taken or clearly refused, and never slow.

What is spoiled and how stands in tests/fakes/spoiled.py; the tests do the same with some hundred inputs each.
"""

import logging
import tempfile
import time
from pathlib import Path
from typing import Final

from tests.bench.measure import SEED, Findings, Table, Value, below, equal, significant
from tests.fakes.spoiled import Reader, readers, spoiled

log = logging.getLogger(__name__)

INPUTS: Final = {
    "event": 500_000,
    "first message": 400_000,
    "call log": 30_000,
    "AEDs, CSV": 30_000,
    "AEDs, GeoJSON": 30_000,
    "hospital status, FHIR": 10_000,
}
QUICK_SHARE: Final = 100
PROGRESS_LINES: Final = 5
MOST_TOLD: Final = 5  # faults of one reader that are told in full
SLOWEST_MS: Final = 1_000.0  # of one input of a few kilobytes, on a machine that others use too
COLUMNS: Final = {
    "reader": "读取 reader",
    "inputs": "输入 inputs",
    "taken": "接受 taken",
    "refused": "拒绝 refused",
    "fell_over": "出错 fell over",
    "slowest_ms": "最慢 slowest ms",
}


def measure(*, is_quick: bool) -> Findings:
    """Every reader with its share of the inputs."""
    with tempfile.TemporaryDirectory() as folder:
        known = readers(Path(folder))
        rows = [_tried(name, known[name], n // QUICK_SHARE if is_quick else n) for name, n in INPUTS.items()]
    return Findings(
        title="损坏的输入 · Spoiled inputs",
        method=f"Seeds from {SEED} on; one to six changes to a valid sample.",
        tables=[Table(title="Readers", columns=COLUMNS, rows=rows)],
        limits=[
            equal("nothing falls over", sum(int(str(row["fell_over"])) for row in rows), 0),
            below("slowest input", max(float(str(row["slowest_ms"])) for row in rows), SLOWEST_MS, "ms"),
        ],
    )


def _tried(name: str, reader: Reader, n: int) -> dict[str, Value]:
    taken = fell_over = 0
    slowest_s = 0.0
    for tried, seed in enumerate(range(SEED, SEED + n)):
        if tried % max(1, n // PROGRESS_LINES) == 0:
            print(f"  {name}: {tried} / {n}", flush=True)
        content = spoiled(seed, reader.samples)
        began_s = time.perf_counter()
        try:
            taken += reader.takes(content)
        except Exception:  # each is a fault to mend; the others are still looked for
            fell_over += 1
            if fell_over <= MOST_TOLD:
                log.exception("%s, seed %d", name, seed)
        slowest_s = max(slowest_s, time.perf_counter() - began_s)
    return {
        "reader": name,
        "inputs": n,
        "taken": taken,
        "refused": n - taken - fell_over,
        "fell_over": fell_over,
        "slowest_ms": significant(slowest_s * 1e3),
    }
