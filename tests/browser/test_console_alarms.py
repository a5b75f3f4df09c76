"""The alarms of a desk: what the service's timers have written down stands in a list, is heard, and is dealt with by F9 and Enter."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]
Until = Callable[..., Any]

ARREST = {"complaint": "cardiac_arrest", "location": {"lat": 22.5431, "lon": 114.0579, "datum": "wgs84"}}
COUNT_TONES = """
  window.tones = [];
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (at) { window.tones.push(this.frequency.value); return start.call(this, at); };
"""
URGENT_TONES, NOTICE_TONES = 5, 1


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory, running: Callable[..., Any]) -> Iterator[Any]:
    """A service that escalates after a second and never again."""
    with pytest.MonkeyPatch.context() as settings:
        settings.setenv("DISPATCH_ESCALATE_AFTER_S", "[1]")
        with running(Path(tmp_path_factory.mktemp("hasty"))) as service:
            yield service


def desk(open_page: OpenPage, url: str) -> Page:
    """A console whose tones are counted; nobody has pressed anything there yet."""
    page = open_page(f"{url}/healthz")
    page.add_init_script(COUNT_TONES)
    page.goto(f"{url}/?map=canvas")
    expect(page.locator("#link")).to_have_attribute("data-phase", "live", timeout=30_000)
    return page


def audible_desk(open_page: OpenPage, url: str) -> Page:
    """The same after a key was pressed, so that the browser gives sound."""
    page = desk(open_page, url)
    page.keyboard.press("w")
    expect(page.locator("[data-sound]")).to_have_attribute("data-sound", "on", timeout=20_000)
    return page


def tones(page: Page) -> int:
    return int(page.evaluate("() => window.tones.length"))


def test_an_incident_without_a_crew_is_heard_found_by_two_keys_and_silent_once_seen(
    hasty: Any, open_page: OpenPage, until: Until
) -> None:
    page = audible_desk(open_page, hasty.url)
    incident_id = hasty.post("/calls", ARREST)["incident"]["incident_id"]
    row = page.locator(f"[data-alarm='escalated {incident_id} 1']")
    expect(row).to_contain_text("尚无车组应答", timeout=20_000)
    until(page, f"() => window.tones.length === {URGENT_TONES}")

    page.keyboard.press("F9")
    page.keyboard.press("Enter")
    expect(page.locator(f"#row-{incident_id}")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("F9")  # back to it
    expect(row.get_by_text("已知悉")).to_have_count(1)
    expect(page.locator(".alarms h2")).to_contain_text("未知悉 0")

    # It stands until the crew that was missing is there.
    unit_id = hasty.get(f"/incidents/{incident_id}/recommendation")["units"][0]["unit_id"]
    hasty.post(f"/incidents/{incident_id}/assignments", {"unit_id": unit_id})
    expect(row).to_have_count(0, timeout=20_000)
    assert tones(page) == URGENT_TONES


def test_who_has_seen_it_at_one_desk_need_not_see_it_at_the_other(hasty: Any, open_page: OpenPage) -> None:
    """Both desks are the development's user's."""
    one, other = desk(open_page, hasty.url), desk(open_page, hasty.url)
    incident_id = hasty.post("/calls", ARREST)["incident"]["incident_id"]
    row = f"[data-alarm='escalated {incident_id} 1']"
    expect(other.locator(row)).to_be_visible(timeout=20_000)
    one.locator(row).locator("[data-see]").click(timeout=20_000)
    expect(other.locator(row).get_by_text("已知悉")).to_have_count(1, timeout=20_000)
    hasty.post(f"/incidents/{incident_id}/cancel", {"reason": "测试完毕"})


def test_sound_waits_for_a_press_says_so_and_can_be_tried_and_muted(
    hasty: Any, open_page: OpenPage, until: Until
) -> None:
    page = desk(open_page, hasty.url)
    sound = page.locator("[data-sound]")
    expect(sound).to_contain_text("声音未开：按任意键")
    sound.locator("summary").click()
    expect(sound).to_have_attribute("data-sound", "on", timeout=20_000)
    # The press itself changes what stands there, so its release may have been beside it.
    if sound.get_attribute("open") is None:
        sound.locator("summary").click()
    page.locator("[data-hear='3']").click()
    until(page, f"() => window.tones.length === {NOTICE_TONES}")

    page.locator("#mute").click()
    incident_id = hasty.post("/calls", ARREST)["incident"]["incident_id"]
    expect(page.locator(f"[data-alarm='escalated {incident_id} 1']")).to_be_visible(timeout=20_000)
    expect(sound).to_contain_text("已静音")
    assert tones(page) == NOTICE_TONES
    # What was missed while it was muted is heard at once afterwards.
    page.locator("#mute").click()
    until(page, f"() => window.tones.length === {NOTICE_TONES + URGENT_TONES}")
    hasty.post(f"/incidents/{incident_id}/cancel", {"reason": "测试完毕"})


def test_what_was_done_at_this_desk_is_listed_and_not_heard(hasty: Any, open_page: OpenPage) -> None:
    """The page and the request are both the development's user's here."""
    page = audible_desk(open_page, hasty.url)
    hasty.post("/units/U009/distress", {})
    expect(page.locator("[data-alarm='distress U009']")).to_be_visible(timeout=20_000)
    assert tones(page) == 0
    hasty.post("/units/U009/distress/end", {"reason": "电台确认平安"})
    expect(page.locator("[data-alarm='distress U009']")).to_have_count(0, timeout=20_000)
