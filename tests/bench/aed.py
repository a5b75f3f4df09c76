"""Nearest AEDs: how many lookups a second, layer by layer.

`index` is the exact spatial index, `ranking` what a bystander is answered (expected time, opening hours, condition), `HTTP` the
public route of the real service. The floor of the first two is scipy's `cKDTree` asked for as many points; that of the third is
`/healthz`, a route of the same service that does nothing. Askers stand where people live. In the ranking they ask over an hour:
what is known of a device in one minute is not kept for the next. Each neighbourhood has been asked from before. The 60,000 devices
are the embedded ones and copies of them up to 700 m away; of them `ranking` must take less than `MOST_CPU_US`.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

import httpx
from scipy.spatial import cKDTree

from maps_data.aed_lookup import AedLookup
from maps_data.catalogue import Catalogue, load_catalogue
from maps_data.records import Aed
from routing.cells import centre
from routing.geo import Wgs84, destination, unit_vectors
from tests.bench.measure import SEED, Findings, Stopwatch, Table, Value, below, percentile_ms, ratio, significant
from tests.fakes.live_service import LiveService

K: Final = 5
AT: Final = datetime(2026, 11, 30, 2, tzinfo=UTC)
CONNECTIONS: Final = 8
MANY: Final = 60_000
MOST_CPU_US: Final = 100.0
COPIED_WITHIN_M: Final = 700.0

COLUMNS: Final = {
    "layer": "层 layer",
    "n": "n",
    "per_s": "每秒 lookups/s",
    "p50_ms": "p50 ms",
    "p99_ms": "p99 ms",
    "cpu_us": "处理器 CPU µs",
    "ratio": "÷ floor",
}
HTTP_COLUMNS: Final = {key: heading for key, heading in COLUMNS.items() if key != "cpu_us"}


def measure(*, is_quick: bool) -> Findings:
    """A table of the layers, and one of the service's route."""
    n = 2_000 if is_quick else 20_000
    catalogue = load_catalogue()
    askers = askers_of(catalogue, n)
    many = _layers(catalogue, many_of(catalogue), askers)
    return Findings(
        title="最近的 AED · Nearest AED",
        method=(
            f"内置数据 {len(catalogue.aeds):,} 台(模拟),每次问最近 {K} 台;下限为 scipy cKDTree,HTTP 的下限为同一服务的 /healthz。"
            f" {len(catalogue.aeds):,} simulated devices, the nearest {K} each; the floor is scipy's cKDTree, for HTTP the same "
            f"service's /healthz. HTTP over {CONNECTIONS} connections to one process."
        ),
        tables=[
            Table(
                title=f"查找 · Lookup among {len(catalogue.aeds):,}, one thread",
                columns=COLUMNS,
                rows=_layers(catalogue, catalogue.aeds, askers),
            ),
            Table(
                title=f"查找 · Lookup among {MANY:,}, one thread",
                columns=COLUMNS,
                rows=many,
            ),
            Table(title="接口 · Over HTTP", columns=HTTP_COLUMNS, rows=_over_http(askers[: n // 10])),
        ],
        limits=[
            below(f"nearest {K} of {MANY:,} by expected time, mean CPU", float(many[-1]["cpu_us"]), MOST_CPU_US, "µs")
        ],
    )


def askers_of(catalogue: Catalogue, n: int) -> list[Wgs84]:
    """Points within some 500 m of the centres of populated cells."""
    chance = Random(SEED)
    centres = [centre(chance.choice(catalogue.population_cells).cell) for _ in range(n)]
    return [
        Wgs84(lat_deg=c.lat_deg + chance.uniform(-0.004, 0.004), lon_deg=c.lon_deg + chance.uniform(-0.004, 0.004))
        for c in centres
    ]


def many_of(catalogue: Catalogue) -> list[Aed]:
    """`MANY` devices: those that there are, and copies of them near by."""
    chance = Random(SEED)

    def copy(number: int) -> Aed:
        one = catalogue.aeds[number % len(catalogue.aeds)]
        point = destination(one.point, chance.uniform(0, 360), chance.uniform(0, COPIED_WITHIN_M))
        return replace(one, aed_id=f"{one.aed_id}.{number}", point=point)

    return [*catalogue.aeds, *(copy(number) for number in range(MANY - len(catalogue.aeds)))]


def _layers(catalogue: Catalogue, aeds: Sequence[Aed], askers: Sequence[Wgs84]) -> list[dict[str, Value]]:
    lookup = AedLookup(aeds, time_zone=catalogue.time_zone, holidays=catalogue.holidays)
    for asker in askers:
        lookup.nearest(asker, K, at=AT)
    points = [aed.point for aed in aeds]
    tree = cKDTree(unit_vectors([p.lat_deg for p in points], [p.lon_deg for p in points]))
    asked = unit_vectors([p.lat_deg for p in askers], [p.lon_deg for p in askers])
    minutes = [AT + timedelta(minutes=n * 60 // len(askers)) for n in range(len(askers))]
    layers: list[tuple[str, Callable[[int], object]]] = [
        ("下限 floor: cKDTree", lambda n: tree.query(asked[n], k=K)),
        ("index", lambda n: lookup.index.nearest(askers[n], K)),
        ("ranking", lambda n: lookup.nearest(askers[n], K, at=minutes[n])),
    ]
    watches = [Stopwatch() for _ in layers]
    for n in range(len(askers)):
        for watch, (_, ask) in zip(watches, layers, strict=True):
            with watch:
                ask(n)
    cpu_s = [sum(watch.cpu_s) / len(askers) for watch in watches]
    return [
        {
            **row_of(name, watch.wall_s, sum(watch.wall_s)),
            "cpu_us": significant(each_s * 1e6),
            "ratio": ratio(each_s, cpu_s[0]),
        }
        for (name, _), watch, each_s in zip(layers, watches, cpu_s, strict=True)
    ]


def _over_http(askers: Sequence[Wgs84]) -> list[dict[str, Value]]:
    nearest = [f"/api/v1/aeds/nearest?lat={p.lat_deg:.6f}&lon={p.lon_deg:.6f}&k={K}" for p in askers]
    rows: list[dict[str, Value]] = []
    floor_s = 0.0
    with tempfile.TemporaryDirectory() as place, LiveService(Path(place)) as live:
        httpx.get(live.url + nearest[0]).raise_for_status()
        for name, paths in (("下限 floor: /healthz", ["/healthz"] * len(askers)), ("/aeds/nearest", nearest)):
            took_s, wall_s = asyncio.run(ask_all(live.port, paths))
            floor_s = floor_s or wall_s
            rows.append({**row_of(name, took_s, wall_s), "ratio": ratio(wall_s, floor_s)})
    return rows


def row_of(name: str, took_s: Sequence[float], wall_s: float) -> dict[str, Value]:
    return {
        "layer": name,
        "n": len(took_s),
        "per_s": significant(len(took_s) / wall_s),
        "p50_ms": significant(percentile_ms(took_s, 50)),
        "p99_ms": significant(percentile_ms(took_s, 99)),
    }


async def ask_all(port: int, paths: Sequence[str]) -> tuple[list[float], float]:
    """GET every path over `CONNECTIONS` kept-alive connections: each answer's time, and the time of all, in seconds."""
    waiting, took_s = list(reversed(paths)), list[float]()

    async def ask() -> None:
        reading, writing = await asyncio.open_connection("127.0.0.1", port)
        while waiting:
            began_s = time.perf_counter()
            writing.write(f"GET {waiting.pop()} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            head = await reading.readuntil(b"\r\n\r\n")
            fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if line)
            await reading.readexactly(int(fields[b"content-length"]))
            took_s.append(time.perf_counter() - began_s)
            if b" 200 " not in head.split(b"\r\n", 1)[0]:
                raise ConnectionError(head.decode())
        writing.close()
        await writing.wait_closed()

    began_s = time.perf_counter()
    async with asyncio.TaskGroup() as asking:
        for _ in range(CONNECTIONS):
            asking.create_task(ask())
    return took_s, time.perf_counter() - began_s
