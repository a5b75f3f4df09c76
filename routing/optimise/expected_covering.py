"""Where p units should wait when each is busy for a share of its time: the maximum expected covering location problem.

R, d and columns c as in maximal_covering.py; q is the share of time that a unit is busy, each independently of the others; several
units may wait at one post:

    max  F(x) = Σ_c d_c Σ_{k=1..k_c} (1 − q) q^(k−1)        k_c = Σ_j R_jc x_j: units that reach c
    s.t. Σ_j x_j = p,  0 ≤ x_j ≤ capacity_j, integer

(Daskin 1983, doi:10.1287/trsc.17.1.48, where the inner sum stands as Σ_k (1−q) q^(k−1) y_ck, Σ_k y_ck ≤ k_c, y ≤ 1; it is
1 − q^k_c, the chance that one of the k_c is free.) With q = 0 it is the maximal covering problem. Columns that are the
levels of graded coverage give Σ_k (1−q) q^(k−1) a_i(k), where a_i(1) ≥ a_i(2) ≥ ... are the degrees of the units that
reach i: the chance that the k-th best is the best that is free, times its degree (van den Berg, Kommer & Zuzáková 2016,
doi:10.1016/j.orhc.2015.08.001).

One unit more at j adds Σ_c R_jc d_c (1−q) q^k_c, which never grows as units are placed. So the greedy placement reaches
1 − (1 − 1/p)^p of the optimum, and p units never exceed F(x) plus the p greatest of these additions, for any x. `solve`
gives the optimum by HiGHS, or a placement and a bound when its nodes run out.

(1−q) q^k is rounded to 2**-22 once, in `worth`, and everything after it is int64: sums do not depend on their order.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, hstack, identity, vstack

from routing.geo import IntArray
from routing.optimise.maximal_covering import Covering

WORTH_SCALE: Final = 1 << 22
_OBJECTIVE_SCALE: Final = 1e6
"""As in maximal_covering.py."""


@dataclass(frozen=True, slots=True)
class ExpectedCovering:
    """F on a covering with busy share q: `busy` in [0, 1), else ValueError. Values are integers; `share` turns them into shares."""

    covering: Covering
    busy: float
    worth: IntArray = field(init=False, repr=False)
    """(1−q) q^k for k = 0, 1, ... in 1 / `WORTH_SCALE`; the last is 0 and stands for all beyond it."""
    reached_by: "csr_array[np.int64]" = field(init=False, repr=False)
    """R transposed, int64[columns, posts]."""
    _reaching: "_Reaching" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        q = self.busy
        if not 0.0 <= q < 1.0:
            raise ValueError(f"busy must be within [0, 1), got {q!r}")
        worth: list[int] = []
        chance = 1.0 - q
        while not worth or worth[-1] > 0:
            worth.append(round(chance * WORTH_SCALE))
            chance *= q
        object.__setattr__(self, "worth", np.array(worth, np.int64))
        object.__setattr__(self, "reached_by", csr_array(self.covering.reaches.T.tocsr()))
        object.__setattr__(self, "_reaching", _Reaching(self.covering))

    def reaching(self, counts: IntArray) -> IntArray:
        """k_c of `counts` (x) int64[n]: how many units reach each column, int64[columns]."""
        return self._reaching.of(counts)

    def gains(self, counts: IntArray) -> IntArray:
        """What one unit more at each post adds to F(`counts`): int64[n]."""
        return self.gains_when(self.reaching(counts))

    def gains_when(self, k: IntArray) -> IntArray:
        """`gains`, from k_c."""
        return self._summed(self.covering.demand * self.next_worth(k))

    def losses_when(self, k: IntArray) -> IntArray:
        """What one unit less at each post, where there is one, takes from F, from k_c: int64[n]."""
        return self._summed(self.covering.demand * self.next_worth(np.maximum(k - 1, 0)))

    def _summed(self, weight: IntArray) -> IntArray:
        """Σ_c R_jc weight_c, int64[n]. Where many units wait, most columns are reached by so many that they have no weight left."""
        columns = np.flatnonzero(weight)
        if len(columns) > len(weight) // _FEW:
            return np.asarray(self.covering.reaches @ weight, dtype=np.int64)
        return np.asarray(self.reached_by[columns].T @ weight[columns], dtype=np.int64)

    def next_worth(self, k: IntArray) -> IntArray:
        """(1−q) q^k, scaled, in the shape of `k`."""
        return self.worth[np.minimum(k, len(self.worth) - 1)]

    def value(self, counts: IntArray) -> int:
        """F of `counts` int64[n]."""
        so_far = np.concatenate([[0], np.cumsum(self.worth)])
        return int(self.covering.demand @ so_far[np.minimum(self.reaching(counts), len(self.worth))])

    def share(self, value: float) -> float:
        """A value as the share of all demand that is expected to be covered."""
        return value / self.total

    def units(self, share: float) -> int:
        """The inverse of `share`, rounded."""
        return round(share * self.total)

    @property
    def total(self) -> int:
        return self.covering.total_demand * WORTH_SCALE


class _Reaching:
    """k_c of the last x that was asked for: between two questions few units move."""

    def __init__(self, covering: Covering) -> None:
        self._reaches = covering.reaches
        self._last = np.zeros(covering.n_posts, np.int64), np.zeros(len(covering.demand), np.int64)

    def of(self, counts: IntArray) -> IntArray:
        """k_c of `counts`, not to be altered."""
        before, k = self._last
        moved = np.flatnonzero(counts != before)
        if len(moved) > len(counts) // _FEW:
            k = np.asarray(self._reaches.T @ counts, dtype=np.int64)
        elif len(moved):
            k = k.copy()
            for j in moved.tolist():
                k[self._reaches.indices[self._reaches.indptr[j] : self._reaches.indptr[j + 1]]] += counts[j] - before[j]
        self._last = counts.copy(), k
        return k


_FEW: Final = 4
"""Up to one in so many posts or columns are worked on one by one instead of all together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """`counts` (x) int64[n] of p units, their `value`, and a `bound` that no placement of as many exceeds."""

    counts: IntArray
    value: int
    bound: int

    @property
    def gap(self) -> float:
        """How far the value may be from the optimum, as a share of the bound."""
        return (self.bound - self.value) / self.bound if self.bound else 0.0


def greedy(model: ExpectedCovering, p: int, *, capacity: IntArray | None = None) -> Placement:
    """p units one after another, each where it adds most; ties fall to lower rows.

    `capacity` int64[n] is how many may wait at each post (None: any number). ValueError when they cannot hold p.
    """
    n = model.covering.n_posts
    room = np.full(n, p) if capacity is None else capacity.copy()
    _require_room(p, room)
    counts, k = np.zeros(n, np.int64), np.zeros(len(model.covering.demand), np.int64)
    gains = model.gains(counts)
    reaches = model.covering.reaches
    for _ in range(p):
        j = int(np.argmax(np.where(room > 0, gains, -1)))
        counts[j] += 1
        room[j] -= 1
        k[reaches.indices[reaches.indptr[j] : reaches.indptr[j + 1]]] += 1
        gains = model.gains_when(k)
    value = model.value(counts)
    most = np.sort(np.repeat(gains, np.minimum(room, p)))[::-1][:p]
    return Placement(counts=counts, value=value, bound=min(value + int(most.sum()), _ceiling(model, p)))


def solve(
    model: ExpectedCovering, p: int, *, capacity: IntArray | None = None, max_nodes: int | None = None
) -> Placement:
    """The optimum, or, when `max_nodes` of branch and bound do not suffice, the best placement found and a bound.

    Deterministic: the cap counts nodes, never seconds. ValueError when `capacity` cannot hold p; ArithmeticError if the solver
    gives up.
    """
    before = greedy(model, p, capacity=capacity)
    demand, worth = model.covering.demand, model.worth[:-1]
    levels = min(p, len(worth))
    if before.value == before.bound or levels == 0:
        return before
    n, c = model.covering.n_posts, len(demand)
    scale = _OBJECTIVE_SCALE / float(model.total)
    y = hstack([identity(c)] * levels)
    served = hstack([-model.reached_by.astype(np.float64), y])
    rows = vstack([served, csr_array(np.r_[np.ones(n), np.zeros(c * levels)][np.newaxis])], format="csr")
    most = np.full(n, p) if capacity is None else np.minimum(capacity, p)
    found = milp(
        np.r_[np.zeros(n), *(-demand * float(w) * scale for w in worth[:levels])],
        integrality=np.r_[np.ones(n), np.zeros(c * levels)],
        bounds=Bounds(np.zeros(n + c * levels), np.r_[most, np.ones(c * levels)]),
        constraints=LinearConstraint(rows, np.r_[np.full(c, -np.inf), p], np.r_[np.zeros(c), p]),
        options={"mip_rel_gap": 0.0, **({} if max_nodes is None else {"node_limit": max_nodes})},
    )
    if found.mip_dual_bound is None:
        raise ArithmeticError(f"the solver ended with: {found.message}")
    bound = min(before.bound, math.floor(-found.mip_dual_bound / scale + 0.5))
    counts = before.counts if found.x is None else np.rint(found.x[:n]).astype(np.int64)
    value = model.value(counts)
    if value <= before.value:
        counts, value = before.counts, before.value
    return Placement(counts=counts, value=value, bound=max(bound, value))


def open_posts(
    model: ExpectedCovering, p: int, n_new: int, opened: Collection[int]
) -> tuple[tuple[int, ...], Placement]:
    """Posts to open beside `opened`, at most `n_new`, for p units that may wait at any open post. ValueError without any.

    p units are placed as if every post were open; then, until no more than `n_new` are, the post without whose units F loses least
    is closed and its units are placed greedily at open ones. The posts, those first without which most would be lost, and where the
    units wait. The bound holds for any number of new posts.
    """
    free = greedy(model, p)
    counts = free.counts.copy()
    may_close = (counts > 0) & ~np.isin(np.arange(len(counts)), list(opened))
    is_open = np.isin(np.arange(len(counts)), list(opened)) | may_close
    if p and not opened and n_new < 1:
        raise ValueError("units need a post to wait at")
    while may_close.sum() > n_new:
        j = min(np.flatnonzero(may_close).tolist(), key=_loss_at(model, counts).__getitem__)
        may_close[j] = is_open[j] = False
        left, counts[j] = int(counts[j]), 0
        for _ in range(left):
            counts[int(np.argmax(np.where(is_open, model.gains(counts), -1)))] += 1
    loss = _loss_at(model, counts)
    new = sorted(np.flatnonzero(may_close).tolist(), key=lambda j: (-loss[j], j))
    return tuple(new), Placement(counts=counts, value=model.value(counts), bound=free.bound)


def _loss_at(model: ExpectedCovering, counts: IntArray) -> dict[int, int]:
    """What F loses when nobody waits at a post, for every post where someone does."""
    of_one = model.losses_when(model.reaching(counts))
    value = model.value(counts)
    posts = np.flatnonzero(counts).tolist()
    return {j: int(of_one[j]) if counts[j] == 1 else value - model.value(_emptied(counts, j)) for j in posts}


def _emptied(counts: IntArray, post: int) -> IntArray:
    fewer = counts.copy()
    fewer[post] = 0
    return fewer


def _ceiling(model: ExpectedCovering, p: int) -> int:
    """What p units cover if all of them reach everything that any post reaches."""
    return int(model.covering.demand.sum()) * int(model.worth[:p].sum())


def _require_room(p: int, room: IntArray) -> None:
    if p < 0 or int(room.sum()) < p:
        raise ValueError(f"there is room for {int(room.sum())} units, not for {p}")
