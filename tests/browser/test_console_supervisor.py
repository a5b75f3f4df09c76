"""The supervisor's view: who is at what, what was not the first choice, how times are kept, and by which settings."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]

FUTIAN = {"lat": 22.5431, "lon": 114.0579, "datum": "wgs84"}


def overridden(service: Any) -> tuple[str, str]:
    """An incident whose second choice was sent: (incident, assignment)."""
    taken = service.post("/calls", {"complaint": "abdominal", "address_text": "福田区福中路 1 号", "location": FUTIAN})
    incident_id = taken["incident"]["incident_id"]
    second = taken["recommendation"]["alternatives"][0]["unit_id"]
    order = {"unit_id": second, "override_reason": "首选车组刚加油"}
    service.post(f"/incidents/{incident_id}/assignments", order)
    (assignment,) = service.get(f"/incidents/{incident_id}")["assignments"]
    return incident_id, assignment["assignment_id"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_room_at_a_glance(service: Any, open_page: OpenPage, language: str) -> None:
    incident_id, assignment_id = overridden(service)
    service.http.put("/desks/desk-of-li", json={"incident_id": incident_id, "is_writing": True})
    page = open_page(f"{service.url}/?view=overview", language=language)

    number = service.get(f"/incidents/{incident_id}")["number"]
    expect(page.locator("#desks")).to_contain_text(f"#{number}", timeout=20_000)
    expect(page.locator(f"[data-override='{assignment_id}']")).to_contain_text("首选车组刚加油")
    expect(page.locator("#queue-ages [data-priority]")).to_have_count(4)
    futian = page.locator("#intervals [data-district='440304']")
    expect(futian).to_contain_text("福田区" if language == "zh" else "Futian", timeout=20_000)
    expect(futian.locator("td").first).to_contain_text("达标" if language == "zh" else "kept")

    expect(page.locator("#policy")).to_contain_text("joint")
    # Nobody has changed them, or somebody has and set them back.
    configured = "启动时的设置" if language == "zh" else re.compile("As configured|to what is configured")
    expect(page.locator("#room-rules")).to_contain_text(configured)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_rules_are_changed_after_a_look_at_what_comes_of_it(service: Any, open_page: OpenPage, language: str) -> None:
    """A call waits; once nobody has to confirm green ones, it is sent for. Every desk shows that the rules have changed."""
    taken = service.post("/calls", {"complaint": "abdominal", "priority": "green", "location": FUTIAN})
    incident_id = taken["incident"]["incident_id"]
    desk, page = (
        open_page(service.url, language=language),
        open_page(f"{service.url}/?view=overview", language=language),
    )
    try:
        page.locator("#room-change").click(timeout=20_000)
        expect(page.locator("#room-effect-ask")).to_be_disabled()  # as it is already
        page.locator("[data-levels=auto_assign] input").nth(3).check()
        page.locator("#room-effect-ask").click()
        expect(page.locator("#room-effect")).to_contain_text("自动派出" if language == "zh" else "units by itself")
        assert service.get(f"/incidents/{incident_id}")["assignments"] == []

        reason = page.locator("#room-rules .reason")
        reason.fill("雨夜,绿色来电随到随派")
        reason.press("Enter")
        expect(page.locator("#room-rules")).to_contain_text("雨夜,绿色来电随到随派")
        expect(desk.locator(".chip.room-rules")).to_be_visible()
        assert len(service.get(f"/incidents/{incident_id}")["assignments"]) == 1
    finally:
        standing = service.get("/supervision")["policy"]["order"]
        if standing is not None and not standing["is_configured"]:
            back = {"rules": None, "reason": "试毕", "instead_of": standing["seq"]}
            service.post("/supervision/rules", back)
    expect(desk.locator(".chip.room-rules")).to_have_count(0)
    expect(page.locator("#room-rules")).to_contain_text("试毕")


def test_figures_that_do_not_come_are_not_shown_from_before(service: Any, open_page: OpenPage) -> None:
    page = open_page(f"{service.url}/healthz")
    page.clock.install()
    overridden(service)
    page.goto(f"{service.url}/?view=overview")
    expect(page.locator("#intervals")).to_be_visible(timeout=20_000)
    page.route("**/api/v1/supervision", lambda route: route.abort())
    page.clock.fast_forward(30_000)
    expect(page.locator("#intervals")).to_have_count(0, timeout=20_000)
    intervals = page.locator("section").filter(has_text="本班时效")
    expect(intervals.get_by_text("没有连上服务")).to_be_visible()
