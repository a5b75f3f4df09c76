"""Bays, reservoirs and hills that a straight line crosses and a road goes round.

A barrier is a line, or a closed line round an area. A leg o -> d that crosses it must pass all corners v
on its left, or all on its right; a string pulled round one side is at least as long as |o v| + |v d| for
every v there, so the leg is lengthened by

    extra(o, d) = min over the two sides of ( max over v on that side of |o v| + |v d| ) - |o d|,

which is exact when one corner dominates. Extras of several barriers add up. A line that ends far out at
sea can in effect be passed at its other end only. A leg with one end inside a closed barrier is not
lengthened: that place has a road that this coarse outline does not know.

Geometry is planar in metres (equirectangular about the barriers' middle), good to 0.1 % within a city.
Whether v lies left of o -> d is the sign of (v - d) x (o - d), which for given v and d is linear in o: the
signs of a block of legs are one matrix product, and only legs that cross are then measured.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from routing.geo import EARTH_RADIUS_M, BoolArray, FloatArray, Wgs84

_BLOCK_LEGS: Final = 16_384
"""Legs computed at once: a block of signs (16 corners: 2 MB) stays in the processor's cache."""


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
    """Barriers made ready for many legs: corners v [c, 2] in the plane, c over all barriers in a row."""

    def __init__(self, barriers: Sequence[Barrier]) -> None:
        points = [point for barrier in barriers for point in barrier.line]
        lat = np.array([point.lat_deg for point in points])
        lon = np.array([point.lon_deg for point in points])
        self._lat0_deg, self._lon0_deg = (float(lat.mean()), float(lon.mean())) if points else (0.0, 0.0)
        self._v = self._plane(lat, lon)
        along = np.diff(self._v, axis=0)
        self._normals = np.column_stack([-along[:, 1], along[:, 0]])
        self._offsets = np.sum(self._normals * self._v[:-1], axis=1)[:, np.newaxis]
        ends = np.cumsum([len(barrier.line) for barrier in barriers]).tolist()
        self._outlines = [
            (slice(end - len(barrier.line), end), barrier.is_closed)
            for barrier, end in zip(barriers, ends, strict=True)
        ]
        self._low = np.array([self._v[corners].min(axis=0) for corners, _ in self._outlines]).reshape(-1, 2)
        self._high = np.array([self._v[corners].max(axis=0) for corners, _ in self._outlines]).reshape(-1, 2)

    def extra_m(
        self, lat_deg: npt.ArrayLike, lon_deg: npt.ArrayLike, to_lat_deg: npt.ArrayLike, to_lon_deg: npt.ArrayLike
    ) -> FloatArray:
        """By how much barriers lengthen each of n x m legs: float64[n, m], 0 where none is crossed."""
        o = self._plane(np.asarray(lat_deg, np.float64), np.asarray(lon_deg, np.float64))
        d = self._plane(np.asarray(to_lat_deg, np.float64), np.asarray(to_lon_deg, np.float64))
        extra = np.zeros((len(d), len(o)))
        if self._outlines and extra.size:
            step = max(1, _BLOCK_LEGS // max(1, len(o)))
            for start in range(0, len(d), step):
                self._add_extra_m(o, d[start : start + step], extra[start : start + step])
        return extra.T

    def _add_extra_m(self, o: FloatArray, d: FloatArray, extra: FloatArray) -> None:
        """Add to `extra` [m, n] what the barriers add to each leg from o [n, 2] to d [m, 2]."""
        within_reach = self._within_reach(o, d)
        if not within_reach:
            return
        v_to_o, v_to_d = _distances(self._v, o), _distances(self._v, d)
        beyond_o, beyond_d = self._beyond(o)[:, np.newaxis, :], self._beyond(d)[:, :, np.newaxis]
        by_corner, by_origin = self._left_of_legs(d), np.stack([o[:, 1], o[:, 0], np.ones(len(o))])
        for corners, is_closed in within_reach:
            sides = slice(corners.start, corners.stop - 1)
            left = by_corner[corners].reshape(-1, 3) @ by_origin > 0.0
            left = left.reshape(-1, len(d), len(o))
            crossed = left[1:] != left[:-1]
            crossed &= beyond_o[sides] != beyond_d[sides]
            goes_round = np.logical_or.reduce(crossed)
            if is_closed:
                goes_round &= ~np.logical_xor.reduce(crossed)  # an odd number of sides: one end is inside
            legs = np.flatnonzero(goes_round)
            if len(legs) == 0:
                continue
            at_d, at_o = np.divmod(legs, len(o))
            via_m = v_to_o[corners].take(at_o, axis=1) + v_to_d[corners].take(at_d, axis=1)
            on_left_m = via_m * left.reshape(len(left), -1).take(legs, axis=1)
            around_m = np.minimum(on_left_m.max(axis=0), (via_m - on_left_m).max(axis=0))
            straight_m = _length(*(o[at_o] - d[at_d]).T)
            extra[at_d, at_o] += np.maximum(around_m - straight_m, 0.0)

    def _within_reach(self, o: FloatArray, d: FloatArray) -> list[tuple[slice, bool]]:
        """The outlines whose box meets the box of all legs; no leg can cross another one."""
        low, high = np.minimum(o.min(axis=0), d.min(axis=0)), np.maximum(o.max(axis=0), d.max(axis=0))
        meets = ((self._low <= high) & (self._high >= low)).all(axis=1)
        return [self._outlines[row] for row in np.flatnonzero(meets).tolist()]

    def _left_of_legs(self, d: FloatArray) -> FloatArray:
        """Factors f [c, m, 3]: corner v lies left of o -> d where f . (o north, o east, 1) > 0."""
        east = self._v[:, np.newaxis, 0] - d[np.newaxis, :, 0]
        north = self._v[:, np.newaxis, 1] - d[np.newaxis, :, 1]
        return np.stack([east, -north, north * d[:, 0] - east * d[:, 1]], axis=-1)

    def _beyond(self, points: FloatArray) -> BoolArray:
        """On which hand of each side's line each point lies: bool[c - 1, points]."""
        return np.asarray(self._normals @ points.T > self._offsets, dtype=np.bool_)

    def _plane(self, lat: FloatArray, lon: FloatArray) -> FloatArray:
        """Points in metres east and north of the barriers' middle: [n, 2]."""
        scale = EARTH_RADIUS_M * np.pi / 180.0
        east = (lon - self._lon0_deg) * (scale * np.cos(np.radians(self._lat0_deg)))
        return np.column_stack([east, (lat - self._lat0_deg) * scale])


def _distances(v: FloatArray, points: FloatArray) -> FloatArray:
    """Lengths from each corner to each point: [c, n]."""
    return _length(v[:, np.newaxis, 0] - points[np.newaxis, :, 0], v[:, np.newaxis, 1] - points[np.newaxis, :, 1])


def _length(east: FloatArray, north: FloatArray) -> FloatArray:
    """Length of vectors; np.hypot, which guards against overflow, takes ten times as long."""
    return np.asarray(np.sqrt(east * east + north * north), dtype=np.float64)
