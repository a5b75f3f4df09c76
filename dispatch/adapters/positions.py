"""Unit positions in memory: the latest fix of each unit, in an index by H3 cell. Lost at a restart and rebuilt by the next reports."""

from collections.abc import Mapping

from dispatch.domain.ids import UnitId
from dispatch.domain.unit import Fix


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
