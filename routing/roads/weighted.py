"""One graph under one set of weights, ready to be asked: pairs of places, the way between two, the first of many.

What is asked in one call is answered under one set of weights; another set is another object. Times are in milliseconds on the
streets alone, from place to place (`ends.py`), exact for the weights, inf where there is no way.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Final

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from routing.geo import FloatArray, IntArray
from routing.roads.ends import Ends
from routing.roads.hierarchy import NEVER_MS, Hierarchy, Metric
from routing.roads.network import UInt32Array

_BLOCK_PAIRS: Final = 1 << 20
"""Pairs of places worked on at once: 8 MB."""


HERE: Final = 1e-6
"""Places on one edge whose shares of it differ by less are the same, so that rounding sends nobody round the block; a mm in a km."""


FEW_ARCS: Final = 500
"""Up to so many changed arcs are brought into weights that are there sooner than all weights are customised anew: measured on a
network of 286,000 arcs, where 300 to 1,000 of them took as long as all."""


class Weighted:
    """`weight_ms` uint32[A]: the cost of each arc of the graph of `hierarchies` (forward, backward), NEVER_MS for a closed one.

    `is_edge_based`: the graph is that of driving, whose D(s, s) is the place itself and no way round to it (`ends.py`).
    """

    def __init__(
        self,
        hierarchies: tuple[Hierarchy, Hierarchy],
        weight_ms: UInt32Array,
        *,
        is_edge_based: bool,
        before: "Weighted | None" = None,
    ) -> None:
        """`before` has the weights until now: where few change, what it has to spare is taken over."""
        self.graph = hierarchies[0].graph
        self.weight_ms = weight_ms
        self._is_edge_based = is_edge_based
        self._hierarchies = hierarchies
        spared = None if before is None else before._spared(weight_ms)
        self._backward = spared or hierarchies[1].customised(weight_ms)
        self._forward: Metric | None = None
        self._is_single = True

    def improve(self) -> bool:
        """Take one step, in any thread but one at a time, after which more is answered fast; False if none is left.

        At first the reversed graph alone answers, many to one fast and one to many slowly, one thread at a time. The first step adds
        the other direction, the second a second thread.
        """
        if self._forward is None:
            self._forward = self._hierarchies[0].customised(self.weight_ms)
        elif self._is_single:
            self._backward.join(self._hierarchies[1].customised(self.weight_ms))
            self._is_single = False
        else:
            return False
        return True

    def _spared(self, weight_ms: UInt32Array) -> Metric | None:
        """The second copy of the reversed graph under these weights instead; None without one, or where too many differ."""
        arcs = np.flatnonzero(weight_ms != self.weight_ms)
        if self._is_single or len(arcs) > FEW_ARCS:
            return None
        self._is_single = True
        return self._backward.split(arcs, weight_ms[arcs])

    def legs_ms(self, origins: Ends, destinations: Ends) -> FloatArray:
        """From each point of `origins` that has a place to each of `destinations`: float64[len(origins), len(destinations)]."""
        return self.legs(origins, destinations).times_ms

    def legs(self, origins: Ends, destinations: Ends) -> "Legs":
        """As `legs_ms`, with the ways to be had."""
        times_ms = np.full((len(origins), len(destinations)), np.inf)
        pairs_ms = None
        for begin, end in _blocks(origins, max(1, len(destinations.node))):
            block = self.pairs_ms(origins.block(begin, end), destinations)
            if block.size:
                by_origin = np.minimum.reduceat(block, origins.snaps.first[begin:end] - origins.snaps.first[begin])
                times_ms[begin:end] = np.minimum.reduceat(by_origin, destinations.snaps.first[:-1], axis=1)
            pairs_ms = block if end - begin == len(origins) else None
        return Legs(self, origins, destinations, times_ms, pairs_ms)

    def way(self, origins: Ends, destinations: Ends) -> tuple[float, int, int, list[int]] | None:
        """The fastest way from one point to another: its cost, the row of the place it leaves and of the one it comes to, its arcs.

        None without one. Where it stays on one edge it has no arcs.
        """
        if not len(origins) or not len(destinations):
            return None
        return self.legs(origins, destinations).way(0, 0)

    def path(self, source: int, target: int) -> tuple[int, list[int]]:
        """Cost and arcs between two nodes, (NEVER_MS, []) without a path."""
        cost_ms, arcs = self._backward.path(target, source)
        return cost_ms, arcs[::-1]

    def earliest_ms(self, origins: Ends, destinations: Ends, delay_ms: FloatArray) -> FloatArray:
        """When the first of the origins, each `delay_ms` (float64[len(origins)]) late, comes to each destination: float64[m].

        One search for all origins (Dijkstra from a node that leads to each of them).
        """
        if not len(origins) or not len(destinations):
            return np.full(len(destinations), np.inf)
        n = self.graph.node_count
        late_ms = np.repeat(delay_ms, np.diff(origins.snaps.first))
        start, begin_ms = _least_of_each(origins.node, origins.plus_ms + late_ms)
        begin, head, cost_ms = self._sorted_arcs
        search = csr_array(
            (
                np.concatenate([cost_ms, begin_ms]),
                np.concatenate([head, start]),
                np.append(begin, len(head) + len(start)),
            ),
            shape=(n + 1, n + 1),
        )
        node_ms: FloatArray = dijkstra(search, indices=np.array([n]), min_only=True)[:n]
        place_ms = node_ms[destinations.node] + destinations.plus_ms
        self._mend_shared(place_ms, node_ms, origins, late_ms, destinations)
        return np.asarray(np.minimum.reduceat(place_ms, destinations.snaps.first[:-1]), np.float64)

    def _distances_ms(self, sources: IntArray, targets: IntArray) -> FloatArray:
        """Between nodes: float64[n, m], inf without a path. The side with fewer nodes is searched from, if that is ready."""
        forward = self._forward
        if forward is not None and len(sources) <= len(targets):
            found = forward.distances_ms(sources, targets)
        else:
            found = self._backward.distances_ms(targets, sources).T
        distances_ms = found.astype(np.float64)
        distances_ms[found >= NEVER_MS] = np.inf
        return distances_ms

    def pairs_ms(self, origins: Ends, destinations: Ends) -> FloatArray:
        """Between all places: float64[k, l]."""
        pairs_ms = self._distances_ms(origins.node, destinations.node)
        pairs_ms += origins.plus_ms[:, np.newaxis]
        pairs_ms += destinations.plus_ms
        s, t = np.nonzero(origins.snaps.edge[:, np.newaxis] == destinations.snaps.edge)
        if len(s):
            ahead_ms = (destinations.snaps.along[t] - origins.snaps.along[s]) * origins.edge_ms[s]
            is_ahead = destinations.snaps.along[t] - origins.snaps.along[s] >= -HERE
            ahead_ms = np.maximum(ahead_ms, 0.0)
            round_ms = np.full(len(s), np.inf) if self._is_edge_based else pairs_ms[s, t]
            if self._is_edge_based:
                for at in np.flatnonzero(~is_ahead):
                    round_ms[at] = self._round_ms(int(origins.node[s[at]]))
                round_ms += origins.plus_ms[s] + destinations.plus_ms[t]
            pairs_ms[s, t] = np.where(is_ahead, np.minimum(ahead_ms, round_ms), round_ms)
        return pairs_ms

    def _round_ms(self, node: int) -> float:
        """Cost of leaving a node and coming back to it."""
        return float(self._rounds_ms(node)[1].min(initial=np.inf))

    def _rounds_ms(self, node: int) -> tuple[IntArray, FloatArray]:
        """The arcs that leave a node, and the cost of coming back to it over each of them."""
        arcs = np.flatnonzero((self.graph.tail == node) & (self.weight_ms < NEVER_MS))
        back_ms = self._distances_ms(self.graph.head[arcs].astype(np.int64), np.array([node]))[:, 0]
        return arcs, self.weight_ms[arcs] + back_ms

    def arcs(self, origins: Ends, s: int, destinations: Ends, t: int) -> list[int]:
        """The arcs of the fastest way between the places s and t; none where t lies ahead on the same edge."""
        node, onto = int(origins.node[s]), int(destinations.node[t])
        is_same_edge = origins.snaps.edge[s] == destinations.snaps.edge[t]
        if is_same_edge and destinations.snaps.along[t] >= origins.snaps.along[s] - HERE:
            return []
        if not (is_same_edge and self._is_edge_based):
            return self.path(node, onto)[1]
        arcs, rounds_ms = self._rounds_ms(node)
        first = int(arcs[np.argmin(rounds_ms)])
        return [first, *self.path(int(self.graph.head[first]), node)[1]]

    @cached_property
    def _sorted_arcs(self) -> tuple[IntArray, IntArray, FloatArray]:
        """Open arcs by tail, with a row for one more node: begin int32[n + 1], head int32, cost float64."""
        order = np.argsort(self.graph.tail, kind="stable")
        order = order[self.weight_ms[order] < NEVER_MS]
        counts = np.bincount(self.graph.tail[order], minlength=self.graph.node_count)
        begin = np.concatenate([[0], np.cumsum(counts)])
        return begin, self.graph.head[order].astype(np.int64), self.weight_ms[order].astype(np.float64)

    def _mend_shared(
        self, place_ms: FloatArray, node_ms: FloatArray, origins: Ends, late_ms: FloatArray, destinations: Ends
    ) -> None:
        """Places on edges where somebody also starts: reached along the edge, or by coming into it from elsewhere."""
        shared = np.flatnonzero(np.isin(destinations.snaps.edge, origins.snaps.edge))
        for at in shared.tolist():
            here = np.flatnonzero(origins.snaps.edge == destinations.snaps.edge[at])
            ahead = destinations.snaps.along[at] - origins.snaps.along[here]
            ahead_ms = late_ms[here] + np.maximum(ahead, 0.0) * destinations.edge_ms[at]
            ahead_ms = ahead_ms[ahead >= -HERE].min(initial=np.inf)
            if self._is_edge_based:
                into = np.flatnonzero((self.graph.head == destinations.node[at]) & (self.weight_ms < NEVER_MS))
                entering_ms = (node_ms[self.graph.tail[into]] + self.weight_ms[into]).min(initial=np.inf)
                place_ms[at] = min(ahead_ms, entering_ms + destinations.plus_ms[at])
            else:
                place_ms[at] = min(ahead_ms, place_ms[at])


class Legs:
    """Legs between points: `times_ms` float64[n, m], and the way of each of them."""

    def __init__(
        self, weighted: Weighted, origins: Ends, destinations: Ends, times_ms: FloatArray, pairs_ms: FloatArray | None
    ) -> None:
        """`pairs_ms` are the times between all places, if they were kept."""
        self.times_ms = times_ms
        self._weighted, self._origins, self._destinations, self._pairs_ms = weighted, origins, destinations, pairs_ms

    def way(self, row: int, column: int) -> tuple[float, int, int, list[int]] | None:
        """The way of one leg: its cost, the rows (in all places) of where it begins and ends, its arcs. None without one."""
        if np.isinf(self.times_ms[row, column]):
            return None
        begin, end = self._origins.snaps.first[row : row + 2].tolist()
        to_begin, to_end = self._destinations.snaps.first[column : column + 2].tolist()
        if self._pairs_ms is None:
            pairs_ms = self._weighted.pairs_ms(
                self._origins.block(row, row + 1), self._destinations.block(column, column + 1)
            )
        else:
            pairs_ms = self._pairs_ms[begin:end, to_begin:to_end]
        s, t = divmod(int(pairs_ms.argmin()), to_end - to_begin)
        arcs = self._weighted.arcs(self._origins, begin + s, self._destinations, to_begin + t)
        return float(pairs_ms[s, t]), begin + s, to_begin + t, arcs


def _blocks(origins: Ends, n_targets: int) -> Iterator[tuple[int, int]]:
    """Runs of origins whose places make at most _BLOCK_PAIRS pairs, at least one origin each."""
    first, begin = origins.snaps.first, 0
    while begin < len(origins):
        end = int(np.searchsorted(first, first[begin] + _BLOCK_PAIRS // n_targets, side="right")) - 1
        end = min(max(end, begin + 1), len(origins))
        yield begin, end
        begin = end


def _least_of_each(node: IntArray, cost_ms: FloatArray) -> tuple[IntArray, FloatArray]:
    """Each node once, with its least cost."""
    nodes, at = np.unique(node, return_inverse=True)
    least = np.full(len(nodes), np.inf)
    np.minimum.at(least, at, cost_ms)
    return nodes, least
