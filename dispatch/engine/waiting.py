"""Gather, for where units wait: idle units at their posts, what each post reaches, and the drives of those that have come free."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final

import numpy as np

from dispatch.domain import events as ev
from dispatch.domain.assignment import AssignmentStatus
from dispatch.domain.events_posts import UnitRelocated
from dispatch.domain.events_room import RoomRulesSet
from dispatch.domain.ids import UnitId
from dispatch.domain.post import PostRecord
from dispatch.domain.unit import Fix, Unit
from dispatch.domain.world import World
from dispatch.engine.ports import Positions, PostCoverage, PostReach, Travel
from dispatch.pipeline.relocation import WaitingFacts, busy_share, covers
from dispatch.pipeline.rows import Changes
from routing.geo import FloatArray, Wgs84, distance_m, distances_m
from routing.optimise.expected_covering import ExpectedCovering

PARKED_WITHIN_M: Final = 150.0
_FREEING: Final = frozenset({AssignmentStatus.AVAILABLE, AssignmentStatus.DECLINED})


def freed_units(world: World, events: Iterable[ev.Event]) -> tuple[UnitId, ...]:
    """Units whose assignment ended here and that nobody has sent on, by id."""
    ended = {
        event.unit_id
        for event in events
        if isinstance(event, ev.AssignmentCancelled)
        or (isinstance(event, ev.AssignmentStatusChanged) and event.status in _FREEING)
    }
    return tuple(sorted(unit_id for unit_id in ended if unit_id in world.units and world.units[unit_id].is_free))


def asks_for_moves(events: Iterable[ev.Event]) -> bool:
    """Whether a unit leaves a gap where it waited, or who waits where is looked at by other rules."""
    return any(isinstance(event, ev.UnitAssigned | RoomRulesSet) for event in events)


def changes_who_waits(events: Iterable[ev.Event]) -> bool:
    """Whether advice on where to wait has to be looked at again, though no unit was sent and none came free."""
    return any(isinstance(event, UnitRelocated | ev.UnitDutyChanged) for event in events)


@lru_cache(maxsize=64)
def _model(reached: PostReach, busy: float) -> ExpectedCovering:
    """Kept for each class of hours and busy share."""
    return ExpectedCovering(reached.covering, busy)


class _WaitingTable:
    """Where the units of one roster wait among `posts`, in rows by id. Between two questions few units and fixes change: only those
    are looked at anew.

    `covers` bool[n] marks units that take part, `is_waiting` bool[n] those of them that are free, `at` int64[n] is the row of the post
    where each waits or for which it is bound, and `is_parked` bool[n] tells whether it stands there; both mean nothing for others.
    """

    def __init__(self, world: World, posts: tuple[PostRecord, ...]) -> None:
        self.posts = posts
        self.lat_deg = np.array([post.point.lat_deg for post in posts])
        self.lon_deg = np.array([post.point.lon_deg for post in posts])
        self._known = (world.data_version, world.posts)
        self._post_row = {post.post_id: row for row, post in enumerate(posts)}
        self._nearest: dict[Wgs84, int] = {}
        self._unit_ids = sorted(world.units)
        n = len(self._unit_ids)
        self.row_of = {unit_id: row for row, unit_id in enumerate(self._unit_ids)}
        self.units = list(map(world.units.__getitem__, self._unit_ids))
        self.points = [unit.record.home for unit in self.units]
        self.covers, self.is_waiting, self.is_parked = (np.zeros(n, dtype=np.bool_) for _ in range(3))
        self.at = np.zeros(n, dtype=np.int64)
        self._unit_changes: Changes[Unit] = Changes()
        self._fix_changes: Changes[Fix | None] = Changes()
        self._unplaced: set[int] = set()

    def is_of(self, world: World) -> bool:
        """Whether the world still has this roster and these posts."""
        return self._known[0] == world.data_version and self._known[1] is world.posts

    def take_units(self, world: World) -> None:
        """Bring all but the positions up to date."""
        for _, unit in self._unit_changes.of(world.units.values()):
            row = self.row_of[unit.unit_id]
            self.units[row] = unit
            self.covers[row] = covers(unit)
            self.is_waiting[row] = covers(unit) and unit.is_free
            self.at[row] = self._at(unit)
            self._unplaced.add(row)

    def take_fixes(self, fixes: Mapping[UnitId, Fix]) -> None:
        """Find out who stands at its post; after `take_units`."""
        known = tuple(map(fixes.get, self._unit_ids))
        for row in self._unplaced.union(row for row, _ in self._fix_changes.of(known)):
            if self.is_waiting[row]:
                self._place(row, known[row])
        self._unplaced.clear()

    def _place(self, row: int, fix: Fix | None) -> None:
        point = fix.point if fix is not None else self.units[row].record.home
        if row in self._unplaced or point is not self.points[row]:
            self.points[row] = point
            self.is_parked[row] = distance_m(point, self.posts[self.at[row]].point) <= PARKED_WITHIN_M

    def _at(self, unit: Unit) -> int:
        """Where it waits; without a post of its own its base, or the post nearest to that."""
        known = self._post_row.get(unit.post_id or unit.record.home_station_id)
        if known is not None:
            return known
        home = unit.record.home
        if home not in self._nearest:
            self._nearest[home] = int(np.argmin(distances_m(self.lat_deg, self.lon_deg, home)))
        return self._nearest[home]

    @property
    def n_covering(self) -> int:
        return int(self.covers.sum())

    @property
    def busy(self) -> float:
        """The share of units in service that are committed now."""
        return busy_share(self.n_covering, self.n_covering - int(self.is_waiting.sum()))


class WaitingGatherer:
    """Gathers facts about waiting for one engine."""

    def __init__(self, positions: Positions, travel: Travel, coverage: PostCoverage) -> None:
        self._positions, self._travel, self._coverage = positions, travel, coverage
        self._table: _WaitingTable | None = None

    async def facts(
        self, world: World, freed: Iterable[UnitId], now: datetime, *, is_move_up_due: bool
    ) -> WaitingFacts | None:
        """None when there are no posts, or nobody to ask about: no unit has come free, might move up, or is advised."""
        if not world.posts:
            return None
        table = self._kept(world)
        waiting = np.flatnonzero(table.is_waiting)
        asked = [table.row_of[unit_id] for unit_id in freed if table.is_waiting[table.row_of[unit_id]]]
        is_asked = bool(asked) or (is_move_up_due and len(waiting) > 0)
        if not is_asked and all(table.units[row].advised is None for row in waiting.tolist()):
            return None
        table.take_fixes(self._positions.fixes())
        # The table is everybody's: it is read to the end before anything is waited for.
        units = tuple(table.units[row] for row in waiting.tolist())
        at, is_parked, busy, n_covering = table.at[waiting], table.is_parked[waiting], table.busy, table.n_covering
        points = [table.points[row] for row in asked]
        reached = await self._coverage.at(table.posts, now)
        drives = await self._travel.many_to_many(
            np.array([point.lat_deg for point in points]),
            np.array([point.lon_deg for point in points]),
            table.lat_deg,
            table.lon_deg,
            departing_at=now,
        )
        return WaitingFacts(
            posts=table.posts,
            model=_model(reached, busy),
            is_remote=reached.is_remote,
            drive_s=reached.drive_s,
            distance_m=reached.distance_m,
            units=units,
            at=at,
            is_parked=is_parked,
            freed=tuple(np.searchsorted(waiting, asked).tolist()),
            freed_s=drives.travel_time_s,
            freed_m=drives.distance_m,
            is_move_up_due=is_move_up_due,
            n_covering=n_covering,
            now=now,
        )

    async def losses(self, world: World, now: datetime) -> FloatArray:
        """`UnitRows.cover_loss`: what each free unit's leaving takes, float64[n]."""
        losses = np.zeros(len(world.units))
        if not world.posts:
            return losses
        table = self._kept(world)
        waiting = np.flatnonzero(table.is_waiting)
        at, busy = table.at[waiting], table.busy
        reached = await self._coverage.at(table.posts, now)
        model = _model(reached, busy)
        k = model.reaching(np.bincount(at, minlength=len(table.posts)).astype(np.int64))
        losses[waiting] = model.losses_when(k)[at] / model.total
        return losses

    def _kept(self, world: World) -> _WaitingTable:
        if self._table is None or not self._table.is_of(world):
            self._table = _WaitingTable(world, tuple(world.posts[post_id] for post_id in sorted(world.posts)))
        self._table.take_units(world)
        return self._table
