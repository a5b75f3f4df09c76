"""Weights taken over from those before, of which few differ, answer as if all had been brought in anew; those before stay."""

from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.roads import weighted
from routing.roads.graph import driving_graph
from routing.roads.hierarchy import DRIVE, NEVER_MS, Hierarchy, load, prepare
from routing.roads.weighted import Weighted
from tests.fakes.street_grids import random_plan

CHANGES = st.lists(
    st.dictionaries(st.integers(0, 10_000), st.sampled_from([1, 700, 60_000, NEVER_MS]), max_size=12),
    min_size=1,
    max_size=5,
)
"""Of each step: arcs, by number, and what each costs from then on; one may close and open again."""


@lru_cache(maxsize=8)
def hierarchies(seed: int) -> tuple[Hierarchy, Hierarchy]:
    network = random_plan(seed).network()
    with TemporaryDirectory() as place:
        prepare(network, Path(place))
        found = load(driving_graph(network), Path(place) / DRIVE)
        for each in found:
            each.customised(np.ones(len(each.graph.tail), np.uint32))  # reads what it needs before the files go
    return found


def all_ms(streets: Weighted) -> np.ndarray:
    nodes = np.arange(streets.graph.node_count)
    return np.array([[streets.path(int(a), int(b))[0] for b in nodes[::3]] for a in nodes[::5]])


def improved(streets: Weighted) -> Weighted:
    while streets.improve():
        pass
    return streets


@pytest.mark.slow
@given(seed=st.integers(0, 7), changes=CHANGES)
def test_few_changes_are_taken_over_exactly(seed: int, changes: list[dict[int, int]]) -> None:
    both = hierarchies(seed)
    weight_ms = np.full(len(both[0].graph.tail), 1_000, np.uint32)
    now = improved(Weighted(both, weight_ms, is_edge_based=True))
    for change in changes:
        before, before_ms = now, all_ms(now)
        weight_ms = weight_ms.copy()
        for number, cost_ms in change.items():
            weight_ms[number % len(weight_ms)] = cost_ms
        now = Weighted(both, weight_ms, is_edge_based=True, before=before)
        anew = Weighted(both, weight_ms, is_edge_based=True)
        np.testing.assert_array_equal(all_ms(now), all_ms(anew))
        np.testing.assert_array_equal(all_ms(before), before_ms)
        improved(now)
        np.testing.assert_array_equal(all_ms(now), all_ms(anew))


def test_what_cannot_be_taken_over_is_brought_in_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is to spare before both copies are there, nor a second time; and many changes are not brought in one by one."""
    both = hierarchies(1)
    weight_ms = np.full(len(both[0].graph.tail), 1_000, np.uint32)
    other_ms = weight_ms.copy()
    other_ms[:3] = 5_000
    made: list[int] = []
    customised = Hierarchy.customised
    monkeypatch.setattr(Hierarchy, "customised", lambda self, ms: made.append(1) or customised(self, ms))

    def n_made(before: Weighted, ms: np.ndarray) -> int:
        made.clear()
        Weighted(both, ms, is_edge_based=True, before=before)
        return len(made)

    first = Weighted(both, weight_ms, is_edge_based=True)
    assert n_made(first, other_ms) == 1
    improved(first)
    assert n_made(first, other_ms) == 0
    assert n_made(first, other_ms) == 1
    second = improved(Weighted(both, weight_ms, is_edge_based=True))
    monkeypatch.setattr(weighted, "FEW_ARCS", 2)
    assert n_made(second, other_ms) == 1
