"""`joint`: units and hospitals for all open calls at once, as a minimum-cost flow with a paid hold (routing.optimise.assignment).

When calls compete for the same unit, the one that loses least by waiting for another gets the other; what that costs is the regret.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from dispatch.domain.choice import Recommendation
from dispatch.domain.facts import Facts
from dispatch.domain.ids import IncidentId
from dispatch.pipeline.policies import costs
from dispatch.pipeline.policies.recommend import (
    N_HOSPITAL_ALTERNATIVES,
    Chosen,
    alternatives,
    cheapest,
    recommendation,
)
from routing.optimise import assignment as flow

NAME: Final = "joint"
VERSION: Final = "joint-1"


def choose(facts: Facts, explained: frozenset[IncidentId]) -> Sequence[Recommendation]:
    """A recommendation for every need, in the order of `facts.needs`."""
    problem = problem_of(facts)
    solution = flow.solve(problem)
    return [_recommend(facts, problem, solution, c, explained) for c in range(len(facts.needs))]


def problem_of(facts: Facts) -> flow.Problem:
    """The facts as prices. A need that is fully served takes part with need 0; its hospital is then chosen by price alone."""
    rows = range(len(facts.needs))
    hold = [costs.hold_cost(facts.needs[c].incident.priority) for c in rows]
    return flow.Problem(
        response_cost=np.array([sum(costs.response_terms(facts, c).values()) for c in rows], dtype=np.int64),
        eligible=np.array([costs.eligible_units(facts, c) for c in rows]),
        need=np.array([need.missing for need in facts.needs], dtype=np.int64),
        hold_cost=np.array(hold, dtype=np.int64),
        transport_cost=np.array([sum(costs.transport_terms(facts, c).values()) for c in rows], dtype=np.int64),
        hospital_eligible=np.array([costs.eligible_hospitals(facts, c) for c in rows]),
        queue_price=costs.queue_prices(facts.hospitals.inbound),
        # Going without a destination is dearer than any drive, and cheaper than not going at all.
        no_hospital_cost=np.array(hold, dtype=np.int64) // 2,
    )


def _recommend(
    facts: Facts, problem: flow.Problem, solution: flow.Solution, c: int, explained: frozenset[IncidentId]
) -> Recommendation:
    is_explained = facts.needs[c].incident.incident_id in explained
    hospitals = [h for h in solution.hospitals[c] if h is not None]
    if not problem.need[c]:
        first_price = problem.transport_cost[c] + problem.queue_price[:, 0]
        hospitals = cheapest(first_price, problem.hospital_eligible[c], 1)
    unit_regret: dict[int, int] = {}
    hospital_regret: dict[int, int] = {}
    if is_explained and problem.need[c]:
        unit_regret, hospital_regret = flow.regrets(
            problem,
            solution,
            c,
            units=[*solution.units[c], *alternatives(facts, c, problem.response_cost[c], solution.units[c])],
            hospitals=cheapest(problem.transport_cost[c], problem.hospital_eligible[c], N_HOSPITAL_ALTERNATIVES + 1)
            + hospitals[:1],
        )
    chosen = Chosen(
        unit_rows=solution.units[c],
        hospital_row=hospitals[0] if hospitals else None,
        unit_regret=unit_regret,
        hospital_regret=hospital_regret,
    )
    return recommendation(facts, c, chosen, policy_version=VERSION, is_explained=is_explained)
