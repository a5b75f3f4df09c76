"""What a set of devices changes against another one, told before it is in force."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from maps_data.importers.aed_rows import Cells
from maps_data.tables import write_table
from routing.geo import Wgs84, distance_m

MANY_REMOVED_SHARE: Final = 0.2
MANY_REMOVED: Final = 10
"""Losing more than both is likelier half a file than so many devices taken down. Choices of ours."""

MOVED_M: Final = 10.0
"""Farther is told as moved; nearer is a point that was rounded or taken again by phone. Choice of ours."""

_NOT_COMPARED: Final = frozenset({"source", "source_ids", "evidence", "record_class"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One column of one device."""

    aed_id: str
    column: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """How the devices differ from those in force before, leaving out which import they came from; ids in their order."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    changes: tuple[Change, ...]
    moved_m: Mapping[str, float]
    """How far devices have moved, of those that did by more than MOVED_M: the farthest first."""
    n_unchanged: int

    @property
    def removes_many(self) -> bool:
        """Whether so much would be gone that somebody should look first."""
        n_before = len(self.removed) + len(self.changed) + self.n_unchanged
        return len(self.removed) > max(MANY_REMOVED, MANY_REMOVED_SHARE * n_before)

    def csv(self) -> str:
        """All of it as a table: `aed_id,change,column,before,after`."""
        rows = [(aed_id, "added", "", "", "") for aed_id in self.added]
        rows += [(aed_id, "removed", "", "", "") for aed_id in self.removed]
        rows += [(change.aed_id, "changed", change.column, change.before, change.after) for change in self.changes]
        return write_table(("aed_id", "change", "column", "before", "after"), rows)


def diff_of(before: Sequence[Cells], after: Sequence[Cells]) -> Diff:
    """The difference between two lists of devices, by id."""
    was, now = ({device["aed_id"]: device for device in devices} for devices in (before, after))
    changes = [change for aed_id, device in now.items() if aed_id in was for change in _changes(was[aed_id], device)]
    changed = tuple(dict.fromkeys(change.aed_id for change in changes))
    moved_m = {aed_id: distance_m(point_of(was[aed_id]), point_of(now[aed_id])) for aed_id in changed}
    return Diff(
        added=tuple(aed_id for aed_id in now if aed_id not in was),
        removed=tuple(aed_id for aed_id in was if aed_id not in now),
        changed=changed,
        changes=tuple(changes),
        moved_m={
            aed_id: moved_m[aed_id]
            for aed_id in sorted(changed, key=lambda one: -moved_m[one])
            if moved_m[aed_id] > MOVED_M
        },
        n_unchanged=len(was.keys() & now.keys()) - len(changed),
    )


def point_of(cells: Cells) -> Wgs84:
    """Where a device's row says that it is."""
    return Wgs84(lat_deg=float(cells["lat"]), lon_deg=float(cells["lon"]))


def _changes(before: Cells, after: Cells) -> list[Change]:
    return [
        Change(aed_id=after["aed_id"], column=column, before=before.get(column, ""), after=value)
        for column, value in after.items()
        if column not in _NOT_COMPARED and before.get(column, "") != value
    ]
