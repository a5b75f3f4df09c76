"""The joint choice on cases small enough to be worked out by hand, and what it refuses."""

from dataclasses import replace

import numpy as np
import pytest

from routing.optimise.assignment import Problem, Solution, regrets, solve


def problem(
    response: list[list[int | None]],
    *,
    hold: int = 1_000,
    need: list[int] | None = None,
    transport: list[list[int | None]] | None = None,
    queue: list[list[int]] | None = None,
    no_hospital: int = 500,
) -> Problem:
    """Prices as tables, one row a call; None is not eligible. Without `transport` there is no hospital."""
    m, n = len(response), len(response[0]) if response else 0
    transport = transport if transport is not None else [[] for _ in range(m)]
    queue = queue if queue is not None else [[0] for _ in transport[0]] if m else []
    return Problem(
        response_cost=np.array([[p or 0 for p in row] for row in response], np.int64).reshape(m, n),
        eligible=np.array([[p is not None for p in row] for row in response], np.bool_).reshape(m, n),
        need=np.array(need if need is not None else [1] * m, np.int64),
        hold_cost=np.full(m, hold, np.int64),
        transport_cost=np.array([[p or 0 for p in row] for row in transport], np.int64).reshape(m, len(queue)),
        hospital_eligible=np.array([[p is not None for p in row] for row in transport], np.bool_).reshape(
            m, len(queue)
        ),
        queue_price=np.array(queue, np.int64).reshape(len(queue), -1) if queue else np.zeros((0, 1), np.int64),
        no_hospital_cost=np.full(m, no_hospital, np.int64),
    )


def test_one_call_takes_its_cheapest_unit_and_hospital() -> None:
    solution = solve(problem([[30, 20, 40]], transport=[[9, 7]]))
    assert solution == Solution(units=((1,),), hospitals=((1,),), held=(0,), cost=27)


def test_two_calls_share_units_so_that_the_sum_is_least() -> None:
    """Both want unit 0. Greedy gives 10 + 90; giving it to the second call costs 20 + 15."""
    solution = solve(problem([[10, 20], [15, 90]], no_hospital=0))
    assert solution.units == ((1,), (0,))
    assert solution.cost == 35


def test_a_call_is_held_where_that_is_cheaper_than_the_unit_left() -> None:
    solution = solve(problem([[10, None], [12, 2_000]], hold=1_000, no_hospital=0))
    assert solution.units == ((0,), ())
    assert solution.held == (0, 1)
    assert solution.cost == 10 + 1_000


def test_with_no_unit_at_all_every_call_is_held() -> None:
    solution = solve(problem([[None, None], [None, None]], hold=7, need=[1, 2]))
    assert solution == Solution(units=((), ()), hospitals=((), ()), held=(1, 2), cost=21)


def test_an_incident_that_wants_three_units_takes_what_there_is_cheapest_first() -> None:
    solution = solve(problem([[50, 10, 30, None]], need=[3], transport=[[5, 6]], queue=[[0, 100], [0, 100]]))
    assert solution.units == ((1, 2, 0),)
    assert solution.hospitals == ((0, 1, 0),) or solution.hospitals == ((0, 0, 1),)
    assert solution.cost == 90 + 5 + 105 + 6


def test_the_second_patient_goes_where_the_queue_is_shorter() -> None:
    """Hospital 0 is 10 nearer for both, but its second patient of the hour pays 50."""
    solution = solve(problem([[1, 2], [2, 1]], transport=[[10, 20], [10, 25]], queue=[[0, 50], [0, 50]]))
    assert solution.hospitals == ((1,), (0,))
    assert solution.cost == 2 + 20 + 10


def test_a_full_hospital_takes_no_more() -> None:
    solution = solve(problem([[1, 2, 3]], need=[3], transport=[[10]], queue=[[0, 0]], no_hospital=80))
    assert solution.hospitals == ((0, 0, None),)
    assert solution.cost == 6 + 20 + 80


def test_a_patient_without_any_hospital_is_still_served() -> None:
    solution = solve(problem([[5]], transport=[[None]], no_hospital=300))
    assert solution == Solution(units=((0,),), hospitals=((None,),), held=(0,), cost=305)


def test_equal_prices_fall_to_the_lower_rows() -> None:
    solution = solve(problem([[7] * 6, [7] * 6], transport=[[3] * 4, [3] * 4], queue=[[0, 0]] * 4))
    assert sorted(u for rows in solution.units for u in rows) == [0, 1]
    assert solution.hospitals == ((0,), (0,))


def test_a_higher_price_of_one_outweighs_any_order_of_rows() -> None:
    """The tie-break must never be worth as much as a unit of price."""
    row: list[int | None] = [8] * 500 + [7]
    assert solve(problem([row])).units == ((500,),)


def test_regrets_of_a_single_call_are_differences_of_price() -> None:
    case = problem([[30, 20, 45, None]], transport=[[9, 7, None]])
    by_unit, by_hospital = regrets(case, solve(case), 0, units=[0, 1, 2, 3], hospitals=[0, 1, 2])
    assert by_unit == {0: 10, 1: 0, 2: 25}
    assert by_hospital == {0: 2, 1: 0}


def test_a_regret_counts_what_the_other_call_loses() -> None:
    """If call 0 must take unit 0 (10 instead of 20), call 1 pays 90 instead of 15."""
    case = problem([[10, 20], [15, 90]], no_hospital=0)
    assert regrets(case, solve(case), 0, units=[0]) == ({0: 65}, {})


def test_a_held_call_regrets_taking_a_unit_that_is_too_dear() -> None:
    case = problem([[1_700, None]], hold=1_000, no_hospital=50, transport=[[20]])
    solution = solve(case)
    assert solution.held == (1,)
    assert regrets(case, solution, 0, units=[0], hospitals=[0]) == ({0: 720}, {0: 720})


def test_a_hospital_that_no_unit_can_bring_a_patient_to_has_no_regret() -> None:
    case = problem([[None]], transport=[[20]])
    assert regrets(case, solve(case), 0, units=[0], hospitals=[0]) == ({}, {})


def test_a_call_that_wants_nothing_takes_nothing() -> None:
    case = problem([[5, 6], [5, 6]], need=[0, 1], no_hospital=0)
    solution = solve(case)
    assert solution.units == ((), (0,))
    assert regrets(case, solution, 0, units=[0, 1]) == ({}, {})


@pytest.mark.parametrize("case", [problem([]), problem([[]]), problem([[4, 5]], need=[0])])
def test_nothing_to_do_is_done(case: Problem) -> None:
    solution = solve(case)
    assert sum(map(len, solution.units)) == 0
    assert solution.held == tuple(case.need)
    assert solution.cost == int((case.hold_cost * case.need).sum())


def test_fractions_are_refused_because_the_solver_would_cut_them() -> None:
    case = problem([[5, 6]])
    with pytest.raises(TypeError, match="response_cost must be int64"):
        replace(case, response_cost=case.response_cost + 0.5)
    with pytest.raises(TypeError, match="eligible must be"):
        replace(case, eligible=case.eligible.astype(np.int64))


def test_values_that_the_model_does_not_allow_are_refused() -> None:
    case = problem([[5, 6]], transport=[[1]], queue=[[0, 5]])
    with pytest.raises(ValueError, match="shape"):
        replace(case, need=np.array([1, 1], np.int64))
    with pytest.raises(ValueError, match="negative"):
        replace(case, need=np.array([-1], np.int64))
    with pytest.raises(ValueError, match="fall"):
        replace(case, queue_price=np.array([[5, 0]], np.int64))
    with pytest.raises(ValueError, match="slot"):
        replace(case, queue_price=np.zeros((1, 0), np.int64))
    with pytest.raises(ValueError, match="exceed"):
        replace(case, hold_cost=np.array([2 * 10**9], np.int64))


def test_prices_of_what_is_not_eligible_do_not_matter() -> None:
    case = problem([[5, None]], transport=[[1, None]])
    odd = replace(
        case,
        response_cost=np.array([[5, np.iinfo(np.int64).max]]),
        transport_cost=np.array([[1, np.iinfo(np.int64).min]]),
    )
    assert solve(odd) == solve(case)


def test_a_hundred_calls_and_the_greatest_prices_fit_the_solver() -> None:
    rng = np.random.default_rng(120)
    m, n, h = 100, 600, 57
    case = Problem(
        response_cost=rng.integers(0, 10**9, (m, n)),
        eligible=rng.random((m, n)) < 0.8,
        need=np.ones(m, np.int64),
        hold_cost=np.full(m, 10**9, np.int64),
        transport_cost=rng.integers(0, 10**9, (m, h)),
        hospital_eligible=rng.random((m, h)) < 0.8,
        queue_price=np.sort(rng.integers(0, 10**9, (h, 8)), axis=1),
        no_hospital_cost=np.full(m, 10**9, np.int64),
    )
    solution = solve(case)
    taken = [u for rows in solution.units for u in rows]
    assert len(taken) == len(set(taken))
    assert solution == solve(case)
