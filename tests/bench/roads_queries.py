"""Questions to the street network, each asked of the product, of OSRM over HTTP and, as a bare search, of scipy (see `roads.py`)."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from routing.geo import Wgs84
from routing.travel_time.road import RoadTravelTimes
from tests.bench.estimate import AT
from tests.bench.measure import SEED, Stopwatch, Value, percentile_ms, ratio, significant
from tests.fakes.osrm import Osrm
from tests.fakes.streets_only import StreetsOnly

TO_ONE: Final = "600 → 1,全部车组移动过 all units have moved"
ON_THE_ROAD: Final = 0.3
STEP_DEG: Final = 0.00001  # some metre: no place was asked for before, nor its street remembered
N_EVERYWHERE: Final = 2_000

QUERIES: Final = {
    "network": "路网 network",
    "what": "查询 query",
    "n": "n",
    "ours_ms": "本项目 ours p50 ms",
    "ours_p99_ms": "ours p99 ms",
    "osrm_ms": "OSRM HTTP p50 ms",
    "osrm_ratio": "OSRM ÷ ours",
    "scipy_ms": "scipy p50 ms",
    "scipy_ratio": "scipy ÷ ours",
}

Places = list[list[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """One network, ours and OSRM's (None where it cannot be had), and the places asked about, as (lon, lat)."""

    name: str
    roads: Path
    osrm_base: Path | None
    units: Places
    hospitals: Places
    scenes: Places


class Many:
    """Places as (lon, lat), and the same as arrays."""

    def __init__(self, places: Places) -> None:
        self.places = places
        lon, lat = np.array(places).T
        self.ends = (np.ascontiguousarray(lat), np.ascontiguousarray(lon))

    def __len__(self) -> int:
        return len(self.places)

    def shifted(self, by_deg: Any) -> "Many":
        return Many((np.array(self.places) + by_deg).tolist())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """One kind of question, numbered: by us, by OSRM, and the bare search by scipy; None where it has no such thing."""

    what: str
    ours: Callable[[int], object]
    osrm: Callable[[Osrm, int], object] | None
    scipy: Callable[[int], object]
    is_long: bool = False


def asked(city: City, n: int) -> list[dict[str, Value]]:
    questions = _questions(city, n)
    if city.osrm_base is None:
        return [_timed(city, question, None, n) for question in questions]
    with Osrm(city.osrm_base) as osrm:
        return [_timed(city, question, osrm, n) for question in questions]


def _timed(city: City, question: _Question, osrm: Osrm | None, n: int) -> dict[str, Value]:
    """The three in turn, so that a busy moment of the machine meets all of them; the first round does not count."""
    rounds = max(4, n // 10) if question.is_long else n
    ours, theirs, floor = Stopwatch(), Stopwatch(), Stopwatch()
    for at in range(rounds + 1):
        if at == 1:
            ours, theirs, floor = Stopwatch(), Stopwatch(), Stopwatch()
        with ours:
            question.ours(at)
        if osrm is not None and question.osrm is not None:
            with theirs:
                question.osrm(osrm, at)
        with floor:
            question.scipy(at)
    ours_ms, scipy_ms = percentile_ms(ours.wall_s, 50), percentile_ms(floor.wall_s, 50)
    row: dict[str, Value] = {
        "network": city.name,
        "what": question.what,
        "n": rounds,
        "ours_ms": significant(ours_ms),
        "ours_p99_ms": significant(percentile_ms(ours.wall_s, 99)),
        "scipy_ms": significant(scipy_ms),
        "scipy_ratio": ratio(scipy_ms, ours_ms),
    }
    if theirs.wall_s:
        osrm_ms = percentile_ms(theirs.wall_s, 50)
        row |= {"osrm_ms": significant(osrm_ms), "osrm_ratio": ratio(osrm_ms, ours_ms)}
    return row


def _questions(city: City, n_rounds: int) -> list[_Question]:
    times, streets = RoadTravelTimes.load(city.roads), StreetsOnly(city.roads)
    forward = _matrix(streets)
    backward = csr_array(forward.T)
    chance = np.random.default_rng(SEED)
    nodes = chance.choice(np.flatnonzero(streets.network.drive.is_main), 4_096)
    units, hospitals, everywhere = Many(city.units), Many(city.hospitals), Many(_everywhere(streets))
    scene = _cycled(city.scenes)

    def point(at: int) -> Wgs84:
        return Wgs84(lat_deg=scene(at)[1], lon_deg=scene(at)[0])

    def node(at: int) -> int:
        return int(nodes[at % len(nodes)])

    on_the_road = np.arange(len(units)) % 10 < ON_THE_ROAD * 10
    all_moved = [units.shifted(at * STEP_DEG) for at in range(n_rounds + 1)]
    some_moved = [units.shifted(-at * STEP_DEG * on_the_road[:, np.newaxis]) for at in range(n_rounds + 1)]

    n, m, k = len(units), len(hospitals), len(everywhere)
    return [
        _Question(
            what=TO_ONE,
            ours=lambda at: times.to_one(*all_moved[at].ends, point(at), departing_at=AT),
            osrm=lambda osrm, at: osrm.table_s(all_moved[at].places, [scene(at)]),
            scipy=lambda at: dijkstra(backward, indices=node(at)),
        ),
        _Question(
            what=f"{n} → 1,三成车组移动过 three in ten units have moved",
            ours=lambda at: times.to_one(*some_moved[at].ends, point(at), departing_at=AT),
            osrm=lambda osrm, at: osrm.table_s(some_moved[at].places, [scene(at)]),
            scipy=lambda at: dijkstra(backward, indices=node(at)),
        ),
        _Question(
            what=f"1 → {m}",
            ours=lambda at: times.from_one(point(at), *hospitals.ends, departing_at=AT),
            osrm=lambda osrm, at: osrm.table_s([scene(at)], city.hospitals),
            scipy=lambda at: dijkstra(forward, indices=node(at)),
        ),
        _Question(
            what=f"{n} × {m}",
            ours=lambda at: times.many_to_many(*all_moved[at].ends, *hospitals.ends, departing_at=AT),
            osrm=lambda osrm, at: osrm.table_s(all_moved[at].places, city.hospitals),
            scipy=lambda at: dijkstra(backward, indices=nodes[:m]),
            is_long=True,
        ),
        _Question(
            what="一条路线,含线形与街名 one route, its line and streets",
            ours=lambda at: times.route(point(at), point(at + 1), departing_at=AT),
            osrm=lambda osrm, at: osrm.route(scene(at), scene(at + 1)),
            scipy=lambda at: dijkstra(forward, indices=node(at), return_predecessors=True),
        ),
        _Question(
            what=f"1 → 全网 everywhere ({k:,})",
            ours=lambda at: times.earliest_s(
                [point(at).lat_deg], [point(at).lon_deg], *everywhere.ends, departing_at=AT
            ),
            osrm=lambda osrm, at: osrm.table_s([scene(at)], everywhere.places),
            scipy=lambda at: dijkstra(forward, indices=node(at)),
            is_long=True,
        ),
    ]


def _cycled(places: Places) -> Callable[[int], list[float]]:
    return lambda at: places[at % len(places)]


def _everywhere(streets: StreetsOnly) -> Places:
    """Beginnings of streets all over the network."""
    drive = streets.network.drive
    rows = np.linspace(0, len(drive) - 1, N_EVERYWHERE).astype(np.int64)
    rows = rows[np.asarray(drive.is_main)[rows]]
    at = np.asarray(drive.first_point)[rows]
    places: Places = np.stack([drive.lon_e7[at], drive.lat_e7[at]], axis=1).astype(np.float64).__mul__(1e-7).tolist()
    return places


def _matrix(streets: StreetsOnly) -> Any:
    n, graph = streets.graph.node_count, streets.graph
    cost = np.maximum(streets.weight_ms, 1).astype(np.float64)
    return csr_array((cost, (graph.tail.astype(np.int64), graph.head.astype(np.int64))), shape=(n, n))
