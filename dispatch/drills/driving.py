"""Simulated units on the road: from wherever a unit is to a target, in the expected time times a factor."""

from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from dispatch.domain.ids import UnitId
from dispatch.drills.movement import Drive, Movement
from dispatch.engine.ports import Clock, Travel
from routing.geo import Wgs84, distance_m
from routing.travel_time.port import Trajectory

DETOUR: Final = 1.35
OFF_NETWORK_MPS: Final = 35.0 / 3.6
"""A leg for which no way is known is driven at 35 km/h over the straight line times 1.35, the usual rule of thumb: a crew gets through
where a map does not."""


class Driving:
    """Moves units through `movement`, with times from `travel`."""

    def __init__(self, *, movement: Movement, travel: Travel, clock: Clock) -> None:
        self.movement, self._travel, self._clock = movement, travel, clock

    async def set_off(self, unit_id: UnitId, target: Wgs84, factor: float) -> datetime:
        """Head for `target` from where the unit is now; returns the arrival."""
        now = self._clock.now()
        origin = self.movement.stop(unit_id, now)
        path = await self._travel.trajectory(origin, target, departing_at=now) or _off_the_map(origin, target)
        arrives_at = now + timedelta(seconds=float(path.time_s[-1]) * factor)
        self.movement.drive(unit_id, Drive(path=path, departed_at=now, arrives_at=arrives_at))
        return arrives_at

    async def to(self, unit_id: UnitId, target: Wgs84, factor: float) -> AsyncGenerator[datetime, None]:
        """A drive to its end, as instants to wait for; setting off elsewhere meanwhile moves the arrival."""
        await self.set_off(unit_id, target, factor)
        while (drive := self.movement.drive_of(unit_id)) and drive.arrives_at > self._clock.now():
            yield drive.arrives_at
        self.movement.stop(unit_id, self._clock.now())


def _off_the_map(origin: Wgs84, target: Wgs84) -> Trajectory:
    length_m = distance_m(origin, target) * DETOUR
    return Trajectory(
        lat_deg=np.array([origin.lat_deg, target.lat_deg]),
        lon_deg=np.array([origin.lon_deg, target.lon_deg]),
        time_s=np.array([0.0, length_m / OFF_NETWORK_MPS]),
        distance_m=length_m,
    )
