"""What the map says of reach and of roads: the coverage layer, the way of a recommended unit, and traffic in force."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from routing.roads.hierarchy import prepare
from routing.roads.network import save
from tests.fakes.street_grids import place, random_plan

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

RunningService = Callable[..., Any]


@pytest.fixture(scope="module")
def service_on_streets(running: RunningService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A service on a small grid of two-way streets in Futian."""
    roads = tmp_path_factory.mktemp("roads")
    network = random_plan(7, rows=14, columns=14, one_way=0.0, missing=0.0).network()
    save(network, roads)
    prepare(network, roads)
    with running(tmp_path_factory.mktemp("on-streets"), "--roads", str(roads)) as service:
        yield service


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


def call_beside_a_unit(service: Any) -> tuple[str, str]:
    """A call in the middle of the streets, and an ambulance some streets away that nobody else waits for; their ids."""
    for incident in service.get("/incidents?state=open")["items"]:
        service.post(f"/incidents/{incident['incident_id']}/cancel", {"reason": "测试结束"})
    unit = next(unit for unit in service.get("/units?limit=1000")["items"] if unit["kind"] == "als")
    at, scene = place(300.0, 400.0), place(1_900.0, 2_100.0)
    fix = {"lat": at.lat_deg, "lon": at.lon_deg, "datum": "wgs84", "fixed_at": datetime.now(UTC).isoformat()}
    service.post("/units/positions", [{"unit_id": unit["unit_id"], **fix}])
    location = {"lat": scene.lat_deg, "lon": scene.lon_deg, "datum": "wgs84"}
    taken = service.post("/calls", {"complaint": "cardiac_arrest", "address_text": "福田区某街", "location": location})
    return taken["incident"]["incident_id"], unit["unit_id"]


def test_the_way_of_a_recommended_unit_follows_the_streets(service_on_streets: Any, open_page: OpenPage) -> None:
    incident_id, unit_id = call_beside_a_unit(service_on_streets)
    page = open_page(service_on_streets.url + PLAIN_MAP)
    is_first_leg = re.compile(r"/api/v1/routes\?")
    with page.expect_response(is_first_leg) as answered:
        page.locator(f"[data-incident='{incident_id}']").click(timeout=20_000)
    expect(page.locator("[data-rank='1']")).to_have_attribute("data-unit", unit_id)
    expect(page.locator("[data-rank='1'] .grade-network")).to_have_text("路网")
    way = answered.value.json()
    assert way["properties"]["grade"] == "network"
    assert len(way["geometry"]["coordinates"]) > 10
    assert way["properties"]["distance_m"] > 3_000


def test_an_area_is_closed_with_a_few_clicks_and_opened_again(
    service_on_streets: Any, open_page: OpenPage, until: Until
) -> None:
    incident_id, _ = call_beside_a_unit(service_on_streets)
    page = open_page(service_on_streets.url + PLAIN_MAP)
    page.locator(f"[data-incident='{incident_id}']").click(timeout=20_000)  # brings the streets into sight
    page.locator("#open-traffic").click()
    page.locator("#draw-area").click()
    box = page.locator("#map").bounding_box()
    assert box is not None
    for across, down in ((0.3, 0.35), (0.42, 0.3), (0.4, 0.5)):
        page.mouse.click(box["x"] + box["width"] * across, box["y"] + box["height"] * down)
    panel = page.locator("#traffic")
    expect(panel).to_contain_text("已点 3 个角点")
    page.locator("#traffic-source").fill("交警")
    page.keyboard.press("Enter")

    report = panel.locator("[data-traffic]")
    expect(report).to_contain_text("封闭", timeout=20_000)
    (kept,) = service_on_streets.get("/traffic")["items"]
    assert (kept["closed"], kept["source"]) == (True, "交警")
    ring = kept["area"]["coordinates"][0]
    assert len(ring) == 4
    assert all(113.7 < lon < 114.7 and 22.4 < lat < 22.9 for lon, lat in ring)

    report.locator("[data-end]").click()
    page.keyboard.press("Enter")
    expect(report).to_have_count(0, timeout=20_000)
    assert service_on_streets.get("/traffic")["items"] == []


def test_what_the_service_does_worse_than_it_should_stands_on_the_screen(
    running: RunningService, tmp_path: Path, open_page: OpenPage
) -> None:
    """A folder that holds no road network: the service works with the estimate, and says so in both languages."""
    with running(tmp_path, "--roads", str(tmp_path)) as service:
        page = open_page(service.url + PLAIN_MAP, width=390, height=844)
        banner = page.locator("#degraded [data-code='roads_not_loaded']")
        expect(banner).to_contain_text("道路网络未能载入：行程时间为估算", timeout=20_000)
        page.locator("#language").click()
        expect(banner).to_contain_text("The road network could not be loaded: travel times are estimates")
        assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
