"""Covering models on instances small enough to work by hand."""

from functools import partial

import numpy as np
import pytest
from scipy.sparse import csr_array

from routing.optimise import expected_covering, maximal_covering
from routing.optimise.expected_covering import WORTH_SCALE, ExpectedCovering
from routing.optimise.maximal_covering import DEMAND_SCALE, Covering, degrees
from routing.optimise.relocation import IdleUnits, Limits, move_price, plan_moves, rank_posts


def covering(reaches: list[list[int]], demand: list[int]) -> Covering:
    return Covering(
        reaches=csr_array(np.array(reaches, np.int64)), demand=np.array(demand, np.int64), total_demand=sum(demand)
    )


# The small instance of JEMSS.jl (Ridler and others, Apache-2.0), test/test_mclp.jl at 0c49a49: four points of demand, three places.
JEMSS = covering([[1, 1, 0, 0], [0, 1, 1, 0], [1, 0, 0, 1]], [2, 2, 1, 1])


@pytest.mark.parametrize(("p", "value", "posts"), [(0, 0, set()), (1, 4, {0}), (2, 6, {1, 2}), (3, 6, {0, 1, 2})])
def test_the_published_instance_has_its_published_optima(p: int, value: int, posts: set[int]) -> None:
    found = maximal_covering.solve(JEMSS, p)
    assert (found.value, found.bound, found.gap) == (value, value, 0.0)
    assert set(found.posts) == posts or p == 3
    assert sum(found.gains) == value


def test_the_greedy_choice_is_not_the_best_pair_and_its_bound_admits_it() -> None:
    """The best single place reaches 4, and either of the others adds 1; without it, the other two reach all 6."""
    found = maximal_covering.greedy(JEMSS, 2)
    assert (found.posts, found.gains, found.value) == ((0, 1), (4, 1), 5)
    assert found.bound == 6


def test_what_stands_already_is_counted_once_and_never_chosen() -> None:
    found = maximal_covering.solve(JEMSS, 1, opened=[0])
    assert (found.posts, found.gains, found.value) == ((1,), (1,), 5)
    with pytest.raises(ValueError, match=r"within \[0, 2\]"):
        maximal_covering.greedy(JEMSS, 3, opened=[0])


def test_a_post_of_every_degree_counts_by_its_best() -> None:
    """Cell 0 is covered to 0.5 by one post and to 1 by the other; cell 1, of three times the demand, to 0.5 and not at all."""
    graded = Covering.of([[0.5, 0.5], [1.0, 0.0]], [1.0, 3.0], n_levels=2)
    assert graded.share(graded.value([0])) == pytest.approx(0.5)
    assert graded.share(graded.value([1])) == pytest.approx(0.25)
    assert graded.share(graded.value([0, 1])) == pytest.approx((1.0 + 1.5) / 4)


def test_degrees_fall_with_the_time_of_travel() -> None:
    times_s = np.array([[100.0, 480.0, 481.0, 600.0, 601.0, np.inf]])
    assert degrees(times_s, {480.0: 1.0, 600.0: 0.4}).tolist() == [[1.0, 1.0, 0.4, 0.4, 0.0, 0.0]]
    with pytest.raises(ValueError, match="fall as thresholds grow"):
        degrees(times_s, {480.0: 0.4, 600.0: 1.0})


@pytest.mark.parametrize(
    ("weights", "demand"),
    [([[0.5, 1.1]], [1.0, 1.0]), ([[0.5, 1.0]], [1.0, -1.0]), ([[0.5, 1.0]], [0.0, 0.0]), ([[0.5, 1.0]], [1.0])],
)
def test_weights_and_demand_must_make_sense(weights: list[list[float]], demand: list[float]) -> None:
    with pytest.raises(ValueError, match=r"weights|demand"):
        Covering.of(weights, demand)


def test_demand_that_no_post_reaches_counts_in_the_total() -> None:
    half = Covering.of([[1.0, 0.0]], [1.0, 1.0])
    assert half.total_demand == DEMAND_SCALE
    assert half.share(half.value([0])) == 0.5


# Places A, B, C reach demands of 10, 6 and 4: A the first two, B the last two, C the first.
BY_HAND = covering([[1, 1, 0], [0, 1, 1], [1, 0, 0]], [10, 6, 4])


@pytest.mark.parametrize(
    ("busy", "counts", "value"),
    [
        # Half of the time busy. A, A: (10 + 6) x 3/4 = 12; A, B: 10/2 + 6 x 3/4 + 4/2 = 11.5; B, C: 10.
        (0.5, [2, 0, 0], 12.0),
        # A quarter. A, A: 16 x 15/16 = 15; A, B: 10 x 3/4 + 6 x 15/16 + 4 x 3/4 = 16.125.
        (0.25, [1, 1, 0], 16.125),
        # Never: the maximal covering problem.
        (0.0, [1, 1, 0], 20.0),
    ],
)
def test_two_units_share_a_post_when_they_are_often_busy(busy: float, counts: list[int], value: float) -> None:
    model = ExpectedCovering(BY_HAND, busy)
    for found in (expected_covering.greedy(model, 2), expected_covering.solve(model, 2)):
        assert found.counts.tolist() == counts
        assert found.value == model.value(found.counts) == value * WORTH_SCALE
    assert expected_covering.solve(model, 2).gap == 0.0


def test_a_post_holds_no_more_than_its_capacity() -> None:
    model = ExpectedCovering(BY_HAND, 0.5)
    found = expected_covering.solve(model, 2, capacity=np.array([1, 1, 1]))
    assert found.counts.tolist() == [1, 1, 0]
    with pytest.raises(ValueError, match="room for 3 units, not for 4"):
        expected_covering.solve(model, 4, capacity=np.array([1, 1, 1]))


def test_the_expected_cover_of_degrees_takes_the_best_free_unit() -> None:
    """Degrees 1 and 0.5, half busy: 1/2 x 1 + 1/4 x 0.5."""
    model = ExpectedCovering(Covering.of([[1.0], [0.5]], [7.0], n_levels=2), 0.5)
    assert model.share(model.value(np.array([1, 1]))) == pytest.approx(0.625)


def test_a_busy_share_of_one_is_refused() -> None:
    with pytest.raises(ValueError, match="busy"):
        ExpectedCovering(BY_HAND, 1.0)


def test_a_freed_unit_goes_where_it_adds_most() -> None:
    """One unit waits at A already, half busy: one more adds at A 16/4 = 4, at B 6/4 + 4/2 = 3.5, at C 10/4 = 2.5."""
    model = ExpectedCovering(BY_HAND, 0.5)
    ranked = rank_posts(model, np.array([1, 0, 0]), np.zeros(3, np.int64))
    assert [(post.post, post.gain / WORTH_SCALE) for post in ranked] == [(0, 4.0), (1, 3.5), (2, 2.5)]


def test_a_freed_unit_does_not_drive_far_for_little() -> None:
    model = ExpectedCovering(BY_HAND, 0.5)
    price = np.array([1, 0, 0]) * WORTH_SCALE
    ranked = rank_posts(model, np.array([1, 0, 0]), price, eligible=np.array([True, True, False]))
    assert [(post.post, post.net / WORTH_SCALE) for post in ranked] == [(1, 3.5), (0, 3.0)]


def idle_units(at: list[int], price: list[list[float]], may_move: list[list[bool]] | None = None) -> IdleUnits:
    prices = np.rint(np.array(price) * WORTH_SCALE).astype(np.int64)
    allowed = np.ones(prices.shape, np.bool_) if may_move is None else np.array(may_move)
    return IdleUnits(at=np.array(at), price=prices, may_move=allowed, distance_m=np.array(price) * 1_000.0)


def test_a_move_up_takes_from_plenty_what_is_missed_elsewhere() -> None:
    """Three wait at A, a quarter busy. One that goes to B no longer reaches the first demand, 10 x 3/64 of F, and is the
    first to reach the last, 4 x 3/4. A second one would lose 10 x 3/16 for 4 x 3/16.
    """
    model = ExpectedCovering(BY_HAND, 0.25)
    idle = idle_units([0, 0, 0], [[0, 1, 1], [0, 0.5, 1], [0, 0.5, 1]])
    (move,) = plan_moves(model, np.array([3, 0, 0]), idle, Limits(max_moves=3))
    assert (move.unit, move.source, move.target) == (1, 0, 1)
    assert move.gain / WORTH_SCALE == pytest.approx(4 * 3 / 4 - 10 * 3 / 64)
    assert (move.price / WORTH_SCALE, move.distance_m) == (0.5, 500.0)


def test_a_resting_crew_stays_and_a_plan_that_is_worth_too_little_is_not_made() -> None:
    model = ExpectedCovering(BY_HAND, 0.25)
    counts, far = np.array([3, 0, 0]), [[0, 1.0, 1], [0, 0.5, 1], [0, 0.75, 1]]
    resting = idle_units([0, 0, 0], far, [[True] * 3, [False] * 3, [True] * 3])
    plan = partial(plan_moves, model)
    assert [move.unit for move in plan(counts, resting, Limits(max_moves=3))] == [2]
    at_least = model.units(1.0)
    assert plan(counts, resting, Limits(max_moves=3, least_net=at_least)) == ()
    assert plan(counts, resting, Limits(max_moves=3, max_distance_m=700.0)) == ()
    assert plan(counts, resting, Limits(max_moves=0)) == ()


def test_the_places_are_taken_by_the_units_for_which_it_is_cheapest() -> None:
    """Two units wait at W, two at E; N and S are empty. One after the other, unit 0 goes to N for 1 and then unit 3 to S for 3.
    The same places are left and taken when E's other unit goes to N for 1.25 and unit 0 to S for 1.5.
    """
    apart = covering([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], [8, 8, 40, 20])
    model = ExpectedCovering(apart, 0.25)
    # Rows of posts: W, E, N, S.
    idle = idle_units([0, 0, 1, 1], [[0, 9, 1, 1.5], [0, 9, 4, 4], [9, 0, 1.25, 4], [9, 0, 4, 3]])
    moves = plan_moves(model, np.array([2, 2, 0, 0]), idle, Limits(max_moves=2))
    assert [(move.unit, move.target) for move in moves] == [(2, 2), (0, 3)]
    assert [move.price / WORTH_SCALE for move in moves] == [1.25, 1.5]


def test_idle_units_must_be_counted() -> None:
    with pytest.raises(ValueError, match="include the idle units"):
        plan_moves(
            ExpectedCovering(BY_HAND, 0.25), np.array([0, 1, 0]), idle_units([0], [[0, 1, 1]]), Limits(max_moves=1)
        )


def test_the_price_of_a_move_grows_with_the_drive_and_the_burden() -> None:
    model = ExpectedCovering(BY_HAND, 0.25)
    drive_s = np.array([[0.0, 1_800.0, np.inf], [0.0, 1_800.0, 3_600.0]])
    price = move_price(model, drive_s, share_per_hour=0.02, share_per_move=0.01, burden=np.array([1.0, 2.0]))
    assert [[round(model.share(p), 4) for p in row] for row in price.tolist()] == [
        [0.01, 0.02, 1.0],
        [0.02, 0.04, 0.06],
    ]


def test_posts_are_opened_for_units_and_closed_again_where_least_is_lost() -> None:
    """Three units, a quarter busy, as if every place were open: A, then B, then A again (16 x 3/16 = 3, more than C's 10 x 3/16).
    A stands already. With room for no other, B is closed and its unit joins the others: 16 x (1 - 1/64) = 15.75.
    """
    model = ExpectedCovering(BY_HAND, 0.25)
    new, placement = expected_covering.open_posts(model, 3, 1, [0])
    assert (new, placement.counts.tolist()) == ((1,), [2, 1, 0])
    new, placement = expected_covering.open_posts(model, 3, 0, [0])
    assert (new, placement.counts.tolist(), placement.value) == ((), [3, 0, 0], 15.75 * WORTH_SCALE)
    assert placement.value <= placement.bound
    with pytest.raises(ValueError, match="need a post"):
        expected_covering.open_posts(model, 1, 0, [])
