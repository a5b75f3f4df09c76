"""Driving times without a road network: a law of the distance, an hourly factor, and barriers.

Model, for a leg of great-circle length L km that barriers lengthen by x km (`barriers.py`), k = L + x:

    travel_time_s = h(local time of departure) * (A + B * k ** C),    road distance = D + E * k.

A, B, C, D, E are fitted by `maps-data roads fit-estimate` (method: `maps_data/roads/fit.py`) to free-flow times between streets where
people live, and read from a file: `estimate_constants.json` beside this module for Shenzhen, that of another city if it is given. The
shipped ones come from a reconstructed network of main roads (motorway to tertiary, 2018 geometry, partly inferred tags). The file says
on which network, how many legs and with which seed, and how far the law was off on as many other legs, by distance; the same stands
in docs/benchmarks.md. `relative_error` is that of the ten nearest of 100 units, because they are what a decision is about;
`p90_factor` that of legs of 1 to 8 km, with day-to-day noise of sigma 0.2 (assumed) on top.

What the law gets wrong is near by: one-way carriageways and missing crossings. Hence an estimate is shown as one, and more than one
unit is ranked. Barriers change few legs, by much, and gain a tenth of a point over all.

Times are whole milliseconds and distances whole millimetres: one processor's power and arcsine differ from another's in the last bit,
and no decision is to hang on that.

The hourly factor is an assumption, not a measurement: 0.80 by night, 1.30 at 8 and 18 o'clock, the same
every day of the week.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from routing.geo import FloatArray, Wgs84, distance_matrix_m
from routing.roads.remembered import Remembered
from routing.travel_time.barriers import Barrier, Barriers
from routing.travel_time.estimate_constants import EstimateConstants, read_constants
from routing.travel_time.port import Grade, Route, Trajectory, TravelTimes
from routing.travel_time.straight import earliest_of_all_s, straight_route, straight_trajectory

SHIPPED: Final = read_constants(Path(__file__).with_name("estimate_constants.json"))
"""Of Shenzhen."""

HOURLY_FACTOR: Final = (
    0.82, 0.80, 0.80, 0.80, 0.80, 0.82, 0.90, 1.10, 1.30, 1.22, 1.08, 1.05,
    1.02, 1.02, 1.05, 1.08, 1.12, 1.25, 1.30, 1.18, 1.05, 0.98, 0.92, 0.86,
)  # fmt: skip
"""At each full local hour; between them the factor is interpolated linearly."""

REMEMBERED: Final = 4
REMEMBERED_LEGS: Final = (1 << 16, 1 << 20)
"""Questions of so many legs, from posts to all cells of a city, say, are asked for hour by hour; 353,000 legs take 0.3 s and 3 MB."""

SHENZHEN_TIME: Final = ZoneInfo("Asia/Shanghai")


class EstimateTravelTimes:
    """The `TravelTimeProvider` that needs no data but, if given, barriers; `constants` of another city than Shenzhen."""

    grade: Final = Grade.ESTIMATE

    def __init__(
        self,
        barriers: Sequence[Barrier] = (),
        *,
        zone: ZoneInfo = SHENZHEN_TIME,
        constants: EstimateConstants = SHIPPED,
    ) -> None:
        self._barriers = Barriers(barriers)
        self._zone = zone
        self._constants = constants
        self._lengths_m: Remembered[FloatArray] = Remembered(REMEMBERED)
        self.source: Final = constants.version

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

    def trajectory(self, origin: Wgs84, destination: Wgs84, *, departing_at: datetime) -> Trajectory:
        """The same line."""
        return straight_trajectory(self, origin, destination, departing_at=departing_at)

    def _length_m(
        self, lat_deg: npt.ArrayLike, lon_deg: npt.ArrayLike, to_lat_deg: npt.ArrayLike, to_lon_deg: npt.ArrayLike
    ) -> FloatArray:
        """k of the model, in metres: float64[n, m], not to be altered. No hour changes it, so great questions are remembered."""
        legs = tuple(np.asarray(each, np.float64) for each in (lat_deg, lon_deg, to_lat_deg, to_lon_deg))
        if not REMEMBERED_LEGS[0] <= len(legs[0]) * len(legs[2]) <= REMEMBERED_LEGS[1]:
            return self._new_length_m(*legs)
        return self._lengths_m.of(tuple(each.tobytes() for each in legs), lambda: self._new_length_m(*legs))

    def _new_length_m(
        self, lat_deg: FloatArray, lon_deg: FloatArray, to_lat_deg: FloatArray, to_lon_deg: FloatArray
    ) -> FloatArray:
        legs = (lat_deg, lon_deg, to_lat_deg, to_lon_deg)
        return distance_matrix_m(*legs) + self._barriers.extra_m(*legs)

    def _times(self, k_m: FloatArray, departing_at: datetime) -> TravelTimes:
        factor, law = hourly_factor(departing_at, self._zone), self._constants
        return TravelTimes(
            travel_time_s=np.round(factor * (law.a_s + law.b_s * (k_m / 1_000.0) ** law.c), 3),
            distance_m=np.round(law.d_m + law.e * k_m, 3),
            source=self.source,
            grade=self.grade,
            relative_error=law.relative_error,
            p90_factor=law.p90_factor,
        )


def hourly_factor(at: datetime, zone: ZoneInfo = SHENZHEN_TIME) -> float:
    """h of the model at an aware instant; ValueError for a naive one."""
    if at.tzinfo is None:
        raise ValueError("departing_at must be aware")
    local = at.astimezone(zone)
    hour = local.hour + local.minute / 60.0 + local.second / 3_600.0
    return float(np.interp(hour, np.arange(25), (*HOURLY_FACTOR, HOURLY_FACTOR[0])))
