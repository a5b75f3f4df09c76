"""A cardiac arrest at the console: who brings the first shock, what the call taker writes down, and why others are not asked."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from routing.cells import cell_of, cell_text
from routing.geo import Wgs84

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]
SCENE = {"lat": 22.5431, "lon": 114.0579, "datum": "wgs84", "accuracy_m": 20}


@pytest.fixture
def arrest(service: Any) -> Iterator[Any]:
    """A volunteer with his own device round the corner, a drone that the wind keeps down, and two people with the patient."""
    volunteer = service.post("/arrest-units", {"has_aed": True, "is_simulated": True})["unit_id"]
    place = Wgs84(lat_deg=SCENE["lat"], lon_deg=SCENE["lon"])
    service.post(f"/arrest-units/{volunteer}/place", {"cell": cell_text(cell_of(place, 9))})
    limits = {"cruise_mps": 15, "range_m": 12_000, "payload_kg": 3, "wind_limit_mps": 10}
    base = {"lat": 22.55, "lon": 114.06, "datum": "wgs84"}
    drone = service.post("/arrest-units", {"drone": {"name": "一号", "base": base, **limits}, "is_simulated": True})
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    weather = {"wind_mps": 14, "is_raining": False, "source": "test", "expires_at": until}
    service.post("/flight-conditions", weather)
    answers = {"bystanders": "2"}
    taken = service.post("/calls", {"complaint": "cardiac_arrest", "location": SCENE, "answers": answers})
    yield taken["incident"]
    service.post(f"/incidents/{taken['incident']['incident_id']}/cancel", {"reason": "test"})
    for unit_id in (volunteer, drone["unit_id"]):
        service.post(f"/arrest-units/{unit_id}/withdraw", {})


def test_the_panel_says_who_comes_and_takes_what_was_said(open_page: OpenPage, service: Any, arrest: Any) -> None:
    page = open_page(service.url + "/?map=canvas")
    page.locator(f"[data-incident='{arrest['incident_id']}']").click(timeout=20_000)
    panel = page.locator(".arrest")
    expect(panel.locator(".headline")).to_contain_text("仅靠车组", timeout=20_000)
    asked = panel.locator("[data-bringer=responder]")
    expect(asked).to_contain_text("等待答复")
    expect(asked).to_contain_text("模拟")
    panel.locator("summary").click()
    expect(panel.locator("[data-code=wind]")).to_contain_text("无人机 一号")

    # At some hours a bystander is worth asking, at others the owner of a device, who is there when his house is open: one is always.
    by_voice = panel.locator("[data-bringer=bystander], [data-bringer=owner]")
    by_voice.locator("button").first.click()
    coming = by_voice.and_(panel.locator("[data-status=accepted]"))
    expect(coming).to_have_count(1, timeout=20_000)

    plan = service.get(f"/incidents/{arrest['incident_id']}/arrest-plan")
    run_id = next(row["run_id"] for row in plan["bringers"] if row["bringer"] == "responder")
    service.post(f"/aed-runs/{run_id}/status", {"status": "accepted"})
    expect(asked).to_have_attribute("data-status", "accepted", timeout=20_000)

    coming.get_by_text("已拿到", exact=True).click()
    at_hand = by_voice.and_(panel.locator("[data-status=has_device]"))
    expect(at_hand).to_have_count(1, timeout=20_000)
    at_hand.get_by_text("已到患者身边", exact=True).click()
    expect(panel.locator(".headline")).to_contain_text("除颤器已在患者身边", timeout=20_000)
    expect(asked).to_have_count(0)


def test_it_speaks_english_too(open_page: OpenPage, service: Any, arrest: Any) -> None:
    page = open_page(service.url + "/?map=canvas", language="en")
    page.locator(f"[data-incident='{arrest['incident_id']}']").click(timeout=20_000)
    expect(page.locator(".arrest .headline")).to_contain_text("crews alone", timeout=20_000)
