"""Restrictions over via ways: what may follow depends on where one came from, so an edge is doubled for each such past.

A forbidden path (e0, e1, ..., ek) is known by its beginnings: whoever has driven e0 and then e1 is on the double of e1 that
remembers (e0, e1), and so on to e(k-1), from where the turn into ek is missing. With a demanded path every other turn is missing.
The doubles are the states of the automaton of Aho and Corasick (doi:10.1145/360825.360855) over edges: the state after a further
edge is the longest beginning of any path that one has just driven. What each edge permits by itself stays as it was, so the
result is exact, however the paths overlap. Doubles have the same geometry as their edge; whoever looks for the edges of a place must
take them all (`routing.roads.network.stretches`).
"""

from dataclasses import dataclass

import numpy as np

from maps_data.roads.forbidden import Path
from routing.geo import IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubled:
    """Turns among E edges and D doubles, numbered from E on: `original` int64[D] is the edge that each doubles."""

    original: IntArray
    from_edge: IntArray
    to_edge: IntArray
    turn_ms: IntArray


def doubled(
    n_edges: int, from_edge: IntArray, to_edge: IntArray, turn_ms: IntArray, *, paths: set[Path], only_paths: set[Path]
) -> Doubled:
    """The turns [A] with the paths forbidden and demanded."""
    states = sorted({path[:length] for path in paths | only_paths for length in range(2, len(path))})
    number = {state: n_edges + i for i, state in enumerate(states)}
    rules = _Rules(paths, only_paths, number)
    begin = np.searchsorted(from_edge, np.arange(n_edges + 1))

    def turns_of(edge: int) -> list[tuple[int, int]]:
        at = slice(int(begin[edge]), int(begin[edge + 1]))
        return list(zip(to_edge[at].tolist(), turn_ms[at].tolist(), strict=True))

    new_to = to_edge.copy()
    for edge in {state[0] for state in states}:
        for at in range(int(begin[edge]), int(begin[edge + 1])):
            new_to[at] = rules.state_after((edge, int(to_edge[at])))
    added = [
        (number[state], rules.state_after((*state, onto)), ms)
        for state in states
        for onto, ms in turns_of(state[-1])
        if rules.is_permitted(state, onto)
    ]
    extra = np.array(added, dtype=np.int64).reshape(-1, 3)
    return Doubled(
        original=np.array([state[-1] for state in states], dtype=np.int64),
        from_edge=np.concatenate([from_edge, extra[:, 0]]),
        to_edge=np.concatenate([new_to, extra[:, 1]]),
        turn_ms=np.concatenate([turn_ms, extra[:, 2]]),
    )


@dataclass(frozen=True, slots=True)
class _Rules:
    paths: set[Path]
    only_paths: set[Path]
    number: dict[Path, int]

    def state_after(self, driven: Path) -> int:
        """The double for the longest beginning of a path that was just driven, or the plain edge."""
        for start in range(len(driven) - 1):
            state = self.number.get(driven[start:])
            if state is not None:
                return state
        return driven[-1]

    def is_permitted(self, state: Path, onto: int) -> bool:
        """Whether `onto` may follow, given all that the state remembers: itself and each of its endings."""
        endings = [state[start:] for start in range(len(state) - 1)]
        if any((*ending, onto) in self.paths for ending in endings):
            return False
        for ending in endings:
            demanded = {
                path[len(ending)]
                for path in self.only_paths
                if path[: len(ending)] == ending and len(path) > len(ending)
            }
            if demanded and onto not in demanded:
                return False
        return True
