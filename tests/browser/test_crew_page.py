"""The crew's phone: log on, see the order, report by thumb, lose the network, and have everything arrive in order."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]
POINT = {"lat": 22.5431, "lon": 114.0579, "datum": "wgs84", "accuracy_m": 20}


def _ordered(service: Any, complaint: str) -> tuple[str, str]:
    """(incident, unit) of a call that was just given to a unit."""
    call = {"complaint": complaint, "location": POINT, "address_text": "福田区福中路 5 号", "floor": 7, "age_years": 70}
    taken = service.post("/calls", call)
    unit_id = taken["recommendation"]["units"][0]["unit_id"]
    hospital_id = taken["recommendation"]["hospital"]["hospital_id"]
    incident_id = str(taken["incident"]["incident_id"])
    service.post(f"/incidents/{incident_id}/assignments", {"unit_id": unit_id, "hospital_id": hospital_id})
    return incident_id, str(unit_id)


def _log_on(page: Page, unit_id: str) -> None:
    expect(page.locator("#crew-unit")).to_be_visible(timeout=20_000)
    page.locator("#crew-unit").fill(unit_id)
    page.locator("#crew-names").fill("张医生、李护士")
    expect(page.locator(".thumb")).to_be_enabled(timeout=20_000)
    page.locator(".thumb").click()
    # Its answer may come after the order's: who cuts the network now would find the log-on still waiting.
    expect(page.locator("#outbox")).to_have_count(0, timeout=20_000)


def test_a_crew_logs_on_reads_its_order_and_reports_step_by_step(service: Any, open_page: OpenPage) -> None:
    incident_id, unit_id = _ordered(service, "stroke")
    page = open_page(service.url + "/crew", width=390, height=844)
    _log_on(page, unit_id)
    order = page.locator(".order")
    expect(order).to_contain_text("福田区福中路 5 号", timeout=20_000)
    expect(order).to_contain_text("7 层")
    for status in ("acknowledged", "en_route", "on_scene"):
        page.locator(f".thumb[data-step='{status}']").click()
    expect(order).to_have_attribute("data-status", "on_scene")

    page.locator(".findings summary").click()
    for sign in ("口角歪斜", "一侧上肢下垂"):
        page.get_by_label(sign).check()
    page.locator("#send-cpss").click()
    expect(page.locator("#outbox")).to_have_count(0, timeout=20_000)
    incident = service.get(f"/incidents/{incident_id}")
    assert incident["assignments"][0]["status"] == "on_scene"
    assert incident["patients"][0]["scales"][0]["score"] == 2


def test_what_is_pressed_without_a_network_arrives_later_in_order_with_its_own_time(
    service: Any, open_page: OpenPage
) -> None:
    incident_id, unit_id = _ordered(service, "abdominal")
    page = open_page(service.url + "/crew", width=390, height=844)
    _log_on(page, unit_id)
    expect(page.locator(".order")).to_be_visible(timeout=20_000)

    page.context.set_offline(True)
    for status in ("acknowledged", "en_route", "on_scene"):
        page.locator(f".thumb[data-step='{status}']").click()
    expect(page.locator("#outbox")).to_contain_text("3 条报告待发")
    # The crew sees what it said, and is not asked for it again.
    expect(page.locator(".thumb")).to_have_attribute("data-step", "at_patient")
    assert service.get(f"/incidents/{incident_id}")["assignments"][0]["status"] == "offered"

    page.context.set_offline(False)
    expect(page.locator("#outbox")).to_have_count(0, timeout=20_000)
    (kept,) = service.get(f"/incidents/{incident_id}")["assignments"]
    assert kept["status"] == "on_scene"
    assert kept["timestamps"]["acknowledged"] <= kept["timestamps"]["en_route"] <= kept["timestamps"]["on_scene"]


def test_a_refusal_is_told_and_holds_up_nothing(service: Any, open_page: OpenPage) -> None:
    incident_id, unit_id = _ordered(service, "headache")
    page = open_page(service.url + "/crew", width=390, height=844, language="en")
    _log_on(page, unit_id)
    expect(page.locator(".order")).to_be_visible(timeout=20_000)
    page.context.set_offline(True)
    page.locator(".thumb[data-step='acknowledged']").click()
    # Meanwhile the desk, told by voice, is further on already.
    (assignment,) = service.get(f"/incidents/{incident_id}")["assignments"]
    service.post(f"/assignments/{assignment['assignment_id']}/status", {"status": "en_route"})
    page.locator(".thumb[data-step='en_route']").click()
    page.locator(".thumb[data-step='on_scene']").click()
    page.context.set_offline(False)
    expect(page.locator(".refused").first).to_contain_text("Not accepted", timeout=20_000)
    expect(page.locator("#outbox")).to_have_count(0, timeout=20_000)
    assert service.get(f"/incidents/{incident_id}")["assignments"][0]["status"] == "on_scene"


def test_a_call_for_help_takes_two_presses_and_stands_above_everything_in_the_room(
    service: Any, open_page: OpenPage
) -> None:
    room = open_page(service.url + "/?map=canvas", width=1366, height=768)
    page = open_page(service.url + "/crew", width=390, height=844)
    _log_on(page, "U300")
    page.locator("#distress").click()
    expect(room.locator("[data-distress]")).to_have_count(0)
    page.locator("#distress.armed").click()
    banner = room.locator("[data-distress='U300']")
    expect(banner).to_contain_text("救300", timeout=20_000)
    expect(page.locator(".called")).to_be_visible(timeout=20_000)
    banner.locator(".reason").fill("电台确认平安")
    banner.locator(".reason").press("Enter")
    expect(banner).to_have_count(0, timeout=20_000)


def test_opened_without_a_network_the_page_has_the_order_its_age_and_what_waits(
    service: Any, open_page: OpenPage, until: Callable[..., Any]
) -> None:
    """In a basement garage the phone has thrown the page away; the crew opens it again and goes on."""
    incident_id, unit_id = _ordered(service, "respiratory")
    page = open_page(service.url + "/crew", width=390, height=844)
    _log_on(page, unit_id)
    expect(page.locator(".order")).to_be_visible(timeout=20_000)
    until(page, "() => navigator.serviceWorker.controller !== null && localStorage.getItem('dispatch.crew.order')")

    page.context.set_offline(True)
    page.locator(".thumb[data-step='acknowledged']").click()
    page.reload()
    expect(page.locator(".order")).to_contain_text("福田区福中路 5 号", timeout=20_000)
    expect(page.locator(".stale")).to_contain_text("秒前的内容")
    expect(page.locator("#outbox")).to_contain_text("1 条报告待发")
    page.locator(".thumb[data-step='en_route']").click()
    page.reload()
    expect(page.locator("#outbox")).to_contain_text("2 条报告待发", timeout=20_000)

    page.context.set_offline(False)
    expect(page.locator("#outbox")).to_have_count(0, timeout=20_000)
    (assignment,) = service.get(f"/incidents/{incident_id}")["assignments"]
    assert assignment["status"] == "en_route"
    assert assignment["timestamps"]["acknowledged"] <= assignment["timestamps"]["en_route"]


def test_a_phone_forgets_an_order_that_is_over(service: Any, open_page: OpenPage, until: Callable[..., Any]) -> None:
    incident_id, unit_id = _ordered(service, "syncope")
    page = open_page(service.url + "/crew", width=390, height=844)
    _log_on(page, unit_id)
    until(page, "() => localStorage.getItem('dispatch.crew.order')")
    service.post(f"/incidents/{incident_id}/cancel", {"reason": "test"})
    until(page, "() => localStorage.getItem('dispatch.crew.order') === null")


def test_an_ecg_is_photographed_without_its_place_and_seen_at_the_desk_and_the_hospital(
    service: Any, open_page: OpenPage
) -> None:
    """The picture waits for the network like every report; nothing that the camera wrote beside it leaves the phone."""
    incident_id, unit_id = _ordered(service, "acute_coronary")
    phone = open_page(service.url + "/crew", width=390, height=844)
    _log_on(phone, unit_id)
    phone.locator(".findings summary").first.click()
    taken = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "PhoneMaker"
    Image.linear_gradient("L").resize((2400, 1200)).save(taken, "JPEG", exif=exif)
    phone.context.set_offline(True)
    phone.locator("#ecg-photo").set_input_files(
        {"name": "ecg.jpg", "mimeType": "image/jpeg", "buffer": taken.getvalue()}
    )
    expect(phone.locator("#outbox")).to_contain_text("心电图照片", timeout=20_000)
    phone.context.set_offline(False)
    expect(phone.locator("#outbox")).to_have_count(0, timeout=20_000)
    patient = service.get(f"/incidents/{incident_id}")["patients"][0]
    (picture,) = patient["pictures"]
    path = f"/incidents/{incident_id}/patients/{patient['patient_id']}/pictures/{picture['picture_id']}"
    kept = service.http.get(path).content
    assert b"PhoneMaker" not in kept
    with Image.open(io.BytesIO(kept)) as shown:
        assert shown.size == (1600, 800)

    desk = open_page(service.url + "/?map=canvas")
    desk.locator(f"[data-incident='{incident_id}']").click(timeout=20_000)
    ward = open_page(f"{service.url}/hospital?id={patient['hospital_id']}", width=390, height=844, language="en")
    for page in (desk, ward):
        row = page.locator(f"[data-picture='{picture['picture_id']}']")
        row.locator("summary").click(timeout=20_000)
        expect(row.locator("img")).to_have_js_property("naturalWidth", 1600, timeout=20_000)

    phone.locator("#ecg-photo").set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"none"})
    expect(phone.locator(".findings .warn")).to_be_visible(timeout=20_000)
