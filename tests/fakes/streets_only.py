"""What the network itself says of a leg, from the nearest place on a street to the nearest place on a street, in free flow.

The product adds the time between a point and its street, the hour and the fleet; another router's answer has none of these, so
this is what it is compared with. Snapping and shortest paths are the product's own.
"""

from pathlib import Path

import numpy as np

from routing.geo import FloatArray
from routing.roads.ends import Ends, driving_destinations, driving_origins
from routing.roads.graph import driving_graph
from routing.roads.hierarchy import DRIVE
from routing.roads.hierarchy import load as load_hierarchies
from routing.roads.network import RoadNetwork, load
from routing.roads.snapping import Snapper
from routing.roads.weighted import Weighted

LIMIT_M = 1_000.0


class StreetsOnly:
    """The driving network in a directory."""

    def __init__(self, directory: Path) -> None:
        self.network: RoadNetwork = load(directory)
        drive, turns = self.network.drive, self.network.turns
        self.graph = driving_graph(self.network)
        self._edge_ms = np.ascontiguousarray(drive.free_flow_ms, np.uint32)
        self.weight_ms = self._edge_ms[self.graph.head] + np.asarray(turns.turn_ms, np.uint32)
        hierarchies = load_hierarchies(self.graph, directory / DRIVE)
        self._weighted = Weighted(hierarchies, self.weight_ms, is_edge_based=True)
        self._view = Snapper(drive, np.asarray(drive.is_main, np.bool_), limit_m=LIMIT_M).view()

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

    def _origins(self, lat_deg: FloatArray, lon_deg: FloatArray) -> Ends:
        return driving_origins(self._view.snaps(lat_deg, lon_deg), self._edge_ms)

    def _destinations(self, lat_deg: FloatArray, lon_deg: FloatArray) -> Ends:
        return driving_destinations(self._view.snaps(lat_deg, lon_deg), self._edge_ms)
