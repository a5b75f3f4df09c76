"""The datums in which Chinese maps and devices give coordinates, and their conversion.

GCJ-02 (Amap, Tencent) shifts WGS-84 by a smooth, deterministic offset of 100 to 700 m; BD-09 (Baidu)
shifts GCJ-02 once more. Inside the system there is only `Wgs84`; `Gcj02` and `Bd09` are unrelated types
that importers and adapters convert at once, so that a shifted point cannot be taken for a true one.

Model, with x = lon - 105, y = lat - 35 in degrees: GCJ-02 = w + S(w), S being the published sum of a
quadratic, a square root and sines, in metres, scaled to degrees on the Krasovsky 1940 ellipsoid. It has
no closed inverse, but |dS/dw| < 0.01 (for BD-09 over GCJ-02 < 0.03), so w <- g - S(w) gains about two
digits a step. Convert many points with the array functions: one call costs the same for one or a hundred.

Outside the box 0.8293 to 55.8271 N, 72.004 to 137.8347 E, which is how map software delimits China, the
datums coincide. Within some 700 m of the box's edge a point may therefore not come back to itself.
The offset was never published officially; the formula is the one all public converters agree on, and is
checked in the tests against known pairs.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from routing.geo import BoolArray, FloatArray, Wgs84, require_lat_lon

KRASOVSKY_SEMI_MAJOR_M: Final = 6_378_245.0
KRASOVSKY_ECCENTRICITY_SQUARED: Final = 0.006_693_421_622_965_943
CHINA_LAT_DEG: Final = (0.8293, 55.8271)
CHINA_LON_DEG: Final = (72.004, 137.8347)
BD09_WAVE_PER_DEG: Final = math.pi * 3000.0 / 180.0
BD09_SHIFT_LAT_DEG: Final = 0.006
BD09_SHIFT_LON_DEG: Final = 0.0065

_INVERSE_STEPS: Final = 5
"""From an error under 0.01 degree: at most 0.01 * 0.03**5 = 2.4e-10 degree (0.03 mm) is left."""

Coordinates = tuple[FloatArray, FloatArray]


class Datum(StrEnum):
    """The datum of a coordinate pair that comes from outside."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"

    @classmethod
    def parse(cls, text: str) -> "Datum":
        """The datum named `text`, in either case; ValueError if there is none."""
        return cls(text.lower())


@dataclass(frozen=True, slots=True, kw_only=True)
class Gcj02:
    """A point as Amap or Tencent maps give it. ValueError outside the globe."""

    lat_deg: float
    lon_deg: float

    def __post_init__(self) -> None:
        require_lat_lon(self.lat_deg, self.lon_deg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bd09:
    """A point as Baidu maps give it. ValueError outside the globe."""

    lat_deg: float
    lon_deg: float

    def __post_init__(self) -> None:
        require_lat_lon(self.lat_deg, self.lon_deg)


def to_wgs84(lat_deg: float, lon_deg: float, datum: Datum) -> Wgs84:
    """The point that `lat_deg`, `lon_deg` mean in `datum`. ValueError outside the globe."""
    if datum is Datum.WGS84:
        return Wgs84(lat_deg=lat_deg, lon_deg=lon_deg)
    require_lat_lon(lat_deg, lon_deg)
    lat, lon = to_wgs84_arrays([lat_deg], [lon_deg], datum)
    return Wgs84(lat_deg=float(lat[0]), lon_deg=float(lon[0]))


def gcj02_to_wgs84(point: Gcj02) -> Wgs84:
    """The WGS-84 point of a GCJ-02 one."""
    return to_wgs84(point.lat_deg, point.lon_deg, Datum.GCJ02)


def bd09_to_wgs84(point: Bd09) -> Wgs84:
    """The WGS-84 point of a BD-09 one."""
    return to_wgs84(point.lat_deg, point.lon_deg, Datum.BD09)


def wgs84_to_gcj02(point: Wgs84) -> Gcj02:
    """The GCJ-02 point of a WGS-84 one, for handing to an Amap or Tencent service."""
    lat, lon = from_wgs84_arrays([point.lat_deg], [point.lon_deg], Datum.GCJ02)
    return Gcj02(lat_deg=float(lat[0]), lon_deg=float(lon[0]))


def wgs84_to_bd09(point: Wgs84) -> Bd09:
    """The BD-09 point of a WGS-84 one, for handing to a Baidu service."""
    lat, lon = from_wgs84_arrays([point.lat_deg], [point.lon_deg], Datum.BD09)
    return Bd09(lat_deg=float(lat[0]), lon_deg=float(lon[0]))


def to_wgs84_arrays(lat_deg: npt.ArrayLike, lon_deg: npt.ArrayLike, datum: Datum) -> Coordinates:
    """Convert n points of `datum` to WGS-84: (lat float64[n], lon float64[n])."""
    lat, lon = np.array(lat_deg, dtype=np.float64), np.array(lon_deg, dtype=np.float64)
    if datum is Datum.WGS84:
        return lat, lon
    inside = _in_china(lat, lon)
    shifted = lat[inside], lon[inside]
    if datum is Datum.BD09:
        shifted = _inverse(_bd09_of_gcj02, shifted)
    lat[inside], lon[inside] = _inverse(_gcj02_of_wgs84, shifted)
    return lat, lon


def from_wgs84_arrays(lat_deg: npt.ArrayLike, lon_deg: npt.ArrayLike, datum: Datum) -> Coordinates:
    """Convert n WGS-84 points to `datum`: (lat float64[n], lon float64[n])."""
    lat, lon = np.array(lat_deg, dtype=np.float64), np.array(lon_deg, dtype=np.float64)
    if datum is Datum.WGS84:
        return lat, lon
    inside = _in_china(lat, lon)
    shifted = _gcj02_of_wgs84(lat[inside], lon[inside])
    lat[inside], lon[inside] = _bd09_of_gcj02(*shifted) if datum is Datum.BD09 else shifted
    return lat, lon


def _in_china(lat: FloatArray, lon: FloatArray) -> BoolArray:
    in_lat = (lat >= CHINA_LAT_DEG[0]) & (lat <= CHINA_LAT_DEG[1])
    in_lon = (lon >= CHINA_LON_DEG[0]) & (lon <= CHINA_LON_DEG[1])
    return np.asarray(in_lat & in_lon, dtype=np.bool_)


def _inverse(forward: Callable[[FloatArray, FloatArray], Coordinates], target: Coordinates) -> Coordinates:
    """The arguments that `forward`, which is nearly the identity, takes to `target`."""
    lat, lon = target
    for _ in range(_INVERSE_STEPS):
        forward_lat, forward_lon = forward(lat, lon)
        lat, lon = lat + (target[0] - forward_lat), lon + (target[1] - forward_lon)
    return lat, lon


def _gcj02_of_wgs84(lat: FloatArray, lon: FloatArray) -> Coordinates:
    x, y = lon - 105.0, lat - 35.0
    ripple = 20.0 * _sin_pi(6.0 * x) + 20.0 * _sin_pi(2.0 * x)
    north_m = (
        -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x))
        + (ripple + 20.0 * _sin_pi(y) + 40.0 * _sin_pi(y / 3.0)) * 2.0 / 3.0
        + (160.0 * _sin_pi(y / 12.0) + 320.0 * _sin_pi(y / 30.0)) * 2.0 / 3.0
    )  # fmt: skip
    east_m = (
        300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x))
        + (ripple + 20.0 * _sin_pi(x) + 40.0 * _sin_pi(x / 3.0)) * 2.0 / 3.0
        + (150.0 * _sin_pi(x / 12.0) + 300.0 * _sin_pi(x / 30.0)) * 2.0 / 3.0
    )  # fmt: skip
    lat_rad = np.radians(lat)
    w_squared = 1.0 - KRASOVSKY_ECCENTRICITY_SQUARED * np.sin(lat_rad) ** 2
    normal_m = KRASOVSKY_SEMI_MAJOR_M / np.sqrt(w_squared)
    meridian_m = normal_m * (1.0 - KRASOVSKY_ECCENTRICITY_SQUARED) / w_squared
    return lat + np.degrees(north_m / meridian_m), lon + np.degrees(east_m / (normal_m * np.cos(lat_rad)))


def _bd09_of_gcj02(lat: FloatArray, lon: FloatArray) -> Coordinates:
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * BD09_WAVE_PER_DEG)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * BD09_WAVE_PER_DEG)
    return radius * np.sin(angle) + BD09_SHIFT_LAT_DEG, radius * np.cos(angle) + BD09_SHIFT_LON_DEG


def _sin_pi(turns: FloatArray) -> FloatArray:
    return np.asarray(np.sin(np.pi * turns), dtype=np.float64)
