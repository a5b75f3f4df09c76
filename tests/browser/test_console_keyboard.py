"""The room without a mouse: a whole call in a few keys, the command line, undo, duplicates, two desks, and a second screen."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.advice import choose

pytestmark = pytest.mark.browser
PLAIN_MAP = "/?map=canvas"
OpenPage = Callable[..., Page]
MOST_KEYS = 12


class Hands:
    """Presses keys and counts them; typed text is not counted."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.keys = 0

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.keys += 1

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def command(self, line: str) -> None:
        """With the hands on the command line: what it would do is shown before Enter does it."""
        self.type(line)
        expect(self.page.locator("#understood kbd")).to_have_text("Enter")
        self.press("Enter")


@pytest.fixture
def open_room(service: Any, open_page: OpenPage) -> Callable[[], Page]:
    def open_() -> Page:
        page = open_page(service.url + PLAIN_MAP, width=1366, height=768)
        expect(page.locator("#link")).to_have_attribute("data-phase", "live", timeout=20_000)
        return page

    return open_


def test_one_call_from_ring_to_close_in_fewer_than_twelve_keys(service: Any, open_room: Callable[[], Page]) -> None:
    page = open_room()
    hands = Hands(page)
    hands.press("n")
    hands.type("ft")  # 腹痛 by the first letters of its reading
    hands.press("Enter")
    expect(page.locator("#address")).to_be_focused()
    hands.type("福田区莲花街道景田路 77 号")
    hands.press("Enter")
    expect(page.locator("[data-rank='1']")).to_be_visible(timeout=20_000)
    incident_id = str(page.locator(".row.selected").get_attribute("data-incident"))
    assigned = page.locator("[data-assignment]")
    choose(page, assigned, press=hands.press)
    expect(assigned).to_have_attribute("data-status", "offered", timeout=20_000)
    hands.press("/")
    hands.command("到场")
    expect(assigned).to_have_attribute("data-status", "on_scene", timeout=20_000)
    hands.command("可派")
    expect(assigned).to_have_attribute("data-status", "available", timeout=20_000)
    hands.command("结束 现场处置完毕")
    expect(page.locator(".elapsed")).to_contain_text("已结束", timeout=20_000)

    assert hands.keys < MOST_KEYS
    kept = service.get(f"/incidents/{incident_id}")
    assert (kept["state"], kept["closing_reason"]) == ("closed", "现场处置完毕")


def test_a_wrong_command_is_taken_back_and_the_journal_keeps_both(service: Any, open_room: Callable[[], Page]) -> None:
    incident = _called(service, "headache", 22.61, 114.02)
    page = open_room()
    page.locator(f"[data-incident='{incident['incident_id']}']").click()
    hands = Hands(page)
    hands.press("/")
    hands.command("p1 家属补充突然剧烈头痛")
    expect(page.locator(".facts.p1")).to_be_visible(timeout=20_000)
    page.keyboard.press("Escape")
    # The stream may tell of it before its own answer has come, and until then there is nothing to take back.
    expect(page.locator("#undo")).to_contain_text("重新分级", timeout=20_000)
    hands.press("u")
    expect(page.locator("#understood")).to_contain_text("撤销")
    hands.press("Enter")
    expect(page.locator(".facts.p3")).to_be_visible(timeout=20_000)
    timeline = service.get(f"/incidents/{incident['incident_id']}/timeline")["items"]
    assert [event["type"] for event in timeline].count("IncidentRetriaged") == 2


@pytest.mark.parametrize("held", ["command", "day-text", "complaint"])
def test_the_key_after_escape_is_no_letter_however_fast_it_comes(open_room: Callable[[], Page], held: str) -> None:
    page = open_room()
    page.keyboard.press({"command": "/", "day-text": "d", "complaint": "n"}[held])
    expect(page.locator(f"#{held}")).to_be_focused()
    left = page.evaluate("""() => {
      const field = document.activeElement;
      field.dispatchEvent(new KeyboardEvent("keydown", { code: "Escape", bubbles: true }));
      return document.activeElement !== field;
    }""")
    assert left
    expect(page.locator("#queue")).to_be_focused()


def test_an_answer_makes_the_call_more_urgent_before_and_after_it_is_taken(
    service: Any, open_room: Callable[[], Page]
) -> None:
    page = open_room()
    hands = Hands(page)
    hands.press("n")
    hands.type("cc")
    hands.press("Enter")
    page.locator("[data-question='seizing'] [data-reply='yes']").click()
    expect(page.locator("#raised")).to_contain_text("一级")
    page.locator("#address").fill("龙岗区布吉街道 12 号")
    page.keyboard.press("Enter")
    expect(page.locator(".facts.p1")).to_be_visible(timeout=20_000)

    # A unit may already be on its way while the questions go on: a yes now names the complaint better, too.
    hands.press("q")
    page.locator("[data-question='arrest'] [data-reply='yes']").click()
    expect(page.locator(".facts h3")).to_contain_text("心脏骤停", timeout=20_000)
    # Telephone CPR: a beat, the time since the first compression, and when to change.
    page.locator("#coaching").get_by_role("button", name="开始电话指导按压").click()
    expect(page.locator("#coaching [role='timer']")).to_contain_text("后换人", timeout=20_000)


def test_a_duplicate_is_shown_beside_and_joined_by_one_key(service: Any, open_room: Callable[[], Page]) -> None:
    first = _called(service, "trauma_traffic", 22.71, 114.25, "13900001111")
    second = _called(service, "trauma_traffic", 22.7101, 114.2501)
    page = open_room()
    page.locator(f"[data-incident='{second['incident_id']}']").click()
    expect(page.locator(".preview")).to_contain_text("13900001111")
    page.locator("#queue").focus()
    page.keyboard.press("j")
    expect(page.locator(f".row.selected[data-incident='{first['incident_id']}']")).to_be_visible(timeout=20_000)
    assert service.get(f"/incidents/{second['incident_id']}")["joined_into"] == first["incident_id"]


def test_two_desks_at_one_incident_see_each_other_and_neither_overwrites_the_other_unseen(
    service: Any, open_room: Callable[[], Page]
) -> None:
    incident = _called(service, "syncope", 22.58, 113.9)
    one, other = open_room(), open_room()
    for page in (one, other):
        page.locator(f"[data-incident='{incident['incident_id']}']").click()
    expect(one.locator("#also-here")).to_contain_text("也在看此事件", timeout=20_000)
    # The other desk no longer hears of changes; what it then does to the incident it remembers is refused.
    other.route("**/triage", lambda route: route.continue_(post_data=_aged(route.request.post_data_json)))
    hands = Hands(other)
    hands.press("/")
    hands.command("p1 复苏后意识不清")
    expect(other.locator("#understood [data-outcome='refused']")).to_contain_text("version_conflict", timeout=20_000)
    assert service.get(f"/incidents/{incident['incident_id']}")["priority"] == "orange"


def test_the_map_on_a_second_screen_keeps_in_step(service: Any, open_room: Callable[[], Page]) -> None:
    incident = _called(service, "allergy", 22.55, 114.11)
    page = open_room()
    with page.context.expect_page() as opened:
        page.keyboard.press("F8")
    second = opened.value
    expect(second.locator(".ground canvas")).to_be_visible(timeout=20_000)
    expect(second.locator("#queue")).to_have_count(0)
    page.keyboard.press("n")
    expect(second.locator(".map-hint")).to_be_visible(timeout=20_000)
    box = second.locator("#map").bounding_box()
    assert box is not None
    second.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    # The place that was clicked there stands in the form here.
    expect(page.locator("#lat")).not_to_have_value("")
    assert incident["state"] == "open"


def _called(service: Any, complaint: str, lat: float, lon: float, phone: str | None = None) -> Any:
    body = {"complaint": complaint, "location": {"lat": lat, "lon": lon, "datum": "wgs84", "accuracy_m": 20}}
    return service.post("/calls", {**body, **({"caller_phone": phone} if phone else {})})["incident"]


def _aged(body: Any) -> Any:
    return {**body, "expected_version": body["expected_version"] - 1}
