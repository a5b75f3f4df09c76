"""The part of a network from where every other place of it can be reached: positions and destinations are tied to it only."""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from routing.geo import BoolArray, IntArray
from routing.roads.network import Int32Array


def largest_strong_part(n: int, tail: IntArray | Int32Array, head: IntArray | Int32Array) -> BoolArray:
    """Which of n nodes are in the largest strongly connected part of the graph with arcs `tail` -> `head`: bool[n].

    Of equally large parts the one with the lowest node.
    """
    arcs = coo_array((np.ones(len(tail), dtype=np.int8), (tail, head)), shape=(n, n))
    _, part = connected_components(arcs.tocsr(), directed=True, connection="strong")
    parts, first, sizes = np.unique(part, return_index=True, return_counts=True)
    largest = np.lexsort((first, -sizes))[0]
    return np.asarray(part == parts[largest], dtype=np.bool_)
