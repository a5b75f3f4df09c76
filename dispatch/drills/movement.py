"""Where simulated units are: parked at a point, or somewhere on the straight line of a drive.

The straight line is a simplification that is only ever shown of simulated units; how long a drive takes comes from the travel
times, not from this line.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from dispatch.domain.ids import UnitId
from dispatch.domain.unit import FIX_STALE_AFTER_S, Fix
from dispatch.engine.ports import Clock
from routing.geo import Wgs84, bearing_deg


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """From `origin` at `departed_at` to `target` at `arrives_at`, `distance_m` by road."""

    origin: Wgs84
    target: Wgs84
    departed_at: datetime
    arrives_at: datetime
    distance_m: float

    def share_at(self, now: datetime) -> float:
        """How much of the drive is behind the unit, 0 to 1."""
        whole_s = (self.arrives_at - self.departed_at).total_seconds()
        return min(1.0, max(0.0, (now - self.departed_at).total_seconds() / whole_s)) if whole_s > 0.0 else 1.0

    def point_at(self, now: datetime) -> Wgs84:
        share = self.share_at(now)
        if share == 1.0:
            return self.target
        return Wgs84(
            lat_deg=self.origin.lat_deg + share * (self.target.lat_deg - self.origin.lat_deg),
            lon_deg=self.origin.lon_deg + share * (self.target.lon_deg - self.origin.lon_deg),
        )

    def fix_at(self, now: datetime) -> Fix:
        duration_s = max(1.0, (self.arrives_at - self.departed_at).total_seconds())
        return Fix(
            point=self.point_at(now),
            fixed_at=now,
            speed_mps=self.distance_m / duration_s,
            heading_deg=bearing_deg(self.origin, self.target),
        )


class Movement:
    """The whole fleet's whereabouts, and the metres each unit has driven."""

    def __init__(self) -> None:
        self.driven_m: dict[UnitId, float] = {}
        self._points: dict[UnitId, Wgs84] = {}
        self._drives: dict[UnitId, Drive] = {}
        self._fixes: dict[UnitId, Fix] = {}
        self._standing: dict[Wgs84, dict[UnitId, None]] = {}
        self._parked_reported_at: datetime | None = None

    def __contains__(self, unit_id: object) -> bool:
        return unit_id in self._points

    def park(self, unit_id: UnitId, point: Wgs84) -> None:
        """Put a unit somewhere, without a drive."""
        self._stand(unit_id, point)
        self._drives.pop(unit_id, None)
        self.driven_m.setdefault(unit_id, 0.0)
        self._parked_reported_at = None

    def drive(self, unit_id: UnitId, drive: Drive) -> None:
        """Set off."""
        self._drives[unit_id] = drive

    def drive_of(self, unit_id: UnitId) -> Drive | None:
        return self._drives.get(unit_id)

    def stop(self, unit_id: UnitId, now: datetime) -> Wgs84:
        """End the drive, if any, where the unit is; returns that point."""
        drive = self._drives.pop(unit_id, None)
        if drive is not None:
            self._stand(unit_id, drive.point_at(now))
            self._fixes[unit_id] = Fix(point=self._points[unit_id], fixed_at=now)
            self.driven_m[unit_id] += drive.share_at(now) * drive.distance_m
        return self._points[unit_id]

    def halt(self, now: datetime) -> None:
        """End every drive where its unit is."""
        for unit_id in tuple(self._drives):
            self.stop(unit_id, now)

    def _stand(self, unit_id: UnitId, point: Wgs84) -> None:
        """Keep who stands where: a fleet has ten times fewer bases than units, and those at one base share a report."""
        before = self._points.get(unit_id)
        if before is not None:
            there = self._standing[before]
            del there[unit_id]
            if not there:
                del self._standing[before]
        self._points[unit_id] = point
        self._standing.setdefault(point, {})[unit_id] = None

    def moving_fixes_at(self, now: datetime) -> dict[UnitId, Fix]:
        """What the receivers of moving units report."""
        return {unit_id: drive.fix_at(now) for unit_id, drive in self._drives.items()}

    def fixes_at(self, now: datetime, *, within_s: float = FIX_STALE_AFTER_S) -> Mapping[UnitId, Fix]:
        """The latest report of every unit: moving ones report now, parked ones have done so `within_s` seconds."""
        last_at = self._parked_reported_at
        if last_at is None or (now - last_at).total_seconds() > within_s:
            self._parked_reported_at = now
            for point, unit_ids in self._standing.items():
                self._fixes.update(dict.fromkeys(unit_ids, Fix(point=point, fixed_at=now)))
        self._fixes.update(self.moving_fixes_at(now))
        return self._fixes


class SimulatedPositions:
    """The engine's positions port over a simulated fleet."""

    def __init__(self, movement: Movement, clock: Clock) -> None:
        self._movement, self._clock = movement, clock

    def fixes(self) -> Mapping[UnitId, Fix]:
        return self._movement.fixes_at(self._clock.now())
