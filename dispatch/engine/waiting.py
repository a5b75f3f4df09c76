"""Gather, for where units wait: idle units at their posts, what each post reaches, and the drives of those that have come free."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Final

import numpy as np

from dispatch.domain.facts import UnitRows
from dispatch.domain.ids import UnitId
from dispatch.domain.post import PostRecord
from dispatch.domain.unit import Unit
from dispatch.domain.world import World
from dispatch.engine.ports import Positions, PostCoverage, PostReach, Travel
from dispatch.pipeline.relocation import WaitingFacts, busy_share, covers
from routing.geo import FloatArray, Wgs84, distance_m, distances_m
from routing.optimise.expected_covering import ExpectedCovering
from routing.optimise.relocation import MoveUp

PARKED_WITHIN_M: Final = 150.0


@lru_cache(maxsize=64)
def _models(reached: PostReach, busy: float) -> tuple[ExpectedCovering, MoveUp]:
    """Kept for each class of hours and busy share: what two posts both reach takes some 0.1 s to look up."""
    model = ExpectedCovering(reached.covering, busy)
    return model, MoveUp(model)


class WaitingGatherer:
    """Gathers facts about waiting for one engine."""

    def __init__(self, positions: Positions, travel: Travel, coverage: PostCoverage) -> None:
        self._positions, self._travel, self._coverage = positions, travel, coverage
        self._posts: tuple[PostRecord, ...] = ()
        self._row: dict[str, int] = {}
        self._nearest: dict[Wgs84, int] = {}

    async def facts(
        self, world: World, freed: Iterable[UnitId], now: datetime, *, is_move_up_due: bool
    ) -> WaitingFacts | None:
        """None when there are no posts, or no unit to ask about."""
        if not world.posts:
            return None
        self._keep(world)
        units = tuple(unit for _, unit in sorted(world.units.items()) if unit.is_free and covers(unit))
        rows = {unit.unit_id: row for row, unit in enumerate(units)}
        asked = tuple(rows[unit_id] for unit_id in freed if unit_id in rows)
        if not asked and not (is_move_up_due and units):
            return None
        reached = await self._coverage.at(self._posts, now)
        model, move_up = _models(reached, busy_share(world))
        fixes = self._positions.fixes()
        points = [fix.point if (fix := fixes.get(unit.unit_id)) else unit.record.home for unit in units]
        at = np.array([self._row_of(unit) for unit in units], dtype=np.int64)
        is_parked = [
            distance_m(point, self._posts[post].point) <= PARKED_WITHIN_M
            for point, post in zip(points, at, strict=True)
        ]
        drives = await self._travel.many_to_many(
            np.array([points[row].lat_deg for row in asked]),
            np.array([points[row].lon_deg for row in asked]),
            np.array([post.point.lat_deg for post in self._posts]),
            np.array([post.point.lon_deg for post in self._posts]),
            departing_at=now,
        )
        return WaitingFacts(
            posts=self._posts,
            model=model,
            move_up=move_up,
            drive_s=reached.drive_s,
            distance_m=reached.distance_m,
            units=units,
            at=at,
            is_parked=np.array(is_parked, dtype=np.bool_),
            freed=asked,
            freed_s=drives.travel_time_s,
            freed_m=drives.distance_m,
            is_move_up_due=is_move_up_due,
            now=now,
        )

    async def losses(self, world: World, units: UnitRows, now: datetime) -> FloatArray:
        """`UnitRows.cover_loss`: what each free unit's leaving takes, float64[n]."""
        losses = np.zeros(len(units.units))
        if not world.posts:
            return losses
        self._keep(world)
        free = [row for row, unit in enumerate(units.units) if unit.is_free and covers(unit)]
        reached = await self._coverage.at(self._posts, now)
        model, _ = _models(reached, busy_share(world))
        at = np.array([self._row_of(units.units[row]) for row in free], dtype=np.int64)
        k = model.reaching(np.bincount(at, minlength=len(self._posts)).astype(np.int64))
        lost = reached.covering.reaches @ (reached.covering.demand * model.next_worth(np.maximum(k - 1, 0)))
        losses[free] = lost[at] / model.total
        return losses

    def _keep(self, world: World) -> None:
        posts = tuple(world.posts[post_id] for post_id in sorted(world.posts))
        if posts != self._posts:
            self._posts, self._nearest = posts, {}
            self._row = {post.post_id: row for row, post in enumerate(posts)}

    def _row_of(self, unit: Unit) -> int:
        """Where it waits; without a post of its own its base, or the post nearest to that."""
        known = self._row.get(unit.post_id or unit.record.home_station_id)
        if known is not None:
            return known
        home = unit.record.home
        if home not in self._nearest:
            lat_deg = [post.point.lat_deg for post in self._posts]
            lon_deg = [post.point.lon_deg for post in self._posts]
            self._nearest[home] = int(np.argmin(distances_m(lat_deg, lon_deg, home)))
        return self._nearest[home]
