"""The nearest street is that of measuring every piece of every street, whatever was asked before and whichever streets are closed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.geo import Wgs84, destination
from routing.roads import snapping
from routing.roads.snapping import Snapper, Snaps
from tests.fakes.street_grids import Plan, Street, place, random_plan
from tests.fakes.street_oracle import places

NETWORK = random_plan(4, rows=4, columns=4).network()
EDGES = NETWORK.drive
SNAPPER = Snapper(EDGES, EDGES.is_main, limit_m=400.0)
CLOSED = np.random.default_rng(2).random(len(EDGES)) < 0.6
ANYWHERE = st.builds(place, st.floats(-700, 1_300), st.floats(-700, 1_300))
CORNERS = [
    Wgs84(lat_deg=lat_e7 * 1e-7, lon_deg=lon_e7 * 1e-7)
    for lat_e7, lon_e7 in zip(EDGES.lat_e7.tolist(), EDGES.lon_e7.tolist(), strict=True)
]
"""Junctions and bends."""
POINTS = st.lists(ANYWHERE | st.sampled_from(CORNERS), min_size=1, max_size=4)


def found(snaps: Snaps) -> list[tuple[dict[int, float], float]]:
    """Of each point: its edges with the share before the place, and how far it is."""
    answers: list[tuple[dict[int, float], float]] = [({}, np.inf)] * snaps.n
    for at, row in enumerate(snaps.row.tolist()):
        some = slice(snaps.first[at], snaps.first[at + 1])
        answers[row] = (dict(zip(snaps.edge[some].tolist(), snaps.along[some].tolist(), strict=True)), snaps.away_m[at])
    return answers


def assert_nearest(points: list[Wgs84], snaps: Snaps, eligible: np.ndarray) -> None:
    for point, (edges, away_m) in zip(points, found(snaps), strict=True):
        expected, expected_m = places(EDGES, point, eligible, 400.0)
        assert edges == pytest.approx(dict(expected), abs=1e-6)
        assert away_m == pytest.approx(expected_m, abs=1e-6)


@settings(max_examples=15)
@given(batches=st.lists(POINTS, min_size=1, max_size=2))
def test_the_nearest_street_is_found_and_remembered(batches: list[list[Wgs84]]) -> None:
    for is_open in (None, ~CLOSED):
        view = SNAPPER.view(is_open)
        eligible = EDGES.is_main if is_open is None else EDGES.is_main & is_open
        # Again and doubled: what is remembered of one point must never become another's.
        for points in (*batches, [*batches[0], *batches[0], *batches[-1]], *batches):
            snaps = view.snaps([p.lat_deg for p in points], [p.lon_deg for p in points])
            assert_nearest(points, snaps, eligible)


@pytest.mark.parametrize("slot_bits", [1, 6])
def test_points_that_have_to_share_a_slot_of_the_memory_are_never_taken_for_each_other(
    monkeypatch: pytest.MonkeyPatch, slot_bits: int
) -> None:
    monkeypatch.setattr(snapping, "_SLOT_BITS", slot_bits)
    view = SNAPPER.view()
    rng = np.random.default_rng(1)
    for count in (10, 16, 16, 16, 16, 40, 3):
        points = [place(x, y) for x, y in rng.uniform(0, 700, (count, 2))] + CORNERS[:count]
        assert_nearest(points, view.snaps([p.lat_deg for p in points], [p.lon_deg for p in points]), EDGES.is_main)


def test_where_more_streets_meet_than_are_remembered_all_of_them_are_near() -> None:
    hub, n_arms = place(0, 0), 9
    arms = [destination(hub, 360.0 * arm / n_arms, 100.0) for arm in range(n_arms)]
    streets = [Street(start=0, end=1 + arm, is_one_way=arm % 2 == 1) for arm in range(n_arms)]
    edges = Plan(junctions=[hub, *arms], streets=streets).network().drive
    view = Snapper(edges, np.ones(len(edges), np.bool_), limit_m=400.0).view()
    for points in ([arms[0]], [arms[0], hub], [hub, hub, arms[1]]):
        snaps = view.snaps([p.lat_deg for p in points], [p.lon_deg for p in points])
        assert [len(edges_here) for edges_here, _ in found(snaps)] == [
            len(edges) if p is hub else 2 - (p is arms[1]) for p in points
        ]


def test_points_beyond_the_limit_or_nowhere_have_no_street() -> None:
    snaps = SNAPPER.view().snaps([22.54, 89.0, -90.0], [119.0, 114.05, -180.0])
    assert snaps.row.tolist() == []
    assert snaps.first.tolist() == [0]
    assert snaps.n == 3


def test_where_all_streets_are_closed_there_is_none() -> None:
    view = SNAPPER.view(np.zeros(len(EDGES), np.bool_))
    assert view.snaps([22.54], [114.05]).row.tolist() == []
