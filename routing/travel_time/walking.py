"""Times on foot without a path network: for people who fetch a defibrillator.

Model: distance on foot = DETOUR * great-circle distance, travel_time_s = distance / SPEED. Stairs, lifts
and doors are not in it; who needs them adds them.

DETOUR was measured with OSRM 26.10, foot profile, between buildings 100 to 1,000 m apart on OpenStreetMap
extracts: median 1.55 / 1.42 / 1.34 / 1.28 at 100-200 / 200-400 / 400-700 / 700-1,000 m in the centre of
Helsinki (flat), 2.26 / 2.02 / 1.90 / 1.83 in Monaco (a slope). With both cities given equal weight the
factor 1.4 has a mean error of 22 %, and a tenth of the ways are longer than 2.16 times the estimate.
For Shenzhen, with its walled estates, it has not been measured.
"""

from datetime import datetime
from typing import Final

import numpy as np
import numpy.typing as npt

from routing.geo import FloatArray, Wgs84, distance_matrix_m
from routing.travel_time.port import Grade, Route, Trajectory, TravelTimes
from routing.travel_time.straight import earliest_of_all_s, straight_route, straight_trajectory

SPEED_MPS: Final = 1.65
"""30 volunteers who fetched a defibrillator on a busy street: 400 m in 4.05 min on average (Gramm 2025,
doi:10.1080/10903127.2025.2475323). Responders tracked in Swedish cities went faster, 1.8 m/s where people
live densest (Jonsson 2020, doi:10.1016/j.resuscitation.2020.01.043)."""

DETOUR: Final = 1.4
RELATIVE_ERROR: Final = 0.22
P90_FACTOR: Final = 2.16

STOREY_S: Final = 20.0
LIFT_S: Final = 90.0
"""Seconds a storey by stairs, and the most that any height takes, one way. Choices of ours."""


class WalkingTimes:
    """A `TravelTimeProvider` on foot; the hour makes no difference, `departing_at` only has to be aware."""

    source: Final = "walking-estimate-v1"
    grade: Final = Grade.ESTIMATE

    def to_one(
        self, lat_deg: npt.ArrayLike, lon_deg: npt.ArrayLike, destination: Wgs84, *, departing_at: datetime
    ) -> TravelTimes:
        """From each of n points to one destination: arrays [n]."""
        straight_m = distance_matrix_m(lat_deg, lon_deg, [destination.lat_deg], [destination.lon_deg])
        return _times(straight_m[:, 0], departing_at)

    def from_one(
        self, origin: Wgs84, lat_deg: npt.ArrayLike, lon_deg: npt.ArrayLike, *, departing_at: datetime
    ) -> TravelTimes:
        """From one origin to each of n points: arrays [n]."""
        return self.to_one(lat_deg, lon_deg, origin, departing_at=departing_at)

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
        return _times(distance_matrix_m(lat_deg, lon_deg, to_lat_deg, to_lon_deg), departing_at)

    def earliest_s(
        self,
        lat_deg: npt.ArrayLike,
        lon_deg: npt.ArrayLike,
        to_lat_deg: npt.ArrayLike,
        to_lon_deg: npt.ArrayLike,
        *,
        departing_at: datetime,
    ) -> FloatArray:
        """When the first of n points reaches each of m others: seconds [m]."""
        return earliest_of_all_s(self, lat_deg, lon_deg, to_lat_deg, to_lon_deg, departing_at=departing_at)

    def route(self, origin: Wgs84, destination: Wgs84, *, departing_at: datetime) -> Route:
        """A straight line: the estimate knows no streets."""
        return straight_route(self, origin, destination, departing_at=departing_at)

    def trajectory(self, origin: Wgs84, destination: Wgs84, *, departing_at: datetime) -> Trajectory:
        """The same line."""
        return straight_trajectory(self, origin, destination, departing_at=departing_at)


def walking_times_s(distance_m: npt.ArrayLike) -> FloatArray:
    """Seconds on foot over great-circle distances, in their shape."""
    return np.asarray(distance_m, dtype=np.float64) * (DETOUR / SPEED_MPS)


def _times(straight_m: FloatArray, departing_at: datetime) -> TravelTimes:
    if departing_at.tzinfo is None:
        raise ValueError("departing_at must be aware")
    return TravelTimes(
        travel_time_s=walking_times_s(straight_m),
        distance_m=straight_m * DETOUR,
        source=WalkingTimes.source,
        grade=WalkingTimes.grade,
        relative_error=RELATIVE_ERROR,
        p90_factor=P90_FACTOR,
    )
