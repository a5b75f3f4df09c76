"""`maps-data hospitals import`: a new list is checked with the whole city and becomes a data set of its own, or nothing at all."""

from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from maps_data.catalogue import load_catalogue
from maps_data.cli import app
from tests.fakes.maps_data_city import replace_in, small_city


@pytest.fixture
def city(tmp_path: Path) -> Path:
    return small_city(tmp_path / "city")


@pytest.fixture
def new_list(city: Path, tmp_path: Path) -> Path:
    """The list with another telephone number for H001."""
    path = tmp_path / "new" / "list.csv"
    path.parent.mkdir()
    path.write_text((city / "hospitals.csv").read_text(encoding="utf-8"), encoding="utf-8")
    replace_in(path, "0755-25533018", "0755-00000000")
    return path


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["hospitals", "import", *map(str, words)])


def test_the_new_list_is_a_city_of_its_own(city: Path, new_list: Path, tmp_path: Path) -> None:
    out = tmp_path / "sets" / "next"
    done = run(new_list, "--city", city, "--out", out)
    assert done.exit_code == 0, done.output
    assert "变更 1" in done.output
    assert "  ~ H001" in done.output
    before, after = load_catalogue(city), load_catalogue(out)
    assert after.hospitals_by_id["H001"].phone == "0755-00000000"
    assert before.hospitals_by_id["H001"].phone == "0755-25533018", "the old city stands as it was"
    assert after.data_version in done.output
    assert after.data_version != before.data_version


def test_a_dry_run_shows_the_difference_and_writes_nothing(city: Path, new_list: Path, tmp_path: Path) -> None:
    done = run(new_list, "--city", city, "--out", tmp_path / "next", "--dry-run")
    assert done.exit_code == 0, done.output
    assert "changed 1" in done.output
    assert not (tmp_path / "next").exists()


def test_a_list_that_leaves_out_who_is_needed_is_refused(city: Path, new_list: Path, tmp_path: Path) -> None:
    """H001 has a base and stands on maps; a city that names it without knowing it is not sound."""
    lines = new_list.read_text(encoding="utf-8").splitlines(keepends=True)
    new_list.write_text("".join(line for line in lines if not line.startswith("H001,")), encoding="utf-8")
    done = run(new_list, "--city", city, "--out", tmp_path / "next")
    assert done.exit_code == 1
    assert "H001" in done.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["city", "new"]


def test_what_stands_beside_the_list_comes_with_it(city: Path, new_list: Path, tmp_path: Path) -> None:
    shorter = (
        (city / "designations.csv").read_text(encoding="utf-8").replace("H002,stroke,,,official,stroke-lead-h002\n", "")
    )
    (new_list.parent / "designations.csv").write_text(shorter, encoding="utf-8")
    refused = run(new_list, "--city", city, "--out", tmp_path / "next")
    assert refused.exit_code == 1
    assert "31" in refused.output
    (new_list.parent / "dataset.toml").write_text(
        (city / "dataset.toml").read_text(encoding="utf-8").replace("members = 32", "members = 31"), encoding="utf-8"
    )
    assert run(new_list, "--city", city, "--out", tmp_path / "next").exit_code == 0


@pytest.mark.parametrize("text", ["", "name\nx\n"], ids=["empty", "other columns"])
def test_what_is_no_list_is_refused_in_a_sentence(city: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "x.csv").write_text(text)
    done = run(tmp_path / "x.csv", "--city", city, "--out", tmp_path / "next")
    assert done.exit_code == 1
    assert "Traceback" not in done.output
    assert run(tmp_path / "none.csv", "--city", city, "--out", tmp_path / "next").exit_code == 1


def test_nothing_is_written_over_and_the_place_has_to_be_named(city: Path, new_list: Path) -> None:
    assert "已存在" in run(new_list, "--city", city, "--out", city).output
    assert run(new_list).exit_code == 2
