"""Strangers at the stream: a token in time or out, and a role that may look."""

import asyncio
import socket as sockets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError

from dispatch.api import stream
from dispatch.api.wiring import Service
from dispatch.domain.accounts import Role, User
from dispatch.engine.clocks import VirtualClock
from dispatch.settings import Settings
from dispatch.web import web_server
from tests.api.conftest import City
from tests.fakes.memory_journal import MemoryJournal


@asynccontextmanager
async def served(service: Service) -> AsyncIterator[str]:
    """The service on a real socket in this process; the address of its stream."""
    door = sockets.create_server(("127.0.0.1", 0))  # listens at once: whoever comes early waits at the door
    server = web_server(service)
    serving = asyncio.create_task(server.serve(sockets=[door]))
    try:
        yield f"ws://127.0.0.1:{door.getsockname()[1]}/api/v1/stream"
    finally:
        server.should_exit = True
        await serving


@pytest.fixture
def locked(city: City, journal: MemoryJournal, clock: VirtualClock) -> Service:
    return city.service(journal, clock, Settings(dev=False))


async def closing_code(url: str, first_message: str | bytes | None) -> int:
    async with connect(url) as socket:
        if first_message is not None:
            await socket.send(first_message)
        with pytest.raises(ConnectionClosedError) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


@pytest.mark.parametrize(
    "first_message",
    ['{"type": "auth", "token": "made up"}', '{"type": "auth"}', "hello", "[]", b"\x00", '{"token": ' + "[" * 5000],
)
async def test_a_token_that_nobody_was_given_is_turned_away(locked: Service, first_message: str | bytes) -> None:
    async with served(locked) as url:
        assert await closing_code(url, first_message) == 4401


async def test_whoever_says_nothing_in_time_is_turned_away(locked: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    assert stream.AUTH_WITHIN_S == 5.0
    monkeypatch.setattr(stream, "AUTH_WITHIN_S", 0.05)
    async with served(locked) as url:
        assert await closing_code(url, None) == 4401
    assert locked.hub.n_clients == 0


async def test_a_role_without_a_place_in_the_room_is_turned_away(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def neighbour(*_: object) -> User:
        return User(name="neighbour", roles=frozenset({Role.RESPONDER}))

    monkeypatch.setattr(stream, "user_of", neighbour)
    async with served(service) as url:
        assert await closing_code(url, None) == 4403


async def test_a_token_never_travels_in_the_address(locked: Service) -> None:
    """What stands in an address ends up in logs: it is not even looked at."""
    async with served(locked) as url:
        assert await closing_code(f"{url}?token=secret", '{"type": "auth", "token": "x"}') == 4401
