"""A day of 5,000 incidents at one desk: scrolled to its end by wheel and by keys, and searched, with few rows in the page."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.fakes.long_day import STILL_OPEN, address_of, phone_of, write_long_day

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]
Until = Callable[..., Any]
N = 5_000
MOST_ROWS = 60
"""A 4K screen shows some thirty rows; those beyond its edges come on top."""


@pytest.fixture(scope="module")
def long_day(tmp_path_factory: pytest.TempPathFactory, running: Callable[..., Any]) -> Iterator[Any]:
    """A service that comes up on a journal of such a day."""
    data_dir = Path(tmp_path_factory.mktemp("long-day"))
    write_long_day(data_dir / "journal.sqlite3", N)
    with running(data_dir) as service:
        yield service


@pytest.fixture
def day(long_day: Any, open_page: OpenPage) -> Page:
    """A desk at which D was pressed."""
    page = open_page(long_day.url + "/?map=canvas")
    expect(page.locator("#link")).to_have_attribute("data-phase", "live", timeout=30_000)
    page.keyboard.press("d")
    expect(page.locator(f"[data-day='{N}']")).to_be_visible(timeout=60_000)
    return page


def shown(page: Page) -> list[int]:
    """The numbers in the page, from the top; all of them have come."""
    numbers: list[int] = page.evaluate(
        "() => [...document.querySelectorAll('[data-day]')].map((row) => +row.dataset.day)"
    )
    return numbers


def has_right_rows(page: Page) -> bool:
    """Few, without a gap, the newest first, and each with what belongs to it."""
    numbers = shown(page)
    assert 0 < len(numbers) <= page.locator("#day [role='option']").count() <= MOST_ROWS
    if numbers != list(range(numbers[0], numbers[0] - len(numbers), -1)):
        return False
    lowest = page.locator(f"[data-day='{numbers[-1]}']")
    return f"#{numbers[-1]} · {address_of(numbers[-1])}" in (lowest.text_content() or "")


def test_it_is_scrolled_to_its_beginning_by_wheel_with_few_rows_in_the_page(day: Page) -> None:
    box = day.locator("#day").bounding_box()
    assert box is not None
    day.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    oldest = day.locator("[data-day='1']")
    for _ in range(400):
        day.mouse.wheel(0, 2_000)
        assert day.locator("#day [role='option']").count() <= MOST_ROWS
        if oldest.is_visible():
            break
    expect(oldest).to_be_visible()
    assert has_right_rows(day)
    assert shown(day)[-1] == 1


def test_it_is_walked_by_keys_and_an_old_one_is_read_from_the_journal(day: Page) -> None:
    day.keyboard.press("ArrowDown")
    expect(day.locator("#day")).to_be_focused()
    day.keyboard.press("PageDown")
    day.keyboard.press("PageDown")
    expect(day.locator(f"[data-day='{N}']")).not_to_be_in_viewport()
    day.keyboard.press("End")
    expect(day.locator("[data-day='1']")).to_be_visible()
    walked_to = day.locator(f"#{day.locator('#day').get_attribute('aria-activedescendant')}")
    expect(walked_to).to_have_attribute("data-day", "1")
    assert has_right_rows(day)
    # It left the world of the service thousands of incidents ago.
    day.keyboard.press("Enter")
    expect(day.locator("#detail")).to_contain_text(address_of(1))
    expect(day.locator("#detail .elapsed")).to_contain_text("已结束")
    expect(day.locator("#detail .timeline li")).to_have_count(8)
    day.keyboard.press("Home")
    expect(day.locator(f"[data-day='{N}']")).to_be_visible()
    assert has_right_rows(day)


@pytest.mark.parametrize(
    ("typed", "number"),
    [("#2345", 2345), (address_of(1234), 1234), (phone_of(777), 777)],
    ids=["number", "address", "phone"],
)
def test_one_is_found_by_what_somebody_remembers(day: Page, typed: str, number: int) -> None:
    day.keyboard.type(typed)
    expect(day.locator("#day [role='option']")).to_have_count(1)
    expect(day.locator("[data-day]")).to_have_attribute("data-day", str(number))
    # The number of the caller is looked for and not listed.
    assert phone_of(number) not in (day.locator("#day").text_content() or "")


def test_it_is_narrowed_and_a_new_call_comes_on_top(day: Page, long_day: Any) -> None:
    day.locator("#day-state").select_option("open")
    expect(day.locator(".day .pane-head")).to_contain_text(str(STILL_OPEN))
    day.locator("#day-priority").select_option("red")
    expect(day.locator(".day .pane-head")).to_contain_text(str(STILL_OPEN // 4))
    day.locator("#day-state").select_option("")
    day.locator("#day-priority").select_option("")
    expect(day.locator(f"[data-day='{N}']")).to_be_visible()

    call = {
        "complaint": "headache",
        "address_text": "刚来的",
        "location": {"lat": 22.6, "lon": 114.0, "datum": "wgs84"},
    }
    incident = long_day.post("/calls", call)["incident"]
    newest = day.locator(f"[data-day='{incident['number']}']")
    expect(newest).to_contain_text("刚来的", timeout=20_000)
    long_day.post(f"/incidents/{incident['incident_id']}/cancel", {"reason": "误报"})
    expect(newest).to_contain_text("已取消", timeout=20_000)
    # Back at the queue by the key that always leads there.
    day.keyboard.press("F2")
    expect(day.locator("#day")).to_have_count(0)
    expect(day.locator("#queue")).to_be_focused()
