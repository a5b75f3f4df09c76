"""Turn restrictions as edges: which turns at a node are gone, and which sequences of edges over via ways are forbidden or demanded.

A restriction names ways; a way may run on past the via node, so that more than one of its edges ends there. Then the pair of edges
whose angle fits the stated turn best is meant.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from maps_data.roads.edges import Cut
from maps_data.roads.restrictions import Restriction, Unused
from maps_data.roads.turns import turn_angles_deg
from routing.geo import BoolArray, IntArray

STATED_DEG: Final = {"left_turn": -90.0, "straight_on": 0.0, "right_turn": 90.0, "u_turn": 180.0}

Path = tuple[int, ...]
"""Edges, one after the other."""


@dataclass(slots=True)
class Forbidden:
    """What restrictions come to.

    `pairs`: turns that are gone. `only`: from an edge, the turns that remain. `paths`, `only_paths`: sequences of at least three
    edges that are forbidden, or must be kept to once their first turn has been made. `n_by_node`, `n_by_ways`: restrictions that
    were applied; `n_impossible`: whose turn no street allows anyway; `unused`: not applicable here, by reason.
    """

    pairs: set[tuple[int, int]] = field(default_factory=set)
    only: dict[int, set[int]] = field(default_factory=dict)
    paths: set[Path] = field(default_factory=set)
    only_paths: set[Path] = field(default_factory=set)
    n_by_node: int = 0
    n_by_ways: int = 0
    n_impossible: int = 0
    unused: dict[Unused, int] = field(default_factory=dict)

    def remaining(self, from_edge: IntArray, to_edge: IntArray) -> BoolArray:
        """Which of the turns are left, bool[A]."""
        keep = np.ones(len(from_edge), dtype=np.bool_)
        watched = np.array(sorted({edge for edge, _ in self.pairs} | set(self.only)), dtype=np.int64)
        for at in np.flatnonzero(np.isin(from_edge, watched)).tolist():
            turn = (int(from_edge[at]), int(to_edge[at]))
            allowed = self.only.get(turn[0])
            keep[at] = turn not in self.pairs and (allowed is None or turn[1] in allowed)
        return keep


def forbidden_by(restrictions: tuple[Restriction, ...], cut: Cut) -> Forbidden:
    """What the restrictions come to on these edges."""
    found, streets = Forbidden(), _Streets(cut)
    for restriction in restrictions:
        if not streets.has_all(restriction):
            found.unused[Unused.ELSEWHERE] = found.unused.get(Unused.ELSEWHERE, 0) + 1
        elif restriction.via_node is not None:
            _add_turns(found, streets, restriction, restriction.via_node)
        else:
            _add_paths(found, streets, restriction)
    return found


def _add_turns(found: Forbidden, streets: "_Streets", restriction: Restriction, via_node: int) -> None:
    pairs = streets.turns_at(restriction, via_node)
    if not pairs:
        found.n_impossible += 1
        return
    found.n_by_node += 1
    if restriction.is_only:
        for from_edge, to_edge in pairs:
            found.only.setdefault(from_edge, set()).add(to_edge)
    else:
        found.pairs.update(pairs)


def _add_paths(found: Forbidden, streets: "_Streets", restriction: Restriction) -> None:
    paths = set(streets.paths_of(restriction))
    if not paths:
        found.n_impossible += 1
        return
    found.n_by_ways += 1
    (found.only_paths if restriction.is_only else found.paths).update(paths)


class _Streets:
    """The edges of a way, and the edges at a junction."""

    def __init__(self, cut: Cut) -> None:
        self.cut = cut
        self.by_way = np.argsort(cut.edges.way_id, kind="stable")
        self.way_ids = cut.edges.way_id[self.by_way]
        self.from_node = cut.edges.from_node
        self.to_node = cut.edges.to_node

    def edges_of(self, way_id: int) -> list[int]:
        begin, end = np.searchsorted(self.way_ids, [way_id, way_id + 1])
        edges: list[int] = self.by_way[begin:end].tolist()
        return edges

    def has_all(self, restriction: Restriction) -> bool:
        """Whether some way on each side, and every way between, is driven."""
        sides = (restriction.from_ways, restriction.to_ways)
        return all(any(self.edges_of(way) for way in side) for side in sides) and all(
            self.edges_of(way) for way in restriction.via_ways
        )

    def turns_at(self, restriction: Restriction, via_node: int) -> list[tuple[int, int]]:
        """The turns that the restriction names: pairs of edges over the node."""
        junction = int(np.searchsorted(self.cut.junction, via_node))
        if junction == len(self.cut.junction) or self.cut.junction[junction] != via_node:
            return []
        into = [e for way in restriction.from_ways for e in self.edges_of(way) if self.to_node[e] == junction]
        out = [e for way in restriction.to_ways for e in self.edges_of(way) if self.from_node[e] == junction]
        pairs = [(e, f) for e in into for f in out if (f == self.cut.twin[e]) == self._is_back(restriction)]
        is_plain = len(restriction.from_ways) == len(restriction.to_ways) == 1
        stated_deg = STATED_DEG.get(restriction.turn)
        if len(pairs) > 1 and is_plain and stated_deg is not None and not self._is_back(restriction):
            return [self._best_fit(pairs, stated_deg)]
        return pairs

    def paths_of(self, restriction: Restriction) -> Iterator[Path]:
        """Every way to drive from a from-way over all via ways, in their order, onto a to-way."""
        ways = [*({way} for way in restriction.via_ways), set(restriction.to_ways)]
        members = [sorted(e for way in group for e in self.edges_of(way)) for group in ways]
        for way in restriction.from_ways:
            for edge in self.edges_of(way):
                yield from self._onward((edge,), members, reached=-1)

    def _onward(self, path: Path, members: list[list[int]], *, reached: int) -> Iterator[Path]:
        """Continue a path that has come to the group `reached` by an edge of the same group or of the next."""
        for group in range(max(reached, 0), min(reached + 2, len(members))):
            for edge in members[group]:
                is_next = self.from_node[edge] == self.to_node[path[-1]] and edge != self.cut.twin[path[-1]]
                if not is_next or edge in path:
                    continue
                if group == len(members) - 1:
                    yield (*path, edge)
                else:
                    yield from self._onward((*path, edge), members, reached=group)

    def _best_fit(self, pairs: list[tuple[int, int]], stated_deg: float) -> tuple[int, int]:
        from_edge, to_edge = np.array(pairs, dtype=np.int64).T
        angles = turn_angles_deg(self.cut.edges, from_edge, to_edge)
        return pairs[int(np.argmin(np.abs((angles - stated_deg + 180.0) % 360.0 - 180.0)))]

    @staticmethod
    def _is_back(restriction: Restriction) -> bool:
        """Whether a turn back into the same way is meant."""
        return restriction.turn == "u_turn" and restriction.from_ways == restriction.to_ways
