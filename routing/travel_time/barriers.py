"""Bays, reservoirs and hills that a straight line crosses and a road goes round.

A barrier is a line, or a closed line round an area. A leg o -> d that crosses it must pass all corners v
on its left, or all on its right; a string pulled round one side is at least as long as |o v| + |v d| for
every v there, so the leg is lengthened by

    extra(o, d) = min over the two sides of ( max over v on that side of |o v| + |v d| ) - |o d|,

which is exact when one corner dominates. Extras of several barriers add up. A line that ends far out at
sea can in effect be passed at its other end only. A leg with one end inside a closed barrier is not
lengthened: that place has a road that this coarse outline does not know.

Geometry is planar in metres (equirectangular about the barriers' middle), good to 0.1 % within a city.
Which barriers a leg may cross is told by outcodes (Cohen and Sutherland; Newman & Sproull 1979, section 5-1) in eight
directions instead of two: where both ends lie beyond the same bound of a barrier, the leg misses it. Of the pairs of
leg and barrier that are left, those are measured whose leg has corners on both sides and ends on both sides of a
line between two of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from routing.geo import EARTH_RADIUS_M, FloatArray, IntArray, Wgs84

_BLOCK_LEGS: Final = 1 << 16
_BLOCK_PAIRS: Final = 1 << 13
"""Legs, and pairs of barrier and leg, looked at together: an array of a block stays in the processor's cache."""

_DIRECTIONS: Final = np.array([[np.cos(angle), np.sin(angle)] for angle in np.arange(8) * (np.pi / 8.0)])
"""Eight directions [8, 2], two bounds each: sixteen bits a barrier."""

_SCALE_NORTH: Final = EARTH_RADIUS_M * np.pi / 180.0
"""Metres a degree of latitude."""

_BITS: Final = np.exp2(np.arange(16, dtype=np.float32))
Outcodes = npt.NDArray[np.uint16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Barrier:
    """A named obstacle: a line of at least two points, closed if the last is the first (then four)."""

    name_zh: str
    name_en: str
    line: tuple[Wgs84, ...]

    def __post_init__(self) -> None:
        if len(self.line) < (4 if self.is_closed else 2):
            raise ValueError(f"barrier {self.name_en!r} has too few points: {len(self.line)}")

    @property
    def is_closed(self) -> bool:
        """Whether the line goes round an area."""
        return self.line[0] == self.line[-1]


class Barriers:
    """b barriers made ready for many legs: corners v [k, b], east and north; a shorter one repeats its last corner."""

    def __init__(self, barriers: Sequence[Barrier]) -> None:
        points = [point for barrier in barriers for point in barrier.line]
        lat = np.array([point.lat_deg for point in points])
        lon = np.array([point.lon_deg for point in points])
        self._lat0_deg, self._lon0_deg = (float(lat.mean()), float(lon.mean())) if points else (0.0, 0.0)
        self._scale_east = _SCALE_NORTH * np.cos(np.radians(self._lat0_deg))
        k = max((len(barrier.line) for barrier in barriers), default=2)
        padded = [point for barrier in barriers for point in (*barrier.line, *[barrier.line[-1]] * k)[:k]]
        v = self._plane(np.array([p.lat_deg for p in padded]), np.array([p.lon_deg for p in padded]))
        v = np.ascontiguousarray(v.reshape(2, len(barriers), k).swapaxes(1, 2))
        (self._east, self._north), (self._side_east, self._side_north) = v, np.diff(v, axis=1)
        self._offset = self._side_east * self._north[:-1] - self._side_north * self._east[:-1]
        self._is_closed = np.array([barrier.is_closed for barrier in barriers], dtype=np.bool_)
        along = np.tensordot(_DIRECTIONS, v, axes=1)
        self._low, self._high = along.min(axis=1)[:, :, np.newaxis], along.max(axis=1)[:, :, np.newaxis]

    def extra_m(
        self, lat_deg: npt.ArrayLike, lon_deg: npt.ArrayLike, to_lat_deg: npt.ArrayLike, to_lon_deg: npt.ArrayLike
    ) -> FloatArray:
        """By how much barriers lengthen each of n x m legs: float64[n, m], 0 where none is crossed."""
        o = self._plane(np.asarray(lat_deg, np.float64), np.asarray(lon_deg, np.float64))
        d = self._plane(np.asarray(to_lat_deg, np.float64), np.asarray(to_lon_deg, np.float64))
        extra = np.zeros((o.shape[1], d.shape[1]))
        if len(self._is_closed) and extra.size:
            out_o, out_d = self._outcodes(o), self._outcodes(d)
            step = max(1, _BLOCK_LEGS // d.shape[1])
            for start in range(0, o.shape[1], step):
                block = slice(start, start + step)
                self._add_extra_m(o[:, block], d, out_o[:, block], out_d, extra[block])
        return extra

    def _add_extra_m(self, o: FloatArray, d: FloatArray, out_o: Outcodes, out_d: Outcodes, extra: FloatArray) -> None:
        """Add to `extra` [n, m] what the barriers add to each leg from o [2, n] to d [2, m]."""
        may_cross = np.flatnonzero((out_o[:, :, np.newaxis] & out_d[:, np.newaxis, :]) == 0)
        for start in range(0, len(may_cross), _BLOCK_PAIRS):
            barrier, leg = np.divmod(may_cross[start : start + _BLOCK_PAIRS], extra.size)
            at_o, at_d = np.divmod(leg, extra.shape[1])
            crossing, extra_m = self._around_m(barrier, o.take(at_o, axis=1), d.take(at_d, axis=1))
            extra += np.bincount(leg[crossing], extra_m, minlength=extra.size).reshape(extra.shape)

    def _around_m(self, barrier: IntArray, o: FloatArray, d: FloatArray) -> tuple[IntArray, FloatArray]:
        """Which of p pairs of a barrier [p], ascending, and a leg from o to d [2, p] cross, and what that adds to these."""
        n_pairs = np.bincount(barrier, minlength=len(self._is_closed))
        leg_east, leg_north = o - d
        left = (np.repeat(self._east, n_pairs, axis=1) - d[0]) * leg_north
        left = left > (np.repeat(self._north, n_pairs, axis=1) - d[1]) * leg_east
        east, north, offset = (np.repeat(x, n_pairs, axis=1) for x in (self._side_east, self._side_north, self._offset))
        crossed = (east * o[1] - north * o[0] > offset) != (east * d[1] - north * d[0] > offset)
        crossed &= left[1:] != left[:-1]
        is_one_inside = self._is_closed[barrier] & np.logical_xor.reduce(crossed)  # an odd number of sides
        pairs = np.flatnonzero(crossed.any(axis=0) & ~is_one_inside)
        n_pairs = np.bincount(barrier[pairs], minlength=len(self._is_closed))
        east, north = np.repeat(self._east, n_pairs, axis=1), np.repeat(self._north, n_pairs, axis=1)
        o, d = o.take(pairs, axis=1), d.take(pairs, axis=1)
        via_m = _length(east - o[0], north - o[1]) + _length(east - d[0], north - d[1])
        on_left_m = via_m * left.take(pairs, axis=1)
        around_m = np.minimum(on_left_m.max(axis=0), (via_m - on_left_m).max(axis=0))
        return pairs, np.maximum(around_m - _length(*(o - d)), 0.0)

    def _outcodes(self, points: FloatArray) -> Outcodes:
        """Beyond which of its bounds each barrier has each point [2, n]: a bit for each, [b, n]."""
        along = (_DIRECTIONS @ points)[:, np.newaxis, :]
        beyond = np.concatenate([along < self._low, along > self._high]).astype(np.float32)
        return (_BITS @ beyond.reshape(16, -1)).astype(np.uint16).reshape(-1, points.shape[1])

    def _plane(self, lat: FloatArray, lon: FloatArray) -> FloatArray:
        """Points in metres east and north of the barriers' middle: [2, n]."""
        plane = np.empty((2, len(lat)))
        np.multiply(lon - self._lon0_deg, self._scale_east, out=plane[0])
        np.multiply(lat - self._lat0_deg, _SCALE_NORTH, out=plane[1])
        return plane


def _length(east: FloatArray, north: FloatArray) -> FloatArray:
    """Length of vectors; np.hypot, which guards against overflow, takes ten times as long."""
    return np.asarray(np.sqrt(east * east + north * north), dtype=np.float64)
