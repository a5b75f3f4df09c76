"""The bystander's page: 120 first, then the nearest AED from where the phone is, or from a place that is chosen by name."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

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


def test_the_way_on_foot_is_drawn_and_told_where_footways_lead(service: Any, open_page: OpenPage) -> None:
    """The service of these tests has no footways, so the first device is given a way on its way to the page."""

    def with_a_way(route: Route) -> None:
        answer = route.fetch()
        body = answer.json()
        first = body["features"][0]
        device = first["geometry"]["coordinates"]
        steps = [
            {"turn": "depart", "name": "福华一路", "distance_m": 120, "travel_time_s": 86.0},
            {"turn": "left", "name": "", "distance_m": 45, "travel_time_s": 32.0},
        ]
        line = {"type": "LineString", "coordinates": [[114.0579, 22.5431], [device[0], 22.5431], device]}
        way = {"distance_m": 165, "line": line, "steps": steps}
        first["properties"]["walk"] = {"source": "walking-roads-4f1c", "grade": "network", "way": way}
        route.fulfill(response=answer, json=body)

    page = open_page(service.url + "/aed", **PHONE, **HERE)
    page.route("**/aeds/nearest*", with_a_way)
    page.reload()
    way = page.locator(".first .way")
    expect(way).to_contain_text("步行路线 165 m", timeout=20_000)
    expect(way.locator("small")).to_contain_text("4f1c")
    expect(way.locator("ol li")).to_have_text(["出发 福华一路 120 m", re.compile("左转 +45 m")])
    expect(way.get_by_role("img", name="步行路线示意，上方为北")).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0


def test_where_no_way_is_known_the_page_says_so(service: Any, open_page: OpenPage) -> None:
    page = open_page(service.url + "/aed", **PHONE, **HERE)
    expect(page.locator(".first .way-none")).to_have_text("没有可显示的步行路线：箭头与距离为直线", timeout=20_000)


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


def test_it_works_without_a_network_once_it_was_loaded(own_service: Any, open_page: OpenPage, until: Any) -> None:
    """With the service gone the page is opened anew: it is there, and the phone ranks what it has loaded as the service did."""
    page = open_page(own_service.url + "/aed", **PHONE, **HERE)
    nearest = page.locator("[data-aed]")
    expect(nearest).to_have_count(5, timeout=20_000)
    online = [item.get_attribute("data-aed") for item in nearest.all()]
    until(
        page, "() => caches.match('/aed/bundle').then((kept) => (window.isKept = kept !== undefined)) && window.isKept"
    )
    until(page, "() => navigator.serviceWorker.controller !== null")
    own_service.kill()
    page.context.set_geolocation(
        {"latitude": 22.543101, "longitude": 114.0579, "accuracy": 18}
    )  # a new question, not one in cache
    page.reload()
    expect(page.get_by_text("没有网络：按此前下载的附近 AED 排列")).to_be_visible(timeout=20_000)
    assert [item.get_attribute("data-aed") for item in nearest.all()] == online


def test_a_device_is_kept_for_who_fetches_it(service: Any, open_page: OpenPage) -> None:
    page = open_page(service.url + "/aed", **PHONE, **HERE)
    page.get_by_role("button", name="我去取这台").click(timeout=20_000)
    expect(page.get_by_text("已为你预留")).to_be_visible(timeout=20_000)
    aed_id = page.locator(".first").get_attribute("data-aed")
    assert service.get(f"/aeds/{aed_id}")["properties"]["reserved_until"] is not None
    # Who comes nearer sees the distance fall.
    before = page.locator(".first .distance").inner_text()
    lon, lat = service.get(f"/aeds/{aed_id}")["geometry"]["coordinates"]
    page.context.set_geolocation({"latitude": lat, "longitude": lon, "accuracy": 5})
    expect(page.locator(".first .distance")).to_have_text("0 m", timeout=20_000)
    assert before != "0 m"
    # The page does not wait for the service; the test does.
    with page.expect_response(lambda answer: '"taken"' in (answer.request.post_data or "")):
        page.get_by_role("button", name="已拿到").click()
        expect(page.get_by_text("快带回患者身边")).to_be_visible()
    assert service.get(f"/aeds/{aed_id}")["properties"]["report"]["kind"] == "used"


def test_the_beat_for_compressions_runs_at_one_press(service: Any, open_page: OpenPage) -> None:
    page = open_page(service.url + "/aed", **PHONE, **HERE)
    beat = page.get_by_role("button", name=re.compile("按压节拍"))
    beat.click(timeout=20_000)
    expect(page.locator(".metronome")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="停止节拍").click()
    expect(page.locator(".metronome")).to_have_attribute("aria-pressed", "false")


def test_in_an_apps_browser_it_asks_whether_the_position_is_shifted(service: Any, open_page: OpenPage) -> None:
    agent = "Mozilla/5.0 (Linux; Android 14) Chrome/131 Mobile MicroMessenger/8.0.50"
    page = open_page(service.url + "/aed", **PHONE, **HERE, user_agent=agent)
    expect(page.get_by_text("此应用给出的位置可能偏约 500 米")).to_be_visible(timeout=20_000)
    with page.expect_request(lambda request: "datum=gcj02" in request.url):
        page.get_by_role("button", name="纠正偏移").click()
    expect(page.locator("[data-aed]")).to_have_count(5, timeout=20_000)
