"""`dispatch drill run --roads`: a drill on a real network, the same every time."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from dispatch.adapters.verify import verify
from dispatch.cli_drill import app
from tests.fakes.city_streets import save_city_streets

CLI = CliRunner()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of eight calls and a network."""
    place = tmp_path_factory.mktemp("roads")
    called = CLI.invoke(app, ["sample", "--out", str(place), "--calls", "8"])
    assert called.exit_code == 0, called.output
    save_city_streets(place / "roads")
    return place


def run(place: Path, out: Path, *options: str) -> tuple[dict[str, Any], str]:
    log = place / "sample.calls.csv.gz"
    called = CLI.invoke(app, ["run", str(log), "--out", str(out), "--fleet-size", "60", *options])
    assert called.exit_code == 0, called.output
    return json.loads((out / "report.json").read_text(encoding="utf-8")), called.stdout


def test_a_drill_on_a_network_says_so_compares_and_repeats_itself(place: Path, tmp_path: Path) -> None:
    report, said = run(place, tmp_path / "one", "--roads", str(place / "roads"))
    assert report["travel_times"]["grade"] == "network"
    assert report["travel_times"]["source"].startswith("roads-")
    assert "按道路网络计算" in said
    assert "computed on a road network" in said
    assert report["unserved"] == 0
    compared = report["estimate_comparison"]
    assert compared["all"]["n"] == sum(row["n"] for row in compared["by_priority"].values())
    assert compared["all"]["n"] > 0
    assert verify(tmp_path / "one" / "journal").is_sound
    again, _ = run(place, tmp_path / "two", "--roads", str(place / "roads"))
    assert again["journal_head_hash"] == report["journal_head_hash"]
    assert again["estimate_comparison"] == compared


def test_a_drill_without_one_says_estimated_and_compares_nothing(place: Path, tmp_path: Path) -> None:
    report, said = run(place, tmp_path / "out")
    assert report["travel_times"]["grade"] == "estimate"
    assert "travel times are ESTIMATED" in said
    assert "estimate_comparison" not in report
