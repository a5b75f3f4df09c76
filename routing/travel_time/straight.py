"""What a provider without streets can say of a way: a straight line, and the first of many without asking for every leg.

The first of n points at each of m others: with d(u, p) the road distance and L(u, p) the great circle, a provider without streets has

    d >= L,    and the leg that is shorter by road is never the slower one at the same hour.

So among a square of neighbouring points whose nearest few origins reach them all within D by road, no origin can be the first that is
farther than D by the great circle from all of them. Only the others are asked for.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from routing.geo import FloatArray, IntArray, Wgs84, distances_m
from routing.travel_time.port import Grade, Route, Trajectory, TravelTimes

_TILE_DEG: Final = 0.03
"""Side of a square of neighbouring points, some 3 km: 584 units to 21,861 points take 0.5 s, against 18 s for all legs."""

_FIRST_ASKED: Final = 3
"""Origins nearest to a square's middle that bound how far the first may be."""


class _Legs(Protocol):
    @property
    def source(self) -> str: ...

    @property
    def grade(self) -> Grade: ...

    def many_to_many(
        self,
        lat_deg: npt.ArrayLike,
        lon_deg: npt.ArrayLike,
        to_lat_deg: npt.ArrayLike,
        to_lon_deg: npt.ArrayLike,
        *,
        departing_at: datetime,
    ) -> TravelTimes: ...


def straight_route(legs: _Legs, origin: Wgs84, destination: Wgs84, *, departing_at: datetime) -> Route:
    """A straight line with the leg's time and distance, and no steps: it is not how anybody drives."""
    lat, lon = [origin.lat_deg, destination.lat_deg], [origin.lon_deg, destination.lon_deg]
    leg = legs.many_to_many(lat[:1], lon[:1], lat[1:], lon[1:], departing_at=departing_at)
    return Route(
        travel_time_s=float(leg.travel_time_s[0, 0]),
        distance_m=float(leg.distance_m[0, 0]),
        lat_deg=np.array(lat),
        lon_deg=np.array(lon),
        steps=(),
        source=legs.source,
        grade=legs.grade,
    )


def straight_trajectory(legs: _Legs, origin: Wgs84, destination: Wgs84, *, departing_at: datetime) -> Trajectory:
    """The same line, driven at one speed."""
    line = straight_route(legs, origin, destination, departing_at=departing_at)
    return Trajectory(
        lat_deg=line.lat_deg,
        lon_deg=line.lon_deg,
        time_s=np.array([0.0, line.travel_time_s]),
        distance_m=line.distance_m,
    )


def earliest_of_all_s(
    legs: _Legs,
    lat_deg: npt.ArrayLike,
    lon_deg: npt.ArrayLike,
    to_lat_deg: npt.ArrayLike,
    to_lon_deg: npt.ArrayLike,
    *,
    departing_at: datetime,
) -> FloatArray:
    """See `TravelTimeProvider.earliest_s`; exact for the providers that the module's head describes."""
    origins = np.unique(np.asarray(lat_deg, np.float64) + 1j * np.asarray(lon_deg, np.float64))
    to_lat, to_lon = np.asarray(to_lat_deg, np.float64), np.asarray(to_lon_deg, np.float64)
    earliest_s = np.full(len(to_lat), np.inf)
    if len(origins) and len(to_lat):
        for rows in _tiles(to_lat, to_lon):
            earliest_s[rows] = _earliest_near_s(legs, origins, to_lat[rows], to_lon[rows], departing_at)
    return earliest_s


def _earliest_near_s(
    legs: _Legs, origins: npt.NDArray[np.complex128], to_lat: FloatArray, to_lon: FloatArray, departing_at: datetime
) -> FloatArray:
    """The same for points that lie close together; an origin is a complex number, latitude + i longitude."""
    middle = Wgs84(lat_deg=float(to_lat.mean()), lon_deg=float(to_lon.mean()))
    radius_m = float(distances_m(to_lat, to_lon, middle).max())
    away_m = distances_m(origins.real, origins.imag, middle)
    near = origins[np.argsort(away_m, kind="stable")[:_FIRST_ASKED]]
    first = legs.many_to_many(near.real, near.imag, to_lat, to_lon, departing_at=departing_at)
    bound_m = float(first.distance_m.min(axis=0).max())
    asked = origins[away_m - radius_m <= bound_m]
    if len(asked) <= len(near):
        return np.asarray(first.travel_time_s.min(axis=0), dtype=np.float64)
    times = legs.many_to_many(asked.real, asked.imag, to_lat, to_lon, departing_at=departing_at)
    return np.asarray(np.minimum(first.travel_time_s.min(axis=0), times.travel_time_s.min(axis=0)), dtype=np.float64)


def _tiles(lat_deg: FloatArray, lon_deg: FloatArray) -> Iterator[IntArray]:
    """The rows of the points of each square of the graticule that holds any."""
    squares = np.floor(lat_deg / _TILE_DEG) + 1j * np.floor(lon_deg / _TILE_DEG)
    order = np.argsort(squares, kind="stable")
    starts = np.flatnonzero(np.diff(squares[order], prepend=np.nan) != 0)
    yield from np.split(order, starts[1:])
