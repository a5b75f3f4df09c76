"""Where legs begin and end on a graph: nodes of it, and what is driven or walked between the place and the node.

A leg from a place on edge s to a place on edge t costs

    plus_ms[s] + D(node[s], node[t]) + plus_ms[t],        the least over all edges that the two places are on,

with D the graph's distance. Driving, the node of an edge is the edge itself and D counts t wholly but s not at all, so plus_ms is the
rest of s, and minus the rest of t. Walking, a leg leaves by the junction that s leads to and comes in by the one that t leads from.
Where s is t and the place of t lies ahead, it is just the share of the edge in between.
"""

from dataclasses import dataclass

import numpy as np

from routing.geo import FloatArray, IntArray
from routing.roads.network import Edges, UInt32Array
from routing.roads.snapping import Snaps


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """The k places of `Snaps`, on a graph: `node` int64[k], `plus_ms` float64[k]; `edge_ms` float64[k] is the time over the edge."""

    snaps: Snaps
    node: IntArray
    plus_ms: FloatArray
    edge_ms: FloatArray

    def __len__(self) -> int:
        """How many points have a place at all."""
        return len(self.snaps.row)

    def block(self, begin: int, end: int) -> "Ends":
        """The points `begin` to `end` (exclusive) of those that have a place."""
        places = slice(int(self.snaps.first[begin]), int(self.snaps.first[end]))
        return Ends(
            snaps=self.snaps.part(begin, end),
            node=self.node[places],
            plus_ms=self.plus_ms[places],
            edge_ms=self.edge_ms[places],
        )


def driving_origins(snaps: Snaps, edge_ms: UInt32Array) -> Ends:
    """Places from where one drives on; `edge_ms` uint32[E] is the time over each edge."""
    over_ms = edge_ms[snaps.edge].astype(np.float64)
    return Ends(snaps=snaps, node=snaps.edge, plus_ms=(1.0 - snaps.along) * over_ms, edge_ms=over_ms)


def driving_destinations(snaps: Snaps, edge_ms: UInt32Array) -> Ends:
    """Places to which one drives."""
    over_ms = edge_ms[snaps.edge].astype(np.float64)
    return Ends(snaps=snaps, node=snaps.edge, plus_ms=(snaps.along - 1.0) * over_ms, edge_ms=over_ms)


def walking_origins(snaps: Snaps, edges: Edges) -> Ends:
    """Places from where one walks on."""
    over_ms = edges.free_flow_ms[snaps.edge].astype(np.float64)
    node = edges.to_node[snaps.edge].astype(np.int64)
    return Ends(snaps=snaps, node=node, plus_ms=(1.0 - snaps.along) * over_ms, edge_ms=over_ms)


def walking_destinations(snaps: Snaps, edges: Edges) -> Ends:
    """Places to which one walks."""
    over_ms = edges.free_flow_ms[snaps.edge].astype(np.float64)
    node = edges.from_node[snaps.edge].astype(np.int64)
    return Ends(snaps=snaps, node=node, plus_ms=snaps.along * over_ms, edge_ms=over_ms)
