"""Who should bring which defibrillator, so that the first shock is expected soonest.

Symbols
    o      a way of bringing one: somebody w(o), with device d(o) unless it is his own, there after t_o seconds with chance p_o
    B      what comes anyhow: ways that are settled, and last an arrival that is certain (p = 1)
    S      the ways that are taken: nobody twice, no device twice, none of the devices that B uses

With T the time of the first arrival, chances independent, and S u B in order of time, ties in any order,

    E[T] = sum_i t_i p_i prod_{j < i} (1 - p_j)            minimise over S

More ways never make E[T] larger, so all that could limit S are people and devices that exclude each other. An arrival of which only a
spread is known is given as several ways in a row, each with its chance if the earlier ones have not come (`spread`).

Exact by branch and bound, ways in order of time, taking before leaving. With q the chance that nobody has come so far, what is left
costs at least q * E of a world in which everybody not yet used comes at the earliest of his times with the best of his chances: both
can only be too good, so nothing better is cut off. `take` stops after `most_nodes` and then says that it has not proved its answer.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

MOST_NODES: Final = 300
"""Branches looked at: some 10 ms. Of 200 random instances with 8 responders, 12 devices and 2 drones half needed 47 or fewer, nine in
ten 151 or fewer. Choice of ours."""

_EQUAL_S: Final = 1e-9


class Way(NamedTuple):
    """Somebody brings a device: after `at_s` seconds, with chance `p` in (0, 1]; `device` None excludes no other."""

    at_s: float
    p: float
    who: int
    device: int | None = None


class Arrival(NamedTuple):
    """What comes anyhow."""

    at_s: float
    p: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The ways that are taken, in order of time, and E[T] with them; `is_proved` False: the search was cut short."""

    ways: tuple[Way, ...]
    expected_s: float
    is_proved: bool
    n_nodes: int


def expected_s(arrivals: Iterable[Way | Arrival]) -> float:
    """E[T] of independent arrivals, the latest-needed of which is certain. ValueError when none is."""
    total, none_yet = 0.0, 1.0
    for arrival in sorted(arrivals, key=lambda one: (one.at_s, -one.p)):
        total += none_yet * arrival.p * arrival.at_s
        none_yet *= 1.0 - arrival.p
        if none_yet <= 0.0:
            return total
    raise ValueError("nobody is certain to come")


def spread(at_s: float, factors: Sequence[float]) -> tuple[Arrival, ...]:
    """An arrival that is certain, and equally likely at `at_s` times each of `factors` (ascending)."""
    n = len(factors)
    return tuple(Arrival(at_s * factor, 1.0 / (n - i)) for i, factor in enumerate(factors))


def _order(way: Way) -> tuple[float, float, int, int]:
    """Soonest first, then the likeliest; a way without a device before one with."""
    return way.at_s, -way.p, way.who, -1 if way.device is None else way.device


def take(ways: Sequence[Way], base: Sequence[Arrival], *, most_nodes: int = MOST_NODES) -> Taken:
    """The ways to take beside `base`, one arrival of which has to be certain."""
    last_s = max(arrival.at_s for arrival in base)
    useful = sorted((way for way in ways if way.at_s < last_s), key=_order)
    search = _Search(useful, sorted(base), most_nodes)
    search.down(0, 0, 1.0, 0.0)
    chosen = tuple(search.best)
    return Taken(
        ways=chosen,
        expected_s=expected_s([*chosen, *base]),
        is_proved=search.n_nodes <= most_nodes,
        n_nodes=search.n_nodes,
    )


class _Search:
    """Depth first over ways in order of time; `b` counts the arrivals of the base that have passed."""

    def __init__(self, ways: Sequence[Way], base: Sequence[Arrival], most_nodes: int) -> None:
        self.ways, self.base, self.most_nodes = ways, base, most_nodes
        self.n_nodes = 0
        self.best: list[Way] = []
        self.best_s = expected_s(base)
        self._people: set[int] = set()
        self._devices: set[int] = set()
        self._path: list[Way] = []
        # The best chance that anybody still has from each way on.
        self._p_from: list[dict[int, float]] = [{}]
        for way in reversed(ways):
            later = self._p_from[-1]
            self._p_from.append(later | {way.who: max(way.p, later.get(way.who, 0.0))})
        self._p_from.reverse()

    def down(self, k: int, b: int, none_yet: float, so_far_s: float) -> None:
        self.n_nodes += 1
        if self.n_nodes > self.most_nodes:
            return
        ways, base = self.ways, self.base
        while k < len(ways) and not self._is_free(ways[k]):
            k += 1
        at_s = ways[k].at_s if k < len(ways) else float("inf")
        while b < len(base) and base[b].at_s <= at_s and none_yet > 0.0:
            so_far_s += none_yet * base[b].p * base[b].at_s
            none_yet *= 1.0 - base[b].p
            b += 1
        if none_yet <= 0.0 or k == len(ways):
            if so_far_s < self.best_s - _EQUAL_S:
                self.best, self.best_s = list(self._path), so_far_s
            return
        if so_far_s + none_yet * self._least_s(k, b) >= self.best_s - _EQUAL_S:
            return
        way = ways[k]
        self._enter(way)
        self.down(k + 1, b, none_yet * (1.0 - way.p), so_far_s + none_yet * way.p * way.at_s)
        self._leave(way)
        self.down(k + 1, b, none_yet, so_far_s)

    def _is_free(self, way: Way) -> bool:
        return way.who not in self._people and (way.device is None or way.device not in self._devices)

    def _enter(self, way: Way) -> None:
        self._path.append(way)
        self._people.add(way.who)
        if way.device is not None:
            self._devices.add(way.device)

    def _leave(self, way: Way) -> None:
        self._path.pop()
        self._people.discard(way.who)
        if way.device is not None:
            self._devices.discard(way.device)

    def _least_s(self, k: int, b: int) -> float:
        """No choice among the ways from `k` on expects less, beside the base from `b` on."""
        best_p, seen = self._p_from[k], set(self._people)
        total, none_yet = 0.0, 1.0
        for way in self.ways[k:]:
            if way.who in seen or (way.device is not None and way.device in self._devices):
                continue
            while b < len(self.base) and self.base[b].at_s <= way.at_s:
                total += none_yet * self.base[b].p * self.base[b].at_s
                none_yet *= 1.0 - self.base[b].p
                b += 1
            if none_yet <= 0.0:
                return total
            seen.add(way.who)
            total += none_yet * best_p[way.who] * way.at_s
            none_yet *= 1.0 - best_p[way.who]
        for arrival in self.base[b:]:
            total += none_yet * arrival.p * arrival.at_s
            none_yet *= 1.0 - arrival.p
        return total
