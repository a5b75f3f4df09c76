"""Many patients at the console: the plan by tag, who waits and why, patients for crews, and what hospitals take."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]
TAGS = ("red", "red", "yellow", "yellow", "green", None)
SCENE = {"lat": 22.5800, "lon": 113.8700, "datum": "wgs84", "accuracy_m": 30}


def crash_at(service: Any) -> Any:
    """A crash with six patients, five of them tagged, and two crews on their way."""
    call = {"complaint": "trauma_traffic", "location": SCENE, "address_text": "107 国道西乡段", "n_patients": 6}
    taken = service.post("/calls", call)
    incident_id = taken["incident"]["incident_id"]
    seen = {"observed_at": taken["incident"]["received_at"], "observer": "现场"}
    patients = [patient["patient_id"] for patient in taken["incident"]["patients"]]
    found = [
        {"kind": "triage_tag", "value": tag, "patient_id": patient_id, **seen}
        for patient_id, tag in zip(patients, TAGS, strict=True)
        if tag is not None
    ]
    service.post(f"/incidents/{incident_id}/findings", found)
    for unit in taken["recommendation"]["units"][:2]:
        service.post(f"/incidents/{incident_id}/assignments", {"unit_id": unit["unit_id"]})
    return service.get(f"/incidents/{incident_id}")


@pytest.fixture
def crash(service: Any) -> Iterator[Any]:
    """At the service that tests share, until the test is over."""
    crash = crash_at(service)
    yield crash
    service.post(f"/incidents/{crash['incident_id']}/cancel", {"reason": "test"})


def _opened(open_page: OpenPage, service: Any, crash: Any, **options: Any) -> Page:
    page = open_page(service.url + "/?map=canvas", **options)
    page.locator(f"[data-incident='{crash['incident_id']}']").click(timeout=20_000)
    expect(page.locator(".casualties")).to_be_visible(timeout=20_000)
    return page


def test_the_plan_says_who_goes_where_with_whom_and_when(open_page: OpenPage, service: Any, crash: Any) -> None:
    page = _opened(open_page, service, crash)
    plan = service.get(f"/incidents/{crash['incident_id']}/casualty-plan")
    for way in plan["patients"]:
        row = page.locator(f"[data-patient='{way['patient_id']}']")
        expect(row).to_contain_text(way["call_sign"])
        expect(row).to_contain_text("离开现场")
    assert [page.locator(f".triage[data-tag='{tag}'] li").count() for tag in ("red", "yellow", "green", "none")] == [
        *(2, 2, 1, 1)
    ]
    expect(page.locator("[data-hospitals] summary")).to_contain_text("接收能力为假定")


def test_a_tag_told_by_the_scene_moves_its_patient(open_page: OpenPage, service: Any, crash: Any) -> None:
    page = _opened(open_page, service, crash)
    last = crash["patients"][5]["patient_id"]
    page.locator(f"[data-patient='{last}'] select").select_option("red")
    expect(page.locator(f".triage[data-tag='red'] [data-patient='{last}']")).to_be_visible(timeout=20_000)


def test_a_crew_is_given_another_patient(open_page: OpenPage, service: Any, crash: Any) -> None:
    page = _opened(open_page, service, crash)
    assignment = crash["assignments"][0]["assignment_id"]
    green = crash["patients"][4]["patient_id"]
    takes = page.locator(f"[data-takes='{assignment}']")
    takes.select_option(green)
    expect(takes).to_have_value(green, timeout=20_000)
    expect(page.locator(f"[data-patient='{green}'] small")).not_to_contain_text("接收", timeout=20_000)
    patients = service.get(f"/incidents/{crash['incident_id']}")["patients"]
    assert next(p for p in patients if p["patient_id"] == green)["assignment_id"] == assignment


def test_a_hospital_that_says_it_takes_nobody_is_planned_around(open_page: OpenPage, service: Any, crash: Any) -> None:
    page = _opened(open_page, service, crash, language="en")
    hospital_id = service.get(f"/incidents/{crash['incident_id']}/casualty-plan")["patients"][0]["hospital_id"]
    page.locator("[data-hospitals] summary").click()
    row = page.locator(f".triage li[data-hospital='{hospital_id}']")
    row.get_by_role("button", name="Enter capacity").click()
    for label in ("red", "yellow", "green"):
        row.get_by_label(label).fill("0")
    row.get_by_role("button", name="Enter", exact=True).click()
    expect(row).to_contain_text("0 planned", timeout=20_000)
    used = {way["hospital_id"] for way in service.get(f"/incidents/{crash['incident_id']}/casualty-plan")["patients"]}
    assert hospital_id not in used


def test_what_is_short_is_an_alarm_and_the_plan_can_be_followed(open_page: OpenPage, own_service: Any) -> None:
    crash = crash_at(own_service)
    for hospital in own_service.get("/hospitals?limit=1000")["items"]:
        said = {"red": 1 if hospital["hospital_id"] == "H002" else 0, "yellow": 9, "green": 9, "source": "test"}
        own_service.post(f"/hospitals/{hospital['hospital_id']}/casualty-capacity", said)
    page = _opened(open_page, own_service, crash)
    expect(page.locator("[data-unplaced='no_bed']")).to_contain_text("1 名红标伤员")
    page.locator("#follow-plan").click()
    expect(page.locator(".casualties [data-outcome='committed']")).to_be_visible(timeout=20_000)
