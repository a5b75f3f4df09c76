"""The facts that ship are those of the compiled sources: nothing was lost or changed on the way.

Compared with the whole compilation where it is at hand, else with an excerpt of its first rows.
"""

import csv
from datetime import date
from pathlib import Path

import pytest

from maps_data.catalogue import Facts, embedded_city, read_facts
from maps_data.manifest import read_dataset
from maps_data.vocabulary import HospitalCapability, Known
from routing.cells import cell_text

EXCERPT = Path(__file__).parent / "maps_data_excerpt"
Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def facts() -> Facts:
    return read_facts(read_dataset(embedded_city()))


@pytest.fixture(scope="session")
def sources(shared_data: Path | None) -> Path:
    return shared_data / "city" if shared_data else EXCERPT


def rows_of(sources: Path, file: str) -> Rows:
    with (sources / file).open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert rows
    return rows


def test_hospitals_keep_place_names_and_quality(facts: Facts, sources: Path) -> None:
    shipped = {hospital.hospital_id: hospital for hospital in facts.hospitals}
    for row in rows_of(sources, "hospitals.csv"):
        hospital = shipped[row["hospital_id"]]
        assert (hospital.name_zh, hospital.name_en) == (row["name_zh"], row["name_en"])
        assert (hospital.point.lat_deg, hospital.point.lon_deg) == (float(row["lat"]), float(row["lon"]))
        assert hospital.coord_quality == row["coord_quality"]
        assert (hospital.level_zh or "", hospital.phone or "") == (row["level_zh"], row["phone"])
        assert (hospital.district_zh, hospital.address_zh) == (row["district_zh"], row["address_zh"])


@pytest.mark.parametrize("kind", ["stroke", "stemi"])
def test_designations_keep_their_evidence(facts: Facts, sources: Path, kind: str) -> None:
    shipped = {h.hospital_id: [d for d in h.designations if d.kind == kind] for h in facts.hospitals}
    for row in rows_of(sources, "hospitals.csv"):
        designations = shipped[row["hospital_id"]]
        assert len(designations) == int(row[f"{kind}_designated"])
        for designation in designations:
            assert designation.evidence.en.startswith(row[f"{kind}_evidence"])
            # Whatever the source calls inferred is never graded higher.
            assert (designation.grade == "inferred") == row[f"{kind}_evidence"].startswith("inferred")


@pytest.mark.parametrize(
    ("capability", "column"),
    [(HospitalCapability.THROMBECTOMY, "thrombectomy"), (HospitalCapability.PCI_24H, "pci")],
)
def test_capabilities_keep_their_state_and_evidence(
    facts: Facts, sources: Path, capability: HospitalCapability, column: str
) -> None:
    """Where the source says nothing, the answer is unknown, not no."""
    shipped = {h.hospital_id: h for h in facts.hospitals}
    for row in rows_of(sources, "hospitals.csv"):
        hospital = shipped[row["hospital_id"]]
        assert hospital.capability(capability) == Known(row[capability.value] or "unknown")
        evidence = row[f"{column}_evidence"]
        (fact,) = [c for c in hospital.capabilities if c.kind is capability]
        assert fact.evidence.en.startswith(evidence) if evidence else fact.evidence.evidence_id == "no-source"


def test_stations_keep_place_and_evidence(facts: Facts, sources: Path) -> None:
    shipped = {station.station_id: station for station in facts.bases}
    if facts.dispatch_centre is not None:
        shipped[facts.dispatch_centre.station_id] = facts.dispatch_centre
    for row in rows_of(sources, "stations.csv"):
        station = shipped[row["station_id"]]
        assert station.name_zh == row["name_zh"]
        assert (station.host_hospital_id or "") == row["host_hospital_id"]
        assert (station.point.lat_deg, station.point.lon_deg) == (float(row["lat"]), float(row["lon"]))
        assert station.evidence.en == row["network_evidence"]
        assert (station.record_class == "inferred") == row["network_evidence"].startswith("inferred")


def test_metro_stations_keep_place_lines_and_hub(facts: Facts, sources: Path) -> None:
    shipped = {station.station_id: station for station in facts.metro_stations}
    for row in rows_of(sources, "metro_stations.csv"):
        station = shipped[row["station_id"]]
        assert station.name_zh == row["name_zh"]
        assert "|".join(station.lines) == row["lines"]
        assert (station.hub or "") == row["hub"]
        assert (station.point.lat_deg, station.point.lon_deg) == (float(row["lat"]), float(row["lon"]))
        # A name that the source lacks is the project's own, and says so.
        assert (station.evidence.evidence_id == "metro-romanised") == (row["name_en"] == "")


def test_districts_and_cells_keep_their_residents(facts: Facts, sources: Path) -> None:
    residents = {district.adcode: district.population_2020 for district in facts.districts}
    for row in rows_of(sources, "districts.csv"):
        assert residents[row["adcode"]] == int(row["population_2020"])
    shipped = {cell_text(cell.cell): cell for cell in facts.population_cells}
    for row in rows_of(sources, "population_cells.csv"):
        cell = shipped[row["h3_cell"]]
        assert (cell.district_adcode, cell.subdistrict_zh or "") == (row["district_adcode"], row["subdistrict_zh"])
        assert cell.population_estimate == float(row["population_estimate"])
        assert cell.land_fraction == float(row["land_fraction"])


def test_no_source_is_dated_after_the_data_set(facts: Facts) -> None:
    assert max(evidence.dated for evidence in facts.evidence.values()) <= date(2026, 11, 21)
