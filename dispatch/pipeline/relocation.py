"""Where freed and idle units should wait: the models of routing.optimise.relocation, in terms of crews and posts.

A unit that has come free goes to the post where it adds most to the expected coverage, less the price of the drive; if its own post is
as good, nothing is ordered. When units are sent out, the best move of an idle crew is looked for within the budget. The busy share q
is that of the units in service now. The crew of a remote station goes back to it and stays: coverage counts calls, and would leave
the few of a far district to wait an hour for what a busy centre gains.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import numpy as np

from dispatch.domain import events as ev
from dispatch.domain.commands import AdoptPosts, RelocateUnit
from dispatch.domain.events_posts import PostsAdopted, RelocationAdviceWithdrawn, RelocationAdvised, UnitRelocated
from dispatch.domain.facts import BoolArray, IntArray
from dispatch.domain.post import PostRecord, Relocation, RelocationMode, RelocationReason, RelocationRules
from dispatch.domain.rejections import CommandRejected, Refusal
from dispatch.domain.rules import Context
from dispatch.domain.unit import Unit
from dispatch.domain.vocabulary import Duty, UnitKind
from dispatch.domain.world import MOVES_WITHIN, World
from routing.geo import FloatArray
from routing.optimise.expected_covering import ExpectedCovering
from routing.optimise.relocation import IdleUnits, Limits, WaitingPost, move_price, plan_moves, rank_posts

COVERING_KINDS: Final = frozenset({UnitKind.ALS, UnitKind.BLS})
"""Special units are kept for their pathways and cover nobody else."""
BUSY_STEP: Final = 0.05
LEAST_BUSY, MOST_BUSY = 0.1, 0.8
BUSY_WEIGHT: Final = 0.6
"""How much of the busy share the model is told: it knows no crew that comes free near by, nor one that is sent into the gap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingFacts:
    """n posts and u idle units, by id. `is_remote` bool[n] as in `PostReach`. `at` int64[u]: the post where each waits or for which it
    is bound; `is_parked` bool[u]: whether it stands there. `drive_s`, `distance_m` float64[n, n] lead from post to post; `freed` are
    the rows of units that have just come free, `freed_s`, `freed_m` float64[freed, n] their drives. `n_covering` units are in service
    and take part, idle or not.
    """

    posts: tuple[PostRecord, ...]
    model: ExpectedCovering
    is_remote: BoolArray
    drive_s: FloatArray
    distance_m: FloatArray
    units: tuple[Unit, ...]
    at: IntArray
    is_parked: BoolArray
    freed: tuple[int, ...]
    freed_s: FloatArray
    freed_m: FloatArray
    is_move_up_due: bool
    n_covering: int
    now: datetime

    def keeps_its_station(self, row: int) -> bool:
        """Whether the unit's own post is a remote station, and it waits there or is bound for it."""
        post = self.at[row]
        return bool(self.is_remote[post]) and self.posts[post].post_id == self.units[row].record.home_station_id


def covers(unit: Unit) -> bool:
    """Whether the unit takes part: any emergency may be its next one."""
    return unit.duty is Duty.IN_SERVICE and unit.record.kind in COVERING_KINDS


def busy_share(n_covering: int, n_busy: int) -> float:
    """The share of units in service that are committed now, weighted, in steps of `BUSY_STEP`, so that models can be kept."""
    share = BUSY_WEIGHT * n_busy / n_covering if n_covering else 0.0
    return min(MOST_BUSY, max(LEAST_BUSY, round(round(share / BUSY_STEP) * BUSY_STEP, 2)))


def moves(world: World, facts: WaitingFacts, rules: RelocationRules) -> Iterator[tuple[Unit, Relocation]]:
    """Who should wait elsewhere, and why; at most one unit moves up at a time."""
    counts = np.bincount(facts.at, minlength=len(facts.posts)).astype(np.int64)
    least = facts.model.units(rules.least_gain)
    burden, at = _burden(facts.units), facts.at.copy()
    for place, row in enumerate(facts.freed):
        if facts.keeps_its_station(row):
            continue
        counts[facts.at[row]] -= 1
        best, usual = _best_and_usual(facts, rules, counts, place, burden)
        is_worth = best.net - usual.net >= least
        at[row] = best.post if is_worth else usual.post
        counts[at[row]] += 1
        if is_worth and best.post != usual.post:
            gain = facts.model.share(best.gain - usual.gain)
            drive_s, distance_m = facts.freed_s[place, best.post], facts.freed_m[place, best.post]
            yield (
                facts.units[row],
                _relocation(facts, row, best.post, RelocationReason.FREED, gain, drive_s, distance_m),
            )
    if facts.is_move_up_due and _has_budget(world, facts, rules):
        yield from _moves_up(replace(facts, at=at), rules, counts, burden)


def _best_and_usual(
    facts: WaitingFacts, rules: RelocationRules, counts: IntArray, place: int, burden: FloatArray
) -> tuple[WaitingPost, WaitingPost]:
    row = facts.freed[place]
    price = move_price(
        facts.model,
        facts.freed_s[place : place + 1],
        share_per_hour=rules.share_per_hour,
        share_per_move=0.0,
        burden=burden[row : row + 1],
    )[0]
    ranked = rank_posts(facts.model, counts, price)
    return ranked[0], next(each for each in ranked if each.post == facts.at[row])


def _moves_up(
    facts: WaitingFacts, rules: RelocationRules, counts: IntArray, burden: FloatArray
) -> Iterator[tuple[Unit, Relocation]]:
    is_rested = [
        unit.relocated_at is None or (facts.now - unit.relocated_at).total_seconds() >= rules.rest_s
        for unit in facts.units
    ]
    is_kept = [facts.keeps_its_station(row) for row in range(len(facts.units))]
    may_move = np.flatnonzero(
        np.array(is_rested, dtype=np.bool_) & facts.is_parked & ~np.array(is_kept, dtype=np.bool_)
    )
    # Of units at one post that have moved alike, the first goes.
    _, first = np.unique(facts.at[may_move] + 1j * burden[may_move], return_index=True)
    rows = np.sort(may_move[first])
    at = facts.at[rows]
    drive_s, distance_m = facts.drive_s[at], facts.distance_m[at]
    price = move_price(
        facts.model,
        drive_s,
        share_per_hour=rules.share_per_hour,
        share_per_move=rules.share_per_move,
        burden=burden[rows],
    )
    idle = IdleUnits(
        at=at,
        price=price,
        may_move=np.isfinite(drive_s),
        distance_m=np.where(np.isfinite(distance_m), distance_m, 0.0),
    )
    limits = Limits(max_moves=1, least_net=max(1, facts.model.units(rules.least_gain)))
    for move in plan_moves(facts.model, counts, idle, limits):
        gain = facts.model.share(move.gain)
        drive, row = float(drive_s[move.unit, move.target]), int(rows[move.unit])
        yield (
            facts.units[row],
            _relocation(facts, row, move.target, RelocationReason.MOVE_UP, gain, drive, move.distance_m),
        )


def _has_budget(world: World, facts: WaitingFacts, rules: RelocationRules) -> bool:
    recent = sum(facts.now - at < MOVES_WITHIN for at in world.moved_at)
    return recent < rules.moves_per_unit_hour * facts.n_covering


def _burden(units: Sequence[Unit]) -> FloatArray:
    """1 for a crew that has moved no more than its share, more for others: float64[u]."""
    moved = np.array([unit.n_relocations for unit in units], dtype=np.float64)
    return np.asarray(np.maximum(1.0, (1.0 + moved) / (1.0 + moved.mean())), dtype=np.float64) if len(moved) else moved


def _relocation(
    facts: WaitingFacts,
    row: int,
    post: int,
    reason: RelocationReason,
    gain: float,
    drive_s: float,
    distance_m: float,
) -> Relocation:
    return Relocation(
        post_id=facts.posts[post].post_id,
        was_post_id=facts.posts[int(facts.at[row])].post_id,
        reason=reason,
        gain=round(gain, 6),
        travel_time_s=round(float(drive_s), 1),
        distance_m=round(float(distance_m)),
    )


Concluded = UnitRelocated | RelocationAdvised | RelocationAdviceWithdrawn


def conclude(world: World, facts: WaitingFacts, rules: RelocationRules) -> Iterator[Concluded]:
    """Orders where the rules let the engine give them, else advice."""
    if rules.mode is not RelocationMode.AUTOMATIC:
        yield from _advice(world, facts, rules)
        return
    yield from end_of_advice(world)
    for unit, relocation in moves(world, facts, rules):
        yield UnitRelocated(unit_id=unit.unit_id, relocation=relocation)


def end_of_advice(world: World) -> Iterator[RelocationAdviceWithdrawn]:
    """Where nobody is advised any more."""
    return (RelocationAdviceWithdrawn(unit_id=u) for u, unit in world.units.items() if unit.advised is not None)


def _advice(world: World, facts: WaitingFacts, rules: RelocationRules) -> Iterator[Concluded]:
    """What no longer holds is taken back. What still stands counts as followed, so that the next gap is found: one may be left. A
    drive that only saves driving is nothing to trouble a person with."""
    at, is_parked = facts.at.copy(), facts.is_parked.copy()
    row_of = {unit.unit_id: row for row, unit in enumerate(facts.units)}
    post_of = {post.post_id: row for row, post in enumerate(facts.posts)}
    for unit_id, unit in world.units.items():
        if unit.advised is None:
            continue
        row, there = row_of.get(unit_id), post_of.get(unit.advised.post_id)
        if row is not None and there is not None and _holds(facts, row, there, unit.advised, rules):
            at[row], is_parked[row] = there, False
        else:
            yield RelocationAdviceWithdrawn(unit_id=unit_id)
    for unit, relocation in moves(world, replace(facts, at=at, is_parked=is_parked), rules):
        if relocation.gain is not None and relocation.gain > 0.0:
            yield RelocationAdvised(unit_id=unit.unit_id, relocation=relocation)


def _holds(facts: WaitingFacts, row: int, there: int, advised: Relocation, rules: RelocationRules) -> bool:
    """Whether advice to the unit in `row` to wait at the post in `there` still stands. No crew that has just come free is nearer; the
    unit would add to the coverage; and once it is parked, more than the drive costs, as for any crew at rest."""
    here = int(facts.at[row])
    drive_s = float(facts.drive_s[here, there]) if facts.is_parked[row] else advised.travel_time_s or 0.0
    if here == there or (len(facts.freed) and facts.freed_s[:, there].min() < drive_s):
        return False
    counts = np.bincount(facts.at, minlength=len(facts.posts)).astype(np.int64)
    moved = counts.copy()
    moved[[here, there]] += (-1, 1)
    gain = facts.model.value(moved) - facts.model.value(counts)
    if not facts.is_parked[row]:
        return gain > 0
    price = move_price(
        facts.model,
        facts.drive_s[here : here + 1, there : there + 1],
        share_per_hour=rules.share_per_hour,
        share_per_move=rules.share_per_move,
        burden=np.ones(1),
    )
    return gain > int(price[0, 0])


def adopt_posts(world: World, command: AdoptPosts, _: Context) -> Iterator[ev.Event]:
    """Take over a file of posts; the same one again changes nothing."""
    if command.posts_version != world.posts_version:
        yield PostsAdopted(posts_version=command.posts_version, posts=command.posts)


def relocate_unit(world: World, command: RelocateUnit, _: Context) -> Iterator[ev.Event]:
    """Send a free unit to another post; one that waits there already, or is bound for it, stays as it is."""
    unit = world.unit(command.unit_id)
    if command.post_id not in world.posts:
        raise CommandRejected(Refusal.POST_NOT_FOUND)
    if not unit.is_free:
        raise CommandRejected(Refusal.UNIT_NOT_AVAILABLE)
    if unit.post_id == command.post_id:
        return
    advised = unit.advised if unit.advised is not None and unit.advised.post_id == command.post_id else None
    ordered = Relocation(
        post_id=command.post_id, was_post_id=unit.post_id, reason=RelocationReason.ORDERED, note=command.reason
    )
    yield UnitRelocated(unit_id=unit.unit_id, relocation=advised or ordered)
