"""The trainer's desk, and a console beside it: the drill goes, stands and ends for both."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Service, free_port
from tests.browser.test_screenshots import _keep as keep

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]
Violations = Callable[[Page], list[str]]
SIZES = pytest.mark.parametrize(
    ("language", "theme", "width", "height"),
    [("zh", "dark", 1920, 1080), ("en", "light", 390, 844)],
    ids=["zh-dark-desk", "en-light-phone"],
)


class DrillService(Service):
    """`dispatch drill serve --empty --dev` as a process of its own, with few units."""

    def __init__(self, data_dir: Path) -> None:
        port = free_port()
        super().__init__(data_dir, port)
        self._command = [
            *(
                str(Path(sys.executable).parent / "dispatch"),
                "drill",
                "serve",
                "--empty",
                "--dev",
                "--fleet-size",
                "20",
            ),
            *("--port", str(port), "--data-dir", str(data_dir)),
        ]


@pytest.fixture
def drill(tmp_path: Path) -> Iterator[Any]:
    service = DrillService(tmp_path)
    try:
        service.start()
        yield service
    finally:
        service.close()


def put_in_a_call(page: Page, address: str) -> None:
    form = page.locator("[data-form=call]")
    form.locator("select").first.select_option("stroke")
    form.locator("input").first.fill(address)
    form.locator("button[type=submit]").click()


@SIZES
def test_a_drill_from_its_start_to_its_report(
    drill: Any, open_page: OpenPage, violations: Violations, language: str, theme: str, width: int, height: int
) -> None:
    """By mouse and keyboard; the console shows the same time, and that it is none of the live city's."""
    look = {"language": language, "theme": theme, "width": width, "height": height}
    page = open_page(f"{drill.url}/?view=trainer", **look)
    console = open_page(f"{drill.url}/?map=canvas", language=language, theme=theme, width=1366, height=768)
    phase, banner = page.locator("#drill-phase"), console.locator("#drill")
    expect(phase).to_have_attribute("data-phase", "ready", timeout=30_000)
    expect(banner).to_contain_text("演练" if language == "zh" else "DRILL", timeout=30_000)

    put_in_a_call(page, "福田区莲花街道")
    expect(page.locator("[data-injection='1']")).to_contain_text("疑似卒中" if language == "zh" else "stroke")
    expect(page.locator("[data-injection='1']")).to_contain_text("已发生 1" if language == "zh" else "done: 1")
    expect(console.locator(".row.waiting")).to_have_count(1)

    page.locator("h1").last.click()
    page.keyboard.press("m")
    expect(phase).to_have_attribute("data-phase", "paused")
    expect(banner).to_have_attribute("data-phase", "paused")
    stood_at = console.locator(".top .clock").text_content() or ""
    page.locator("[data-speed='60']").click()
    page.locator("h1").last.click()
    page.keyboard.press(" ")
    expect(banner).to_have_attribute("data-phase", "running")
    expect(banner.locator(".pace")).to_contain_text("60")
    expect(console.locator(".top .clock")).not_to_have_text(stood_at, timeout=10_000)
    page.locator("#drill-toggle").click()
    expect(banner).to_have_attribute("data-phase", "paused")
    stood_at = console.locator(".top .clock").text_content() or ""
    page.locator("[data-form=breakdown] summary").click()
    page.locator("[data-form=breakdown] button[type=submit]").click()
    expect(page.locator("[data-injection='2']")).to_have_attribute("data-kind", "breakdown")
    page.locator("[data-form=hospital] summary").click()
    ward = open_page(f"{drill.url}/hospital", language=language, theme=theme, width=390, height=844)
    expect(ward.locator("#drill")).to_contain_text("已暂停" if language == "zh" else "paused", timeout=30_000)
    bystander = open_page(f"{drill.url}/aed", language=language, width=390, height=844)
    expect(bystander.locator("#drill")).to_contain_text("演练" if language == "zh" else "DRILL", timeout=30_000)
    assert violations(bystander) == []
    assert violations(ward) == []
    page.locator(".top").scroll_into_view_if_needed()
    keep(page, f"trainer-{language}-{width}.png")
    assert violations(page) == []
    expect(console.locator(".top .clock")).to_have_text(stood_at)  # seconds later, in the room

    page.locator("#drill-end").click()
    page.locator("#drill-end-sure").click()
    expect(phase).to_have_attribute("data-phase", "ended")
    expect(page.locator("#drill-report .figure").first).to_contain_text("1", timeout=60_000)
    assert violations(page) == []
