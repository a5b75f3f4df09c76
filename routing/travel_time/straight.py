"""What a provider without streets can say of a way: a straight line, and the first of many by comparing all."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from routing.geo import FloatArray, Wgs84
from routing.travel_time.port import Grade, Route, TravelTimes

_BLOCK_LEGS: Final = 1 << 18
"""Legs compared at once: a few megabytes."""


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


def earliest_of_all_s(
    legs: _Legs,
    lat_deg: npt.ArrayLike,
    lon_deg: npt.ArrayLike,
    to_lat_deg: npt.ArrayLike,
    to_lon_deg: npt.ArrayLike,
    *,
    departing_at: datetime,
) -> FloatArray:
    """See `TravelTimeProvider.earliest_s`; asks for all legs, some at a time."""
    lat, lon = np.asarray(lat_deg, np.float64), np.asarray(lon_deg, np.float64)
    to_lat, to_lon = np.asarray(to_lat_deg, np.float64), np.asarray(to_lon_deg, np.float64)
    earliest_s = np.full(len(to_lat), np.inf)
    if len(lat):
        for rows in _blocks(len(to_lat), max(1, _BLOCK_LEGS // len(lat))):
            times = legs.many_to_many(lat, lon, to_lat[rows], to_lon[rows], departing_at=departing_at)
            earliest_s[rows] = times.travel_time_s.min(axis=0)
    return earliest_s


def _blocks(n: int, step: int) -> Iterator[slice]:
    return (slice(start, start + step) for start in range(0, n, step))
