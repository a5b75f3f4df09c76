"""The port for travel times: numbers with their source, their grade and their error."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from routing.geo import FloatArray, Wgs84


class Grade(StrEnum):
    """How a travel time came about: along the street network, or by formula."""

    NETWORK = "network"
    ESTIMATE = "estimate"


@dataclass(frozen=True, slots=True, kw_only=True)
class TravelTimes:
    """Travel times of n legs, or of n origins to m destinations.

    `travel_time_s` and `distance_m` are float64 of shape [n] or [n, m], infinite where there is no way. `relative_error` is the
    provider's stated mean absolute percentage error (0.25 = 25 %); `travel_time_s * p90_factor` is the 90th percentile.
    """

    travel_time_s: FloatArray
    distance_m: FloatArray
    source: str
    grade: Grade
    relative_error: float
    p90_factor: float


class TravelTimeProvider(Protocol):
    """Something that knows travel times by road. Arrays in, arrays out; synchronous and thread-safe."""

    @property
    def source(self) -> str: ...

    @property
    def grade(self) -> Grade: ...

    def to_one(
        self, lat_deg: FloatArray, lon_deg: FloatArray, destination: Wgs84, *, departing_at: datetime
    ) -> TravelTimes:
        """From each of n origins to one destination: arrays [n]."""
        ...

    def from_one(
        self, origin: Wgs84, lat_deg: FloatArray, lon_deg: FloatArray, *, departing_at: datetime
    ) -> TravelTimes:
        """From one origin to each of n destinations: arrays [n]."""
        ...

    def many_to_many(
        self,
        lat_deg: FloatArray,
        lon_deg: FloatArray,
        to_lat_deg: FloatArray,
        to_lon_deg: FloatArray,
        *,
        departing_at: datetime,
    ) -> TravelTimes:
        """From each of n origins to each of m destinations: arrays [n, m]."""
        ...
