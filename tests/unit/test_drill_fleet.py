"""Fleets of another size, and homes at posts by the residents or the demand nearest to each."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from dispatch.adapters.posts import posts_of
from dispatch.adapters.roster import roster_of
from dispatch.drills.fleet import at_posts, of_size
from maps_data.demand_file import Demand
from maps_data.vocabulary import RecordClass
from routing.cells import centre
from routing.geo import distance_m
from tests.fakes.embedded import embedded_catalogue


@pytest.mark.parametrize("n", [1, 123, 584, 1_000])
def test_a_fleet_of_any_size_has_different_units_spread_over_the_bases(n: int) -> None:
    roster = roster_of(embedded_catalogue())
    fleet = of_size(roster, n)
    assert len({unit.unit_id for unit in fleet.units}) == len({unit.call_sign for unit in fleet.units}) == n
    assert fleet.data_version != roster.data_version
    whole = Counter(unit.home_station_id for unit in roster.units)
    some = Counter(unit.home_station_id for unit in fleet.units)
    assert all(abs(some[base] - whole[base] * n / len(roster.units)) <= 1 + n // len(roster.units) for base in whole)


def test_homes_at_posts_go_by_the_residents_nearest_to_each() -> None:
    catalogue = embedded_catalogue()
    posts = posts_of(catalogue)
    three = replace(posts, posts=posts.posts[:3], posts_version="posts-three")
    fleet = at_posts(of_size(roster_of(catalogue), 120), three, catalogue)
    at = Counter(unit.home for unit in fleet.units)
    residents = Counter[int]()
    for cell in catalogue.population_cells:
        here = centre(cell.cell)
        nearest = min(range(3), key=lambda row: distance_m(here, three.posts[row].point))
        residents[nearest] += cell.population_estimate
    quota = [120 * residents[row] / residents.total() for row in range(3)]
    assert [at[post.point] for post in three.posts] == pytest.approx(quota, abs=1.0)
    assert sum(at.values()) == 120


def test_homes_at_posts_go_by_demand_where_it_is_known() -> None:
    """All calls come from the cell nearest to the second of two posts."""
    catalogue = embedded_catalogue()
    posts = posts_of(catalogue)
    two = replace(posts, posts=posts.posts[:2], posts_version="posts-two")
    cells = catalogue.population_cells
    away_m = [distance_m(centre(cell.cell), two.posts[1].point) for cell in cells]
    red_share = np.zeros(len(cells))
    red_share[int(np.argmin(away_m))] = 1.0
    demand = Demand(version="demand-one-cell", record_class=RecordClass.SIMULATED, red_share=red_share)
    fleet = at_posts(of_size(roster_of(catalogue), 12), two, catalogue, demand)
    assert {unit.home for unit in fleet.units} == {two.posts[1].point}
    assert fleet.data_version.endswith("+posts-two+demand-one-cell")
