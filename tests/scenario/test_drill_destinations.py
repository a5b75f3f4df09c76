"""The report says of each pathway whether its patients ended in a suitable hospital, and names the rule where one did not."""

import csv
import gzip
import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from dispatch.cli_drill import app
from dispatch.domain.commands import ChangeDestination
from dispatch.domain.ids import HospitalId
from dispatch.domain.vocabulary import Complaint, Pathway, Priority
from dispatch.drills.report import make_report
from dispatch.drills.report_page import make_page
from dispatch.drills.sample import write_sample
from routing.geo import Wgs84
from tests.fakes.ascii_city import DAY, Scene, caller, clock_time

EMPTY_SQUARE = Wgs84(lat_deg=22.55, lon_deg=114.05)
# H is on both treatment maps, M on none.
TOWN = "A . 1 M . H"


async def test_every_pathway_is_counted_and_a_suitable_end_is_said() -> None:
    scene = Scene(
        TOWN,
        lambda at: [
            caller("1", "08:00:00", at["1"], Complaint.STROKE, Priority.RED),
            caller("2", "10:00:00", at["1"], Complaint.PSYCHIATRIC, Priority.YELLOW, is_transported=False),
            caller("3", "12:00:00", at["1"], Complaint.RESPIRATORY, Priority.ORANGE, age_years=0),
        ],
    )
    table = make_report(await scene.run(), "0" * 64)["destinations"]
    assert table["stroke"] == {"incidents": 1, "arrived": 1, "suitable": 1, "unmet": {}, "otherwise": {}}
    assert table["newborn"]["suitable"] == 1
    assert table["psychiatric"]["arrived"] == 0
    assert sum(table["psychiatric"]["otherwise"].values()) == 1


async def test_a_hospital_that_does_not_suit_stands_under_its_rule_with_the_incident() -> None:
    """Somebody sends a stroke to the next house, which is on no map."""
    scene = Scene(TOWN, lambda at: [caller("1", "08:00:00", at["1"], Complaint.STROKE, Priority.RED)])

    async def send_elsewhere() -> None:
        (held,) = scene.engine.world.assignments.values()
        changed = ChangeDestination(
            assignment_id=held.assignment_id, hospital_id=HospitalId("M"), reason="asked for by the family"
        )
        await scene.engine.execute(changed, actor="dispatcher")

    scene.drill.agenda.once(clock_time("08:08:00"), send_elsewhere)
    played = await scene.run()
    report = make_report(played, "0" * 64)
    assert report["destinations"]["stroke"]["unmet"] == {"not_stroke_designated": {"n": 1, "incidents": [1]}}
    assert "not_stroke_designated 1 (#1)" in make_page(played, report, ZoneInfo("Asia/Shanghai"))


async def test_a_group_that_the_log_has_no_call_of_is_said_to_be_empty() -> None:
    """Emergency logs of fire brigades have no call for the mind: the report says so, instead of leaving the question open."""
    scene = Scene(TOWN, lambda at: [caller("1", "08:00:00", at["1"], Complaint.STROKE, Priority.RED)])
    played = await scene.run()
    report = make_report(played, "0" * 64)
    table = report["destinations"]
    assert set(table) == {*map(str, Pathway), "newborn"}
    assert table["psychiatric"] == {"incidents": 0, "arrived": 0, "suitable": 0, "unmet": {}, "otherwise": {}}
    page = make_page(played, report, ZoneInfo("Asia/Shanghai"))
    assert page.count("none in the log") == len(table) - 1


async def test_nobody_to_send_and_nobody_needed_are_told_apart() -> None:
    scene = Scene(
        "1 H",
        lambda at: [
            caller("1", "08:00:00", at["1"], Complaint.STROKE, Priority.RED),
            caller("2", "08:10:00", at["1"], Complaint.PSYCHIATRIC, None, is_ambulance_needed=False),
        ],
    )
    table = make_report(await scene.run(), "0" * 64)["destinations"]
    assert table["stroke"]["otherwise"] == {"under_way": 1}
    assert table["psychiatric"]["otherwise"] == {"no_ambulance_needed": 1}


OWN_RULES = {
    "stroke",
    "acute_coronary",
    "trauma_major",
    "trauma_penetrating",
    "trauma_burn",
    "trauma_head",
    "obstetric",
}


def calls_with_rules_of_their_own(shared_data: Path | None, folder: Path) -> list[dict[str, str]]:
    """Of the second day of the transplanted week, else of a sample that the project writes; and one for the mind, which no log has."""
    if shared_data is not None:
        log = shared_data / "call_logs/transplant/sz-transplant-week-A.TRANSPLANTED.calls.csv.gz"
        day = "2026-12-01"
    else:
        log, _ = write_sample(folder, centre=EMPTY_SQUARE, start_at=DAY, n_calls=60, seed=1)
        day = ""
    with gzip.open(log, "rt", encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["call_received_at"].startswith(day)]
    kept = [row for row in rows if row["suspected_condition"] in OWN_RULES or row["age_years"] == "0"]
    return [*kept, {**kept[0], "call_id": "mind", "suspected_condition": "psychiatric", "age_years": "35"}]


@pytest.mark.slow
def test_a_day_ends_in_suitable_hospitals(shared_data: Path | None, tmp_path: Path) -> None:
    rows = calls_with_rules_of_their_own(shared_data, tmp_path)
    log = tmp_path / "day.calls.csv"
    with log.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    called = CliRunner().invoke(app, ["run", str(log), "--out", str(tmp_path / "out"), "--fleet-size", "120"])
    assert called.exit_code == 0, called.output
    table = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))["destinations"]
    assert {"psychiatric", "stroke", "stemi"} <= table.keys()
    assert {name: group["unmet"] for name, group in table.items() if group["unmet"]} == {}
    for group in table.values():
        assert group["arrived"] == group["suitable"]
        assert group["incidents"] == group["arrived"] + sum(group["otherwise"].values())
