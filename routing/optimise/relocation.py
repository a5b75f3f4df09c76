"""Where a freed unit should wait, and which idle units should move to other posts, by what they would cover.

F(x), R, d, q and k_c as in expected_covering.py; x_j counts the units that wait at post j or are bound for it.

**A freed unit** goes to the post where it adds most, less the price of getting there:

    argmax_j  Σ_c R_jc d_c (1−q) q^k_c − P_j

With P = 0 this is DMEXCLP (Jagtenberg, Bhulai & van der Mei 2015, doi:10.1016/j.orhc.2015.01.001). With a price it goes less far
for little.

**A move-up** sends idle units u from their posts a(u) to others. Moving one from a to j changes F by

    Δ_aj = G_j − L_a + V_aj        G_j = Σ_c R_jc d_c w(k_c)           what one more at j would add, w(k) = (1−q) q^k
                                   L_a = Σ_c R_ac d_c w(k_c − 1)       what is lost at a
                                   V_aj = Σ_c R_ac R_jc d_c (w(k_c − 1) − w(k_c))    what both reach was not lost

and is worth Δ_aj − P_uj. The best move is taken, k is brought up to date and so on, until B moves are made, the distance
is used up or the best is worth less than the least that is asked for. A unit moves once in a plan. Then the places left and
the places taken are given to the units for which that is cheapest, an assignment by P: it changes nothing in x, and is kept
where it is cheaper and within the budget of distance.

P_uj holds whatever a move costs, in the units of F: driving, during which a unit covers less, the crew's rest, and fairness
between crews; `move_price` composes it. Everything is int64; ties fall to lower rows, of units first, then of posts.
"""

import math
from collections import Counter
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import linear_sum_assignment

from routing.geo import BoolArray, FloatArray, IntArray
from routing.optimise.expected_covering import ExpectedCovering


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPost:
    """A post for a freed unit: its row, what the unit adds there, and the price of getting there (units of F)."""

    post: int
    gain: int
    price: int

    @property
    def net(self) -> int:
        return self.gain - self.price


def rank_posts(
    model: ExpectedCovering, counts: IntArray, price: IntArray, *, eligible: BoolArray | None = None
) -> tuple[WaitingPost, ...]:
    """The eligible posts for a freed unit, best first. `counts` (x) int64[n] without it, `price` (P) int64[n]."""
    gains = model.gains(counts)
    order = np.argsort(price - gains, kind="stable")
    if eligible is not None:
        order = order[eligible[order]]
    return tuple(WaitingPost(post=int(j), gain=int(gains[j]), price=int(price[j])) for j in order)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleUnits:
    """u idle units: `at` int64[u] the post where each waits or for which it is bound, `price` (P) int64[u, n] >= 0 of sending
    it to each post, `may_move` bool[u, n], `distance_m` float64[u, n] of the drive. ValueError for shapes that differ.
    """

    at: IntArray
    price: IntArray
    may_move: BoolArray
    distance_m: FloatArray

    def __post_init__(self) -> None:
        shapes = {self.price.shape, self.may_move.shape, self.distance_m.shape}
        if len(shapes) != 1 or self.price.shape[:1] != self.at.shape:
            raise ValueError(f"arrays of {len(self.at)} units differ in shape: {sorted(shapes)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Of one plan: moves, metres in all (None: any), and the least that a move must be worth after its price (units of F)."""

    max_moves: int
    max_distance_m: float | None = None
    least_net: int = 1


def move_price(
    model: ExpectedCovering, drive_s: FloatArray, *, share_per_hour: float, share_per_move: float, burden: FloatArray
) -> IntArray:
    """P int64[u, n] for drives float64[u, n]: what a driven hour and a move at all have to gain, as shares of all demand, times
    `burden` float64[u] of each unit: 1 for a rested crew, more for one that has moved more than its share. No way, no move: the
    price is then that of all demand.
    """
    has_way = np.isfinite(drive_s)
    per_hour, per_move = float(model.units(share_per_hour)), float(model.units(share_per_move))
    price = (per_hour * np.where(has_way, drive_s, 0.0) / 3_600.0 + per_move) * burden[:, np.newaxis]
    return np.where(has_way, np.rint(price), model.total).astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Unit `unit` leaves post `source` for post `target`. `gain` is what it adds to F after the moves before it."""

    unit: int
    source: int
    target: int
    gain: int
    price: int
    distance_m: float


def plan_moves(model: ExpectedCovering, counts: IntArray, idle: IdleUnits, limits: Limits) -> tuple[Move, ...]:
    """The moves of a plan. `counts` (x) int64[n] of all units that cover, the idle ones included, else ValueError."""
    if (np.bincount(idle.at, minlength=len(counts)) > counts).any():
        raise ValueError("counts must include the idle units")
    now, left_m = counts.copy(), limits.max_distance_m
    units = np.flatnonzero(idle.may_move.any(axis=1))
    pairs: list[tuple[int, int]] = []
    while len(pairs) < limits.max_moves and len(units):
        allowed = idle.may_move[units] & (np.arange(len(counts)) != idle.at[units, np.newaxis])
        if left_m is not None:
            allowed &= idle.distance_m[units] <= left_m
        price = np.where(allowed, idle.price[units], -_NEVER)
        move = _best_move(model, now, idle.at[units], price, limits.least_net)
        if move is None:
            break
        unit, target = int(units[move[0]]), move[1]
        pairs.append((unit, target))
        now[[int(idle.at[unit]), target]] += (-1, 1)
        units = np.delete(units, move[0])
        left_m = None if left_m is None else left_m - float(idle.distance_m[unit, target])
    return _told(model, counts, idle, _cheapest(idle, pairs, limits))


def _best_move(
    model: ExpectedCovering, counts: IntArray, at: IntArray, price: IntArray, least_net: int
) -> tuple[int, int] | None:
    """The row of the unit and the post of the best move; None where none is worth `least_net`.

    V_aj is a part of L_a, so no move to j is worth more than G_j less the lowest price: posts are looked at by this bound, some at a
    time, until none of those that are left can be better.
    """
    k = model.reaching(counts)
    columns = np.flatnonzero(k < len(model.worth))  # elsewhere so many reach that one more or less changes nothing
    k, demand, reached_by = k[columns], model.covering.demand[columns], model.reached_by[columns]
    before, after = model.next_worth(np.maximum(k - 1, 0)), model.next_worth(k)
    gain, loss = reached_by.T @ (demand * after), reached_by.T @ (demand * before)
    kept = (demand * (before - after))[:, np.newaxis] * reached_by.toarray()
    bound = gain - price.min(axis=0)
    posts = np.argsort(-bound, kind="stable")
    best: tuple[int, int, int] | None = None
    for start in range(0, len(posts), _AT_A_TIME):
        targets = np.sort(posts[start : start + _AT_A_TIME])
        if bound[targets].max() < (least_net if best is None else -best[0]):
            break
        change = gain[targets] - loss[:, np.newaxis] + reached_by.T @ kept[:, targets]
        net = change[at] - price[:, targets]
        row, column = divmod(int(np.argmax(net)), len(targets))
        if net[row, column] >= least_net:
            found = -int(net[row, column]), row, int(targets[column])
            best = found if best is None else min(best, found)
    return best and best[1:]


_AT_A_TIME: Final = 8


_NEVER: Final = np.iinfo(np.int64).min // 4


def _cheapest(idle: IdleUnits, pairs: list[tuple[int, int]], limits: Limits) -> list[tuple[int, int]]:
    """The same places left and taken, by the units for which it is cheapest; a unit that would take its own place stays."""
    if len(pairs) < 2:
        return pairs
    left = Counter(int(idle.at[unit]) for unit, _ in pairs)
    units = np.flatnonzero(np.isin(idle.at, list(left)))
    at = idle.at[units]
    targets = np.array([target for _, target in pairs], np.int64)
    staying = np.array([post for post, n in left.items() for _ in range(int((at == post).sum()) - n)], np.int64)
    here = at[:, np.newaxis] == targets
    moving = np.where(here, 0, np.where(idle.may_move[units][:, targets], idle.price[units][:, targets], np.inf))
    stays = np.where(at[:, np.newaxis] == staying, 0.0, np.inf)
    rows, columns = linear_sum_assignment(np.hstack([moving, stays]))
    taken = sorted((int(c), int(units[r])) for r, c in zip(rows, columns, strict=True) if c < len(targets))
    again = [(unit, int(targets[c])) for c, unit in taken if idle.at[unit] != targets[c]]
    is_cheaper = _sum(idle.price, again) < _sum(idle.price, pairs)
    is_near = limits.max_distance_m is None or _sum(idle.distance_m, again) <= limits.max_distance_m
    return again if is_cheaper and is_near else pairs


def _sum(values: IntArray | FloatArray, pairs: list[tuple[int, int]]) -> float:
    return math.fsum(float(values[pair]) for pair in pairs)


def _told(model: ExpectedCovering, counts: IntArray, idle: IdleUnits, pairs: list[tuple[int, int]]) -> tuple[Move, ...]:
    """The moves with what each adds after those before it."""
    moves = []
    now, value = counts.copy(), model.value(counts)
    for unit, target in pairs:
        source = int(idle.at[unit])
        now[[source, target]] += (-1, 1)
        before, value = value, model.value(now)
        price, distance_m = int(idle.price[unit, target]), float(idle.distance_m[unit, target])
        moves.append(
            Move(unit=unit, source=source, target=target, gain=value - before, price=price, distance_m=distance_m)
        )
    return tuple(moves)
