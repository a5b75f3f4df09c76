"""`dispatch drill audit`: decisions of a drill with too few units, solved again exactly."""

import asyncio
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dispatch.cli_drill import app
from dispatch.drills.audit import Audited, Auditor
from dispatch.pipeline.policies import POLICIES
from dispatch.playing import Recipe, play, prepare
from routing.optimise.exact import Gap, Optimum
from tests.fakes.journal_files import rows, tamper
from tests.fakes.memory_journal import MemoryJournal

CLI = CliRunner()


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six calls and a mass-casualty incident within an hour and a half, for three units: calls wait and compete."""
    folder = tmp_path_factory.mktemp("drill")
    log = folder / "sample.calls.csv.gz"
    for words in (
        ("sample", "--out", str(folder), "--calls", "6"),
        ("run", str(log), "--out", str(folder), "--fleet-size", "3", "--policy", "joint+divert"),
    ):
        called = CLI.invoke(app, words)
        assert called.exit_code == 0, called.output
    return folder / "journal"


def test_every_decision_of_an_overload_is_the_exact_optimum(journal: Path) -> None:
    called = CLI.invoke(app, ["audit", str(journal), "--json"])
    assert called.exit_code == 0, called.output
    found = json.loads(called.stdout)
    total = found["all"]
    assert total["n"] + found["changes_of_crews_left_out"] == found["decisions"] > 20
    assert (total["n_equal"], total["worst_share"], total["n_not_as_found"]) == (total["n"], 0.0, 0)
    assert sum(row["n"] for row in found["by_needs"]) == total["n"]
    assert max(row["needs_from"] for row in found["by_needs"]) >= 5


def test_a_smaller_sample_is_spread_over_the_drill(journal: Path) -> None:
    called = CLI.invoke(app, ["audit", str(journal), "--sample", "10"])
    assert called.exit_code == 0, called.output
    n_left_out = 10 - int(re.search(r"(\d+) solved again", called.stdout)[1])  # type: ignore[index]
    assert f"{n_left_out} with changes of crews left out" in called.stdout
    assert "(100.00 %) equal the exact optimum, the worst is 0.0000 % above it" in called.stdout


def test_a_changed_journal_is_not_audited_beyond_the_change(journal: Path, tmp_path: Path) -> None:
    changed = Path(shutil.copy(journal, tmp_path))
    tamper(changed, ("UPDATE events SET actor = 'x' WHERE seq = 9", ()))
    called = CLI.invoke(app, ["audit", str(changed)])
    assert called.exit_code == 1
    assert "differs in actor" in called.stdout


def test_a_policy_without_a_joint_choice_is_not_audited(journal: Path, tmp_path: Path) -> None:
    other = Path(shutil.copy(journal, tmp_path))
    ((recipe,),) = rows(other, "SELECT value FROM meta WHERE name = 'recipe'")
    alone = json.dumps(json.loads(recipe) | {"policy": "closest-idle"})
    tamper(other, ("UPDATE meta SET value = ? WHERE name = 'recipe'", (alone,)))
    called = CLI.invoke(app, ["audit", str(other)])
    assert called.exit_code == 2
    assert "makes no joint choice" in called.stderr
    with pytest.raises(ValueError, match="no joint choice"):
        Auditor(POLICIES["closest-idle"], n_sample=1, n_decisions=1)


def test_a_policy_that_does_not_do_as_it_reckons_is_found_out(journal: Path) -> None:
    """It prices like the joint choice, and then takes one call after the other."""
    false = replace(POLICIES["joint"], choose=POLICIES["closest-idle"].choose)
    auditor = Auditor(false, n_sample=1000, n_decisions=1000)
    recipe = Recipe(calls=journal.with_name("sample.calls.csv.gz"), policy="joint", seed=1, fleet_size=3)
    asyncio.run(play(prepare(recipe), MemoryJournal(), policy=auditor.policy))
    found = auditor.report()
    assert found["all"]["n_not_as_found"] > 0
    assert not found["is_good"]


@pytest.mark.parametrize(
    ("costs", "is_good"),
    [
        ([1_000_000] * 1_000, True),
        ([1_000_000] * 999 + [1_000_999], True),  # one in a thousand, by less than a thousandth
        ([1_000_000] * 999 + [1_001_001], False),  # by more
        ([1_000_000] * 998 + [1_000_001] * 2, False),  # two in a thousand
        ([], False),
    ],
)
def test_what_the_audit_has_to_bear_out(costs: list[int], is_good: bool) -> None:
    auditor = Auditor(POLICIES["joint"], n_sample=1, n_decisions=1)
    best = Optimum(cost=1_000_000, bound=1_000_000)
    auditor.audited = [Audited(n_needs=1, gap=Gap(decided=cost, exact=best), is_as_found=True) for cost in costs]
    assert auditor.is_good is is_good
