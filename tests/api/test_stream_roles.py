"""The stream by role: a token in the first message, frames without gap that carry what is the viewer's, and the end of a token."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError

from dispatch.adapters.accounts import AccountBook
from dispatch.api import sessions, viewers
from dispatch.api.wiring import Service
from dispatch.domain import commands as cmd
from dispatch.domain.accounts import Role
from dispatch.domain.ids import HospitalId, IncidentId, UnitId
from dispatch.domain.incident import Location
from dispatch.domain.vocabulary import Complaint
from dispatch.engine.clocks import VirtualClock
from dispatch.projections import board, sight
from dispatch.projections.sight import MEMBERS, Breadth, sight_of
from routing.geo import Wgs84
from tests.api.test_stream_credentials import served
from tests.fakes.people import CREW, WARD, People, account_book


@pytest.fixture
def book(tmp_path: Path) -> Iterator[AccountBook]:
    with account_book(tmp_path) as book:
        yield book


async def say(socket: ClientConnection, token: str) -> None:
    await socket.send(json.dumps({"type": "auth", "token": token}))


async def next_of(socket: ClientConnection, kind: str) -> dict[str, Any]:
    while (frame := json.loads(await socket.recv()))["type"] != kind:
        pass
    return dict(frame)


async def call(service: Service, phone: str, unit_id: str, hospital_id: str) -> IncidentId:
    """Somebody calls, and a unit is sent that takes the patient to a hospital."""
    place = Location(point=Wgs84(lat_deg=22.5431, lon_deg=114.0579), accuracy_m=20.0, source="caller", cell="c")
    take = cmd.ReceiveCall(
        received_at=service.engine.clock.now(), complaint=Complaint.STROKE, location=place, caller_phone=phone
    )
    known = set(service.engine.world.incidents)
    await service.engine.execute(take, actor="dev")
    (incident_id,) = set(service.engine.world.incidents) - known
    send = cmd.AssignUnit(incident_id=incident_id, unit_id=UnitId(unit_id), hospital_id=HospitalId(hospital_id))
    await service.engine.execute(send, actor="dev")
    return incident_id


@pytest.mark.parametrize("role", [Role.CREW, Role.HOSPITAL])
async def test_frames_are_dense_and_carry_what_is_the_viewers(service: Service, book: AccountBook, role: Role) -> None:
    people = People(service, book)
    async with served(service) as url, connect(url, max_size=None) as socket:
        await say(socket, people.token(role))
        snapshot = await next_of(socket, "snapshot")
        own = await call(service, "13900000001", CREW, WARD)
        other = await call(service, "13900000002", "U002", "H003")
        seq, events, said = snapshot["seq"], [], ""
        while seq < service.engine.world.seq:
            frame = await next_of(socket, "events")
            assert frame["from"] == seq + 1
            seq, said = frame["to"], said + json.dumps(frame)
            events += frame["events"]
    assert {event["incident_id"] for event in events if "incident_id" in event} == {own}
    assert "UnitAssigned" in {event["type"] for event in events}
    assert other not in said
    assert "13900000002" not in said
    assert snapshot["world"]["incidents"] == {}


async def test_a_stream_ends_with_its_credentials(service: Service, book: AccountBook, clock: VirtualClock) -> None:
    people = People(service, book)
    async with served(service) as url, connect(url, max_size=None) as socket:
        await say(socket, people.token(Role.DISPATCHER))
        await next_of(socket, "snapshot")
        await asyncio.to_thread(book.disable, "dispatcher")
        clock.advance_to(clock.now() + viewers.LOOK_AGAIN_AFTER + sessions.REMEMBERED_FOR)
        await service.viewers.look(clock.now())
        with pytest.raises(ConnectionClosedError) as closed:
            await next_of(socket, "nothing of the kind")
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


async def test_a_responder_may_not_stream(service: Service, book: AccountBook) -> None:
    people = People(service, book)
    async with served(service) as url, connect(url) as socket:
        await say(socket, people.token(Role.RESPONDER))
        with pytest.raises(ConnectionClosedError) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4403


async def test_every_member_that_is_listed_exists(service: Service) -> None:
    """A name that is misspelt, or gone, would hide what it means to show."""
    incident_id = await call(service, "139", CREW, WARD)
    world = service.engine.world
    incident = world.incidents[incident_id]
    wires = {
        "incidents": board.incident_wire(world, incident),
        "assignments": board.assignment_wire(world.assignments[incident.assignment_ids[0]]),
        "units": board.unit_wire(world, world.units[UnitId(CREW)]),
    }
    for (_, collection), members in MEMBERS.items():
        assert members <= set(wires[collection])


def test_every_role_has_its_breadth_and_every_event_type_is_known() -> None:
    from dispatch.domain.accounts import DEVELOPER
    from dispatch.domain.events import EVENT_TYPES

    assert set(sight.BREADTH_OF) == set(Role)
    assert sight_of(DEVELOPER).breadth is Breadth.WHOLE
    assert {kind for kinds in sight.EVENTS.values() for kind in kinds} <= set(EVENT_TYPES)
    assert {kind for _, kind in sight.HIDDEN_DATA} <= set(EVENT_TYPES)
