"""Errors: RFC 9457 answers with a stable code, both languages and the place of what is wrong; and nothing is changed by any."""

from typing import Any

import httpx
import pytest

from dispatch.adapters.roster import roster_of
from dispatch.api.wiring import Service, degraded_codes
from dispatch.engine.engine import ENGINE_ACTOR
from dispatch.engine.ports import DependencyFailed
from tests.fakes.control_room import FUTIAN, STROKE, ControlRoom
from tests.fakes.memory_journal import MemoryJournal

JSON = {"Content-Type": "application/json"}


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem, once it is known to be a whole one."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["title"]
    assert body["detail"]
    assert body["detail_en"]
    return body


@pytest.mark.parametrize(
    "text",
    [
        b'{"complaint": ',
        b'{"complaint": "\xff\xfe"}',
        b"not json at all",
        b"[" * 100_000,
        b'{"age_years": ' + b"9" * 5000 + b"}",
    ],
    ids=["cut off", "no utf-8", "words", "too deep", "too many digits"],
)
async def test_what_is_no_json_is_malformed(client: httpx.AsyncClient, journal: MemoryJournal, text: bytes) -> None:
    head = journal.head_seq
    problem(await client.post("/api/v1/calls", content=text, headers=JSON), 400, "malformed_json")
    assert journal.head_seq == head


@pytest.mark.parametrize(
    ("location", "pointer"),
    [({"lat": 22.5, "lon": 114.0}, "/location/datum"), ({**FUTIAN, "datum": None}, "/location/datum")],
)
async def test_a_place_without_datum_is_refused(
    client: httpx.AsyncClient, journal: MemoryJournal, location: dict[str, Any], pointer: str
) -> None:
    head = journal.head_seq
    answer = await client.post("/api/v1/calls", json={"location": location, "complaint": "stroke"})
    body = problem(answer, 400, "datum_required")
    assert pointer in {error["pointer"] for error in body["errors"]}
    assert journal.head_seq == head


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"complaint": "strok"}, "/complaint"),
        ({"complaint": "99Z9"}, "/complaint"),
        ({"complaint": 7}, "/complaint"),
        ({"location": {**FUTIAN, "lat": 91}}, "/location/lat"),
        ({"location": {**FUTIAN, "lat": "north"}}, "/location/lat"),
        ({"location": {**FUTIAN, "datum": "wgs72"}}, "/location/datum"),
        ({"location": {**FUTIAN, "accuracy_m": -1}}, "/location/accuracy_m"),
        ({"location": {**FUTIAN, "altitude_m": 12}}, "/location/altitude_m"),
        ({"location": None}, "/location"),
        ({"caller_phone": "call me"}, "/caller_phone"),
        ({"age_years": 200}, "/age_years"),
        ({"sex": "x"}, "/sex"),
        ({"floor": 1.5}, "/floor"),
        ({"n_patients": 0}, "/n_patients"),
        ({"priority": "black"}, "/priority"),
        ({"onset_at": "2026-11-30T08:00:00"}, "/onset_at"),
        ({"onset_at": "yesterday"}, "/onset_at"),
        ({"onset_at": 1796004000}, "/onset_at"),
        ({"onset_at": "1796004000000000"}, "/onset_at"),
        ({"onset_at": "0001-01-01T00:00:00+14:00"}, "/onset_at"),
        ({"onset_at": "2027-01-01T00:00:00Z"}, "/onset_at"),
        ({"last_known_well_at": "2027-01-01T00:00:00Z"}, "/last_known_well_at"),
        ({"answers": {"": "yes"}}, "/answers"),
        ({"answers": {"awake": "x" * 201}}, "/answers/awake"),
        ({"findings": [{"kind": "scale"}]}, "/findings/0/value"),
        ({"patient_name": "A"}, "/patient_name"),
        ({"a/b~c": 1}, "/a~1b~0c"),
    ],
)
async def test_a_wrong_field_is_named_by_its_pointer(
    client: httpx.AsyncClient, journal: MemoryJournal, change: dict[str, Any], pointer: str
) -> None:
    head = journal.head_seq
    answer = await client.post("/api/v1/calls", json={**STROKE, **change})
    body = problem(answer, 422, "invalid_field")
    pointers = {error["pointer"] for error in body["errors"]}
    assert any(found.startswith(pointer) for found in pointers), pointers
    assert all(error["code"] and error["message"] for error in body["errors"])
    assert journal.head_seq == head


async def test_text_that_is_no_unicode_is_refused(client: httpx.AsyncClient) -> None:
    """Half of a surrogate pair: legal in JSON's escapes, but no text that could be kept."""
    text = b'{"complaint": "stroke", "address_text": "\\ud800"}'
    body = problem(await client.post("/api/v1/calls", content=text, headers=JSON), 422, "invalid_field")
    assert [error["pointer"] for error in body["errors"]] == ["/address_text"]


async def test_numbers_that_are_none_are_refused(client: httpx.AsyncClient) -> None:
    """JSON has no NaN, but some writers write it."""
    text = b'{"complaint": "stroke", "location": {"lat": NaN, "lon": Infinity, "datum": "wgs84"}}'
    body = problem(await client.post("/api/v1/calls", content=text, headers=JSON), 422, "invalid_field")
    assert {error["pointer"] for error in body["errors"]} == {"/location/lat", "/location/lon"}


@pytest.mark.parametrize(("content", "headers"), [(b"", JSON), (b"[]", JSON), (b"7", JSON), (b'{"complaint":"x"}', {})])
async def test_a_body_that_is_no_object_is_wrong_as_a_whole(
    client: httpx.AsyncClient, content: bytes, headers: dict[str, str]
) -> None:
    answer = await client.post("/api/v1/calls", content=content, headers=headers)
    body = problem(answer, 422, "invalid_field")
    assert [error["pointer"] for error in body["errors"]] == [""]


async def test_a_parameter_of_the_query_is_named(client: httpx.AsyncClient) -> None:
    body = problem(await client.get("/api/v1/incidents?state=lost"), 422, "invalid_field")
    assert [error["pointer"] for error in body["errors"]] == ["query:state"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "not_found"),
        ("GET", "/api/v1/incidents/inc-live-none", 404, "incident_not_found"),
        ("GET", "/api/v1/incidents/inc-live-none/recommendation", 404, "incident_not_found"),
        ("DELETE", "/api/v1/calls", 405, "method_not_allowed"),
        ("PUT", "/api/v1/incidents/inc-live-none", 405, "method_not_allowed"),
    ],
)
async def test_what_is_not_there_is_a_problem_too(
    client: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    problem(await client.request(method, path), status, code)


async def test_an_incident_that_wanted_nobody_has_no_recommendation(room: ControlRoom) -> None:
    incident_id = (await room.call())["incident"]["incident_id"]
    await room.change(incident_id, "triage", {"units_required": 0, "reason": "咨询"})
    # It had one before it was known to need none, and that one is still on record.
    assert (await room.get(f"/incidents/{incident_id}/recommendation"))["seq"] is not None


async def test_a_body_has_its_limits(client: httpx.AsyncClient, journal: MemoryJournal) -> None:
    head = journal.head_seq
    answer = await client.post("/api/v1/calls", json={**STROKE, "address_text": "长" * 1_000_000})
    problem(answer, 413, "body_too_large")
    assert journal.head_seq == head


async def test_a_fault_of_ours_is_a_problem_and_tells_nothing_about_us(
    client: httpx.AsyncClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "positions", None)
    body = problem(await client.get("/api/v1/units"), 500, "internal_error")
    assert "fixes" not in str(body)


async def test_without_a_journal_nothing_is_promised(
    client: httpx.AsyncClient, service: Service, journal: MemoryJournal
) -> None:
    told: list[object] = []
    service.engine.subscribe(told.append)
    world = service.engine.world
    journal.fail_with = DependencyFailed("no space left on device")
    problem(await client.post("/api/v1/calls", json=STROKE), 503, "dependency_failed")
    # What was believed beyond the journal is not true: nobody hears of it, and no command is taken any more.
    assert told == []
    assert service.engine.world is world
    journal.fail_with = None
    problem(await client.post("/api/v1/calls", json=STROKE), 503, "dependency_failed")
    problem(await client.get("/readyz"), 503, "not_ready")
    assert degraded_codes(service) == ["not_ready"]  # so that the next heartbeat tells every console
    assert (await client.get("/healthz")).status_code == 200
    assert (await client.get("/api/v1/incidents")).json()["items"] == []


async def test_who_writes_again_does_not_fail_by_what_failed_before(
    client: httpx.AsyncClient, service: Service, journal: MemoryJournal
) -> None:
    """The first thing a process does when it writes is to adopt what it knows already: a command that changes nothing."""
    engine = service.engine
    journal.fail_with = DependencyFailed("another process writes")
    problem(await client.post("/api/v1/calls", json=STROKE), 503, "dependency_failed")
    await engine.stop_writing()
    journal.fail_with = None
    engine.start_writing()
    assert (await engine.execute(roster_of(service.catalogue), actor=ENGINE_ACTOR)).entries == ()


async def test_a_service_that_stops_takes_no_commands(
    client: httpx.AsyncClient, service: Service, journal: MemoryJournal
) -> None:
    head = journal.head_seq
    service.is_stopping = True
    problem(await client.post("/api/v1/calls", json=STROKE), 503, "stopping")
    problem(await client.get("/readyz"), 503, "not_ready")
    assert (await client.get("/api/v1/incidents")).status_code == 200
    assert journal.head_seq == head


async def test_an_event_that_could_not_be_read_back_stops_one_command_only(
    client: httpx.AsyncClient, journal: MemoryJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal refuses at once what its codec cannot write; the engine must not go on from there."""
    append = journal.append

    def refuse(_: object) -> None:
        raise ValueError("cannot be read back")

    monkeypatch.setattr(journal, "append", refuse)
    problem(await client.post("/api/v1/calls", json=STROKE), 500, "internal_error")
    monkeypatch.setattr(journal, "append", append)
    assert (await client.post("/api/v1/calls", json=STROKE)).status_code == 201


@pytest.mark.parametrize("body", ["[" * 100_000, '{"a":' * 100_000, '{"location": ' + "[" * 5000 + "]" * 5000 + "}"])
async def test_a_body_nested_without_end_is_refused(client: httpx.AsyncClient, body: str) -> None:
    answer = await client.post("/api/v1/calls", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}, answer.text
