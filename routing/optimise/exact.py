"""The joint choice solved again by an independent method, to audit the flow: for sampled decisions, offline.

The model is the one at the head of `routing.optimise.assignment`, written down as it stands there: every eligible pair of call
and unit has its variable, nothing is pruned, no need is turned into a saving, no tie-break is folded into a price. Its solver is
not a flow algorithm but CP-SAT of OR-Tools (clause learning, cuts and branching, with a proven lower bound), so what the two have
in common is the statement of the problem and nothing else.

    min  Σ r_cu x_cu + Σ H_c y_c + Σ d_ch t_ch + Σ z_c t_c0 + Σ q_hj w_hj
    s.t. Σ_u x_cu + y_c = n_c    Σ_c x_cu ≤ 1    Σ_u x_cu = Σ_h t_ch + t_c0    Σ_c t_ch = Σ_j w_hj

It is far too slow to decide with (measured beside 584 units and 90 hospitals: 2 s for 20 calls, 11 s for 60) and takes seconds to
load: it is imported where it is used. Without presolve, which looks for what a flow does not have and took most of the time.

The same answers every time: one worker, a fixed seed, and a limit in the solver's own deterministic time, never in seconds. Several
workers race each other and are not repeatable.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from routing.optimise import assignment

DETERMINISTIC_LIMIT: Final = 60.0
"""Of the solver's deterministic time, about a second each where it was tuned; 60 calls beside 584 units took 2.2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimum:
    """What the exact solver found: no solution costs less than `bound`, and `cost` is one that was found."""

    cost: int
    bound: int

    @property
    def is_proven(self) -> bool:
        return self.cost == self.bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """One audited decision: what it cost as it was decided, what the exact solver found, and the bound that it proved."""

    decided: int
    exact: Optimum

    @property
    def excess(self) -> int:
        """How much dearer the decision was than the cheapest solution known; below 0 the exact solver ran out of time."""
        return self.decided - self.exact.cost

    @property
    def is_optimal(self) -> bool:
        """Proven: nothing can be cheaper."""
        return self.decided == self.exact.bound

    @property
    def share(self) -> float:
        """The greatest possible excess over the true optimum, as a share of it: 0.0 for an optimal decision."""
        return (self.decided - self.exact.bound) / max(1, abs(self.exact.bound))


def audit(problem: assignment.Problem) -> Gap:
    """Decide `problem` with the flow, then exactly.

    Raises ArithmeticError when the exact solver finds no solution at all within its limit.
    """
    return Gap(decided=assignment.solve(problem).cost, exact=optimum(_joint_choice(problem)))


def optimum(build: Callable[[Any], None], *, deterministic_limit: float = DETERMINISTIC_LIMIT) -> Optimum:
    """The least value of the objective that `build` writes into an empty `CpModel`, whose coefficients must be integers.

    Raises ArithmeticError if there is no solution, or none was found within the limit.
    """
    from ortools.sat.python import cp_model

    model, solver = cp_model.CpModel(), cp_model.CpSolver()
    build(model)
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    solver.parameters.cp_model_presolve = False
    solver.parameters.max_deterministic_time = deterministic_limit
    status = solver.solve(model)
    if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        raise ArithmeticError(f"the exact solver ended with {solver.status_name(status)}")
    # Doubles, but exact: the objective is an integer well below 2**53.
    return Optimum(cost=round(solver.objective_value), bound=round(solver.best_objective_bound))


def _joint_choice(problem: assignment.Problem) -> Callable[[Any], None]:
    """The model of the module's head, with the same symbols."""
    m, n = problem.response_cost.shape
    n_hospitals, n_slots = problem.queue_price.shape

    def build(model: Any) -> None:
        x = {(c, u): model.new_bool_var("") for c, u in np.argwhere(problem.eligible).tolist()}
        t = {
            (c, h): model.new_int_var(0, int(problem.need[c]), "")
            for c, h in np.argwhere(problem.hospital_eligible).tolist()
        }
        w = {(h, j): model.new_bool_var("") for h in range(n_hospitals) for j in range(n_slots)}
        y = [model.new_int_var(0, int(need), "") for need in problem.need]
        t0 = [model.new_int_var(0, int(need), "") for need in problem.need]
        for c in range(m):
            served = sum(x[c, u] for u in range(n) if (c, u) in x)
            bound = sum(t[c, h] for h in range(n_hospitals) if (c, h) in t)
            model.add(served + y[c] == int(problem.need[c]))
            model.add(served == bound + t0[c])
        for u in range(n):
            model.add_at_most_one(x[c, u] for c in range(m) if (c, u) in x)
        for h in range(n_hospitals):
            patients = sum(t[c, h] for c in range(m) if (c, h) in t)
            model.add(patients == sum(w[h, j] for j in range(n_slots)))
        priced = (
            *((var, problem.response_cost[key]) for key, var in x.items()),
            *((var, problem.transport_cost[key]) for key, var in t.items()),
            *((var, problem.queue_price[key]) for key, var in w.items()),
            *zip(y, problem.hold_cost, strict=True),
            *zip(t0, problem.no_hospital_cost, strict=True),
        )
        model.minimize(sum(int(price) * var for var, price in priced))

    return build
