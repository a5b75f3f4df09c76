"""A file as map platforms give it, and the datum that it is not in."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from maps_data.catalogue import embedded_city, load_catalogue
from maps_data.cli import app
from maps_data.importers.aed_formats import AedFormat
from maps_data.importers.aeds import Plan, plan_import
from maps_data.manifest import read_dataset
from maps_data.tables import DataError, parse_table
from routing.cells import cell_from_text, centre
from routing.datum import Datum, from_wgs84_arrays
from routing.geo import distance_m
from tests.fakes.aed_registries import platform_csv, station_points, table

pytestmark = pytest.mark.slow


runner = CliRunner()


def plan(tmp_path: Path, text: str, datum: Datum, *, trusted: bool = False) -> Plan:
    path = tmp_path / "platform.csv"
    path.write_text(text, encoding="utf-8")
    return plan_import(path, kind=AedFormat.CSV, datum=datum, data_dir=tmp_path / "data", is_datum_certain=trusted)


def test_a_platforms_file_is_imported_by_one_command_with_its_difference(tmp_path: Path) -> None:
    path = tmp_path / "platform.csv"
    path.write_text(platform_csv(Datum.GCJ02), encoding="utf-8")
    options = ["--format", "csv", "--datum", "gcj02", "--data-dir", str(tmp_path / "data")]
    result = runner.invoke(app, ["aeds", "import", str(path), *options])
    assert result.exit_code == 0, result.output
    assert "新增 341，变更 0，移除 0，未变 0，共 341 台" in result.output
    assert "+ B0FF0001" in result.output
    assert "1 rows set aside" in result.output  # the hotel, which neither its category nor its name calls an AED
    aeds = load_catalogue(data_dir=tmp_path / "data").aeds_by_id
    hall, exit_a = aeds["B0FFT0"], aeds["B0FF0001"]
    assert hall.point == exit_a.point  # two devices at one point stay two
    assert (hall.name_zh, hall.location_zh, hall.place_kind) == ("AED(罗湖地铁站厅)", "站厅层", "metro_station")
    assert distance_m(exit_a.point, station_points()[0][1]) == pytest.approx(90, abs=1)

    again = runner.invoke(app, ["aeds", "import", str(path), *options])
    assert "新增 0，变更 0，移除 0，未变 341" in again.output


@pytest.mark.parametrize(
    ("true", "stated"), [(Datum.GCJ02, Datum.WGS84), (Datum.WGS84, Datum.GCJ02), (Datum.BD09, Datum.GCJ02)]
)
def test_a_wrong_datum_is_refused_with_the_right_one(tmp_path: Path, true: Datum, stated: Datum) -> None:
    with pytest.raises(DataError) as refused:
        plan(tmp_path, platform_csv(true), stated)
    assert f"请用 --datum {true} 重新导入" in refused.value.zh
    assert f"Import again with --datum {true}" in refused.value.en
    shift_m = re.search(r"lie (\d+) m off together", refused.value.en)
    assert shift_m is not None
    assert 400 < int(shift_m[1]) < 1_500
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("datum", list(Datum))
def test_a_right_datum_is_not_refused(tmp_path: Path, datum: Datum) -> None:
    assert plan(tmp_path, platform_csv(datum), datum).n_imported == 341


def test_who_is_certain_may_say_so(tmp_path: Path) -> None:
    assert plan(tmp_path, platform_csv(Datum.GCJ02), Datum.WGS84, trusted=True).n_imported > 300


def test_points_in_the_sea_betray_a_wrong_datum_where_no_name_does(tmp_path: Path) -> None:
    """Three hundred devices all over the city, named after nothing that is known: read as WGS-84 some stand in the bay."""
    cells = parse_table("population_cells.csv", read_dataset(embedded_city()).text_of("population_cells.csv")).columns
    middles = [centre(cell_from_text(cell)) for cell in cells["h3_cell"][::10]]
    lat, lon = from_wgs84_arrays([p.lat_deg for p in middles], [p.lon_deg for p in middles], Datum.GCJ02)
    rows = [[str(n), f"无名{n}", f"{lat[n]:.6f}", f"{lon[n]:.6f}"] for n in range(len(middles))]
    text = table(["id", "name", "lat", "lon"], rows)
    assert plan(tmp_path, text, Datum.GCJ02).n_imported == len(middles)
    with pytest.raises(DataError, match=r"\d+ points are at sea or beyond the border, but 0 if read as gcj02"):
        plan(tmp_path, text, Datum.WGS84)


def test_the_registrys_own_earlier_points_betray_a_wrong_datum(tmp_path: Path) -> None:
    rows = [[f"D{n}", "值班室", "22.55", f"{114.0 + n / 100}"] for n in range(5)]
    text = table(["id", "name", "lat", "lon"], rows)
    plan(tmp_path, text, Datum.WGS84).swap_in()
    with pytest.raises(DataError, match="请用 --datum wgs84 重新导入"):
        plan(tmp_path, text, Datum.GCJ02)


def test_a_single_point_at_sea_is_set_aside(tmp_path: Path) -> None:
    text = table(["id", "name", "lat", "lon"], [["A", "甲", "22.55", "114.06"], ["B", "乙", "22.45", "113.80"]])
    (rejected,) = plan(tmp_path, text, Datum.WGS84).rejected
    assert rejected.reasons == ("坐标在海上或市界之外 / the point is at sea or beyond the city's border",)


def test_repeats_of_a_platform_count_once_and_devices_without_ids_keep_theirs(tmp_path: Path) -> None:
    header = ["名称", "地址", "纬度", "经度", "类别"]
    mall = ["购物中心AED", "一层", "22.55", "114.06"]
    rows = [[*mall, "购物"], [*mall, "急救"], ["购物中心AED", "二层", "22.55", "114.06", "购物"]]
    first = plan(tmp_path, table(header, rows), Datum.WGS84)
    assert (first.n_imported, first.n_repeated) == (2, 1)
    second = plan(tmp_path, table(header, rows[::-1]), Datum.WGS84)
    assert second.diff.added == first.diff.added


def test_half_a_file_does_not_remove_the_other_half_unasked(tmp_path: Path) -> None:
    lines = platform_csv(Datum.GCJ02).splitlines(keepends=True)
    plan(tmp_path, "".join(lines), Datum.GCJ02).swap_in()
    path = tmp_path / "half.csv"
    path.write_text("".join(lines[:170]), encoding="utf-8")
    command = ["aeds", "import", str(path), "--format", "csv", "--datum", "gcj02", "--data-dir", str(tmp_path / "data")]
    refused = runner.invoke(app, command)
    assert refused.exit_code == 1
    assert "Add --allow-removals if it is right" in refused.output
    assert len(load_catalogue(data_dir=tmp_path / "data").aeds) == 341
    assert runner.invoke(app, [*command, "--allow-removals", "--dry-run"]).exit_code == 0
    assert len(load_catalogue(data_dir=tmp_path / "data").aeds) == 341
    assert runner.invoke(app, [*command, "--allow-removals"]).exit_code == 0
    assert len(load_catalogue(data_dir=tmp_path / "data").aeds) == 169
    assert runner.invoke(app, ["aeds", "rollback", "--data-dir", str(tmp_path / "data")]).exit_code == 0
    assert len(load_catalogue(data_dir=tmp_path / "data").aeds) == 341
    listed = runner.invoke(app, ["aeds", "versions", "--data-dir", str(tmp_path / "data")]).output.splitlines()
    assert sorted(line[0] for line in listed) == [" ", "*"]
