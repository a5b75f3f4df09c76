"""Points on the earth and the great-circle geometry between them.

The earth is a sphere of the mean radius R. For a city this is exact enough: against the ellipsoid the
error of a distance is at most 0.56 % anywhere, and every engine in `routing` uses this one definition,
so that two modules never disagree about which of two points is nearer.

Arrays are `float64` with one axis unless a shape is given; angles are degrees, lengths are metres.
Scalar and array functions agree to rounding; within one module compare like with like.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

EARTH_RADIUS_M: Final = 6_371_008.8
"""Mean radius R1 = (2a + b) / 3 of GRS 80 (Moritz 2000, doi:10.1007/s001900050278)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wgs84:
    """A point in WGS-84, the only datum inside the system.

    `lat_deg` is in [-90, 90], `lon_deg` in [-180, 180]; anything else, or a value that is not finite,
    raises ValueError.
    """

    lat_deg: float
    lon_deg: float

    def __post_init__(self) -> None:
        require_lat_lon(self.lat_deg, self.lon_deg)


def require_lat_lon(lat_deg: float, lon_deg: float) -> None:
    """Raise ValueError unless both are finite and within the globe; NaN fails every comparison."""
    if not -90.0 <= lat_deg <= 90.0:
        raise ValueError(f"lat_deg must be within [-90, 90], got {lat_deg!r}")
    if not -180.0 <= lon_deg <= 180.0:
        raise ValueError(f"lon_deg must be within [-180, 180], got {lon_deg!r}")


def distance_m(a: Wgs84, b: Wgs84) -> float:
    """Great-circle distance of two points (haversine form, stable for short distances)."""
    lat_a, lat_b = math.radians(a.lat_deg), math.radians(b.lat_deg)
    half_dlat = (lat_b - lat_a) / 2
    half_dlon = math.radians(b.lon_deg - a.lon_deg) / 2
    h = math.sin(half_dlat) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(half_dlon) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(h, 1.0)))


def distances_m(lat_deg: npt.ArrayLike, lon_deg: npt.ArrayLike, to: Wgs84) -> FloatArray:
    """Great-circle distances of n points to one: float64[n]."""
    lat, lon = _radians(lat_deg), _radians(lon_deg)
    return _haversine_m(lat, lon, np.float64(math.radians(to.lat_deg)), np.float64(math.radians(to.lon_deg)))


def distance_matrix_m(
    lat_deg: npt.ArrayLike, lon_deg: npt.ArrayLike, to_lat_deg: npt.ArrayLike, to_lon_deg: npt.ArrayLike
) -> FloatArray:
    """Great-circle distances of n points to m others: float64[n, m]."""
    lat, lon = _radians(lat_deg)[:, np.newaxis], _radians(lon_deg)[:, np.newaxis]
    return _haversine_m(lat, lon, _radians(to_lat_deg)[np.newaxis, :], _radians(to_lon_deg)[np.newaxis, :])


def bearing_deg(a: Wgs84, b: Wgs84) -> float:
    """Initial bearing from `a` to `b`, clockwise from north, in [0, 360); 0 if they coincide."""
    lat_a, lat_b = math.radians(a.lat_deg), math.radians(b.lat_deg)
    dlon = math.radians(b.lon_deg - a.lon_deg)
    east = math.sin(dlon) * math.cos(lat_b)
    north = math.cos(lat_a) * math.sin(lat_b) - math.sin(lat_a) * math.cos(lat_b) * math.cos(dlon)
    bearing = math.degrees(math.atan2(east, north)) % 360.0
    return 0.0 if bearing == 360.0 else bearing  # a tiny negative angle rounds up to 360


def destination(point: Wgs84, bearing_deg: float, distance_m: float) -> Wgs84:
    """The point `distance_m` along the great circle that leaves `point` at `bearing_deg`."""
    lat, bearing, angle = math.radians(point.lat_deg), math.radians(bearing_deg), distance_m / EARTH_RADIUS_M
    sin_to = math.sin(lat) * math.cos(angle) + math.cos(lat) * math.sin(angle) * math.cos(bearing)
    sin_to = max(-1.0, min(1.0, sin_to))
    east = math.sin(bearing) * math.sin(angle) * math.cos(lat)
    north = math.cos(angle) - math.sin(lat) * sin_to
    lon_deg = point.lon_deg + math.degrees(math.atan2(east, north))
    return Wgs84(lat_deg=math.degrees(math.asin(sin_to)), lon_deg=_wrap_lon_deg(lon_deg))


def interpolate(a: Wgs84, b: Wgs84, fraction: float) -> Wgs84:
    """The point at `fraction` of the great circle from `a` (0) to `b` (1).

    Raises ValueError for a fraction outside [0, 1].
    """
    if not 0.0 <= fraction <= 1.0:
        raise ValueError(f"fraction must be within [0, 1], got {fraction!r}")
    if fraction == 0.0:
        return a
    if fraction == 1.0:
        return b
    return destination(a, bearing_deg(a, b), fraction * distance_m(a, b))


def unit_vectors(lat_deg: npt.ArrayLike, lon_deg: npt.ArrayLike) -> FloatArray:
    """Points as unit vectors, float64[n, 3]; the chord between two grows with their distance."""
    lat, lon = _radians(lat_deg), _radians(lon_deg)
    cos_lat = np.cos(lat)
    return np.stack([cos_lat * np.cos(lon), cos_lat * np.sin(lon), np.sin(lat)], axis=-1)


def chord_of(distance_m: float) -> float:
    """Length of the straight chord, in earth radii, below a great-circle distance (at most half round)."""
    return 2 * math.sin(min(distance_m / (2 * EARTH_RADIUS_M), math.pi / 2))


def _radians(deg: npt.ArrayLike) -> FloatArray:
    return np.radians(np.asarray(deg, dtype=np.float64))


def _haversine_m(
    lat_a: FloatArray, lon_a: FloatArray, lat_b: FloatArray | np.float64, lon_b: FloatArray | np.float64
) -> FloatArray:
    h = np.sin((lat_b - lat_a) / 2) ** 2 + np.cos(lat_a) * np.cos(lat_b) * np.sin((lon_b - lon_a) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(h, 1.0))), dtype=np.float64)


def _wrap_lon_deg(lon_deg: float) -> float:
    """The same meridian in [-180, 180]."""
    return lon_deg if -180.0 <= lon_deg <= 180.0 else (lon_deg + 180.0) % 360.0 - 180.0
