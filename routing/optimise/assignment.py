"""The joint choice of units and hospitals for all open calls, as a minimum-cost flow.

Calls c want n_c units each; unit u answers call c at price r_cu (where eligible); leaving one need of c unserved costs H_c; a served
need goes to hospital h at price d_ch (where eligible) plus q_hj when it is the j-th new patient there (q rising in j), or to no
hospital yet at price z_c:

    min  Σ r_cu x_cu + Σ H_c y_c + Σ d_ch t_ch + Σ z_c t_c0 + Σ q_hj w_hj
    s.t. Σ_u x_cu + y_c = n_c      every need is served or held
         Σ_c x_cu ≤ 1              a unit goes once
         Σ_u x_cu = Σ_h t_ch + t_c0  who is served has one destination
         Σ_c t_ch = Σ_j w_hj,  w_hj ≤ 1,  all variables integer and ≥ 0

It is a flow of R = Σ n_c from S to T along S → u → c_in → c_out → h → T, which is integral (Ahuja, Magnanti & Orlin, Network Flows,
1993, theorem 9.10). The paid hold arc is written as a saving: since y_c = n_c − Σ_u x_cu, Σ H_c y_c = Σ H_c n_c − Σ_c H_c Σ_u x_cu, so
c_in → c_out costs −H_c, a free arc S → T takes what is not served, and the constant is added back. The flow is therefore always
feasible. Convexity in j makes the parallel arcs h → T fill in order.

Only the R cheapest eligible units of a call need an arc: if an optimum used a dearer one, at most R − 1 of the R cheaper ones are in
use, so one is free and swapping it in costs no more. The same holds for hospitals by d_ch + q_h1, since the other R − 1 patients leave
one of the R cheaper ones without a new patient. Ties fall to the lower row: prices are multiplied by a scale that exceeds the
sum of all rows that a solution can use, and the row is added in the low digits.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from ortools.graph.python import min_cost_flow

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """`m` calls, `n` units, `h` hospitals; all prices are integers ≥ 0 (int64) unless said otherwise.

    response_cost [m, n] (may be negative) with eligible [m, n]; need [m]; hold_cost [m];
    transport_cost [m, h] (may be negative) with hospital_eligible [m, h]; queue_price [h, j], not falling along j;
    no_hospital_cost [m].
    """

    response_cost: IntArray
    eligible: BoolArray
    need: IntArray
    hold_cost: IntArray
    transport_cost: IntArray
    hospital_eligible: BoolArray
    queue_price: IntArray
    no_hospital_cost: IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """Per call: its unit rows (cheapest first), the hospital row of each served need (None: none yet), and how many needs are held."""

    units: tuple[tuple[int, ...], ...]
    hospitals: tuple[tuple[int | None, ...], ...]
    held: tuple[int, ...]
    cost: int


def solve(problem: Problem) -> Solution:
    """An optimum of `problem`; the same one every time."""
    return _Network.of(problem).solve()


def regrets(
    problem: Problem, solution: Solution, call: int, *, units: Sequence[int] = (), hospitals: Sequence[int] = ()
) -> tuple[dict[int, int], dict[int, int]]:
    """How much dearer the optimum becomes when `call` must take a given unit (or hospital), for each of those rows.

    Exact: forcing one unit of flow through an arc a → b costs its price and the shortest way back from b to a in the residual network
    of the optimum (Ahuja, Magnanti & Orlin 1993, ch. 9.7), so two shortest-path searches price all rows. Rows that are not eligible,
    or that no solution can use, are left out.
    """
    network = _Network.of(problem, call=call, units=units, hospitals=hospitals)
    tail, head, price = network.residual(network.flows())
    m, n = problem.response_cost.shape
    back_from_call = _shortest(tail, head, price, _UNIT + n + call, network.n_nodes)
    back_to_call = _shortest(head, tail, price, _UNIT + n + m + call, network.n_nodes)
    by_unit = {
        u: 0 if u in solution.units[call] else int(problem.response_cost[call, u] + back_from_call[_UNIT + u])
        for u in units
        if problem.eligible[call, u]
    }
    by_hospital = {
        h: 0
        if h in solution.hospitals[call]
        else int(problem.transport_cost[call, h] + back_to_call[_UNIT + n + 2 * m + h])
        for h in hospitals
        if problem.hospital_eligible[call, h]
    }
    return (
        {u: regret for u, regret in by_unit.items() if regret < _FAR // 2},
        {h: regret for h, regret in by_hospital.items() if regret < _FAR // 2},
    )


_SOURCE, _SINK, _UNIT = 0, 1, 2
_FAR = 1 << 60


def _shortest(tail: IntArray, head: IntArray, price: IntArray, start: int, n_nodes: int) -> IntArray:
    """Length of the shortest path from `start` to every node (Bellman–Ford, all arcs at a time); `_FAR` where there is none."""
    length = np.full(n_nodes, _FAR, dtype=np.int64)
    length[start] = 0
    for _ in range(n_nodes):
        known = length[tail] < _FAR
        shorter = length.copy()
        np.minimum.at(shorter, head[known], length[tail[known]] + price[known])
        if (shorter == length).all():
            return length
        length = shorter
    raise ArithmeticError("negative cycle: the flow is not optimal")


@dataclass(frozen=True, slots=True)
class _Network:
    """The arcs of a problem as arrays: first unit → call_in (`cu`), then call_out → hospital (`ch`), then the rest."""

    problem: Problem
    cu: tuple[IntArray, IntArray]
    ch: tuple[IntArray, IntArray]
    tail: npt.NDArray[np.int32]
    head: npt.NDArray[np.int32]
    capacity: IntArray
    price: IntArray
    tie: IntArray
    scale: int
    total_need: int

    @classmethod
    def of(
        cls, problem: Problem, *, call: int | None = None, units: Sequence[int] = (), hospitals: Sequence[int] = ()
    ) -> "_Network":
        """Nodes: S, T, then units, call_in, call_out and hospitals. `units` and `hospitals` of `call` keep their arcs."""
        _check(problem)
        m, n = problem.response_cost.shape
        h = len(problem.queue_price)
        total_need = int(problem.need.sum())
        scale = 1 + total_need * (n + h + 1)
        wanted = problem.need > 0
        slots = problem.queue_price[:, : max(1, total_need)]
        first_price = problem.transport_cost + slots[:, 0]
        cu = _cheapest(problem.response_cost, problem.eligible & wanted[:, None], total_need, call, units)
        ch = _cheapest(first_price, problem.hospital_eligible & wanted[:, None], total_need, call, hospitals)
        call_in, call_out, hospital_node = _UNIT + n, _UNIT + n + m, _UNIT + n + 2 * m
        calls, used, bound = np.flatnonzero(wanted), np.unique(cu[1]), np.unique(ch[1])
        queued = np.repeat(bound, slots.shape[1])
        arcs = (  # tail, head, capacity, price, tie-break
            (cu[1] + _UNIT, cu[0] + call_in, 1, problem.response_cost[cu], cu[1]),
            (ch[0] + call_out, ch[1] + hospital_node, problem.need[ch[0]], problem.transport_cost[ch], ch[1]),
            (_SOURCE, used + _UNIT, 1, 0, 0),
            (calls + call_in, calls + call_out, problem.need[calls], -problem.hold_cost[calls], 0),
            (calls + call_out, _SINK, problem.need[calls], problem.no_hospital_cost[calls], h),
            (queued + hospital_node, _SINK, 1, slots[bound].ravel(), 0),
            (_SOURCE, np.array([_SINK]), total_need, 0, 0),
        )
        tail, head, capacity, price, tie = (
            np.concatenate(column) for column in zip(*(np.broadcast_arrays(*arc) for arc in arcs), strict=True)
        )
        return cls(
            problem=problem,
            cu=cu,
            ch=ch,
            tail=tail.astype(np.int32),
            head=head.astype(np.int32),
            capacity=capacity.astype(np.int64),
            price=price.astype(np.int64),
            tie=tie.astype(np.int64),
            scale=scale,
            total_need=total_need,
        )

    @property
    def n_nodes(self) -> int:
        m, n = self.problem.response_cost.shape
        return int(_UNIT + n + 2 * m + len(self.problem.queue_price))

    def solve(self) -> Solution:
        return self._decode(self.flows())

    def flows(self) -> IntArray:
        """Optimal flow of every arc."""
        solver = min_cost_flow.SimpleMinCostFlow()
        arcs = solver.add_arcs_with_capacity_and_unit_cost(
            self.tail, self.head, self.capacity, self.price * self.scale + self.tie
        )
        solver.set_node_supply(_SOURCE, self.total_need)
        solver.set_node_supply(_SINK, -self.total_need)
        status = solver.solve()
        if status != solver.OPTIMAL:
            raise ArithmeticError(f"minimum-cost flow ended with status {status}")
        return np.asarray(solver.flows(arcs), dtype=np.int64)

    def residual(self, flows: IntArray) -> tuple[IntArray, IntArray, IntArray]:
        """(tail, head, price) of the residual arcs: forward where there is room, backward where there is flow."""
        room, used = flows < self.capacity, flows > 0
        return (
            np.concatenate([self.tail[room], self.head[used]]),
            np.concatenate([self.head[room], self.tail[used]]),
            np.concatenate([self.price[room], -self.price[used]]),
        )

    def _decode(self, flows: IntArray) -> Solution:
        problem, m = self.problem, len(self.problem.need)
        n_cu, n_ch = len(self.cu[0]), len(self.ch[0])
        units: list[list[int]] = [[] for _ in range(m)]
        for arc in np.flatnonzero(flows[:n_cu]):
            units[int(self.cu[0][arc])].append(int(self.cu[1][arc]))
        hospitals: list[list[int | None]] = [[] for _ in range(m)]
        for arc in np.flatnonzero(flows[n_cu : n_cu + n_ch]):
            hospitals[int(self.ch[0][arc])] += [int(self.ch[1][arc])] * int(flows[n_cu + arc])
        for c in range(m):
            units[c].sort(key=lambda u: (problem.response_cost[c, u], u))
            hospitals[c] += [None] * (len(units[c]) - len(hospitals[c]))
        return Solution(
            units=tuple(map(tuple, units)),
            hospitals=tuple(map(tuple, hospitals)),
            held=tuple(int(problem.need[c]) - len(units[c]) for c in range(m)),
            cost=_price(problem, units, hospitals),
        )


def _cheapest(
    price: IntArray, eligible: BoolArray, k: int, call: int | None, also: Sequence[int]
) -> tuple[IntArray, IntArray]:
    """(calls, columns) of the k cheapest eligible columns of each call, and of the eligible ones in `also` for `call`; sorted."""
    keep = np.zeros_like(eligible)
    if k := min(k, price.shape[1]):
        dear = np.iinfo(np.int64).max
        rows = np.argsort(np.where(eligible, price, dear), axis=1, kind="stable")[:, :k]
        np.put_along_axis(keep, rows, True, axis=1)
    if call is not None:
        keep[call, list(also)] = True
    calls, columns = np.nonzero(keep & eligible)
    return calls, columns


def _price(problem: Problem, units: list[list[int]], hospitals: list[list[int | None]]) -> int:
    total, load = 0, np.zeros(len(problem.queue_price), dtype=np.int64)
    for c, (rows, bound) in enumerate(zip(units, hospitals, strict=True)):
        total += sum(int(problem.response_cost[c, u]) for u in rows)
        total += int(problem.hold_cost[c]) * (int(problem.need[c]) - len(rows))
        for h in bound:
            if h is None:
                total += int(problem.no_hospital_cost[c])
            else:
                total += int(problem.transport_cost[c, h]) + int(problem.queue_price[h, load[h]])
                load[h] += 1
    return total


def _check(problem: Problem) -> None:
    for name in ("response_cost", "need", "hold_cost", "transport_cost", "queue_price", "no_hospital_cost"):
        if getattr(problem, name).dtype != np.int64:
            raise TypeError(f"{name} must be int64: a fraction would be cut silently by the solver")
    if (np.diff(problem.queue_price, axis=1) < 0).any():
        raise ValueError("queue_price must not fall along a hospital's slots")
