"""The hospital's page in a real browser: who comes, the pre-alert acknowledged, a patient turned away, own status in two taps."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1920, "height": 1080}
PLACE = {"lat": 22.5431, "lon": 114.0579, "datum": "wgs84"}


def on_the_way(service: Any, complaint: str = "stroke") -> tuple[str, str]:
    """A patient who has just left the scene: (hospital_id, patient_id)."""
    call = {"location": PLACE, "complaint": complaint, "age_years": 68, "sex": "f"}
    taken = service.post("/calls", call | {"last_known_well_at": datetime.now(UTC).isoformat()})
    incident, unit = taken["incident"], taken["recommendation"]["units"][0]["unit_id"]
    assigned = service.post(f"/incidents/{incident['incident_id']}/assignments", {"unit_id": unit})
    fix = {"unit_id": unit, "lat": 22.546, "lon": 114.06, "datum": "wgs84", "fixed_at": datetime.now(UTC).isoformat()}
    service.post("/units/positions", [fix])
    service.post(f"/assignments/{assigned['assignment_id']}/status", {"status": "left_scene"})
    return assigned["hospital_id"], incident["patients"][0]["patient_id"]


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_patient_on_the_way_is_counted_down_and_acknowledged(
    service: Any, open_page: OpenPage, size: dict[str, int]
) -> None:
    hospital_id, patient_id = on_the_way(service)
    page = open_page(f"{service.url}/hospital?id={hospital_id}", **size)
    card = page.locator(f"[data-patient='{patient_id}']")
    expect(card.locator(".eta strong")).to_have_text(re.compile(r"^\d\d:\d\d$"), timeout=20_000)
    card.get_by_role("button", name=re.compile("确认收到预警")).click()
    expect(card).to_contain_text("预警已确认", timeout=20_000)
    seen = service.get(f"/hospitals/{hospital_id}/reception")["incoming"]
    assert next(p for p in seen if p["patient_id"] == patient_id)["prealert"]["state"] == "acknowledged"
    assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0


def test_a_patient_who_leaves_the_scene_appears_by_himself(service: Any, open_page: OpenPage) -> None:
    hospital_id, _ = on_the_way(service)
    page = open_page(f"{service.url}/hospital?id={hospital_id}", **PHONE)
    expect(page.locator("[data-patient]").first).to_be_visible(timeout=20_000)
    other_id, patient_id = on_the_way(service)
    assert other_id == hospital_id
    expect(page.locator(f"[data-patient='{patient_id}']")).to_be_visible(timeout=20_000)


def test_a_patient_is_turned_away_with_a_reason(service: Any, open_page: OpenPage) -> None:
    hospital_id, patient_id = on_the_way(service, "acute_coronary")
    page = open_page(f"{service.url}/hospital?id={hospital_id}", **PHONE)
    card = page.locator(f"[data-patient='{patient_id}']")
    card.get_by_role("button", name="不能接收").click(timeout=20_000)
    card.get_by_label("理由").fill("导管室设备故障")
    card.get_by_role("button", name="告知调度中心").click()
    expect(card).to_contain_text("本院已告知不能接收", timeout=20_000)


def test_the_own_status_takes_two_taps(service: Any, open_page: OpenPage) -> None:
    page = open_page(f"{service.url}/hospital?id=H005", **PHONE)
    tile = page.locator("[data-capability='cath_lab']")
    tile.get_by_role("button").click(timeout=20_000)
    tile.locator(".choices").get_by_role("button", name="占用").click()
    expect(tile.locator(".state")).to_have_text("占用", timeout=20_000)
    (said,) = (h for h in service.get("/hospitals")["items"] if h["hospital_id"] == "H005")
    assert said["capabilities"]["cath_lab"]["state"] == "busy"


def test_a_transfer_is_asked_for_on_one_page_and_accepted_on_another(service: Any, open_page: OpenPage) -> None:
    asking = open_page(f"{service.url}/hospital?id=H031", **PHONE)
    asking.get_by_role("button", name="请求转院").click(timeout=20_000)
    asking.get_by_label("转往").select_option("H006")
    asking.locator("form").get_by_label("理由").fill("大血管闭塞,需取栓")
    asking.get_by_role("button", name="请求转院").click()
    asked = open_page(f"{service.url}/hospital?id=H006", **DESK, language="en")
    asked.get_by_role("button", name="Accept").click(timeout=20_000)
    expect(asking.locator("[data-transfer]").first).to_contain_text("已接收", timeout=20_000)


def test_without_a_token_the_page_asks_for_one(service: Any, open_page: OpenPage) -> None:
    """In development nobody is asked; so the page is given the answer of a service that does ask."""
    page = open_page(f"{service.url}/healthz", **PHONE)
    page.route("**/api/v1/me", lambda route: route.fulfill(status=401, json={"code": "credentials_required"}))
    page.goto(f"{service.url}/hospital")
    expect(page.get_by_label("本院访问令牌")).to_be_visible(timeout=20_000)


PICTURES = Path(__file__).parents[2] / "build" / "screenshots"


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["390", "1920"])
def test_pictures(service: Any, open_page: OpenPage, language: str, size: dict[str, int]) -> None:
    """Everything that the page can show, in both languages."""
    hospital_id, patient_id = on_the_way(service)
    service.post(f"/hospitals/{hospital_id}/slots", {"capability": "ct", "patient_id": patient_id})
    service.post(f"/hospitals/{hospital_id}/slots/release", {"capability": "ct", "patient_id": patient_id})
    service.post(
        f"/hospitals/{hospital_id}/status", {"capability": "cath_lab", "state": "available", "source": "护士站"}
    )
    page = open_page(f"{service.url}/hospital?id={hospital_id}", **size, language=language)
    expect(page.locator(f"[data-patient='{patient_id}'] .eta strong")).to_be_visible(timeout=20_000)
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"hospital-{language}-{size['width']}.png")
