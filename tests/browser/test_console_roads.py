"""What the map says of reach and of roads: the coverage layer, the way of a recommended unit, and traffic in force."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
PLAIN_MAP = "/?map=canvas"
OpenPage = Callable[..., Page]
Until = Callable[..., Any]
FUTIAN = {"lat": 22.5431, "lon": 114.0579, "datum": "wgs84"}

# How many pixels of the canvas above the ground are painted at all.
PAINTED = """() => {
  const canvas = document.querySelector("#map > canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let painted = 0;
  for (let at = 3; at < data.length; at += 4) if (data[at] > 0) painted += 1;
  return painted;
}"""


def test_the_coverage_layer_tells_whom_free_units_and_aeds_reach(
    service: Any, open_page: OpenPage, until: Until
) -> None:
    page = open_page(service.url + PLAIN_MAP)
    expect(page.locator("#board .unit").first).to_be_visible(timeout=20_000)
    before = page.evaluate(PAINTED)
    page.locator("#show-coverage").check()
    panel = page.locator("#coverage")
    said = service.get("/coverage?threshold_s=480")
    expect(panel.locator(".total")).to_contain_text(f"{said['totals']['any']['share'] * 100:.1f}%", timeout=30_000)
    # The cells fill a good part of the map that was bare before.
    until(page, f"() => ({PAINTED})() > {before} + 100_000", within_s=30)
    # An estimate says that it is one.
    expect(panel.locator(".grade-estimate")).to_have_text("估算")

    panel.locator("[data-kind='als']").click()
    expect(panel.locator("[data-kind='als']")).to_have_attribute("aria-pressed", "true")
    page.locator("#coverage-threshold").select_option("360")
    shorter = service.get("/coverage?threshold_s=360")
    expect(panel.locator(".total")).to_contain_text(f"{shorter['totals']['als']['share'] * 100:.1f}%", timeout=30_000)

    panel.locator("[data-kind='aed']").click()
    expect(panel).to_contain_text("模拟")
    expect(panel.locator(".classes li")).to_have_count(5)

    page.locator("#show-coverage").uncheck()
    expect(panel).to_have_count(0)
    until(page, f"() => ({PAINTED})() < {before} + 100_000")


def test_without_a_road_network_the_way_is_an_estimate_and_no_traffic_can_be_told(
    service: Any, open_page: OpenPage
) -> None:
    taken = service.post("/calls", {"complaint": "stroke", "address_text": "福田区福华路 8 号", "location": FUTIAN})
    page = open_page(service.url + PLAIN_MAP)
    with page.expect_response(re.compile(r"/api/v1/routes\?")) as answered:
        page.locator(f"[data-incident='{taken['incident']['incident_id']}']").click(timeout=20_000)
    assert answered.value.json()["properties"]["grade"] == "estimate"
    page.locator("#open-traffic").click()
    expect(page.locator("#traffic")).to_contain_text("没有道路网络")
    expect(page.locator("#draw-area")).to_be_disabled()
