"""No page breaks a rule of WCAG 2.2 A or AA that a program can find, in either language and either theme.

Contrast hangs on the theme and not on the language, names and languages on the words and not on the theme: so each page is looked at
twice, in Chinese and dark, in English and light. The form to sign in has its own test (`test_sign_in.py`).
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]
Violations = Callable[[Page], list[str]]

DESK, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
LOOKS = pytest.mark.parametrize(("language", "theme"), [("zh", "dark"), ("en", "light")], ids=["zh-dark", "en-light"])
ARREST = {"complaint": "cardiac_arrest", "location": {"lat": 22.5241, "lon": 113.9365, "datum": "wgs84"}}
FALL = {"complaint": "trauma_fall", "location": {"lat": 22.556, "lon": 114.13, "datum": "wgs84"}}


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory, running: Callable[..., Any]) -> Iterator[Any]:
    """A room in trouble: an arrest that nobody has answered, a crew on its way that asks for help."""
    with pytest.MonkeyPatch.context() as settings:
        settings.setenv("DISPATCH_ESCALATE_AFTER_S", "[1]")
        with running(Path(tmp_path_factory.mktemp("busy"))) as service:
            service.post("/calls", ARREST)
            taken = service.post("/calls", FALL)
            incident_id, unit_id = taken["incident"]["incident_id"], taken["recommendation"]["units"][0]["unit_id"]
            hospital_id = taken["recommendation"]["hospital"]["hospital_id"]
            order = {"unit_id": unit_id, "hospital_id": hospital_id}
            service.post(f"/incidents/{incident_id}/assignments", order)
            (assignment,) = service.get(f"/incidents/{incident_id}")["assignments"]
            service.post(f"/assignments/{assignment['assignment_id']}/status", {"status": "en_route"})
            service.post(f"/units/{unit_id}/distress", {})
            service.unit_id = unit_id
            yield service


@LOOKS
def test_the_console(busy: Any, open_page: OpenPage, violations: Violations, language: str, theme: str) -> None:
    page = open_page(f"{busy.url}/?map=canvas", language=language, theme=theme, **DESK)
    expect(page.locator(".alarm-row.l1")).to_have_count(2, timeout=30_000)
    page.locator(".row.waiting").first.click()
    expect(page.locator("[data-rank='1']")).to_be_visible(timeout=20_000)
    page.keyboard.press("w")
    page.keyboard.press("q")
    page.locator(".sounds summary").click()
    assert violations(page) == []

    page.locator(".row:not(.waiting)").first.click()
    expect(page.locator("[data-assignment]")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("s")
    expect(page.locator(".options")).to_be_visible()
    assert violations(page) == []

    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.locator("[data-complaint='stroke']").click()
    assert violations(page) == []


@LOOKS
@pytest.mark.parametrize("view", ["wall", "map", "overview", "card"])
def test_the_other_views(
    busy: Any, open_page: OpenPage, violations: Violations, view: str, language: str, theme: str
) -> None:
    page = open_page(f"{busy.url}/?map=canvas&view={view}", language=language, theme=theme, **DESK)
    expect(page.locator("main")).to_be_visible(timeout=30_000)
    if view == "overview":
        expect(page.locator("#intervals")).to_be_visible(timeout=20_000)
    assert violations(page) == []


@LOOKS
def test_the_console_on_a_phone(
    busy: Any, open_page: OpenPage, violations: Violations, language: str, theme: str
) -> None:
    page = open_page(f"{busy.url}/?map=canvas", language=language, theme=theme, **PHONE)
    page.locator(".row.waiting").first.click(timeout=30_000)
    expect(page.locator("[data-rank='1']")).to_be_visible(timeout=20_000)
    assert violations(page) == []


@LOOKS
def test_the_crew_terminal(busy: Any, open_page: OpenPage, violations: Violations, language: str, theme: str) -> None:
    page = open_page(f"{busy.url}/crew", language=language, theme=theme, **PHONE)
    expect(page.locator("#crew-unit")).to_be_visible(timeout=30_000)
    assert violations(page) == []
    page.locator("#crew-unit").fill(busy.unit_id)
    page.locator("#crew-names").fill("张医生")
    page.locator(".thumb").click(timeout=20_000)
    expect(page.locator(".sketch")).to_be_visible(timeout=20_000)
    assert violations(page) == []


@LOOKS
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_hospital_s_page(
    busy: Any, open_page: OpenPage, violations: Violations, size: dict[str, int], language: str, theme: str
) -> None:
    page = open_page(f"{busy.url}/hospital", language=language, theme=theme, **size)
    expect(page.locator("main")).to_be_visible(timeout=30_000)
    assert violations(page) == []


@LOOKS
def test_the_bystander_page(busy: Any, open_page: OpenPage, violations: Violations, language: str, theme: str) -> None:
    page = open_page(
        f"{busy.url}/aed",
        language=language,
        theme=theme,
        geolocation={"latitude": 22.5431, "longitude": 114.0579},
        permissions=["geolocation"],
        **PHONE,
    )
    expect(page.locator("[data-aed]").first).to_be_visible(timeout=30_000)
    assert violations(page) == []
