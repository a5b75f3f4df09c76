"""A drill that a trainer leads: time is his, people's commands fall between steps, and all of it can be played again."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from dispatch.adapters.verify import verify
from dispatch.api.app import create_app
from dispatch.api.wiring import Service
from dispatch.cli_drill import app
from dispatch.domain.accounts import Role
from dispatch.drills.led import LedDrill
from dispatch.drills.stage import StageEngine
from dispatch.leading import as_led, compose_drill
from dispatch.main import compose
from dispatch.playing import Prepared, Recipe, prepare
from dispatch.settings import Settings
from tests.fakes.city_streets import save_city_streets
from tests.fakes.journal_files import tamper
from tests.fakes.people import PASSWORD, People, account_book

NOW = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)
Wire = dict[str, Any]
CLI = CliRunner()


class Room:
    """A drill without calls of its own, six units, and somebody with every role at its service."""

    def __init__(self, service: Service, http: httpx.AsyncClient, folder: Path) -> None:
        self.service, self.http, self.folder = service, http, folder
        assert isinstance(service.led, LedDrill)
        self.led = service.led

    async def ask(self, path: str, body: Wire | None = None, says: int = 200, **headers: str) -> Wire:
        answer = await self.http.post(f"/api/v1{path}", json=body, headers=headers)
        assert answer.status_code == says, answer.text
        return dict(answer.json())

    async def get(self, path: str) -> Wire:
        return dict((await self.http.get(f"/api/v1{path}")).json())

    async def drill(self) -> Wire:
        return await self.get("/drill")

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait for the drill to come so far; it says whenever something has changed."""
        changed, before = asyncio.Event(), self.led.when_changed

        def tell() -> None:
            before()
            changed.set()

        self.led.when_changed = tell
        async with asyncio.timeout(10):
            while not is_so():
                changed.clear()
                await changed.wait()
        self.led.when_changed = before

    async def step(self, to: str = "event") -> Wire:
        await self.ask("/drill/step", {"to": to})
        await self.until(lambda: self.led.phase == "paused")
        return await self.drill()

    async def put_in(self, path: str, body: Wire) -> Wire:
        """Inject something that is due at once, and wait until the step is over in which it was tried."""
        put = await self.ask(f"/drill/{path}", body, 202)
        n = put["number"] - 1
        await self.until(lambda: self.led.injections[n].n_done + self.led.injections[n].n_refused == put["n_commands"])
        assert isinstance(self.service.engine, StageEngine)
        async with self.service.engine.step():
            return (await self.drill())["injections"][n]

    @property
    def seq(self) -> int:
        return self.service.engine.world.seq

    @property
    def at(self) -> datetime:
        return self.service.engine.clock.now()


@pytest.fixture(scope="module")
def prepared() -> Prepared:
    return as_led(prepare(Recipe(calls=None, policy="joint", seed=1, fleet_size=6, led=True)), NOW)


@pytest.fixture
async def room(prepared: Prepared, tmp_path: Path) -> AsyncIterator[Room]:
    settings = Settings(dev=True, data_dir=tmp_path / "drills")
    async with compose_drill(prepared, settings, speed=1) as service:
        transport = httpx.ASGITransport(app=create_app(service))
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as http:
            yield Room(service, http, settings.data_dir / "drill-20261130-020000")


CALL = {"complaint": "stroke", "location": {"lat": 22.5431, "lon": 114.0579, "datum": "wgs84"}}


async def test_nothing_moves_until_the_trainer_lets_it(room: Room) -> None:
    """A day goes by in the room. The drill stands, its timers too: a call that nobody answers is not escalated."""
    await room.put_in("calls", CALL)
    before = await room.drill()
    assert (before["phase"], before["pace"], before["realm"]) == ("ready", 0, "drill-20261130-020000")
    seq, at = room.seq, room.at
    room_s = room.led.room_s
    room.led.room_s = lambda: room_s() + 86_400.0
    await room.put_in("calls", CALL)  # which the loop takes in, a day later
    assert room.at == at == NOW
    kinds = [type(recorded.event).__name__ for recorded in room.service.journal.read(after=seq)]
    assert "IncidentOpened" in kinds
    assert "IncidentEscalated" not in kinds


async def test_a_step_goes_to_the_next_event_or_a_minute_on(room: Room) -> None:
    await room.put_in("calls", CALL | {"complaint": "cardiac_arrest", "after_s": 0})
    seq = room.seq
    assert (await room.step("event"))["phase"] == "paused"
    assert room.seq > seq
    assert room.at > NOW
    at = room.at
    await room.step("minute")
    assert room.at == at + timedelta(minutes=1)


async def test_speed_is_how_much_passes_in_a_second_of_the_room(room: Room) -> None:
    """The room's time is the test's: each look at it is half a second later, so each moves the drill by half a minute."""
    looks, has_looked = count(), asyncio.Event()

    def room_s() -> float:
        n = next(looks)
        if n == 4:
            has_looked.set()
        return n / 2

    room.led.room_s = room_s
    await room.ask("/drill/speed", {"speed": 60})
    await room.ask("/drill/speed", {"speed": 61}, 422)
    assert (await room.ask("/drill/run"))["pace"] == 60
    await has_looked.wait()
    paused = await room.ask("/drill/pause")
    assert (paused["phase"], paused["pace"], paused["speed"]) == ("paused", 0, 60)
    passed_s = (room.at - NOW).total_seconds()
    assert passed_s >= 90
    assert passed_s % 30 == 0


async def test_what_the_trainer_puts_in_is_in_the_journal_as_his(room: Room) -> None:
    """A call, a breakdown of the unit that was sent, a hospital that closes, one that turns the patient away, and a surge."""
    called = await room.put_in("calls", CALL)
    assert (called["kind"], called["n_done"], called["actor"]) == ("call", 1, "trainer:dev")
    (incident,) = (await room.get("/incidents"))["items"]
    made = await room.get(f"/incidents/{incident['incident_id']}/recommendation")
    unit_id = made["units"][0]["unit_id"]
    sent = await room.ask(f"/incidents/{incident['incident_id']}/assignments", {"unit_id": unit_id}, 201)
    hospital_id = sent["hospital_id"]
    await room.step("event")
    refused = await room.put_in("refusals", {"assignment_id": sent["assignment_id"]})
    assert (refused["n_done"], refused["refused"]) == (1, None)
    made = await room.get(f"/incidents/{incident['incident_id']}/recommendation")
    assert {one["id"]: one["rule"] for one in made["excluded"]}[hospital_id] == "patient_turned_away"
    await room.put_in("hospitals", {"hospital_id": hospital_id, "capability": "ct", "state": "closed"})
    broken = await room.put_in("breakdowns", {"unit_id": unit_id})
    assert broken["n_done"] == 2
    units = {unit["unit_id"]: unit for unit in (await room.get("/units"))["items"]}
    assert (units[unit_id]["duty"], units[unit_id]["assignment_id"]) == ("out_of_service", None)
    surge = await room.ask("/drill/surges", {"n_calls": 5, "within_s": 50}, 202)
    await room.step("minute")
    assert (await room.drill())["injections"][surge["number"] - 1]["n_done"] == 5
    by_trainer = [one for one in room.service.journal.read() if one.actor == "trainer:dev"]
    kinds = {type(recorded.event).__name__ for recorded in by_trainer}
    assert kinds >= {
        "CallReceived",
        "PatientTurnedAway",
        "AssignmentCancelled",
        "UnitDutyChanged",
        "HospitalStatusReported",
    }
    assert {recorded.realm for recorded in room.service.journal.read()} == {"drill-20261130-020000"}


async def test_what_cannot_be_put_in_is_said(room: Room) -> None:
    for path, body, says, code in (
        ("breakdowns", {"unit_id": "nobody"}, 404, "unit_not_found"),
        ("refusals", {"assignment_id": "none"}, 404, "assignment_not_found"),
        ("hospitals", {"hospital_id": "none"}, 404, "hospital_not_found"),
        ("calls", {"complaint": "stroke"}, 422, "invalid_field"),
        ("calls", {"complaint": "stroke", "location": {"lat": 22.5, "lon": 114.0}}, 400, "datum_required"),
    ):
        assert (await room.ask(f"/drill/{path}", body, says))["code"] == code
    assert (await room.drill())["injections"] == []


async def test_the_same_key_puts_a_call_in_once(room: Room) -> None:
    first = await room.ask("/drill/calls", CALL, 202, **{"Idempotency-Key": "a"})
    again = await room.ask("/drill/calls", CALL, 202, **{"Idempotency-Key": "a"})
    assert first == again
    assert len((await room.drill())["injections"]) == 1


async def test_it_ends_with_its_report_and_can_be_played_again(room: Room) -> None:
    """People, the trainer and simulated crews have all done something; the replay does the same, bit for bit."""
    await room.put_in("calls", CALL)
    (incident,) = (await room.get("/incidents"))["items"]
    made = await room.get(f"/incidents/{incident['incident_id']}/recommendation")
    path = f"/incidents/{incident['incident_id']}"
    await room.ask("/drill/surges", {"n_calls": 3, "within_s": 600}, 202)
    await room.step("minute")
    await room.ask(f"{path}/assignments", {"unit_id": made["units"][0]["unit_id"]}, 201, **{"Idempotency-Key": "b"})
    await room.ask(
        f"{path}/assignments", {"unit_id": made["units"][0]["unit_id"]}, 409
    )  # refused, and yet written down
    await room.ask(f"{path}/notes", {"text": "家属在楼下"})
    for _ in range(20):
        await room.step("minute")
        await room.get("/units")
    assert (await room.http.get("/api/v1/drill/report")).json()["code"] == "drill_report_not_found"
    await room.ask("/drill/end")
    await room.until(lambda: room.led.report is not None)
    assert (await room.drill())["phase"] == "ended"
    for refused in (("/drill/run", None), (f"{path}/notes", {"text": "x"})):
        assert (await room.ask(*refused, 409))["code"] == "drill_ended"
    report = dict((await room.http.get("/api/v1/drill/report")).json())
    page = await room.http.get("/api/v1/drill/report.html")
    assert report["calls"] == 4
    assert report["journal_head_hash"] in page.text
    called = await asyncio.to_thread(CLI.invoke, app, ["replay", str(room.folder / "journal"), "--json"])
    assert called.exit_code == 0, called.output
    assert json.loads(called.stdout)["head_hash"] == report["journal_head_hash"]
    assert verify(room.folder / "journal").is_sound


async def test_calls_of_a_log_come_by_themselves_and_wait_for_people(tmp_path: Path) -> None:
    """The log rings when it says so, and nobody is sent by itself. A drill without its end is played as far as its journal goes."""
    called = await asyncio.to_thread(CLI.invoke, app, ["sample", "--out", str(tmp_path), "--calls", "8"])
    assert called.exit_code == 0, called.output
    recipe = Recipe(calls=tmp_path / "sample.calls.csv.gz", policy="joint", seed=1, fleet_size=6, led=True)
    settings = Settings(dev=True, data_dir=tmp_path / "drills")
    async with compose_drill(as_led(prepare(recipe), NOW), settings, speed=1) as service:
        transport = httpx.ASGITransport(app=create_app(service))
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as http:
            room = Room(service, http, settings.data_dir / "drill-20261130-020000")
            n_rows = (await room.drill())["calls_to_come"]
            while (await room.drill())["calls_to_come"] > n_rows - 3:
                await room.step("minute")
            incidents = (await room.get("/incidents"))["items"]
            assert {len(incident["assignments"]) for incident in incidents} == {0}
    journal, said = room.folder / "journal", room.folder / "said.jsonl"
    assert (await asyncio.to_thread(CLI.invoke, app, ["replay", str(journal)])).exit_code == 0
    said.write_text("", encoding="utf-8")  # as if the process had been killed
    cut_off = await asyncio.to_thread(CLI.invoke, app, ["replay", str(journal)])
    assert (cut_off.exit_code, "compared as far as the journal goes" in cut_off.output) == (0, True)
    # What people did is still looked for: an event that nobody asked for is a difference.
    tamper(journal, ("UPDATE events SET actor = 'somebody' WHERE seq = (SELECT max(seq) FROM events)", ()))
    assert (await asyncio.to_thread(CLI.invoke, app, ["replay", str(journal)])).exit_code == 1


async def test_closed_streets_hold_before_the_next_step_and_in_the_replay(tmp_path: Path) -> None:
    """All streets round a stroke's address are slow: the times that its recommendation was made of are no longer true."""
    save_city_streets(tmp_path / "roads")
    recipe = Recipe(calls=None, policy="joint", seed=1, fleet_size=6, roads=tmp_path / "roads", led=True)
    settings = Settings(dev=True, data_dir=tmp_path / "drills")
    async with compose_drill(as_led(prepare(recipe), NOW), settings, speed=1) as service:
        transport = httpx.ASGITransport(app=create_app(service))
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as http:
            room = Room(service, http, settings.data_dir / "drill-20261130-020000")
            await room.put_in("calls", CALL)
            (incident,) = (await room.get("/incidents"))["items"]
            path = f"/incidents/{incident['incident_id']}/recommendation"
            before = (await room.get(path))["units"][0]["travel_time_s"]
            slow = {"location": CALL["location"], "radius_m": 5000, "speed_factor": 0.2, "for_s": 60}
            assert (await room.put_in("traffic", slow))["n_done"] == 1
            (told,) = (await room.get("/traffic"))["items"]
            assert (told["is_applied"], told["source"]) == (True, "trainer")
            assert (await room.get(path))["units"][0]["travel_time_s"] > 1.5 * before
            await room.step("minute")
            await room.step("minute")
            assert (await room.get("/traffic"))["items"] == []
            assert (await room.get(path))["units"][0]["travel_time_s"] == pytest.approx(before, rel=0.05)
            await room.ask("/drill/end")
            await room.until(lambda: room.led.report is not None)
            called = await asyncio.to_thread(CLI.invoke, app, ["replay", str(room.folder / "journal"), "--json"])
            assert called.exit_code == 0, called.output


async def test_without_a_road_network_no_street_can_be_closed(room: Room) -> None:
    streets = {"address_text": "科苑站", "radius_m": 500, "closed": True}
    assert (await room.ask("/drill/traffic", streets, 409))["code"] == "no_road_network"
    assert (await room.ask("/drill/traffic", streets | {"speed_factor": 0.5}, 422))["code"] == "invalid_field"


async def test_every_console_is_told_how_it_goes(room: Room) -> None:
    """At once, not only with the next second's heartbeat."""
    console = room.service.hub.join(lambda: None, room.seq)
    await room.ask("/drill/speed", {"speed": 20})
    await room.ask("/drill/run")
    await room.ask("/drill/pause")
    frames = [json.loads(message.text) for message in console.queue if "heartbeat" in message.text]
    told = [(frame["drill"]["phase"], frame["drill"]["pace"]) for frame in frames if frame["drill"]["speed"] == 20]
    assert told == [("ready", 0), ("running", 20), ("paused", 0)]


async def test_only_a_trainer_leads(room: Room, tmp_path: Path) -> None:
    with account_book(tmp_path) as book:
        people = People(room.service, book)
        for role, says in ((Role.TRAINER, 200), (Role.DISPATCHER, 403), (Role.SUPERVISOR, 403), (Role.ADMIN, 403)):
            async with people.client(people.token(role)) as http:
                assert (await http.get("/api/v1/drill")).status_code == 200
                assert (await http.post("/api/v1/drill/pause")).status_code == says


async def test_a_session_here_is_none_in_the_live_room(room: Room, tmp_path: Path) -> None:
    """A browser sends the cookies of a host to all of its ports."""
    with account_book(tmp_path) as book:
        book.add("li", frozenset({Role.TRAINER}), password=PASSWORD)
        async with People(room.service, book).client() as http:
            assert (await http.post("/api/v1/session", json={"name": "li", "password": PASSWORD})).status_code == 200
            assert list(http.cookies) == ["dispatch_session_drill-20261130-020000"]
            assert (await http.get("/api/v1/me")).json()["realm"] == "drill-20261130-020000"


async def test_everything_it_writes_is_in_its_own_directory(room: Room) -> None:
    await room.put_in("calls", CALL)
    drills = room.folder.parent
    assert {path.name for path in drills.iterdir() if path.is_dir()} == {room.folder.name}
    assert not (drills / "journal.sqlite3").exists()


def test_a_live_services_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite3").touch()
    called = CLI.invoke(app, ["serve", "--empty", "--dev", "--data-dir", str(tmp_path)])
    assert called.exit_code == 2
    assert "live service's data directory" in called.output
    assert [path.name for path in tmp_path.iterdir()] == ["journal.sqlite3"]


async def test_elsewhere_there_is_no_drill_to_lead(tmp_path: Path) -> None:
    settings = Settings(dev=True, data_dir=tmp_path)
    async with compose(settings) as live:
        transport = httpx.ASGITransport(app=create_app(live))
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as http:
            assert (await http.get("/api/v1/drill")).json()["code"] == "no_drill"
            assert (await http.post("/api/v1/drill/pause")).json()["code"] == "no_drill"
