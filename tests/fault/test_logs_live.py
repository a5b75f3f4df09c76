"""The log and the traces of a running service follow a call, and hold nothing of who called, at the most talkative level."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.live_service import LiveService
from tests.fakes.stream_client import console

MARK = "7319028461"
"""Stands in everything that is said of the caller; digits, so that it reads the same however it is encoded."""
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
LAT = float(f"22.54{MARK}")
CALL = {
    "location": {"lat": LAT, "lon": 114.0579, "datum": "wgs84", "accuracy_m": 20},
    "address_text": f"福田区福华路 {MARK} 号",
    "complaint": "stroke",
    "caller_phone": f"1{MARK}",
    "age_years": 71,
    "answers": {"name": f"王{MARK}"},
}


def whole_life(service: LiveService) -> tuple[str, dict[str, str]]:
    """A call from the first word to its end, with mistakes on the way; its incident, and the number of each request by what it did."""
    numbers: dict[str, str] = {}

    def post(path: str, body: Any, status: int = 200, **headers: str) -> Any:
        answer = service.post(path, body, **headers)
        assert answer.status_code == status, answer.text
        numbers[path.rpartition("/")[2]] = answer.headers["X-Request-Id"]
        return answer.json()

    parent = f"00-{TRACE}-00f067aa0ba902b7-01"
    taken = post("/calls", CALL, 201, Idempotency_Key=f"desk-{MARK}", Traceparent=parent)
    incident_id, received_at = taken["incident"]["incident_id"], taken["incident"]["received_at"]
    of = f"/incidents/{incident_id}"
    vitals = {"kind": "injury", "value": MARK, "observed_at": received_at, "observer": f"c{MARK}"}
    post(f"{of}/findings", [vitals])
    post(f"{of}/notes", {"text": f"儿子的电话 1{MARK}"})
    post(f"{of}/location", {"location": CALL["location"]})
    unit_id = taken["recommendation"]["units"][0]["unit_id"]
    sent = post(f"{of}/assignments", {"unit_id": unit_id, "override_reason": MARK}, 201)
    assignment_id = sent["assignment"]["assignment_id"]
    for status in ("acknowledged", "en_route", "on_scene", "available"):
        extra = {"disposition": "treated_on_scene"} if status == "available" else {}
        post(f"/assignments/{assignment_id}/status", {"status": status, "occurred_at": received_at, **extra})
    post(f"{of}/close", {"reason": MARK})
    post("/calls", {**CALL, "age_years": MARK}, 422)
    post(f"/incidents/{MARK}/notes", {"text": MARK}, 404)
    service.post(f"/{MARK}", {})
    post("/session", {"name": f"王{MARK}", "password": MARK * 2}, 401)
    for path in (of, f"{of}/timeline", f"/aeds/nearest?lat={LAT}&lon=114.0579", f"/units?who={MARK}"):
        service.http.get(f"/api/v1{path}", headers={"Cookie": f"who={MARK}", "User-Agent": MARK})
    return incident_id, numbers


async def test_a_call_is_followed_through_the_log_and_nothing_of_the_caller_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPATCH_LOG_FORMAT", "json")
    monkeypatch.setenv("DISPATCH_LOG_LEVEL", "DEBUG")
    traces = tmp_path / "traces.jsonl"
    monkeypatch.setenv("DISPATCH_TRACE_FILE", str(traces))
    with LiveService(tmp_path) as service:
        async with console(service.stream_url, additional_headers={"Cookie": f"who={MARK}"}) as screen:
            await screen.next("snapshot")
            await screen.socket.send(json.dumps({"type": MARK}))
            incident_id, numbers = await asyncio.to_thread(whole_life, service)
        assert await asyncio.to_thread(service.terminate) == 0
    written = (tmp_path / "service.log").read_text(encoding="utf-8")
    assert MARK not in written
    records = [json.loads(line) for line in written.splitlines() if line.startswith("{")]
    assert len(records) == len(written.splitlines()) - 1  # all but the address to open, which is for people
    assert all({"time", "level", "logger", "message"} <= record.keys() for record in records)
    ended = {record["request_id"]: record for record in records if record.get("route")}
    taken = ended[numbers["calls"]]
    assert (taken["method"], taken["route"], taken["status"]) == ("POST", "/api/v1/calls", 422)
    noted = ended[numbers["close"]]
    assert (noted["route"], noted["command"]) == ("/api/v1/incidents/{incident_id}/close", "CloseIncident")
    assert (noted["realm"], noted["incident_id"], noted["level"]) == ("live", incident_id, "INFO")
    assert noted["command_id"].startswith("cmd-live-")
    assert "/api/v1/aeds/nearest" in {record["route"] for record in ended.values() if record["level"] == "DEBUG"}
    assert {record["incident_id"] for record in records if record.get("trace_id") == TRACE} == {incident_id}
    is_the_way_of_a_call(traces.read_text(encoding="utf-8"))


def is_the_way_of_a_call(written: str) -> None:
    """From the request to the screens, each step below the one that it is part of, as far as traces say."""
    assert MARK not in written
    spans = [span for line in written.splitlines() if (span := json.loads(line))["context"]["trace_id"] == f"0x{TRACE}"]
    name_of = {span["context"]["span_id"]: span["name"] for span in spans}
    assert {(span["name"], name_of.get(span["parent_id"])) for span in spans} == {
        ("request", None),
        ("command", "request"),
        ("decide", "command"),
        ("gather", "decide"),
        ("travel_times", "gather"),
        ("policy", "decide"),
        ("append", "command"),
        ("publish", "command"),
    }
    (request,) = (span for span in spans if span["name"] == "request")
    assert request["attributes"]["dispatch.route"] == "/api/v1/calls"
