"""The patient's clock at the console: it runs, says what is missing, and takes what the control room was told."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]
SCENE = {"lat": 22.5431, "lon": 114.0579, "datum": "wgs84", "accuracy_m": 20}
WAY = ("acknowledged", "en_route", "on_scene", "at_patient", "left_scene", "at_hospital")


@pytest.fixture
def stroke(service: Any) -> Iterator[Any]:
    """A stroke whose crew has just reached the hospital; well at the last an hour ago."""
    well_at = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    taken = service.post("/calls", {"complaint": "stroke", "location": SCENE, "last_known_well_at": well_at})
    incident_id = taken["incident"]["incident_id"]
    unit_id = taken["recommendation"]["units"][0]["unit_id"]
    assignment_id = service.post(f"/incidents/{incident_id}/assignments", {"unit_id": unit_id})["assignment_id"]
    for status in WAY:
        service.post(f"/assignments/{assignment_id}/status", {"status": status})
    yield service.get(f"/incidents/{incident_id}")
    service.post(f"/incidents/{incident_id}/cancel", {"reason": "test"})


def test_the_clock_runs_and_takes_what_is_told(open_page: OpenPage, service: Any, stroke: Any) -> None:
    page = open_page(service.url + "/?map=canvas")
    page.locator(f"[data-incident='{stroke['incident_id']}']").click(timeout=20_000)
    clock = page.locator(".care-clock")
    expect(clock.locator(".intervals")).to_contain_text("入院至溶栓(DNT)", timeout=20_000)
    expect(clock.locator(".stamps")).to_contain_text("预警")  # sent when the crew left the scene
    # What a telephone says is to the minute: the minute of the call, which is in the past whatever the hour.
    told = datetime.fromisoformat(stroke["received_at"]) + timedelta(hours=8)
    clock.locator("select").select_option("needle")
    clock.locator("input").fill(f"{told:%H:%M}")
    clock.locator("button[type=submit]").click()
    stamps = f"/incidents/{stroke['incident_id']}/patients/{stroke['patients'][0]['patient_id']}/clock"
    expect(clock.locator(".stamps")).to_contain_text("溶栓", timeout=20_000)
    assert "needle" in {stamp["milestone"] for stamp in service.get(stamps)["counted"]}


def test_it_speaks_english_too(open_page: OpenPage, service: Any, stroke: Any) -> None:
    page = open_page(service.url + "/?map=canvas", language="en")
    page.locator(f"[data-incident='{stroke['incident_id']}']").click(timeout=20_000)
    expect(page.locator(".care-clock .intervals")).to_contain_text("door to needle (DNT)", timeout=20_000)
