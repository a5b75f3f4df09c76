"""Shortest paths by a customizable contraction hierarchy; the only module that knows the library which has them.

Preparing cuts a graph into nested parts and keeps the order in which its nodes are contracted; it depends on which
arcs there are, not on their weights. Weights come later and often ("customising"); a query then looks at a few
hundred nodes of a city. Many-to-many queries cost little a target and much a source, hence each graph is kept in both
directions: the reversed one has the same order of contraction, only its arcs are turned round.
(Dibbelt, Strasser, Wagner 2016, doi:10.1145/2886843.)

The library's query keeps its scratch inside the weights' object and checks nothing: two threads in one object end the
process, as does a node out of range (read in its source and tried). Hence the copies of `Metric`, each used by one
thread at a time, and the checks here.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from queue import SimpleQueue
from threading import Lock
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyroutingkit

from routing.geo import IntArray
from routing.roads.graph import Graph, driving_graph, halved, walking_graph
from routing.roads.network import Edges, NetworkError, RoadNetwork, UInt32Array

NEVER_MS: Final = int(pyroutingkit.INF_WEIGHT)
"""The weight of an arc that nobody may take, and the distance of what cannot be reached: 24 days."""

DRIVE: Final = "drive"
WALK: Final = "walk"
_FORWARD: Final = "forward"
_BACKWARD: Final = "backward"
_ORDER: Final = "order"
_DTYPE: Final = np.dtype("<u4")
"""The library's files are bare little-endian 32-bit numbers: `tail`, `head`, `order`, `node_count`."""


class Metric:
    """One graph under one set of weights, safe in any thread: as many ask at once as there are copies, the others wait."""

    def __init__(self, node_count: int, copy: Any) -> None:
        """`copy` is the library's object, with its weights."""
        self._node_count = node_count
        self._idle: SimpleQueue[Any] = SimpleQueue()
        self._idle.put(copy)

    def join(self, other: "Metric") -> None:
        """Take over the copies of `other`, of the same graph and weights, which is not used after this."""
        while not other._idle.empty():
            self._idle.put(other._idle.get())

    def split(self, arcs: IntArray, weight_ms: UInt32Array) -> "Metric":
        """Give a copy away with other weights, uint32[k], on k `arcs`; the caller knows that one is left."""
        copy = self._idle.get()
        copy.update_weights(arcs.astype(np.uint32), np.ascontiguousarray(weight_ms, np.uint32))
        return Metric(self._node_count, copy)

    def distances_ms(self, sources: npt.ArrayLike, targets: npt.ArrayLike) -> UInt32Array:
        """Cost of the cheapest path from each of n nodes to each of m others: uint32[n, m], NEVER_MS without one."""
        from_nodes, to_nodes = self._nodes(sources), self._nodes(targets)
        if not len(from_nodes) or not len(to_nodes):
            return np.empty((len(from_nodes), len(to_nodes)), np.uint32)
        with self._a_copy() as metric:
            found: UInt32Array = metric.distances_many_to_many(from_nodes, to_nodes)
        return found

    def path(self, source: int, target: int) -> tuple[int, list[int]]:
        """Cost and arcs of the cheapest path, (NEVER_MS, []) without one."""
        from_node, to_node = (int(node) for node in self._nodes([source, target]))
        with self._a_copy() as metric:
            cost_ms, _, arcs = metric.query(from_node, to_node)
        return cost_ms, arcs

    @contextmanager
    def _a_copy(self) -> Iterator[Any]:
        metric = self._idle.get()
        try:
            yield metric
        finally:
            self._idle.put(metric)

    def _nodes(self, nodes: npt.ArrayLike) -> UInt32Array:
        wanted = np.asarray(nodes)
        if wanted.size and not (wanted.min() >= 0 and wanted.max() < self._node_count):
            raise IndexError(f"nodes must be within [0, {self._node_count})")
        return np.ascontiguousarray(wanted, np.uint32)


class Hierarchy:
    """One graph, contracted, without weights; `place` holds the files of `prepare`, already found to be those of the graph."""

    def __init__(self, place: Path, graph: Graph) -> None:
        self._place = place
        self._reading = Lock()
        self.graph = graph

    def customised(self, weight_ms: UInt32Array) -> Metric:
        """The graph under the weights uint32[A] of its arcs; other threads go on meanwhile. ValueError for another shape."""
        if weight_ms.shape != self.graph.tail.shape:
            raise ValueError(f"weight_ms has shape {weight_ms.shape}, the graph {len(self.graph.tail)} arcs")
        with self._reading:
            topology = self._topology
        metric = pyroutingkit.CCHMetric(topology)
        metric.customize(np.ascontiguousarray(weight_ms, np.uint32), 0)
        return Metric(self.graph.node_count, metric)

    @cached_property
    def _topology(self) -> Any:
        """Read when it is first needed: of the two directions one answers alone at first (`weighted.py`)."""
        topology = pyroutingkit.CCHTopology()
        topology.load(str(self._place))
        return topology


def prepare(network: RoadNetwork, directory: Path) -> None:
    """Contract the network's graphs, each in both directions, into subdirectories of `directory`, which exists.

    Takes seconds; once a network. Threads go on meanwhile.
    """
    _prepare(driving_graph(network), _driving_order(network.drive), directory / DRIVE)
    if network.walk is not None:
        graph = walking_graph(network.walk)
        _prepare(graph, _dissected(graph), directory / WALK)


def load(graph: Graph, directory: Path) -> tuple[Hierarchy, Hierarchy]:
    """The hierarchies (forward, backward) that `prepare` wrote for `graph` in `directory` / DRIVE or WALK.

    Raises NetworkError when they are missing, damaged, or another network's.
    """
    return _load(graph, directory / _FORWARD), _load(graph.reversed(), directory / _BACKWARD)


def _driving_order(edges: Edges) -> UInt32Array:
    """In which order to contract the edges: the parts of the network first, last those that join its halves."""
    graph, first_halves, second_halves = halved(edges)
    rank = np.argsort(_dissected(graph))
    return np.argsort(np.maximum(rank[first_halves], rank[second_halves]), kind="stable").astype(np.uint32)


def _dissected(graph: Graph) -> UInt32Array:
    """The library's order of contraction by nested dissection: nodes that cut the graph in two last."""
    topology = pyroutingkit.CCHTopology()
    lat, lon = graph.lat_deg.astype(np.float32), graph.lon_deg.astype(np.float32)
    topology.build(graph.tail, graph.head, lat, lon, graph.node_count)
    with tempfile.TemporaryDirectory(prefix="contract-") as scratch:
        topology.save(scratch)
        order: UInt32Array = np.fromfile(Path(scratch) / _ORDER, _DTYPE)
    return order


def _prepare(graph: Graph, order: UInt32Array, directory: Path) -> None:
    for name, arcs in ((_FORWARD, graph), (_BACKWARD, graph.reversed())):
        place = directory / name
        place.mkdir(parents=True, exist_ok=True)
        arcs.tail.astype(_DTYPE).tofile(place / "tail")
        arcs.head.astype(_DTYPE).tofile(place / "head")
        order.astype(_DTYPE).tofile(place / _ORDER)
        np.array([graph.node_count], _DTYPE).tofile(place / "node_count")


def _load(graph: Graph, place: Path) -> Hierarchy:
    """The library believes its files blindly, so each is compared with the network first."""
    try:
        stored = {name: np.fromfile(place / name, _DTYPE) for name in ("tail", "head", _ORDER, "node_count")}
    except OSError as error:
        raise _unusable(place, "缺少文件", "incomplete") from error
    is_whole = (
        np.array_equal(stored["node_count"], [graph.node_count])
        and np.array_equal(stored["tail"], graph.tail)
        and np.array_equal(stored["head"], graph.head)
        and np.array_equal(np.sort(stored[_ORDER]), np.arange(graph.node_count))
    )
    if not is_whole:
        raise _unusable(place, "已损坏或属于另一个网络", "damaged or another network's")
    return Hierarchy(place, graph)


def _unusable(place: Path, zh: str, en: str) -> NetworkError:
    return NetworkError(
        f"{place} 中的路网层级{zh};请用 maps-data roads build 重新生成",
        f"the hierarchy in {place} is {en}; build the network again with maps-data roads build",
    )
