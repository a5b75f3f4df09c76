"""Importing an AED registry: bad rows are set aside with reasons, and the swap is all or nothing."""

import os
import re
from datetime import date
from pathlib import Path

import pytest

from maps_data.catalogue import load_catalogue
from maps_data.imported import aeds_directory, current_pointer, imported_aeds, roll_back, versions
from maps_data.importers.aed_formats import AedFormat
from maps_data.importers.aeds import Plan, plan_import
from maps_data.tables import DataError
from maps_data.vocabulary import AedAccess, RecordClass
from routing.datum import Datum, wgs84_to_bd09
from routing.geo import Wgs84, distance_m
from tests.fakes.embedded import embedded_catalogue

pytestmark = pytest.mark.slow


CIVIC_CENTRE = Wgs84(lat_deg=22.5431, lon_deg=114.0579)
BAIDU = wgs84_to_bd09(CIVIC_CENTRE)
HEADER = "id,name,address,lat,lon,opening_hours,pads_expiry\n"
CIVIC_ROW = "A1,市民中心,B区大堂,22.540383,114.063014,24/7,2027-01-31\n"  # Amap's coordinates (GCJ-02)
DAY = date(2026, 11, 22)


def import_text(
    text: str,
    tmp_path: Path,
    *,
    kind: AedFormat = AedFormat.CSV,
    datum: Datum = Datum.GCJ02,
    mapping: str = "",
    registry: str | None = None,
) -> Plan:
    """Import `text` as a file into the data directory `tmp_path / "data"`."""
    path = tmp_path / f"registry.{kind}"
    path.write_text(text, encoding="utf-8")
    mapping_path = tmp_path / "mapping.toml"
    mapping_path.write_text(mapping, encoding="utf-8")
    plan = plan_import(
        path,
        kind=kind,
        datum=datum,
        data_dir=tmp_path / "data",
        dated=DAY,
        mapping_path=mapping_path,
        registry=registry,
    )
    plan.swap_in()
    return plan


def test_an_imported_registry_replaces_the_simulated_aeds(tmp_path: Path) -> None:
    report = import_text(HEADER + CIVIC_ROW, tmp_path)
    assert report.n_imported == 1
    catalogue = load_catalogue(data_dir=tmp_path / "data")
    (aed,) = catalogue.aeds
    assert (aed.aed_id, aed.name_zh, aed.location_zh) == ("A1", "市民中心", "B区大堂")
    assert aed.record_class is RecordClass.REAL
    assert aed.access is AedAccess.UNKNOWN
    assert aed.pads_expiry == date(2027, 1, 31)
    assert aed.evidence.zh == "由 registry.csv 导入（2026-11-22，原坐标系 gcj02）"
    assert catalogue.aeds_valid_from == DAY
    assert catalogue.data_version != embedded_catalogue().data_version


@pytest.mark.parametrize(
    ("datum", "lat_lon"),
    [
        (Datum.WGS84, "22.5431,114.0579"),
        (Datum.GCJ02, "22.540383,114.063014"),
        (Datum.BD09, f"{BAIDU.lat_deg},{BAIDU.lon_deg}"),
    ],
)
def test_the_stated_datum_brings_the_same_place_to_the_same_point(tmp_path: Path, datum: Datum, lat_lon: str) -> None:
    import_text(f"id,name,lat,lon\nA1,市民中心,{lat_lon}\n", tmp_path, datum=datum)
    (aed,) = load_catalogue(data_dir=tmp_path / "data").aeds
    assert distance_m(aed.point, CIVIC_CENTRE) < 1.0


def test_bad_rows_are_set_aside_with_every_reason(tmp_path: Path) -> None:
    bad = "A2,,某处,95,114.06,24/7,2027-13-01\nA3,广州,城外,23.1,113.3,,\nA4,短行\n"
    report = import_text(HEADER + CIVIC_ROW + bad, tmp_path)
    assert report.n_imported == 1
    assert [rejected.row.number for rejected in report.rejected] == [3, 4, 5]
    first = " ".join(report.rejected[0].reasons)
    assert "name" in first
    assert "lat: '95' is no latitude" in first
    assert "pads_expiry: '2027-13-01' is not a day" in first
    assert report.quarantine_path is not None
    quarantined = report.quarantine_path.read_text(encoding="utf-8")
    assert "outside of the city" in quarantined
    assert "has 2 cells, the header 7 columns" in quarantined
    assert quarantined.count("\n") == 4


def test_an_id_that_stands_twice_stops_the_import(tmp_path: Path) -> None:
    import_text(HEADER + CIVIC_ROW, tmp_path)
    before = current_pointer(tmp_path / "data")
    with pytest.raises(DataError, match=re.escape("1 ids stand twice (A1); nothing was imported")):
        import_text(HEADER + CIVIC_ROW + CIVIC_ROW.replace("24/7", "08:00-20:00"), tmp_path)
    assert current_pointer(tmp_path / "data") == before


def test_a_registry_without_a_usable_row_changes_nothing(tmp_path: Path) -> None:
    import_text(HEADER + CIVIC_ROW, tmp_path)
    with pytest.raises(DataError, match=re.escape("no usable row (of 1); nothing was imported")):
        import_text(HEADER + "A9,远方,,39.9,116.4,,\n", tmp_path)
    assert [aed.aed_id for aed in load_catalogue(data_dir=tmp_path / "data").aeds] == ["A1"]


def test_the_difference_is_told_and_the_version_before_is_kept(tmp_path: Path) -> None:
    other = "A2,图书馆,,22.5455,114.0560,,\n"
    first = import_text(HEADER + CIVIC_ROW + other, tmp_path)
    assert (first.diff.added, first.diff.removed) == (("A1", "A2"), ())
    before = current_pointer(tmp_path / "data")
    second = import_text(HEADER + CIVIC_ROW.replace("24/7", "08:00-20:00") + "A3,书城,,22.5450,114.0570,,\n", tmp_path)
    assert (second.diff.added, second.diff.removed, second.diff.changed) == (("A3",), ("A2",), ("A1",))
    assert [(c.column, c.before, c.after) for c in second.diff.changes] == [("opening_hours", "24/7", "08:00-20:00")]
    pointer = current_pointer(tmp_path / "data")
    assert before is not None
    assert pointer is not None
    assert pointer.previous == before.version
    assert (aeds_directory(tmp_path / "data") / before.version / "aeds.csv").is_file()


def test_the_difference_is_known_before_anything_is_in_force(tmp_path: Path) -> None:
    import_text(HEADER + CIVIC_ROW, tmp_path)
    before = current_pointer(tmp_path / "data")
    path = tmp_path / "next.csv"
    path.write_text(HEADER + "A3,书城,,22.5450,114.0570,,\n", encoding="utf-8")
    plan = plan_import(path, kind=AedFormat.CSV, datum=Datum.GCJ02, data_dir=tmp_path / "data")
    assert (plan.diff.added, plan.diff.removed) == (("A3",), ("A1",))
    assert plan.diff.csv().splitlines()[1:] == ["A3,added,,,", "A1,removed,,,"]
    assert current_pointer(tmp_path / "data") == before


def test_one_can_go_back_and_forth_between_versions(tmp_path: Path) -> None:
    import_text(HEADER + CIVIC_ROW, tmp_path)
    import_text(HEADER + CIVIC_ROW.replace("A1", "A9"), tmp_path)
    roll_back(tmp_path / "data")
    assert [aed.aed_id for aed in load_catalogue(data_dir=tmp_path / "data").aeds] == ["A1"]
    roll_back(tmp_path / "data")
    assert [aed.aed_id for aed in load_catalogue(data_dir=tmp_path / "data").aeds] == ["A9"]
    oldest = versions(tmp_path / "data")[-1]
    assert roll_back(tmp_path / "data", oldest).version == oldest


def test_there_is_no_way_back_from_the_first_version(tmp_path: Path) -> None:
    import_text(HEADER + CIVIC_ROW, tmp_path)
    for version in (None, "0123456789ab"):
        with pytest.raises(DataError, match="there is no version"):
            roll_back(tmp_path / "data", version)


def test_the_same_registry_twice_is_the_same_version(tmp_path: Path) -> None:
    import_text(HEADER + CIVIC_ROW, tmp_path)
    first = current_pointer(tmp_path / "data")
    second = import_text(HEADER + CIVIC_ROW, tmp_path)
    assert current_pointer(tmp_path / "data") == first
    assert second.diff.n_unchanged == 1


def test_a_version_that_was_changed_by_hand_is_refused(tmp_path: Path) -> None:
    import_text(HEADER + CIVIC_ROW, tmp_path)
    (version,) = versions(tmp_path / "data")
    path = aeds_directory(tmp_path / "data") / version / "aeds.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("24/7", "08:00-09:00"), encoding="utf-8")
    with pytest.raises(DataError, match="was changed since it was imported; import again"):
        imported_aeds(tmp_path / "data")


def test_hours_that_cannot_be_read_are_kept_and_counted(tmp_path: Path) -> None:
    report = import_text(HEADER + CIVIC_ROW.replace("24/7", "sunrise-sunset"), tmp_path)
    assert report.n_hours_unreadable == 1
    assert load_catalogue(data_dir=tmp_path / "data").aeds[0].opening_hours == "sunrise-sunset"


def test_geojson_points_are_imported(tmp_path: Path) -> None:
    text = (
        '{"type": "FeatureCollection", "features": ['
        '{"type": "Feature", "id": 7, "geometry": {"type": "Point", "coordinates": [114.0579, 22.5431]},'
        ' "properties": {"name": "市民中心", "indoor": true, "level": 0, "access": "yes", "model": null}},'
        '{"type": "Feature", "id": 8, "geometry": null, "properties": {"name": "无处"}}]}'
    )
    report = import_text(text, tmp_path, kind=AedFormat.GEOJSON, datum=Datum.WGS84)
    assert [rejected.row.number for rejected in report.rejected] == [2]
    (aed,) = load_catalogue(data_dir=tmp_path / "data").aeds
    assert (aed.aed_id, aed.indoor, aed.level, aed.access) == ("7", True, "0", AedAccess.YES)
    assert distance_m(aed.point, CIVIC_CENTRE) < 0.1


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('{"type": "Feature"}', id="feature"),
        pytest.param('{"type": "FeatureCollection", "features": ' + "[" * 10_000, id="nested"),
    ],
)
def test_what_is_no_feature_collection_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataError, match="not a GeoJSON FeatureCollection of points"):
        import_text(text, tmp_path, kind=AedFormat.GEOJSON)


def test_other_column_names_are_mapped(tmp_path: Path) -> None:
    text = "序号,设备编号,安装地点,纬度,经度,id\n1,SZ-1,市民中心,22.5431,114.0579,ignored\n"
    mapping = 'id = "设备编号"\nname = "安装地点"\nlat = "纬度"\nlon = "经度"\n'
    import_text(text, tmp_path, datum=Datum.WGS84, mapping=mapping)
    (aed,) = load_catalogue(data_dir=tmp_path / "data").aeds
    assert (aed.aed_id, aed.name_zh) == ("SZ-1", "市民中心")


def test_a_mapping_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="must be TOML with lines such as"):
        import_text(HEADER + CIVIC_ROW, tmp_path, mapping="id: 设备编号")


def test_a_spreadsheet_saved_on_a_chinese_system_is_read(tmp_path: Path) -> None:
    path = tmp_path / "登记.csv"
    path.write_bytes((HEADER + CIVIC_ROW).encode("gb18030"))
    plan_import(path, kind=AedFormat.CSV, datum=Datum.GCJ02, data_dir=tmp_path / "data", dated=DAY).swap_in()
    assert load_catalogue(data_dir=tmp_path / "data").aeds[0].name_zh == "市民中心"


def test_without_a_stated_day_the_registry_is_as_old_as_its_file(tmp_path: Path) -> None:
    path = tmp_path / "registry.csv"
    path.write_text(HEADER + CIVIC_ROW, encoding="utf-8")
    os.utime(path, (1_767_225_600, 1_767_225_600))  # 2026-01-01 00:00 UTC, eight in the morning in Shenzhen
    pointer = plan_import(path, kind=AedFormat.CSV, datum=Datum.GCJ02, data_dir=tmp_path / "data").swap_in()
    assert pointer.valid_from == date(2026, 1, 1)


def test_registries_stand_side_by_side_and_replace_only_their_own(tmp_path: Path) -> None:
    """The second knows the first one's device too, and one more; imported anew without it, only that one is gone."""
    import_text(HEADER + CIVIC_ROW, tmp_path, registry="city")
    other = "X1,深圳市民中心,,22.540483,114.063014,,\nX2,书城,,22.5450,114.0570,,\n"
    plan = import_text(HEADER + other, tmp_path, registry="mall")
    assert (plan.n_imported, plan.n_devices, plan.n_merged) == (2, 2, 1)
    catalogue = load_catalogue(data_dir=tmp_path / "data")
    assert catalogue.aeds_by_id["A1"].source_ids == ("city:A1", "mall:X1")
    assert "“city”" in catalogue.aeds_by_id["A1"].evidence.zh
    assert "“mall”" in catalogue.aeds_by_id["X2"].evidence.zh

    plan = import_text(HEADER + other.splitlines(keepends=True)[0], tmp_path, registry="mall")
    assert plan.diff.removed == ("X2",)
    assert [aed.aed_id for aed in load_catalogue(data_dir=tmp_path / "data").aeds] == ["A1"]
    whole = import_text(HEADER + "Z,新,,22.5450,114.0570,,\n", tmp_path)  # without a name: the file is all there is
    assert whole.diff.removed == ("A1",)
