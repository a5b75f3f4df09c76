"""A whole city's streets: 100,000 legs between random places, to the millisecond those of scipy's Dijkstra on the same turns.

Without the recorded extract, on a made-up city of the same kind.
"""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from maps_data.roads.build import build
from routing.geo import EARTH_RADIUS_M
from routing.roads.network import RoadNetwork
from routing.roads.snapping import EQUAL_M
from routing.roads.weighted import HERE
from routing.travel_time.road import RoadTravelTimes
from tests.fakes.street_grids import FREE_FLOW, loaded, random_plan
from tests.fakes.street_oracle import access_s

NOON = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
N_ORIGINS, N_DESTINATIONS = 100, 1_000

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def city(shared_data: Path | None, tmp_path_factory: pytest.TempPathFactory) -> RoadTravelTimes:
    if shared_data is None:
        return loaded(random_plan(7, rows=60, columns=60).network())
    directory = tmp_path_factory.mktemp("roads")
    build(shared_data / "roads" / "shenzhen-recon.osm.pbf", directory)
    return RoadTravelTimes.load(directory, profile=FREE_FLOW)


def test_a_hundred_thousand_legs_to_the_millisecond(city: RoadTravelTimes) -> None:
    rng = np.random.default_rng(11)
    edges = city.network.drive
    box = [(column.min() * 1e-7, column.max() * 1e-7) for column in (edges.lat_e7, edges.lon_e7)]
    n = N_ORIGINS + N_DESTINATIONS
    lat, lon = (rng.uniform(low, high, n) for low, high in box)
    # Half of them near a street, as people are; the others wherever.
    near = rng.integers(0, len(edges.lat_e7), n // 2)
    lat[::2], lon[::2] = (column[near] * 1e-7 + rng.normal(0, 3e-4, n // 2) for column in (edges.lat_e7, edges.lon_e7))
    origins, destinations = (lat[:N_ORIGINS], lon[:N_ORIGINS]), (lat[N_ORIGINS:], lon[N_ORIGINS:])

    expected_s = plain_times_s(city.network, *origins, *destinations)
    legs = city.many_to_many(*origins, *destinations, departing_at=NOON)
    assert np.isfinite(expected_s).mean() > 0.3
    np.testing.assert_allclose(legs.travel_time_s, expected_s, atol=0.001, rtol=0)

    earliest_s = city.earliest_s(*origins, *destinations, departing_at=NOON)
    np.testing.assert_allclose(earliest_s, expected_s.min(axis=0), atol=0.001, rtol=0)
    back_s = city.many_to_many(*destinations, *origins, departing_at=NOON).travel_time_s[:50]
    np.testing.assert_allclose(
        back_s, plain_times_s(city.network, *(c[:50] for c in destinations), *origins), atol=0.001, rtol=0
    )


def plain_times_s(
    network: RoadNetwork, lat: np.ndarray, lon: np.ndarray, to_lat: np.ndarray, to_lon: np.ndarray
) -> np.ndarray:
    """Each origin is a node with an arc over the rest of its edge; a destination is entered through the turns into its edge."""
    edges, turns = network.drive, network.turns
    n_edges, ms = len(edges), edges.free_flow_ms.astype(float)
    starts, away_m = plain_places(network, lat, lon)
    ends, to_away_m = plain_places(network, to_lat, to_lon)
    tail, head = turns.from_edge.astype(int), turns.to_edge.astype(int)
    cost = turns.turn_ms + ms[head]
    extra = [(n_edges + i, edge, (1 - along) * ms[edge]) for i, some in enumerate(starts) for edge, along in some]
    rows, columns, costs = (np.array(column) for column in zip(*extra, strict=True))
    size = n_edges + len(lat)
    graph = csr_array(
        (np.append(cost, costs + 1e-9), (np.append(tail, rows), np.append(head, columns))), shape=(size, size)
    )
    into: dict[int, np.ndarray] = {edge: np.flatnonzero(head == edge) for some in ends for edge, _ in some}
    found = np.full((len(lat), len(to_lat)), np.inf)
    for i in range(len(lat)):
        reached = dijkstra(graph, indices=n_edges + i)
        here = dict(starts[i])
        for j, some in enumerate(ends):
            for edge, along in some:
                arcs = into[edge]
                best = (reached[tail[arcs]] + turns.turn_ms[arcs]).min(initial=np.inf) + along * ms[edge]
                if edge in here and here[edge] <= along + HERE:
                    best = min(best, max(along - here[edge], 0.0) * ms[edge])
                found[i, j] = min(found[i, j], best)
    return found / 1_000 + access_s(away_m)[:, None] + access_s(to_away_m)


def plain_places(
    network: RoadNetwork, lat: np.ndarray, lon: np.ndarray
) -> tuple[list[list[tuple[int, float]]], np.ndarray]:
    """The main edges nearest to each point, and those equally near, by measuring every line of the city."""
    edges = network.drive
    per_lat = np.radians(1.0) * EARTH_RADIUS_M
    per_lon = per_lat * np.cos(np.radians((int(edges.lat_e7.min()) + int(edges.lat_e7.max())) / 2 * 1e-7))
    owner = np.repeat(np.arange(len(edges)), np.diff(edges.first_point))
    line = np.flatnonzero((owner[:-1] == owner[1:]) & edges.is_main[owner[:-1]])
    x, y = edges.lon_e7 * 1e-7 * per_lon, edges.lat_e7 * 1e-7 * per_lat
    dx, dy = x[line + 1] - x[line], y[line + 1] - y[line]
    length = np.hypot(dx, dy)
    before = np.cumsum(length) - length
    first = np.searchsorted(owner[line], owner[line])
    before -= before[first]
    total = np.bincount(owner[line], length, minlength=len(edges))
    places, away_m = [], np.full(len(lat), np.inf)
    for i, (px, py) in enumerate(zip(lon * per_lon, lat * per_lat, strict=True)):
        t = np.clip(((px - x[line]) * dx + (py - y[line]) * dy) / np.maximum(length, 1e-9) ** 2, 0, 1)
        away = np.hypot(px - x[line] - t * dx, py - y[line] - t * dy)
        near = np.flatnonzero(away <= min(away.min(), 1_000.0) + EQUAL_M)
        if away.min() > 1_000.0:
            places.append([])
            continue
        away_m[i] = away.min()
        found = []
        for edge in sorted(set(owner[line][near].tolist())):
            of = near[owner[line][near] == edge]
            best = of[np.argmin(away[of])]
            found.append((edge, min(1.0, float((before[best] + t[best] * length[best]) / total[edge]))))
        places.append(found)
    return places, away_m
