"""The page as a whole: both languages, both themes, three sizes, both maps, and nobody asked but the service."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
LAST_UNIT_IS_IN_SIGHT = """() => {
  const [board, last] = [document.getElementById("board"), [...document.querySelectorAll("#board .unit")].at(-1)];
  const [within, of] = [board.getBoundingClientRect(), last.getBoundingClientRect()];
  return of.top >= within.top && of.bottom <= within.bottom && of.right <= within.right;
}"""
OpenPage = Callable[..., Page]
Until = Callable[..., Any]
CHINESE = re.compile("[\u4e00-\u9fff]")
CALL_SIGN = re.compile(r"救\d+")  # alarms name units


def test_the_language_switch_changes_every_text_and_is_remembered(service: Any, open_page: OpenPage) -> None:
    page = open_page(service.url + "/?map=canvas")
    expect(page.locator("h1")).to_contain_text("深圳 120 调度台", timeout=20_000)
    assert page.evaluate("() => document.documentElement.lang") == "zh-CN"

    page.locator("#language").click()
    expect(page.locator("h1")).to_contain_text("Shenzhen 120 Dispatch")
    page.keyboard.press("n")
    expect(page.locator("#intake")).to_be_visible()
    assert page.evaluate("() => [document.documentElement.lang, document.title]") == ["en", "Shenzhen 120 Dispatch"]
    # Names of units and the switch itself stay Chinese; nothing else may.
    words = page.evaluate(
        """() => {
          const copy = document.body.cloneNode(true);
          for (const own of copy.querySelectorAll("#language, #board .unit, .queue .what, script, noscript")) own.remove();
          return copy.textContent;
        }"""
    )
    assert CHINESE.findall(CALL_SIGN.sub("", words)) == []

    page.reload()
    expect(page.locator("h1")).to_contain_text("Shenzhen 120 Dispatch", timeout=20_000)


def test_what_is_not_real_is_marked_where_nobody_overlooks_it(service: Any, open_page: OpenPage) -> None:
    page = open_page(service.url + "/?map=canvas")
    marks = page.locator(".honesty")
    expect(marks).to_contain_text("开发模式 · 用户 dev", timeout=20_000)
    expect(marks).to_contain_text("车队与 AED 为模拟数据")
    # Simulated callers can be asked for only where simulated crews answer them.
    expect(page.locator("#demo-rate")).to_have_count(0)


@pytest.mark.parametrize("view", ["wall", "map", "overview"])
def test_other_views_mark_it_too(service: Any, open_page: OpenPage, view: str) -> None:
    page = open_page(f"{service.url}/?map=canvas&view={view}")
    expect(page.locator(".honesty")).to_contain_text("车队与 AED 为模拟数据", timeout=20_000)
    expect(page.locator(".honesty")).to_contain_text("开发模式")


def test_nothing_sticks_out_sideways_at_any_size_in_either_language(
    service: Any, open_page: OpenPage, until: Until
) -> None:
    service.post("/calls", {"complaint": "stroke", "address_text": "福田区", "location": _point()})
    service.post("/hospitals/H031/transfers", {"to_hospital_id": "H006", "reason": "大血管闭塞,需取栓"})
    page = open_page(service.url + "/?map=canvas")
    page.locator(".row").first.click(timeout=20_000)
    until(page, "() => document.querySelector('[data-rank], [data-assignment]')")
    expect(page.locator("#count-transfers")).to_be_visible(timeout=20_000)
    for _ in ("zh", "en"):
        for width, height in [(1920, 1080), (1366, 768), (390, 844)]:
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
            overflowing = page.evaluate(
                """() => [...document.querySelectorAll(".pane, .top, .card")]
                  .filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) => box.className)"""
            )
            assert overflowing == [], width
            sounds = page.locator("details:has(.sounds-menu)")
            sounds.locator("summary").click()
            box = sounds.locator(".sounds-menu").bounding_box()
            assert box is not None
            assert 0 <= box["x"] <= box["x"] + box["width"] <= width
            sounds.locator("summary").click()
        page.locator("#language").click()


@pytest.mark.parametrize("query", ["", "?map=canvas"])
def test_either_map_draws_the_city_and_takes_a_click_as_the_place(
    service: Any, open_page: OpenPage, until: Until, query: str
) -> None:
    page = open_page(f"{service.url}/{query}", width=1366, height=768)
    expect(page.locator(".ground canvas")).to_be_visible(timeout=30_000)
    expect(page.locator("#board .unit").first).to_be_visible(timeout=20_000)
    # Marks are painted on the canvas above the ground: some of its pixels are no longer transparent.
    until(
        page,
        """() => {
          const canvas = document.querySelector("#map > canvas");
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return data.some((value, index) => index % 4 === 3 && value > 0);
        }""",
    )
    page.keyboard.press("n")
    box = page.locator("#map").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#lat")).to_have_value(re.compile(r"^22\.\d{6}$"))
    expect(page.locator("#lon")).to_have_value(re.compile(r"^11[34]\.\d{6}$"))


@pytest.mark.parametrize("size", [(1920, 1080), (1366, 768), (390, 844)], ids=["1080p", "laptop", "phone"])
def test_the_board_holds_every_unit_and_draws_those_in_sight(
    service: Any, open_page: OpenPage, size: tuple[int, int]
) -> None:
    width, height = size
    page = open_page(f"{service.url}/?map=canvas", width=width, height=height)
    chips = page.locator("#board .unit")
    expect(chips.first).to_be_visible(timeout=20_000)
    seen, n_units = set[str](), len(service.get("/units")["items"])
    for _ in range(60):
        drawn = chips.evaluate_all("all => all.map((one) => one.dataset.unit)")
        assert len(drawn) < n_units / 2
        seen.update(drawn)
        is_at_end = page.evaluate("""() => {
          const board = document.getElementById("board");
          const last = board.scrollTop;
          board.scrollBy(0, board.clientHeight);
          return board.scrollTop === last;
        }""")
        if is_at_end:
            break
        page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))")
    assert len(seen) == n_units
    assert page.evaluate(LAST_UNIT_IS_IN_SIGHT), "with the scroll bar at its end the last row is whole"
    wanted = sorted(seen)[n_units // 2]
    page.locator("#find-unit").fill(wanted)
    expect(chips).to_have_count(1)
    expect(chips).to_have_attribute("data-unit", wanted)
    assert page.evaluate(LAST_UNIT_IS_IN_SIGHT), "what is left when the board is narrowed down is back in sight"


def test_light_and_dark_are_one_press_apart_and_remembered(service: Any, open_page: OpenPage) -> None:
    page = open_page(service.url + "/?map=canvas")
    page.get_by_role("button", name="浅色").click(timeout=20_000)
    assert page.evaluate("() => document.documentElement.dataset.theme") == "light"
    page.reload()
    expect(page.get_by_role("button", name="深色")).to_be_visible(timeout=20_000)


def _point() -> dict[str, Any]:
    return {"lat": 22.5431, "lon": 114.0579, "datum": "wgs84"}
