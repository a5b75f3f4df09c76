"""The websocket shell of the hub: authentication, the frames of one client onto its socket, and the ways it can end."""

import asyncio
import contextlib

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from dispatch.api.access import CENTRE, user_of
from dispatch.api.hub import Client, Hub
from dispatch.api.wiring import service_of
from dispatch.engine.seat import Seat

router = APIRouter()
SUBPROTOCOL = "dispatch.json.v1"
AUTH_WITHIN_S = 5.0
MOST_DIGITS = 18  # of a sequence number: more events than any journal will hold
GOING_AWAY, TOO_SLOW, UNAUTHENTICATED, FORBIDDEN = 1001, 4008, 4401, 4403


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
        user = user_of(socket)
        if user is None:
            await _await_token(socket)
            await socket.close(UNAUTHENTICATED, "credentials required")
            return
        if not user.roles & CENTRE:
            await socket.close(FORBIDDEN, "role may not stream")
            return
        await _know(service.seat, _sequence(after))
        await _serve(socket, service.hub, _sequence(after))


def is_own_page(origin: str | None, host: str | None, allowed: frozenset[str]) -> bool:
    """Whether whoever connects is no browser (those alone name an origin), or shows a page of this host or of one of `allowed`."""
    if origin is None or origin in allowed:
        return True
    return bool(host) and origin.partition("://")[2].lower() == str(host).lower()


async def _know(seat: Seat | None, after: int | None) -> None:
    """A client that comes from another process may know more than this one; it must not be sent back."""
    if seat is not None and after is not None and after > seat.engine.world.seq:
        await seat.refresh()


def _sequence(after: str | None) -> int | None:
    """`after` as a sequence number; anything else asks for a snapshot."""
    is_number = after is not None and after.isascii() and after.isdigit() and len(after) <= MOST_DIGITS
    return int(after) if after is not None and is_number else None


async def _await_token(socket: WebSocket) -> None:
    """Give a client its five seconds to send a token; there are no accounts yet that one could belong to, so it is not read."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(AUTH_WITHIN_S):
            await socket.receive()


async def _serve(socket: WebSocket, hub: Hub, after: int | None) -> None:
    ready = asyncio.Event()
    client = hub.join(ready.set, after)
    listening = asyncio.create_task(_listen(socket, ready), name="stream-listen")
    try:
        await _send_all(socket, client, ready, listening)
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
            await socket.close(TOO_SLOW, "too slow; resume with after")
            return
        text = client.pop()
        if text is None:
            ready.clear()
            await ready.wait()
        else:
            await socket.send_text(text)
