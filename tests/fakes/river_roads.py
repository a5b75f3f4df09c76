"""A road network that fits on one hand: straight streets at 10 m/s on both sides of a river, and one bridge over it.

The river is a meridian. A leg that crosses it takes the bridge (way 7), which can be slowed or closed; streets are of ways 1, 2 and 7.
South of `SHORE_LAT_DEG` there are no streets at all.
"""

from collections.abc import Sequence
from datetime import datetime
from threading import get_ident

import numpy as np
import numpy.typing as npt

from routing.geo import BoolArray, FloatArray, Wgs84, distance_matrix_m
from routing.roads.traffic import Slowdown
from routing.travel_time.port import Grade, Route, Trajectory, TravelTimes

RIVER_LON_DEG = 114.06
SHORE_LAT_DEG = 22.40
BRIDGE = 7
BRIDGE_S = 60.0
WAYS = frozenset({1, 2, BRIDGE})
SPEED_MPS = 10.0


class RiverRoads:
    """What the live service asks of a road network. `failure` makes every question fail, `traffic_failure` every change of traffic."""

    grade = Grade.NETWORK

    def __init__(self) -> None:
        self.source = "roads-river"
        self.failure: Exception | None = None
        self.traffic_failure: Exception | None = None
        self.threads: set[int] = set()
        self.bridge_s = BRIDGE_S

    def has_way(self, way_id: int) -> bool:
        return way_id in WAYS

    def set_traffic(self, slowdowns: Sequence[Slowdown]) -> int:
        if self.traffic_failure is not None:
            raise self.traffic_failure
        on_bridge = [slowdown for slowdown in slowdowns if BRIDGE in slowdown.way_ids]
        is_closed = any(slowdown.is_closed for slowdown in on_bridge)
        factor = min((slowdown.speed_factor for slowdown in on_bridge), default=1.0)
        self.bridge_s = np.inf if is_closed else BRIDGE_S / factor
        return len(on_bridge)

    def is_within_reach(self, lat_deg: npt.ArrayLike, lon_deg: npt.ArrayLike) -> BoolArray:
        return np.asarray(lat_deg, np.float64) >= SHORE_LAT_DEG

    def many_to_many(
        self,
        lat_deg: npt.ArrayLike,
        lon_deg: npt.ArrayLike,
        to_lat_deg: npt.ArrayLike,
        to_lon_deg: npt.ArrayLike,
        *,
        departing_at: datetime,
    ) -> TravelTimes:
        self.threads.add(get_ident())
        if self.failure is not None:
            raise self.failure
        lat, lon = np.asarray(lat_deg, np.float64), np.asarray(lon_deg, np.float64)
        to_lat, to_lon = np.asarray(to_lat_deg, np.float64), np.asarray(to_lon_deg, np.float64)
        distance_m = distance_matrix_m(lat, lon, to_lat, to_lon)
        crosses = (lon[:, None] < RIVER_LON_DEG) != (to_lon[None, :] < RIVER_LON_DEG)
        travel_time_s = distance_m / SPEED_MPS + np.where(crosses, self.bridge_s, 0.0)
        reached = self.is_within_reach(lat, lon)[:, None] & self.is_within_reach(to_lat, to_lon)[None, :]
        travel_time_s = np.where(reached, travel_time_s, np.inf)
        return TravelTimes(
            travel_time_s=travel_time_s,
            distance_m=np.where(np.isfinite(travel_time_s), distance_m, np.inf),
            source=self.source,
            grade=self.grade,
            relative_error=0.1,
            p90_factor=1.3,
        )

    def to_one(
        self, lat_deg: npt.ArrayLike, lon_deg: npt.ArrayLike, destination: Wgs84, *, departing_at: datetime
    ) -> TravelTimes:
        raise LookupError("the service asks for many to many")

    def from_one(
        self, origin: Wgs84, lat_deg: npt.ArrayLike, lon_deg: npt.ArrayLike, *, departing_at: datetime
    ) -> TravelTimes:
        raise LookupError("the service asks for many to many")

    def earliest_s(
        self,
        lat_deg: npt.ArrayLike,
        lon_deg: npt.ArrayLike,
        to_lat_deg: npt.ArrayLike,
        to_lon_deg: npt.ArrayLike,
        *,
        departing_at: datetime,
    ) -> FloatArray:
        legs = self.many_to_many(lat_deg, lon_deg, to_lat_deg, to_lon_deg, departing_at=departing_at)
        return np.min(legs.travel_time_s, axis=0, initial=np.inf)

    def route(self, origin: Wgs84, destination: Wgs84, *, departing_at: datetime) -> Route | None:
        lat, lon = np.array([origin.lat_deg, destination.lat_deg]), np.array([origin.lon_deg, destination.lon_deg])
        legs = self.many_to_many(lat[:1], lon[:1], lat[1:], lon[1:], departing_at=departing_at)
        travel_time_s = float(legs.travel_time_s[0, 0])
        if not np.isfinite(travel_time_s):
            return None
        return Route(
            travel_time_s=travel_time_s,
            distance_m=float(legs.distance_m[0, 0]),
            lat_deg=lat,
            lon_deg=lon,
            steps=(),
            source=self.source,
            grade=self.grade,
        )

    def trajectory(self, origin: Wgs84, destination: Wgs84, *, departing_at: datetime) -> Trajectory | None:
        route = self.route(origin, destination, departing_at=departing_at)
        if route is None:
            return None
        time_s = np.array([0.0, route.travel_time_s])
        return Trajectory(lat_deg=route.lat_deg, lon_deg=route.lon_deg, time_s=time_s, distance_m=route.distance_m)
