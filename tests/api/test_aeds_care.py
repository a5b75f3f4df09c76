"""What staff do about devices: settle reports, inspect, and go where it helps most."""

from typing import Any

import httpx
import pytest

AED = "AED-M001-1"


async def post(client: httpx.AsyncClient, path: str, body: Any, status: int) -> Any:
    answer = await client.post(f"/api/v1/aeds/{AED}/{path}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def shown(client: httpx.AsyncClient) -> dict[str, Any]:
    properties: dict[str, Any] = (await client.get(f"/api/v1/aeds/{AED}")).json()["properties"]
    return properties


async def test_a_confirmed_report_takes_the_device_out_until_somebody_was_there(client: httpx.AsyncClient) -> None:
    await post(client, "reports", {"kind": "missing"}, 201)
    await post(client, "review", {"outcome": "confirmed", "reason": "值班电话核实"}, 200)
    assert ((await shown(client))["is_withdrawn"], (await shown(client))["report"]) == (True, None)
    near = (await client.get("/api/v1/aeds/nearest?lat=22.53351&lon=114.11273&k=3")).json()
    assert AED not in {feature["id"] for feature in near["features"]}
    assert AED in {left_out["id"] for left_out in near["closed_sooner"]["first"]}

    found = {"works": True, "pads_expiry": "2029-01-31", "note": "换了电极片"}
    await post(client, "inspections", found, 201)
    now = await shown(client)
    assert (now["is_withdrawn"], now["device"]["pads_expiry"], now["device"]["pads_ok"]) == (False, "2029-01-31", True)
    assert now["verification"] == {"at": "2026-11-30", "by": "120", "method": "inspection"}


async def test_a_dismissed_report_is_gone(client: httpx.AsyncClient) -> None:
    await post(client, "reports", {"kind": "locked"}, 201)
    await post(client, "review", {"outcome": "dismissed"}, 200)
    assert (await shown(client))["report"] is None
    assert (await client.get("/api/v1/aeds/reports")).json()["items"] == []
    assert (await post(client, "review", {"outcome": "dismissed"}, 409))["code"] == "aed_not_reported"


async def test_an_inspection_that_finds_it_broken_withdraws_it(client: httpx.AsyncClient) -> None:
    await post(client, "inspections", {"works": False}, 201)
    assert (await shown(client))["is_withdrawn"]


@pytest.mark.parametrize(("path", "body"), [("review", {"outcome": "confirmed"}), ("inspections", {"works": True})])
async def test_a_device_that_nobody_lists_cannot_be_cared_for(client: httpx.AsyncClient, path: str, body: Any) -> None:
    answer = await client.post(f"/api/v1/aeds/AED-none/{path}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "aed_not_found")


async def test_the_worklist_begins_where_an_inspection_helps_most(client: httpx.AsyncClient) -> None:
    body = (await client.get("/api/v1/aeds/inspections", params={"limit": 20})).json()
    assert body["total"] > 1_000  # a quarter of the simulated devices have something against them
    benefits = [item["benefit"] for item in body["items"]]
    assert benefits == sorted(benefits, reverse=True)
    first = body["items"][0]
    assert first["benefit"] == pytest.approx(first["residents"] * first["gain_s"], rel=0.01)
    assert first["reasons"]
    await client.post(f"/api/v1/aeds/{first['aed_id']}/inspections", json={"works": True})
    after = (await client.get("/api/v1/aeds/inspections", params={"limit": 20})).json()
    assert first["aed_id"] not in {item["aed_id"] for item in after["items"] if "check_overdue" in str(item["reasons"])}
