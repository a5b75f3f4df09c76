"""Nearest AEDs over HTTP: the lookup in memory against Redis GEO and PostGIS, on the same 60,000 points in the same run.

All answer through the same framework in the same process (`aed_stores_app`), one worker; the stores are servers of their own beside
it, on this machine. They answer less: the nearest in a straight line; of opening hours, floors and doubts they know nothing. PostGIS
is looked for where Debian puts it (`apt install postgresql-15-postgis-3`), or in the folder of programs that `DISPATCH_BENCH_POSTGIS`
names.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import httpx
import psycopg
import redis

from maps_data.catalogue import load_catalogue
from maps_data.records import Aed
from routing.geo import Wgs84
from tests.bench.aed import CONNECTIONS, HTTP_COLUMNS, MANY, K, ask_all, askers_of, many_of, row_of
from tests.bench.aed_stores_app import POSTGIS, REDIS
from tests.bench.measure import ROOT, Findings, Limit, Table, Value, at_least, ratio
from tests.fakes.live_service import free_port
from tests.fakes.real_servers import PostgresServer, ValkeyServer

PROGRAMS: Final = "DISPATCH_BENCH_POSTGIS"
DEBIAN: Final = "/usr/lib/postgresql"
NAMES: Final = {
    "nothing": "下限 floor: 空答复 an empty answer",
    "lookup": "内存查找 lookup in memory: ids",
    "answer": "内存查找 lookup in memory: 完整答复 the whole answer",
    "redis": "Valkey GEOSEARCH: ids",
    "postgis": "PostGIS <->: ids",
}
TURNS: Final = 10
_UP_WITHIN_TRIES: Final = 8


def measure(*, is_quick: bool) -> Findings:
    """A table of the ways to answer, and how far the lookup is ahead."""
    catalogue = load_catalogue()
    askers, aeds = askers_of(catalogue, 500 if is_quick else 4_000), many_of(catalogue)
    with ExitStack() as stack:
        environment = {REDIS: stack.enter_context(_valkey(aeds))}
        if programs := _postgis_programs():
            environment[POSTGIS] = stack.enter_context(_postgis(programs, aeds))
        port = stack.enter_context(_serving(environment))
        rows, wall_s = _ask_each(port, askers, [name for name in NAMES if name != "postgis" or programs])
    return Findings(
        title="最近的 AED:三种存放 · Nearest AED: three places to keep them",
        method=(
            f"{MANY:,} 台设备(内置的模拟设备与其副本),每次问最近 {K} 台;同一框架、同一进程,{CONNECTIONS} 条连接。存储只按直线距离,"
            f"不知开放时间。 {MANY:,} devices (the simulated ones and copies of them), the nearest {K} each, through one framework "
            f"in one process over {CONNECTIONS} connections. The stores know the straight distance only, no opening hours."
        ),
        tables=[Table(title="接口 · Over HTTP", columns=HTTP_COLUMNS, rows=rows)],
        limits=[_ahead_of(store, wall_s) for store in ("redis", "postgis") if store in wall_s],
        missing=[] if programs else [f"PostGIS: not on this machine, and {PROGRAMS} names none"],
    )


def _ahead_of(store: str, wall_s: dict[str, float]) -> Limit:
    return at_least(
        f"lookups a second over HTTP, times those of {NAMES[store]}", wall_s[store] / wall_s["lookup"], 1, "×"
    )


def _ask_each(
    port: int, askers: Sequence[Wgs84], names: Sequence[str]
) -> tuple[list[dict[str, Value]], dict[str, float]]:
    """Rows, and the seconds that each way took. They take turns, so that what else the machine does weighs on all alike; each is asked
    from every place once before, so that nothing is left to load.
    """
    asked = [f"lat={p.lat_deg:.6f}&lon={p.lon_deg:.6f}" for p in askers]
    took_s: dict[str, list[float]] = {name: [] for name in names}
    wall_s = dict.fromkeys(names, 0.0)
    for turn in range(-1, TURNS):
        for name in names:
            paths = [f"/{name}?{place}" for place in (asked[turn::TURNS] if turn >= 0 else asked)]
            each_s, all_s = asyncio.run(ask_all(port, paths))
            if turn >= 0:
                took_s[name] += each_s
                wall_s[name] += all_s
    floor_s = wall_s["nothing"]
    rows = [
        {**row_of(NAMES[name], took_s[name], wall_s[name]), "ratio": ratio(wall_s[name], floor_s)} for name in names
    ]
    return rows, wall_s


@contextmanager
def _serving(environment: dict[str, str]) -> Iterator[int]:
    """The application's port."""
    port = free_port()
    arguments = ["uvicorn", "--factory", "tests.bench.aed_stores_app:application", "--port", str(port)]
    quiet = ["--log-level", "warning", "--no-access-log"]
    process = subprocess.Popen([sys.executable, "-m", *arguments, *quiet], cwd=ROOT, env=os.environ | environment)
    try:
        with httpx.Client(transport=httpx.HTTPTransport(retries=_UP_WITHIN_TRIES)) as knocking:
            knocking.get(f"http://127.0.0.1:{port}/nothing?lat=0&lon=0", timeout=60).raise_for_status()
        yield port
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _valkey(aeds: Sequence[Aed]) -> Iterator[str]:
    """The URL of a server that holds the devices."""
    with ValkeyServer() as server, redis.Redis.from_url(server.url) as client:
        for start in range(0, len(aeds), 1_000):
            some = aeds[start : start + 1_000]
            client.geoadd("aeds", [part for aed in some for part in (aed.point.lon_deg, aed.point.lat_deg, aed.aed_id)])
        yield server.url


@contextmanager
def _postgis(programs: Path, aeds: Sequence[Aed]) -> Iterator[str]:
    """The URL of a server that holds the devices, indexed."""
    with PostgresServer(programs) as server:
        with psycopg.connect(server.base_url, autocommit=True) as connection:
            connection.execute("CREATE EXTENSION postgis")
            connection.execute("CREATE TABLE aeds (id text NOT NULL, place geography(Point, 4326) NOT NULL)")
            with connection.cursor().copy("COPY aeds (id, place) FROM STDIN") as copy:
                for aed in aeds:
                    copy.write_row((aed.aed_id, f"SRID=4326;POINT({aed.point.lon_deg} {aed.point.lat_deg})"))
            connection.execute("CREATE INDEX ON aeds USING gist (place)")
            connection.execute("VACUUM ANALYZE aeds")
        yield server.base_url


def _postgis_programs() -> Path | None:
    """Of the newest PostgreSQL that has PostGIS."""
    named = os.environ.get(PROGRAMS)
    folders = [Path(named)] if named else sorted(Path(DEBIAN).glob("*/bin"), reverse=True)
    return next((folder for folder in folders if _control_file(folder).is_file()), None)


def _control_file(programs: Path) -> Path:
    """Debian's layout: usr/lib/postgresql/15/bin and usr/share/postgresql/15/extension."""
    return programs.parents[3] / "share" / "postgresql" / programs.parent.name / "extension" / "postgis.control"
