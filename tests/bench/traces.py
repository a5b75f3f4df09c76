"""What marking the steps of a command costs: with no traces (the usual state), and with traces to nobody.

The floor is the same command on the same engine with the marks taken out. The three take turns, so that the world and the machine are
the same for all; the traces are made, queued, batched and let go, which is what a service pays that has a collector.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Final
from unittest.mock import patch

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from dispatch import trail
from dispatch.adapters.tracing import Tracing
from dispatch.adapters.travel import estimate_of
from dispatch.engine.engine import Engine
from dispatch.main import settle_memory
from maps_data.catalogue import load_catalogue
from tests.bench.decision import room_of
from tests.bench.measure import Findings, Stopwatch, Table, Value, below, percentile_ms, ratio, significant

N_UNITS: Final = 584
N_OPEN: Final = 5
OFF_LIMIT: Final = 1.02
"""Next to nothing, and what this machine's noise leaves to be seen of it."""
COLUMNS: Final = {
    "what": "做法 way",
    "n": "n",
    "p50_ms": "一条命令 one command p50 ms",
    "cpu_p50_ms": "处理器 CPU p50 ms",
    "ratio": "CPU ÷ 无标记 no marks",
}


class _Nobody(SpanExporter):
    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return SpanExportResult.SUCCESS


@contextmanager
def _no_marks() -> Iterator[None]:
    bare, nothing = Engine.execute.__wrapped__, nullcontext()  # type: ignore[attr-defined]
    with (
        patch.object(Engine, "execute", bare),
        patch.object(trail, "step", lambda _: nothing),
        patch.object(trail, "note", lambda **_: None),
    ):
        yield


def measure(*, is_quick: bool) -> Findings:
    """Median commands; the limit is on the processor time of the usual state."""
    findings = Findings(
        title="追踪 · Traces",
        method=(
            f"{N_UNITS} 车组、{N_OPEN} 个未派来电时接一个新来电(含选择);三种做法轮流。"
            f" A new call with its choice beside {N_OPEN} open ones and {N_UNITS} units; the three ways take turns."
        ),
    )
    asyncio.run(_measure(findings, n=100 if is_quick else 1000))
    return findings


async def _measure(findings: Findings, *, n: int) -> None:
    catalogue = load_catalogue()
    settle_memory()
    room = await room_of(catalogue, N_UNITS, estimate_of(catalogue))
    while len(room.engine.world.open_ids) < N_OPEN:
        await room.take_call()
    made = Tracing([_Nobody()])
    ways = {
        "无标记 no marks (floor)": _no_marks,
        "不追踪 off": nullcontext,
        "追踪 on": lambda: trail.traced_by(made),
    }
    watches = {what: Stopwatch() for what in ways}
    for turn in range(-5, n):
        if turn == 0:
            watches = {what: Stopwatch() for what in ways}
        for what, way in ways.items():
            await room.end_call()
            with way(), watches[what]:
                await room.take_call()
    made.close()
    cpu_ms = {what: percentile_ms(watch.cpu_s, 50) for what, watch in watches.items()}
    floor_ms, off_ms, _ = cpu_ms.values()
    rows: list[dict[str, Value]] = [
        {
            "what": what,
            "n": n,
            "p50_ms": significant(percentile_ms(watch.wall_s, 50)),
            "cpu_p50_ms": significant(cpu_ms[what]),
            "ratio": ratio(cpu_ms[what], floor_ms),
        }
        for what, watch in watches.items()
    ]
    findings.tables.append(Table(title="一条命令 · One command", columns=COLUMNS, rows=rows))
    findings.limits.append(below("不追踪时 off, CPU ÷ floor", off_ms / floor_ms, OFF_LIMIT, ""))
