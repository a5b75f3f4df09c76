"""Crews on their way in the joint choice: who is given a more urgent call, and who is relieved by a unit that is sooner there.

Incidents whose crews are on their way stand in the flow with their own crews at the drive that remains, without a turnout. Keeping its
crew saves an incident of priority p  w_p · switch_s[p]: a change has to be worth more than that. A crew may only be taken by a
strictly more urgent need, and each incident changes crews `max_per_incident` times at most, so nobody is sent to and fro.

A flow knows sums; what a single change brings is looked at afterwards, beside the optimum that leaves all crews alone:

- a taker gains at least `gain_s`;
- the loser gets another unit, at most `loser_delay_s` later; or it may wait, and the taker is life-threatening and had nobody;
- a relief is there at least `switch_s` sooner.

A change that fails is forbidden and the flow solved again. Only the taker's side is recommended here: what the loser then gets is
chosen anew as soon as its crew has been taken, at the latest knowledge, and is told beforehand in the taker's candidate.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from dispatch.domain.choice import Diversion, Recommendation
from dispatch.domain.facts import Facts
from dispatch.domain.ids import IncidentId
from dispatch.pipeline.policies import costs, flow
from dispatch.pipeline.policies.costs import BoolArray, Prices
from dispatch.pipeline.policies.recommend import Chosen
from routing.geo import FloatArray
from routing.optimise import assignment

MAX_TRIES: Final = 6


def choose(
    facts: Facts, explained: frozenset[IncidentId], prices: Prices, *, policy_version: str
) -> Sequence[Recommendation]:
    """The optimum at these prices, with the changes of crews that are worth it; see `Policy.choose`."""
    is_bound = facts.bound_to >= 0
    unbound = replace(prices, is_unit_eligible=prices.is_unit_eligible & ~is_bound)
    plan = _plan(facts, prices, unbound) if is_bound.any() else None
    if plan is None:
        return flow.choose(facts, explained, unbound, policy_version=policy_version)
    chosen = [_chosen(facts, plan, c) for c in range(len(facts.needs))]
    return flow.recommendations(
        facts, explained, unbound, plan.problem, plan.solution, chosen, policy_version=policy_version
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """An optimum with changes of crews. `taker_of` maps the row of each diverted unit to its new need; `lost[c]` are the rows of the
    crews that need c loses; `gain_s` float64[m] is how much sooner its units are there than in the optimum without changes.
    """

    problem: assignment.Problem
    solution: assignment.Solution
    taker_of: dict[int, int]
    lost: tuple[tuple[int, ...], ...]
    gain_s: FloatArray


def _plan(facts: Facts, prices: Prices, unbound: Prices) -> _Plan | None:
    """None when nobody is worth taking or relieving."""
    allowed = _allowed(facts, prices, unbound)
    if allowed is None:
        return None
    base_s: FloatArray | None = None
    for _ in range(MAX_TRIES):
        problem = _problem_of(facts, prices, allowed)
        solution = assignment.solve(problem)
        taker_of = _takers(facts, solution)
        lost = tuple(
            tuple(row for row in _bound_rows(facts, c) if row not in solution.units[c]) for c in range(len(facts.needs))
        )
        if not any(lost):
            return None
        if base_s is None:
            base = assignment.solve(flow.problem_of(facts, unbound))
            base_s = _seconds(facts, prices, base, has_bound=False)
        plan = _Plan(
            problem=problem,
            solution=solution,
            taker_of=taker_of,
            lost=lost,
            gain_s=base_s - _seconds(facts, prices, solution, has_bound=True),
        )
        failing = list(_failing(facts, prices, plan))
        if not failing:
            return plan
        for c, row in failing:
            allowed[c, row] = False
    return None


# --- what takes part --------------------------------------------------------------------------------------------------


def _bound_rows(facts: Facts, c: int) -> list[int]:
    return [int(row) for row in np.flatnonzero(facts.bound_to == c)]


def _allowed(facts: Facts, prices: Prices, unbound: Prices) -> BoolArray | None:
    """Pairs [m, n] that a plan may use; None when no change can pass, looked at one by one."""
    rules, response_s = facts.divert, prices.response_s
    is_bound = facts.bound_to >= 0
    free_s = np.where(unbound.is_unit_eligible, response_s, costs.HOLD_S).min(axis=1, initial=costs.HOLD_S)
    allowed = unbound.is_unit_eligible.copy()
    has_change = False
    for c, need in enumerate(facts.needs):
        own = np.flatnonzero(facts.bound_to == c)
        best_s = free_s[c]
        if len(own) and need.missing == 0:
            latest_s = float(response_s[c, own].max())
            best_s = min(best_s, latest_s)
            is_fixed = need.n_switches >= rules.max_per_incident
            allowed[c] &= not is_fixed and (response_s[c] <= latest_s + rules.loser_delay_s)
            sooner_s = latest_s - response_s[c]
            has_change |= bool((allowed[c] & (sooner_s >= rules.switch_s[need.incident.priority])).any())
        others = np.flatnonzero(is_bound & (facts.bound_to != c) & prices.is_unit_eligible[c])
        for row in others.tolist():
            loser = int(facts.bound_to[row])
            is_soon = best_s - response_s[c, row] >= rules.gain_s
            allowed[c, row] = is_soon and _may_lose(facts, prices, free_s, loser, row, c)
            has_change |= bool(allowed[c, row])
        allowed[c, own] = prices.is_unit_eligible[c, own]
    return allowed if has_change else None


def _may_lose(facts: Facts, prices: Prices, free_s: FloatArray, loser: int, row: int, taker: int) -> bool:
    delay_s = free_s[loser] - prices.response_s[loser, row]
    has_other = free_s[loser] < costs.HOLD_S and delay_s <= facts.divert.loser_delay_s
    return has_other or _may_wait(facts, loser, taker, is_taker_unserved=free_s[taker] >= costs.HOLD_S)


def _may_wait(facts: Facts, loser: int, taker: int, *, is_taker_unserved: bool) -> bool:
    """Whether the loser may be left without a crew."""
    is_urgent = facts.needs[taker].incident.priority.is_life_threatening
    return is_urgent and is_taker_unserved and facts.needs[loser].incident.priority in facts.divert.may_wait


def _problem_of(facts: Facts, prices: Prices, allowed: BoolArray) -> assignment.Problem:
    """The joint problem in which needs with crews on their way want those too, and keep them for a saving."""
    needs, hold = facts.needs, flow.hold_costs(facts)
    n_bound = np.bincount(facts.bound_to[facts.bound_to >= 0], minlength=len(needs))
    response_cost = prices.unit_cost.copy()
    for c, need in enumerate(needs):
        priority = need.incident.priority
        is_fixed = need.n_switches >= facts.divert.max_per_incident
        saving = hold[c] if is_fixed else round(costs.WEIGHT[priority] * facts.divert.switch_s[priority])
        response_cost[c, facts.bound_to == c] -= saving
    is_open = n_bound == 0
    plain = flow.problem_of(facts, prices)
    return replace(
        plain,
        response_cost=response_cost,
        eligible=allowed,
        need=plain.need + n_bound,
        # Patients of crews on their way are bound for their hospitals already and count there as inbound.
        hospital_eligible=plain.hospital_eligible & is_open[:, np.newaxis],
        no_hospital_cost=np.where(is_open, plain.no_hospital_cost, 0).astype(np.int64),
    )


# --- what came of it --------------------------------------------------------------------------------------------------


def _takers(facts: Facts, solution: assignment.Solution) -> dict[int, int]:
    return {row: c for c, rows in enumerate(solution.units) for row in rows if facts.bound_to[row] not in {-1, c}}


def _seconds(facts: Facts, prices: Prices, solution: assignment.Solution, *, has_bound: bool) -> FloatArray:
    """The response times of each need's units in all, float64[m]; a unit that is not there yet counts `HOLD_S`. Without `has_bound`
    the solution leaves crews on their way out, and they are added."""
    totals = []
    for c in range(len(facts.needs)):
        rows = [*solution.units[c], *([] if has_bound else _bound_rows(facts, c))]
        totals.append(
            float(np.minimum(prices.response_s[c, rows], costs.HOLD_S).sum()) + solution.held[c] * costs.HOLD_S
        )
    return np.array(totals)


def _failing(facts: Facts, prices: Prices, plan: _Plan) -> list[tuple[int, int]]:
    """Pairs (need, row) whose change does not keep to the rules."""
    rules, failing = facts.divert, []
    for row, taker in plan.taker_of.items():
        loser = int(facts.bound_to[row])
        n_taken = sum(c == taker for c in plan.taker_of.values())
        if plan.gain_s[taker] < rules.gain_s * n_taken or not _is_loser_served(facts, plan, loser, taker):
            failing.append((taker, row))
    for c, rows in enumerate(plan.lost):
        relieved = [row for row in rows if row not in plan.taker_of]
        n_left = max(0, rules.max_per_incident - facts.needs[c].n_switches)
        if len(rows) > n_left:  # several crews of one incident in one decision
            failing += [(plan.taker_of[row], row) for row in rows[n_left:] if row in plan.taker_of]
            failing += [(c, row) for row in plan.solution.units[c] if relieved and facts.bound_to[row] != c]
        if relieved and len(relieved) == len(rows):
            least_s = rules.switch_s[facts.needs[c].incident.priority] * len(relieved)
            if plan.gain_s[c] < least_s or plan.solution.held[c]:
                failing += [(c, row) for row in plan.solution.units[c] if facts.bound_to[row] != c]
    return failing


def _is_loser_served(facts: Facts, plan: _Plan, loser: int, taker: int) -> bool:
    n_lost = len(plan.lost[loser])
    if plan.solution.held[loser]:
        # Served out of turn: the taker gains more than any drive only if it had nobody.
        had_nobody = bool(plan.gain_s[taker] > costs.HOLD_S / 2)
        return _may_wait(facts, loser, taker, is_taker_unserved=had_nobody)
    return bool(-plan.gain_s[loser] <= facts.divert.loser_delay_s * n_lost)


def _chosen(facts: Facts, plan: _Plan, c: int) -> Chosen:
    """What is recommended for need c: its new units, save those that only make up for a crew that another need takes."""
    need, problem, lost = facts.needs[c], plan.problem, plan.lost[c]
    new = [row for row in plan.solution.units[c] if facts.bound_to[row] != c]
    relieved = [row for row in lost if row not in plan.taker_of]
    new = new[: need.missing + len(relieved)]
    reliefs = dict(zip(reversed(new), relieved, strict=False)) if len(new) > need.missing else {}
    hospitals = [h for h in plan.solution.hospitals[c] if h is not None]
    if not need.missing or need.bound:
        hospitals = flow.nearest_hospital(problem.transport_cost[c], problem.queue_price, _suitable(facts, c))
    unit_ids = facts.units.unit_ids
    return Chosen(
        unit_rows=new,
        hospital_row=hospitals[0] if hospitals else None,
        diverted={row: _diversion(facts, plan, row) for row in new if row in plan.taker_of},
        relieves={row: unit_ids[was] for row, was in reliefs.items()},
    )


def _suitable(facts: Facts, c: int) -> BoolArray:
    reachable = np.isfinite(facts.to_hospital.travel_time_s[c])
    return np.asarray(facts.hospital_suitability[c].ruled.is_eligible & reachable, dtype=np.bool_)


def _diversion(facts: Facts, plan: _Plan, row: int) -> Diversion:
    taker, loser = plan.taker_of[row], int(facts.bound_to[row])
    n_taken = sum(c == taker for c in plan.taker_of.values())
    following = [new for new in plan.solution.units[loser] if facts.bound_to[new] != loser]
    is_waiting = bool(plan.solution.held[loser]) or not following
    return Diversion(
        incident_id=facts.needs[loser].incident.incident_id,
        gain_s=round(float(plan.gain_s[taker]) / n_taken, 1),
        next_unit_id=None if is_waiting else facts.units.unit_ids[following[-1]],
        next_delay_s=None if is_waiting else round(-float(plan.gain_s[loser]) / len(plan.lost[loser]), 1),
    )
