"""Driving times on a street network: the fastest permitted way, by hour and traffic, as fast as the fleet drives.

Model, for a leg from point a to point b whose nearest streets are x_a and x_b metres away:

    travel_time_s = h * c * (A(x_a) + D(a, b) + A(x_b))

h is the profile's factor at the hour of departure (`profile.py`), c the fleet's (`calibration.py`), D the exact least time between the
two places on the network under the traffic that is set, A the time through yards and streets that the network does not have
(`on_streets.py`). A point beyond `LIMIT_M` (`roads/driving.py`) of every street has no times
at all: whoever wants some for it asks `is_within_reach` and then an estimate (`off_network.py`).

`distance_m` is exact for the EXACT_LEGS soonest legs of a question from or to one point, because a hierarchy finds times without
looking at ways. For the others it comes from the network's own law of straight distance and D (`roads/lengths.py`).
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import numpy.typing as npt

from routing.geo import BoolArray, FloatArray, Wgs84
from routing.roads import hierarchy
from routing.roads.driving import Conditions, DrivingStreets
from routing.roads.graph import driving_graph
from routing.roads.hierarchy import Hierarchy
from routing.roads.network import RoadNetwork, load
from routing.roads.traffic import Slowdown
from routing.travel_time.calibration import UNCALIBRATED, Calibration, read_calibration
from routing.travel_time.estimate import SHENZHEN_TIME
from routing.travel_time.on_streets import OnStreets, Points
from routing.travel_time.port import Grade, Route, Trajectory, TravelTimes
from routing.travel_time.profile import Profile


class RoadTravelTimes:
    """The `TravelTimeProvider` of a street network. All calls are safe in any thread, also while traffic is set."""

    grade: Final = Grade.NETWORK

    def __init__(
        self,
        network: RoadNetwork,
        hierarchies: tuple[Hierarchy, Hierarchy],
        *,
        calibration: Calibration | None = None,
        profile: Profile | None = None,
        zone: ZoneInfo = SHENZHEN_TIME,
    ) -> None:
        """`hierarchies` (forward, backward) are those of the network's driving graph. NetworkError when nobody can drive there."""
        self.network = network
        self.calibration = calibration or UNCALIBRATED
        self._version = network.version + self.calibration.mark
        self._profile = profile or Profile()
        self._zone = zone
        factors = self._profile.class_factors(network.classes)
        self._streets = DrivingStreets(network, hierarchies, class_factors=factors)

    @classmethod
    def load(
        cls,
        directory: Path,
        *,
        calibration: Calibration | None = None,
        profile: Profile | None = None,
        zone: ZoneInfo = SHENZHEN_TIME,
    ) -> "RoadTravelTimes":
        """The network and its hierarchies in `directory`, and the calibration that stands there unless one is given.

        Raises NetworkError, which says in Chinese and English what is amiss.
        """
        network = load(directory)
        hierarchies = hierarchy.load(driving_graph(network), directory / hierarchy.DRIVE)
        calibration = calibration or read_calibration(directory)
        return cls(network, hierarchies, calibration=calibration, profile=profile, zone=zone)

    @property
    def source(self) -> str:
        """The network's version, `~` and a digest where a fleet's calibration counts, `+n` after the n-th change of traffic."""
        return self._source(self._streets.conditions)

    def has_way(self, way_id: int) -> bool:
        """Whether a street of the network is part of this way of OpenStreetMap."""
        return self._streets.has_way(way_id)

    def is_within_reach(self, lat_deg: npt.ArrayLike, lon_deg: npt.ArrayLike) -> BoolArray:
        """Whether each of n points has a street near enough to start or end at; traffic makes no difference: bool[n]."""
        points = Points.of(lat_deg, lon_deg)
        return self._streets.is_within_reach(points.lat_deg, points.lon_deg)

    def set_traffic(self, slowdowns: Sequence[Slowdown]) -> int:
        """Make these slowdowns, and no others, hold; returns how many edges are not as usual under them.

        Blocks until all later answers know of them; other threads' questions are answered meanwhile, each under the old traffic or
        under the new.
        """
        return self._streets.set_traffic(slowdowns)

    def to_one(
        self, lat_deg: npt.ArrayLike, lon_deg: npt.ArrayLike, destination: Wgs84, *, departing_at: datetime
    ) -> TravelTimes:
        """From each of n points to one destination: arrays [n]."""
        legs = self._legs(
            Points.of(lat_deg, lon_deg), Points.one(destination.lat_deg, destination.lon_deg), departing_at
        )
        return self._told(*legs, shape=(-1,))

    def from_one(
        self, origin: Wgs84, lat_deg: npt.ArrayLike, lon_deg: npt.ArrayLike, *, departing_at: datetime
    ) -> TravelTimes:
        """From one origin to each of n points: arrays [n]."""
        legs = self._legs(Points.one(origin.lat_deg, origin.lon_deg), Points.of(lat_deg, lon_deg), departing_at)
        return self._told(*legs, shape=(-1,))

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
        origins, destinations = Points.of(lat_deg, lon_deg), Points.of(to_lat_deg, to_lon_deg)
        return self._told(*self._legs(origins, destinations, departing_at), shape=(len(origins), len(destinations)))

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
        streets = self._at(self._streets.conditions, departing_at)
        return streets.earliest_s(Points.of(lat_deg, lon_deg), Points.of(to_lat_deg, to_lon_deg))

    def route(self, origin: Wgs84, destination: Wgs84, *, departing_at: datetime) -> Route | None:
        """The fastest way along the streets; None where there is none."""
        conditions = self._streets.conditions
        streets = self._at(conditions, departing_at)
        return streets.route(
            Points.one(origin.lat_deg, origin.lon_deg),
            Points.one(destination.lat_deg, destination.lon_deg),
            self._source(conditions),
        )

    def trajectory(self, origin: Wgs84, destination: Wgs84, *, departing_at: datetime) -> Trajectory | None:
        """Where on the streets one is at which time; None where there is no way."""
        return self._at(self._streets.conditions, departing_at).trajectory(
            Points.one(origin.lat_deg, origin.lon_deg), Points.one(destination.lat_deg, destination.lon_deg)
        )

    def _at(self, conditions: Conditions, departing_at: datetime) -> OnStreets:
        factor, pattern = self._profile.at(departing_at, self._zone)
        return OnStreets(self._streets, conditions, conditions.patterns[pattern], factor * self.calibration.factor)

    def _legs(
        self, origins: Points, destinations: Points, departing_at: datetime
    ) -> tuple[Conditions, FloatArray, FloatArray]:
        conditions = self._streets.conditions
        return conditions, *self._at(conditions, departing_at).legs(origins, destinations)

    def _told(
        self, conditions: Conditions, travel_time_s: FloatArray, distance_m: FloatArray, *, shape: tuple[int, ...]
    ) -> TravelTimes:
        return TravelTimes(
            travel_time_s=travel_time_s.reshape(shape),
            distance_m=distance_m.reshape(shape),
            source=self._source(conditions),
            grade=self.grade,
            relative_error=self.calibration.relative_error,
            p90_factor=self.calibration.p90_factor,
        )

    def _source(self, conditions: Conditions) -> str:
        return f"{self._version}+{conditions.revision}" if conditions.revision else self._version
