"""`joint`: units and hospitals for all open calls at once, as a minimum-cost flow with a paid hold (routing.optimise.assignment).

When calls compete for the same unit, the one that loses least by waiting for another gets the other; what that costs is the regret.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from dispatch.domain.choice import Recommendation
from dispatch.domain.facts import Facts
from dispatch.domain.ids import IncidentId
from dispatch.pipeline.policies import costs
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

NAME: Final = "joint"
VERSION: Final = "joint-1"


def choose(facts: Facts, explained: frozenset[IncidentId]) -> Sequence[Recommendation]:
    """See `Policy.choose`."""
    prices = Prices.of(facts)
    problem = problem_of(facts, prices)
    solution = flow.solve(problem)
    made = []
    for c, need in enumerate(facts.needs):
        is_explained = need.incident.incident_id in explained
        chosen = _chosen(facts, problem, solution, c)
        if is_explained:
            chosen = _with_regrets(facts, problem, solution, c, prices, chosen)
        if is_explained or not is_unchanged(facts, c, chosen):
            made.append(recommendation(facts, c, prices, chosen, policy_version=VERSION, is_explained=is_explained))
    return made


def problem_of(facts: Facts, prices: Prices) -> flow.Problem:
    """The facts as prices. A need that is fully served takes part with need 0; its hospital is then chosen by price alone."""
    hold = np.array([costs.hold_cost(need.incident.priority) for need in facts.needs], dtype=np.int64)
    return flow.Problem(
        response_cost=prices.unit_cost,
        eligible=prices.is_unit_eligible,
        need=np.array([need.missing for need in facts.needs], dtype=np.int64),
        hold_cost=hold,
        transport_cost=prices.hospital_cost,
        hospital_eligible=prices.is_hospital_eligible,
        queue_price=costs.queue_prices(facts.hospitals.inbound),
        # Going without a destination is dearer than any drive, and cheaper than not going at all.
        no_hospital_cost=hold // 2,
    )


def _chosen(facts: Facts, problem: flow.Problem, solution: flow.Solution, c: int) -> Chosen:
    hospitals = [h for h in solution.hospitals[c] if h is not None]
    if not facts.needs[c].missing:
        first_price = problem.transport_cost[c] + problem.queue_price[:, 0]
        hospitals = cheapest(first_price, problem.hospital_eligible[c], 1)
    return Chosen(unit_rows=solution.units[c], hospital_row=hospitals[0] if hospitals else None)


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
