"""`dispatch drill replay`: a journal is what its inputs lead to, in any process, and the first thing that is not is named."""

import csv
import gzip
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy._core import _multiarray_umath as numpy_core  # numpy tells its CPU features nowhere else
from typer.testing import CliRunner

from dispatch.adapters.journal_sqlite import LIVE_FILE
from dispatch.cli_drill import app
from maps_data.demand_file import demand_csv
from maps_data.vocabulary import RecordClass
from tests.fakes.embedded import embedded_catalogue
from tests.fakes.journal_files import rows, tamper, write_journal

CLI = CliRunner()
ROOT = Path(__file__).parents[2]
# What numpy chose for this processor above what it was built for: sines, powers and sums have other last bits without.
FASTER_PATHS = " ".join(name for name in numpy_core.__cpu_dispatch__ if numpy_core.__cpu_features__[name])


@pytest.fixture(scope="module")
def drill(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight calls for six units, so that calls wait, under the policy that uses everything."""
    folder = tmp_path_factory.mktemp("drill")
    log = folder / "sample.calls.csv.gz"
    for words in (
        ("sample", "--out", str(folder), "--calls", "8"),
        ("run", str(log), "--out", str(folder), "--fleet-size", "6", "--policy", "full"),
    ):
        called = CLI.invoke(app, words)
        assert called.exit_code == 0, called.output
    return folder


def copied(drill: Path, to: Path) -> Path:
    return Path(shutil.copy(drill / "journal", to / "journal"))


def replay(journal: Path, *options: str, says: int) -> str:
    called = CLI.invoke(app, ["replay", str(journal), *options])
    assert called.exit_code == says, called.output
    return called.output


def test_another_process_makes_the_same_decisions_bit_for_bit(drill: Path) -> None:
    """With another order of sets and dicts, and without the instructions that numpy prefers on this processor."""
    journal = drill / "journal"
    program = "import sys; from dispatch.cli import app; app(sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", program, "drill", "replay", str(journal), "--json"],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": "20", "NPY_DISABLE_CPU_FEATURES": FASTER_PATHS},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    report = json.loads((drill / "report.json").read_text(encoding="utf-8"))
    assert (found["is_same"], found["difference"], found["is_same_call_log"]) == (True, None, True)
    assert (found["events"], found["head_hash"]) == (report["events"], report["journal_head_hash"])


def test_a_call_from_elsewhere_is_named_by_its_coordinate(drill: Path, tmp_path: Path) -> None:
    """Somebody moved the third call a hundred metres north in the log."""
    with gzip.open(drill / "sample.calls.csv.gz", "rt", encoding="utf-8", newline="") as stream:
        table = list(csv.reader(stream))
    lat = table[0].index("lat")
    was = float(table[3][lat])
    table[3][lat] = f"{was + 0.001:.6f}"
    with gzip.open(tmp_path / "sample.calls.csv.gz", "wt", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(table)
    found = json.loads(replay(drill / "journal", "--inputs", str(tmp_path), "--json", says=1))
    assert found["is_same_call_log"] is False
    difference = found["difference"]
    assert (difference["type"], difference["field"]) == ("IncidentOpened", "data.location.point.lat_deg")
    assert (difference["recorded"], difference["replayed"]) == (was, float(table[3][lat]))
    assert found["events"] == difference["seq"] - 1
    said = replay(drill / "journal", "--inputs", str(tmp_path), says=1)
    assert "its checksum differs" in said
    assert (
        f"Event {difference['seq']}, IncidentOpened, differs in data.location.point.lat_deg: {was} in the journal"
        in said
    )


def test_an_event_that_somebody_changed_is_named(drill: Path, tmp_path: Path) -> None:
    """The journal says that the unit was nearer than it was; whoever did this also mended the chain, which has no key."""
    journal = copied(drill, tmp_path)
    query = "SELECT seq, payload FROM events WHERE type = 'RecommendationMade' ORDER BY seq LIMIT 1"
    ((seq, payload),) = rows(journal, query)
    made = json.loads(payload)
    unit = made["recommendation"]["units"][0]
    was, unit["travel_time_s"] = unit["travel_time_s"], 1.5
    changed = json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode()
    tamper(journal, ("UPDATE events SET payload = ? WHERE seq = ?", (changed, seq)))
    said = replay(journal, says=1)
    assert f"Event {seq}, RecommendationMade, differs in data.recommendation.units[0].travel_time_s: 1.5 in the" in said
    assert (
        f"第 {seq} 条 RecommendationMade 的 data.recommendation.units[0].travel_time_s 不同：日志 1.5，重放 {was}"
        in said
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ("recorded_at = '2026-11-30T00:00:00Z'", "recorded_at"),
        ("actor = 'somebody'", "actor"),
        ("command_id = 'cmd-drill-1'", "command_id"),
        ("hash = zeroblob(32)", "hash"),
    ],
)
def test_what_stands_around_an_event_counts_too(drill: Path, tmp_path: Path, change: str, field: str) -> None:
    journal = copied(drill, tmp_path)
    tamper(journal, (f"UPDATE events SET {change} WHERE seq = 3", ()))
    assert f"differs in {field}: " in replay(journal, says=1)


def test_a_journal_that_was_cut_or_drawn_out_is_no_longer_the_same(drill: Path, tmp_path: Path) -> None:
    journal = copied(drill, tmp_path)
    ((last, name),) = rows(journal, "SELECT seq, type FROM events ORDER BY seq DESC LIMIT 1")
    columns = "realm, type, schema_version, recorded_at, occurred_at, actor, command_id, payload, hash"
    tamper(journal, (f"INSERT INTO events SELECT seq + 1, {columns} FROM events WHERE seq = ?", (last,)))
    said = replay(journal, says=1)
    assert f"The replay ends after event {last}; the journal goes on with event {last + 1}, {name}" in said
    tamper(journal, ("DELETE FROM events WHERE seq >= ?", (last,)))
    said = replay(journal, says=1)
    assert f"The journal ends after event {last - 1}; the replay goes on with event {last}, {name}" in said


def test_a_log_that_has_moved_is_found_again(drill: Path, tmp_path: Path) -> None:
    journal = copied(drill, tmp_path)
    moved = json.dumps(
        json.loads(rows(journal, "SELECT value FROM meta WHERE name = 'recipe'")[0][0]) | {"calls": "/gone/c.csv.gz"}
    )
    tamper(journal, ("UPDATE meta SET value = ? WHERE name = 'recipe'", (moved,)))
    assert "name the directory that holds it with --inputs" in replay(journal, says=2)
    shutil.copy(drill / "sample.calls.csv.gz", tmp_path / "c.csv.gz")
    assert "the same in every field" in replay(journal, "--inputs", str(tmp_path), says=0)


@pytest.mark.parametrize(
    ("recipe", "says"),
    [
        ("[]", "cannot be read"),
        ('{"calls": "c.csv", "policy": "guess", "seed": 1}', "has no policy guess"),
        ('{"calls": "/gone.csv", "policy": "joint", "seed": 1}', "There is no /gone.csv"),
        (f'{{"calls": "{__file__}", "policy": "joint", "seed": 1}}', "check commas and quotes"),
    ],
)
def test_a_journal_that_cannot_be_played_again_says_why(drill: Path, tmp_path: Path, recipe: str, says: str) -> None:
    journal = copied(drill, tmp_path)
    tamper(journal, ("UPDATE meta SET value = ? WHERE name = 'recipe'", (recipe,)))
    assert says in replay(journal, says=2)


def test_a_live_journal_is_told_apart_from_a_drills(tmp_path: Path) -> None:
    """It does not hold every position that a decision saw: saying so is better than a comparison that would prove nothing."""
    write_journal(tmp_path / LIVE_FILE, batches=5)
    said = replay(tmp_path / LIVE_FILE, says=2)
    assert "does not hold the positions of all units" in said
    assert "dispatch journal verify" in said
    assert "没有日志文件" in replay(tmp_path / "none", says=1)


def test_another_demand_is_told_whatever_it_changes(drill: Path, tmp_path: Path) -> None:
    """Played with calls from everywhere alike; the file was made again since."""
    cells, demand = embedded_catalogue().population_cells, tmp_path / "demand.csv"
    demand.write_text(demand_csv(cells, np.ones(len(cells)), RecordClass.SIMULATED), encoding="utf-8")
    log, options = str(drill / "sample.calls.csv.gz"), ("--out", str(tmp_path), "--fleet-size", "6", "--policy", "full")
    called = CLI.invoke(app, ["run", log, *options, "--demand", str(demand)])
    assert called.exit_code == 0, called.output
    assert json.loads(replay(tmp_path / "journal", "--json", says=0))["is_same_demand"] is True
    demand.write_text(demand_csv(cells, np.arange(len(cells), dtype=float), RecordClass.SIMULATED), encoding="utf-8")
    called = CLI.invoke(app, ["replay", str(tmp_path / "journal")])
    assert "呼救需求文件已不是演练时的那一份" in called.output
    assert "the file of demand is not the one that was played" in called.output
