"""A street network as the plain weighted graphs that shortest paths are sought in.

Driving: the nodes are the network's directed edges, the arcs its permitted turns; taking an arc costs the turn and
the whole of the edge it leads into, so a path's cost counts every edge but the first. Walking: the nodes are the
junctions, the arcs the footways themselves.
"""

from dataclasses import dataclass

import numpy as np

from routing.geo import FloatArray
from routing.roads.network import E7, Edges, RoadNetwork, UInt32Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Arcs `tail` -> `head`, uint32[A], among `node_count` nodes at `lat_deg`, `lon_deg` float64[node_count].

    The points only guide how the hierarchy is cut; no answer depends on them.
    """

    node_count: int
    tail: UInt32Array
    head: UInt32Array
    lat_deg: FloatArray
    lon_deg: FloatArray

    def reversed(self) -> "Graph":
        """The same arcs the other way round, in the same order."""
        return Graph(
            node_count=self.node_count, tail=self.head, head=self.tail, lat_deg=self.lat_deg, lon_deg=self.lon_deg
        )


def driving_graph(network: RoadNetwork) -> Graph:
    """One node an edge, placed at the middle one of its points; one arc a permitted turn."""
    edges = network.drive
    middle = (np.asarray(edges.first_point[:-1], np.int64) + edges.first_point[1:]) // 2
    return Graph(
        node_count=len(edges),
        tail=np.ascontiguousarray(network.turns.from_edge, np.uint32),
        head=np.ascontiguousarray(network.turns.to_edge, np.uint32),
        lat_deg=edges.lat_e7[middle] * E7,
        lon_deg=edges.lon_e7[middle] * E7,
    )


def walking_graph(edges: Edges) -> Graph:
    """One node a junction, one arc an edge."""
    node_count = 1 + int(max(edges.from_node.max(initial=-1), edges.to_node.max(initial=-1)))
    lat_deg, lon_deg = np.zeros(node_count), np.zeros(node_count)
    first, last = edges.first_point[:-1], edges.first_point[1:] - 1
    for node, point in ((edges.from_node, first), (edges.to_node, last)):
        lat_deg[node], lon_deg[node] = edges.lat_e7[point] * E7, edges.lon_e7[point] * E7
    return Graph(
        node_count=node_count,
        tail=np.ascontiguousarray(edges.from_node, np.uint32),
        head=np.ascontiguousarray(edges.to_node, np.uint32),
        lat_deg=lat_deg,
        lon_deg=lon_deg,
    )
