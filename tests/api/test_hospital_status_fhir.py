"""Hospital status as FHIR observations: out as reported, in entry by entry, and the two are each other's inverse."""

import copy
from datetime import timedelta
from typing import Any

import httpx
import pytest

from dispatch.engine.clocks import VirtualClock
from tests.fakes.control_room import ControlRoom

PATH = "/fhir/hospital-status"
Wire = dict[str, Any]


@pytest.fixture
async def reported(room: ControlRoom, clock: VirtualClock) -> Wire:
    """H002 says that its cath lab is busy, with no slot, for two hours; the bundle that follows."""
    expires_at = (clock.now() + timedelta(hours=2)).isoformat()
    body = {"capability": "cath_lab", "state": "busy", "source": "导管室", "slots_free": 0, "expires_at": expires_at}
    await room.post("/hospitals/H002/status", body)
    bundle: Wire = await room.get(PATH)
    return bundle


async def capability(room: ControlRoom, name: str) -> Wire:
    hospitals = (await room.get("/hospitals"))["items"]
    found: Wire = next(h for h in hospitals if h["hospital_id"] == "H002")["capabilities"][name]
    return found


async def test_only_what_was_reported_is_there(reported: Wire) -> None:
    (entry,) = reported["entry"]
    observation = entry["resource"]
    assert observation["subject"]["identifier"]["value"] == "H002"
    assert observation["valueCodeableConcept"]["coding"][0]["code"] == "busy"
    assert observation["component"][0]["valueInteger"] == 0
    assert observation["effectivePeriod"]["end"] == "2026-11-30T04:00:00+00:00"


async def test_what_goes_out_comes_in_again(room: ControlRoom, reported: Wire) -> None:
    said = await capability(room, "cath_lab")
    await room.post("/hospitals/H002/status", {"capability": "cath_lab", "state": "available", "source": "试验"})
    assert await room.post(PATH, reported) == {"accepted": 1, "rejected": []}
    assert await capability(room, "cath_lab") == said


@pytest.mark.parametrize(
    ("place", "value", "code"),
    [
        (("status",), "preliminary", "not_final"),
        (("subject", "identifier", "value"), "H999", "hospital_not_found"),
        (("subject", "identifier", "system"), "urn:elsewhere", "hospital_not_found"),
        (("code", "coding", 0, "code"), "swimming_pool", "capability_not_known"),
        (("valueCodeableConcept", "coding", 0, "code"), "unknown", "state_not_known"),
        (("effectivePeriod", "end"), "2026-11-30T01:00:00+00:00", "expired_or_without_end"),
        (("effectivePeriod", "end"), "2026-12-30", "expired_or_without_end"),
        (("effectivePeriod", "start"), "2026-11-30T02:00:01+00:00", "start_required"),
    ],
)
async def test_what_cannot_be_taken_is_named_and_the_rest_is_taken(
    room: ControlRoom, reported: Wire, place: tuple[str | int, ...], value: str, code: str
) -> None:
    wrong = copy.deepcopy(reported["entry"][0])
    inner: Any = wrong["resource"]
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    bundle = {**reported, "entry": [wrong, reported["entry"][0]]}
    assert await room.post(PATH, bundle) == {"accepted": 1, "rejected": [{"index": 0, "code": code}]}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"resourceType": "Patient"},
        {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {"resourceType": "Observation"}}]},
        {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {"resourceType": "Patient"}}]},
        {"resourceType": "Bundle", "type": "collection", "entry": [{}]},
        {"resourceType": "Bundle", "type": "collection", "pages": 3},
    ],
)
async def test_what_is_no_such_bundle_changes_nothing(client: httpx.AsyncClient, room: ControlRoom, body: Wire) -> None:
    answer = await client.post(f"/api/v1{PATH}", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "not_fhir")
    assert "entry" not in await room.get(PATH)
