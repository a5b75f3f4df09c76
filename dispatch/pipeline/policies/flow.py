"""The joint choice for all open calls, as a minimum-cost flow with a paid hold (routing.optimise.assignment).

When calls compete for the same unit, the one that loses least by waiting for another gets the other; what that costs is the regret.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dispatch.domain.choice import Recommendation
from dispatch.domain.facts import Facts
from dispatch.domain.ids import IncidentId
from dispatch.pipeline.policies import costs, equivalence
from dispatch.pipeline.policies.costs import Prices
from dispatch.pipeline.policies.recommend import (
    Chosen,
    alternatives,
    cheapest,
    hospital_alternatives,
    is_unchanged,
    recommendation,
)
from routing.optimise import assignment as flow


def choose(
    facts: Facts, explained: frozenset[IncidentId], prices: Prices, *, policy_version: str
) -> Sequence[Recommendation]:
    """The optimum at these prices; see `Policy.choose`."""
    problem = problem_of(facts, prices)
    solution = flow.solve(problem)
    chosen = [chosen_for(facts, problem, solution, c) for c in range(len(facts.needs))]
    return recommendations(facts, explained, prices, problem, solution, chosen, policy_version=policy_version)


def recommendations(
    facts: Facts,
    explained: frozenset[IncidentId],
    prices: Prices,
    problem: flow.Problem,
    solution: flow.Solution,
    chosen: Sequence[Chosen],
    *,
    policy_version: str,
) -> list[Recommendation]:
    """What was chosen where it is new, and in any case what is to be explained, with regrets."""
    made = []
    settled = _settled(facts, explained, prices, chosen)
    for c, (need, found) in enumerate(zip(facts.needs, settled, strict=True)):
        is_explained = need.incident.incident_id in explained
        each = _with_regrets(facts, problem, solution, c, prices, found) if is_explained else found
        # An incident that misses nobody is only looked at again when asked, or when its crews change.
        is_wanted = need.missing > 0 or len(each.unit_rows) > 0
        if is_explained or (is_wanted and not is_unchanged(facts, c, prices, each)):
            made.append(
                recommendation(facts, c, prices, each, policy_version=policy_version, is_explained=is_explained)
            )
    return made


def _settled(facts: Facts, explained: frozenset[IncidentId], prices: Prices, chosen: Sequence[Chosen]) -> list[Chosen]:
    """`chosen`, with ties broken for what is explained, and those that stand kept for the rest."""
    settled, sent = list(chosen), {row for found in chosen for row in found.unit_rows}
    is_explained = [need.incident.incident_id in explained for need in facts.needs]
    for c in sorted(range(len(settled)), key=is_explained.__getitem__):
        settle = equivalence.weighed if is_explained[c] else equivalence.kept
        settled[c] = settle(facts, c, prices, chosen[c], sent)
        sent.update(settled[c].unit_rows)
    return settled


def problem_of(facts: Facts, prices: Prices) -> flow.Problem:
    """The facts as prices. A need that is fully served takes part with need 0; its hospital is then chosen by price alone."""
    hold = hold_costs(facts)
    # Going without a destination is dearer than any drive, and cheaper than not going at all.
    no_hospital = hold // 2
    free = costs.share_free(facts.units, facts.bound_to)
    for c in range(len(facts.needs)):
        waiting = costs.waiting_cost(facts, c, free)
        if waiting is not None:
            hold[c] = waiting + _transport_cost(facts, prices, c, int(no_hospital[c]))
    return flow.Problem(
        response_cost=prices.unit_cost,
        eligible=prices.is_unit_eligible,
        need=np.array([need.missing for need in facts.needs], dtype=np.int64),
        hold_cost=hold,
        transport_cost=prices.hospital_cost,
        hospital_eligible=prices.is_hospital_eligible,
        queue_price=costs.queue_prices(facts.hospitals.inbound),
        no_hospital_cost=no_hospital,
        standing=_standing(facts),
    )


def _standing(facts: Facts) -> costs.BoolArray:
    """The units that the policy preferred for each need until now, bool[m, n]: of equals they stay."""
    standing = np.zeros((len(facts.needs), len(facts.units.unit_ids)), dtype=np.bool_)
    for c, need in enumerate(facts.needs):
        known = need.incident.recommendation
        if known is not None:
            preferred = known.unit_ids if known.instead_of is None else (known.instead_of,)
            standing[c, [row for unit_id in preferred if (row := facts.units.row_of.get(unit_id)) is not None]] = True
    return standing


def _transport_cost(facts: Facts, prices: Prices, c: int, no_hospital: int) -> int:
    """What taking the patient to a hospital costs at least: whoever comes later has to as well."""
    cost, eligible = prices.hospital_cost[c], prices.is_hospital_eligible[c]
    queue = costs.queue_prices(facts.hospitals.inbound)[:, 0]
    return int((cost + queue)[eligible].min(initial=no_hospital))


def hold_costs(facts: Facts) -> costs.IntArray:
    return np.array([costs.hold_cost(facts, c) for c in range(len(facts.needs))], dtype=np.int64)


def chosen_for(facts: Facts, problem: flow.Problem, solution: flow.Solution, c: int) -> Chosen:
    """What `solution` sends to need c."""
    hospitals = [h for h in solution.hospitals[c] if h is not None]
    if not facts.needs[c].missing:
        hospitals = nearest_hospital(problem.transport_cost[c], problem.queue_price, problem.hospital_eligible[c])
    return Chosen(unit_rows=solution.units[c], hospital_row=hospitals[0] if hospitals else None)


def nearest_hospital(
    transport_cost: costs.IntArray, queue_price: costs.IntArray, eligible: costs.BoolArray
) -> list[int]:
    """The hospital of one patient more, by price alone."""
    return cheapest(transport_cost + queue_price[:, 0], eligible, 1)


def _with_regrets(
    facts: Facts, problem: flow.Problem, solution: flow.Solution, c: int, prices: Prices, chosen: Chosen
) -> Chosen:
    if not facts.needs[c].missing:
        return chosen
    picked = [] if chosen.hospital_row is None else [chosen.hospital_row]
    units, hospitals = flow.regrets(
        problem,
        solution,
        c,
        units=[*chosen.unit_rows, *alternatives(facts, c, prices, chosen.unit_rows)],
        hospitals=[*picked, *hospital_alternatives(c, prices, chosen.hospital_row)],
    )
    return replace(chosen, unit_regret=units, hospital_regret=hospitals)
