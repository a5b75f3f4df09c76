"""What the generator makes, and that the files that ship are its own output."""

import math
import re
from collections import Counter
from datetime import date
from pathlib import Path

import msgspec
import pytest

from maps_data.catalogue import Catalogue, Facts, embedded_city, read_facts
from maps_data.generate import generated_files, write_generated
from maps_data.generate.aeds import aeds_csv
from maps_data.generate.fleet import fleet_size, residents_served
from maps_data.manifest import read_dataset, read_text
from maps_data.records import Aed
from maps_data.vocabulary import UnitCapability, UnitKind
from routing.cells import cell_of
from routing.geo import distance_m
from tests.fakes.embedded import embedded_catalogue
from tests.fakes.maps_data_city import small_city


@pytest.fixture(scope="module")
def facts() -> Facts:
    return read_facts(read_dataset(embedded_city()))


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    """As they ship; that the generator makes them, the first test says."""
    shipped = read_dataset(embedded_city()).files
    return {name: shipped[name] for name in ("aeds.csv", "district_cells_outline.geojson", "units.csv")}


@pytest.fixture(scope="module")
def city() -> Catalogue:
    return embedded_catalogue()


@pytest.mark.slow
def test_the_files_that_ship_are_the_generators_own_output(files: dict[str, str]) -> None:
    """Byte for byte, the AEDs as text: how gzip packs them differs between versions of zlib."""
    assert generated_files() == files


def test_what_is_written_is_what_is_read(files: dict[str, str], tmp_path: Path) -> None:
    paths = write_generated(files, tmp_path / "city")
    assert {path.name.removesuffix(".gz"): read_text(path) for path in paths} == files


def test_no_file_is_too_large_to_commit() -> None:
    sizes = [path.stat().st_size for path in embedded_city().iterdir()]
    assert max(sizes) < 1_000_000
    assert sum(sizes) < 1_500_000


def test_another_seed_moves_the_aeds_but_keeps_most_ids(tmp_path: Path) -> None:
    """A place is named by its cell and kind; a seed decides where in the cell it stands and what its device is like."""
    small = read_facts(read_dataset(small_city(tmp_path / "city")))
    one, other = aeds_csv(small, seed=120).splitlines(), aeds_csv(small, seed=121).splitlines()
    assert one == aeds_csv(small, seed=120).splitlines()
    ids = {line.split(",")[0] for line in one}
    assert len(ids & {line.split(",")[0] for line in other}) > len(ids) / 2
    assert set(one) & set(other) == {one[0]}  # the header


# --- the fleet


def test_the_fleet_is_one_ambulance_per_thirty_thousand_residents(facts: Facts, city: Catalogue) -> None:
    """17,494,398 / 30,000 = 583.1, rounded up."""
    assert fleet_size(facts) == 584
    assert len(city.units) == 584


def test_bases_have_units_by_the_residents_they_serve(facts: Facts, city: Catalogue) -> None:
    units = Counter(unit.home_station_id for unit in city.units)
    served = residents_served(facts)
    assert math.isclose(sum(served), sum(cell.population_estimate for cell in facts.population_cells))
    for base, residents in zip(facts.bases, served, strict=True):
        quota = 584 * residents / sum(served)
        # Webster keeps near the quota; where the minimum of one lifts a small base, others give a little.
        assert units[base.station_id] >= 1
        assert abs(units[base.station_id] - quota) < 1.5


def test_at_least_two_in_five_are_negative_pressure_at_every_base(city: Catalogue) -> None:
    negative = Counter(unit.home_station_id for unit in city.units if unit.negative_pressure)
    every = Counter(unit.home_station_id for unit in city.units)
    assert [base for base, n_units in every.items() if negative[base] < 0.4 * n_units] == []


def test_every_base_has_advanced_life_support(city: Catalogue) -> None:
    advanced = {unit.home_station_id for unit in city.units if unit.kind is UnitKind.ALS}
    assert advanced == set(city.bases_by_id)


def test_special_units_ride_with_the_hospitals_that_can_staff_them(city: Catalogue) -> None:
    kinds = Counter(unit.kind for unit in city.units)
    assert kinds[UnitKind.NEONATAL] == 7
    assert kinds[UnitKind.MSU] == 4
    assert kinds[UnitKind.MSTEMI] == 6
    for unit in city.units:
        hospital = city.hospitals_by_id.get(unit.crew_hospital_id or "")
        if unit.kind is UnitKind.NEONATAL:
            assert hospital is not None
            assert "children" in hospital.specialties
        if unit.kind is UnitKind.MSU:
            assert hospital is not None
            assert any(d.kind == "stroke" for d in hospital.designations)
    assert all(UnitCapability.CT in u.capabilities for u in city.units if u.kind is UnitKind.MSU)


def test_call_signs_are_counted_through(city: Catalogue) -> None:
    assert [unit.call_sign for unit in city.units] == [f"救{n:03}" for n in range(1, 585)]
    assert [unit.unit_id for unit in city.units] == [f"U{n:03}" for n in range(1, 585)]


# --- the AEDs


def of_kind(city: Catalogue, kind: str) -> list[Aed]:
    return [aed for aed in city.aeds if aed.place_kind == kind]


def test_every_metro_station_has_an_aed_within_it(city: Catalogue) -> None:
    aeds = of_kind(city, "metro_station")
    for station in city.metro_stations:
        here = [aed for aed in aeds if aed.aed_id.startswith(f"AED-{station.station_id}-")]
        expected = 1 + (len(station.lines) > 1) + 2 * (station.hub is not None)
        assert len(here) == expected
        assert all(distance_m(aed.point, station.point) < 81 for aed in here)


def test_every_hospital_has_aeds(city: Catalogue) -> None:
    owners = {aed.aed_id.split("-")[1] for aed in of_kind(city, "hospital")}
    assert owners == set(city.hospitals_by_id)


def test_counts_with_a_source_are_met(city: Catalogue) -> None:
    """1,000 community health centres planned by the end of 2025; 3,595 registered residential estates."""
    assert len(of_kind(city, "health_centre")) == 1000
    assert len(of_kind(city, "residential")) == 3595


def test_placement_classes_follow_the_standard(city: Catalogue) -> None:
    classes = {aed.place_kind: aed.placement_class for aed in city.aeds}
    first = {"metro_station", "bus_terminal", "sports", "hospital", "health_centre", "elderly_care", "school"}
    second = {"lodging", "culture", "residential"}
    assert {kind for kind, placement in classes.items() if placement == 1} == first
    assert {kind for kind, placement in classes.items() if placement == 2} == second


def test_generated_places_lie_in_the_cell_that_their_id_names(city: Catalogue) -> None:
    cells = {cell.cell for cell in city.population_cells}
    named = [aed for aed in city.aeds if re.fullmatch(r"AED-[a-z_]+-[0-9a-f]+-\d+", aed.aed_id)]
    assert len(named) > 12_000
    outside = [aed for aed in named if cell_of(aed.point, 8) not in cells]
    assert outside == []
    wrong = [aed for aed in named if f"{cell_of(aed.point, 8):x}".rstrip("f") != aed.aed_id.split("-")[2]]
    assert wrong == []


def test_no_device_can_be_phoned_or_bought(city: Catalogue) -> None:
    """A made-up telephone number might ring somewhere; a made-up entry must not name a maker."""
    assert not any(re.search(r"\d{3}", aed.contact or "") for aed in city.aeds)
    assert {aed.model for aed in city.aeds} == {"SIM-A", "SIM-B", "SIM-C"}


def test_devices_are_neglected_as_often_as_assumed(city: Catalogue) -> None:
    """8 % of pads and 4 % of batteries expired, 5 % never checked: within four standard errors of 13,000 draws."""
    on = date(2026, 11, 21)
    n = len(city.aeds)
    shares = {
        0.08: sum(aed.pads_expiry is not None and aed.pads_expiry < on for aed in city.aeds) / n,
        0.04: sum(aed.battery_expiry is not None and aed.battery_expiry < on for aed in city.aeds) / n,
        0.05: sum(aed.last_checked is None for aed in city.aeds) / n,
    }
    for assumed, found in shares.items():
        assert abs(found - assumed) < 4 * math.sqrt(assumed * (1 - assumed) / n)
    assert all(aed.last_checked is None or aed.last_checked <= on for aed in city.aeds)


# --- the outlines


def test_outlines_are_small_closed_and_say_what_they_are(files: dict[str, str], city: Catalogue) -> None:
    text = files["district_cells_outline.geojson"]
    assert len(text.encode()) < 150_000
    features = msgspec.json.decode(text)["features"]
    assert [f["properties"]["adcode"] for f in features] == [district.adcode for district in city.districts]
    for feature in features:
        assert feature["properties"]["record_class"] == "derived"
        assert feature["properties"]["approximate"] is True
        rings = [ring for polygon in feature["geometry"]["coordinates"] for ring in polygon]
        assert all(len(ring) >= 4 and ring[0] == ring[-1] for ring in rings)


def test_neighbouring_districts_share_their_border(files: dict[str, str]) -> None:
    """Futian and Nanshan are drawn with the same vertices where they meet, so that no gap opens between them."""
    features = {
        f["properties"]["name_zh"]: f for f in msgspec.json.decode(files["district_cells_outline.geojson"])["features"]
    }

    def vertices(name: str) -> set[tuple[float, float]]:
        coordinates = features[name]["geometry"]["coordinates"]
        return {(lon, lat) for polygon in coordinates for ring in polygon for lon, lat in ring}

    assert len(vertices("福田区") & vertices("南山区")) >= 3
    assert not vertices("福田区") & vertices("大鹏新区")
