"""Warnings of premises over HTTP: entered with an end, told while a call is taken and with the order, looked at again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

POINT = {"lat": 22.5431, "lon": 114.0579, "datum": "wgs84", "accuracy_m": 10}
NEAR = {**POINT, "lat": 22.5432}
NOW = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)
Wire = dict[str, Any]


def dog(days: float = 180, **more: Any) -> Wire:
    end = (NOW + timedelta(days=days)).isoformat()
    return {"kind": "dog", "text": "大型犬", "reason": "车组被咬", "location": POINT, "expires_at": end, **more}


async def test_it_is_told_while_the_call_is_taken_and_then_with_the_incident(client: httpx.AsyncClient) -> None:
    entered = await client.post("/api/v1/premises", json=dog())
    assert entered.status_code == 201
    asked = await client.post("/api/v1/premises/at", json={"location": NEAR, "address_text": None})
    assert [each["text"] for each in asked.json()["items"]] == ["大型犬"]
    taken = await client.post("/api/v1/calls", json={"complaint": "trauma_fall", "location": NEAR})
    incident = taken.json()["incident"]
    assert [each["warning_id"] for each in incident["premises"]] == [entered.json()["warning_id"]]
    far = await client.post("/api/v1/premises/at", json={"location": {**POINT, "lat": 22.55}})
    assert far.json()["items"] == []


async def test_an_incident_lends_its_place(client: httpx.AsyncClient) -> None:
    call = {"complaint": "trauma_fall", "location": POINT, "address_text": "福田区福中路 5 号"}
    incident_id = (await client.post("/api/v1/calls", json=call)).json()["incident"]["incident_id"]
    body = {name: value for name, value in dog(incident_id=incident_id).items() if name != "location"}
    entered = (await client.post("/api/v1/premises", json=body)).json()
    assert (entered["address_text"], entered["location"]["lat"]) == ("福田区福中路 5 号", 22.5431)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (dog(days=-1), "/expires_at"),
        (dog(days=400), "/expires_at"),
        (dog(location={**POINT, "accuracy_m": 800}), "/location"),
    ],
    ids=["over already", "longer than a year", "somewhere"],
)
async def test_without_an_end_or_an_exact_place_it_is_refused(
    client: httpx.AsyncClient, body: Wire, pointer: str
) -> None:
    answer = await client.post("/api/v1/premises", json=body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_it_is_looked_at_again_and_ended(client: httpx.AsyncClient) -> None:
    warning_id = (await client.post("/api/v1/premises", json=dog())).json()["warning_id"]
    again = {"reason": "电话核实", "expires_at": dog(days=300)["expires_at"]}
    held = (await client.post(f"/api/v1/premises/{warning_id}/review", json=again)).json()
    assert (held["reason"], held["reviewed_by"]) == ("电话核实", "dev")
    ended = await client.post(f"/api/v1/premises/{warning_id}/end", json={"reason": "已搬走"})
    assert ended.status_code == 200
    assert (await client.get("/api/v1/premises")).json()["items"] == []
    gone = await client.post(f"/api/v1/premises/{warning_id}/end", json={"reason": "已搬走"})
    assert gone.json()["code"] == "warning_not_found"
