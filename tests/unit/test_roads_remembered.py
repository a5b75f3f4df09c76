"""What is asked again is remembered, and answered as if it were asked for the first time."""

from datetime import UTC, datetime

import numpy as np
import pytest

from routing.geo import Wgs84
from routing.roads.remembered import Remembered
from routing.roads.traffic import Slowdown
from tests.fakes.street_grids import loaded, place, random_plan

NOON = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)


def test_the_answers_asked_for_last_are_kept() -> None:
    found: list[int] = []

    def answer(question: int) -> int:
        return remembered.of(question, lambda: found.append(question) or question * question)  # type: ignore[func-returns-value]

    remembered = Remembered[int](2)
    assert [answer(question) for question in (1, 2, 1, 3, 1, 2)] == [1, 4, 1, 9, 1, 4]
    assert found == [1, 2, 3, 2]  # 1 was asked for meanwhile and stayed; 2 had to make room


def test_scenes_get_the_same_hospitals_alone_and_together_at_any_hour_and_under_new_traffic() -> None:
    provider = loaded(random_plan(5).network())
    chance = np.random.default_rng(5)
    scenes, hospitals = ([place(*at) for at in chance.uniform(0, 600, (n, 2))] for n in (5, 20))

    def legs_s(origins: list[Wgs84], hour: int) -> np.ndarray:
        a, b = (np.array([[p.lat_deg, p.lon_deg] for p in some]).T for some in (origins, hospitals))
        return provider.many_to_many(*a, *b, departing_at=NOON.replace(hour=hour)).travel_time_s

    together = legs_s(scenes, 4)
    alone = np.concatenate([legs_s([scene], 4) for scene in scenes])
    assert (together == alone).all()
    many = np.array([[p.lat_deg, p.lon_deg] for p in scenes * 7]).T  # too many to be remembered
    afresh = provider.many_to_many(*many, *np.array([[p.lat_deg, p.lon_deg] for p in hospitals]).T, departing_at=NOON)
    assert afresh.travel_time_s[:5] == pytest.approx(together, abs=1e-9)
    provider.set_traffic([Slowdown(way_ids=frozenset({1}), area=None, speed_factor=0.1, is_closed=False)])
    slowed = legs_s(scenes, 4)
    provider.set_traffic([])
    assert (slowed >= together - 1e-9).all()
    assert (legs_s(scenes, 4) == together).all()


def test_places_among_themselves_are_as_when_asked_in_parts_and_nobody_can_spoil_what_is_remembered() -> None:
    provider = loaded(random_plan(6).network())
    hospitals = np.array([[p.lat_deg, p.lon_deg] for p in (place(*at) for at in chance_places(40))]).T
    first = provider.many_to_many(*hospitals, *hospitals, departing_at=NOON)
    parts = [provider.many_to_many(*hospitals[:, at : at + 20], *hospitals, departing_at=NOON) for at in (0, 20)]
    assert first.travel_time_s == pytest.approx(np.concatenate([part.travel_time_s for part in parts]), abs=1e-9)
    kept_s, kept_m = first.travel_time_s.copy(), first.distance_m.copy()
    first.travel_time_s[:], first.distance_m[:] = -1.0, -1.0
    again = provider.many_to_many(*hospitals, *hospitals, departing_at=NOON)
    assert (again.travel_time_s == kept_s).all()
    assert (again.distance_m == kept_m).all()
    everywhere = (place(-1e4, -1e4), place(1e5, -1e4), place(-1e4, 1e5))
    provider.set_traffic([Slowdown(way_ids=frozenset(), area=everywhere, speed_factor=0.1, is_closed=False)])
    slowed = provider.many_to_many(*hospitals, *hospitals, departing_at=NOON).travel_time_s
    assert (slowed >= kept_s - 1e-9).all()
    assert (slowed > kept_s).any()


def chance_places(n: int) -> np.ndarray:
    return np.random.default_rng(6).uniform(0, 600, (n, 2))
