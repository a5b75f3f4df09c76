"""Covering models against all choices there are, on small instances."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from routing.geo import FloatArray
from routing.optimise import expected_covering, maximal_covering
from routing.optimise.expected_covering import ExpectedCovering
from routing.optimise.maximal_covering import Covering
from routing.optimise.relocation import IdleUnits, Limits, plan_moves, rank_posts

pytestmark = pytest.mark.slow


@st.composite
def coverings(draw: st.DrawFn) -> Covering:
    n, c = draw(st.integers(1, 5)), draw(st.integers(1, 7))
    reaches = draw(st.lists(st.lists(st.integers(0, 1), min_size=c, max_size=c), min_size=n, max_size=n))
    demand = draw(st.lists(st.integers(0, 50), min_size=c, max_size=c))
    return Covering(
        reaches=csr_array(np.array(reaches, np.int64)),
        demand=np.array(demand, np.int64),
        total_demand=max(1, sum(demand)),
    )


BUSY = st.sampled_from([0.0, 0.2, 0.45, 0.8])


@given(coverings(), st.data())
def test_the_maximal_covering_is_the_best_of_all(covering: Covering, data: st.DataObject) -> None:
    rows = range(covering.n_posts)
    opened = data.draw(st.sets(st.sampled_from(rows), max_size=2))
    p = data.draw(st.integers(0, covering.n_posts - len(opened)))
    left = [j for j in rows if j not in opened]
    best = max(covering.value([*opened, *chosen]) for chosen in itertools.combinations(left, p))
    exact, quick = (
        maximal_covering.solve(covering, p, opened=opened),
        maximal_covering.greedy(covering, p, opened=opened),
    )
    assert exact.value == exact.bound == best
    close = maximal_covering.relaxed(covering, p, opened=opened, n_steps=30)
    assert quick.value <= close.value <= best <= close.bound <= quick.bound
    for found in (exact, quick, close):
        assert len(set(found.posts) - opened) == p
        assert covering.value([*opened, *found.posts]) == found.value == covering.value(opened) + sum(found.gains)


@given(coverings(), st.integers(1, 4), BUSY)
def test_the_expected_covering_is_the_best_of_all(covering: Covering, p: int, busy: float) -> None:
    model = ExpectedCovering(covering, busy)
    placements = itertools.combinations_with_replacement(range(covering.n_posts), p)
    best = max(model.value(np.bincount(posts, minlength=covering.n_posts)) for posts in placements)
    exact, quick = expected_covering.solve(model, p), expected_covering.greedy(model, p)
    assert exact.value == best
    assert exact.gap < 1e-9
    assert (1 - (1 - 1 / p) ** p) * best <= quick.value <= best <= quick.bound
    assert int(quick.counts.sum()) == int(exact.counts.sum()) == p


@given(st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=3), min_size=1, max_size=4), BUSY)
def test_levels_give_the_expected_degree_of_the_best_free_unit(quarters: list[list[int]], busy: float) -> None:
    degrees: FloatArray = np.array(quarters) / 4
    demand = np.array([5.0, 2.0, 1.0])
    model = ExpectedCovering(Covering.of(degrees, demand, n_levels=4), busy)
    best_first = -np.sort(-degrees, axis=0)
    chance = (1 - busy) * busy ** np.arange(len(degrees))
    expected = float(chance @ best_first @ demand) / 8
    assert abs(model.share(model.value(np.ones(len(degrees), np.int64))) - expected) < 1e-6


@given(coverings(), BUSY, st.data())
def test_a_freed_unit_goes_to_the_best_of_all_posts(covering: Covering, busy: float, data: st.DataObject) -> None:
    model, n = ExpectedCovering(covering, busy), covering.n_posts
    counts = np.array(data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)))
    price = np.array(data.draw(st.lists(st.integers(0, 10**7), min_size=n, max_size=n)))
    each = [model.value(counts + (np.arange(n) == j)) - model.value(counts) - int(price[j]) for j in range(n)]
    assert [post.net for post in rank_posts(model, counts, price)] == sorted(each, reverse=True)


@given(coverings(), BUSY, st.data())
def test_a_plan_makes_the_best_single_move_and_never_a_loss(
    covering: Covering, busy: float, data: st.DataObject
) -> None:
    model, n = ExpectedCovering(covering, busy), covering.n_posts
    at = np.array(data.draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=5)))
    others = np.array(data.draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)))
    drawn = data.draw(st.lists(st.integers(0, 10**7), min_size=n * len(at), max_size=n * len(at)))
    price = np.array(drawn).reshape(len(at), n)
    counts = others + np.bincount(at, minlength=n)
    idle = IdleUnits(at=at, price=price, may_move=np.ones(price.shape, np.bool_), distance_m=price / 1e3)

    def worth(unit: int, post: int) -> int:
        moved = counts - (np.arange(n) == at[unit]) + (np.arange(n) == post)
        return model.value(moved) - model.value(counts) - int(price[unit, post])

    best = max([worth(u, j) for u in range(len(at)) for j in range(n) if j != at[u]], default=0)
    single = plan_moves(model, counts, idle, Limits(max_moves=1))
    assert sum(move.gain - move.price for move in single) == max(best, 0)
    plan = plan_moves(model, counts, idle, Limits(max_moves=3, max_distance_m=15_000.0))
    after = counts.copy()
    for move in plan:
        after[[move.source, move.target]] += (-1, 1)
    assert len({move.unit for move in plan}) == len(plan) <= 3
    assert sum(move.distance_m for move in plan) <= 15_000.0
    assert sum(move.gain for move in plan) == model.value(after) - model.value(counts)
    assert sum(move.gain - move.price for move in plan) >= 0


@given(coverings(), BUSY, st.data())
def test_merging_columns_changes_no_sum(covering: Covering, busy: float, data: st.DataObject) -> None:
    n = covering.n_posts
    counts = np.array(data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)))
    all_columns, merged = ExpectedCovering(covering, busy), ExpectedCovering(covering.merged(), busy)
    assert merged.value(counts) == all_columns.value(counts)
    assert merged.gains(counts).tolist() == all_columns.gains(counts).tolist()
    assert merged.total == all_columns.total
