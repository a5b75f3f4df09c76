"""The flow's joint choice against the exact solver, and the exact solver against published optima."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.optimise.assignment import Problem
from routing.optimise.exact import Gap, Optimum, audit, optimum

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
    """The solver ran out of time: the decision may be 2 % dearer than what is possible, not more."""
    gap = Gap(decided=1_020, exact=Optimum(cost=1_020, bound=1_000))
    assert (gap.excess, gap.share, gap.is_optimal, gap.exact.is_proven) == (0, 0.02, False, False)


def test_a_model_without_a_solution_is_said_to_have_none() -> None:
    def impossible(model: Any) -> None:
        model.add(model.new_int_var(0, 1, "") >= 2)

    with pytest.raises(ArithmeticError, match="INFEASIBLE"):
        optimum(impossible)


def published() -> list[tuple[str, Callable[[Any], None]]]:
    """OR-Library's instances as models: agent i does job j for value v_ij, using r_ij of its capacity b_i."""
    numbers = iter(map(int, OR_LIBRARY.read_text(encoding="utf-8").split()))

    def table(m: int, n: int) -> list[list[int]]:
        return [[next(numbers) for _ in range(n)] for _ in range(m)]

    def model_of(v: list[list[int]], r: list[list[int]], b: list[int]) -> Callable[[Any], None]:
        def build(model: Any) -> None:
            x = [[model.new_bool_var("") for _ in row] for row in v]
            for jobs in zip(*x, strict=True):
                model.add_exactly_one(jobs)
            for x_i, r_i, b_i in zip(x, r, b, strict=True):
                model.add(sum(use * var for use, var in zip(r_i, x_i, strict=True)) <= b_i)
            worth = (value * var for v_i, x_i in zip(v, x, strict=True) for value, var in zip(v_i, x_i, strict=True))
            model.minimize(-sum(worth))

        return build

    instances = []
    assert next(numbers) == len(PUBLISHED)
    for name in PUBLISHED:
        m, n = next(numbers), next(numbers)
        instances.append((name, model_of(table(m, n), table(m, n), table(1, m)[0])))
    return instances


@pytest.mark.parametrize(("name", "build"), published(), ids=list(PUBLISHED))
def test_the_exact_solver_reproduces_published_optima(name: str, build: Callable[[Any], None]) -> None:
    found = optimum(build)
    assert found.is_proven
    assert -found.cost == PUBLISHED[name]
