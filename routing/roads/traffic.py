"""What traffic does to a street network: which edges a report concerns, and the time over each edge under all of them.

Several reports on one edge multiply; one that closes it outweighs all others. A closed edge may not be entered; whoever stands on
one is taken to the nearest open street (`snapping.py`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from routing.geo import BoolArray, FloatArray, IntArray, Wgs84
from routing.roads.graph import Graph
from routing.roads.hierarchy import NEVER_MS
from routing.roads.network import E7, Edges, Turns, UInt32Array
from routing.roads.pieces import ranges

MOST_FACTOR: Final = 2.0
LEAST_FACTOR: Final = 0.01
"""Slower than a hundredth is counted as a hundredth, so that no time leaves the range of 32 bits; who means closed says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slowdown:
    """Streets on which `speed_factor` (0, 2] times the usual speed is driven, or none at all (`is_closed`).

    Either OpenStreetMap's ways `way_ids` or the streets that touch the polygon `area`, of at least three corners; its last may repeat
    its first. ValueError otherwise.
    """

    way_ids: frozenset[int]
    area: tuple[Wgs84, ...] | None
    speed_factor: float
    is_closed: bool

    def __post_init__(self) -> None:
        if bool(self.way_ids) == (self.area is not None):
            raise ValueError("a slowdown has either way_ids or an area")
        if self.area is not None and len(set(self.area)) < 3:
            raise ValueError(f"an area has at least three corners, got {len(set(self.area))}")
        if not 0.0 < self.speed_factor <= MOST_FACTOR:
            raise ValueError(f"speed_factor must be within (0, {MOST_FACTOR}], got {self.speed_factor!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeTraffic:
    """Traffic by edge: `speed_factor` float64[E], 1 where nothing is known, and `is_open` bool[E]."""

    speed_factor: FloatArray
    is_open: BoolArray

    @property
    def n_changed(self) -> int:
        """How many edges are closed, or not driven at their usual speed."""
        return int(np.count_nonzero((self.speed_factor != 1.0) | ~self.is_open))

    def edge_ms(self, free_flow_ms: UInt32Array, time_factor: FloatArray) -> UInt32Array:
        """The time over each edge, `time_factor` times free flow without traffic; at least 1, closed or not: uint32[E]."""
        slowed_ms: FloatArray = (
            free_flow_ms.astype(np.float64) * time_factor / np.maximum(self.speed_factor, LEAST_FACTOR)
        )
        return np.minimum(np.maximum(np.rint(slowed_ms), 1.0), NEVER_MS - 1.0).astype(np.uint32)


class TrafficIndex:
    """Finds the edges of slowdowns."""

    def __init__(self, edges: Edges) -> None:
        self._edges = edges
        begin = np.asarray(edges.first_point[:-1], np.int64)
        self._lat = np.asarray(edges.lat_e7[begin] * E7, np.float64)
        self._lon = np.asarray(edges.lon_e7[begin] * E7, np.float64)
        self._south, self._north = (at.reduceat(edges.lat_e7, begin) for at in (np.minimum, np.maximum))
        self._west, self._east = (at.reduceat(edges.lon_e7, begin) for at in (np.minimum, np.maximum))
        self._by_way = np.argsort(edges.way_id, kind="stable")
        self._ways = edges.way_id[self._by_way]

    def has_way(self, way_id: int) -> bool:
        """Whether any edge is part of the way."""
        at = int(np.searchsorted(self._ways, way_id))
        return at < len(self._ways) and bool(self._ways[at] == way_id)

    def edges_of(self, slowdown: Slowdown) -> IntArray:
        """The edges of its ways, or those that touch its area: int64[k]."""
        if slowdown.area is not None:
            return self._touching(slowdown.area)
        ways = np.array(sorted(slowdown.way_ids), np.int64)
        begin, end = (np.searchsorted(self._ways, ways, side=side) for side in ("left", "right"))
        return self._by_way[ranges(begin, end - begin)]

    def under(self, slowdowns: Sequence[Slowdown]) -> EdgeTraffic:
        """All slowdowns together; ways that the network does not have change nothing."""
        speed_factor, is_open = np.ones(len(self._edges)), np.ones(len(self._edges), np.bool_)
        for slowdown in slowdowns:
            concerned = self.edges_of(slowdown)
            if slowdown.is_closed:
                is_open[concerned] = False
            else:
                speed_factor[concerned] *= slowdown.speed_factor
        return EdgeTraffic(speed_factor=speed_factor, is_open=is_open)

    def _touching(self, area: Sequence[Wgs84]) -> IntArray:
        """Edges with a point inside the polygon, or a line across its border."""
        corners = list(dict.fromkeys(area))
        lat, lon = np.array([c.lat_deg for c in corners]), np.array([c.lon_deg for c in corners])
        is_inside = np.zeros(len(self._edges), np.bool_)
        near = np.flatnonzero(self._meets(lat, lon))
        is_inside[near] = _is_inside(self._lat[near], self._lon[near], lat, lon)
        # Only an edge that a side of the polygon comes near can be inside with a part and outside with another.
        is_beside = np.zeros(len(self._edges), np.bool_)
        for at in range(len(corners)):
            is_beside |= self._meets(lat[[at - 1, at]], lon[[at - 1, at]])
        beside = np.flatnonzero(is_beside & ~is_inside)
        begin = np.asarray(self._edges.first_point[beside], np.int64)
        n_lines = self._edges.first_point[beside + 1] - begin - 1
        edge, line = np.repeat(beside, n_lines), ranges(begin, n_lines)
        y, x = self._edges.lat_e7, self._edges.lon_e7
        a, b = ((np.asarray(y[at] * E7, np.float64), np.asarray(x[at] * E7, np.float64)) for at in (line, line + 1))
        touches = _is_inside(*a, lat, lon) | _is_inside(*b, lat, lon) | _crosses(a, b, lat, lon)
        is_inside[edge[touches]] = True
        return np.flatnonzero(is_inside)

    def _meets(self, lat: FloatArray, lon: FloatArray) -> BoolArray:
        """Whether the box round each edge meets the box round these places: bool[E]."""
        north, south = math.ceil(lat.max() / E7), math.floor(lat.min() / E7)
        east, west = math.ceil(lon.max() / E7), math.floor(lon.min() / E7)
        is_met = (self._north >= south) & (self._south <= north) & (self._east >= west) & (self._west <= east)
        return np.asarray(is_met, np.bool_)


def driving_weights_ms(graph: Graph, turns: Turns, edge_ms: UInt32Array, is_open: BoolArray) -> UInt32Array:
    """The cost of each turn with the edge that it leads into, NEVER_MS into a closed one: uint32[A]."""
    entered_ms = np.where(is_open, edge_ms, np.uint32(NEVER_MS))
    weight_ms: UInt32Array = entered_ms[graph.head]
    weight_ms += turns.turn_ms  # both below 2 ** 31
    return np.minimum(weight_ms, np.uint32(NEVER_MS), out=weight_ms)


def _is_inside(y: FloatArray, x: FloatArray, lat: FloatArray, lon: FloatArray) -> BoolArray:
    """Even-odd rule: how often a ray to the east meets the border."""
    inside = np.zeros(len(y), np.bool_)
    for y0, x0, y1, x1 in zip(lat, lon, np.roll(lat, -1), np.roll(lon, -1), strict=True):
        is_beside = (y0 > y) != (y1 > y)
        with np.errstate(divide="ignore", invalid="ignore"):
            inside ^= is_beside & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
    return inside


def _crosses(
    a: tuple[FloatArray, FloatArray], b: tuple[FloatArray, FloatArray], lat: FloatArray, lon: FloatArray
) -> BoolArray:
    """Whether each line from a to b meets any side: the ends of each lie on different sides of the other."""
    crosses = np.zeros(len(a[0]), np.bool_)
    for y0, x0, y1, x1 in zip(lat, lon, np.roll(lat, -1), np.roll(lon, -1), strict=True):
        side_a = (x1 - x0) * (a[0] - y0) - (y1 - y0) * (a[1] - x0)
        side_b = (x1 - x0) * (b[0] - y0) - (y1 - y0) * (b[1] - x0)
        side_0 = (b[1] - a[1]) * (y0 - a[0]) - (b[0] - a[0]) * (x0 - a[1])
        side_1 = (b[1] - a[1]) * (y1 - a[0]) - (b[0] - a[0]) * (x1 - a[1])
        crosses |= (side_a * side_b < 0) & (side_0 * side_1 <= 0)
    return crosses
