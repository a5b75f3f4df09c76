"""Driving times without a road network: a law of the distance, an hourly factor, and barriers.

Model, for a leg of great-circle length L km that barriers lengthen by x km (`barriers.py`), k = L + x:

    travel_time_s = h(local time of departure) * (A + B * k ** C),    road distance = D + E * k.

A, B, C, D, E were fitted (equal weight to each of 15 classes of length from 0.3 to 60 km, least absolute
logarithm) to free-flow times of OSRM 26.10, car profile, on a reconstructed Shenzhen network of main
roads (motorway to tertiary, 2018 geometry, partly inferred tags), between points drawn by population and
moved to the nearest road with addresses. Tested on 417,258 legs between other points so drawn:

    legs                       n      mean error   median ratio   p90 of true / estimate
    all                  417,258          10 %          1.02            1.16
    1 to 8 km             52,828          18 %          0.97            1.47
    ten nearest units      7,920          34 %          0.93            2.02
    longer than 16 km    262,064           8 %          1.03            1.09

The law 25 + 82 * km ** 0.934, fitted to all legs alike, has the same mean errors (10 %, 21 %, 34 %, 7 %)
but is 27 % too early for the ten nearest units, at the median. What both get wrong near by is one-way
carriageways and missing crossings. Same nearest of 100 units as on the network: 60 %; among the first
five: 97 %. Hence: an estimate is shown as one, and more than one unit is ranked.

Barriers change 41 % of the legs a little and 0.7 % by more than a tenth; of these the mean error falls
from 21 to 14 % and the median ratio rises from 0.80 to 0.90. Over all legs they gain 0.1 point.

The hourly factor is an assumption, not a measurement: 0.80 by night, 1.30 at 8 and 18 o'clock, the same
every day of the week.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from routing.geo import FloatArray, Wgs84, distance_matrix_m
from routing.travel_time.barriers import Barrier, Barriers
from routing.travel_time.port import Grade, Route, TravelTimes
from routing.travel_time.straight import earliest_of_all_s, straight_route

A_S: Final = 60.0
B_S: Final = 89.0
C: Final = 0.913
D_M: Final = 740.0
E: Final = 1.26

RELATIVE_ERROR: Final = 0.34
"""Of the ten nearest units, because they are what a decision is about (table above)."""

P90_FACTOR: Final = 1.6
"""Legs of 1 to 8 km: 1.47 from the table, with day-to-day noise of sigma 0.2 (assumed) 1.61."""

HOURLY_FACTOR: Final = (
    0.82, 0.80, 0.80, 0.80, 0.80, 0.82, 0.90, 1.10, 1.30, 1.22, 1.08, 1.05,
    1.02, 1.02, 1.05, 1.08, 1.12, 1.25, 1.30, 1.18, 1.05, 0.98, 0.92, 0.86,
)  # fmt: skip
"""At each full local hour; between them the factor is interpolated linearly."""

SHENZHEN_TIME: Final = ZoneInfo("Asia/Shanghai")


class EstimateTravelTimes:
    """The `TravelTimeProvider` that needs no data but, if given, barriers."""

    source: Final = "estimate-v1"
    grade: Final = Grade.ESTIMATE

    def __init__(self, barriers: Sequence[Barrier] = (), *, zone: ZoneInfo = SHENZHEN_TIME) -> None:
        self._barriers = Barriers(barriers)
        self._zone = zone

    def to_one(
        self, lat_deg: npt.ArrayLike, lon_deg: npt.ArrayLike, destination: Wgs84, *, departing_at: datetime
    ) -> TravelTimes:
        """From each of n points to one destination: arrays [n]."""
        k = self._length_m(lat_deg, lon_deg, [destination.lat_deg], [destination.lon_deg])
        return self._times(k[:, 0], departing_at)

    def from_one(
        self, origin: Wgs84, lat_deg: npt.ArrayLike, lon_deg: npt.ArrayLike, *, departing_at: datetime
    ) -> TravelTimes:
        """From one origin to each of n points: arrays [n]; the estimate knows no direction."""
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
        return self._times(self._length_m(lat_deg, lon_deg, to_lat_deg, to_lon_deg), departing_at)

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

    def _length_m(
        self, lat_deg: npt.ArrayLike, lon_deg: npt.ArrayLike, to_lat_deg: npt.ArrayLike, to_lon_deg: npt.ArrayLike
    ) -> FloatArray:
        """k of the model, in metres: float64[n, m]."""
        legs = (lat_deg, lon_deg, to_lat_deg, to_lon_deg)
        return distance_matrix_m(*legs) + self._barriers.extra_m(*legs)

    def _times(self, k_m: FloatArray, departing_at: datetime) -> TravelTimes:
        factor = hourly_factor(departing_at, self._zone)
        return TravelTimes(
            travel_time_s=factor * (A_S + B_S * (k_m / 1_000.0) ** C),
            distance_m=D_M + E * k_m,
            source=self.source,
            grade=self.grade,
            relative_error=RELATIVE_ERROR,
            p90_factor=P90_FACTOR,
        )


def hourly_factor(at: datetime, zone: ZoneInfo = SHENZHEN_TIME) -> float:
    """h of the model at an aware instant; ValueError for a naive one."""
    if at.tzinfo is None:
        raise ValueError("departing_at must be aware")
    local = at.astimezone(zone)
    hour = local.hour + local.minute / 60.0 + local.second / 3_600.0
    return float(np.interp(hour, np.arange(25), (*HOURLY_FACTOR, HOURLY_FACTOR[0])))
