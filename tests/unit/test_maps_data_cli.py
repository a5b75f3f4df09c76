"""The command `maps-data`: what it says, and how it refuses."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from maps_data.cli import app
from tests.fakes.maps_data_city import small_city

runner = CliRunner()
ROW = "id,name,address,lat,lon\nA1,市民中心,B区大堂,22.540383,114.063014\n"


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    path = tmp_path / "aeds.csv"
    path.write_text(ROW, encoding="utf-8")
    return path


def test_show_counts_and_measures(tmp_path: Path) -> None:
    result = runner.invoke(app, ["catalogue", "show", "--city", str(small_city(tmp_path / "city"))])
    assert result.exit_code == 0
    for line in (
        "医院 57 / hospitals: 57",
        "地铁站 346 / metro stations: 346",
        "（模拟） 584 / units (simulated): 584",
    ):
        assert line in result.output
    assert "直线 300 米内有 AED" in result.output
    assert "AED within 600 m in a straight line" in result.output


def test_validate_says_that_the_city_is_sound() -> None:
    result = runner.invoke(app, ["catalogue", "validate"])
    assert result.exit_code == 0
    assert "完好 / is sound" in result.output


def test_validate_names_what_is_wrong(tmp_path: Path) -> None:
    result = runner.invoke(app, ["catalogue", "validate", "--city", str(tmp_path)])
    assert result.exit_code == 1
    assert "不是城市数据目录" in result.output
    assert "it is not a city's data set" in result.output


def test_generate_writes_the_generated_files(tmp_path: Path) -> None:
    city, out = small_city(tmp_path / "city"), tmp_path / "out"
    result = runner.invoke(app, ["generate", "--city", str(city), "--seed", "120", "--out", str(out)])
    assert result.exit_code == 0
    names = {path.name for path in out.iterdir()}
    assert names == {"units.csv", "aeds.csv.gz", "district_cells_outline.geojson"}


def test_import_tells_what_it_did(registry: Path, tmp_path: Path) -> None:
    options = ["--format", "csv", "--datum", "GCJ02", "--data-dir", str(tmp_path / "data")]
    result = runner.invoke(app, ["aeds", "import", str(registry), *options])
    assert result.exit_code == 0
    assert "已导入 1 台" in result.output
    options = ["--city", str(small_city(tmp_path / "city")), "--data-dir", str(tmp_path / "data")]
    shown = runner.invoke(app, ["catalogue", "show", *options])
    assert "AED 1 / AEDs: 1" in shown.output


@pytest.mark.parametrize(
    ("options", "zh", "en"),
    [
        (["--format", "csv"], "必须用 --datum 说明坐标系", "say with --datum which coordinates these are"),
        (["--format", "xlsx", "--datum", "wgs84"], "不认识的格式", "unknown format xlsx"),
        (["--format", "csv", "--datum", "cgcs2000"], "不认识的坐标系", "unknown datum cgcs2000"),
    ],
)
def test_import_refuses_in_a_sentence(registry: Path, tmp_path: Path, options: list[str], zh: str, en: str) -> None:
    result = runner.invoke(app, ["aeds", "import", str(registry), *options, "--data-dir", str(tmp_path / "data")])
    assert result.exit_code == 2
    assert zh in result.output
    assert en in result.output
    assert not (tmp_path / "data").exists()


def test_the_command_starts_without_loading_what_it_does_not_need() -> None:
    """`maps-data --help` needs no arrays, no H3 and no plots."""
    code = "import sys, maps_data.cli; print(sorted({'numpy', 'h3', 'scipy', 'rich'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
