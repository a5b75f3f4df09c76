"""The flow's joint choice against the exact solver, and the exact solver against published optima."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from routing.optimise.assignment import Problem
from routing.optimise.exact import Gap, Optimum, Program, audit, optimum

OR_LIBRARY = Path(__file__).parents[1] / "data" / "or_library" / "gap13.txt"
PUBLISHED = {
    "c515-1": 336,
    "c515-2": 327,
    "c515-3": 339,
    "c515-4": 341,
    "c515-5": 326,
    "c520-1": 434,
    "c520-2": 436,
    "c525-1": 580,
    "c530-1": 656,
    "c824-1": 563,
    "c832-1": 761,
    "c840-1": 942,
    "c848-1": 1133,
}
"""Optima of OR-Library's generalised assignment problems, as its page states them (maximisation)."""

LONG = {"c520-2", "c824-1", "c832-1", "c840-1", "c848-1"}
"""Those that take the solver longest."""


def sampled(seed: int, m: int, n: int, h: int) -> Problem:
    """m calls of four priorities that cluster, n units, h hospitals with few places: prices as a policy makes them."""
    rng = np.random.default_rng(seed)
    weight = rng.choice([1, 2, 4, 8], (m, 1))
    calls, units, hospitals = (rng.normal(0, spread, (k, 2)) for spread, k in ((4, m), (10, n), (10, h)))

    def drive_s(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return 90.0 * np.linalg.norm(a[:, None] - b[None], axis=2)

    response_s = drive_s(calls, units)
    late_s = np.maximum(0.0, response_s - 480.0)
    return Problem(
        response_cost=np.rint(weight * (response_s + 2 * late_s)).astype(np.int64),
        eligible=rng.random((m, n)) < 0.8,
        need=rng.choice([1, 1, 1, 2], m).astype(np.int64),
        hold_cost=(weight[:, 0] * 40_000).astype(np.int64),
        transport_cost=np.rint(weight * drive_s(calls, hospitals)).astype(np.int64),
        hospital_eligible=rng.random((m, h)) < 0.6,
        queue_price=np.cumsum(rng.integers(0, 500, (h, 2)), axis=1),
        no_hospital_cost=(weight[:, 0] * 20_000).astype(np.int64),
    )


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(1, 8), st.integers(0, 12), st.integers(0, 4))
def test_the_flow_decides_as_well_as_the_exact_solver(seed: int, m: int, n: int, h: int) -> None:
    gap = audit(sampled(seed, m, n, h))
    assert gap.is_optimal
    assert (gap.excess, gap.share) == (0, 0.0)


def test_a_crowded_city_is_audited_without_a_gap() -> None:
    """20 open calls, 60 units: more rivals than an enumeration can follow."""
    gap = audit(sampled(7, 20, 60, 6))
    assert gap.exact.is_proven
    assert gap.is_optimal


def test_a_worse_decision_shows_as_a_share_of_the_optimum() -> None:
    gap = Gap(decided=1_010, exact=Optimum(cost=1_000, bound=1_000))
    assert (gap.excess, gap.share, gap.is_optimal) == (10, 0.01, False)


def test_an_unproven_optimum_is_judged_by_its_bound() -> None:
    """The solver ran out of nodes: the decision may be 2 % dearer than what is possible, not more."""
    gap = Gap(decided=1_020, exact=Optimum(cost=1_020, bound=1_000))
    assert (gap.excess, gap.share, gap.is_optimal, gap.exact.is_proven) == (0, 0.02, False, False)


def test_a_model_without_a_solution_is_said_to_have_none() -> None:
    """One item, of which two are to be taken."""
    one = np.ones(1, np.int64)
    impossible = Program(price=one, rows=csr_array(one[np.newaxis]), lower=2 * one, upper=2 * one, most=one)
    with pytest.raises(ArithmeticError, match="infeasible"):
        optimum(impossible)


def published() -> list[Any]:
    """OR-Library's instances as models: agent i does job j for value v_ij, using r_ij of its capacity b_i.

    max Σ v_ij x_ij   so that   Σ_i x_ij = 1 for each job,   Σ_j r_ij x_ij ≤ b_i for each agent.
    """
    numbers = iter(map(int, OR_LIBRARY.read_text(encoding="utf-8").split()))

    def table(m: int, n: int) -> np.ndarray:
        return np.array([[next(numbers) for _ in range(n)] for _ in range(m)])

    def model_of(v: np.ndarray, r: np.ndarray, b: np.ndarray) -> Program:
        (m, n), x = v.shape, np.arange(v.size).reshape(v.shape)
        rows = np.zeros((n + m, v.size), np.int64)
        for j in range(n):
            rows[j, x[:, j]] = 1
        for i in range(m):
            rows[n + i, x[i]] = r[i]
        least, most = np.r_[np.ones(n, np.int64), np.zeros(m, np.int64)], np.r_[np.ones(n, np.int64), b]
        return Program(price=-v.ravel(), rows=csr_array(rows), lower=least, upper=most, most=np.ones(v.size, np.int64))

    instances = []
    assert next(numbers) == len(PUBLISHED)
    for name in PUBLISHED:
        m, n = next(numbers), next(numbers)
        program = model_of(table(m, n), table(m, n), table(1, m)[0])
        marks = [pytest.mark.slow] if name in LONG else []
        instances.append(pytest.param(name, program, id=name, marks=marks))
    return instances


@pytest.mark.parametrize(("name", "program"), published())
def test_the_exact_solver_reproduces_published_optima(name: str, program: Program) -> None:
    found = optimum(program)
    assert found.is_proven
    assert -found.cost == PUBLISHED[name]
