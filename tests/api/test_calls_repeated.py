"""`Idempotency-Key`: a request that is sent again is answered again, word for word, and nothing happens twice."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import httpx
import pytest

from dispatch.api.app import create_app
from dispatch.api.wiring import Service
from dispatch.engine.clocks import VirtualClock
from dispatch.engine.ports import Batch, DependencyFailed
from tests.api.conftest import City
from tests.fakes.control_room import STROKE, ControlRoom, idle_units
from tests.fakes.memory_journal import MemoryJournal

KEY = {"Idempotency-Key": "call-desk-7-000123"}


async def post(client: httpx.AsyncClient, body: Any, path: str = "/calls") -> httpx.Response:
    return await client.post(f"/api/v1{path}", json=body, headers=KEY)


async def test_the_same_request_is_answered_with_the_same_bytes(
    client: httpx.AsyncClient, journal: MemoryJournal
) -> None:
    first = await post(client, STROKE)
    head = journal.head_seq
    again = await post(client, STROKE)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert journal.head_seq == head


async def test_the_answer_stays_as_it_was_while_the_world_moves_on(room: ControlRoom) -> None:
    taken = await room.post("/calls", STROKE, 201, Idempotency_Key="k")
    incident_id, unit_id = taken["incident"]["incident_id"], taken["recommendation"]["units"][0]["unit_id"]
    await room.assign(incident_id, unit_id)
    assert await room.post("/calls", STROKE, 201, Idempotency_Key="k") == taken


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({**STROKE, "age_years": 70}, "/calls"),
        (STROKE, "/incidents/inc-live-none/notes"),
        ({"duty": "in_service"}, "/units/U001/status"),
    ],
)
async def test_a_key_belongs_to_one_request(client: httpx.AsyncClient, body: dict[str, Any], path: str) -> None:
    await post(client, STROKE)
    other = await post(client, body, path)
    if other.status_code == 422:  # what is no request at all is refused as such before its key is looked at
        assert path.endswith("/notes")
        return
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")


async def test_duplicates_that_arrive_together_open_one_incident(
    client: httpx.AsyncClient, journal: MemoryJournal, room: ControlRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A nervous finger: the others wait until the first is durable, then get its answer."""
    is_appended, append = asyncio.Event(), journal.append

    def watched(batch: Batch) -> Awaitable[None]:
        is_appended.set()
        return append(batch)

    monkeypatch.setattr(journal, "append", watched)
    journal.hold()
    sent = [asyncio.create_task(post(client, STROKE)) for _ in range(8)]
    await is_appended.wait()
    assert not any(task.done() for task in sent)
    journal.release()
    answers = await asyncio.gather(*sent)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 7
    assert len((await room.get("/incidents"))["items"]) == 1


async def test_a_refused_request_may_be_sent_again_when_things_have_changed(room: ControlRoom) -> None:
    """Nothing was done, so nothing is kept: the same key works once the unit is free."""
    incident_id, assignment_id, unit_id = await room.sent_out()
    other = (await room.call())["incident"]["incident_id"]
    path, body = f"/incidents/{other}/assignments", {"unit_id": unit_id}
    await room.post(path, body, 409, Idempotency_Key="again")
    await room.post(f"/assignments/{assignment_id}/cancel", {"reason": "改派"})
    await room.post(path, body, 201, Idempotency_Key="again")
    assert incident_id != other


async def test_a_request_that_changes_nothing_keeps_its_key_too(room: ControlRoom, journal: MemoryJournal) -> None:
    (unit_id,) = idle_units(await room.get("/units", limit=50), 1)
    head = journal.head_seq
    first = await room.post(f"/units/{unit_id}/status", {"duty": "in_service"}, 200, Idempotency_Key="duty")
    assert first["duty"] == "in_service"
    assert journal.head_seq == head
    refused = await room.post(
        f"/units/{unit_id}/status", {"duty": "out_of_service", "reason": "保养"}, 409, Idempotency_Key="duty"
    )
    assert refused["code"] == "idempotency_key_reused"


async def test_every_command_takes_a_key(room: ControlRoom, journal: MemoryJournal) -> None:
    incident_id, assignment_id, _ = await room.sent_out()
    hospital_id = (await room.get("/hospitals", limit=1))["items"][0]["hospital_id"]
    patient_id = (await room.incident(incident_id))["patients"][0]["patient_id"]
    requests: list[tuple[str, Any]] = [
        (f"/incidents/{incident_id}/notes", {"text": "东门接引"}),
        (f"/incidents/{incident_id}/triage", {"priority": "orange", "reason": "好转"}),
        (f"/incidents/{incident_id}/location", {"address_text": "福田区"}),
        (f"/assignments/{assignment_id}/status", {"status": "en_route"}),
        (f"/assignments/{assignment_id}/destination", {"hospital_id": hospital_id, "reason": "家属要求"}),
        (f"/patients/{patient_id}/outcome", {"state": "refused", "reason": "拒绝送院"}),
        (f"/assignments/{assignment_id}/cancel", {"reason": "拒绝送院"}),
        (f"/incidents/{incident_id}/close", {"reason": "拒绝送院"}),
        (f"/hospitals/{hospital_id}/status", {"capability": "ct", "state": "busy", "source": "急诊科"}),
    ]
    for number, (path, body) in enumerate(requests):
        first = await room.post(path, body, 200, Idempotency_Key=f"key-{number}")
        head = journal.head_seq
        assert await room.post(path, body, 200, Idempotency_Key=f"key-{number}") == first, path
        assert journal.head_seq == head, path


async def test_keys_outlive_a_restart(
    city: City, journal: MemoryJournal, clock: VirtualClock, client: httpx.AsyncClient
) -> None:
    first = await post(client, STROKE)
    restarted = httpx.ASGITransport(app=create_app(city.service(journal, clock)))
    async with httpx.AsyncClient(transport=restarted, base_url="http://service") as later:
        again = await post(later, STROKE)
    assert again.content == first.content


async def test_a_key_whose_request_could_not_be_saved_is_not_kept(
    service: Service, journal: MemoryJournal, client: httpx.AsyncClient, city: City, clock: VirtualClock
) -> None:
    journal.fail_with = DependencyFailed("no space left on device")
    assert (await post(client, STROKE)).status_code == 503
    journal.fail_with = None
    restarted = httpx.ASGITransport(app=create_app(city.service(journal, clock)))
    async with httpx.AsyncClient(transport=restarted, base_url="http://service") as later:
        answer = await post(later, STROKE)
    assert answer.status_code == 201
    assert "Idempotency-Replayed" not in answer.headers


@pytest.mark.parametrize("key", ["", "x" * 201])
async def test_a_key_has_a_sensible_length(client: httpx.AsyncClient, key: str) -> None:
    refused = await client.post("/api/v1/calls", json=STROKE, headers={"Idempotency-Key": key})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_field")
    assert refused.json()["errors"][0]["pointer"] == "header:Idempotency-Key"
