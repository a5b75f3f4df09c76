"""Units and hospitals in rows, kept up with the world: between two decisions few of them change, and only those are written anew.

What is immutable is compared by identity: an entity that is the same object is as it was.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import compress
from operator import is_not
from typing import Final, Generic, TypeVar

import numpy as np

from dispatch.domain.assignment import Assignment, AssignmentStatus
from dispatch.domain.facts import HospitalRows, Ruled, UnitRows
from dispatch.domain.hospital import Hospital
from dispatch.domain.ids import HospitalId, UnitId
from dispatch.domain.unit import FIX_UNUSABLE_AFTER_S, Fix, Unit
from dispatch.domain.vocabulary import Duty, UnitKind
from dispatch.domain.world import World

ROLLING_MPS: Final = 2.0
_RULES: Final = ("off_duty", "committed", "reserved", "fix_unusable")
_OFF_DUTY, _COMMITTED, _RESERVED, _FIX_UNUSABLE = range(1, 5)
_KIND_ROW: Final = {kind: row for row, kind in enumerate(UnitKind)}
_GETTING_READY: Final = frozenset({AssignmentStatus.OFFERED, AssignmentStatus.ACKNOWLEDGED})
_HANDING_OVER: Final = frozenset({AssignmentStatus.AT_HOSPITAL, AssignmentStatus.HANDED_OVER})

V = TypeVar("V")


class Changes(Generic[V]):
    """Which of some values are other objects than when they were looked at last, place by place."""

    def __init__(self) -> None:
        self._known: tuple[V, ...] = ()

    def of(self, values: Iterable[V]) -> Iterable[tuple[int, V]]:
        """(place, value) of what is new; everything when there are more or fewer than before."""
        before, self._known = self._known, tuple(values)
        if len(before) != len(self._known):
            return enumerate(self._known)
        return compress(enumerate(self._known), map(is_not, self._known, before))


class UnitTable:
    """The rows of one roster's units, by id."""

    def __init__(self, world: World) -> None:
        self.data_version = world.data_version
        self._unit_ids = tuple(sorted(world.units))
        self._row_of = {unit_id: row for row, unit_id in enumerate(self._unit_ids)}
        self._units = list(map(world.units.__getitem__, self._unit_ids))
        self._unit_changes: Changes[Unit] = Changes()
        self._fix_changes: Changes[Fix | None] = Changes()
        n = len(self._units)
        self._kinds = np.array([_KIND_ROW[unit.record.kind] for unit in self._units], dtype=np.int64)
        self._codes = np.zeros(n, dtype=np.int64)
        self._is_committed, self._turned_out_s = np.zeros(n, dtype=np.bool_), np.zeros(n)
        self._held: dict[int, Assignment | None] = {}
        self._getting_ready: dict[int, Assignment] = {}
        self._at_hospital_since: dict[int, datetime] = {}
        self._fixes: tuple[Fix | None, ...] = (None,) * n
        self._lat_deg, self._lon_deg, self._fixed_at, self._speed_mps = np.zeros((4, n))
        self._fixed_at[:] = np.nan
        self._put_at_home(range(n))

    @property
    def held(self) -> Iterable[Assignment]:
        """The assignments that commit units, as of the last rows."""
        return (assignment for assignment in self._held.values() if assignment is not None)

    def rows(self, world: World, fixes: Mapping[UnitId, Fix], now: datetime) -> UnitRows:
        """Where units are believed to be at `now`, and the rule that keeps each out of any choice."""
        self._take_units(world)
        self._take_assignments(world)
        self._take_fixes(fixes)
        fix_age_s = now.timestamp() - self._fixed_at
        codes = np.where((fix_age_s > FIX_UNUSABLE_AFTER_S) & (self._codes == 0), _FIX_UNUSABLE, self._codes)
        rolling_s = np.where(self._speed_mps >= ROLLING_MPS, np.inf, 0.0)
        turned_out_s = np.where(self._is_committed, self._turned_out_s, rolling_s)
        for row, held in self._getting_ready.items():
            turned_out_s[row] = (now - (held.paged_at or held.assigned_at)).total_seconds()
        at_hospital_s = np.full(len(codes), np.nan)
        for row, since_at in self._at_hospital_since.items():
            at_hospital_s[row] = (now - since_at).total_seconds()
        return UnitRows(
            units=tuple(self._units),
            unit_ids=self._unit_ids,
            row_of=self._row_of,
            kinds=self._kinds,
            ruled=Ruled(codes=codes, names=_RULES),
            fixes=self._fixes,
            lat_deg=self._lat_deg.copy(),
            lon_deg=self._lon_deg.copy(),
            fix_age_s=fix_age_s,
            turned_out_s=turned_out_s,
            at_hospital_s=at_hospital_s,
            cover_loss=np.zeros(len(codes)),
        )

    def _take_units(self, world: World) -> None:
        for _, unit in self._unit_changes.of(world.units.values()):
            row = self._row_of[unit.unit_id]
            self._units[row] = unit
            self._is_committed[row] = unit.assignment_id is not None
            self._codes[row] = _OFF_DUTY if unit.duty is Duty.OUT_OF_SERVICE else 0
            self._held.pop(row, None)
            self._getting_ready.pop(row, None)
            self._at_hospital_since.pop(row, None)
            if unit.assignment_id is not None:
                self._held[row] = None

    def _take_assignments(self, world: World) -> None:
        """How far each committed crew is."""
        for row, before in self._held.items():
            assignment_id = self._units[row].assignment_id
            assert assignment_id is not None
            held = world.assignments[assignment_id]
            if held is before:
                continue
            self._held[row] = held
            is_reserved = held.status is AssignmentStatus.RESERVED
            self._codes[row] = _RESERVED if is_reserved else _COMMITTED
            self._turned_out_s[row] = 0.0 if is_reserved else np.inf
            self._getting_ready.pop(row, None)
            if held.status in _GETTING_READY:
                self._getting_ready[row] = held
            arrived_at = held.reached_at(AssignmentStatus.AT_HOSPITAL) if held.status in _HANDING_OVER else None
            self._at_hospital_since.pop(row, None)
            if arrived_at is not None:
                self._at_hospital_since[row] = arrived_at

    def _put_at_home(self, rows: Sequence[int]) -> None:
        """Where units are believed to be that have not reported."""
        self._lat_deg[rows] = [self._units[row].record.home.lat_deg for row in rows]
        self._lon_deg[rows] = [self._units[row].record.home.lon_deg for row in rows]

    def _take_fixes(self, fixes: Mapping[UnitId, Fix]) -> None:
        self._fixes = tuple(map(fixes.get, self._unit_ids))
        changed = list(self._fix_changes.of(self._fixes))
        if not changed:
            return
        rows, known = zip(*changed, strict=True)
        different = dict(zip(map(id, known), known, strict=True))  # units at one base may share a fix
        column_of = {key: column for column, key in enumerate(different)}
        columns = np.array(list(map(_measured, different.values()))).T[
            :, list(map(column_of.__getitem__, map(id, known)))
        ]
        placed = np.array(rows)
        self._lat_deg[placed], self._lon_deg[placed], self._fixed_at[placed], self._speed_mps[placed] = columns
        if None in different.values():
            self._put_at_home([row for row in rows if self._fixes[row] is None])


def _measured(fix: Fix | None) -> tuple[float, float, float, float]:
    if fix is None:
        return np.nan, np.nan, np.nan, 0.0
    return fix.point.lat_deg, fix.point.lon_deg, fix.fixed_at.timestamp(), fix.speed_mps or 0.0


class HospitalTable:
    """The rows of a world's hospitals, by id."""

    def __init__(self) -> None:
        self._of: object = None
        self._hospitals: tuple[Hospital, ...] = ()
        self._row_of: dict[HospitalId, int] = {}
        self._lat_deg, self._lon_deg = np.empty((2, 0))

    def rows(self, world: World, held: Iterable[Assignment]) -> HospitalRows:
        """All hospitals; `held` are the assignments whose patients count as on their way."""
        if self._of is not world.hospitals:
            self._take(world)
        inbound = np.zeros(len(self._hospitals), dtype=np.int64)
        for assignment in held:
            if assignment.hospital_id in self._row_of:
                inbound[self._row_of[assignment.hospital_id]] += 1
        return HospitalRows(hospitals=self._hospitals, lat_deg=self._lat_deg, lon_deg=self._lon_deg, inbound=inbound)

    def _take(self, world: World) -> None:
        self._of = world.hospitals
        self._row_of = {hospital_id: row for row, hospital_id in enumerate(sorted(world.hospitals))}
        self._hospitals = tuple(map(world.hospitals.__getitem__, self._row_of))
        self._lat_deg = np.array([hospital.record.point.lat_deg for hospital in self._hospitals])
        self._lon_deg = np.array([hospital.record.point.lon_deg for hospital in self._hospitals])
