"""The eleven tasks of docs/console.md, done at a desk and on a phone in both languages, each with a picture of what is then seen.

They are written to `build/screenshots/walk`; `DISPATCH_SCREENSHOTS=docs/screenshots` renews the document's.
"""

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.advice import PATIENCE_MS, choose
from tests.browser.test_screenshots import FOLDER, tell_story

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]
MOST_BYTES = 250_000

WORDS = {
    "zh": {
        "abdominal": "ft",
        "seizure": "cc",
        "coach": "开始电话指导按压",
        "landmark": "科苑",
        "onscene": "到场",
        "available": "可派",
        "close": "结束 现场处置完毕",
        "worse": "p1 家属补充突然剧烈头痛",
        "reason": "该车组正在隔壁小区",
        "address": "福田区莲花街道景田路 77 号",
    },
    "en": {
        "abdominal": "abdominal",
        "seizure": "seizure",
        "coach": "Compressions begin",
        "landmark": "Keyuan",
        "onscene": "onscene",
        "available": "available",
        "close": "close care completed",
        "worse": "p1 sudden violent headache",
        "reason": "this crew is just around the corner",
        "address": "77 Jingtian Road, Lianhua, Futian",
    },
}


@dataclass(frozen=True)
class Desk:
    """A page, what is typed there, and where its pictures go."""

    service: Any
    page: Page
    words: dict[str, str]
    suffix: str

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def command(self, line: str) -> None:
        self.press("/")
        self.page.keyboard.type(line)
        expect(self.page.locator("#understood kbd")).to_have_text("Enter")
        self.press("Enter")

    def see(self, what: str) -> Locator:
        """The first of what is named, on the screen and in sight."""
        found = self.page.locator(what).first
        expect(found).to_be_visible(timeout=PATIENCE_MS)
        found.scroll_into_view_if_needed()
        return found

    def choose(self, key: str, told: str) -> None:
        """A choice among the advice."""
        choose(self.page, self.page.locator(told), key)
        self.see(told)

    def take(self, complaint: str, address: str) -> None:
        """A call, by keys."""
        self.press("n")
        self.page.keyboard.type(complaint)
        self.press("Enter")
        self.page.locator("#address").fill(address)
        self.press("Enter")

    def select(self, incident: Any) -> None:
        self.page.locator(f"[data-incident='{incident['incident_id']}']").first.click(timeout=PATIENCE_MS)

    def called(self, complaint: str, lat: float, lon: float, **more: Any) -> Any:
        """A call that another desk has taken."""
        location = {"lat": lat, "lon": lon, "datum": "wgs84", "accuracy_m": 20}
        return self.service.post("/calls", {"complaint": complaint, "location": location, **more})["incident"]

    def keep(self, task: str) -> None:
        folder = FOLDER / "walk"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{task}-{self.suffix}.webp"
        with Image.open(io.BytesIO(self.page.screenshot())) as picture:
            picture.convert("RGB").save(path, quality=70, method=6)
        assert 5_000 < path.stat().st_size < MOST_BYTES


WIDE, PHONE = (1920, 1080), (390, 844)
EACH = [("zh", WIDE), ("zh", PHONE), ("en", WIDE), ("en", PHONE)]
"""All are walked for the document; to see that the way is still there, each language and each size once."""


@pytest.mark.parametrize(("language", "size"), EACH if "DISPATCH_SCREENSHOTS" in os.environ else [EACH[0], EACH[3]])
def test_the_eleven_tasks(own_service: Any, open_page: OpenPage, language: str, size: tuple[int, int]) -> None:
    tell_story(own_service)
    page = open_page(own_service.url + "/?map=canvas", width=size[0], height=size[1], language=language)
    expect(page.locator("#link")).to_have_attribute("data-phase", "live", timeout=PATIENCE_MS)
    desk = Desk(own_service, page, WORDS[language], f"{language}-{size[0]}")
    _one_call(desk)
    _questions(desk)
    _a_place(desk)
    _a_duplicate(desk)
    _a_silent_call(desk)
    _another_unit(desk)
    _a_wrong_press(desk)
    _two_desks(desk)
    _the_link_is_cut(desk)
    _what_needs_somebody(desk)
    page.goto(own_service.url + "/?view=overview")
    desk.see(".overview [data-incident]")
    page.evaluate("() => scrollTo(0, 0)")
    desk.keep("11-shift")


def _one_call(desk: Desk) -> None:
    desk.take(desk.words["abdominal"], desk.words["address"])
    desk.see("[data-rank='1']")
    desk.keep("01-call")
    assigned = desk.page.locator("[data-assignment]")
    choose(desk.page, assigned)
    expect(assigned).to_have_attribute("data-status", "offered", timeout=PATIENCE_MS)
    for step, status in (("onscene", "on_scene"), ("available", "available")):
        desk.command(desk.words[step])
        expect(assigned).to_have_attribute("data-status", status, timeout=PATIENCE_MS)
    desk.command(desk.words["close"])
    desk.see(".elapsed")
    desk.press("Escape")


def _questions(desk: Desk) -> None:
    desk.take(desk.words["seizure"], desk.words["address"])
    desk.see("[data-rank='1']")
    desk.press("q")
    desk.see("[data-question='arrest'] [data-reply='yes']").click()
    desk.page.locator("#coaching").get_by_role("button", name=desk.words["coach"]).click(timeout=PATIENCE_MS)
    expect(desk.see("#coaching [role='timer']")).to_be_visible()
    desk.keep("02-questions")
    # Another look elsewhere, and back: the time has run on.
    incident = desk.page.locator(".row.selected").get_attribute("data-incident")
    desk.page.locator(".row:not(.selected)").first.click()
    desk.page.locator(f".row[data-incident='{incident}']").click()
    desk.see("#coaching [role='timer']")
    desk.press("Escape")


def _a_place(desk: Desk) -> None:
    desk.press("n")
    desk.page.keyboard.type(desk.words["abdominal"])
    desk.press("Enter")
    # At once, as an input method puts it in: letter by letter each would be looked up, and the last answer replaces the list.
    desk.page.keyboard.insert_text(desk.words["landmark"])
    desk.see("#address-0")
    desk.press("ArrowDown")
    desk.keep("03-place")
    desk.press("Enter")
    expect(desk.page.locator("#lat")).not_to_have_value("")
    desk.press("Enter")
    desk.see("[data-rank='1']")


def _a_duplicate(desk: Desk) -> None:
    first = desk.called("trauma_traffic", 22.71, 114.25, caller_phone="13900001111")
    second = desk.called("trauma_traffic", 22.7101, 114.2501)
    desk.select(second)
    desk.see(".preview")
    desk.keep("04-duplicate")
    desk.page.locator("#queue").focus()
    desk.press("j")
    desk.see(f".row.selected[data-incident='{first['incident_id']}']")


def _a_silent_call(desk: Desk) -> None:
    desk.press("n")
    desk.see("[data-contact='silent']").click()
    desk.page.locator("#address").fill(desk.words["address"])
    desk.press("Enter")
    desk.see("[data-rank='1']")
    desk.see(".notice.tell")
    desk.keep("05-silent")


def _another_unit(desk: Desk) -> None:
    desk.select(desk.called("trauma_fall", 22.5241, 113.9365))
    desk.see("[data-rank='2']")
    desk.choose("2", ".reason-form .reason")
    reason = desk.see(".reason-form .reason")
    reason.fill(desk.words["reason"])
    desk.keep("06-another-unit")
    desk.press("Enter")
    desk.see("[data-assignment]")


def _a_wrong_press(desk: Desk) -> None:
    desk.select(desk.called("headache", 22.61, 114.02))
    desk.see("[data-rank='1']")
    desk.command(desk.words["worse"])
    desk.see(".facts.p1")
    desk.press("Escape", "u")
    desk.see("#understood")
    desk.keep("07-undo")
    desk.press("Enter")
    desk.see(".facts.p3")
    desk.press("Escape")


def _two_desks(desk: Desk) -> None:
    incident = desk.called("syncope", 22.58, 113.9)
    desk.service.http.put("/desks/desk-of-li", json={"incident_id": incident["incident_id"], "is_writing": True})
    desk.select(incident)
    desk.see("#also-here")
    desk.keep("08-two-desks")


def _the_link_is_cut(desk: Desk) -> None:
    incident = desk.called("allergy", 22.55, 114.11)
    desk.select(incident)
    desk.see("[data-rank='1']")
    with _away(desk.service):
        desk.see("#stale")
        desk.choose("1", ".advice [data-outcome='unsent']")
        desk.keep("09-link-cut")
    desk.see(".advice [data-outcome='unsent'] button").click()
    desk.see("[data-assignment]")
    expect(desk.page.locator("#stale")).to_have_count(0, timeout=PATIENCE_MS)


@contextmanager
def _away(service: Any) -> Iterator[None]:
    service.kill()
    yield
    service.start()


def _what_needs_somebody(desk: Desk) -> None:
    desk.service.post("/units/U009/distress", {})
    desk.see("[data-alarm='distress U009']")
    desk.press("F9")
    desk.see("[data-alarm='distress U009']")
    desk.keep("10-alarms")
