"""A road network with an estimate for the points that it does not reach.

A network covers so much ground and no more: a hospital on an island, a unit beyond its edge have no street near by. Legs from or to
such points come from the estimate, and the answer names the points (`TravelTimes.off_network`). A leg between two points that the
network does reach is the network's alone: where a closure leaves no way there is none.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

import numpy as np
import numpy.typing as npt

from routing.geo import BoolArray, FloatArray, Wgs84
from routing.travel_time.port import Grade, OffNetwork, Route, Trajectory, TravelTimeProvider, TravelTimes


class RoadProvider(TravelTimeProvider, Protocol):
    """A provider on a road network."""

    def is_within_reach(self, lat_deg: npt.ArrayLike, lon_deg: npt.ArrayLike) -> BoolArray:
        """Whether each of n points has a street near enough to start or end at; traffic makes no difference: bool[n]."""
        ...


class WithOffNetwork:
    """Implements `TravelTimeProvider`: `network` wherever it reaches, `estimate` elsewhere."""

    def __init__(self, network: RoadProvider, estimate: TravelTimeProvider) -> None:
        self._network, self._estimate = network, estimate

    @property
    def source(self) -> str:
        return self._network.source

    @property
    def grade(self) -> Grade:
        return self._network.grade

    def to_one(
        self, lat_deg: npt.ArrayLike, lon_deg: npt.ArrayLike, destination: Wgs84, *, departing_at: datetime
    ) -> TravelTimes:
        """From each of n points to one destination: arrays [n]."""
        to = ([destination.lat_deg], [destination.lon_deg])
        return _flat(self.many_to_many(lat_deg, lon_deg, *to, departing_at=departing_at))

    def from_one(
        self, origin: Wgs84, lat_deg: npt.ArrayLike, lon_deg: npt.ArrayLike, *, departing_at: datetime
    ) -> TravelTimes:
        """From one origin to each of n points: arrays [n]."""
        at = ([origin.lat_deg], [origin.lon_deg])
        return _flat(self.many_to_many(*at, lat_deg, lon_deg, departing_at=departing_at))

    def many_to_many(
        self,
        lat_deg: npt.ArrayLike,
        lon_deg: npt.ArrayLike,
        to_lat_deg: npt.ArrayLike,
        to_lon_deg: npt.ArrayLike,
        *,
        departing_at: datetime,
    ) -> TravelTimes:
        """From each of n points to each of m others: arrays [n, m]."""
        legs = self._network.many_to_many(lat_deg, lon_deg, to_lat_deg, to_lon_deg, departing_at=departing_at)
        if np.isfinite(legs.travel_time_s).all():
            return legs
        lat, lon = np.asarray(lat_deg, np.float64), np.asarray(lon_deg, np.float64)
        to_lat, to_lon = np.asarray(to_lat_deg, np.float64), np.asarray(to_lon_deg, np.float64)
        rows = np.flatnonzero(~self._network.is_within_reach(lat, lon))
        columns = np.flatnonzero(~self._network.is_within_reach(to_lat, to_lon))
        if not len(rows) and not len(columns):
            return legs
        travel_time_s, distance_m = legs.travel_time_s.copy(), legs.distance_m.copy()
        for some, others in ((rows, np.arange(len(to_lat))), (np.arange(len(lat)), columns)):
            if len(some) and len(others):
                block = self._estimate.many_to_many(
                    lat[some], lon[some], to_lat[others], to_lon[others], departing_at=departing_at
                )
                travel_time_s[np.ix_(some, others)] = block.travel_time_s
                distance_m[np.ix_(some, others)] = block.distance_m
                stated = block
        off = [*zip(lat[rows], lon[rows], strict=True), *zip(to_lat[columns], to_lon[columns], strict=True)]
        return replace(legs, travel_time_s=travel_time_s, distance_m=distance_m, off_network=_off_network(off, stated))

    def earliest_s(
        self,
        lat_deg: npt.ArrayLike,
        lon_deg: npt.ArrayLike,
        to_lat_deg: npt.ArrayLike,
        to_lon_deg: npt.ArrayLike,
        *,
        departing_at: datetime,
    ) -> FloatArray:
        """The least of `many_to_many`'s legs to each point; that answer names the points off the network, this one cannot."""
        lat, lon = np.asarray(lat_deg, np.float64), np.asarray(lon_deg, np.float64)
        to_lat, to_lon = np.asarray(to_lat_deg, np.float64), np.asarray(to_lon_deg, np.float64)
        earliest_s = self._network.earliest_s(lat, lon, to_lat, to_lon, departing_at=departing_at)
        to_off = ~self._network.is_within_reach(to_lat, to_lon)
        earliest_s[to_off] = self._estimate.earliest_s(
            lat, lon, to_lat[to_off], to_lon[to_off], departing_at=departing_at
        )
        off = ~self._network.is_within_reach(lat, lon)
        if off.any():
            from_off_s = self._estimate.earliest_s(lat[off], lon[off], to_lat, to_lon, departing_at=departing_at)
            earliest_s = np.minimum(earliest_s, from_off_s)
        return earliest_s

    def route(self, origin: Wgs84, destination: Wgs84, *, departing_at: datetime) -> Route | None:
        """The network's way; the estimate's straight line from or to a point off the network."""
        found = self._network.route(origin, destination, departing_at=departing_at)
        ends = ([origin.lat_deg, destination.lat_deg], [origin.lon_deg, destination.lon_deg])
        if found is not None or self._network.is_within_reach(*ends).all():
            return found
        return self._estimate.route(origin, destination, departing_at=departing_at)

    def trajectory(self, origin: Wgs84, destination: Wgs84, *, departing_at: datetime) -> Trajectory | None:
        """As `route`."""
        found = self._network.trajectory(origin, destination, departing_at=departing_at)
        ends = ([origin.lat_deg, destination.lat_deg], [origin.lon_deg, destination.lon_deg])
        if found is not None or self._network.is_within_reach(*ends).all():
            return found
        return self._estimate.trajectory(origin, destination, departing_at=departing_at)


def _off_network(points: Sequence[tuple[float, float]], stated: TravelTimes) -> OffNetwork:
    return OffNetwork(
        points=frozenset((float(lat), float(lon)) for lat, lon in points),
        source=stated.source,
        grade=stated.grade,
        relative_error=stated.relative_error,
        p90_factor=stated.p90_factor,
    )


def _flat(legs: TravelTimes) -> TravelTimes:
    return replace(legs, travel_time_s=legs.travel_time_s.ravel(), distance_m=legs.distance_m.ravel())
