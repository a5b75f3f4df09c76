"""Minimum-cost flows on arrays of arcs: the solver, the residual network, and shortest paths in it.

Everything is an integer. The residual network of a flow has an arc a → b where there is room, and b → a at the
negative price where there is flow. A flow is optimal if and only if that network has no cycle of negative price
(Ahuja, Magnanti & Orlin, Network Flows, 1993, theorem 9.1).
"""

from dataclasses import dataclass

import numpy as np
from ortools.graph.python import min_cost_flow

from routing.geo import IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Arcs:
    """k arcs `tail` → `head` between nodes 0, 1, ..., with `capacity` and `price` of a unit of flow: int64[k] each."""

    tail: IntArray
    head: IntArray
    capacity: IntArray
    price: IntArray


def minimum_cost_flow(arcs: Arcs, price: IntArray, source: int, sink: int, supply: int) -> IntArray:
    """The flow int64[k] that carries `supply` from source to sink at the least sum of flow times `price`.

    The same arcs in the same order give the same flow. Raises ArithmeticError if there is none, or if prices are
    too great for the solver's 64 bits.
    """
    solver = min_cost_flow.SimpleMinCostFlow()
    rows = solver.add_arcs_with_capacity_and_unit_cost(
        arcs.tail.astype(np.int32), arcs.head.astype(np.int32), arcs.capacity, price
    )
    solver.set_node_supply(source, supply)
    solver.set_node_supply(sink, -supply)
    status = solver.solve()
    if status != solver.OPTIMAL:
        raise ArithmeticError(f"the flow solver ended with {status}")
    return np.asarray(solver.flows(rows), dtype=np.int64)


def residual(arcs: Arcs, flow: IntArray) -> Arcs:
    """The residual network of `flow` int64[k]: forward arcs with room, then backward arcs with flow."""
    room, used = flow < arcs.capacity, flow > 0
    return Arcs(
        tail=np.concatenate([arcs.tail[room], arcs.head[used]]),
        head=np.concatenate([arcs.head[room], arcs.tail[used]]),
        capacity=np.concatenate([(arcs.capacity - flow)[room], flow[used]]),
        price=np.concatenate([arcs.price[room], -arcs.price[used]]),
    )


def shortest_paths(tail: IntArray, head: IntArray, price: IntArray, start: int, n_nodes: int) -> dict[int, int]:
    """Length of the shortest path from `start` to each node that can be reached (Bellman–Ford, all arcs at a time).

    Prices may be negative. Raises ArithmeticError if a cycle is.
    """
    far = np.iinfo(np.int64).max // 2
    length = np.full(n_nodes, far)
    length[start] = 0
    for _ in range(n_nodes):
        shorter = length.copy()
        np.minimum.at(shorter, head, length[tail] + price)
        if np.array_equal(shorter, length):
            reached = np.flatnonzero(length < far // 2)
            return dict(zip(reached.tolist(), length[reached].tolist(), strict=True))
        length = shorter
    raise ArithmeticError("there is a cycle of negative price: the flow was not optimal")
