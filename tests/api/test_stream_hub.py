"""The hub without a socket: what a client is given when it comes, when it comes back, and when it cannot keep up."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from dispatch.api import hub as hub_module
from dispatch.api.hub import Client, Condition, Hub
from dispatch.api.wiring import Service
from dispatch.domain import commands as cmd
from dispatch.domain.commands_privacy import EraseIncident
from dispatch.domain.ids import IncidentId, UnitId
from dispatch.domain.unit import Fix
from dispatch.engine.clocks import VirtualClock
from dispatch.engine.engine import ENGINE_ACTOR
from dispatch.projections.board import board
from routing.geo import Wgs84
from tests.api.conftest import City
from tests.fakes.ascii_city import places, roster
from tests.fakes.control_room import ControlRoom
from tests.fakes.memory_journal import MemoryJournal
from tests.fakes.merge_patch import merge

VILLAGE = places("A . . G")
AT_HOME = {"lat": VILLAGE["A"].lat_deg, "lon": VILLAGE["A"].lon_deg, "datum": "wgs84"}
Frames = list[dict[str, Any]]


@pytest.fixture
async def service(city: City, clock: VirtualClock) -> Service:
    """One unit, one hospital: small frames."""
    service = city.service(MemoryJournal(), clock)
    await service.engine.execute(roster(VILLAGE), actor=ENGINE_ACTOR)
    return service


class Ear:
    """A client of the hub, with everything that was queued for it."""

    def __init__(self, hub: Hub, after: int | None = None) -> None:
        self.woken = 0
        self.client: Client = hub.join(self._wake, after)

    def _wake(self) -> None:
        self.woken += 1

    def frames(self) -> Frames:
        taken: Frames = []
        while (text := self.client.pop()) is not None:
            taken.append(json.loads(text))
        return taken


async def happenings(service: Service, n: int) -> None:
    """`n` commits of one event each."""
    for number in range(n):
        note = cmd.AddNote(incident_id=IncidentId(next(iter(service.engine.world.open_ids))), text=f"{number}")
        await service.engine.execute(note, actor="dev")


async def test_a_newcomer_gets_a_snapshot_and_then_what_happens(service: Service, room: ControlRoom) -> None:
    ear = Ear(service.hub)
    (snapshot,) = ear.frames()
    assert (snapshot["type"], snapshot["seq"]) == ("snapshot", service.engine.world.seq)
    assert set(snapshot["world"]) == {
        "incidents",
        "assignments",
        "units",
        "hospitals",
        "traffic",
        "transfers",
        "service",
    }
    await room.call(location=AT_HOME)
    (frame,) = ear.frames()
    assert (frame["type"], frame["from"]) == ("events", snapshot["seq"] + 1)
    assert [event["seq"] for event in frame["events"]] == list(range(frame["from"], frame["to"] + 1))
    assert ear.woken >= 2


async def test_who_comes_back_gets_what_was_missed(service: Service, room: ControlRoom) -> None:
    await room.call(location=AT_HOME)
    seen = service.engine.world.seq
    await happenings(service, 5)
    missed = Ear(service.hub, after=seen).frames()
    assert [(frame["type"], frame["from"], frame["to"]) for frame in missed] == [
        ("events", seen + n, seen + n) for n in range(1, 6)
    ]


async def test_who_comes_back_up_to_date_gets_nothing(service: Service, room: ControlRoom) -> None:
    await room.call(location=AT_HOME)
    assert Ear(service.hub, after=service.engine.world.seq).frames() == []


@pytest.mark.parametrize("after", [None, -1, 10_000, 0])
async def test_who_comes_from_nowhere_gets_a_snapshot(service: Service, room: ControlRoom, after: int | None) -> None:
    """No number, below zero, beyond the head, or from before this life of the service."""
    fresh = Hub(service.engine.world)
    service.engine.subscribe(fresh.tell)
    await room.call(location=AT_HOME)
    (frame,) = Ear(fresh, after=after).frames()
    assert frame["type"] == "snapshot"


async def test_who_stopped_in_the_middle_of_a_frame_gets_a_snapshot(service: Service, room: ControlRoom) -> None:
    """Frames are whole commits; no client that keeps to them ever stops inside one."""
    before = service.engine.world.seq
    await room.call(location=AT_HOME)
    (frame,) = Ear(service.hub, after=before + 1).frames()
    assert frame["type"] == "snapshot"


async def test_the_ring_forgets_the_oldest_and_then_a_snapshot_is_due(
    service: Service, room: ControlRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "RING_FRAMES", 10)
    await room.call(location=AT_HOME)
    await happenings(service, 15)
    head = service.engine.world.seq
    assert len(Ear(service.hub, after=head - 10).frames()) == 10
    assert [frame["type"] for frame in Ear(service.hub, after=head - 11).frames()] == ["snapshot"]


async def test_the_ring_is_bounded_in_bytes_too(
    service: Service, room: ControlRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    await room.call(location=AT_HOME)
    monkeypatch.setattr(hub_module, "RING_BYTES", 4_000)
    await happenings(service, 15)
    head = service.engine.world.seq
    assert [frame["type"] for frame in Ear(service.hub, after=head - 15).frames()] == ["snapshot"]
    assert [frame["type"] for frame in Ear(service.hub, after=head - 1).frames()] == ["events"]


async def test_all_that_the_ring_holds_fits_into_a_clients_queue(service: Service, room: ControlRoom) -> None:
    """Else a client that came back from far behind would be overrun by its own past, for ever."""
    await room.call(location=AT_HOME)
    await happenings(service, hub_module.RING_FRAMES)
    ear = Ear(service.hub, after=service.engine.world.seq - hub_module.RING_FRAMES)
    assert not ear.client.is_overrun
    assert len(ear.frames()) == hub_module.RING_FRAMES


async def test_who_does_not_read_is_given_up_alone(service: Service, room: ControlRoom) -> None:
    await room.call(location=AT_HOME)
    slow, quick = Ear(service.hub), Ear(service.hub)
    heard: Frames = quick.frames()
    for _ in range(hub_module.MAX_QUEUED_FRAMES):
        await happenings(service, 1)
        heard += quick.frames()
    assert slow.client.is_overrun
    assert slow.client.queue == type(slow.client.queue)()  # what was queued for it takes no memory any more
    assert not quick.client.is_overrun
    assert heard[-1]["to"] == service.engine.world.seq


async def test_a_client_is_also_judged_by_bytes(
    service: Service, room: ControlRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    await room.call(location=AT_HOME)
    ear = Ear(service.hub)
    monkeypatch.setattr(hub_module, "MAX_QUEUED_BYTES", 10_000)
    await happenings(service, 30)
    assert ear.client.is_overrun


async def test_heartbeats_say_how_far_the_world_is(service: Service, clock: VirtualClock) -> None:
    ear = Ear(service.hub, after=service.engine.world.seq)
    service.hub.beat(clock.now())
    assert ear.frames() == [
        {
            "type": "heartbeat",
            "seq": service.engine.world.seq,
            "sent_at": clock.now().isoformat().replace("+00:00", "Z"),
        }
    ]


def fix(clock: VirtualClock, north_deg: float = 0.0) -> Fix:
    return Fix(point=Wgs84(lat_deg=22.6 + north_deg, lon_deg=114.0), fixed_at=clock.now(), heading_deg=271.6)


async def test_positions_are_the_latest_and_only_those_that_changed(service: Service, clock: VirtualClock) -> None:
    ear = Ear(service.hub)
    ear.frames()
    one, two = UnitId("U-A"), UnitId("U-B")
    latest = {one: fix(clock), two: fix(clock)}
    service.hub.tell_positions({one: latest[one]}, latest, clock.now())
    (frame,) = ear.frames()
    assert frame["type"] == "positions"
    assert frame["rows"] == [["U-A", 22.6, 114.0, 0.0, 272]]
    # Nothing moved: nothing is said.
    service.hub.tell_positions({}, latest, clock.now())
    assert ear.frames() == []
    # Whoever comes now is told where everybody is.
    rows = Ear(service.hub).frames()[1]["rows"]
    assert [row[0] for row in rows] == ["U-A", "U-B"]


async def test_a_client_that_is_behind_skips_positions_and_catches_up_with_the_latest(
    service: Service, room: ControlRoom, clock: VirtualClock
) -> None:
    """Old positions are worth nothing: they never fill a queue."""
    await room.call(location=AT_HOME)
    ear = Ear(service.hub)
    unit = UnitId("U-A")
    for step in range(100):
        latest = {unit: fix(clock, 0.001 * step)}
        service.hub.tell_positions(latest, latest, clock.now())
    assert len(ear.frames()) == 1  # the snapshot, nothing else
    clock.advance_to(clock.now() + timedelta(seconds=2))
    service.hub.tell_positions({}, latest, clock.now())
    (frame,) = ear.frames()
    assert frame["rows"] == [["U-A", 22.699, 114.0, 2.0, 272]]


async def test_all_who_come_between_two_ticks_are_given_the_same_positions(
    service: Service, clock: VirtualClock
) -> None:
    """Everybody comes at once when a process has taken over: the fleet is written down once for them."""
    hub, unit = service.hub, UnitId("U-A")

    def given() -> bytes:
        return hub.join(lambda: None, None).queue[1].framed

    latest = {unit: fix(clock)}
    hub.tell_positions(latest, latest, clock.now())
    assert given() is given()
    before = given()
    clock.advance_to(clock.now() + timedelta(seconds=1))
    hub.tell_positions({}, latest, clock.now())
    assert given() != before


async def test_a_closing_hub_sends_everybody_away_and_says_when_they_have_gone(service: Service) -> None:
    gone: list[bool] = []
    first, second = Ear(service.hub), Ear(service.hub)
    service.hub.close(lambda: gone.append(True))
    late = Ear(service.hub)
    assert all(ear.client.is_going_away for ear in (first, second, late))
    for ear in (first, second, late):
        assert gone == []
        service.hub.leave(ear.client)
    assert gone == [True]


async def test_a_snapshot_is_made_once_for_all(service: Service, room: ControlRoom) -> None:
    await room.call(location=AT_HOME)
    queues = [service.hub.join(lambda: None, None).queue for _ in range(3)]
    assert queues[0][0] is queues[1][0] is queues[2][0]
    assert json.loads(queues[0][0].text)["world"]["incidents"].keys() == board(service.engine.world)["incidents"].keys()


async def test_where_many_come_while_much_happens_the_board_is_not_written_down_for_each(
    service: Service, room: ControlRoom, clock: VirtualClock
) -> None:
    """After a takeover everybody comes at once, and each command makes another world: the last snapshot will do, with what came
    since."""
    await room.call(location=AT_HOME)
    first: list[str] = []
    for _ in range(3 * hub_module.SNAPSHOTS_A_BEAT):
        await happenings(service, 2)
        snapshot, *since = Ear(service.hub).frames()
        first.append(json.dumps(snapshot))
        seq, world = snapshot["seq"], snapshot["world"]
        for frame in since:
            assert frame["from"] == seq + 1
            seq, world = frame["to"], merge(world, frame["patch"])
        assert world == json.loads(msgspec.json.encode(board(service.engine.world)))
    assert len(set(first)) == hub_module.SNAPSHOTS_A_BEAT
    service.hub.beat(clock.now())
    (now,) = Ear(service.hub).frames()
    assert now["seq"] == service.engine.world.seq


async def test_who_was_erased_is_in_no_snapshot_that_was_kept(service: Service, room: ControlRoom) -> None:
    """However many come at once."""
    called = await room.call(location=AT_HOME, caller_phone="13800138000")
    for _ in range(2 * hub_module.SNAPSHOTS_A_BEAT):
        await happenings(service, 1)
        assert "13800138000" in json.dumps(Ear(service.hub).frames())
    erasing = EraseIncident(incident_id=IncidentId(called["incident"]["incident_id"]), transfer_ids=(), reason="asked")
    await service.engine.execute(erasing, actor="dev")
    assert "13800138000" not in json.dumps(Ear(service.hub).frames())


async def test_many_are_given_their_frames_a_part_at_a_time_and_in_order(
    service: Service, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "GIVEN_AT_ONCE", 2)
    turns: list[Callable[[], None]] = []
    service.hub.later = turns.append
    ears = [Ear(service.hub, after=service.engine.world.seq) for _ in range(5)]
    service.hub.beat(clock.now())
    service.hub.beat(clock.now(), Condition(["roads_failed"]))
    assert sorted(len(ear.client.queue) for ear in ears) == [0, 0, 0, 1, 1]
    late = Ear(service.hub, after=service.engine.world.seq)  # was not there when they were sent
    while turns:
        turns.pop(0)()
    assert [["degraded" in frame for frame in ear.frames()] for ear in ears] == [[False, True]] * 5
    assert late.frames() == []
