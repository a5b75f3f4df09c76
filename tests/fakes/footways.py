"""Footways that fit on one hand, for whoever looks for AEDs on foot."""

from typing import Final

import numpy as np
import numpy.typing as npt

from routing.geo import Wgs84, distance_m, distances_m
from routing.travel_time.port import Grade, Route, Step, Turn
from routing.travel_time.walking import DETOUR, P90_FACTOR, SPEED_MPS, WalkingTimes
from routing.travel_time.walking_roads import WalkingLegs

FOOTWAY_P90 = 1.2
STAIRS_S = 30.0


class DrawnFootways:
    """Straight to every place, but round a wall east of the caller: `detour` times as long. The way back has stairs.

    North of the caller there are no footways.
    """

    source: Final = "walking-roads-test"

    def __init__(self, detour: float) -> None:
        self._detour = detour

    def there_and_back(self, point: Wgs84, lat_deg: npt.ArrayLike, lon_deg: npt.ArrayLike) -> WalkingLegs:
        lat, lon = np.asarray(lat_deg, np.float64), np.asarray(lon_deg, np.float64)
        is_network = lat <= point.lat_deg + 0.001
        factor = np.where(is_network, np.where(lon <= point.lon_deg, 1.0, self._detour), DETOUR)
        out_s = factor * distances_m(lat, lon, point) / SPEED_MPS
        return WalkingLegs(
            out_s=out_s,
            back_s=out_s + np.where(is_network, STAIRS_S, 0.0),
            is_network=is_network,
            p90_factor=np.where(is_network, FOOTWAY_P90, P90_FACTOR),
            source=self.source,
            estimate_source=WalkingTimes.source,
        )

    def route(self, origin: Wgs84, destination: Wgs84) -> Route | None:
        """Round the corner: first along the parallel, then along the meridian; none to the north."""
        if destination.lat_deg > origin.lat_deg + 0.001:
            return None
        corner = Wgs84(lat_deg=origin.lat_deg, lon_deg=destination.lon_deg)
        legs_m = [distance_m(origin, corner), distance_m(corner, destination)]
        steps = [
            Step(turn=turn, name=name, distance_m=metres, travel_time_s=metres / SPEED_MPS)
            for turn, name, metres in zip((Turn.DEPART, Turn.LEFT), ("福华一路", ""), legs_m, strict=True)
        ]
        return Route(
            travel_time_s=sum(legs_m) / SPEED_MPS,
            distance_m=sum(legs_m),
            lat_deg=np.array([origin.lat_deg, corner.lat_deg, destination.lat_deg]),
            lon_deg=np.array([origin.lon_deg, corner.lon_deg, destination.lon_deg]),
            steps=tuple(steps),
            source=self.source,
            grade=Grade.NETWORK,
        )
