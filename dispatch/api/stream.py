"""The websocket shell of the hub: authentication, the frames of one client onto its socket, and the ways it can end."""

import asyncio
import contextlib
from dataclasses import dataclass
from functools import partial
from typing import Literal

import msgspec
from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from dispatch.api.console_socket import line_of
from dispatch.api.envelope import is_own_page
from dispatch.api.hub import Client, Hub
from dispatch.api.reads import STREAM, note_reads
from dispatch.api.sessions import user_of
from dispatch.api.viewers import Watched
from dispatch.api.wiring import machine_now, service_of
from dispatch.domain.accounts import User
from dispatch.engine.seat import Seat
from dispatch.projections.sight import Breadth, Sight, sight_of

router = APIRouter()
SUBPROTOCOL = "dispatch.json.v1"
AUTH_WITHIN_S = 5.0
PART_WITHIN_S = 1.0
TAKE_WITHIN_S = 15.0  # a frame, or it is cut: whoever reads at all does so many times over; a choice of ours
MOST_DIGITS = 18  # of a sequence number: more events than any journal will hold
GOING_AWAY, TOO_SLOW, UNAUTHENTICATED, FORBIDDEN = 1001, 4008, 4401, 4403


class _Auth(msgspec.Struct):
    type: Literal["auth"]
    token: str


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks, what is seen, and the token of the first message, if it came by one."""

    user: User
    sight: Sight
    token: str | None


@router.websocket("/api/v1/stream")
async def stream(socket: WebSocket, after: str | None = None) -> None:
    """One console: a snapshot or the missing frames, then everything that happens. Pages of other sites are turned away (403)."""
    service, said = service_of(socket), socket.headers
    if not is_own_page(said.get("origin"), said.get("host"), service.allowed_origins):
        await socket.close(FORBIDDEN, "origin not allowed")
        return
    offered = socket.scope.get("subprotocols", [])
    await socket.accept(subprotocol=SUBPROTOCOL if SUBPROTOCOL in offered else None)
    with contextlib.suppress(WebSocketDisconnect):
        token = None
        user = await user_of(socket)
        if user is None:
            token = await _await_token(socket)
            user = await user_of(socket, token) if token else None
        if user is None:
            await socket.close(UNAUTHENTICATED, "credentials required")
            return
        sight = sight_of(user)
        if sight.breadth is Breadth.NOTHING:
            await socket.close(FORBIDDEN, "role may not stream")
            return
        await _know(service.seat, _sequence(after))
        await _serve(socket, service.hub, _sequence(after), Viewer(user, sight, token))


async def _know(seat: Seat | None, after: int | None) -> None:
    """A client that comes from another process may know more than this one; it must not be sent back."""
    if seat is not None and after is not None and after > seat.engine.world.seq:
        await seat.refresh()


def _sequence(after: str | None) -> int | None:
    """`after` as a sequence number; anything else asks for a snapshot."""
    is_number = after is not None and after.isascii() and after.isdigit() and len(after) <= MOST_DIGITS
    return int(after) if after is not None and is_number else None


async def _await_token(socket: WebSocket) -> str | None:
    """The token of a client's first message, `{"type": "auth", "token": ...}`; None when it says anything else, or nothing in time."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(AUTH_WITHIN_S):
            said = await socket.receive()
            return token_in(said.get("text") or said.get("bytes") or b"")
    return None


def token_in(said: str | bytes) -> str | None:
    """The token of a client's first message; None when it is anything else."""
    try:
        return msgspec.json.decode(said, type=_Auth).token
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


async def _serve(socket: WebSocket, hub: Hub, after: int | None, viewer: Viewer) -> None:
    ready = asyncio.Event()
    shown = partial(note_reads, socket, viewer.user, purpose=STREAM)
    line = line_of(socket.scope)
    client = hub.join(ready.set, after, viewer.sight, shown, line.take if line else None)
    listening = asyncio.create_task(_listen(socket, ready), name="stream-listen")

    async def may_stay() -> bool:
        return await user_of(socket, viewer.token) == viewer.user

    def end() -> None:
        client.has_lost_credentials = True
        client.wake()

    service = service_of(socket)
    try:
        with service.viewers.watching(Watched(may_stay, end), machine_now(service)):
            await _send_all(socket, client, ready, listening)
    except TimeoutError:
        if line is not None:
            line.cut()
    finally:
        hub.leave(client)
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening


async def _listen(socket: WebSocket, ready: asyncio.Event) -> None:
    """Read until the client is gone; what it says after joining carries no meaning."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass
    ready.set()


async def _send_all(socket: WebSocket, client: Client, ready: asyncio.Event, listening: asyncio.Task[None]) -> None:
    while not listening.done():
        if client.is_going_away:
            await socket.close(GOING_AWAY, "going away")
            return
        if client.is_overrun:
            async with asyncio.timeout(TAKE_WITHIN_S):
                await socket.close(TOO_SLOW, "too slow; resume with after")
            return
        if client.has_lost_credentials:
            await socket.close(UNAUTHENTICATED, "credentials have ended")
            return
        text = client.pop()
        if text is None:
            ready.clear()
            await ready.wait()  # who is up to date is written to without this task
        else:
            async with asyncio.timeout(TAKE_WITHIN_S):
                await socket.send_text(text)


async def part_from_streams(hub: Hub) -> None:
    """Close every stream with 1001; who does not take even that in time is left to the web server."""
    parted = asyncio.Event()
    hub.close(parted.set)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PART_WITHIN_S):
            await parted.wait()
