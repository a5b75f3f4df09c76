"""Footways that fit on one hand, for whoever looks for AEDs on foot."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from routing.geo import Wgs84, distance_m
from routing.travel_time.port import Grade, OffNetwork, TravelTimes
from routing.travel_time.walking import DETOUR, P90_FACTOR, SPEED_MPS, WalkingTimes

FOOTWAY_P90 = 1.2


class Footways(WalkingTimes):
    """Footways straight to every device, but round a wall east of the caller: `detour` times as long. North of him there are none."""

    source = "walking-roads-test"
    grade = Grade.NETWORK

    def __init__(self, detour: float, *, is_closed: bool = False) -> None:
        self._detour, self._is_closed = detour, is_closed

    def from_one(
        self, origin: Wgs84, lat_deg: Sequence[float], lon_deg: Sequence[float], *, departing_at: datetime
    ) -> TravelTimes:
        points = [Wgs84(lat_deg=lat, lon_deg=lon) for lat, lon in zip(lat_deg, lon_deg, strict=True)]
        walks_m = np.array([self._walk_m(origin, point) for point in points])
        off = frozenset((p.lat_deg, p.lon_deg) for p in points if self._is_off(origin, p))
        return TravelTimes(
            travel_time_s=walks_m / SPEED_MPS,
            distance_m=walks_m,
            source=self.source,
            grade=self.grade,
            relative_error=0.1,
            p90_factor=FOOTWAY_P90,
            off_network=OffNetwork(
                points=off, source=WalkingTimes.source, grade=Grade.ESTIMATE, relative_error=0.22, p90_factor=P90_FACTOR
            )
            if off
            else None,
        )

    def _is_off(self, origin: Wgs84, point: Wgs84) -> bool:
        return point.lat_deg > origin.lat_deg + 0.001

    def _walk_m(self, origin: Wgs84, point: Wgs84) -> float:
        straight_m = distance_m(origin, point)
        if self._is_off(origin, point):
            return straight_m * DETOUR
        if point.lon_deg <= origin.lon_deg:
            return straight_m
        return np.inf if self._is_closed else straight_m * self._detour
