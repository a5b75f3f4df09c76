"""What a source of travel times gives: times and distances of legs, with their source and their error.

Every figure that a decision uses carries its grade, so that an estimate is never shown as a fact.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import numpy.typing as npt

from routing.geo import FloatArray, Wgs84


class Grade(StrEnum):
    """How a travel time came about."""

    NETWORK = "network"
    """Shortest path on a road network."""
    ESTIMATE = "estimate"
    """A formula of the distance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OffNetwork:
    """Points that a network does not reach, and whose figures stand for their legs instead.

    `points` are (lat_deg, lon_deg) just as they were asked for. A leg from or to one of them comes from `source`.
    """

    points: frozenset[tuple[float, float]]
    source: str
    grade: Grade
    relative_error: float
    p90_factor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TravelTimes:
    """Times and road distances of n legs, or of n x m.

    `travel_time_s`, `distance_m`: float64[n] or [n, m], of one shape (else ValueError); inf where there
    is no way. `source` names the provider and its version. `relative_error` is the provider's stated
    mean absolute error as a share of the true time. `p90_factor` times `travel_time_s` is exceeded by
    one leg in ten. On which legs these two were measured stands with the provider. `off_network` tells
    which legs are another source's; None where all are of `source`.
    """

    travel_time_s: FloatArray
    distance_m: FloatArray
    source: str
    grade: Grade
    relative_error: float
    p90_factor: float
    off_network: OffNetwork | None = None

    def __post_init__(self) -> None:
        if self.travel_time_s.shape != self.distance_m.shape:
            raise ValueError(f"travel_time_s has shape {self.travel_time_s.shape}, distance_m {self.distance_m.shape}")

    @property
    def p90_travel_time_s(self) -> FloatArray:
        """Times that one leg in ten exceeds, in the shape of `travel_time_s`."""
        return self.travel_time_s * self.p90_factor

    def off_network_on(self, origin: tuple[float, float], destination: tuple[float, float]) -> OffNetwork | None:
        """Whose figure the leg between two points (lat_deg, lon_deg) is, when it is not `source`'s."""
        off = self.off_network
        return None if off is None or off.points.isdisjoint((origin, destination)) else off


class Turn(StrEnum):
    """What a driver does at the start of a step."""

    DEPART = "depart"
    CONTINUE = "continue"
    SLIGHT_LEFT = "slight_left"
    LEFT = "left"
    SHARP_LEFT = "sharp_left"
    SLIGHT_RIGHT = "slight_right"
    RIGHT = "right"
    SHARP_RIGHT = "sharp_right"
    U_TURN = "u_turn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A stretch of one street: what to do at its start, its name ("" where it has none), its length and time."""

    turn: Turn
    name: str
    distance_m: float
    travel_time_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One way, ready to be drawn: `lat_deg`, `lon_deg` float64[p], p >= 2; without `steps` it is a straight line of an estimate."""

    travel_time_s: float
    distance_m: float
    lat_deg: FloatArray
    lon_deg: FloatArray
    steps: tuple[Step, ...]
    source: str
    grade: Grade


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Trajectory:
    """Where somebody on the fastest way is at which time: at (`lat_deg`, `lon_deg`) after `time_s`, float64[p], p >= 2.

    Times ascend from 0 to the leg's travel time; equal ones are a bend, a wait at a junction has two points in one place.
    `distance_m` is the length of the way. Without streets it is a straight line.
    """

    lat_deg: FloatArray
    lon_deg: FloatArray
    time_s: FloatArray
    distance_m: float


class TravelTimeProvider(Protocol):
    """A source of travel times. Coordinates are WGS-84, `departing_at` is aware (else ValueError)."""

    @property
    def source(self) -> str:
        """Name and version, as it stands in `TravelTimes` and in the journal."""
        ...

    @property
    def grade(self) -> Grade:
        """The grade of all its answers."""
        ...

    def to_one(
        self, lat_deg: npt.ArrayLike, lon_deg: npt.ArrayLike, destination: Wgs84, *, departing_at: datetime
    ) -> TravelTimes:
        """From each of n points to one destination: arrays [n]."""
        ...

    def from_one(
        self, origin: Wgs84, lat_deg: npt.ArrayLike, lon_deg: npt.ArrayLike, *, departing_at: datetime
    ) -> TravelTimes:
        """From one origin to each of n points: arrays [n]."""
        ...

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
        ...

    def earliest_s(
        self,
        lat_deg: npt.ArrayLike,
        lon_deg: npt.ArrayLike,
        to_lat_deg: npt.ArrayLike,
        to_lon_deg: npt.ArrayLike,
        *,
        departing_at: datetime,
    ) -> FloatArray:
        """When the first of n points, all setting out at once, reaches each of m others: seconds [m], inf without a way or n = 0."""
        ...

    def route(self, origin: Wgs84, destination: Wgs84, *, departing_at: datetime) -> Route | None:
        """The fastest way, to be drawn; None where there is none."""
        ...

    def trajectory(self, origin: Wgs84, destination: Wgs84, *, departing_at: datetime) -> Trajectory | None:
        """The fastest way, to be driven: cheaper than `route`, and with times. None where there is none."""
        ...
