"""Times on foot along footways: for people who fetch a defibrillator and bring it.

Model, for a place x_a metres from the nearest footway and a device x_b metres from one, d metres apart in a straight line:

    one way = walk(x_a) + D + walk(x_b)      walk(x) = DETOUR * x / SPEED   (`walking.py`)

D is the exact least time on the network of footways, streets with sidewalks and stairs (its speeds: `maps_data roads build`), each
way for itself, for stairs and one-way paths need not be alike both ways. Where one of the two is more than LIMIT_M from every footway,
where they are nearer to each other than to the footways (one building, one courtyard), or where no footway joins them, the network
knows nothing and the answer is walk(d): each leg says which of the two it is.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from routing.geo import BoolArray, FloatArray, Wgs84, distances_m
from routing.roads import hierarchy
from routing.roads.directions import Way, drawn, stretches_of
from routing.roads.ends import walking_destinations, walking_origins
from routing.roads.graph import walking_graph
from routing.roads.hierarchy import Hierarchy
from routing.roads.network import Edges, NetworkError, RoadNetwork, load
from routing.roads.snapping import Snapper, Snaps
from routing.roads.weighted import HERE, Weighted
from routing.travel_time.on_streets import steps_of
from routing.travel_time.port import Grade, Route
from routing.travel_time.walking import P90_FACTOR, WalkingTimes, walking_times_s

LIMIT_M: Final = 150.0
"""Beyond that the map has no footways there, rather than the place none near it. Choice of ours."""

NETWORK_P90_FACTOR: Final = 1.3
"""Of legs on footways. Assumed, not measured: speeds of people scatter by 20 % (sigma 0.2); the estimate's factor of 2.16 holds
what detours scatter besides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkingLegs:
    """From one place to each of n and back: `out_s`, `back_s` float64[n].

    `is_network` bool[n] tells the legs along footways from estimates; `p90_factor` float64[n] times a time is exceeded in one way of
    ten. `source` names the network, `estimate_source` whatever the other legs are from.
    """

    out_s: FloatArray
    back_s: FloatArray
    is_network: BoolArray
    p90_factor: FloatArray
    source: str
    estimate_source: str


class WalkingRoadTimes:
    """Ways on foot on a network's footways. Safe in any thread."""

    def __init__(self, network: RoadNetwork, hierarchies: tuple[Hierarchy, Hierarchy]) -> None:
        """`hierarchies` (forward, backward) are those of the walking graph. NetworkError for a network without footways."""
        edges = network.walk
        if edges is None or not np.any(edges.is_main):
            raise NetworkError("道路网络中没有步行道", "the road network has no footways")
        self.source: Final = f"walking-{network.version}"
        self._edges: Edges = edges
        self._names = network.names
        weight_ms = np.ascontiguousarray(edges.free_flow_ms, np.uint32)
        self._weighted = Weighted(hierarchies, weight_ms, is_edge_based=False)
        self._weighted.improve()  # both directions are asked for alike
        self._places = Snapper(edges, np.asarray(edges.is_main, np.bool_), limit_m=LIMIT_M).view()

    @classmethod
    def load(cls, directory: Path) -> "WalkingRoadTimes | None":
        """That of the network in `directory`; None where it has no footways. Raises NetworkError when it cannot be used."""
        network = load(directory)
        if network.walk is None or not np.any(network.walk.is_main):
            return None
        return cls(network, hierarchy.load(walking_graph(network.walk), directory / hierarchy.WALK))

    def there_and_back(self, point: Wgs84, lat_deg: npt.ArrayLike, lon_deg: npt.ArrayLike) -> WalkingLegs:
        """From `point` to each of n places and back. ValueError for arrays of other shapes than [n]."""
        here, there = self._places.snaps([point.lat_deg], [point.lon_deg]), self._places.snaps(lat_deg, lon_deg)
        straight_m = distances_m(lat_deg, lon_deg, point)
        out_s, back_s = walking_times_s(straight_m), walking_times_s(straight_m)
        is_network = np.zeros(there.n, np.bool_)
        if len(here.row):
            access_m = here.away_m[0] + there.away_m
            there_s, here_s = self._ways_s(here, there)[0], self._ways_s(there, here)[:, 0]
            known = np.isfinite(there_s) & np.isfinite(here_s) & (straight_m[there.row] > access_m)
            rows, access_s = there.row[known], walking_times_s(access_m)[known]
            out_s[rows], back_s[rows] = there_s[known] + access_s, here_s[known] + access_s
            is_network[rows] = True
        return WalkingLegs(
            out_s=out_s,
            back_s=back_s,
            is_network=is_network,
            p90_factor=np.where(is_network, NETWORK_P90_FACTOR, P90_FACTOR),
            source=self.source,
            estimate_source=WalkingTimes.source,
        )

    def route(self, origin: Wgs84, destination: Wgs84) -> Route | None:
        """The fastest way to a place, ready to be drawn; None where no footway joins the two."""
        lat_deg, lon_deg = [origin.lat_deg, destination.lat_deg], [origin.lon_deg, destination.lon_deg]
        start, end = self._places.snaps(lat_deg, lon_deg).split(1)
        found = self._weighted.way(walking_origins(start, self._edges), walking_destinations(end, self._edges))
        if found is None:
            return None
        _, s, t, arcs = found
        way = _way_of(start, end, s, t, arcs)
        away_m = np.array([start.away_m[0], end.away_m[0]])
        edge_ms = self._edges.free_flow_ms[list(way.edges)].astype(np.float64)
        stretches = stretches_of(self._edges, way, edge_ms)
        steps = steps_of(stretches, self._names, away_m, walking_times_s(away_m))
        line_lat_deg, line_lon_deg = drawn(self._edges, way)
        return Route(
            travel_time_s=sum(step.travel_time_s for step in steps),
            distance_m=sum(step.distance_m for step in steps),
            lat_deg=np.concatenate([lat_deg[:1], line_lat_deg, lat_deg[1:]]),
            lon_deg=np.concatenate([lon_deg[:1], line_lon_deg, lon_deg[1:]]),
            steps=steps,
            source=self.source,
            grade=Grade.NETWORK,
        )

    def _ways_s(self, begin: Snaps, end: Snaps) -> FloatArray:
        legs_ms = self._weighted.legs_ms(walking_origins(begin, self._edges), walking_destinations(end, self._edges))
        return legs_ms / 1_000.0


def _way_of(start: Snaps, end: Snaps, s: int, t: int, arcs: list[int]) -> Way:
    """From the place `s` of `start` to the place `t` of `end` over `arcs`: an arc is an edge, and the ends lie on others before and
    after. An edge of which nothing is walked is left out, so that it makes no turn.
    """
    first, last = int(start.edge[s]), int(end.edge[t])
    begin, stop = float(start.along[s]), float(end.along[t])
    if not arcs and first == last and stop >= begin - HERE:
        return Way(edges=(first,), begin=begin, end=max(begin, stop), turn_ms=(0,))
    edges = [first, *arcs, last]
    if begin > 1.0 - HERE:
        edges, begin = edges[1:], 0.0
    if stop < HERE and len(edges) > 1:
        edges, stop = edges[:-1], 1.0
    return Way(edges=tuple(edges), begin=begin, end=stop, turn_ms=(0,) * len(edges))
