"""A street network as an ordinary car finds it with nobody about: no hour, no traffic, no siren. What estimates are fitted to."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from routing.geo import BoolArray, FloatArray, Wgs84
from routing.roads.ends import Ends, driving_destinations, driving_origins
from routing.roads.graph import driving_graph
from routing.roads.hierarchy import DRIVE
from routing.roads.hierarchy import load as load_hierarchies
from routing.roads.network import RoadNetwork, load
from routing.roads.snapping import Snapper
from routing.roads.weighted import Weighted

LIMIT_M: Final = 500.0
"""A point farther from every street is not asked about."""


class FreeFlowStreets:
    """Implements `legs.FreeFlow` on the network in a directory. Raises NetworkError when there is none that can be used."""

    def __init__(self, directory: Path) -> None:
        self.network: RoadNetwork = load(directory)
        drive, turns = self.network.drive, self.network.turns
        graph = driving_graph(self.network)
        self._edge_ms = np.ascontiguousarray(drive.free_flow_ms, np.uint32)
        self._length_m = np.asarray(drive.length_m, np.float64)
        weight_ms = self._edge_ms[graph.head] + np.asarray(turns.turn_ms, np.uint32)
        self._weighted = Weighted(load_hierarchies(graph, directory / DRIVE), weight_ms, is_edge_based=True)
        self._head = graph.head
        self._view = Snapper(drive, np.asarray(drive.is_main, np.bool_), limit_m=LIMIT_M).view()

    def is_within_reach(self, lat_deg: npt.ArrayLike, lon_deg: npt.ArrayLike) -> BoolArray:
        """Whether each of n points has a street near by: bool[n]."""
        snaps = self._view.snaps(lat_deg, lon_deg)
        found = np.zeros(snaps.n, dtype=np.bool_)
        found[snaps.row] = True
        return found

    def times_s(
        self, lat_deg: FloatArray, lon_deg: FloatArray, to_lat_deg: FloatArray, to_lon_deg: FloatArray
    ) -> FloatArray:
        """Seconds of the fastest way from each of n points to each of m others: float64[n, m], inf where there is none."""
        origins, destinations = self._origins(lat_deg, lon_deg), self._destinations(to_lat_deg, to_lon_deg)
        found = np.full((origins.snaps.n, destinations.snaps.n), np.inf)
        found[np.ix_(origins.snaps.row, destinations.snaps.row)] = (
            self._weighted.legs_ms(origins, destinations) / 1_000.0
        )
        return found

    def road_m(self, origins: Sequence[Wgs84], destinations: Sequence[Wgs84]) -> FloatArray:
        """Metres of the fastest way from each of n points to its fellow of n others: float64[n], inf where there is none."""
        return np.array([self._way_m(a, b) for a, b in zip(origins, destinations, strict=True)])

    def _way_m(self, origin: Wgs84, destination: Wgs84) -> float:
        start = self._origins(np.array([origin.lat_deg]), np.array([origin.lon_deg]))
        end = self._destinations(np.array([destination.lat_deg]), np.array([destination.lon_deg]))
        way = self._weighted.way(start, end)
        if way is None:
            return float(np.inf)
        _, s, t, arcs = way
        whole_m = float(self._length_m[self._head[arcs]].sum()) if arcs else 0.0
        first, last = int(start.snaps.edge[s]), int(end.snaps.edge[t])
        if not arcs:
            return float((end.snaps.along[t] - start.snaps.along[s]) * self._length_m[first])
        rest_m = (1.0 - start.snaps.along[s]) * self._length_m[first]
        return float(rest_m + whole_m - (1.0 - end.snaps.along[t]) * self._length_m[last])

    def _origins(self, lat_deg: FloatArray, lon_deg: FloatArray) -> Ends:
        return driving_origins(self._view.snaps(lat_deg, lon_deg), self._edge_ms)

    def _destinations(self, lat_deg: FloatArray, lon_deg: FloatArray) -> Ends:
        return driving_destinations(self._view.snaps(lat_deg, lon_deg), self._edge_ms)
