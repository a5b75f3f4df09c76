"""Deadlines, to the second: crews that do not answer, incidents that nobody goes to, calls that wait. All outlive a restart."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from dispatch.api.app import create_app
from dispatch.api.wiring import Service
from dispatch.domain.ids import IncidentId
from dispatch.engine.clocks import VirtualClock
from dispatch.engine.engine import ENGINE_ACTOR, Engine
from dispatch.engine.ports import DependencyFailed
from dispatch.main import fire_timers
from dispatch.settings import Settings
from tests.api.conftest import NOW, City
from tests.fakes.ascii_city import places, roster
from tests.fakes.control_room import ControlRoom, Wire
from tests.fakes.memory_journal import MemoryJournal

# One unit at A, a hospital at G, ten kilometres apart.
VILLAGE = places("A . . . . . . . . . G")
HOME = VILLAGE["A"]
AT_HOME = {"lat": HOME.lat_deg, "lon": HOME.lon_deg, "datum": "wgs84"}


@pytest.fixture
def journal() -> MemoryJournal:
    """Empty: the village is adopted by the first service."""
    return MemoryJournal()


@pytest.fixture
async def service(city: City, journal: MemoryJournal, clock: VirtualClock) -> Service:
    service = city.service(journal, clock)
    await service.engine.execute(roster(VILLAGE), actor=ENGINE_ACTOR)
    return service


@pytest.fixture
async def restarted(city: City, journal: MemoryJournal, clock: VirtualClock) -> AsyncIterator["Restart"]:
    async with Restart(city, journal, clock) as restart:
        yield restart


class Restart:
    """A second life of the service: `engine()` and `room()` know only what the journal of the first holds."""

    def __init__(self, city: City, journal: MemoryJournal, clock: VirtualClock) -> None:
        self._city, self._journal, self._clock = city, journal, clock
        self._service: Service | None = None
        self._client: httpx.AsyncClient | None = None

    def engine(self) -> Engine:
        if self._service is None:
            self._service = self._city.service(self._journal, self._clock)
        return self._service.engine

    def room(self) -> ControlRoom:
        self.engine()
        assert self._service is not None
        transport = httpx.ASGITransport(app=create_app(self._service))
        self._client = httpx.AsyncClient(transport=transport, base_url="http://service")
        return ControlRoom(self._client)

    async def __aenter__(self) -> "Restart":
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._client is not None:
            await self._client.aclose()


async def after(engine: Engine, clock: VirtualClock, seconds: float) -> None:
    clock.advance_to(clock.now() + timedelta(seconds=seconds))
    await engine.fire_due()


def types(timeline: Wire) -> list[str]:
    return [event["type"] for event in timeline["items"]]


async def test_a_crew_that_does_not_answer_is_paged_again_every_30_s(
    room: ControlRoom, service: Service, clock: VirtualClock
) -> None:
    incident_id, assignment_id, _ = await room.sent_out(location=AT_HOME)
    engine = service.engine
    await after(engine, clock, 29.9)
    assert (await room.incident(incident_id))["assignments"][0]["status"] == "offered"
    assert "AssignmentReoffered" not in types(await room.get(f"/incidents/{incident_id}/timeline"))
    await after(engine, clock, 0.1)
    await after(engine, clock, 30.0)
    reoffers = [
        event["data"]["attempt"]
        for event in (await room.get(f"/incidents/{incident_id}/timeline"))["items"]
        if event["type"] == "AssignmentReoffered"
    ]
    assert reoffers == [1, 2]
    # An answer ends it.
    answer = await room.step(assignment_id, "acknowledged")
    assert answer["reoffers"] == 2
    await after(engine, clock, 300.0)
    assert types(await room.get(f"/incidents/{incident_id}/timeline")).count("AssignmentReoffered") == 2


async def test_a_crew_silent_after_two_pages_no_longer_counts_as_coming(
    room: ControlRoom, service: Service, clock: VirtualClock
) -> None:
    incident_id, _, _ = await room.sent_out(location=AT_HOME)
    await after(service.engine, clock, 30.0)
    assert (await room.incident(incident_id))["units_missing"] == 0
    await after(service.engine, clock, 30.0)
    assert (await room.incident(incident_id))["units_missing"] == 1


async def test_a_red_incident_without_a_unit_is_escalated_at_60_and_90_s(
    room: ControlRoom, service: Service, clock: VirtualClock
) -> None:
    red = (await room.call(location=AT_HOME))["incident"]["incident_id"]
    orange = (await room.call(location=AT_HOME, priority="orange"))["incident"]["incident_id"]
    seen = []
    for seconds in (59.9, 0.1, 29.9, 0.1, 600.0):
        await after(service.engine, clock, seconds)
        seen.append((await room.incident(red))["escalation"])
    assert seen == [0, 1, 1, 2, 2]
    assert (await room.incident(orange))["escalation"] == 0


async def test_a_unit_on_its_way_ends_the_escalation_and_calling_it_off_resumes_it(
    room: ControlRoom, service: Service, clock: VirtualClock
) -> None:
    incident_id, assignment_id, _ = await room.sent_out(location=AT_HOME)
    await room.step(assignment_id, "acknowledged")
    await after(service.engine, clock, 75.0)
    assert (await room.incident(incident_id))["escalation"] == 0
    await room.post(f"/assignments/{assignment_id}/cancel", {"reason": "抛锚"})
    await service.engine.fire_due()
    assert (await room.incident(incident_id))["escalation"] == 1


async def test_a_call_that_nobody_can_take_is_held_and_called_out_every_5_min(
    room: ControlRoom, service: Service, clock: VirtualClock
) -> None:
    _, assignment_id, _ = await room.sent_out(location=AT_HOME)
    await room.step(assignment_id, "on_scene")
    waiting = await room.call(location=AT_HOME, complaint="pain_back")
    incident_id = waiting["incident"]["incident_id"]
    assert waiting["recommendation"]["held"] is True
    assert waiting["recommendation"]["units"] == []
    assert waiting["incident"]["held"]["reason"] == "no_suitable_unit"

    seen = []
    for seconds in (299.9, 0.1, 299.9, 0.1):
        await after(service.engine, clock, seconds)
        seen.append((await room.incident(incident_id))["held"]["reminders"])
    assert seen == [0, 1, 1, 2]
    # Nobody may forget it: it is looked at again before it is closed.
    refused = await room.change(incident_id, "close", {"reason": "不等了"}, 409)
    assert refused["code"] == "retriage_required"
    await room.change(incident_id, "triage", {"priority": "green", "reason": "电话复核"})
    assert (await room.change(incident_id, "close", {"reason": "自行就医"}))["incident"]["state"] == "closed"


async def test_a_hold_ends_by_itself_when_a_unit_is_free(room: ControlRoom) -> None:
    _, assignment_id, unit_id = await room.sent_out(location=AT_HOME)
    await room.step(assignment_id, "on_scene")
    incident_id = (await room.call(location=AT_HOME, complaint="pain_back"))["incident"]["incident_id"]
    await room.step(assignment_id, "available", disposition="treated_on_scene")
    incident = await room.incident(incident_id)
    assert incident["held"] is None
    assert incident["recommendation"]["unit_ids"] == [unit_id]
    assert types(await room.get(f"/incidents/{incident_id}/timeline"))[-2:] == ["RecommendationMade", "HoldEnded"]


async def test_pages_and_escalations_outlive_a_restart(
    room: ControlRoom, clock: VirtualClock, restarted: Restart
) -> None:
    incident_id, _, _ = await room.sent_out(location=AT_HOME)
    unattended = (await room.call(location=AT_HOME))["incident"]["incident_id"]
    later = restarted.room()
    await after(restarted.engine(), clock, 30.0)
    assert "AssignmentReoffered" in types(await later.get(f"/incidents/{incident_id}/timeline"))
    await after(restarted.engine(), clock, 30.0)
    assert (await later.incident(unattended))["escalation"] == 1


async def test_what_fell_due_while_the_service_was_down_happens_at_its_start(
    room: ControlRoom, clock: VirtualClock, restarted: Restart
) -> None:
    """Ten minutes without a service: both escalations are owed, and come at once."""
    incident_id = (await room.call(location=AT_HOME))["incident"]["incident_id"]
    clock.advance_to(clock.now() + timedelta(minutes=10))
    await restarted.engine().fire_due()
    incident = await restarted.room().incident(incident_id)
    assert incident["escalation"] == 2


async def test_a_held_call_is_not_forgotten_by_a_restart(
    room: ControlRoom, clock: VirtualClock, restarted: Restart
) -> None:
    _, assignment_id, _ = await room.sent_out(location=AT_HOME)
    await room.step(assignment_id, "on_scene")
    incident_id = (await room.call(location=AT_HOME, complaint="pain_back"))["incident"]["incident_id"]
    await after(restarted.engine(), clock, 300.0)
    assert (await restarted.room().incident(incident_id))["held"]["reminders"] == 1


async def test_the_times_are_settings(city: City, clock: VirtualClock) -> None:
    quick = Settings(dev=True, reoffer_after_s=5.0, escalate_after_s=(7.0,))
    service = city.service(MemoryJournal(), clock, quick)
    await service.engine.execute(roster(VILLAGE), actor=ENGINE_ACTOR)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=create_app(service)), base_url="http://service"
    ) as client:
        room = ControlRoom(client)
        incident_id, _, _ = await room.sent_out(location=AT_HOME)
        unattended = (await room.call(location=AT_HOME))["incident"]["incident_id"]
        await after(service.engine, clock, 5.0)
        assert "AssignmentReoffered" in types(await room.get(f"/incidents/{incident_id}/timeline"))
        await after(service.engine, clock, 2.0)
        assert (await room.incident(unattended))["escalation"] == 1


async def test_a_deadline_that_fails_does_not_stop_the_others(
    room: ControlRoom,
    service: Service,
    clock: VirtualClock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A fault of ours in one page must not silence every later escalation."""
    incident_id = (await room.call(location=AT_HOME))["incident"]["incident_id"]
    engine, fire_due, rounds = service.engine, service.engine.fire_due, iter(range(1000))

    async def at_first_broken() -> None:
        if next(rounds) == 0:
            raise RuntimeError("a fault of ours")
        await fire_due()
        if engine.world.incidents[IncidentId(incident_id)].escalation == 2:
            engine.failure = DependencyFailed("the end of this test")

    monkeypatch.setattr(engine, "fire_due", at_first_broken)
    await fire_timers(engine)
    assert "a fault of ours" in caplog.text
    assert clock.now() == NOW + timedelta(seconds=90)
