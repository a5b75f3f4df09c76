"""Travel times on a street network by a second way: brute-force snapping, and scipy's Dijkstra on one graph that contains the places.

Each place on an edge cuts it: a node for the place, an arc from it over the rest of the edge, an arc to it over the part before. No
offsets, no candidates, no special cases; slow, and as different from the product's way as can be.
"""

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from routing.geo import EARTH_RADIUS_M, Wgs84
from routing.roads.network import Edges, RoadNetwork
from routing.roads.snapping import EQUAL_M
from routing.roads.weighted import HERE


def times_s(
    network: RoadNetwork,
    origins: list[Wgs84],
    destinations: list[Wgs84],
    *,
    edge_ms: np.ndarray | None = None,
    is_open: np.ndarray | None = None,
    limit_m: float = 1_000.0,
) -> np.ndarray:
    """Seconds from each of n points to each of m others, free flow unless `edge_ms` says otherwise."""
    edges = network.drive
    ms = edges.free_flow_ms.astype(float) if edge_ms is None else edge_ms.astype(float)
    opened = np.ones(len(edges), bool) if is_open is None else is_open
    starts = [places(edges, point, edges.is_main & opened, limit_m) for point in origins]
    ends = [places(edges, point, edges.is_main & opened, limit_m) for point in destinations]
    n, m, e = len(origins), len(destinations), len(edges)
    # Nodes: the end of each edge, then each origin, then each destination.
    arcs: dict[tuple[int, int], float] = {}

    def arc(tail: int, head: int, cost: float) -> None:
        arcs[tail, head] = min(cost, arcs.get((tail, head), np.inf))

    turns = list(
        zip(network.turns.from_edge.tolist(), network.turns.to_edge.tolist(), network.turns.turn_ms, strict=True)
    )
    for before, after, turn_ms in turns:
        if opened[after]:
            arc(before, after, float(turn_ms) + ms[after])
    for i, (start, _) in enumerate(starts):
        for edge, along in start:
            arc(e + i, edge, (1 - along) * ms[edge] + 1e-9)
    for j, (end, _) in enumerate(ends):
        for edge, along in end:
            for before, after, turn_ms in turns:
                if after == edge:
                    arc(before, e + n + j, float(turn_ms) + along * ms[edge])
            for i, (start, _) in enumerate(starts):
                for edge_s, along_s in start:
                    if edge_s == edge and along_s <= along + HERE:
                        arc(e + i, e + n + j, max(along - along_s, 0.0) * ms[edge] + 1e-9)
    size = e + n + m
    tails, heads = np.array(list(arcs), int).reshape(-1, 2).T
    graph = csr_array((np.array(list(arcs.values())), (tails, heads)), shape=(size, size))
    found = dijkstra(graph, indices=np.arange(e, e + n))[:, e + n :] / 1_000.0
    away_m, to_away_m = (np.array([away for _, away in some]) for some in (starts, ends))
    return found + access_s(away_m)[:, None] + access_s(to_away_m)


def access_s(away_m: np.ndarray) -> np.ndarray:
    """50 m of yards at 9 km/h, then streets that are not on the map: 25 km/h, a third longer than the straight line."""
    return np.minimum(away_m, 50.0) * 3.6 / 9.0 + np.maximum(away_m - 50.0, 0.0) * 1.35 * 3.6 / 25.0


def places(edges: Edges, point: Wgs84, eligible: np.ndarray, limit_m: float) -> tuple[list[tuple[int, float]], float]:
    """(edge, share before the place) of the nearest eligible edge and all that are equally near, and how far it is."""
    per_lat = np.radians(1.0) * EARTH_RADIUS_M
    middle = (int(edges.lat_e7.min()) + int(edges.lat_e7.max())) / 2 * 1e-7
    per_lon = per_lat * np.cos(np.radians(middle))
    found = []
    for edge in np.flatnonzero(eligible).tolist():
        at = slice(edges.first_point[edge], edges.first_point[edge + 1])
        x = (edges.lon_e7[at] * 1e-7 - point.lon_deg) * per_lon
        y = (edges.lat_e7[at] * 1e-7 - point.lat_deg) * per_lat
        lengths = np.hypot(np.diff(x), np.diff(y))
        best = (np.inf, 0.0)
        for i, length in enumerate(lengths):
            dx, dy = x[i + 1] - x[i], y[i + 1] - y[i]
            t = float(np.clip(-(x[i] * dx + y[i] * dy) / max(dx * dx + dy * dy, 1e-18), 0, 1))
            away = float(np.hypot(x[i] + t * dx, y[i] + t * dy))
            best = min(best, (away, (lengths[:i].sum() + t * length) / lengths.sum()))
        found.append((best[0], edge, best[1]))
    if not found or min(found)[0] > limit_m:
        return [], np.inf
    nearest_m = min(found)[0]
    return [(edge, along) for away_m, edge, along in found if away_m <= nearest_m + EQUAL_M], nearest_m
