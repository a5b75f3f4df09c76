"""The joint choice of units and hospitals for all open calls, as a minimum-cost flow.

Calls c want n_c units each; unit u answers call c at price r_cu (where eligible); leaving one need of c unserved
costs H_c; a served need goes to hospital h at price d_ch (where eligible) plus q_hj when it is the j-th new patient
there (q rising in j, as many j as there is room), or to no hospital yet at price z_c:

    min  Σ r_cu x_cu + Σ H_c y_c + Σ d_ch t_ch + Σ z_c t_c0 + Σ q_hj w_hj
    s.t. Σ_u x_cu + y_c = n_c          every need is served or held
         Σ_c x_cu ≤ 1                  a unit goes once
         Σ_u x_cu = Σ_h t_ch + t_c0    who is served has one destination, or none yet
         Σ_c t_ch = Σ_j w_hj,  w_hj ≤ 1,  all variables integer and ≥ 0

It is a flow of R = Σ n_c from S to T, with (capacity, price) on its arcs:

    S → u (1, 0)    u → c_in (1, r_cu)    c_in → c_out (n_c, −H_c)    c_out → h (n_c, d_ch)    h → T (1, q_hj) each j
    c_out → T (n_c, z_c)    S → T (R, 0)

The hold is written as a saving: since y_c = n_c − Σ_u x_cu, Σ H_c y_c = Σ H_c n_c − Σ_c H_c Σ_u x_cu. The first sum is
constant, the second is the price of the arcs c_in → c_out, and what is not served takes S → T for nothing; so both
objectives differ by a constant, and the flow is feasible whatever the eligibility. With integer data some optimum
is integer (Ahuja, Magnanti & Orlin, Network Flows, 1993, theorem 9.10), and q rising in j fills the parallel arcs
h → T in order. The solver is the cost-scaling one of OR-Tools (Goldberg 1997, doi:10.1006/jagm.1995.0805).

Only the R cheapest eligible units of a call need an arc: if an optimum used a dearer one, the other needs use at
most R − 1 of the R cheaper ones, so one is free, and swapping it in costs no more. The same holds for hospitals by
d_ch + q_h1: the R − 1 other patients leave one of the R cheaper ones without a new patient. Neither is harmed by
forcing one unit or one patient, which takes up one of the R.

Ties fall to what stands, and then to lower rows: prices are multiplied by a scale above the sum of what follows over
all rows that a solution can use, and in the low digits come the row and, for a unit that does not stand for the call,
n more. So no call changes its unit for an equal one: a chain of equal exchanges brings one unit in and puts one out,
which is worth less than n. What is then still equal is settled by the order of the arcs, which is fixed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from routing.geo import BoolArray, IntArray
from routing.optimise.flow import Arcs, minimum_cost_flow, residual, shortest_paths

_SOURCE: Final = 0
_SINK: Final = 1
_FIRST_UNIT: Final = 2
_MAX_PRICE: Final = 10**9
"""A sum of prices times the scale has to fit the solver's 64 bits; in seconds this is 30 years."""


_BOOLEAN: Final = frozenset({"eligible", "hospital_eligible", "standing"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """m calls, n units, h hospitals; prices int64 of size at most 10**9, where eligible.

    `response_cost` [m, n] and `transport_cost` [m, h] (r, d) may be negative, with `eligible` bool[m, n] and
    `hospital_eligible` bool[m, h]; `need` [m] (n) >= 0; `hold_cost` [m] (H); `queue_price` [h, j] (q), not falling along
    j, of which there must be one; `no_hospital_cost` [m] (z). A hospital without room is not eligible. `standing`
    bool[m, n]: units that were a call's choice until now; None for nowhere.

    Raises TypeError for prices that are not integers (the solver would cut them silently) and ValueError for
    shapes that differ and values out of range.
    """

    response_cost: IntArray
    eligible: BoolArray
    need: IntArray
    hold_cost: IntArray
    transport_cost: IntArray
    hospital_eligible: BoolArray
    queue_price: IntArray
    no_hospital_cost: IntArray
    standing: BoolArray | None = None

    def __post_init__(self) -> None:
        m, n, h = len(self.need), self.response_cost.shape[-1], len(self.queue_price)
        shapes = {
            "need": (m,),
            "hold_cost": (m,),
            "no_hospital_cost": (m,),
            "response_cost": (m, n),
            "eligible": (m, n),
            "transport_cost": (m, h),
            "hospital_eligible": (m, h),
            "queue_price": (h, self.queue_price.shape[-1]),
        }
        if self.standing is not None:
            shapes["standing"] = (m, n)
        for name, shape in shapes.items():
            array = getattr(self, name)
            if array.dtype != (np.bool_ if name in _BOOLEAN else np.int64):
                raise TypeError(f"{name} must be int64, or bool for what is eligible or stands, got {array.dtype}")
            if array.shape != shape:
                raise ValueError(f"{name} must have shape {shape}, got {array.shape}")
        _require(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """An optimum. Per call: its unit rows (cheapest first), the hospital row of each served need in ascending order
    (None, last: none yet), and how many needs are held. Which of a call's units takes which patient costs the same.
    """

    units: tuple[tuple[int, ...], ...]
    hospitals: tuple[tuple[int | None, ...], ...]
    held: tuple[int, ...]
    cost: int
    network: "_Network | None" = field(default=None, repr=False, compare=False)
    """What it was found on, kept for the regrets."""


def solve(problem: Problem) -> Solution:
    """An optimum of `problem`, always the same one; there always is one."""
    units: list[list[int]] = [[] for _ in problem.need]
    hospitals: list[list[int | None]] = [[] for _ in problem.need]
    total_need = int(problem.need.sum())
    if total_need == 1:
        _serve_alone(problem, int(np.argmax(problem.need)), units, hospitals)
    if total_need <= 1:
        return _solution(problem, units, hospitals, None)
    network = _Network.of(problem)
    scale = 1 + network.total_need * (2 * problem.response_cost.shape[1] + len(problem.queue_price) + 1)
    flow = minimum_cost_flow(network.arcs, network.arcs.price * scale + network.tie, _SOURCE, _SINK, network.total_need)
    (unit_call, unit), (hospital_call, hospital) = network.unit_arcs, network.hospital_arcs
    for arc in np.flatnonzero(flow[: len(unit)]).tolist():
        units[unit_call[arc]].append(int(unit[arc]))
    patients = flow[len(unit) : len(unit) + len(hospital)]
    for arc in np.flatnonzero(patients).tolist():
        hospitals[hospital_call[arc]] += [int(hospital[arc])] * int(patients[arc])
    return _solution(problem, units, hospitals, network)


def _serve_alone(problem: Problem, c: int, units: list[list[int]], hospitals: list[list[int | None]]) -> None:
    """The optimum of a need without rivals: its cheapest unit and hospital, unless holding is cheaper."""
    if not problem.eligible[c].any():
        return
    response = np.where(problem.eligible[c], problem.response_cost[c], _DEAREST)
    cheapest = np.flatnonzero(response == response.min())
    u = int(cheapest[0 if problem.standing is None else np.argmax(problem.standing[c, cheapest])])
    arrival = np.where(problem.hospital_eligible[c], problem.transport_cost[c] + problem.queue_price[:, 0], _DEAREST)
    h = int(np.argmin(arrival)) if len(arrival) else None
    if h is None or arrival[h] > problem.no_hospital_cost[c]:
        h = None
    to_hospital = problem.no_hospital_cost[c] if h is None else arrival[h]
    if problem.response_cost[c, u] + to_hospital < problem.hold_cost[c]:
        units[c].append(u)
        if h is not None:
            hospitals[c].append(h)


def regrets(
    problem: Problem, solution: Solution, call: int, *, units: Sequence[int] = (), hospitals: Sequence[int] = ()
) -> tuple[dict[int, int], dict[int, int]]:
    """How much dearer the optimum becomes when `call` must take a given unit, or hospital, for each of those rows.

    `solution` is the one that `solve` gave for `problem`. Exact: forcing one unit of flow through an arc a → b of an
    optimal flow costs the arc's price and the shortest way back from b to a in the residual network (Ahuja, Magnanti
    & Orlin 1993, section 9.3), so two shortest-path searches price all rows. Rows that are not eligible, or that no
    solution can use, are left out. A call that wants nothing has no regrets.
    """
    if problem.need[call] == 0:
        return {}, {}
    if problem.need.sum() == 1:
        return _regrets_alone(problem, solution, call, units, hospitals)
    network = solution.network
    if network is None or not network.has(call, units, hospitals):
        network = _Network.of(problem, call=call, units=units, hospitals=hospitals)
    left = residual(network.arcs, network.flow_of(solution))
    n_nodes = network.n_nodes
    back_from_call = shortest_paths(left.tail, left.head, left.price, network.call_in(call), n_nodes)
    back_to_call = shortest_paths(left.head, left.tail, left.price, network.call_out(call), n_nodes)
    by_unit = {u: back_from_call.get(_FIRST_UNIT + u) for u in units if problem.eligible[call, u]}
    by_hospital = {h: back_to_call.get(network.hospital(h)) for h in hospitals if problem.hospital_eligible[call, h]}
    return (
        {
            u: 0 if u in solution.units[call] else int(problem.response_cost[call, u]) + back
            for u, back in by_unit.items()
            if back is not None
        },
        {
            h: 0 if h in solution.hospitals[call] else int(problem.transport_cost[call, h]) + back
            for h, back in by_hospital.items()
            if back is not None
        },
    )


def _regrets_alone(
    problem: Problem, solution: Solution, c: int, units: Sequence[int], hospitals: Sequence[int]
) -> tuple[dict[int, int], dict[int, int]]:
    """The same for a need without rivals, where unit and hospital are each chosen by price alone."""
    response = problem.response_cost[c]
    arrival = problem.transport_cost[c] + problem.queue_price[:, 0]
    cheapest_unit = response[problem.eligible[c]].min(initial=_DEAREST)
    cheapest_arrival = arrival[problem.hospital_eligible[c]].min(initial=problem.no_hospital_cost[c])
    by_unit = {u: int(response[u] + cheapest_arrival) - solution.cost for u in units if problem.eligible[c, u]}
    by_hospital = {
        h: int(arrival[h] + cheapest_unit) - solution.cost for h in hospitals if problem.hospital_eligible[c, h]
    }
    return by_unit, by_hospital if cheapest_unit < _DEAREST else {}


_DEAREST: Final = np.iinfo(np.int64).max // 4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Network:
    """The arcs of a problem, in this order: `unit_arcs` (calls, units), `hospital_arcs` (calls, hospitals), the rest.

    Nodes: S, T, all units, all calls' c_in, all calls' c_out, all hospitals; most have no arc.
    """

    problem: Problem
    unit_arcs: tuple[IntArray, IntArray]
    hospital_arcs: tuple[IntArray, IntArray]
    arcs: Arcs
    tie: IntArray
    total_need: int

    @classmethod
    def of(
        cls, problem: Problem, *, call: int | None = None, units: Sequence[int] = (), hospitals: Sequence[int] = ()
    ) -> "_Network":
        """The pruned network; eligible `units` and `hospitals` of `call` get an arc in any case."""
        m, n = problem.response_cost.shape
        total_need = int(problem.need.sum())
        wanted = problem.need > 0
        slots = problem.queue_price[:, :total_need]
        standing = np.zeros_like(problem.eligible) if problem.standing is None else problem.standing
        unit_arcs = _cheapest(
            problem.response_cost, problem.eligible & wanted[:, np.newaxis], total_need, call, units, standing
        )
        hospital_arcs = _cheapest(
            problem.transport_cost + problem.queue_price[:, 0],
            problem.hospital_eligible & wanted[:, np.newaxis],
            total_need,
            call,
            hospitals,
        )
        (unit_call, unit), (hospital_call, hospital) = unit_arcs, hospital_arcs
        calls, used, bound = np.flatnonzero(wanted), np.unique(unit), np.unique(hospital)
        first_in, first_out, first_hospital = _FIRST_UNIT + n, _FIRST_UNIT + n + m, _FIRST_UNIT + n + 2 * m
        queue = np.repeat(bound, slots.shape[1])
        need, transport = problem.need, problem.transport_cost[hospital_arcs]
        unit_tie = unit + n * ~standing[unit_arcs]
        tail, head, capacity, price, tie = _stacked(
            [
                (len(unit), unit + _FIRST_UNIT, unit_call + first_in, 1, problem.response_cost[unit_arcs], unit_tie),
                (
                    len(hospital),
                    hospital_call + first_out,
                    hospital + first_hospital,
                    need[hospital_call],
                    transport,
                    hospital,
                ),
                (len(used), _SOURCE, used + _FIRST_UNIT, 1, 0, 0),
                (len(calls), calls + first_in, calls + first_out, need[calls], -problem.hold_cost[calls], 0),
                (len(calls), calls + first_out, _SINK, need[calls], problem.no_hospital_cost[calls], len(slots)),
                (len(queue), queue + first_hospital, _SINK, 1, slots[bound].ravel(), 0),
                (1, _SOURCE, _SINK, total_need, 0, 0),
            ]
        )
        return cls(
            problem=problem,
            unit_arcs=unit_arcs,
            hospital_arcs=hospital_arcs,
            arcs=Arcs(tail=tail, head=head, capacity=capacity, price=price),
            tie=tie,
            total_need=total_need,
        )

    def has(self, call: int, units: Sequence[int], hospitals: Sequence[int]) -> bool:
        """Whether each of these rows that is eligible for `call` has its arc."""
        (unit_call, unit), (hospital_call, hospital) = self.unit_arcs, self.hospital_arcs
        known_units, known_hospitals = (
            set(unit[unit_call == call].tolist()),
            set(hospital[hospital_call == call].tolist()),
        )
        return all(u in known_units for u in units if self.problem.eligible[call, u]) and all(
            h in known_hospitals for h in hospitals if self.problem.hospital_eligible[call, h]
        )

    @property
    def n_nodes(self) -> int:
        return self.hospital(len(self.problem.queue_price))

    def call_in(self, call: int) -> int:
        return int(_FIRST_UNIT + self.problem.response_cost.shape[1] + call)

    def call_out(self, call: int) -> int:
        return self.call_in(call) + len(self.problem.need)

    def hospital(self, hospital: int) -> int:
        return self.call_out(len(self.problem.need)) + hospital

    def flow_of(self, solution: Solution) -> IntArray:
        """The flow of every arc that `solution` stands for."""
        x = np.zeros(self.problem.response_cost.shape, np.int64)
        t = np.zeros(self.problem.transport_cost.shape, np.int64)
        for c, (units, hospitals) in enumerate(zip(solution.units, solution.hospitals, strict=True)):
            x[c, list(units)] = 1
            for h in hospitals:
                if h is not None:
                    t[c, h] += 1
        calls = np.flatnonzero(self.problem.need)
        bound = np.unique(self.hospital_arcs[1])
        j = np.arange(min(self.total_need, self.problem.queue_price.shape[1]))
        served = x.sum(axis=1)
        return np.concatenate([
            x[self.unit_arcs],
            t[self.hospital_arcs],
            x.sum(axis=0)[np.unique(self.unit_arcs[1])],
            served[calls],
            (served - t.sum(axis=1))[calls],
            (j < t.sum(axis=0)[bound, np.newaxis]).ravel(),
            [self.total_need - served.sum()],
        ]).astype(np.int64)  # fmt: skip


def _stacked(groups: Sequence[tuple[int | IntArray, ...]]) -> IntArray:
    """Groups of arcs, each its number and its columns (arrays or one value for all), below each other: [columns, arcs]."""
    ends = np.cumsum([group[0] for group in groups]).tolist()
    table = np.empty((len(groups[0]) - 1, ends[-1]), dtype=np.int64)
    for (number, *columns), end in zip(groups, ends, strict=True):
        for row, column in zip(table, columns, strict=True):
            row[end - number : end] = column
    return table


def _cheapest(
    price: IntArray,
    eligible: BoolArray,
    k: int,
    call: int | None,
    also: Sequence[int],
    standing: BoolArray | None = None,
) -> tuple[IntArray, IntArray]:
    """(calls, columns) of the k cheapest eligible columns of each call, lower columns first among equals, and of the
    eligible ones that are `standing` or, for `call`, in `also`; in ascending order.
    """
    keep = eligible.copy()
    if k < price.shape[1]:
        order = np.where(eligible, price, 2 * _MAX_PRICE + 1) * price.shape[1] + np.arange(price.shape[1])
        keep = np.zeros_like(eligible)
        np.put_along_axis(keep, np.argpartition(order, k, axis=1)[:, :k], True, axis=1)
        if standing is not None:
            keep |= standing
    if call is not None:
        keep[call, list(also)] = True
    calls, columns = np.nonzero(keep & eligible)
    return calls.astype(np.int64), columns.astype(np.int64)


def _solution(
    problem: Problem, units: list[list[int]], hospitals: list[list[int | None]], network: "_Network | None"
) -> Solution:
    """Order each call's choices, add up what they cost."""
    cost, load = 0, np.zeros(len(problem.queue_price), dtype=np.int64)
    for c, (rows, bound) in enumerate(zip(units, hospitals, strict=True)):
        rows.sort(key=lambda u: (problem.response_cost[c, u], u))
        n_unbound = len(rows) - len(bound)
        cost += sum(int(problem.response_cost[c, u]) for u in rows)
        cost += int(problem.hold_cost[c]) * (int(problem.need[c]) - len(rows))
        for h in bound:
            cost += int(problem.transport_cost[c, h]) + int(problem.queue_price[h, load[h]])
            load[h] += 1
        cost += int(problem.no_hospital_cost[c]) * n_unbound
        bound.extend([None] * n_unbound)
    return Solution(
        units=tuple(map(tuple, units)),
        hospitals=tuple(map(tuple, hospitals)),
        held=tuple(int(wanted) - len(rows) for wanted, rows in zip(problem.need, units, strict=True)),
        cost=cost,
        network=network,
    )


def _require(problem: Problem) -> None:
    """Raise ValueError for values that the model does not allow."""
    if (problem.need < 0).any():
        raise ValueError("need must not be negative")
    if problem.queue_price.shape[1] == 0:
        raise ValueError("queue_price must have a slot; a hospital without room is not eligible")
    if (np.diff(problem.queue_price, axis=1) < 0).any():
        raise ValueError("queue_price must not fall along a hospital's slots")
    prices = (
        problem.response_cost[problem.eligible],
        problem.transport_cost[problem.hospital_eligible],
        problem.hold_cost,
        problem.queue_price,
        problem.no_hospital_cost,
    )
    if any((np.abs(price) > _MAX_PRICE).any() for price in prices):
        raise ValueError(f"prices must not exceed {_MAX_PRICE}")
