"""Doubling edges for restrictions over several ways is exact: it permits the drives that the definition permits, and no others."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps_data.roads.sequences import doubled

pytestmark = pytest.mark.slow


N_EDGES = 5
LONGEST = 6

turns = st.sets(st.tuples(st.integers(0, N_EDGES - 1), st.integers(0, N_EDGES - 1)), min_size=4)
paths = st.sets(st.lists(st.integers(0, N_EDGES - 1), min_size=3, max_size=5).map(tuple), max_size=4)
Drive = tuple[int, ...]


def is_permitted(drive: Drive, forbidden: set[Drive], demanded: set[Drive]) -> bool:
    """The definition, word for word: no forbidden path is driven, and who has driven the first two or more edges of a demanded path
    goes on as that path, or another that begins the same, demands."""
    for start in range(len(drive)):
        for end in range(start + 2, len(drive) + 1):
            part = drive[start:end]
            if part in forbidden:
                return False
            onward = {path[len(part)] for path in demanded if len(path) > len(part) and path[: len(part)] == part}
            if onward and end < len(drive) and drive[end] not in onward:
                return False
    return True


def drives(arcs: set[tuple[int, int]], starts: range) -> set[Drive]:
    """Every drive of at most LONGEST edges along the arcs."""
    found = {(edge,) for edge in starts}
    newest = found
    for _ in range(LONGEST - 1):
        newest = {(*drive, onto) for drive in newest for edge, onto in arcs if edge == drive[-1]}
        found = found | newest
    return found


@given(turns, paths, paths)
def test_the_doubled_graph_permits_exactly_what_the_definition_permits(
    arcs: set[tuple[int, int]], forbidden: set[Drive], demanded: set[Drive]
) -> None:
    from_edge, to_edge = np.array(sorted(arcs), dtype=np.int64).T
    result = doubled(N_EDGES, from_edge, to_edge, from_edge * 10 + to_edge, paths=forbidden, only_paths=demanded)
    original = [*range(N_EDGES), *result.original.tolist()]
    among_doubles = set(zip(result.from_edge.tolist(), result.to_edge.tolist(), strict=True))
    seen = {tuple(original[edge] for edge in drive) for drive in drives(among_doubles, range(N_EDGES))}
    assert seen == {drive for drive in drives(arcs, range(N_EDGES)) if is_permitted(drive, forbidden, demanded)}


@given(turns, paths, paths)
def test_a_turn_costs_the_same_from_and_into_a_double(
    arcs: set[tuple[int, int]], forbidden: set[Drive], demanded: set[Drive]
) -> None:
    from_edge, to_edge = np.array(sorted(arcs), dtype=np.int64).T
    result = doubled(N_EDGES, from_edge, to_edge, from_edge * 10 + to_edge, paths=forbidden, only_paths=demanded)
    original = np.concatenate([np.arange(N_EDGES), result.original])
    assert np.array_equal(original[result.from_edge] * 10 + original[result.to_edge], result.turn_ms)
