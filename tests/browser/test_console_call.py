"""One call at the console: taken down, recommended, accepted by one key, followed on the board, and ended."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.advice import choose

pytestmark = pytest.mark.browser
# The plain map is the quicker one to draw; the first test uses the other.
PLAIN_MAP = "/?map=canvas"
OpenPage = Callable[..., Page]


def take_call(page: Page, *, complaint: str, address: str, lat: str = "22.5431", lon: str = "114.0579") -> str:
    """Types a call into the intake form; returns the id of the incident that is then selected."""
    page.keyboard.press("n")
    page.locator("#complaint").fill(complaint)
    page.keyboard.press("Enter")
    page.locator("#address").fill(address)
    page.locator("#lat").fill(lat)
    page.locator("#lon").fill(lon)
    page.keyboard.press("Enter")
    expect(page.locator("[data-rank='1']")).to_be_visible(timeout=20_000)
    row = page.locator(".row.selected")
    expect(row).to_contain_text(address)
    return str(row.get_attribute("data-incident"))


def test_a_call_is_taken_accepted_by_one_key_and_stands_on_the_board(service: Any, open_page: OpenPage) -> None:
    page = open_page(service.url)
    expect(page.locator("#link")).to_have_attribute("data-phase", "live", timeout=20_000)

    incident_id = take_call(page, complaint="卒中", address="福田区福华路 100 号")
    card = page.locator("[data-rank='1']")
    # The recommendation shows what it rests on: reasons, the doubt of an estimate, and how the hospital came to be designated.
    expect(card.locator(".reasons li").first).to_be_visible()
    expect(card.locator(".grade-estimate")).to_have_text("估算")
    expect(page.locator(".card.hospital .chip[class*='grade-']")).to_have_text(re.compile("官方公布|登记名录|推断"))
    hospital_id = page.locator(".card.hospital").get_attribute("data-hospital")

    assigned = page.locator("[data-assignment]")
    unit_id = choose(page, assigned)

    expect(assigned).to_have_attribute("data-unit", unit_id)
    expect(assigned).to_have_attribute("data-status", "offered", timeout=20_000)
    on_board = page.locator(f"#board [data-unit='{unit_id}']")
    expect(on_board).to_have_attribute("data-look", "dispatched")
    expect(on_board).to_contain_text("DS")
    # What the screen says is what the journal has.
    (kept,) = service.get(f"/incidents/{incident_id}")["assignments"]
    assert (kept["unit_id"], kept["hospital_id"]) == (unit_id, hospital_id)


def test_a_crew_is_followed_step_by_step_until_the_incident_is_closed(service: Any, open_page: OpenPage) -> None:
    page = open_page(service.url + PLAIN_MAP, width=1366, height=768)
    take_call(page, complaint="腹痛", address="福田区莲花路 2 号")
    card = page.locator("[data-assignment]")
    unit_id = choose(page, card)
    # An idle unit stands far down among all the others: the board is narrowed down to this one.
    page.locator("#find-unit").fill(unit_id)
    on_board = page.locator(f"#board [data-unit='{unit_id}']")
    for status, look in [("en_route", "en_route"), ("on_scene", "on_scene"), ("available", "standby")]:
        card.locator(f"button[data-status='{status}']").click()
        expect(on_board).to_have_attribute("data-look", look, timeout=20_000)

    page.locator("#ask-close").click()
    page.keyboard.press("Enter")
    expect(page.locator(".elapsed")).to_contain_text("已结束", timeout=20_000)


def test_another_unit_than_the_first_needs_a_reason_in_place(service: Any, open_page: OpenPage) -> None:
    page = open_page(service.url + PLAIN_MAP, width=1366, height=768)
    incident_id = take_call(page, complaint="跌倒", address="南山区海德三道 9 号", lat="22.5241", lon="113.9365")
    second = page.locator("[data-rank='2']")
    unit_id = second.get_attribute("data-unit")

    page.keyboard.press("2")
    reason = page.locator(".reason-form .reason")
    expect(reason).to_be_focused()
    page.keyboard.press("Enter")  # nothing is sent without a reason
    reason.fill("该车组正在隔壁小区")
    page.keyboard.press("Enter")

    expect(page.locator(f"[data-assignment][data-unit='{unit_id}']")).to_contain_text(
        "该车组正在隔壁小区", timeout=20_000
    )
    (kept,) = service.get(f"/incidents/{incident_id}")["assignments"]
    assert kept["unit_id"] == unit_id


def test_a_refusal_is_told_beside_the_key_that_caused_it(service: Any, open_page: OpenPage) -> None:
    page = open_page(service.url + PLAIN_MAP, width=1366, height=768)
    incident_id = take_call(page, complaint="发热", address="龙华区人民路 4 号", lat="22.655", lon="114.025")
    # Someone else changes the incident between the look and the press: the console must not overwrite it unseen.
    page.route(
        "**/assignments",
        lambda route: route.continue_(post_data={**route.request.post_data_json, "expected_version": 0}),
    )
    refused = page.locator(".advice [data-outcome='refused']")
    choose(page, refused)
    expect(refused).to_contain_text("version_conflict", timeout=20_000)
    expect(refused).to_contain_text("未执行")
    assert service.get(f"/incidents/{incident_id}")["assignments"] == []


def test_who_was_left_out_and_why_is_one_key_away(service: Any, open_page: OpenPage) -> None:
    page = open_page(service.url + PLAIN_MAP, width=1366, height=768)
    take_call(page, complaint="stroke", address="罗湖区翠竹路 8 号", lat="22.556", lon="114.13")
    page.keyboard.press("w")
    why = page.locator("#why")
    expect(why).to_contain_text("不在卒中地图")
    page.keyboard.press("w")
    expect(why.locator(".rule").first).not_to_be_visible()


def test_a_recommendation_that_is_out_of_sight_cannot_be_accepted(service: Any, open_page: OpenPage) -> None:
    page = open_page(service.url + PLAIN_MAP, width=1366, height=768)
    incident_id = take_call(page, complaint="腰背", address="盐田区深盐路 3 号", lat="22.56", lon="114.24")
    page.keyboard.press("n")
    expect(page.locator("#intake")).to_be_visible()
    page.evaluate("() => document.activeElement.blur()")
    page.keyboard.press("1")
    page.keyboard.press("Escape")
    expect(page.locator("[data-accept='1']")).to_be_enabled()
    assert service.get(f"/incidents/{incident_id}")["assignments"] == []


def test_every_pane_is_reached_by_its_key_and_typing_is_left_alone(service: Any, open_page: OpenPage) -> None:
    page = open_page(service.url + PLAIN_MAP, width=1366, height=768)
    expect(page.locator("#board .unit").first).to_be_visible(timeout=20_000)
    for key, place in [("F2", "queue"), ("F3", "board"), ("F4", "detail"), ("/", "command")]:
        page.keyboard.press(key)
        expect(page.locator(f"#{place}")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("\\")
    expect(page.locator("#find-unit")).to_be_focused()
    # In a text field "n" and "1" are letters, and Escape gives the hands back to the queue.
    page.keyboard.type("n1")
    expect(page.locator("#find-unit")).to_have_value("n1")
    expect(page.locator("#intake")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator("#queue")).to_be_focused()


def test_keys_of_an_input_method_are_not_taken_for_commands(service: Any, open_page: OpenPage) -> None:
    page = open_page(service.url + PLAIN_MAP, width=1366, height=768)
    expect(page.locator("#link")).to_have_attribute("data-phase", "live", timeout=20_000)
    press = "(init) => document.body.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, ...init }))"
    page.evaluate(press, {"code": "KeyN", "key": "n", "isComposing": True})
    expect(page.locator("#intake")).to_have_count(0)
    # A Chinese layout turns the key "/" into "、"; the place of the key counts.
    page.evaluate(press, {"code": "Slash", "key": "、"})
    expect(page.locator("#command")).to_be_focused()


def test_the_arrow_keys_walk_down_the_queue(service: Any, open_page: OpenPage) -> None:
    for district, lon in [("福田区", 114.05), ("罗湖区", 114.13)]:
        location = {"lat": 22.55, "lon": lon, "datum": "wgs84"}
        service.post("/calls", {"complaint": "headache", "address_text": district, "location": location})
    page = open_page(service.url + PLAIN_MAP, width=1366, height=768)
    rows = page.locator(".row")
    expect(rows.nth(1)).to_be_visible(timeout=20_000)
    page.keyboard.press("ArrowDown")
    expect(rows.nth(0)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_have_attribute("aria-selected", "true")
    expect(rows.nth(0)).to_have_attribute("aria-selected", "false")


def test_what_a_scale_says_and_the_ways_that_follow_are_shown(service: Any, open_page: OpenPage) -> None:
    page = open_page(service.url + PLAIN_MAP, width=1366, height=768)
    expect(page.locator("#link")).to_have_attribute("data-phase", "live", timeout=20_000)
    incident_id = take_call(page, complaint="卒中", address="福田区福华路 3 号")
    now = datetime.now(UTC)
    observed = {"observed_at": now.isoformat(), "observer": "U087"}
    onset = {"at": (now - timedelta(minutes=40)).isoformat(), "certainty": "exact"}
    findings = [
        {"kind": "onset", "value": onset, **observed},
        {"kind": "scale", "value": {"name": "race", "score": 7}, **observed},
    ]
    service.post(f"/incidents/{incident_id}/findings", findings)
    expect(page.locator("#detail .facts")).to_contain_text("RACE 7/9 疑似大血管闭塞", timeout=20_000)
    ways = page.locator(".ways")
    expect(ways).to_be_visible(timeout=20_000)
    ways.locator("summary").click()
    expect(ways).to_contain_text("模型估计")
    expect(ways).to_contain_text("时间自发病算起")
    assert 1 <= ways.locator("li").count() <= 3


def test_a_dropped_call_is_to_be_called_back_until_a_desk_of_any_language_has_reached_somebody(
    service: Any, open_page: OpenPage
) -> None:
    page = open_page(service.url + PLAIN_MAP, width=1366, height=768)
    page.keyboard.press("n")
    page.locator("[data-contact='dropped']").click(timeout=20_000)
    page.locator("#phone").fill("13800002222")
    page.locator("#address").fill("罗湖区翠竹路 3 号")
    page.keyboard.press("Enter")
    due = page.locator(".notice.tell")
    expect(due).to_contain_text("13800002222", timeout=20_000)
    due.get_by_role("button", name="无人接听").click()
    expect(page.locator(".notes")).to_contain_text("无人接听", timeout=20_000)
    expect(due).to_be_visible()
    page.locator("#language").click()
    due.get_by_role("button", name="Reached").click()
    expect(due).to_have_count(0, timeout=20_000)
    page.locator("#language").click()
    expect(page.locator(".notes")).to_contain_text("reached")
    expect(due).to_have_count(0)
