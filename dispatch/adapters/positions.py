"""Unit positions in memory: the latest fix of each unit, in an index by H3 cell. Lost at a restart and rebuilt by the next reports."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from dispatch.domain.arrest import CELL_FRESH_FOR_S
from dispatch.domain.ids import UnitId
from dispatch.domain.unit import Fix
from routing.cells import Cell, centre
from routing.geo import Wgs84


class PositionBook:
    """Latest fix per unit; an older fix than the known one is ignored."""

    def __init__(self) -> None:
        self._fixes: dict[UnitId, Fix] = {}
        self._changed: set[UnitId] = set()

    def fixes(self) -> Mapping[UnitId, Fix]:
        return self._fixes

    def report(self, unit_id: UnitId, fix: Fix) -> bool:
        """Take a fix; False when a newer one is known already."""
        known = self._fixes.get(unit_id)
        if known is not None and known.fixed_at > fix.fixed_at:
            return False
        self._fixes[unit_id] = fix
        self._changed.add(unit_id)
        return True

    def drain_changed(self) -> dict[UnitId, Fix]:
        """The fixes that are new since the last call."""
        changed = {unit_id: self._fixes[unit_id] for unit_id in sorted(self._changed)}
        self._changed.clear()
        return changed


class CellBook:
    """The centre of the coarse cell that each volunteer last named, and when. Never written down, forgotten when old."""

    def __init__(self) -> None:
        self._cells: dict[UnitId, tuple[Wgs84, datetime]] = {}

    def report(self, unit_id: UnitId, cell: Cell, at: datetime) -> bool:
        """Take a cell; whether it is news: another cell, or the first after a silence."""
        known, place = self._cells.get(unit_id), centre(cell)
        self._cells[unit_id] = (place, at)
        return known is None or known[0] != place or _is_old(known[1], at)

    def forget(self, unit_id: UnitId) -> None:
        self._cells.pop(unit_id, None)

    def fresh(self, now: datetime) -> dict[UnitId, Wgs84]:
        """The centres of cells that were named lately; older ones are dropped."""
        self._cells = {unit_id: said for unit_id, said in self._cells.items() if not _is_old(said[1], now)}
        return {unit_id: place for unit_id, (place, _) in self._cells.items()}


def _is_old(said_at: datetime, now: datetime) -> bool:
    return now - said_at > timedelta(seconds=CELL_FRESH_FOR_S)
