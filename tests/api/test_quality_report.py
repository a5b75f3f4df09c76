"""The quality report at the interface and as a command: a stroke of this morning, in this month's report."""

import json
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from dispatch.adapters.journal_inline import InlineJournal
from dispatch.cli import app
from dispatch.engine.clocks import VirtualClock
from dispatch.engine.ports import Batch
from tests.fakes.control_room import ControlRoom
from tests.fakes.memory_journal import MemoryJournal

PATH = "/api/v1/reports/quality"


@pytest.fixture
async def treated(room: ControlRoom, clock: VirtualClock) -> None:
    """At hospital 30 minutes after the call, needle 40 minutes later."""
    incident_id, assignment_id, _ = await room.sent_out()
    for status in ("acknowledged", "en_route", "on_scene", "at_patient", "left_scene", "at_hospital"):
        await clock.wait_until(clock.now() + timedelta(minutes=5))
        await room.step(assignment_id, status)
    await clock.wait_until(clock.now() + timedelta(minutes=40))
    patient_id = (await room.incident(incident_id))["patients"][0]["patient_id"]
    needle = {"milestone": "needle", "source": "hospital", "at": clock.now().isoformat()}
    await room.post(f"/incidents/{incident_id}/patients/{patient_id}/clock", needle, 201)


@pytest.mark.usefixtures("treated")
async def test_the_month_s_report(room: ControlRoom) -> None:
    report = await room.get("/reports/quality", month="2026-11")
    city = next(r for r in report["rows"] if (r["scope"], r["interval"]) == ("city", "door_to_needle"))
    assert (city["n_measured"], city["median_s"]) == (1, 40 * 60)
    district = next(r for r in report["rows"] if (r["scope"], r["interval"]) == ("district", "door_to_needle"))
    assert district["name_zh"] == "福田区"
    assert (await room.get("/reports/quality", month="2026-10"))["rows"] == []


@pytest.mark.usefixtures("treated")
async def test_as_a_page_and_as_a_table(client: httpx.AsyncClient) -> None:
    page = await client.get(PATH, params={"month": "2026-11", "format": "html"})
    assert page.headers["content-type"].startswith("text/html")
    assert "入院至溶栓" in page.text
    table = await client.get(PATH, params={"month": "2026-11", "format": "csv"})
    assert table.headers["content-type"].startswith("text/csv")
    assert "door_to_needle" in table.text


@pytest.mark.parametrize("month", ["2026-13", "2026-00", "October", "1999-01"])
async def test_no_such_month(client: httpx.AsyncClient, month: str) -> None:
    answer = await client.get(PATH, params={"month": month})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "query:month")


@pytest.mark.usefixtures("treated")
def test_the_command_says_the_same(journal: MemoryJournal, tmp_path: Path) -> None:
    kept = InlineJournal(tmp_path / "journal")
    for recorded in journal.entries:
        kept.append(Batch(entries=(recorded,)))
    kept.close()
    arguments = ["report", "quality", str(tmp_path / "journal"), "--month", "2026-11", "--out", str(tmp_path / "out")]
    ran = CliRunner().invoke(app, arguments)
    assert ran.exit_code == 0, ran.output
    report = json.loads((tmp_path / "out" / "quality.json").read_text("utf-8"))
    needle = [row for row in report["rows"] if row["interval"] == "door_to_needle"]
    assert {(row["scope"], row["n_measured"]) for row in needle} == {("city", 1), ("district", 1), ("hospital", 1)}
    assert (tmp_path / "out" / "quality.html").is_file()
    assert (tmp_path / "out" / "quality.csv").is_file()


@pytest.mark.parametrize("arguments", [["missing", "--month", "2026-11"], ["missing", "--month", "November"]])
def test_the_command_says_what_is_wrong(arguments: list[str], tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["report", "quality", *arguments, "--out", str(tmp_path)])
    assert ran.exit_code == 2
    assert ran.output
