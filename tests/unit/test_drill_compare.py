"""Comparisons of drills whose differences are known, and those that are refused."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dispatch.domain.vocabulary import Priority
from dispatch.drills.compare import Key, Run, Times, compare
from dispatch.drills.compare_page import change, make_page, terminal_rows
from maps_data.tables import DataError

MONDAY = datetime(2026, 11, 30, tzinfo=UTC)
NO_TOTALS = {"km_per_unit_day": 50.0, "busy_fraction": 0.4, "unserved": 0, "reassignments_per_day": 0.0}


def run(
    label: str,
    waits_s: list[float | None],
    *,
    seed: int = 1,
    log: str = "week-a",
    totals: Mapping[str, float] = NO_TOTALS,
    **report: Any,
) -> Run:
    """A drill whose n-th red incident waited so long (None: for ever)."""
    incidents: dict[Key, Times] = {
        (MONDAY + timedelta(minutes=n), Priority.RED, 0): Times(
            to_scene_s=wait_s,
            waited_s=86_400.0 if wait_s is None else wait_s,
            to_hospital_s=None if wait_s is None else wait_s + 1_800.0,
        )
        for n, wait_s in enumerate(waits_s)
    }
    known = {
        "policy": label,
        "policy_version": f"{label}-1",
        "units": 123,
        "data_version": "d" * 64,
        "travel_times": {"source": "roads-1", "grade": "network", "relative_error": 0.1},
        "set_up": {
            "posts_version": None,
            "demand_version": None,
            "relocation": None,
            "drive_factor": 1.0,
            "drive_sigma": 0.2,
        },
        "seed": seed,
        "log": {
            "sha256": log,
            "file": f"{log}.calls.csv.gz",
            "record_classes": {"transplanted": len(waits_s)},
            "resampled_rows": 0,
        },
    }
    return Run(
        label=label, directory=f"drills/{label}-{seed}", report=known | report, incidents=incidents, totals=totals
    )


def three_weeks() -> list[Run]:
    """Baseline: 2, 4, 3 of 10 reds later than 10 min. `full` halves that in every week, and takes a minute off every other wait."""
    late = {1: 2, 2: 4, 3: 3}
    drills = []
    for seed, n in late.items():
        drills.append(run("closest-idle", [700.0] * n + [400.0] * (10 - n), seed=seed, log=f"week-{seed}"))
        faster = [700.0] * (n // 2) + [340.0] * (10 - n // 2) if n % 2 == 0 else [700.0] * 2 + [340.0] * 8
        drills.append(run("full", faster, seed=seed, log=f"week-{seed}"))
    return drills


def test_pairs_are_found_by_log_and_seed_and_compared_in_their_order() -> None:
    found = compare(three_weeks())
    assert (found["baseline"], found["n_pairs"], found["interval"]) == ("closest-idle", 3, "student-t-and-fieller")
    arms = {label: arm["measures"]["red.late_600"]["by_pair"] for label, arm in found["arms"].items()}
    assert arms == {"closest-idle": [0.2, 0.4, 0.3], "full": [0.1, 0.2, 0.2]}
    late = found["comparisons"]["full"]["red.late_600"]
    assert late["baseline"] == pytest.approx(0.3)
    assert late["relative"]["value"] == pytest.approx(0.5 / 0.9 - 1.0)
    # Differences −0.1, −0.2, −0.1: mean −0.1333, standard deviation 0.05774; ± 4.302653 · 0.05774 / √3.
    assert late["difference"]["value"] == pytest.approx(-0.4 / 3)
    assert late["difference"]["low"] == pytest.approx(-0.4 / 3 - 4.302653 * 0.0577350 / math.sqrt(3), abs=1e-6)


def test_an_incident_that_nobody_reached_is_late_and_waits_to_the_end() -> None:
    found = compare([run("closest-idle", [500.0] * 4), run("full", [500.0, 500.0, 500.0, None])])
    measures = found["arms"]["full"]["measures"]
    assert measures["red.late_900"]["mean"] == 0.25
    assert measures["red.mean_s"]["mean"] == 500.0
    assert measures["red.longest_s"]["greatest"] == 86_400.0


def test_one_pair_is_judged_by_its_incidents_and_says_so() -> None:
    slow, fast = [float(n) for n in range(300, 900, 5)], [float(n) - 60.0 for n in range(300, 900, 5)]
    found = compare([run("closest-idle", slow), run("full", fast)])
    assert found["interval"] == "bootstrap-over-incidents"
    assert found["comparisons"]["full"]["red.mean_s"]["difference"] == {"value": -60.0, "low": -60.0, "high": -60.0}
    assert found["comparisons"]["full"]["km_per_unit_day"]["difference"]["low"] is None
    assert "自助重抽样" in make_page(found)


def test_a_priority_without_incidents_has_no_numbers() -> None:
    found = compare(three_weeks())
    green = found["comparisons"]["full"]["green.late_600"]
    assert (green["baseline"], green["difference"]["value"], green["relative"]["value"]) == (None, None, None)
    rows = {name: cells for name, *cells in terminal_rows(found, "full")}
    assert set(rows["P4"]) == {"–"}
    assert rows["P1"][1].startswith("-44.4 % [")


def test_another_baseline_may_be_named() -> None:
    assert list(compare(three_weeks(), "full")["comparisons"]) == ["closest-idle"]
    with pytest.raises(DataError, match="no arm fuller"):
        compare(three_weeks(), "fuller")


def test_kilometres_come_from_the_reports() -> None:
    further = NO_TOTALS | {"km_per_unit_day": 75.0}
    drills = [run("closest-idle", [1.0], seed=seed) for seed in (1, 2)]
    drills += [run("full", [1.0], seed=seed, totals=further) for seed in (1, 2)]
    km = compare(drills)["comparisons"]["full"]["km_per_unit_day"]
    assert (km["baseline"], km["value"], change(km)) == (50.0, 75.0, "+50.0 % [+50.0, +50.0]")


@pytest.mark.parametrize(
    ("drills", "said"),
    [
        ([run("closest-idle", [1.0]), run("full", [1.0], log="week-b")], "has no drill that pairs"),
        ([run("closest-idle", [1.0]), run("full", [1.0], seed=2)], "has no drill that pairs"),
        ([run("full", [1.0]), run("full", [2.0])], "LABEL=DIR"),
        ([run("full", [1.0]), run("full", [2.0], seed=2)], "needs two arms"),
        (
            [run(label, [1.0], seed=seed, units=100 + seed) for label in ("full", "joint") for seed in (1, 2)],
            "differ in units",
        ),
    ],
    ids=["another log", "another seed", "twice the same", "one arm", "an arm of two fleets"],
)
def test_what_cannot_be_compared_is_refused_with_its_reason(drills: list[Run], said: str) -> None:
    with pytest.raises(DataError, match=said):
        compare(drills)


@pytest.mark.slow
def test_the_page_says_what_is_simulated_before_any_number_and_fetches_nothing() -> None:
    page = make_page(compare(three_weeks()))
    assert page.index("SIMULATED") < page.index("<table")
    assert page.count("<svg") == 2
    assert "src=" not in page
    assert "-44.4 %" in page
    assert page == make_page(compare(three_weeks()))


@pytest.mark.slow
def test_a_label_may_be_written_in_any_script() -> None:
    """Pictures number the arms, so that they need no font."""
    drills = [run("closest-idle", [1.0, 700.0]), run("站点<驻点>", [1.0, 500.0])]
    page = make_page(compare(drills))
    assert "站点&lt;驻点&gt;" in page
    assert "arm 2" in page
