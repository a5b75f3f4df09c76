"""The reach of AEDs, on a city small enough to reckon by hand."""

from dataclasses import replace

import pytest

from maps_data.catalogue import Catalogue, load_catalogue
from maps_data.placement import reach
from maps_data.records import Aed, PopulationCell
from routing.cells import centre
from routing.geo import destination
from tests.fakes.maps_data_city import small_city


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return load_catalogue(small_city(tmp_path_factory.mktemp("maps") / "city"))


def aed_beside(city: Catalogue, cell: PopulationCell, metres: float) -> Aed:
    """Some AED, moved to `metres` east of a cell's centre."""
    return replace(city.aeds[0], point=destination(centre(cell.cell), 90.0, metres))


@pytest.mark.parametrize(
    ("metres", "within_300", "within_600"), [(0, 1.0, 1.0), (299, 1.0, 1.0), (301, 0.0, 1.0), (601, 0.0, 0.0)]
)
def test_a_cell_counts_by_its_centre(city: Catalogue, metres: float, within_300: float, within_600: float) -> None:
    cell = city.population_cells[0]
    near, far = reach([cell], [aed_beside(city, cell, metres)])
    assert (near.radius_m, far.radius_m) == (300.0, 600.0)
    assert (near.share_of_cells, far.share_of_cells) == (within_300, within_600)


def test_residents_count_by_the_part_of_the_cell_that_is_reached(city: Catalogue) -> None:
    """A cell is some 0.74 km2; a circle of 300 m is 0.28 km2, so 38 % of it, and one of 600 m covers it whole."""
    cell = city.population_cells[0]
    near, far = reach([cell], [aed_beside(city, cell, 0)])
    assert near.share_of_residents == pytest.approx(0.38, abs=0.07)
    assert far.share_of_residents == 1.0


def test_without_aeds_nobody_is_reached(city: Catalogue) -> None:
    assert {r.share_of_residents for r in reach(city.population_cells[:5], [])} == {0.0}
