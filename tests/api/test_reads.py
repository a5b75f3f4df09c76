"""Who was shown what is personal is noted, once for each incident and view, and the auditor can ask for it."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from time import sleep
from typing import Any

import httpx
import pytest

from dispatch.adapters.read_log import READS_FILE, Read, ReadLog
from dispatch.api.app import create_app
from dispatch.api.hub import Hub
from dispatch.api.wiring import Service
from dispatch.domain.accounts import Role
from dispatch.domain.ids import UnitId
from dispatch.projections.sight import WHOLE, Breadth, Sight
from tests.api.conftest import NOW
from tests.fakes.control_room import ControlRoom
from tests.fakes.people import People, account_book


@pytest.fixture
def reads(service: Service, tmp_path: Path) -> Iterator[ReadLog]:
    with closing(ReadLog(tmp_path / READS_FILE)) as log:
        service.reads = log
        yield log


def noted(reads: ReadLog) -> list[tuple[str, str]]:
    """(purpose, incident) of everything noted."""
    reads.settle()
    return [(each.purpose, each.incident_id) for each in reads.listed()]


async def test_a_request_that_shows_an_incident_is_noted_with_who_and_why(service: Service, reads: ReadLog) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app(service)), base_url="http://service") as http:
        room = ControlRoom(http)
        incident_id, assignment_id, _ = await room.sent_out()
        await room.get(f"/incidents/{incident_id}/timeline")
        await room.get("/incidents")
        await room.get("/incidents/13912345678", 404)
        await room.step(assignment_id, "en_route")
        await room.get("/units")
        await room.get("/events")
    assert noted(reads) == [
        ("POST /api/v1/calls", incident_id),
        ("POST /api/v1/incidents/{incident_id}/assignments", incident_id),
        ("GET /api/v1/incidents/{incident_id}/timeline", incident_id),
        ("GET /api/v1/incidents", incident_id),
        ("POST /api/v1/assignments/{assignment_id}/status", incident_id),
        ("GET /api/v1/events", incident_id),
    ]
    first = reads.listed(limit=1)[0]
    assert (first.user, "dispatcher" in first.roles, first.at) == ("dev", True, NOW)


async def test_the_auditor_asks_who_looked_and_nobody_else_may(
    service: Service, reads: ReadLog, tmp_path: Path
) -> None:
    with account_book(tmp_path) as book:
        people = People(service, book)

        async def get(role: Role, path: str, status: int = 200, **params: str) -> Any:
            async with people.client(people.token(role)) as http:
                return await ControlRoom(http).get(path, status, **params)

        async with people.client(people.token(Role.DISPATCHER)) as http:
            incident_id = (await ControlRoom(http).call())["incident"]["incident_id"]
        await get(Role.TRAINER, f"/incidents/{incident_id}")
        await get(Role.DISPATCHER, f"/incidents/{incident_id}")
        reads.settle()
        await get(Role.SUPERVISOR, "/reads", 403)
        page = await get(Role.AUDITOR, "/reads", incident_id=incident_id, after="1")
    # A trainer is shown nothing of persons, and leaves no record.
    assert [(each["roles"], each["purpose"]) for each in page["items"]] == [
        (["dispatcher"], "GET /api/v1/incidents/{incident_id}")
    ]
    assert page["next"] is None


async def test_a_stream_notes_each_incident_once(service: Service, room: ControlRoom) -> None:
    shown: list[str] = []
    nobody: list[str] = []
    before = (await room.call())["incident"]["incident_id"]
    hub: Hub = service.hub
    hub.join(lambda: None, None, WHOLE, shown.extend)
    hub.join(lambda: None, None, Sight(Breadth.IMPERSONAL), nobody.extend)
    crew: list[str] = []
    hub.join(lambda: None, None, Sight(Breadth.OWN_INCIDENTS, unit_id=UnitId("nobody's")), crew.extend)
    for _ in range(3):
        await room.change(before, "notes", {"text": "门口有人等候"})
    known = service.engine.world.seq
    later = (await room.call())["incident"]["incident_id"]
    assert shown == [before, later]
    assert nobody == crew == []
    resumed: list[str] = []
    hub.join(lambda: None, known, WHOLE, resumed.extend)
    assert later in resumed


def test_the_file_is_its_owners_and_only_grows(tmp_path: Path) -> None:
    with closing(ReadLog(tmp_path / READS_FILE)) as log:
        log.note("lead", {"supervisor"}, "stream", ["inc-1", "inc-2"], NOW)
    with sqlite3.connect(tmp_path / READS_FILE) as behind_its_back:
        for change in ("DELETE FROM reads", "UPDATE reads SET user = 'x'"):
            with pytest.raises(sqlite3.IntegrityError, match="append only"):
                behind_its_back.execute(change)
    behind_its_back.close()
    assert (tmp_path / READS_FILE).stat().st_mode & 0o777 == 0o600
    with closing(ReadLog(tmp_path / READS_FILE)) as log:
        lead = Read(number=2, at=NOW, user="lead", roles=("supervisor",), purpose="stream", incident_id="inc-2")
        assert list(log.listed(incident_id="inc-2")) == [lead]
        assert list(log.listed(user="nobody")) == []
        assert json.dumps([each.number for each in log.listed(after=1)]) == "[2]"


def test_what_could_not_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dispatch.adapters.read_log.MOST_WAITING", 2)
    with closing(ReadLog(tmp_path / READS_FILE)) as log:
        log.note("lead", {"supervisor"}, "stream", [f"inc-{n}" for n in range(5_000)], NOW)
        log.settle()
        log.note("lead", {"supervisor"}, "stream", ["inc-last"], NOW)
        log.settle()
        lost = [int(each.purpose.split()[1]) for each in log.listed(limit=9_999) if each.user == "service"]
        kept = [each for each in log.listed(limit=9_999) if each.user == "lead"]
    assert sum(lost) + len(kept) == 5_001


def test_what_fails_to_be_written_time_after_time_is_counted_once(tmp_path: Path) -> None:
    path = tmp_path / READS_FILE
    with closing(ReadLog(path)) as log:
        with closing(sqlite3.connect(path)) as other:
            other.execute("ALTER TABLE reads RENAME TO hidden")
        for incident_ids in (["inc-1", "inc-2"], ["inc-3"]):
            log.note("lead", {"supervisor"}, "stream", incident_ids, NOW)
            log.settle()
        with closing(sqlite3.connect(path)) as other:
            other.execute("ALTER TABLE hidden RENAME TO reads")
        log.note("lead", {"supervisor"}, "stream", ["inc-4"], NOW)
        log.settle()
        assert [read.purpose for read in log.listed()] == ["stream", "lost 3 records"]


def test_who_hangs_in_the_middle_of_writing_costs_no_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others read on, a process starts, and what was noted meanwhile is written when the other has gone."""
    monkeypatch.setattr("dispatch.adapters.read_log._BUSY_S", 0.05)
    path = tmp_path / READS_FILE
    with closing(ReadLog(path)) as log:
        with closing(sqlite3.connect(path)) as hung, closing(ReadLog(path)) as started:
            hung.execute("BEGIN EXCLUSIVE")
            log.note("lead", {"supervisor"}, "stream", ["inc-1"], NOW)
            with closing(ReadLog(path)) as after:
                assert list(after.listed()) == []
            sleep(0.3)
            started.note("lead", {"supervisor"}, "stream", ["inc-2"], NOW)
            hung.rollback()
            started.settle()
        log.settle()
        assert {read.incident_id: read.purpose for read in log.listed()} == {"inc-1": "stream", "inc-2": "stream"}
