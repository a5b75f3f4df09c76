"""Where p posts reach most demand: the maximal covering location problem, also with coverage by degrees.

Posts j, columns c of demand d_c, R_jc = 1 if a unit that waits at j reaches c in time, O the posts that stand already:

    max  Σ_c d_c y_c
    s.t. y_c ≤ Σ_j R_jc x_j,   0 ≤ y_c ≤ 1
         Σ_{j ∉ O} x_j = p,    x_j = 1 for j ∈ O,    x_j ∈ {0, 1}

(Church & ReVelle 1974, doi:10.1007/BF01942293). y needs no integrality: for given x its best value is 0 or 1.

Coverage by degrees, a_ji in [0, 1] of post j and cell i, is the same problem on more columns: with the levels
0 = u_0 < u_1 < ... of a, cell i becomes one column for each level l, of demand d_i (u_l − u_{l−1}), reached by those j
with a_ji ≥ u_l. A set of posts covers of i then Σ_l (u_l − u_{l−1}) [some a_ji ≥ u_l] = max_j a_ji, as its best post does.

Coverage f(x) is monotone and submodular, so the greedy choice reaches 1 − 1/e of what the posts in O leave (Nemhauser, Wolsey &
Fisher 1978, doi:10.1007/BF01588971), and no p posts S* cover more than f(S) plus the p greatest gains over any S: each post of S*
adds to S at most its gain. The lazy evaluation (Minoux 1978, doi:10.1007/BFb0006528) makes the same choices with fewer sums.
`solve` gives the optimum by HiGHS, for hundreds of places; `relaxed` comes close to it, with a close bound, for thousands.

All demands are int64, so that sums do not depend on their order; `Covering.of` scales real ones.
"""

import heapq
import itertools
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, hstack, identity, vstack

from routing.geo import BoolArray, FloatArray, IntArray

DEMAND_SCALE: Final = 1 << 29
"""What all demand sums to, nearly, after `Covering.of`: times the 2**22 of expected_covering.py it stays far below 2**63."""

_OBJECTIVE_SCALE: Final = 1e6
"""The solver's objective runs to this, so that its absolute gap of 1e-6 is a millionth of a millionth of the demand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Covering:
    """R of n posts and k columns: `reaches` int64[n, k] sparse, of ones; `demand` (d) int64[k] >= 0; `total_demand` counts
    also what no post reaches. Raises ValueError for shapes that differ and negative demand.
    """

    reaches: "csr_array[np.int64]"
    demand: IntArray
    total_demand: int

    def __post_init__(self) -> None:
        if self.demand.shape != (self.reaches.shape[1],):
            raise ValueError(f"demand must have shape ({self.reaches.shape[1]},), got {self.demand.shape}")
        if (self.demand < 0).any() or self.total_demand < int(self.demand.sum()):
            raise ValueError("demand must not be negative, nor its total less than its sum")

    @classmethod
    def of(cls, weights: npt.ArrayLike, demand: npt.ArrayLike, *, n_levels: int = 4) -> "Covering":
        """From a: `weights` float[n, m] in [0, 1] and d: `demand` float[m] >= 0 with a positive sum, else ValueError.

        Weights are rounded to 1 / `n_levels`; with weights of 0 and 1 this changes nothing. Columns that no post reaches are left out.
        """
        a, d = np.asarray(weights), np.asarray(demand, dtype=np.float64)
        if a.ndim != 2 or d.shape != (a.shape[1],):
            raise ValueError(f"weights {a.shape} and demand {d.shape} must be [posts, cells] and [cells]")
        total = math.fsum(d.tolist())
        if not (a.min(initial=0.0) >= 0.0 and a.max(initial=1.0) <= 1.0):
            raise ValueError("weights must lie within [0, 1]")
        if not (d >= 0.0).all() or not 0.0 < total < math.inf:
            raise ValueError("demand must not be negative, and some of it must be positive")
        level = np.rint(a * n_levels).astype(np.int16)
        used = [0, *np.unique(level[level > 0]).tolist()]
        layers, layered_demand = [], []
        for below, u in itertools.pairwise(used):
            columns = np.flatnonzero((level >= u).any(axis=0))
            layers.append(csr_array((level[:, columns] >= u).astype(np.int64)))
            layered_demand.append(
                np.rint(d[columns] / total * DEMAND_SCALE * ((u - below) / n_levels)).astype(np.int64)
            )
        n_posts = len(a)
        reaches = csr_array(hstack(layers, format="csr")) if layers else csr_array((n_posts, 0), dtype=np.int64)
        summed = np.concatenate([np.zeros(0, np.int64), *layered_demand])
        return cls(reaches=reaches, demand=summed, total_demand=max(DEMAND_SCALE, int(summed.sum())))

    def merged(self) -> "Covering":
        """The same coverage with one column for each set of posts that reach it: whoever asks often has less to add up."""
        columns, demand = _merged(self, np.arange(len(self.demand)))
        return Covering(reaches=csr_array(self.reaches[:, columns]), demand=demand, total_demand=self.total_demand)

    @property
    def n_posts(self) -> int:
        return int(self.reaches.shape[0])

    def value(self, posts: Collection[int]) -> int:
        """f: the demand that these posts reach."""
        return int(self.demand[_reached(self, posts)].sum())

    def share(self, value: float) -> float:
        """A value as a share of all demand."""
        return value / self.total_demand


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """`posts` in the order of choice with what each added (`gains`), the `value` of all including those that stood already, and a
    `bound` that no choice of as many posts exceeds.
    """

    posts: tuple[int, ...]
    gains: tuple[int, ...]
    value: int
    bound: int

    @property
    def gap(self) -> float:
        """How far the value may be from the optimum, as a share of the bound."""
        return (self.bound - self.value) / self.bound if self.bound else 0.0


def greedy(covering: Covering, p: int, *, opened: Collection[int] = ()) -> Chosen:
    """p posts, each the one that adds most to those before it and to `opened`; ties fall to lower rows.

    ValueError when fewer than p posts are left to choose from.
    """
    _require_enough(covering, p, opened)
    posts, gains, is_reached = _greedily(covering, p, set(range(covering.n_posts)).difference(opened), opened)
    value = int(covering.demand[is_reached].sum())
    left = np.sort(covering.reaches @ np.where(is_reached, 0, covering.demand))[::-1]
    bound = min(value + int(left[:p].sum()), int(covering.demand.sum()))
    return Chosen(posts=posts, gains=gains, value=value, bound=bound)


def _greedily(
    covering: Covering, p: int, among: Collection[int], opened: Collection[int]
) -> tuple[tuple[int, ...], tuple[int, ...], BoolArray]:
    """Posts and gains in the order of choice, and the columns that are reached at the end."""
    is_reached = _reached(covering, opened)
    at_first = np.asarray(covering.reaches @ np.where(is_reached, 0, covering.demand), dtype=np.int64)
    queue = [(-int(at_first[j]), j) for j in among]
    heapq.heapify(queue)
    posts: list[int] = []
    gains: list[int] = []
    while len(posts) < p:
        _, j = heapq.heappop(queue)
        columns = _columns(covering, j)
        gain = int(covering.demand[columns[~is_reached[columns]]].sum())
        if queue and (-gain, j) > queue[0]:
            heapq.heappush(queue, (-gain, j))
            continue
        is_reached[columns] = True
        posts.append(j)
        gains.append(gain)
    return tuple(posts), tuple(gains), is_reached


def solve(covering: Covering, p: int, *, opened: Collection[int] = (), max_nodes: int | None = None) -> Chosen:
    """The optimum, `posts` ordered by what each adds to those before it. `max_nodes` of branch and bound cap the work; then
    the value may stay below the bound (1 node is the linear relaxation with the solver's own rounding).

    Deterministic: the cap counts nodes, never seconds. ValueError when fewer than p posts are left to choose from;
    ArithmeticError if the solver gives up.
    """
    _require_enough(covering, p, opened)
    before = greedy(covering, p, opened=opened)
    is_reached = _reached(covering, opened)
    already = int(covering.demand[is_reached].sum())
    columns, demand = _merged(covering, np.flatnonzero(~is_reached))
    if before.value == before.bound or not len(columns):
        return before
    n, k = covering.n_posts, len(columns)
    scale = _OBJECTIVE_SCALE / float(demand.sum())
    reached_by = covering.reaches[:, columns].T.astype(np.float64)
    rows = vstack(
        [hstack([-reached_by, identity(k)]), csr_array(np.r_[np.ones(n), np.zeros(k)][np.newaxis])], format="csr"
    )
    may_open = np.ones(n)
    may_open[list(opened)] = 0.0
    found = milp(
        np.r_[np.zeros(n), -demand * scale],
        integrality=np.r_[np.ones(n), np.zeros(k)],
        bounds=Bounds(np.zeros(n + k), np.r_[may_open, np.ones(k)]),
        constraints=LinearConstraint(rows, np.r_[np.full(k, -np.inf), p], np.r_[np.zeros(k), p]),
        options={"mip_rel_gap": 0.0, **({} if max_nodes is None else {"node_limit": max_nodes})},
    )
    if found.mip_dual_bound is None:
        raise ArithmeticError(f"the solver ended with: {found.message}")
    bound = min(before.bound, already + math.floor(-found.mip_dual_bound / scale + 0.5))
    if found.x is None:
        return Chosen(posts=before.posts, gains=before.gains, value=before.value, bound=bound)
    posts, gains, is_reached = _greedily(covering, p, np.flatnonzero(found.x[:n] > 0.5).tolist(), opened)
    value = int(covering.demand[is_reached].sum())
    if value <= before.value:
        posts, gains, value = before.posts, before.gains, before.value
    return Chosen(posts=posts, gains=gains, value=value, bound=max(bound, value))


def relaxed(covering: Covering, p: int, *, opened: Collection[int] = (), n_steps: int = 800) -> Chosen:
    """A choice near the optimum with a close bound, for thousands of places, where `solve` would take long.

    With prices λ_c in [0, d_c] on the constraints y_c ≤ Σ_j R_jc x_j the problem falls apart: for any λ no choice covers more than

        L(λ) = Σ_c (d_c − λ_c) + the sum of the p greatest Σ_c R_jc λ_c.

    `n_steps` steps along the subgradient lower it towards the bound of the linear relaxation (Fisher 1981,
    doi:10.1287/mnsc.27.1.1); the p places of each step are a choice themselves, and the best of these and of `greedy` is taken.
    """
    _require_enough(covering, p, opened)
    best = greedy(covering, p, opened=opened)
    is_reached = _reached(covering, opened)
    already, d = int(covering.demand[is_reached].sum()), np.where(is_reached, 0, covering.demand).astype(np.float64)
    may_open = ~np.isin(np.arange(covering.n_posts), list(opened))
    reaches = covering.reaches.astype(np.float64)
    reached_by = csr_array(reaches.T.tocsr())
    bound, choice, most = float(best.bound - already), best.posts, best.value
    prices, stride, n_idle = d / 2.0, 1.0, 0
    for _ in range(n_steps):
        worth = np.where(may_open, np.asarray(reaches @ prices), -1.0)
        posts = np.argsort(-worth, kind="stable")[:p]
        relaxed_value = float(np.sum(d - prices) + np.sum(worth[posts]))
        n_idle = 0 if relaxed_value < bound else n_idle + 1
        bound = min(bound, relaxed_value)
        x = np.zeros(covering.n_posts)
        x[posts] = 1.0
        slope = (prices < d).astype(np.float64) - reached_by @ x
        slope[d == 0.0] = 0.0
        value = covering.value([*opened, *posts.tolist()])
        if value > most:
            choice, most = tuple(posts.tolist()), value
        steep = float(slope @ slope)
        if steep == 0.0 or bound + already - most < 1.0:
            break
        prices = np.clip(prices + stride * (relaxed_value + already - most) / steep * slope, 0.0, d)
        if n_idle == _PATIENCE:
            stride, n_idle = stride / 2.0, 0
    posts_in_order, gains, is_reached = _greedily(covering, p, choice, opened)
    value = int(covering.demand[is_reached].sum())
    return Chosen(
        posts=posts_in_order,
        gains=gains,
        value=value,
        bound=min(best.bound, max(value, already + math.ceil(bound) + _ROUNDING)),
    )


_PATIENCE: Final = 15
"""Steps without a lower bound before the stride is halved."""

_ROUNDING: Final = 2
"""Added to a bound of floats: their sums err by less, with `DEMAND_SCALE` and some 1e5 columns."""


def _merged(covering: Covering, columns: IntArray) -> tuple[IntArray, IntArray]:
    """One column for each set of posts that reach it, and the demand of all its like; columns that nobody reaches fall away."""
    reached_by = csr_array(covering.reaches[:, columns].T)
    first: dict[bytes, int] = {}
    demand: dict[bytes, int] = {}
    for row, column in enumerate(columns.tolist()):
        posts = reached_by.indices[reached_by.indptr[row] : reached_by.indptr[row + 1]]
        key = np.sort(posts).tobytes()
        if key and covering.demand[column]:
            first.setdefault(key, column)
            demand[key] = demand.get(key, 0) + int(covering.demand[column])
    return np.fromiter(first.values(), np.int64, len(first)), np.fromiter(demand.values(), np.int64, len(demand))


def _reached(covering: Covering, posts: Collection[int]) -> BoolArray:
    is_reached = np.zeros(len(covering.demand), np.bool_)
    for j in posts:
        is_reached[_columns(covering, j)] = True
    return is_reached


def _columns(covering: Covering, post: int) -> IntArray:
    begin, end = covering.reaches.indptr[post : post + 2]
    return np.asarray(covering.reaches.indices[begin:end], dtype=np.int64)


def _require_enough(covering: Covering, p: int, opened: Collection[int]) -> None:
    left = covering.n_posts - len(set(opened))
    if not 0 <= p <= left:
        raise ValueError(f"p must be within [0, {left}], got {p}")


def degrees(travel_time_s: FloatArray, steps: Mapping[float, float]) -> FloatArray:
    """a: float64 in the shape of `travel_time_s`, from thresholds in seconds to what arriving within them is worth at least, the
    worth falling as the threshold grows, as in {480: 1.0, 600: 0.6, 720: 0.2}; later than all is worth nothing. ValueError otherwise.
    """
    worths = [steps[threshold_s] for threshold_s in sorted(steps)]
    if not worths or sorted(worths, reverse=True) != worths or not 0.0 <= worths[-1] <= worths[0] <= 1.0:
        raise ValueError(f"worths must lie within [0, 1] and fall as thresholds grow, got {steps}")
    degree = np.zeros_like(travel_time_s)
    for threshold_s in sorted(steps, reverse=True):
        degree[travel_time_s <= threshold_s] = steps[threshold_s]
    return degree
