"""Travel times on the street network: against OSRM over HTTP on the same streets at the same speeds, and scipy's Dijkstra.

Ours is asked as the service asks it: points in, snapping included, times and distances out. OSRM (multi-level Dijkstra, on the
loopback, its log of questions off, its answers parsed) does the same over HTTP, as any service beside it must be asked. scipy gets the
nodes of the same graph ready and only searches: it is the floor. They are asked in turn, each with questions it has not seen. Two
networks: the whole city's main roads (inferred in part) and a load as large as a whole city's streets (synthetic).

Traffic: every street slowed, and back, or a neighbourhood closed and opened, while another thread asks without pause and each of its
answers is held against both truths.
Beside it the floor under all streets changed, the library's own step while nobody asks; and `osrm-customize` alone, without reading
new speeds and without handing the result to the server.
"""

import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from routing.geo import Wgs84
from routing.roads.graph import driving_graph
from routing.roads.hierarchy import DRIVE
from routing.roads.hierarchy import load as load_hierarchies
from routing.roads.network import load as load_network
from routing.roads.traffic import Slowdown
from routing.travel_time.profile import Profile
from routing.travel_time.road import RoadTravelTimes
from tests.bench.estimate import AT
from tests.bench.measure import (
    Findings,
    Limit,
    Stopwatch,
    Table,
    Value,
    at_least,
    below,
    equal,
    percentile_ms,
    ratio,
    recorded_data,
    significant,
)
from tests.bench.roads_queries import QUERIES, TO_ONE, City, Many, asked
from tests.fakes.osrm import Osrm, OsrmMissing, customise, executables, mean_absolute_percentage_error, prepared
from tests.fakes.streets_only import StreetsOnly

MAPS_DATA: Final = str(Path(sys.executable).parent / "maps-data")
LIMITS: Final = {
    "build_s": 60.0,
    "build_mb": 1_500.0,
    "to_one": 20.0,
    "traffic_ms": 100.0,
    "mape": 0.02,
    "nearest": 0.95,
}
NETWORKS: Final = {
    "recon": ("全市主干路 whole city, main roads", "shenzhen-recon.osm.pbf", "bench_points.json"),
    "stress": ("合成全市路网 synthetic, city size", "stress-futian12.osm.pbf", "stress_points.json"),
}
BATCH: Final = 100
HALF_DEG: Final = 0.003
"""Half the side of a closed neighbourhood: some 300 m."""

BUILDS: Final = {
    "network": "路网 network",
    "what": "做法 way",
    "wall_s": "墙钟 wall s",
    "cpu_s": "处理器 CPU s",
    "peak_mb": "内存峰值 peak MB",
    "ratio": "÷ ours",
}
UPDATES: Final = {
    "network": "路网 network",
    "what": "做法 way",
    "edges": "路段数 edges",
    "n": "n",
    "p50_ms": "p50 ms",
    "most_ms": "最长 longest ms",
    "ratio": "÷ ours",
    "asked": "其间查询 queries meanwhile",
    "asked_p50_ms": "其 p50 ms",
    "wrong": "错误答案 wrong answers",
}
AGREEMENT: Final = {
    "network": "路网 network",
    "legs": "路段 legs",
    "mape": "平均相差 mean difference",
    "scenes": "现场 scenes",
    "nearest": "最近车组相同 same nearest unit",
}


def measure(*, is_quick: bool) -> Findings:
    """Building, asking, changing, agreeing; on both networks."""
    findings = Findings(
        title="道路行程时间 · Travel times on the street network",
        method=(
            "本项目含吸附;OSRM 26.10 MLD 经本机 HTTP(同一路网、同样车速,应答已解析);scipy 为同一图上的 Dijkstra(不含吸附,下限)。"
            " Ours includes snapping; OSRM 26.10 MLD over HTTP on the loopback (same streets, same speeds, answers parsed); scipy is "
            "Dijkstra on the same graph without snapping, the floor. Ratios above 1: ours is faster."
        ),
    )
    data = recorded_data()
    if data is None:
        findings.missing.append("没有路网数据 no street data; DISPATCH_TEST_DATA 指向数据目录 names the folder")
        return findings
    why = _why_no_osrm()
    if why is not None:
        findings.missing.append(f"OSRM 无法取得,其列为空 OSRM cannot be had, its columns are empty: {why}")
    builds, queries, updates, agreement = (list[dict[str, Value]]() for _ in range(4))
    for key, (name, pbf, points) in NETWORKS.items():
        with tempfile.TemporaryDirectory() as place:
            city, rows = _built(name, data / "roads" / pbf, data / "roads" / points, Path(place), has_osrm=why is None)
            builds += rows
            findings.limits += _build_limits(key, rows[0])
            queries += asked(city, 10 if is_quick else 60)
            updates += _updated(city, 6 if is_quick else 30)
            agreement += _agreed(city, 100 if is_quick else 2_000)
    findings.tables = [
        Table(title="查询 · Queries", columns=QUERIES, rows=queries),
        Table(title="查询不断时的路况更新 · Traffic changed while queries go on", columns=UPDATES, rows=updates),
        Table(title="与 OSRM 相符 · Agreement with OSRM", columns=AGREEMENT, rows=agreement),
        Table(title="生成与载入 · Building and loading", columns=BUILDS, rows=builds),
    ]
    findings.limits += [*_query_limits(queries), *_update_limits(updates), *_agreement_limits(agreement)]
    return findings


def _why_no_osrm() -> str | None:
    try:
        executables()
    except OsrmMissing as why:
        return str(why)
    return None


# --- building ------------------------------------------------------------------------------------------------------------


def _built(name: str, pbf: Path, points: Path, place: Path, *, has_osrm: bool) -> tuple[City, list[dict[str, Value]]]:
    ours = _as_process([MAPS_DATA, "roads", "build", str(pbf), "--out", str(place / "roads")])
    rows: list[dict[str, Value]] = [{"network": name, "what": "roads build", **ours}]
    base = None
    if has_osrm:
        (place / "osrm").mkdir()
        watch = Stopwatch()
        with watch:
            base = prepared(pbf, place / "osrm")
        took_s = watch.wall_s[0]
        against = ratio(took_s, float(ours["wall_s"] or 1))
        rows.append(
            {
                "network": name,
                "what": "osrm-extract, -partition, -customize",
                "wall_s": significant(took_s),
                "ratio": against,
            }
        )
    loading = Stopwatch()
    with loading:
        RoadTravelTimes.load(place / "roads")
    load_s = significant(loading.wall_s[0])
    rows.append({"network": name, "what": "载入 load", "wall_s": load_s, "cpu_s": significant(loading.cpu_s[0])})
    if base is not None:
        starting = Stopwatch()
        with starting, Osrm(base):
            pass
        started_s = starting.wall_s[0]
        row: dict[str, Value] = {"network": name, "what": "osrm-routed 就绪 ready", "wall_s": significant(started_s)}
        rows.append(row | {"ratio": ratio(started_s, loading.wall_s[0])})
    where = json.loads(points.read_text(encoding="utf-8"))
    city = City(
        name=name,
        roads=place / "roads",
        osrm_base=base,
        units=where["amb"],
        hospitals=where["hosp"],
        scenes=where["scenes"],
    )
    return city, rows


def _as_process(command: Sequence[str]) -> dict[str, Value]:
    """Wall and processor time and the most memory of a program of its own, which must succeed."""
    began_s = time.perf_counter()
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    process = os.posix_spawn(command[0], command, os.environ, file_actions=quiet)
    _, status, used = os.wait4(process, 0)
    if status:
        raise RuntimeError(f"{' '.join(command)} ended with status {status}")
    per_mb = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return {
        "wall_s": significant(time.perf_counter() - began_s),
        "cpu_s": significant(used.ru_utime + used.ru_stime),
        "peak_mb": significant(used.ru_maxrss / per_mb),
        "ratio": 1,
    }


def _build_limits(key: str, row: dict[str, Value]) -> list[Limit]:
    wall_s, peak_mb = float(row["wall_s"] or 0), float(row["peak_mb"] or 0)
    return [
        below(f"roads build {key}:用时 wall time", wall_s, LIMITS["build_s"], "s"),
        below(f"roads build {key}:内存峰值 peak memory", peak_mb, LIMITS["build_mb"], "MB"),
    ]


def _query_limits(rows: Sequence[dict[str, Value]]) -> Iterator[Limit]:
    for row in rows:
        if row["what"] == TO_ONE and row["network"] == NETWORKS["recon"][0] and "osrm_ratio" in row:
            promise = (
                "600 车组 → 1 现场,含吸附,OSRM 表 ÷ 本项目 · 600 units → 1 scene with snapping, OSRM's table ÷ ours"
            )
            yield at_least(promise, float(row["osrm_ratio"] or 0), LIMITS["to_one"], "×")


# --- changing ------------------------------------------------------------------------------------------------------------


def _updated(city: City, n: int) -> list[dict[str, Value]]:
    """All streets at once, one change on the heels of another; then a closed neighbourhood, with time between as reports have it."""
    everything = Slowdown(way_ids=frozenset(), area=_around(city), speed_factor=0.7, is_closed=False)
    lon, lat = city.scenes[0]
    corners = ((lat + dy, lon + dx) for dy, dx in ((-HALF_DEG, -HALF_DEG), (-HALF_DEG, HALF_DEG), (HALF_DEG, HALF_DEG)))
    area = tuple(Wgs84(lat_deg=y, lon_deg=x) for y, x in corners)
    closure = Slowdown(way_ids=frozenset(), area=area, speed_factor=1.0, is_closed=True)
    rows = [
        _changed(city, "set_traffic", everything, n, pause_s=0.0),
        _changed(city, "set_traffic, 局部封路 a closure", closure, n, pause_s=1.0),
    ]
    ours_ms = float(rows[0]["p50_ms"] or 0)
    rows.append(_customised(city, n, ours_ms))

    if city.osrm_base is not None:
        customising = Stopwatch()
        for _ in range(3):
            with customising:
                customise(city.osrm_base)
        took_ms = percentile_ms(customising.wall_s, 50)
        rows.append(
            {
                "network": city.name,
                "what": "osrm-customize",
                "n": 3,
                "p50_ms": significant(took_ms),
                "most_ms": significant(percentile_ms(customising.wall_s, 100)),
                "ratio": ratio(took_ms, ours_ms),
            }
        )
    return rows


def _changed(city: City, what: str, slowdown: Slowdown, n: int, *, pause_s: float) -> dict[str, Value]:
    """On and off n times, while another thread asks; an answer that is neither of the two is wrong."""
    times = RoadTravelTimes.load(city.roads, profile=Profile(hourly=(1.0,) * 24))
    units, (lon, lat) = Many(city.units), city.scenes[1]
    ask = lambda: times.to_one(*units.ends, Wgs84(lat_deg=lat, lon_deg=lon), departing_at=AT).travel_time_s  # noqa: E731
    truths = [ask()]
    n_edges = times.set_traffic([slowdown])
    truths.append(ask())
    asking, changing, wrong, stop = Stopwatch(), Stopwatch(), [0], threading.Event()

    def keep_asking() -> None:
        while not stop.is_set():
            with asking:
                found = ask()
            wrong[0] += not any(np.array_equal(found, truth) for truth in truths)

    thread = threading.Thread(target=keep_asking)
    thread.start()
    for at in range(n):
        time.sleep(pause_s)
        with changing:
            times.set_traffic([] if at % 2 == 0 else [slowdown])
    stop.set()
    thread.join()
    return {
        "network": city.name,
        "what": what,
        "edges": n_edges,
        "n": n,
        "p50_ms": significant(percentile_ms(changing.wall_s, 50)),
        "most_ms": significant(percentile_ms(changing.wall_s, 100)),
        "ratio": 1,
        "asked": len(asking.wall_s),
        "asked_p50_ms": significant(percentile_ms(asking.wall_s, 50)),
        "wrong": wrong[0],
    }


def _customised(city: City, n: int, ours_ms: float) -> dict[str, Value]:
    """The library's own step alone, for one direction, while nobody asks: the floor under a change of all streets."""
    network = load_network(city.roads)
    forward, _ = load_hierarchies(driving_graph(network), city.roads / DRIVE)
    weight_ms = (network.turns.turn_ms + network.drive.free_flow_ms[network.turns.to_edge]).astype(np.uint32)
    customising = Stopwatch()
    for _ in range(n):
        with customising:
            forward.customised(weight_ms)
    took_ms = percentile_ms(customising.wall_s, 50)
    return {
        "network": city.name,
        "what": "下限 floor: pyroutingkit customize",
        "edges": len(network.drive),
        "n": n,
        "p50_ms": significant(took_ms),
        "most_ms": significant(percentile_ms(customising.wall_s, 100)),
        "ratio": ratio(took_ms, ours_ms),
    }


def _around(city: City) -> tuple[Wgs84, ...]:
    """A box round all the streets."""
    places = np.array([*city.units, *city.hospitals, *city.scenes])
    (west, south), (east, north) = places.min(axis=0) - 0.5, places.max(axis=0) + 0.5
    corners = ((south, west), (south, east), (north, east), (north, west))
    return tuple(Wgs84(lat_deg=float(lat), lon_deg=float(lon)) for lat, lon in corners)


def _update_limits(rows: Sequence[dict[str, Value]]) -> Iterator[Limit]:
    for key, (name, _, _) in NETWORKS.items():
        everything, closure = (row for row in rows if row["network"] == name and "wrong" in row)
        if key == "stress":
            promise = "全网路况更新,查询不断,合成全市路网,p50 · all streets changed, queries going on, city size, p50"
            yield below(promise, float(everything["p50_ms"] or 0), LIMITS["traffic_ms"], "ms")
            promise = "局部封路,查询不断,合成全市路网,p50 · a closure, queries going on, city size, p50"
            yield below(promise, float(closure["p50_ms"] or 0), LIMITS["traffic_ms"], "ms")
        n_wrong = float(everything["wrong"] or 0) + float(closure["wrong"] or 0)
        yield equal(f"更新其间的错误答案 wrong answers during updates, {key}", n_wrong, 0)


# --- agreeing ------------------------------------------------------------------------------------------------------------


def _agreed(city: City, n_scenes: int) -> list[dict[str, Value]]:
    """From street to street: OSRM does not count the way between a point and its street."""
    if city.osrm_base is None:
        return [{"network": city.name}]
    scenes = city.scenes[:n_scenes]
    with Osrm(city.osrm_base) as osrm:
        tables = [osrm.table_s(city.units, scenes[at : at + BATCH]) for at in range(0, len(scenes), BATCH)]
    theirs = np.concatenate(tables, axis=1)
    ours = StreetsOnly(city.roads).times_s(*Many(city.units).ends, *Many(scenes).ends)
    told = np.where(np.isnan(theirs), np.inf, theirs)
    return [
        {
            "network": city.name,
            "legs": ours.size,
            "mape": significant(mean_absolute_percentage_error(ours, theirs)),
            "scenes": len(scenes),
            "nearest": significant(float((ours.argmin(axis=0) == told.argmin(axis=0)).mean())),
        }
    ]


def _agreement_limits(rows: Sequence[dict[str, Value]]) -> Iterator[Limit]:
    row = next((row for row in rows if row["network"] == NETWORKS["recon"][0] and "mape" in row), None)
    if row is not None:
        yield below("与 OSRM 平均相差 · mean difference to OSRM", float(row["mape"] or 0), LIMITS["mape"], "")
        promise = "最近车组与 OSRM 相同的现场 · scenes with OSRM's nearest unit"
        yield at_least(promise, float(row["nearest"] or 0), LIMITS["nearest"], "")
