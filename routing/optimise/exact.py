"""The joint choice solved again by an independent method, to audit the flow: for sampled decisions, offline.

The model is the one at the head of `routing.optimise.assignment`, written down as it stands there: every eligible pair of call
and unit has its variable, nothing is pruned, no need is turned into a saving, no tie-break is folded into a price. Its solver is
not a flow algorithm but HiGHS (presolve, dual simplex, cuts and branching, with a proven lower bound), so what the two have in
common is the statement of the problem and nothing else.

    min  Σ r_cu x_cu + Σ H_c y_c + Σ d_ch t_ch + Σ z_c t_c0 + Σ q_hj w_hj
    s.t. Σ_u x_cu + y_c = n_c    Σ_c x_cu ≤ 1    Σ_u x_cu = Σ_h t_ch + t_c0    Σ_c t_ch = Σ_j w_hj

The solver reckons in floating point, and is not taken at its word: its solution is rounded to integers, put into the constraints
again and priced, all in int64. Only the lower bound is its own; prices are integers, so it is rounded up, less a slack.

The same answers every time: HiGHS is deterministic, and the limit counts nodes of its search, never seconds. Far too slow to decide
with (measured: 20 ms in the middle for drills with 42 units, 2 s for 20 or 60 calls beside 470 eligible units each).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array

from routing.geo import IntArray
from routing.optimise import assignment

MAX_NODES: Final = 10_000
"""Of the solver's search. Joint choices and the published problems that test the solver were all solved at the first."""

_SLACK: Final = 1e-3
_SLACK_SHARE: Final = 1e-9
"""What the bound may have gained in floating point, absolute and as a share: far below 1, the least difference of two prices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """min price · x  so that  lower ≤ rows x ≤ upper,  0 ≤ x ≤ most,  x integer. k variables, r constraints; all int64."""

    price: IntArray
    rows: "csr_array[np.int64]"
    lower: IntArray
    upper: IntArray
    most: IntArray


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
        """How much dearer the decision was than the cheapest solution known; below 0 the exact solver ran out of nodes."""
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
    return Gap(decided=assignment.solve(problem).cost, exact=optimum(joint_choice(problem)))


def optimum(program: Program, *, max_nodes: int = MAX_NODES) -> Optimum:
    """The least price of `program`. ArithmeticError if it has no solution, or none was found within the limit."""
    found = milp(
        program.price,
        integrality=np.ones_like(program.price),
        bounds=Bounds(0, program.most),
        constraints=LinearConstraint(program.rows, program.lower, program.upper),
        options={"mip_rel_gap": 0.0, "node_limit": max_nodes},
    )
    if found.x is None:
        raise ArithmeticError(f"the exact solver ended with: {found.message}")
    x = np.rint(found.x).astype(np.int64)
    if not (
        _is_between(0, x, program.most) and _is_between(program.lower, np.asarray(program.rows @ x), program.upper)
    ):
        raise ArithmeticError("the exact solver's answer breaks the model once it is rounded")
    bound = float(found.mip_dual_bound)
    return Optimum(cost=int(program.price @ x), bound=int(np.ceil(bound - max(_SLACK, _SLACK_SHARE * abs(bound)))))


def joint_choice(problem: assignment.Problem) -> Program:
    """The model of the module's head. Variables in the order x, y, t, t_0, w; constraints in the order of the model."""
    (m, n), (n_hospitals, n_slots) = problem.response_cost.shape, problem.queue_price.shape
    c, u = np.nonzero(problem.eligible)
    tc, th = np.nonzero(problem.hospital_eligible)
    calls, hospitals, slots = np.arange(m), np.arange(n_hospitals), np.arange(n_hospitals * n_slots)
    k, r = len(c) + 2 * m + len(tc) + len(slots), 2 * m + n + n_hospitals
    x, y, t, t0, w = np.split(np.arange(k), np.cumsum([len(c), m, len(tc), m]))
    served, once, bound, patients = np.split(np.arange(r), np.cumsum([m, n, m]))
    terms = (  # (constraints, variables, coefficient)
        (served[c], x, 1),
        (served[calls], y, 1),
        (once[u], x, 1),
        (bound[c], x, 1),
        (bound[tc], t, -1),
        (bound[calls], t0, -1),
        (patients[th], t, 1),
        (np.repeat(patients[hospitals], n_slots), w, -1),
    )
    row, column = (np.concatenate([term[axis] for term in terms]) for axis in (0, 1))
    coefficient = np.concatenate([np.full(len(term[1]), term[2], np.int64) for term in terms])
    nothing = np.zeros(m + n_hospitals, np.int64)
    return Program(
        price=np.concatenate([
            problem.response_cost[c, u], problem.hold_cost, problem.transport_cost[tc, th], problem.no_hospital_cost,
            problem.queue_price.ravel(),
        ]),
        rows=csr_array(coo_array((coefficient, (row, column)), shape=(r, k))),
        lower=np.concatenate([problem.need, np.zeros(n, np.int64), nothing]),
        upper=np.concatenate([problem.need, np.ones(n, np.int64), nothing]),
        most=np.concatenate([np.ones_like(x), problem.need, problem.need[tc], problem.need, np.ones_like(w)]),
    )  # fmt: skip


def _is_between(least: IntArray | int, value: IntArray, most: IntArray) -> bool:
    return bool(((least <= value) & (value <= most)).all())
