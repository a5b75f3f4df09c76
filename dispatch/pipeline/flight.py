"""Whether a drone may fly to a place now. What is not known forbids it."""

from datetime import datetime
from itertools import pairwise
from typing import Final

from dispatch.domain.arrest import Drone, FlightConditions
from routing.geo import Wgs84, distance_m

AED_KG: Final = 2.0
"""A defibrillator in its case; a drone that carries less is of no use. Choice of ours."""


def grounded(drone: Drone, to: Wgs84, conditions: FlightConditions | None, now: datetime) -> str | None:
    """Why not, as a code; None if it may. The way is the straight line."""
    if drone.payload_kg < AED_KG:
        return "payload"
    if 2 * distance_m(drone.base, to) > drone.range_m:
        return "out_of_range"
    if conditions is None or conditions.expires_at <= now:
        return "weather_unknown"
    if conditions.wind_mps > drone.wind_limit_mps:
        return "wind"
    if conditions.is_raining and not drone.flies_in_rain:
        return "rain"
    if any(touches(ring, drone.base, to) for ring in conditions.no_fly):
        return "no_fly"
    return None


def touches(ring: tuple[Wgs84, ...], start: Wgs84, end: Wgs84) -> bool:
    """Whether the straight way from `start` to `end` crosses the ring or begins inside it, in degrees as a plane."""
    a, b = (start.lon_deg, start.lat_deg), (end.lon_deg, end.lat_deg)
    corners = [(point.lon_deg, point.lat_deg) for point in (*ring, ring[0])]
    return _is_inside(corners, a) or any(_cross(a, b, c, d) for c, d in pairwise(corners))


_Point = tuple[float, float]


def _side(a: _Point, b: _Point, p: _Point) -> float:
    return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])


def _cross(a: _Point, b: _Point, c: _Point, d: _Point) -> bool:
    """Touching counts: a way along the edge of a closed area is in it."""
    if max(a[0], b[0]) < min(c[0], d[0]) or max(c[0], d[0]) < min(a[0], b[0]):
        return False
    if max(a[1], b[1]) < min(c[1], d[1]) or max(c[1], d[1]) < min(a[1], b[1]):
        return False
    return _side(a, b, c) * _side(a, b, d) <= 0 and _side(c, d, a) * _side(c, d, b) <= 0


def _is_inside(corners: list[_Point], p: _Point) -> bool:
    """By the parity of the edges to the east (W. R. Franklin, PNPOLY)."""
    inside = False
    for (x1, y1), (x2, y2) in pairwise(corners):
        if (y1 > p[1]) != (y2 > p[1]) and p[0] < (x2 - x1) * (p[1] - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside
