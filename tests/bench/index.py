"""Exact k-nearest at three sizes, and how many moving points an index keeps up with.

`static` and `moving` are the product's indexes; the peer is brute force in numpy (all distances, `argpartition`, sort), which is
also what their answers are compared with, and the floor is the bare `cKDTree`. Points lie around places where people live.
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import Final

import numpy as np
from scipy.spatial import cKDTree

from maps_data.catalogue import load_catalogue
from routing.cells import centre
from routing.geo import Wgs84, distances_m, unit_vectors
from routing.index import MovingIndex, StaticIndex
from tests.bench.measure import (
    SEED,
    Findings,
    Limit,
    Stopwatch,
    Table,
    Value,
    at_least,
    equal,
    percentile_ms,
    ratio,
    significant,
)

SIZES: Final = (600, 10_000, 60_000)
K: Final = 5
UPDATES_PER_S: Final = 600
STEP_DEG: Final = 0.0002  # some 20 m: a second at 70 km/h

COLUMNS: Final = {
    "points": "点数 points",
    "way": "方法 way",
    "n": "n",
    "p50_us": "p50 µs",
    "p99_us": "p99 µs",
    "ratio": "p50 ÷ cKDTree",
    "brute_ratio": "p50 ÷ numpy",
    "different": "不同 different answers",
}
MOVING: Final = {
    "points": "点数 points",
    "per_s": "每秒更新 updates/s",
    "core_share": f"{UPDATES_PER_S}/s 占一核 of a core",
}


def measure(*, is_quick: bool) -> Findings:
    """Queries by size and way, and updates by size."""
    chance = Random(SEED)
    centres = [centre(cell.cell) for cell in load_catalogue().population_cells]
    queries = _points(chance, centres, 300 if is_quick else 1_000)
    rows: list[dict[str, Value]] = []
    updates: list[dict[str, Value]] = []
    limits: list[Limit] = []
    for size in SIZES:
        points = _points(chance, centres, size)
        moving = MovingIndex[str]()
        for number, point in enumerate(points):
            moving.move(f"{number:06d}", point)
        of_size = _queried(points, moving, queries)
        rows += of_size
        different = sum(int(row["different"] or 0) for row in of_size)
        limits.append(equal(f"与穷举不同的答案,{size:,} 点 · answers that differ from brute force", different, 0))
        updates.append(_updated(chance, moving, 3_000 if is_quick else 30_000))
    promise = f"{UPDATES_PER_S} 个移动点的每秒更新 · updates a second, {UPDATES_PER_S} moving points"
    limits.append(at_least(promise, float(updates[0]["per_s"] or 0), UPDATES_PER_S, "/s"))
    return Findings(
        title="空间索引 · Spatial index",
        method=(
            f"精确的最近 {K} 点;同类做法为 numpy 穷举,下限为 cKDTree(不定平局次序)。"
            f" The {K} nearest, exactly; the peer is brute force in numpy, the floor a bare cKDTree (which leaves ties to chance)."
        ),
        tables=[
            Table(title="查询 · Queries", columns=COLUMNS, rows=rows),
            Table(title="移动 · Updates of moving points", columns=MOVING, rows=updates),
        ],
        limits=limits,
    )


def _points(chance: Random, centres: Sequence[Wgs84], n: int) -> list[Wgs84]:
    chosen = [chance.choice(centres) for _ in range(n)]
    return [
        Wgs84(lat_deg=c.lat_deg + chance.uniform(-0.004, 0.004), lon_deg=c.lon_deg + chance.uniform(-0.004, 0.004))
        for c in chosen
    ]


def _queried(points: Sequence[Wgs84], moving: MovingIndex[str], queries: Sequence[Wgs84]) -> list[dict[str, Value]]:
    lat = np.array([point.lat_deg for point in points])
    lon = np.array([point.lon_deg for point in points])
    static, tree = StaticIndex(lat, lon), cKDTree(unit_vectors(lat, lon))
    vectors = unit_vectors([q.lat_deg for q in queries], [q.lon_deg for q in queries])

    def brute(n: int) -> list[int]:
        distance_m = distances_m(lat, lon, queries[n])
        near = np.argpartition(distance_m, K - 1)[:K]
        rows: list[int] = near[np.argsort(distance_m[near])].tolist()
        return rows

    ways: list[tuple[str, Callable[[int], list[int]]]] = [
        ("下限 floor: cKDTree", lambda n: np.atleast_1d(tree.query(vectors[n], k=K)[1]).tolist()),
        ("同类 peer: numpy", brute),
        ("static", lambda n: static.nearest(queries[n], K)[0].tolist()),
        ("moving", lambda n: [int(key) for key in moving.nearest(queries[n], K)[0]]),
    ]
    watches, different = [Stopwatch() for _ in ways], [0] * len(ways)
    for n in range(len(queries)):  # in turn, so that a busy moment of the machine meets all of them
        exact = brute(n)
        for at, (_, ask) in enumerate(ways):
            with watches[at]:
                found = ask(n)
            different[at] += found != exact
    p50_us = [percentile_ms(watch.wall_s, 50) * 1e3 for watch in watches]
    return [
        {
            "points": len(points),
            "way": name,
            "n": len(queries),
            "p50_us": significant(p50_us[at]),
            "p99_us": significant(percentile_ms(watches[at].wall_s, 99) * 1e3),
            "ratio": ratio(p50_us[at], p50_us[0]),
            "brute_ratio": ratio(p50_us[at], p50_us[1]),
            "different": None if at < 2 else different[at],
        }
        for at, (name, _) in enumerate(ways)
    ]


def _updated(chance: Random, moving: MovingIndex[str], n: int) -> dict[str, Value]:
    """Move random points a step each."""
    keys = [f"{chance.randrange(len(moving)):06d}" for _ in range(n)]
    steps = [(chance.uniform(-STEP_DEG, STEP_DEG), chance.uniform(-STEP_DEG, STEP_DEG)) for _ in range(n)]
    starts = [moving.point(key) for key in keys]
    moves = [
        (key, Wgs84(lat_deg=start.lat_deg + north, lon_deg=start.lon_deg + east))
        for key, start, (north, east) in zip(keys, starts, steps, strict=True)
    ]
    watch = Stopwatch()
    with watch:
        for key, point in moves:
            moving.move(key, point)
    per_s = n / watch.wall_s[0]
    return {"points": len(moving), "per_s": significant(per_s), "core_share": significant(UPDATES_PER_S / per_s)}
