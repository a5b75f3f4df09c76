"""The console says within three seconds that it no longer knows, for how long already, and catches up afterwards."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]
STALE_WITHIN_MS = 3_000
POINT = {"lat": 22.5431, "lon": 114.0579, "datum": "wgs84"}


def test_a_dead_service_shows_and_what_is_pressed_meanwhile_is_neither_lost_nor_done_twice(
    own_service: Any, open_page: OpenPage
) -> None:
    incident_id = own_service.post("/calls", {"complaint": "syncope", "location": POINT})["incident"]["incident_id"]
    page = open_page(own_service.url + "/?map=canvas", width=1366, height=768)
    page.locator(f"[data-incident='{incident_id}']").click(timeout=20_000)
    expect(page.locator("[data-rank='1']")).to_be_visible(timeout=20_000)
    banner = page.locator("#stale")
    expect(banner).to_have_count(0)

    own_service.kill()
    expect(banner).to_be_visible(timeout=STALE_WITHIN_MS)
    expect(banner).to_contain_text("秒前")
    expect(page.locator("#link")).to_have_attribute("data-phase", "down")
    page.keyboard.press("1")
    unsent = page.locator(".advice [data-outcome='unsent']")
    expect(unsent).to_contain_text("没有收到服务答复")

    own_service.start()
    own_service.post("/calls", {"complaint": "seizure", "address_text": "龙华区", "location": POINT})
    unsent.get_by_role("button", name="重发").click()
    expect(page.locator("[data-assignment]")).to_be_visible(timeout=20_000)
    # What happened while nobody listened is there too, and the banner is gone.
    expect(page.locator("#queue")).to_contain_text("抽搐", timeout=20_000)
    expect(banner).to_have_count(0)
    assert len(own_service.get(f"/incidents/{incident_id}")["assignments"]) == 1
