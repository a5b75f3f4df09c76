"""A warning of premises from the crew that was bitten to the next one that is sent there."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]
Violations = Callable[[Page], list[str]]
YARD = {"lat": 22.5561, "lon": 114.1301, "datum": "wgs84", "accuracy_m": 15}
ADDRESS = "罗湖区翠竹路 1058 号"


def call(service: Any, **more: Any) -> Any:
    return service.post("/calls", {"complaint": "trauma_fall", "location": YARD, "address_text": ADDRESS, **more})


def test_what_one_crew_met_is_told_at_the_next_call_and_to_the_next_crew(
    service: Any, open_page: OpenPage, violations: Violations
) -> None:
    first = call(service)["incident"]
    desk = open_page(service.url + "/?map=canvas")
    desk.locator(f"[data-incident='{first['incident_id']}']").click(timeout=20_000)
    desk.locator(".warn-form summary").click()
    desk.get_by_label("类别", exact=True).select_option("dog")
    desk.get_by_label("须知道的事").fill("院内大型犬")
    desk.get_by_label("依据").fill("车组被咬")
    desk.get_by_role("button", name="录入", exact=True).click()
    expect(desk.locator(".detail .premises")).to_contain_text("院内大型犬", timeout=20_000)
    assert violations(desk) == []

    desk.keyboard.press("Escape")
    desk.keyboard.press("n")
    desk.locator("#address").fill(ADDRESS + "302 室")
    expect(desk.locator(".intake .premises")).to_contain_text("有犬", timeout=20_000)
    assert violations(desk) == []

    taken = call(service)
    incident_id, unit_id = taken["incident"]["incident_id"], taken["recommendation"]["units"][0]["unit_id"]
    service.post(f"/incidents/{incident_id}/assignments", {"unit_id": unit_id})
    crew = open_page(service.url + "/crew", width=390, height=844, language="en")
    crew.locator("#crew-unit").fill(unit_id, timeout=20_000)
    expect(crew.locator(".thumb")).to_be_enabled(timeout=20_000)
    crew.locator(".thumb").click()
    expect(crew.locator(".order .premises")).to_contain_text("院内大型犬", timeout=20_000)
    assert violations(crew) == []


def test_a_supervisor_finds_that_it_still_holds_or_ends_it(service: Any, open_page: OpenPage) -> None:
    taken = call(service, address_text="南山区海德三道 199 号", location={**YARD, "lat": 22.52, "lon": 113.93})
    said = {"kind": "access", "text": "门禁 1234#", "reason": "物业告知", "expires_at": "2099-01-01T00:00:00+08:00"}
    incident_id = taken["incident"]["incident_id"]
    assert service.http.post("/premises", json=said | {"incident_id": incident_id}).status_code == 422
    overview = open_page(service.url + "/?view=overview", language="en")
    desk = open_page(service.url + "/?map=canvas", language="en")
    desk.locator(f"[data-incident='{incident_id}']").click(timeout=20_000)
    desk.locator(".warn-form summary").click()
    desk.get_by_label("What they must know").fill("1234#")
    desk.get_by_label("How it is known").fill("told by the porter")
    desk.get_by_role("button", name="Enter", exact=True).click()
    expect(desk.locator(".detail .premises")).to_contain_text("1234#", timeout=20_000)
    overview.reload()
    row = overview.locator("[data-premises]").filter(has_text="1234#")
    row.get_by_label("How it was found").fill("porter again", timeout=20_000)
    row.get_by_role("button", name="Holds on").click()
    expect(row).to_contain_text("looked at by dev", timeout=20_000)
    row.get_by_label("How it was found").fill("new code")
    row.get_by_role("button", name="End the warning").click()
    expect(row).to_have_count(0, timeout=20_000)
    expect(desk.locator(".detail .premises")).to_have_count(0, timeout=20_000)
