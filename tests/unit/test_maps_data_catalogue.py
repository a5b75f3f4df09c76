"""The embedded city: what it holds, that every record says where it comes from, and how a broken copy is refused."""

import gzip
import re
from datetime import date
from pathlib import Path

import pytest

from maps_data.catalogue import Catalogue, load_catalogue
from maps_data.manifest import read_dataset
from maps_data.records import Hospital
from maps_data.tables import DataError
from maps_data.vocabulary import DesignationKind, Grade, HospitalCapability, Known, RecordClass, Specialty
from tests.fakes.embedded import embedded_catalogue
from tests.fakes.maps_data_city import replace_in, small_city

STROKE, STEMI = DesignationKind.STROKE, DesignationKind.STEMI


@pytest.fixture(scope="module")
def city() -> Catalogue:
    return embedded_catalogue()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A small city of one's own to break."""
    return small_city(tmp_path / "city")


def grades(city: Catalogue, kind: DesignationKind) -> list[Grade]:
    return [d.grade for hospital in city.hospitals for d in hospital.designations if d.kind is kind]


def test_the_city_holds_what_its_sources_count(city: Catalogue) -> None:
    assert len(city.hospitals) == 57
    assert len(grades(city, STROKE)) == 32
    assert len(grades(city, STEMI)) == 29
    assert len(city.bases) == 53
    assert len(city.metro_stations) == 346
    assert len(city.districts) == 10
    assert len(city.population_cells) == 3123
    assert sum(district.population_2020 for district in city.districts) == 17_494_398
    assert len(city.units) == 584
    assert len(city.aeds) >= 10_000


def test_the_dispatch_centre_is_no_base(city: Catalogue) -> None:
    assert city.dispatch_centre is not None
    assert city.dispatch_centre.station_id == "S000"
    assert "S000" not in city.bases_by_id


def test_inferred_is_not_official(city: Catalogue) -> None:
    """32 stroke hospitals: four named officially, the rest on a registry's list; 29 STEMI: two named, 27 inferred."""
    assert grades(city, STROKE).count(Grade.OFFICIAL) == 4
    assert grades(city, STROKE).count(Grade.REGISTRY) == 28
    assert grades(city, STEMI).count(Grade.OFFICIAL) == 2
    assert grades(city, STEMI).count(Grade.INFERRED) == 27


def test_every_record_says_where_it_comes_from(city: Catalogue) -> None:
    records = (
        *city.hospitals,
        *city.bases,
        *city.units,
        *city.metro_stations,
        *city.districts,
        *city.subdistricts,
        *city.population_cells,
        *city.landmarks,
        *city.aeds,
    )
    assert all(isinstance(record.record_class, RecordClass) for record in records)
    assert all(record.evidence.zh and record.evidence.en and record.evidence.dated for record in records)
    facts = [fact for hospital in city.hospitals for fact in (*hospital.designations, *hospital.capabilities)]
    assert all(fact.evidence.zh and fact.evidence.en for fact in facts)
    assert all(hospital.general_emergency_evidence.en for hospital in city.hospitals)


def test_what_is_not_real_says_so(city: Catalogue) -> None:
    assert {unit.record_class for unit in city.units} == {RecordClass.SIMULATED}
    assert {aed.record_class for aed in city.aeds} == {RecordClass.SIMULATED}
    assert {cell.record_class for cell in city.population_cells} == {RecordClass.ESTIMATED}
    assert {hospital.record_class for hospital in city.hospitals} == {RecordClass.REAL}
    inferred = [base for base in city.bases if base.record_class is RecordClass.INFERRED]
    assert len(inferred) == 46
    assert all("（模拟）" in aed.name_zh and "(simulated)" in (aed.name_en or "") for aed in city.aeds)


def test_specialised_hospitals_take_no_general_emergency(city: Catalogue) -> None:
    """Fuwai is a STEMI hospital but a stroke must not be sent there; a cancer or children's hospital takes neither."""
    special = {hospital.name_zh: hospital for hospital in city.hospitals if hospital.specialties}
    assert set(special) == {
        "中国医学科学院阜外医院深圳医院",
        "深圳市儿童医院",
        "深圳市妇幼保健院",
        "中国医学科学院肿瘤医院深圳医院",
        "深圳市大鹏新区妇幼保健院",
        "坪山区妇幼保健院（坑梓）",
    }
    assert not any(hospital.general_emergency for hospital in special.values())
    fuwai = special["中国医学科学院阜外医院深圳医院"]
    assert fuwai.specialties == {Specialty.CARDIOVASCULAR}
    assert [d.kind for d in fuwai.designations] == [STEMI]
    assert fuwai.capability(HospitalCapability.PCI_24H) is Known.YES
    assert fuwai.capability(HospitalCapability.THROMBECTOMY) is Known.UNKNOWN


def test_stroke_hospitals_take_emergencies_and_branches_without_a_source_do_not(city: Catalogue) -> None:
    def is_on(hospital: Hospital, kind: DesignationKind) -> bool:
        return any(d.kind is kind for d in hospital.designations)

    assert all(hospital.general_emergency for hospital in city.hospitals if is_on(hospital, STROKE))
    closed = {h.hospital_id for h in city.hospitals if not h.general_emergency and not h.specialties}
    assert closed == {"H050", "H051"}


def test_the_version_names_the_content(city: Catalogue, copy: Path) -> None:
    assert re.fullmatch(r"shenzhen-2026\.11-[0-9a-f]{12}", city.data_version)
    assert city.valid_from == date(2026, 11, 21)
    before = read_dataset(copy).data_version
    assert read_dataset(copy).data_version == before
    replace_in(copy / "hospitals.csv", "0755-25533018", "0755-25533019")
    assert read_dataset(copy).data_version != before


def test_neither_packing_nor_line_ends_make_another_version(copy: Path) -> None:
    before = read_dataset(copy).data_version
    plain = copy / "aeds.csv"
    (copy / "aeds.csv.gz").write_bytes(gzip.compress(plain.read_bytes().replace(b"\n", b"\r\n")))
    plain.unlink()
    assert read_dataset(copy).data_version == before


def test_one_file_packed_and_plain_is_refused(copy: Path) -> None:
    (copy / "aeds.csv.gz").write_bytes(gzip.compress(b"aed_id\n"))
    with pytest.raises(DataError, match=re.escape("both as .csv and as .csv.gz")):
        read_dataset(copy)


@pytest.mark.parametrize(
    ("file", "old", "new", "sentence"),
    [
        ("hospitals.csv", "22.559429", "22,559429", "hospitals.csv:2 has 19 cells"),
        ("hospitals.csv", "22.559962", "north", "hospitals.csv:3:lat 'north': is not a number"),
        ("hospitals.csv", "22.558217", "23.558217", "hospitals.csv:4:lat,lon 23.558217, 114.044521 is outside"),
        ("designations.csv", "H031,stroke,2021-10-27", "H031,stroke,October", "designations.csv:32:since 'October'"),
        ("designations.csv", "H032,stroke", "H999,stroke", "designations.csv:33:hospital_id 'H999': names no record"),
        (
            "stations.csv",
            "S053,base",
            "S053,garage",
            "stations.csv:55:role 'garage': is not one of base, dispatch_centre",
        ),
        ("units.csv", "U584,救584", "U584,救583", "units.csv:585:call_sign '救583' repeats row 584"),
        ("metro_stations.csv", "M346,", "M345,", "metro_stations.csv:347:station_id 'M345' repeats row 346"),
        ("population_cells.csv", "88411c0001fffff", "88411c0001ffff0", "population_cells.csv:2:h3_cell"),
    ],
)
def test_a_corrupted_row_is_named(copy: Path, file: str, old: str, new: str, sentence: str) -> None:
    replace_in(copy / file, old, new)
    with pytest.raises(DataError) as caught:
        load_catalogue(copy)
    assert sentence in caught.value.en


def test_a_list_of_another_length_than_promised_is_refused(copy: Path) -> None:
    replace_in(copy / "dataset.toml", "members = 32", "members = 33")
    with pytest.raises(
        DataError, match=re.escape("designations.csv has 32 hospitals for stroke, dataset.toml says 33")
    ):
        load_catalogue(copy)


def test_a_directory_that_is_no_data_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=re.escape("has no dataset.toml")):
        load_catalogue(tmp_path)


def test_a_missing_file_is_named(copy: Path) -> None:
    (copy / "capabilities.csv").unlink()
    with pytest.raises(DataError, match=re.escape("has no capabilities.csv; add it")):
        load_catalogue(copy)


def test_a_torn_archive_is_refused(copy: Path) -> None:
    path = copy / "units.csv.gz"
    path.write_bytes(gzip.compress((copy / "units.csv").read_bytes())[:-100])
    (copy / "units.csv").unlink()
    with pytest.raises(DataError, match=re.escape("units.csv.gz is not an intact")):
        load_catalogue(copy)


def test_barriers_are_read_where_there_are_any(copy: Path) -> None:
    (copy / "barriers.geojson").write_text(
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties":'
        ' {"name_zh": "水库", "name_en": "Reservoir", "evidence": "drawn by hand"},'
        ' "geometry": {"type": "LineString", "coordinates": [[114.0, 22.5], [114.1, 22.6]]}}]}',
        encoding="utf-8",
    )
    (barrier,) = load_catalogue(copy).barriers
    assert (barrier.name_zh, barrier.name_en, barrier.evidence) == ("水库", "Reservoir", "drawn by hand")
    assert [(point.lat_deg, point.lon_deg) for point in barrier.line] == [(22.5, 114.0), (22.6, 114.1)]


def test_a_city_without_barriers_has_none(copy: Path) -> None:
    (copy / "barriers.geojson").unlink(missing_ok=True)
    catalogue = load_catalogue(copy)
    assert catalogue.barriers == ()
    assert catalogue.barriers_path is None


def test_barriers_of_another_shape_are_refused(copy: Path) -> None:
    (copy / "barriers.geojson").write_text('{"type": "Feature"}', encoding="utf-8")
    with pytest.raises(DataError, match="must be a FeatureCollection of LineStrings"):
        load_catalogue(copy)
