"""What anybody says of an AED is kept, shown as unverified with its age, and moves the device down."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from dispatch.api.rate_limit import REPORTS_BURST
from dispatch.api.wiring import Service
from dispatch.domain.events_aeds import AedReported
from dispatch.engine.clocks import VirtualClock
from maps_data.aed_usable import REPORT_FRESH_FOR
from tests.fakes.memory_journal import MemoryJournal

NEAREST = "/api/v1/aeds/nearest?lat=22.5431&lon=114.0579"


async def nearest(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    features: list[dict[str, Any]] = (await client.get(NEAREST)).json()["features"]
    return features


async def report(client: httpx.AsyncClient, aed_id: str, **body: Any) -> httpx.Response:
    return await client.post(f"/api/v1/aeds/{aed_id}/reports", json=body)


async def test_a_report_is_in_the_journal_before_it_is_answered(
    client: httpx.AsyncClient, journal: MemoryJournal
) -> None:
    answer = await report(client, "AED-M001-1", kind="missing", text="柜子是空的")
    assert answer.status_code == 201
    assert answer.json()["report"]["is_verified"] is False
    recorded = journal.entries[-1]
    assert recorded.actor == "public"
    assert isinstance(recorded.event, AedReported)
    assert (recorded.event.aed_id, recorded.event.kind, recorded.event.text) == ("AED-M001-1", "missing", "柜子是空的")


@pytest.mark.parametrize("kind", ["missing", "used", "locked"])
async def test_a_reported_device_loses_its_place_and_says_why(
    client: httpx.AsyncClient, clock: VirtualClock, kind: str
) -> None:
    first = (await nearest(client))[0]
    await report(client, first["id"], kind=kind)
    clock.advance_to(clock.now() + timedelta(minutes=10))
    assert (await nearest(client))[0]["id"] != first["id"]
    body = (await client.get(f"{NEAREST}&k=20")).json()
    said = next(feature["properties"] for feature in body["features"] if feature["id"] == first["id"])
    assert (said["report"]["kind"], said["report"]["age_s"], said["report"]["is_verified"]) == (kind, 600, False)
    assert f"reported_{kind}" in {reason["code"] for reason in said["why"]}
    assert said["eta"]["risk_s"] > first["properties"]["eta"]["risk_s"]


async def test_a_report_is_shown_on_the_device_but_its_words_are_not(client: httpx.AsyncClient) -> None:
    await report(client, "AED-M001-1", kind="moved", text="在二楼,找王先生 13800000000")
    answer = await client.get("/api/v1/aeds/AED-M001-1")
    assert answer.json()["properties"]["report"]["kind"] == "moved"
    assert "13800000000" not in answer.text


async def test_the_latest_sight_counts_not_the_latest_message(client: httpx.AsyncClient, clock: VirtualClock) -> None:
    an_hour_ago = (clock.now() - timedelta(hours=1)).isoformat()
    await report(client, "AED-M001-1", kind="works")
    await report(client, "AED-M001-1", kind="missing", at=an_hour_ago)
    said = (await client.get("/api/v1/aeds/AED-M001-1")).json()["properties"]["report"]
    assert said["kind"] == "works"


async def test_a_report_is_forgotten_after_a_week(client: httpx.AsyncClient, clock: VirtualClock) -> None:
    await report(client, "AED-M001-1", kind="missing")
    clock.advance_to(clock.now() + REPORT_FRESH_FOR + timedelta(seconds=1))
    assert (await client.get("/api/v1/aeds/AED-M001-1")).json()["properties"]["report"] is None


async def test_staff_read_the_words_of_all_reports(client: httpx.AsyncClient) -> None:
    await report(client, "AED-M002-1", kind="locked", text="铁门锁着")
    await report(client, "AED-M001-1", kind="missing")
    items = (await client.get("/api/v1/aeds/reports")).json()["items"]
    assert [item["aed_id"] for item in items] == ["AED-M001-1", "AED-M002-1"]
    assert items[1]["reports"][0]["text"] == "铁门锁着"
    page = (await client.get("/api/v1/aeds/reports", params={"limit": 1})).json()
    assert page["next"] == "AED-M001-1"
    rest = (await client.get("/api/v1/aeds/reports", params={"after": page["next"]})).json()
    assert [item["aed_id"] for item in rest["items"]] == ["AED-M002-1"]


async def test_the_public_does_not(client: httpx.AsyncClient, service: Service) -> None:
    service.is_development = False
    assert (await client.get("/api/v1/aeds/reports")).status_code == 401
    assert (await report(client, "AED-M001-1", kind="works")).status_code == 201


async def test_a_report_repeated_with_its_key_is_one_report(
    client: httpx.AsyncClient, journal: MemoryJournal, clock: VirtualClock
) -> None:
    """However late: what may not be reported any more may still be asked after."""
    for _ in range(2):
        answer = await client.post(
            "/api/v1/aeds/AED-M001-1/reports",
            json={"kind": "used", "at": "2026-11-30T10:00:00+08:00"},
            headers={"Idempotency-Key": "7c1e"},
        )
        assert answer.status_code == 201
        clock.advance_to(clock.now() + REPORT_FRESH_FOR + timedelta(seconds=1))
    assert sum(isinstance(recorded.event, AedReported) for recorded in journal.entries) == 1


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"kind": "stolen"}, "/kind"),
        ({}, "/kind"),
        ({"kind": "works", "text": ""}, "/text"),
        ({"kind": "works", "text": "字" * 501}, "/text"),
        ({"kind": "works", "at": "2026-11-30T10:00:01+08:00"}, "/at"),
        ({"kind": "works", "at": "2026-11-30T09:00:00"}, "/at"),
        ({"kind": "works", "at": "2026-11-20T09:00:00+08:00"}, "/at"),
        ({"kind": "works", "name": "王"}, "/name"),
    ],
)
async def test_a_wrong_field_is_named_and_nothing_is_kept(
    client: httpx.AsyncClient, journal: MemoryJournal, body: dict[str, str], pointer: str
) -> None:
    before = journal.head_seq
    answer = await report(client, "AED-M001-1", **body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert journal.head_seq == before


async def test_a_device_that_nobody_lists_cannot_be_reported(client: httpx.AsyncClient) -> None:
    answer = await report(client, "AED-none", kind="missing")
    assert (answer.status_code, answer.json()["code"]) == (404, "aed_not_found")


async def test_reports_come_in_no_faster_than_somebody_walks(client: httpx.AsyncClient, service: Service) -> None:
    service.is_development = False
    answers = [await report(client, "AED-M001-1", kind="works") for _ in range(int(REPORTS_BURST) + 1)]
    assert [answer.status_code for answer in answers] == [201] * int(REPORTS_BURST) + [429]
    assert answers[-1].headers["Retry-After"] == "10"
    assert (await client.get(NEAREST)).status_code == 200  # looking is counted apart
