"""Where simulated units are: parked at a point, or somewhere on the way of a drive.

The way is that of the travel times: along the streets where they know some, a straight line where they do not. A drive that takes
longer than expected is slower everywhere alike.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from dispatch.domain.ids import UnitId
from dispatch.domain.unit import FIX_STALE_AFTER_S, Fix
from dispatch.engine.ports import Clock
from routing.geo import Wgs84, bearing_deg
from routing.travel_time.port import Trajectory


@dataclass(frozen=True, eq=False, kw_only=True)
class Drive:
    """Along `path`, from `departed_at` to `arrives_at`, whatever time the path itself expected."""

    path: Trajectory
    departed_at: datetime
    arrives_at: datetime

    @property
    def distance_m(self) -> float:
        return self.path.distance_m

    @cached_property
    def _line(self) -> tuple[list[float], list[float], list[float]]:
        """Latitudes, longitudes, times: single items of lists are had ten times sooner than those of arrays."""
        return self.path.lat_deg.tolist(), self.path.lon_deg.tolist(), self.path.time_s.tolist()

    def share_at(self, now: datetime) -> float:
        """How much of the drive's time is over, 0 to 1."""
        whole_s = (self.arrives_at - self.departed_at).total_seconds()
        return min(1.0, max(0.0, (now - self.departed_at).total_seconds() / whole_s)) if whole_s > 0.0 else 1.0

    def point_at(self, now: datetime) -> Wgs84:
        return self._at(now)[0]

    def fix_at(self, now: datetime) -> Fix:
        duration_s = max(1.0, (self.arrives_at - self.departed_at).total_seconds())
        point, heading_deg = self._at(now)
        return Fix(point=point, fixed_at=now, speed_mps=self.distance_m / duration_s, heading_deg=heading_deg)

    def _at(self, now: datetime) -> tuple[Wgs84, float]:
        """Where the unit is, and where it heads."""
        lat_deg, lon_deg, times_s = self._line
        time_s = self.share_at(now) * times_s[-1]
        b = min(max(1, bisect_right(times_s, time_s)), len(times_s) - 1)
        a, lasts_s = b - 1, times_s[b] - times_s[b - 1]
        share = min(1.0, (time_s - times_s[a]) / lasts_s) if lasts_s > 0.0 else 1.0
        begin, end = Wgs84(lat_deg=lat_deg[a], lon_deg=lon_deg[a]), Wgs84(lat_deg=lat_deg[b], lon_deg=lon_deg[b])
        here = Wgs84(
            lat_deg=begin.lat_deg + share * (end.lat_deg - begin.lat_deg),
            lon_deg=begin.lon_deg + share * (end.lon_deg - begin.lon_deg),
        )
        return (end if share == 1.0 else here), bearing_deg(begin, end)


class Movement:
    """The whole fleet's whereabouts, and the metres each unit has driven."""

    def __init__(self) -> None:
        self.driven_m: dict[UnitId, float] = {}
        self._points: dict[UnitId, Wgs84] = {}
        self._drives: dict[UnitId, Drive] = {}
        self._fixes: dict[UnitId, Fix] = {}
        self._standing: dict[Wgs84, dict[UnitId, None]] = {}
        self._parked_reported_at: datetime | None = None
        self._moving: dict[UnitId, tuple[Drive, Fix]] = {}
        """The last report of each drive: within one instant several ask."""

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
        for unit_id, drive in self._drives.items():
            told = self._moving.get(unit_id)
            if told is None or told[0] is not drive or told[1].fixed_at != now:
                self._moving[unit_id] = drive, drive.fix_at(now)
        return {unit_id: self._moving[unit_id][1] for unit_id in self._drives}

    def fixes_at(self, now: datetime, *, within_s: float = FIX_STALE_AFTER_S) -> Mapping[UnitId, Fix]:
        """The latest report of every unit: moving ones report now, parked ones have done so `within_s` seconds."""
        last_at = self._parked_reported_at
        if last_at is None or (now - last_at).total_seconds() > within_s:
            self._parked_reported_at = now
            for point, unit_ids in self._standing.items():
                self._fixes.update(dict.fromkeys(unit_ids, Fix(point=point, fixed_at=now)))
        self._fixes.update(self.moving_fixes_at(now))
        return self._fixes

    def whereabouts_at(self, now: datetime) -> dict[UnitId, Fix]:
        """Where every unit is, as if all reported now. Asking leaves no trace, so it may be asked at any time, by anybody."""
        fixes: dict[UnitId, Fix] = {}
        for point, unit_ids in self._standing.items():
            fixes.update(dict.fromkeys(unit_ids, Fix(point=point, fixed_at=now)))
        return fixes | self.moving_fixes_at(now)


class SimulatedPositions:
    """The engine's positions port over a simulated fleet."""

    def __init__(self, movement: Movement, clock: Clock) -> None:
        self._movement, self._clock = movement, clock

    def fixes(self) -> Mapping[UnitId, Fix]:
        return self._movement.fixes_at(self._clock.now())
