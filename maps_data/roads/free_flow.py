"""A street network as an ordinary car finds it with nobody about: no hour, no traffic, no siren. What estimates are fitted to."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from routing.geo import FloatArray, Wgs84
from routing.roads.network import E7
from routing.roads.snapping import Snapper
from routing.travel_time.calibration import UNCALIBRATED
from routing.travel_time.profile import Profile
from routing.travel_time.road import RoadTravelTimes

ANY_TIME: Final = datetime(2026, 1, 1, tzinfo=UTC)
LIMIT_M: Final = 1_000.0
"""A point farther from every street is left out, as `road.py` leaves it out."""

ALIKE: Final = Profile(hourly=(1.0,) * 24)


class FreeFlowStreets:
    """Implements `legs.FreeFlow` on the network in a directory. Raises NetworkError when there is none that can be used."""

    def __init__(self, directory: Path) -> None:
        self._times = RoadTravelTimes.load(directory, calibration=UNCALIBRATED, profile=ALIKE)
        self.network = self._times.network
        drive = self.network.drive
        self._places = Snapper(drive, np.asarray(drive.is_main, np.bool_), limit_m=LIMIT_M).view()

    def on_streets(self, lat_deg: FloatArray, lon_deg: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The nearest place on a street of each of n points that has one: float64[k], float64[k], in the order of the points."""
        snaps = self._places.snaps(lat_deg, lon_deg)
        first = snaps.first[:-1]
        places = [self._place(edge, along) for edge, along in zip(snaps.edge[first], snaps.along[first], strict=True)]
        lat, lon = np.array(places, np.float64).reshape(-1, 2).T
        return lat, lon

    def times_s(
        self, lat_deg: FloatArray, lon_deg: FloatArray, to_lat_deg: FloatArray, to_lon_deg: FloatArray
    ) -> FloatArray:
        """Seconds of the fastest way from each of n points to each of m others: float64[n, m], inf where there is none."""
        ends = (lat_deg, lon_deg, to_lat_deg, to_lon_deg)
        return self._times.many_to_many(*ends, departing_at=ANY_TIME).travel_time_s

    def road_m(self, origins: Sequence[Wgs84], destinations: Sequence[Wgs84]) -> FloatArray:
        """Metres of the fastest way from each of n points to its fellow of n others: float64[n], inf where there is none."""
        legs = (
            self._times.to_one([a.lat_deg], [a.lon_deg], b, departing_at=ANY_TIME).distance_m
            for a, b in zip(origins, destinations, strict=True)
        )
        return np.concatenate([np.empty(0), *legs])

    def _place(self, edge: int, along: float) -> tuple[float, float]:
        """Where one is after the share `along` of an edge's length."""
        drive = self.network.drive
        points = slice(int(drive.first_point[edge]), int(drive.first_point[edge + 1]))
        lat, lon = np.asarray(drive.lat_e7[points]) * E7, np.asarray(drive.lon_e7[points]) * E7
        step = np.hypot(np.diff(lat), np.diff(lon) * np.cos(np.radians(lat[:-1])))
        share = np.concatenate([[0.0], np.cumsum(step)]) / max(step.sum(), 1e-12)
        return float(np.interp(along, share, lat)), float(np.interp(along, share, lon))
