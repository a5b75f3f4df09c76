"""The estimate's constants are fitted, not typed in: a law known beforehand is found again, and the shipped one on its own network."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from maps_data.cli import app
from maps_data.records import PopulationCell
from maps_data.roads.build import build
from maps_data.roads.fit import fit
from maps_data.roads.free_flow import FreeFlowStreets
from routing.geo import FloatArray, Wgs84, destination, distance_matrix_m, distances_m
from routing.travel_time.barriers import Barrier
from routing.travel_time.estimate import SHIPPED
from routing.travel_time.estimate_constants import read_constants
from tests.fakes.city_streets import save_city_streets
from tests.fakes.embedded import embedded_catalogue


@pytest.fixture(scope="module")
def cells() -> Sequence[PopulationCell]:
    return embedded_catalogue().population_cells


class LawfulStreets:
    """Where a leg takes 60 s and 90 s * km ** 0.9; of three legs one takes a quarter more, one a fifth less."""

    def on_streets(self, lat_deg: FloatArray, lon_deg: FloatArray) -> tuple[FloatArray, FloatArray]:
        return lat_deg, lon_deg

    def times_s(
        self, lat_deg: FloatArray, lon_deg: FloatArray, to_lat_deg: FloatArray, to_lon_deg: FloatArray
    ) -> FloatArray:
        law_s = 60 + 90 * (distance_matrix_m(lat_deg, lon_deg, to_lat_deg, to_lon_deg) / 1_000) ** 0.9
        which = np.add.outer(np.arange(len(lat_deg)), np.arange(len(to_lat_deg))) % 3
        return np.asarray(law_s * np.array([1.0, 1.25, 0.8])[which], np.float64)

    def road_m(self, origins: Sequence[Wgs84], destinations: Sequence[Wgs84]) -> FloatArray:
        pairs = zip(origins, destinations, strict=True)
        return np.array([500 + 1.3 * distances_m([a.lat_deg], [a.lon_deg], b)[0] for a, b in pairs])


def test_a_known_law_is_found_again(cells: Sequence[PopulationCell]) -> None:
    found = fit(LawfulStreets(), cells, (), seed=3, n_points=90, n_draws=2)
    law = found.constants
    for km in (0.5, 2.0, 10.0, 40.0):
        assert law.a_s + law.b_s * km**law.c == pytest.approx(60 + 90 * km**0.9, rel=0.03)
        assert law.d_m + law.e * km * 1_000 == pytest.approx(500 + 1_300 * km, rel=0.01)


def test_its_error_is_the_one_that_was_put_in(cells: Sequence[PopulationCell]) -> None:
    """Law / network is 1, 0.8 and 1.25, off by 0, 20 and 25 %: 15 % in the mean; the slow third takes 1.25 times the law."""
    found = fit(LawfulStreets(), cells, (), seed=3, n_points=90, n_draws=2)
    over_all = found.errors[0]
    assert over_all.legs_en == "all"
    assert over_all.mean_error == pytest.approx(0.15, abs=0.01)
    assert over_all.p90_ratio == pytest.approx(1.25, abs=0.02)
    assert found.constants.relative_error == pytest.approx(0.15, abs=0.02)


def test_the_same_seed_gives_the_same_constants(cells: Sequence[PopulationCell]) -> None:
    once, again = (fit(LawfulStreets(), cells, (), seed=5, n_points=90, n_draws=2) for _ in range(2))
    assert once == again


def test_a_barrier_that_roads_go_round_is_seen_to_gain(cells: Sequence[PopulationCell]) -> None:
    class AroundTheWall(LawfulStreets):
        def times_s(
            self, lat_deg: FloatArray, lon_deg: FloatArray, to_lat_deg: FloatArray, to_lon_deg: FloatArray
        ) -> FloatArray:
            from routing.travel_time.barriers import Barriers

            ends = (lat_deg, lon_deg, to_lat_deg, to_lon_deg)
            km = (distance_matrix_m(*ends) + Barriers([WALL]).extra_m(*ends)) / 1_000
            return np.asarray(60 + 90 * km**0.9, np.float64)

    found = fit(AroundTheWall(), cells, [WALL], seed=3, n_points=90, n_draws=2)
    assert found.errors[0].mean_error < 0.02 < found.errors_without_barriers[0].mean_error


MIDDLE = Wgs84(lat_deg=22.62, lon_deg=114.06)
WALL = Barrier(name_zh="墙", name_en="wall", line=(destination(MIDDLE, 270, 15_000), destination(MIDDLE, 90, 15_000)))


def test_too_few_legs_with_a_way_are_refused(cells: Sequence[PopulationCell]) -> None:
    class Islands(LawfulStreets):
        def times_s(
            self, lat_deg: FloatArray, lon_deg: FloatArray, to_lat_deg: FloatArray, to_lon_deg: FloatArray
        ) -> FloatArray:
            return np.full((len(lat_deg), len(to_lat_deg)), np.inf)

    with pytest.raises(ValueError, match="too few legs"):
        fit(Islands(), cells, (), seed=3, n_points=50)


@pytest.mark.slow
def test_the_command_writes_constants_that_the_estimate_reads(tmp_path: Path) -> None:
    """A chequer of streets, 12 m/s along the meridians and parallels: between 1 and sqrt 2 times the straight way."""
    roads = tmp_path / "roads"
    save_city_streets(roads)
    done = CliRunner().invoke(app, ["roads", "fit-estimate", str(roads), "--points", "90", "--draws", "2"])
    assert done.exit_code == 0, done.output
    law = read_constants(roads / "estimate.json")
    ten_km_s = law.a_s + law.b_s * 10**law.c
    assert 10_000 / 12 < ten_km_s < 1.5 * 10_000 / 12
    assert 1.0 < (law.d_m + law.e * 10_000) / 10_000 < 1.5
    assert "mean error" in done.output


def test_the_command_refuses_a_directory_without_a_network(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["roads", "fit-estimate", str(tmp_path)])
    assert done.exit_code == 2
    assert "没有道路网络" in done.output


@pytest.mark.slow
def test_the_shipped_constants_are_those_of_the_whole_city(
    shared_data: Path | None, tmp_path: Path, cells: Sequence[PopulationCell]
) -> None:
    """A smaller sample on the same network gives nearly the same law; without that network, the same program on another."""
    if shared_data is None:
        save_city_streets(tmp_path / "roads")
        found = fit(FreeFlowStreets(tmp_path / "roads"), cells, (), seed=9, n_points=120, n_draws=2)
        assert asdict(found.constants) != asdict(SHIPPED)
        return
    build(shared_data / "roads" / "shenzhen-recon.osm.pbf", tmp_path / "roads")
    barriers = [Barrier(name_zh=b.name_zh, name_en=b.name_en, line=b.line) for b in embedded_catalogue().barriers]
    found = fit(FreeFlowStreets(tmp_path / "roads"), cells, barriers, seed=9, n_points=200)
    for km in (1.0, 3.0, 10.0, 40.0):
        fitted_s = found.constants.a_s + found.constants.b_s * km**found.constants.c
        assert fitted_s == pytest.approx(SHIPPED.a_s + SHIPPED.b_s * km**SHIPPED.c, rel=0.1)
    # Over many draws of units and scenes; what is left is the difference between the two laws.
    assert found.constants.relative_error == pytest.approx(SHIPPED.relative_error, abs=0.03)
    assert found.constants.p90_factor == pytest.approx(SHIPPED.p90_factor, rel=0.08)
