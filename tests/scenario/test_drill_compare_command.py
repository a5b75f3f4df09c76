"""`dispatch drill bootstrap`, `run` and `compare` one after the other, as someone who asks which policy is better would."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dispatch.cli_drill import app

CLI = CliRunner()


@pytest.fixture(scope="module")
def drills(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`base` and `joint`, both over the same resampled log of a dozen calls."""
    folder = tmp_path_factory.mktemp("drills")
    call("sample", "--out", str(folder), "--calls", "12")
    log = folder / "one.calls.csv.gz"
    call("bootstrap", str(folder / "sample.calls.csv.gz"), "--seed", "4", "--out", str(log))
    for name, policy in (("base", "closest-idle"), ("joint", "joint")):
        call("run", str(log), "--policy", policy, "--fleet-size", "20", "--out", str(folder / name))
    return folder


def call(*words: str) -> str:
    called = CLI.invoke(app, words)
    assert called.exit_code == 0, called.output
    return called.output


def refused(*words: str) -> str:
    called = CLI.invoke(app, words)
    assert called.exit_code == 2, called.output
    return called.output


def test_two_drills_give_a_table_a_page_and_numbers(drills: Path, tmp_path: Path) -> None:
    said = call("compare", str(drills / "base"), str(drills / "joint"), "--out", str(tmp_path))
    assert "joint ↔ closest-idle  n = 1" in said
    found = json.loads((tmp_path / "compare.json").read_text(encoding="utf-8"))
    for label, name in (("closest-idle", "base"), ("joint", "joint")):
        report = json.loads((drills / name / "report.json").read_text(encoding="utf-8"))
        measures = found["arms"][label]["measures"]
        for priority, late in report["late_fraction"].items():
            assert {n: measures[f"{priority}.late_{n}"]["mean"] for n in late} == late
        assert measures["unserved"]["mean"] == report["unserved"]
        assert measures["reassignments_per_day"]["mean"] == report["reassignments"]["per_day"]
    assert "演练比较" in (tmp_path / "compare.html").read_text(encoding="utf-8")


def test_that_a_log_was_resampled_stands_before_every_number(drills: Path, tmp_path: Path) -> None:
    call("compare", str(drills / "base"), str(drills / "joint"), "--out", str(tmp_path))
    report = json.loads((drills / "base" / "report.json").read_text(encoding="utf-8"))
    found = json.loads((tmp_path / "compare.json").read_text(encoding="utf-8"))
    assert report["log"]["resampled_rows"] == report["log"]["rows"] == found["resampled_rows"]
    for page in (drills / "base" / "report.html", tmp_path / "compare.html"):
        text = page.read_text(encoding="utf-8")
        assert 0 < text.index("重抽样") < text.index("RESAMPLED") < text.index("<table")


def test_labels_tell_two_set_ups_of_one_policy_apart(drills: Path, tmp_path: Path) -> None:
    said = call(
        "compare", f"here={drills / 'joint'}", f"there={drills / 'joint'}", "--baseline", "here", "--out", str(tmp_path)
    )
    assert "there ↔ here" in said


def test_an_unfinished_drill_is_refused(drills: Path, tmp_path: Path) -> None:
    assert "did not finish" in refused("compare", str(drills / "base"), str(tmp_path))


def test_a_journal_that_is_not_its_reports_is_refused(drills: Path, tmp_path: Path) -> None:
    """A drill began in the directory of an earlier one and broke off."""
    (tmp_path / "report.json").write_bytes((drills / "joint" / "report.json").read_bytes())
    (tmp_path / "journal").write_bytes((drills / "base" / "journal").read_bytes())
    assert "not the journal of its report.json" in refused("compare", str(drills / "base"), str(tmp_path))


def test_a_report_of_something_else_is_refused(drills: Path, tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text("[]", encoding="utf-8")
    assert "no drill's report" in refused("compare", str(drills / "base"), str(tmp_path))
