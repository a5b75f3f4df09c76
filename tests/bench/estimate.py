"""The estimate against the street network that it was fitted to, by distance and for the nearest units.

The same program that makes the constants (`maps-data roads fit-estimate`) with another seed, so that no leg is one it was fitted to:
the shipped constants are tested, and the error of freshly fitted ones stands beside them. In free flow: what the hour does to real
drives, nobody has measured here.
"""

import json
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from maps_data.catalogue import load_catalogue
from maps_data.roads.build import build
from maps_data.roads.fit import N_POINTS, fit, near_legs
from maps_data.roads.fit_errors import errors, ranking
from maps_data.roads.free_flow import FreeFlowStreets
from maps_data.roads.legs import Legs, Points, draw_legs, legs_between
from routing.travel_time.barriers import Barrier
from routing.travel_time.estimate import SHIPPED
from tests.bench.measure import Findings, Table, Value, recorded_data, significant

AT: Final = datetime(2026, 11, 30, 4, tzinfo=UTC)  # noon in Shenzhen
SEED: Final = 101

ERRORS: Final = {
    "legs": "路段 legs",
    "n": "n",
    "error": "平均误差 mean error",
    "bare": "不计阻隔 without barriers",
    "fresh": "重新拟合 fitted anew",
    "median": "估算 ÷ 路网,中位 estimate ÷ network, median",
    "p90": "路网 ÷ 估算,p90 network ÷ estimate",
}
NEAREST: Final = {
    "units": "车组 units",
    "scenes": "现场 scenes",
    "same": "最近车组相同 same nearest",
    "first_five": "在估算前五 among the estimate's first five",
}


def measure(*, is_quick: bool) -> Findings:
    """Tables by distance, and of the nearest unit. Nothing is promised but that the error is stated."""
    findings = Findings(
        title="估算与路网 · The estimate against the network",
        method=(
            f"内置常数 {SHIPPED.version},对照全市重建路网的自由流时间;点按居民抽取并移到最近的街道。"
            f" The shipped constants {SHIPPED.version} against free-flow times on the reconstructed whole-city network; points drawn "
            "by residents and moved to the nearest street; no leg is one that the constants were fitted to."
        ),
    )
    data = recorded_data()
    if data is None:
        findings.missing.append("没有路网数据 no street data; DISPATCH_TEST_DATA 指向数据目录 names the folder")
        return findings
    catalogue = load_catalogue()
    barriers = [Barrier(name_zh=b.name_zh, name_en=b.name_en, line=b.line) for b in catalogue.barriers]
    with tempfile.TemporaryDirectory() as place:
        build(data / "roads" / "shenzhen-recon.osm.pbf", Path(place) / "roads")
        streets = FreeFlowStreets(Path(place) / "roads")
        n_points = 200 if is_quick else N_POINTS
        fresh = fit(streets, catalogue.population_cells, barriers, seed=SEED, n_points=n_points)
        chance = np.random.default_rng(SEED + 10)
        tested = draw_legs(streets, catalogue.population_cells, barriers, chance, n_points, n_points)
        near = near_legs(streets, catalogue.population_cells, barriers, chance)
        where = json.loads((data / "roads" / "bench_points.json").read_text(encoding="utf-8"))
        fleet = (legs_between(streets, _points(where["amb"]), _points(where["scenes"][: 4 * n_points]), barriers),)
    rows: list[dict[str, Value]] = []
    for legs_of, has_all in ((near, True), (fleet, False)):
        held = errors(SHIPPED, tested, legs_of, has_barriers=True)
        bare = errors(SHIPPED, tested, legs_of, has_barriers=False)
        new = errors(fresh.constants, tested, legs_of, has_barriers=True)
        for row, without, again in list(zip(held, bare, new, strict=True))[0 if has_all else -1 :]:
            rows.append(
                {
                    "legs": f"{row.legs_zh} {row.legs_en}",
                    "n": row.n,
                    "error": significant(row.mean_error),
                    "bare": significant(without.mean_error),
                    "fresh": significant(again.mean_error),
                    "median": significant(row.median_ratio),
                    "p90": significant(row.p90_ratio),
                }
            )
    findings.tables = [
        Table(title="误差 · Error", columns=ERRORS, rows=rows),
        Table(title="最近的车组 · The nearest unit", columns=NEAREST, rows=[_ranked(near), _ranked(fleet)]),
    ]
    return findings


def _points(places: Any) -> Points:
    lon, lat = np.array(places, np.float64).T
    return Points(lat_deg=np.ascontiguousarray(lat), lon_deg=np.ascontiguousarray(lon))


def _ranked(legs: Sequence[Legs]) -> dict[str, Value]:
    found = ranking(SHIPPED, legs)
    return {
        "units": found.n_units,
        "scenes": found.n_scenes,
        "same": significant(found.same_nearest),
        "first_five": significant(found.among_first_five),
    }
