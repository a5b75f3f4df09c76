"""`dispatch drill run` and `sample` from the command line, on the embedded city."""

import gzip
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dispatch.adapters.verify import verify
from dispatch.cli_drill import app
from dispatch.drills.sample import write_sample
from dispatch.drills.timeline import replayable
from dispatch.drills.unit_log import read_unit_log
from routing.geo import Wgs84
from tests.fakes.ascii_city import DAY
from tests.fakes.embedded import embedded_catalogue

CLI = CliRunner()
SAN_FRANCISCO = Wgs84(lat_deg=37.77, lon_deg=-122.42)
CONTRACT_FIELDS = {
    "calls", "incidents", "duplicates_joined", "unserved", "policy", "seed", "wall_s", "simulated_s", "events", "response_time_s",
    "call_to_scene_time_s", "decision_ms", "late_fraction", "busy_fraction", "units", "hospital", "km_per_unit", "journal_head_hash",
}  # fmt: skip


@pytest.fixture(scope="module")
def sample_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight calls and the special rows."""
    folder = tmp_path_factory.mktemp("sample")
    called = CLI.invoke(app, ["sample", "--out", str(folder), "--calls", "8"])
    assert called.exit_code == 0, called.output
    return folder / "sample.calls.csv.gz"


def run(log: Path, out: Path, *options: str) -> dict[str, object]:
    called = CLI.invoke(app, ["run", str(log), "--out", str(out), "--fleet-size", "60", *options])
    assert called.exit_code == 0, called.output
    return json.loads((out / "report.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def test_a_log_becomes_a_report_a_page_and_a_sound_journal(sample_log: Path, tmp_path: Path) -> None:
    report = run(sample_log, tmp_path / "one")
    assert set(report) >= CONTRACT_FIELDS
    assert (report["unserved"], report["duplicates_joined"], report["patients_joined"], report["units"]) == (
        0,
        1,
        4,
        60,
    )
    assert report["log"]["skipped_rows"] == {"no_time_of_day": 1}  # type: ignore[index]
    checked = verify(tmp_path / "one" / "journal")
    assert checked.is_sound
    assert checked.head_hash.hex() == report["journal_head_hash"]
    assert "<svg" in (tmp_path / "one" / "report.html").read_text(encoding="utf-8")
    again = run(sample_log, tmp_path / "one")  # replaces the earlier results
    assert again["journal_head_hash"] == report["journal_head_hash"]


def test_a_unit_log_fills_in_what_the_calls_leave_open(sample_log: Path, tmp_path: Path) -> None:
    """Calls keep the times that they have of their own."""
    units = sample_log.with_name("sample.units.csv.gz")
    report = run(sample_log, tmp_path, "--units", str(units), "--policy", "closest-idle")
    kept, _ = replayable(read_unit_log(units))
    assert 0 < report["log"]["completed_from_units"] <= len(kept)  # type: ignore[index, operator]
    assert report["policy"] == "closest-idle"


def test_a_paced_drill_gives_the_same_journal_as_one_at_full_speed(sample_log: Path, tmp_path: Path) -> None:
    """At a million times real time it is always late, and must not be different for it."""
    paced = run(sample_log, tmp_path / "paced", "--speed", "1000000")
    assert paced["journal_head_hash"] == run(sample_log, tmp_path / "max")["journal_head_hash"]


def test_a_fleet_may_come_from_a_file(sample_log: Path, tmp_path: Path) -> None:
    city = embedded_catalogue()
    header = "unit_id,call_sign,kind,capabilities,negative_pressure,home_station_id,crew_hospital_id,record_class\n"
    rows = [f"X{n},试{n},als,aed,yes,{base.station_id},,simulated\n" for n, base in enumerate(city.bases)]
    fleet = tmp_path / "fleet.csv"
    fleet.write_text(header + "".join(rows), encoding="utf-8")
    called = CLI.invoke(app, ["run", str(sample_log), "--out", str(tmp_path / "out"), "--fleet", str(fleet)])
    assert called.exit_code == 0, called.output
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert report["units"] == len(city.bases)
    assert report["data_version"].startswith(f"{city.data_version}+fleet-")
    fleet.write_text(header + rows[0].replace(city.bases[0].station_id, "nowhere"), encoding="utf-8")
    refused = CLI.invoke(app, ["run", str(sample_log), "--out", str(tmp_path / "out"), "--fleet", str(fleet)])
    assert refused.exit_code == 2
    assert str(fleet) in refused.stderr
    assert "nowhere" in refused.stderr


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--roads", "nowhere"), "there is no road network in nowhere"),
        (("--policy", "guess"), "choose one of joint, joint+divert, joint+coverage, full, closest-idle"),
        (("--speed", "0"), "a number above 0"),
        (("--speed", "fast"), "must be max or a number"),
        (("--fleet-size", "9", "--fleet", "{log}"), "not both"),
        (("--units", "{log}"), "header lacks"),
    ],
)
def test_what_cannot_be_played_is_refused_before_anything_is_written(
    sample_log: Path, tmp_path: Path, options: tuple[str, ...], says: str
) -> None:
    given = [option.format(log=sample_log) for option in options]
    called = CLI.invoke(app, ["run", str(sample_log), "--out", str(tmp_path / "out"), *given])
    assert called.exit_code == 2
    assert says in called.stderr
    assert not (tmp_path / "out").exists()


def test_a_log_of_another_city_is_refused(tmp_path: Path) -> None:
    calls, _ = write_sample(tmp_path, centre=SAN_FRANCISCO, start_at=DAY, n_calls=5, seed=1)
    called = CLI.invoke(app, ["run", str(calls), "--out", str(tmp_path / "out")])
    assert called.exit_code == 2
    assert "lie outside Shenzhen" in called.stderr


def test_a_log_without_a_playable_call_is_refused(sample_log: Path, tmp_path: Path) -> None:
    lines = gzip.decompress(sample_log.read_bytes()).decode().splitlines()
    undated = tmp_path / "undated.calls.csv"
    undated.write_text("\n".join([lines[0], *(line for line in lines if "undated" in line)]) + "\n", encoding="utf-8")
    called = CLI.invoke(app, ["run", str(undated), "--out", str(tmp_path / "out")])
    assert called.exit_code == 2
    assert "no call that can be replayed" in called.stderr
