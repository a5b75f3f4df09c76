"""The joint choice and its regrets against the enumeration of everything that could be done."""

from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import combinations_with_replacement, product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as stn

from routing.optimise.assignment import Problem, Solution, regrets, solve

PRICES = st.integers(0, 60)


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """At most 3 calls, 4 units, 3 hospitals with 2 places; prices so close together that many are equal."""
    m, n, h = draw(st.integers(1, 3)), draw(st.integers(1, 4)), draw(st.integers(0, 3))

    def prices(*shape: int, least: int = 0) -> np.ndarray:
        return draw(stn.arrays(np.int64, shape, elements=st.integers(least, 60)))

    return Problem(
        response_cost=prices(m, n, least=-20),
        eligible=draw(stn.arrays(np.bool_, (m, n))),
        need=draw(stn.arrays(np.int64, m, elements=st.integers(0, 2))),
        hold_cost=prices(m),
        transport_cost=prices(m, h, least=-20),
        hospital_eligible=draw(stn.arrays(np.bool_, (m, h))),
        queue_price=np.sort(prices(h, draw(st.integers(1, 2))), axis=1),
        no_hospital_cost=prices(m),
    )


def destinations(p: Problem, served: tuple[int, ...]) -> list[tuple[int, tuple[tuple[int | None, ...], ...]]]:
    """Every choice of destinations for so many served patients of each call, with its price."""
    choices = [
        list(combinations_with_replacement([None, *np.flatnonzero(p.hospital_eligible[c]).tolist()], n_c))
        for c, n_c in enumerate(served)
    ]
    found = []
    for choice in product(*choices):
        load = Counter(h for hospitals in choice for h in hospitals if h is not None)
        if all(patients <= p.queue_price.shape[1] for patients in load.values()):
            price = sum(int(p.queue_price[h, :patients].sum()) for h, patients in load.items())
            for c, hospitals in enumerate(choice):
                price += sum(int(p.no_hospital_cost[c] if h is None else p.transport_cost[c, h]) for h in hospitals)
            found.append((price, choice))
    return found


class Enumeration:
    """All that can be done in a problem, priced."""

    def __init__(self, p: Problem) -> None:
        self.problem = p
        m, n = p.response_cost.shape
        self.destinations = cache(lambda served: destinations(p, served))
        self.dispatches = []
        for call_of_unit in product([None, *range(m)], repeat=n):
            served = Counter(c for c in call_of_unit if c is not None)
            if all(served[c] <= p.need[c] for c in range(m)) and all(
                c is None or p.eligible[c, u] for u, c in enumerate(call_of_unit)
            ):
                price = sum(int(p.response_cost[c, u]) for u, c in enumerate(call_of_unit) if c is not None)
                price += sum(int(p.hold_cost[c]) * (int(p.need[c]) - served[c]) for c in range(m))
                self.dispatches.append((price, call_of_unit, tuple(served[c] for c in range(m))))

    def least(self, *, call: int = 0, unit: int | None = None, hospital: int | None = None) -> int | None:
        """The least price at which `call` takes `unit` and `hospital`, where given; None if it cannot."""
        prices = [
            price + min(bound)
            for price, call_of_unit, served in self.dispatches
            if unit is None or call_of_unit[unit] == call
            if (
                bound := [
                    onward
                    for onward, choice in self.destinations(served)
                    if hospital is None or hospital in choice[call]
                ]
            )
        ]
        return min(prices, default=None)


def price_of(p: Problem, solution: Solution) -> int:
    """The price of a solution that keeps the rules, by the model."""
    taken = [u for rows in solution.units for u in rows]
    assert len(taken) == len(set(taken))
    load = Counter(h for hospitals in solution.hospitals for h in hospitals if h is not None)
    assert all(patients <= p.queue_price.shape[1] for patients in load.values())
    price = sum(int(p.queue_price[h, :patients].sum()) for h, patients in load.items())
    for c, (rows, hospitals, held) in enumerate(zip(solution.units, solution.hospitals, solution.held, strict=True)):
        assert len(rows) == len(hospitals) == p.need[c] - held
        assert all(p.eligible[c, u] for u in rows)
        assert all(h is None or p.hospital_eligible[c, h] for h in hospitals)
        price += int(p.hold_cost[c]) * held + sum(int(p.response_cost[c, u]) for u in rows)
        price += sum(int(p.no_hospital_cost[c] if h is None else p.transport_cost[c, h]) for h in hospitals)
    return price


@given(problems())
def test_nothing_cheaper_can_be_done(p: Problem) -> None:
    solution = solve(p)
    assert solution.cost == price_of(p, solution) == Enumeration(p).least()
    assert solution == solve(p)


@given(problems(), st.data())
def test_a_regret_is_the_price_of_being_told(p: Problem, data: st.DataObject) -> None:
    m, n = p.response_cost.shape
    call = data.draw(st.integers(0, m - 1))
    solution, everything = solve(p), Enumeration(p)
    by_unit, by_hospital = regrets(p, solution, call, units=range(n), hospitals=range(len(p.queue_price)))
    forced_units = {u: everything.least(call=call, unit=u) for u in range(n)}
    forced_hospitals = {h: everything.least(call=call, hospital=h) for h in range(len(p.queue_price))}
    assert by_unit == {u: price - solution.cost for u, price in forced_units.items() if price is not None}
    assert by_hospital == {h: price - solution.cost for h, price in forced_hospitals.items() if price is not None}


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1))
def test_pruning_loses_nothing(seed: int) -> None:
    """Regrets of units and hospitals that the pruned network left out, against a forced solution of the whole.

    A unit is forced by making it the only eligible one of a call that wants one.
    """
    rng = np.random.default_rng(seed)
    m, n, h = 4, 30, 12
    p = Problem(
        response_cost=rng.integers(0, 50, (m, n)),
        eligible=rng.random((m, n)) < 0.8,
        need=np.ones(m, np.int64),
        hold_cost=np.full(m, 200, np.int64),
        transport_cost=rng.integers(0, 50, (m, h)),
        hospital_eligible=rng.random((m, h)) < 0.8,
        queue_price=np.sort(rng.integers(0, 30, (h, 3)), axis=1),
        no_hospital_cost=np.full(m, 150, np.int64),
    )
    by_unit, by_hospital = regrets(p, solution := solve(p), 0, units=range(n), hospitals=range(h))
    assert set(by_unit) == set(np.flatnonzero(p.eligible[0]).tolist())
    for u, regret in by_unit.items():
        assert solve(told(p, "eligible", u)).cost - solution.cost == regret
    for hospital, regret in by_hospital.items():
        assert solve(told(p, "hospital_eligible", hospital)).cost - solution.cost == regret


def told(p: Problem, field: str, row: int) -> Problem:
    """The problem in which call 0 is left with one eligible row, and neither holding it nor no hospital pays."""
    fields = {name: getattr(p, name).copy() for name in Problem.__slots__ if name != "standing"}
    fields[field][0] = False
    fields[field][0, row] = True
    fields["hold_cost"][0] = 10**6
    fields["no_hospital_cost"][0] = 10**5
    return Problem(**fields)


@given(problems(), st.data())
def test_whichever_optimum_stands_stays(p: Problem, data: st.DataObject) -> None:
    """Of all optima that serve the same calls, any one may stand: its units are chosen again, at the same price."""
    found, everything = solve(p), Enumeration(p)
    served = tuple(len(rows) for rows in found.units)
    optima = [
        call_of_unit
        for price, call_of_unit, serves in everything.dispatches
        if serves == served and price + min(onward for onward, _ in everything.destinations(serves)) == found.cost
    ]
    stands = data.draw(st.sampled_from(optima))
    standing = np.array([[c == call for c in stands] for call in range(len(p.need))])
    again = solve(replace(p, standing=standing))
    assert again.cost == found.cost
    assert [set(rows) for rows in again.units] == [
        {u for u, c in enumerate(stands) if c == call} for call in range(len(p.need))
    ]
