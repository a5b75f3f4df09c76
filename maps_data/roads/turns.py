"""Turns from one edge into the next, and what each costs.

Model, of OSRM 26.10's car profile. For a turn by the angle a in degrees (right positive, |a| <= 180) at a junction of more than two
roads, with b = TURN_BIAS:

    right   t = TURN_S / (1 + exp(-(13 / b * a / 180 - 6.5 b)))
    left    t = TURN_S / (1 + exp(-(13 b * |a| / 180 - 6.5 / b))) + ONCOMING_S / (1 + exp(-(13 |a| / 180 - 3.25)))

The last term, the wait for oncoming traffic, is left out into and out of a roundabout. A U-turn costs U_TURN_S beside TURN_S. Signals,
gates and the wait for a ferry come on top.
"""

import numpy as np

from maps_data.roads.edges import Cut
from maps_data.roads.extract import SIGNAL_BACKWARD, SIGNAL_FORWARD, Extract
from maps_data.roads.speeds import FERRY_WAIT_S, ONCOMING_S, SIGNAL_S, TURN_BIAS, TURN_S, U_TURN_S
from routing.geo import BoolArray, FloatArray, IntArray
from routing.roads.network import Edges, Int32Array


def all_turns(cut: Cut) -> tuple[IntArray, IntArray]:
    """Every way on from every edge but back into itself: edges int64[A], int64[A], ordered by the first."""
    edges = cut.edges
    n_junctions = len(cut.junction)
    by_start = np.argsort(edges.from_node, kind="stable")
    begin = np.concatenate([[0], np.cumsum(np.bincount(edges.from_node, minlength=n_junctions))])
    counts = (begin[1:] - begin[:-1])[edges.to_node]
    from_edge = np.repeat(np.arange(len(edges)), counts)
    before = np.concatenate([[0], np.cumsum(counts)[:-1]])
    rank = np.arange(counts.sum()) - np.repeat(before, counts)
    to_edge = by_start[begin[edges.to_node[from_edge]] + rank]
    keep = (to_edge != cut.twin[from_edge]) & (to_edge != from_edge)
    return from_edge[keep], to_edge[keep]


def with_u_turns(cut: Cut, from_edge: IntArray, to_edge: IntArray, forbidden: BoolArray) -> tuple[IntArray, IntArray]:
    """Those turns and a U-turn wherever an edge has no other way on, unless it is `forbidden` [E]; ordered by both edges."""
    has_way_on = np.bincount(from_edge, minlength=len(cut.edges)) > 0
    stuck = np.flatnonzero(~has_way_on & (cut.twin >= 0) & ~forbidden)
    from_all, to_all = np.concatenate([from_edge, stuck]), np.concatenate([to_edge, cut.twin[stuck]])
    order = np.lexsort((to_all, from_all))
    return from_all[order], to_all[order]


def turn_ms(extract: Extract, cut: Cut, from_edge: IntArray, to_edge: IntArray) -> IntArray:
    """What each turn costs in milliseconds, int64[A]."""
    ways, edges = extract.ways, cut.edges
    junction = edges.to_node[from_edge]
    is_u_turn = to_edge == cut.twin[from_edge]
    angle = turn_angles_deg(edges, from_edge, to_edge)
    angle[is_u_turn] = 180.0
    row_from, row_to = cut.way_row[from_edge], cut.way_row[to_edge]
    cost = np.where((cut.n_roads[junction] > 2) | is_u_turn, _bend_s(angle), 0.0)
    meets_oncoming = (cut.n_roads[junction] > 2) & (angle < 0) & ~is_u_turn
    meets_oncoming &= ~(ways.is_roundabout[row_from] | ways.is_roundabout[row_to])
    cost += np.where(meets_oncoming, _oncoming_s(angle), 0.0)
    cost += np.where(is_u_turn, U_TURN_S, 0.0)
    cost += np.where(ways.is_ferry[row_to] & ~ways.is_ferry[row_from], FERRY_WAIT_S, 0.0)
    cost += _at_junctions(cut, extract.delay_s)[junction]
    signals = _at_junctions(cut, extract.signals)[junction].astype(np.int64)
    facing = np.where(cut.is_forward[from_edge], SIGNAL_FORWARD, SIGNAL_BACKWARD)
    cost += np.where(signals & facing, SIGNAL_S, 0.0)
    return np.asarray(np.rint(1000 * cost), dtype=np.int64)


def turn_angles_deg(edges: Edges, from_edge: IntArray, to_edge: IntArray) -> FloatArray:
    """From the last segment of one edge into the first of the next: 0 straight on, right positive, (-180, 180]."""
    last, first = edges.first_point[from_edge + 1] - 1, edges.first_point[to_edge]
    difference = np.subtract(_heading_deg(edges, first, first + 1), _heading_deg(edges, last - 1, last))
    return np.asarray(180.0 - (180.0 - difference) % 360.0, dtype=np.float64)


def _heading_deg(edges: Edges, start: IntArray | Int32Array, end: IntArray | Int32Array) -> FloatArray:
    """Clockwise from north, on the plane that touches the earth there."""
    north = edges.lat_e7[end].astype(np.float64) - edges.lat_e7[start]
    east = (edges.lon_e7[end].astype(np.float64) - edges.lon_e7[start]) * np.cos(np.radians(edges.lat_e7[start] * 1e-7))
    return np.asarray(np.degrees(np.arctan2(east, north)), dtype=np.float64)


def _bend_s(angle_deg: FloatArray) -> FloatArray:
    turned, bias = np.abs(angle_deg) / 180.0, TURN_BIAS
    right, left = 13 / bias * turned - 6.5 * bias, 13 * bias * turned - 6.5 / bias
    return np.asarray(TURN_S / (1 + np.exp(-np.where(angle_deg >= 0, right, left))), dtype=np.float64)


def _oncoming_s(angle_deg: FloatArray) -> FloatArray:
    return np.asarray(ONCOMING_S / (1 + np.exp(-(13 * np.abs(angle_deg) / 180 - 3.25))), dtype=np.float64)


def _at_junctions(cut: Cut, by_node: dict[int, float] | dict[int, int]) -> FloatArray:
    """A value of nodes of OpenStreetMap at each junction, 0 where there is none: float64[J]."""
    found = np.zeros(len(cut.junction))
    nodes = np.array(sorted(by_node), dtype=np.int64)
    if len(nodes):
        at = np.minimum(np.searchsorted(nodes, cut.junction), len(nodes) - 1)
        values = np.array([by_node[node] for node in nodes.tolist()], dtype=np.float64)
        found = np.where(nodes[at] == cut.junction, values[at], 0.0)
    return found
