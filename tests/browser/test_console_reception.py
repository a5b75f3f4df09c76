"""What the desk sees and does between ambulance and hospital: word ahead, refusals, transfers, and a patient's record."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.fakes.fhir_server import FhirServer
from tests.fakes.fhir_server import running as running_fhir

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]
PLACE = {"lat": 22.5431, "lon": 114.0579, "datum": "wgs84", "accuracy_m": 20}
CARD = {"system": "urn:example:health-card", "value": "440300-0001"}


def on_the_way(service: Any) -> Any:
    """A stroke whose crew has just left the scene, so that word has gone ahead by itself."""
    call = {
        "location": PLACE,
        "complaint": "stroke",
        "age_years": 68,
        "sex": "f",
        "address_text": "福田区福中三路 9 号",
    }
    taken = service.post("/calls", call | {"last_known_well_at": datetime.now(UTC).isoformat()})
    incident_id, unit = taken["incident"]["incident_id"], taken["recommendation"]["units"][0]["unit_id"]
    assigned = service.post(f"/incidents/{incident_id}/assignments", {"unit_id": unit})
    service.post(f"/assignments/{assigned['assignment_id']}/status", {"status": "left_scene"})
    return service.get(f"/incidents/{incident_id}")


def patient_of(service: Any, incident: Any) -> Any:
    return service.get(f"/incidents/{incident['incident_id']}")["patients"][0]


@pytest.fixture
def stroke(service: Any) -> Iterator[Any]:
    stroke = on_the_way(service)
    yield stroke
    service.post(f"/incidents/{stroke['incident_id']}/cancel", {"reason": "test"})


def opened(open_page: OpenPage, service: Any, incident: Any, **options: Any) -> Page:
    page = open_page(service.url + "/?map=canvas", **options)
    page.locator(f"[data-incident='{incident['incident_id']}']").click(timeout=20_000)
    expect(page.locator("#reception")).to_be_visible(timeout=20_000)
    return page


def test_word_ahead_is_counted_until_the_hospital_has_said_by_telephone_that_it_heard(
    open_page: OpenPage, service: Any, stroke: Any
) -> None:
    page = opened(open_page, service, stroke)
    card = page.locator("[data-reception]")
    expect(card.locator("[data-word]")).to_have_text("待确认")
    expect(card).to_contain_text("已等 00:")
    page.keyboard.press("h")
    expect(page.locator("#reception")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("[data-tell='acknowledge']")).to_be_focused()
    page.keyboard.press("Enter")
    expect(card.locator("[data-word='acknowledged']")).to_be_visible(timeout=20_000)
    assert patient_of(service, stroke)["prealert"]["state"] == "acknowledged"


def test_a_hospital_that_refuses_by_telephone_is_named_with_its_reason_and_another_is_told(
    open_page: OpenPage, service: Any, stroke: Any
) -> None:
    page = opened(open_page, service, stroke, language="en")
    first = patient_of(service, stroke)["hospital_id"]
    page.locator("[data-tell='refusal']").click()
    page.locator("#reception .reason").fill("CT down")
    page.get_by_role("button", name="Write down, choose again").click()
    expect(page.locator(".refusal")).to_contain_text("CT down", timeout=20_000)
    assert patient_of(service, stroke)["turned_away"][0]["hospital_id"] == first


def test_a_transfer_that_is_agreed_on_is_an_alarm_until_a_crew_is_asked_for(
    open_page: OpenPage, own_service: Any
) -> None:
    asked = own_service.post(
        "/hospitals/H031/transfers", {"to_hospital_id": "H006", "reason": "大血管闭塞,需取栓", "age_years": 68}
    )
    page = open_page(own_service.url + "/?map=canvas")
    row = page.locator(f"[data-transfer='{asked['transfer_id']}']")
    page.locator("#count-transfers").click(timeout=20_000)
    row.get_by_role("button", name="接收", exact=True).click()
    alarm = page.locator(f"[data-alarm='transfer {asked['transfer_id']}']")
    expect(alarm).to_be_visible(timeout=20_000)
    page.keyboard.press("t")
    row.locator("[data-plan]").click(timeout=20_000)
    page.locator("#submit-call").click()
    expect(alarm).to_have_count(0, timeout=20_000)
    (moved,) = own_service.get("/incidents")["items"]
    assert (moved["complaint"], moved["patients"][0]["age_years"]) == ("transfer", 68)
    assert moved["recommendation"]["hospital_id"] == "H006"


@pytest.fixture
def with_platform(tmp_path: Path, running: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A service whose records platform knows one patient, who must not be given penicillin."""
    server = FhirServer()
    patient = server.create({"resourceType": "Patient", "identifier": [CARD], "gender": "female", "birthDate": "1958"})
    of = {"reference": f"Patient/{patient['id']}"}
    server.create({"resourceType": "AllergyIntolerance", "patient": of, "code": {"text": "青霉素"}})
    with running_fhir(server) as url:
        monkeypatch.setenv("DISPATCH_FHIR_PEER", url)
        with running(tmp_path) as service:
            yield service


def test_a_record_is_covered_until_it_is_needed_and_covered_again_after(
    open_page: OpenPage, with_platform: Any
) -> None:
    stroke = on_the_way(with_platform)
    page = opened(open_page, with_platform, stroke)
    record = page.locator("[data-record]")
    record.locator("summary").click()
    record.get_by_label("证件或健康卡体系").fill(CARD["system"])
    record.get_by_label("号码").fill(CARD["value"])
    record.get_by_role("button", name="调阅").click()
    expect(record.locator("li")).to_contain_text("推定同意", timeout=20_000)
    expect(record.locator("li")).to_contain_text("已取得", timeout=20_000)
    expect(record).not_to_contain_text("青霉素")
    expect(record.get_by_label("号码")).to_have_value("")
    record.locator("[data-uncover]").click()
    expect(record).to_contain_text("青霉素", timeout=20_000)
    expect(record).not_to_contain_text("既往卒中")
    page.keyboard.press("t")
    page.locator(f"[data-incident='{stroke['incident_id']}']").click()
    expect(record).not_to_contain_text("青霉素")
