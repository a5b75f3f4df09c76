"""The streets to drive while traffic changes: every question is answered under one state of the traffic, wholly old or wholly new.

A state (`Conditions`) never changes. New traffic makes a new one beside it, and at the end the one reference is set; whoever asks
takes the reference once and keeps to it.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from itertools import repeat
from threading import Lock
from time import sleep
from typing import Final

import numpy as np

from routing.geo import BoolArray, FloatArray
from routing.roads.ends import Ends, driving_destinations, driving_origins
from routing.roads.graph import driving_graph
from routing.roads.hierarchy import Hierarchy
from routing.roads.lengths import LengthLaw
from routing.roads.network import Edges, NetworkError, RoadNetwork, UInt32Array
from routing.roads.remembered import Remembered
from routing.roads.snapping import Snapper, Snaps, SnapView
from routing.roads.traffic import EdgeTraffic, Slowdown, TrafficIndex, driving_weights_ms
from routing.roads.weighted import Weighted

LIMIT_M: Final = 1_000.0
"""A point farther from every street has none: no unit stands there and no crew walks that far. Choice of ours."""

MOST_ROWS: Final = 2_048
"""From a scene to all hospitals, say: 61 legs take 1 kB, and as much again their question."""

SETTLED_S: Final = 0.2
"""Reports of traffic come in bursts: only a state that has stood for so long is made faster, and the next change has the processor."""

NO_PLACES: Final = frozenset({"ferry"})
"""Classes that nobody can start from or arrive at half way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """Streets under one ratio of speeds between classes: the time over each edge, and the graph with these weights."""

    edge_ms: UInt32Array
    weighted: Weighted
    rows: Remembered[tuple[FloatArray, FloatArray]] = field(default_factory=lambda: Remembered(MOST_ROWS))
    """Legs from one point to many: seconds and metres."""

    def origins(self, snaps: Snaps) -> Ends:
        return driving_origins(snaps, self.edge_ms)

    def destinations(self, snaps: Snaps) -> Ends:
        return driving_destinations(snaps, self.edge_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """One state of the traffic: the `revision`-th, which streets can be entered, and the streets by pattern of speeds."""

    revision: int
    traffic: EdgeTraffic
    places: SnapView
    patterns: tuple[Pattern, ...]


class DrivingStreets:
    """A network to drive on. `class_factors` float64[p, classes]: for each pattern, the time over an edge by its class, in free flows.

    Raises NetworkError for a network without a street to start from.
    """

    def __init__(
        self, network: RoadNetwork, hierarchies: tuple[Hierarchy, Hierarchy], *, class_factors: FloatArray | None = None
    ) -> None:
        self.network = network
        self.edges = Edges(**{field.name: np.asarray(getattr(network.drive, field.name)) for field in fields(Edges)})
        """The edges as plain arrays on the same memory: numpy is ten times as slow at picking single items from a mapped one."""
        self.arc_length_m = self.edges.length_m[network.turns.to_edge]
        """Of the edge that each turn leads into: float64[A]."""
        self._hierarchies = hierarchies
        self._graph = driving_graph(network)
        factors = np.ones((1, len(network.classes))) if class_factors is None else class_factors
        self._factors = [row[self.edges.road_class] for row in factors]
        self._index = TrafficIndex(self.edges)
        self._updating, self._behind = Lock(), ThreadPoolExecutor(1, thread_name_prefix="streets")
        places = _places(network)
        with ThreadPoolExecutor(1) as pool:
            snapper = pool.submit(Snapper, self.edges, places, limit_m=LIMIT_M)
            usual = self._index.under(())
            patterns = tuple(self._pattern(factor, usual) for factor in self._factors)
            self.lengths = LengthLaw.fitted(patterns[0].weighted, self.edges, np.flatnonzero(places))
            self._snapper = snapper.result()
        self._always = self._snapper.view()
        self.conditions = Conditions(revision=0, traffic=usual, places=self._always, patterns=patterns)
        self._behind.submit(self._improve, self.conditions)

    def has_way(self, way_id: int) -> bool:
        """Whether a street of the network is part of this way of OpenStreetMap."""
        return self._index.has_way(way_id)

    def is_within_reach(self, lat_deg: FloatArray, lon_deg: FloatArray) -> BoolArray:
        """Whether each of n points has a street within LIMIT_M, open or not: bool[n]."""
        snaps = self._always.snaps(lat_deg, lon_deg)
        found = np.zeros(snaps.n, np.bool_)
        found[snaps.row] = True
        return found

    def set_traffic(self, slowdowns: Sequence[Slowdown]) -> int:
        """Make these slowdowns, and no others, hold; returns how many edges they change. Questions are answered meanwhile.

        When it returns, all later questions are answered under them. One call at a time; others wait.
        """
        with self._updating:
            traffic = self._index.under(slowdowns)
            before = self.conditions
            is_same = np.array_equal(traffic.speed_factor, before.traffic.speed_factor) and np.array_equal(
                traffic.is_open, before.traffic.is_open
            )
            if not is_same:
                self.conditions = Conditions(
                    revision=before.revision + 1,
                    traffic=traffic,
                    places=self._always if traffic.is_open.all() else self._snapper.view(traffic.is_open),
                    patterns=tuple(map(self._pattern, self._factors, repeat(traffic), before.patterns)),
                )
            self._behind.submit(self._settle, self.conditions)
        return traffic.n_changed

    def _settle(self, conditions: Conditions) -> None:
        if conditions is self.conditions:
            sleep(SETTLED_S)
            self._improve(conditions)

    def _improve(self, conditions: Conditions) -> None:
        """The state can be asked already; soon, behind the caller's back, faster. Gives way to a change, which will call it again."""
        for pattern in conditions.patterns:
            while conditions is self.conditions and not self._updating.locked() and pattern.weighted.improve():
                pass

    def _pattern(self, factor: FloatArray, traffic: EdgeTraffic, before: Pattern | None = None) -> Pattern:
        edge_ms = traffic.edge_ms(self.edges.free_flow_ms, factor)
        weight_ms = driving_weights_ms(self._graph, self.network.turns, edge_ms, traffic.is_open)
        weighted = Weighted(
            self._hierarchies, weight_ms, is_edge_based=True, before=None if before is None else before.weighted
        )
        return Pattern(edge_ms=edge_ms, weighted=weighted)


def _places(network: RoadNetwork) -> BoolArray:
    """Edges that a leg can start from and end at."""
    nowhere = [row for row, name in enumerate(network.classes) if name in NO_PLACES]
    places = np.asarray(network.drive.is_main, np.bool_) & ~np.isin(network.drive.road_class, nowhere)
    if not places.any():
        raise NetworkError("道路网络中没有可以出发的街道", "the road network has no street to start from")
    return places
