"""A way along edges as it is drawn and told: its points, and one step for each street that is turned into.

A new step begins where the street's name changes or where one turns by TURN_DEG or more; bends of one street are no turns.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from routing.geo import EARTH_RADIUS_M, FloatArray
from routing.roads.network import E7, Edges, UInt32Array
from routing.roads.pieces import ranges

STRAIGHT_DEG: Final = 20.0
TURN_DEG: Final = 45.0
SHARP_DEG: Final = 120.0
U_TURN_DEG: Final = 165.0
"""How far the direction changes at a junction, and what that is called. Choices of ours."""

_BESIDE_M: Final = 15.0
"""How far from the junction a direction is taken: kerbs and islands bend the last metres of a street. Choice of ours."""

_BESIDE_E7: Final = _BESIDE_M / (math.radians(E7) * EARTH_RADIUS_M)
"""The same in steps of OpenStreetMap's grid."""


class Bend(StrEnum):
    """What the change of direction at the start of a stretch is called."""

    STRAIGHT = "straight"
    SLIGHT_LEFT = "slight_left"
    LEFT = "left"
    SHARP_LEFT = "sharp_left"
    SLIGHT_RIGHT = "slight_right"
    RIGHT = "right"
    SHARP_RIGHT = "sharp_right"
    U_TURN = "u_turn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Edges one after the other, from the share `begin` of the first to the share `end` of the last; `turn_ms` into each, 0 first."""

    edges: tuple[int, ...]
    begin: float
    end: float
    turn_ms: tuple[int, ...]

    def shares(self) -> FloatArray:
        """The part of each edge that is driven: float64[len(edges)]."""
        shares = np.ones(len(self.edges))
        shares[-1] = self.end
        shares[0] -= self.begin
        return shares


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A part of a way on one street: `bend` at its start, the row of the street's name, metres and milliseconds."""

    bend: Bend
    name: int
    distance_m: float
    time_ms: float


def drawn(edges: Edges, way: Way) -> tuple[FloatArray, FloatArray]:
    """The points of a way: lat_deg, lon_deg float64[p], p >= 2."""
    if len(way.edges) == 1:
        points = _cut(_line(edges, way.edges[0]), way.begin, way.end)
    else:
        first, last = _cut(_line(edges, way.edges[0]), way.begin, 1.0), _cut(_line(edges, way.edges[-1]), 0.0, way.end)
        # The others without their first point, which is the last of the edge before.
        inner = [np.arange(edges.first_point[e] + 1, edges.first_point[e + 1]) for e in way.edges[1:-1]]
        at = np.concatenate([np.empty(0, np.int64), *inner])
        points = np.concatenate([first, np.stack([edges.lat_e7[at] * E7, edges.lon_e7[at] * E7], axis=1), last[1:]])
    return points[:, 0], points[:, 1]


def driven(edges: Edges, way: Way, edge_ms: UInt32Array) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The points of a way and the milliseconds to each: float64[p] each, p >= 2; `edge_ms` uint32[E] is the time over every edge.

    Each junction has two points, before its turn and after it.
    """
    along = np.array(way.edges)
    begin = edges.first_point[along].astype(np.int64)
    counts = edges.first_point[along + 1].astype(np.int64) - begin
    points = ranges(begin, counts)
    lat_deg, lon_deg = edges.lat_e7[points] * E7, edges.lon_e7[points] * E7
    first = np.cumsum(counts) - counts
    step_m = EARTH_RADIUS_M * np.hypot(
        np.diff(np.radians(lat_deg), prepend=0.0),
        np.diff(np.radians(lon_deg), prepend=0.0) * math.cos(math.radians(lat_deg[0])),
    )
    step_m[first] = 0.0
    run_m = np.cumsum(step_m)
    start_m = np.repeat(run_m[first], counts)
    whole_m = np.repeat(np.maximum(run_m[first + counts - 1] - run_m[first], 1e-9), counts)
    over_ms, turn_ms = edge_ms[along].astype(np.float64), np.asarray(way.turn_ms)
    entered_ms = np.cumsum(over_ms + turn_ms) - over_ms
    time_ms = np.repeat(entered_ms, counts) + (run_m - start_m) / whole_m * np.repeat(over_ms, counts)
    ends_ms = np.array([way.begin * over_ms[0], entered_ms[-1] + way.end * over_ms[-1]])
    inner = (time_ms > ends_ms[0]) & (time_ms < ends_ms[1])
    cut_ms = np.concatenate([ends_ms[:1], time_ms[inner], ends_ms[1:]])
    ends = [np.interp(ends_ms, time_ms, at) for at in (lat_deg, lon_deg)]
    lat, lon = (np.concatenate([end[:1], at[inner], end[1:]]) for end, at in zip(ends, (lat_deg, lon_deg), strict=True))
    return lat, lon, cut_ms - ends_ms[0]


def stretches_of(edges: Edges, way: Way, edge_ms: FloatArray) -> list[Stretch]:
    """The way by streets; `edge_ms` float64[len(way.edges)] is the time over each whole edge."""
    shares = way.shares()
    distance_m = shares * edges.length_m[list(way.edges)]
    time_ms = shares * edge_ms + np.asarray(way.turn_ms)
    names = edges.name[list(way.edges)].tolist()
    found: list[Stretch] = []
    for at, (name, bend_deg) in enumerate(zip(names, _bends_deg(edges, way.edges), strict=True)):
        if found and found[-1].name == name and abs(bend_deg) < TURN_DEG:
            last = found.pop()
            bend, metres, ms = last.bend, last.distance_m + distance_m[at], last.time_ms + time_ms[at]
        else:
            bend, metres, ms = bend_of(bend_deg), distance_m[at], time_ms[at]
        found.append(Stretch(bend=bend, name=name, distance_m=float(metres), time_ms=float(ms)))
    return found


def bend_of(bend_deg: float) -> Bend:
    """The name of a change of direction, clockwise positive, within [-180, 180]."""
    far = abs(bend_deg)
    if far < STRAIGHT_DEG:
        return Bend.STRAIGHT
    if far >= U_TURN_DEG:
        return Bend.U_TURN
    side = "right" if bend_deg > 0 else "left"
    if far < TURN_DEG:
        return Bend(f"slight_{side}")
    return Bend(side) if far < SHARP_DEG else Bend(f"sharp_{side}")


def _line(edges: Edges, edge: int) -> FloatArray:
    points = slice(int(edges.first_point[edge]), int(edges.first_point[edge + 1]))
    return np.stack([edges.lat_e7[points] * E7, edges.lon_e7[points] * E7], axis=1)


def _steps_m(line: FloatArray) -> FloatArray:
    """Length of each piece of a line of (lat, lon): float64[p - 1]; flat, as good as exact within a street."""
    d_lat, d_lon = np.radians(np.diff(line, axis=0)).T
    return np.asarray(EARTH_RADIUS_M * np.hypot(d_lat, d_lon * np.cos(np.radians(line[0, 0]))), np.float64)


def _cut(line: FloatArray, begin: float, end: float) -> FloatArray:
    """The line between two shares of its length; at least two points."""
    at_m = np.concatenate([[0.0], np.cumsum(_steps_m(line))])
    low_m, high_m = begin * at_m[-1], end * at_m[-1]
    ends = np.stack([[np.interp(m, at_m, line[:, i]) for i in (0, 1)] for m in (low_m, high_m)])
    inner = line[(at_m > low_m) & (at_m < high_m)]
    return np.concatenate([ends[:1], inner, ends[1:]])


def _bends_deg(edges: Edges, sequence: Sequence[int]) -> list[float]:
    """How far the direction changes into each edge, clockwise positive, within [-180, 180): 0 into the first."""
    ahead = _headings_deg(edges, sequence, from_end=False)
    behind = _headings_deg(edges, sequence, from_end=True)
    return [0.0, *((a - b) % 360.0 - 180.0 for a, b in zip(ahead[1:], behind[:-1], strict=True))]


def _headings_deg(edges: Edges, sequence: Sequence[int], *, from_end: bool) -> list[float]:
    """From each edge's first point (or last) along its first (last) _BESIDE_M metres: degrees clockwise from north."""
    first = edges.first_point[list(sequence)].tolist()
    end = edges.first_point[[edge + 1 for edge in sequence]].tolist()
    shrink = math.cos(math.radians(int(edges.lat_e7[first[0]]) * E7))
    headings = []
    for low, high in zip(first, end, strict=True):
        points = slice(low, high)
        lat, lon = edges.lat_e7[points].tolist(), edges.lon_e7[points].tolist()
        if from_end:
            lat.reverse()
            lon.reverse()
        for y, x in zip(lat[1:], lon[1:], strict=True):
            north, east = y - lat[0], (x - lon[0]) * shrink
            if north * north + east * east >= _BESIDE_E7**2:
                break
        headings.append(math.degrees(math.atan2(east, north)))
    return headings
