"""Pictures of the console and the bystander page over one and the same small story, for the documents.

They are written to `build/screenshots`, or to the folder that `DISPATCH_SCREENSHOTS` names; with `docs/screenshots` there, the
documents' pictures are renewed.
"""

import io
import os
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]
ROOT = Path(__file__).parents[2]
FOLDER = ROOT / os.environ.get("DISPATCH_SCREENSHOTS", "build/screenshots")
MOST_BYTES = 500_000

# complaint, latitude, longitude, address, age of the call in seconds, what its crew has reported so far (None: no unit yet)
STORY: tuple[tuple[str, float, float, str, int, tuple[str, ...] | None], ...] = (
    ("cardiac_arrest", 22.5241, 113.9365, "南山区海德三道 199 号", 95, ("acknowledged", "en_route")),
    ("acute_coronary", 22.6550, 114.0250, "龙华区人民路 4028 号", 410, ("acknowledged", "en_route", "on_scene")),
    ("trauma_traffic", 22.5800, 113.8700, "宝安区 107 国道西乡段", 48, None),
    ("trauma_fall", 22.5560, 114.1300, "罗湖区翠竹路 1058 号", 980, ("en_route", "on_scene", "left_scene")),
    (
        "respiratory",
        22.7200,
        114.2500,
        "龙岗区龙翔大道 8 号",
        1500,
        ("en_route", "on_scene", "left_scene", "at_hospital"),
    ),
    ("seizure", 22.7750, 113.9300, "光明区公明街道", 260, ("acknowledged", "en_route")),
    ("abdominal", 22.6950, 114.3500, "坪山区中山大道", 120, ("acknowledged",)),
    ("syncope", 22.5950, 114.4800, "大鹏新区葵涌街道", 700, ("en_route", "on_scene", "at_patient")),
    ("headache", 22.5480, 114.0900, "福田区华强北", 30, ()),
)
# Hospitals that say how they are; the others stay unknown.
REPORTING = {"H001": "available", "H002": "available", "H003": "busy", "H010": "available", "H011": "available"}


@pytest.fixture(scope="module")
def city(untouched_service: Any) -> Any:
    tell_story(untouched_service)
    return untouched_service


def tell_story(service: Any) -> None:
    """Puts units on their stations' yards, and nine incidents at different stages."""
    draw = random.Random(120)
    now = datetime.now(UTC)
    units = service.get("/units?limit=1000")["items"]
    service.post("/units/positions", [_near(unit["unit_id"], unit["home"], 0.004, draw, now) for unit in units])
    for hospital_id, state in REPORTING.items():
        for capability in ("emergency", "ct", "cath_lab", "thrombectomy"):
            body = {"capability": capability, "state": state, "source": "急诊前台"}
            service.post(f"/hospitals/{hospital_id}/status", body)
    for complaint, lat, lon, address, age_s, steps in STORY:
        location = {"lat": lat, "lon": lon, "datum": "wgs84", "accuracy_m": 30}
        at = (now - timedelta(seconds=age_s)).isoformat()
        call = {"complaint": complaint, "location": location, "address_text": address, "received_at": at}
        taken = service.post("/calls", call)
        if steps is not None:
            _serve(service, taken, steps, draw, now)


def _serve(service: Any, taken: Any, steps: tuple[str, ...], draw: random.Random, now: datetime) -> None:
    """Accepts what was recommended for a call and has the crew report its steps from where it then is."""
    incident, advice = taken["incident"], taken["recommendation"]
    unit, hospital = advice["units"][0], advice["hospital"]
    order = {"unit_id": unit["unit_id"], "hospital_id": hospital["hospital_id"]}
    service.post(f"/incidents/{incident['incident_id']}/assignments", order)
    (assignment,) = service.get(f"/incidents/{incident['incident_id']}")["assignments"]
    for status in steps:
        service.post(f"/assignments/{assignment['assignment_id']}/status", {"status": status})
    if "on_scene" in steps and "left_scene" not in steps:
        fix = _near(unit["unit_id"], incident["location"], 0.0003, draw, now)
        service.post("/units/positions", [fix])


def _near(unit_id: str, point: Any, spread_deg: float, draw: random.Random, at: datetime) -> dict[str, Any]:
    lat, lon = (point[axis] + draw.gauss(0, spread_deg) for axis in ("lat", "lon"))
    return {"unit_id": unit_id, "lat": lat, "lon": lon, "datum": "wgs84", "fixed_at": at.isoformat()}


def _keep(page: Page, name: str) -> None:
    """Writes the picture, packed as tightly as PNG can be and small enough for a repository."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with Image.open(io.BytesIO(page.screenshot())) as picture:
        picture.convert("RGB").save(FOLDER / name, optimize=True)
    assert 10_000 < (FOLDER / name).stat().st_size < MOST_BYTES


def test_the_console_in_both_languages_on_a_wide_screen(city: Any, open_page: OpenPage, until: Any) -> None:
    page = open_page(city.url)
    expect(page.locator(".ground canvas")).to_be_visible(timeout=60_000)
    page.keyboard.press("n")
    page.locator("[data-complaint='stroke']").click(timeout=20_000)
    page.locator("#address").fill("福田区福中一路市民中心")
    page.locator("#lat").fill("22.5431")
    page.locator("#lon").fill("114.0579")
    page.locator("#age").fill("68")
    page.locator("#sex").select_option("F")
    page.locator("#submit-call").click()
    expect(page.locator("[data-rank='1']")).to_be_visible(timeout=20_000)
    _settle(page, until)
    _keep(page, "console-zh-1920.png")
    page.locator("#language").click()
    expect(page.locator("h1")).to_contain_text("Dispatch")
    page.locator(".row:not(.waiting)").first.click()
    page.get_by_role("button", name="Whole city").click()
    expect(page.locator("[data-assignment]")).to_be_visible()
    _settle(page, until)
    _keep(page, "console-en-1920.png")


@pytest.mark.parametrize(("name", "chosen"), [("stroke", "stroke"), ("stemi", "stemi"), ("aed", "")])
def test_the_three_maps(city: Any, open_page: OpenPage, until: Any, name: str, chosen: str) -> None:
    """The map alone, as on a second screen: the stroke map, the chest pain map, and the AEDs of a district."""
    page = open_page(city.url + "/?view=map&map=canvas", width=1280, height=800)
    page.locator("#treatment-map").select_option(chosen)
    page.get_by_label("车组", exact=True).uncheck()
    page.get_by_role("button", name="全市").click()
    if chosen:
        expect(page.locator("#treatment [data-hospital]").first).to_be_visible(timeout=20_000)
    else:
        for _ in range(3):
            page.get_by_role("button", name="放大").click()
    _settle(page, until)
    _keep(page, f"map-{name}-zh-1280.png")


def test_the_console_on_a_phone(city: Any, open_page: OpenPage, until: Any) -> None:
    page = open_page(city.url + "/?map=canvas", width=390, height=844)
    page.locator(".row").first.click(timeout=20_000)
    until(page, "() => document.querySelector('[data-rank], [data-assignment]')")
    _settle(page, until)
    _keep(page, "console-zh-390.png")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_bystander_page_on_a_phone(city: Any, open_page: OpenPage, language: str) -> None:
    page = open_page(
        city.url + "/aed",
        width=390,
        height=844,
        language=language,
        geolocation={"latitude": 22.5431, "longitude": 114.0579, "accuracy": 18},
        permissions=["geolocation"],
    )
    expect(page.locator("[data-aed]").first).to_be_visible(timeout=20_000)
    _keep(page, f"aed-{language}-390.png")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_crew_terminal_on_a_phone(city: Any, open_page: OpenPage, language: str) -> None:
    incidents = city.get("/incidents?state=open")["items"]
    unit_id = next(one["unit_id"] for each in incidents for one in each["assignments"] if one["status"] == "en_route")
    page = open_page(city.url + "/crew", width=390, height=844, language=language)
    page.locator("#crew-unit").fill(unit_id, timeout=20_000)
    page.locator("#crew-names").fill("张医生、李护士")
    page.locator(".thumb").click(timeout=20_000)
    expect(page.locator(".sketch")).to_be_visible(timeout=20_000)
    expect(page.locator("#outbox")).to_have_count(0, timeout=20_000)
    _keep(page, f"crew-{language}-390.png")
    page.locator(".findings summary").click()
    page.locator(".photograph").scroll_into_view_if_needed()
    _keep(page, f"crew-findings-{language}-390.png")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_supervisor_s_overview(city: Any, open_page: OpenPage, language: str) -> None:
    page = open_page(city.url + "/?view=overview", language=language)
    expect(page.locator(".overview [data-incident]").first).to_be_visible(timeout=20_000)
    _keep(page, f"overview-{language}-1920.png")


def _settle(page: Page, until: Any) -> None:
    """Waits until the map has come to rest: two looks at its canvas, some frames apart, that are the same."""
    until(
        page,
        """() => {
          const canvas = document.querySelector("#map > canvas");
          const now = canvas.toDataURL();
          const isStill = window.lastLook === now;
          window.lastLook = now;
          return isStill;
        }""",
    )
