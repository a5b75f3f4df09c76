"""Streets cut into edges: at junctions, at ends of ways, and where a node costs time or cannot be passed."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from maps_data.roads.extract import Ways
from routing.geo import EARTH_RADIUS_M, BoolArray, FloatArray, IntArray, unit_vectors
from routing.roads.network import E7, Edges, Int32Array

SPLIT: Final = -1
"""Nodes that cannot be passed become two ends, numbered downward from here; nodes of OpenStreetMap have positive numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """E edges with what only the building needs.

    `edges` as kept (`is_main` still all true); `way_row` int64[E], the row of `Ways`; `is_forward` bool[E], whether it runs with
    the way; `twin` int64[E], the same piece driven the other way, -1 where that is not allowed; `junction` int64[J], the node of
    OpenStreetMap (negative: one side of a node that cannot be passed); `n_roads` int64[J], pieces that end at a junction.
    """

    edges: Edges
    way_row: IntArray
    is_forward: BoolArray
    twin: IntArray
    junction: IntArray
    n_roads: IntArray


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Pieces between two breaks: way rows, first and last point (inclusive), keys of the junctions at both ends, lengths."""

    way_row: IntArray
    first: IntArray
    last: IntArray
    from_key: IntArray
    to_key: IntArray
    length_m: FloatArray


def cut(
    ways: Ways,
    *,
    rows: IntArray,
    forward_mps: FloatArray,
    backward_mps: FloatArray,
    road_class: Int32Array,
    breaks: IntArray,
    blocked: IntArray,
) -> Cut:
    """Edges of the ways `rows` in the directions that have a speed; `breaks` and `blocked` are sorted nodes of OpenStreetMap.

    `forward_mps`, `backward_mps`, `road_class` have a value for every way of `ways`.
    """
    pieces = _pieces(ways, rows, breaks, blocked)
    junction, inverse = np.unique(np.concatenate([pieces.from_key, pieces.to_key]), return_inverse=True)
    n_roads = np.bincount(inverse, minlength=len(junction))
    from_junction, to_junction = np.split(inverse, 2)
    mps = np.stack([forward_mps[pieces.way_row], backward_mps[pieces.way_row]], axis=1)
    exists = ~np.isnan(mps)
    piece, side = np.nonzero(exists)
    is_forward = side == 0
    number = np.full(exists.shape, -1, dtype=np.int64)
    number[exists] = np.arange(len(piece))
    way_row = pieces.way_row[piece]
    first_point, points = _points(pieces.first[piece], pieces.last[piece], is_forward)
    length_m = pieces.length_m[piece]
    edges = Edges(
        from_node=np.where(is_forward, from_junction[piece], to_junction[piece]).astype(np.int32),
        to_node=np.where(is_forward, to_junction[piece], from_junction[piece]).astype(np.int32),
        length_m=length_m,
        free_flow_ms=_ms(length_m / mps[piece, side]),
        road_class=road_class[way_row].astype(np.uint8),
        way_id=ways.way_id[way_row],
        name=ways.name[way_row],
        is_main=np.ones(len(piece), dtype=np.bool_),
        first_point=first_point.astype(np.int32),
        lat_e7=ways.lat_e7[points],
        lon_e7=ways.lon_e7[points],
    )
    twin = number[piece, 1 - side]
    return Cut(edges=edges, way_row=way_row, is_forward=is_forward, twin=twin, junction=junction, n_roads=n_roads)


def way_lengths_m(ways: Ways) -> FloatArray:
    """The length of every way, float64[W]."""
    return np.add.reduceat(_segments_m(ways), ways.first[:-1])


def _ms(seconds: FloatArray) -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
    """At least one: a street takes time."""
    return np.maximum(np.rint(1000 * seconds), 1).astype(np.uint32)


def _pieces(ways: Ways, rows: IntArray, breaks: IntArray, blocked: IntArray) -> _Pieces:
    point, way_of = _own_points(ways, rows)
    node = ways.node[point]
    _, inverse, times = np.unique(node, return_inverse=True, return_counts=True)
    is_first = np.concatenate([[True], way_of[1:] != way_of[:-1]])
    is_last = np.concatenate([is_first[1:], [True]])
    is_blocked = np.isin(node, blocked)
    is_break = (times[inverse] > 1) | is_first | is_last | is_blocked | np.isin(node, breaks)
    start = np.flatnonzero(is_break & ~is_last)
    end = np.flatnonzero(is_break & ~is_first)
    segments_m = _segments_m(ways)[point]
    travelled_m = np.concatenate([[0.0], np.cumsum(segments_m)])
    return _Pieces(
        way_row=way_of[start],
        first=point[start],
        last=point[end],
        from_key=np.where(is_blocked[start], SPLIT - 2 * start, node[start]),
        to_key=np.where(is_blocked[end], SPLIT - 1 - 2 * end, node[end]),
        length_m=travelled_m[end] - travelled_m[start],
    )


def _own_points(ways: Ways, rows: IntArray) -> tuple[IntArray, IntArray]:
    """The points of the ways `rows`, one way after the other, and the way of each."""
    counts = ways.first[rows + 1] - ways.first[rows]
    way_of = np.repeat(rows, counts)
    before = np.concatenate([[0], np.cumsum(counts)[:-1]])
    return np.arange(counts.sum()) - np.repeat(before - ways.first[rows], counts), way_of


def _segments_m(ways: Ways) -> FloatArray:
    """The length from every point to the next of its way, float64[P]; 0 from the last.

    The chord c of two unit vectors spans the angle 2 asin(c / 2): the great circle of `routing.geo`, exact for short segments.
    """
    vectors = unit_vectors(ways.lat_e7 * E7, ways.lon_e7 * E7)
    chords = np.linalg.norm(np.diff(vectors, axis=0), axis=1)
    lengths = np.append(2 * EARTH_RADIUS_M * np.arcsin(np.minimum(chords / 2, 1.0)), 0.0)
    lengths[ways.first[1:] - 1] = 0.0
    return lengths


def _points(first: IntArray, last: IntArray, is_forward: BoolArray) -> tuple[IntArray, IntArray]:
    """Where each edge's points begin, [E + 1], and the rows of all points in driving direction."""
    counts = last - first + 1
    begin = np.concatenate([[0], np.cumsum(counts)])
    within = np.arange(begin[-1]) - np.repeat(begin[:-1], counts)
    start = np.where(is_forward, first, last)
    return begin, np.repeat(start, counts) + within * np.repeat(np.where(is_forward, 1, -1), counts)
