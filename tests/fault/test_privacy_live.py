"""A running service keeps what callers say out of its files and logs, and forgets a person everywhere once told to."""

import asyncio
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from dispatch.cli import app
from tests.fakes.live_service import LiveService
from tests.fakes.stream_client import console

MARK = "7731902846"
"""Stands in everything that is said here; digits, so that it reads the same in JSON, in logs and in URLs."""
PHONE, ADDRESS, NOTE = f"1{MARK}", f"福田区福华路 {MARK} 号", f"患者 {MARK} 的儿子在楼下"
CALL = {
    "location": {"lat": 22.5431, "lon": 114.0579, "datum": "wgs84"},
    "address_text": ADDRESS,
    "complaint": "stroke",
    "caller_phone": PHONE,
    "age_years": 71,
    "sex": "f",
    "floor": 17,
    "answers": {"who": MARK},
}
ERASED = "已抹除 / erased"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[LiveService]:
    with LiveService(tmp_path) as live:
        yield live


def take_call(service: LiveService) -> str:
    """A call that says a lot, with a note, a finding and a reason to cancel; its incident, ended."""
    taken = service.post("/calls", CALL, Idempotency_Key="desk-1")
    assert taken.status_code == 201, taken.text
    incident_id = str(taken.json()["incident"]["incident_id"])
    finding = {
        "kind": "injury",
        "value": MARK,
        "observed_at": taken.json()["incident"]["received_at"],
        "observer": "c1",
    }
    for step, body in (
        ("notes", {"text": NOTE}),
        ("findings", [finding]),
        ("cancel", {"reason": f"{MARK} 回电"}),
    ):
        answer = service.post(f"/incidents/{incident_id}/{step}", body, Idempotency_Key=step)
        assert answer.status_code == 200, answer.text
    return incident_id


def get(service: LiveService, path: str) -> Any:
    return service.http.get(f"/api/v1{path}").json()


def dispatch(service: LiveService, *command: str) -> Result:
    """A command of `dispatch` on the service's data, beside it."""
    return CliRunner().invoke(app, [*command, "--data-dir", str(service.data_dir)])


def files_that_say(word: str, directory: Path) -> list[str]:
    """Files under `directory` whose bytes hold the word."""
    return [place.name for place in directory.rglob("*") if place.is_file() and word.encode() in place.read_bytes()]


def test_files_logs_and_metrics_hold_nothing_that_a_caller_said(service: LiveService) -> None:
    incident_id = take_call(service)
    for path, body in (
        ("/calls", {**CALL, "age_years": MARK}),
        ("/calls", {**CALL, MARK: 1}),
        (f"/incidents/{MARK}/notes", {"text": MARK}),
        (f"/incidents/{incident_id}/close", {"reason": MARK}),
    ):
        assert service.post(path, body).status_code in {404, 409, 422}
    assert MARK in json.dumps(get(service, f"/incidents/{incident_id}"))
    assert MARK not in service.http.get("/metrics").text
    assert files_that_say(MARK, service.data_dir) == []  # while it runs: the write-ahead log too
    assert service.terminate() == 0
    assert files_that_say(MARK, service.data_dir) == []
    assert "journal.sqlite3" in {place.name for place in service.data_dir.iterdir()}


@pytest.mark.slow
async def test_a_person_who_is_erased_is_forgotten_by_screens_api_and_export_and_the_chain_holds(
    service: LiveService,
) -> None:
    incident_id = await asyncio.to_thread(take_call, service)
    other_id = (await asyncio.to_thread(service.post, "/calls", {**CALL, "caller_phone": "13700000000"})).json()[
        "incident"
    ]["incident_id"]
    async with console(service.stream_url) as screen:
        await screen.next("snapshot")
        assert MARK in json.dumps(screen.world["incidents"][incident_id])
        told = await asyncio.to_thread(dispatch, service, "privacy", "erase", incident_id, "--reason", "家属要求")
        assert told.exit_code == 0, told.stderr
        while (frame := await screen.next("events"))["events"][0]["type"] != "IncidentErased":
            pass
        assert frame["events"][0]["data"] == {"transfer_ids": [], "reason": "家属要求"}
        forgotten = screen.world["incidents"][incident_id]
    await asyncio.to_thread(is_forgotten, service, incident_id)
    assert MARK not in json.dumps(forgotten, ensure_ascii=False)
    assert [call["caller_phone"] for call in forgotten["calls"]] == [ERASED]
    assert forgotten["location"]["source"] == "erased"
    refused = await asyncio.to_thread(dispatch, service, "privacy", "erase", other_id, "--reason", "x")
    assert (refused.exit_code, "has not ended" in refused.stderr) == (1, True)

    service.kill()
    await asyncio.to_thread(service.start)
    await asyncio.to_thread(is_forgotten, service, incident_id)
    assert get(service, f"/incidents/{other_id}")["calls"][0]["caller_phone"] == "13700000000"


def is_forgotten(service: LiveService, incident_id: str) -> None:
    """Nothing of the person is to be had, and what was done still is."""
    for path in (f"/incidents/{incident_id}", f"/incidents/{incident_id}/timeline", "/incidents", "/events"):
        shown = service.http.get(f"/api/v1{path}").text
        assert incident_id in shown
        if path != "/incidents" and path != "/events":
            assert MARK not in shown
    incident = get(service, f"/incidents/{incident_id}")
    assert (incident["state"], incident["complaint"], incident["notes"]) == ("cancelled", "stroke", [ERASED])
    again = service.post("/calls", CALL, Idempotency_Key="desk-1")
    assert (again.status_code, again.json()["erased"]) == (201, True)
    exported = dispatch(service, "journal", "export")
    lines = [json.loads(line) for line in exported.stdout.splitlines()]
    mine = [line for line in lines if line["data"].get("incident_id") == incident_id]
    assert (len(mine) > 5, MARK in json.dumps(mine)) == (True, False)
    assert dispatch(service, "journal", "verify").exit_code == 0
    assert incident_id in dispatch(service, "privacy", "list").stdout


@pytest.mark.slow
def test_a_restored_backup_does_not_bring_anybody_back(service: LiveService, tmp_path: Path) -> None:
    """Journal and keys of yesterday, the list of erasures of today."""
    incident_id = take_call(service)
    assert service.terminate() == 0
    backup = tmp_path.with_name("backup")
    shutil.copytree(service.data_dir, backup)
    assert dispatch(service, "privacy", "erase", incident_id, "--reason", "家属要求").exit_code == 0
    for name in ("journal.sqlite3", "keys/keys.sqlite3"):
        shutil.copy(backup / name, service.data_dir / name)
    service.start()
    is_forgotten(service, incident_id)
