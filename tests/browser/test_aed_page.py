"""The bystander's page: 120 first, then the nearest AED from where the phone is, or from a place that is chosen by name."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]
PHONE = {"width": 390, "height": 844}
HERE = {"geolocation": {"latitude": 22.5431, "longitude": 114.0579, "accuracy": 18}, "permissions": ["geolocation"]}


def test_the_nearest_aeds_are_shown_from_where_the_phone_is(service: Any, open_page: OpenPage) -> None:
    page = open_page(service.url + "/aed", **PHONE, **HERE)
    call = page.get_by_role("link", name=re.compile("先拨打 120"))
    expect(call).to_have_attribute("href", "tel:120")
    nearest = page.locator("[data-aed]")
    expect(nearest).to_have_count(5, timeout=20_000)
    # What the page shows is what the service answers, in its order.
    answer = service.get("/aeds/nearest?lat=22.5431&lon=114.0579&k=5")
    assert [item.get_attribute("data-aed") for item in nearest.all()] == [f["id"] for f in answer["features"]]
    first = page.locator(".first")
    expect(first.locator(".distance")).to_have_text(re.compile(r"^\d+ m$"))
    expect(first).to_contain_text(re.compile("约 \\d+ 分钟取回"))
    expect(first.locator(".open")).to_have_text(re.compile("现在可取|现在关闭|开放情况不明"))
    # The arrow and the first answer are in sight without scrolling.
    box = first.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < PHONE["height"]
    assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0


def test_nobody_can_take_a_simulated_aed_for_a_real_one(service: Any, open_page: OpenPage) -> None:
    page = open_page(service.url + "/aed", **PHONE, **HERE)
    expect(page.locator(".simulated")).to_contain_text("模拟数据：不是真实的 AED", timeout=20_000)
    expect(page.locator("[data-aed] .mark")).to_have_count(5)


def test_without_a_position_a_landmark_will_do(service: Any, open_page: OpenPage) -> None:
    page = open_page(service.url + "/aed", **PHONE, permissions=[])
    search = page.locator("#landmark")
    expect(search).to_be_visible(timeout=20_000)
    search.fill("会展中心")
    page.locator(".landmarks button").first.click(timeout=20_000)
    expect(page.locator("[data-aed]")).to_have_count(5, timeout=20_000)
    expect(page.locator(".from")).to_contain_text("会展中心")


def test_it_speaks_english_at_one_press(service: Any, open_page: OpenPage) -> None:
    page = open_page(service.url + "/aed", **PHONE, **HERE)
    page.locator("#language").click()
    expect(page.get_by_role("link", name=re.compile("Call 120 first"))).to_be_visible()
    expect(page.locator(".minutes").first).to_have_text(re.compile(r"≈ \d+ min round trip"), timeout=20_000)
    assert page.evaluate("() => document.documentElement.lang") == "en"


def test_without_a_network_it_still_says_what_to_do(service: Any, open_page: OpenPage) -> None:
    page = open_page(service.url + "/aed", **PHONE, permissions=[])
    expect(page.locator("#landmark")).to_be_visible(timeout=20_000)
    page.context.set_offline(True)
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation(HERE["geolocation"])  # type: ignore[arg-type]
    page.get_by_role("button", name="用我的位置").click()
    expect(page.get_by_role("alert")).to_contain_text("先拨 120，继续按压", timeout=20_000)
