"""Several processes as one service: commands go to the process that writes, and what is read is as new as the journal.

A request that changes something is sent on as it came; the writer judges it, with its caller's own credentials, and its answer goes
back only once this process has caught up with it. While nobody writes, commands wait for the takeover. One that was cut off is sent
again only if that is harmless: if it carries an idempotency key. Reads are preceded by a look into the journal, so that what one
process has answered every other one knows.
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Coroutine
from typing import Any, Final

import msgspec
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dispatch import trail
from dispatch.api import peer_aed_data
from dispatch.api.peer import ANSWER_WITHIN_S, FILE_WITHIN_S, PEER, CutOff, Headers, NotSent, PeerAnswer, ask, is_peer
from dispatch.api.problems import NO_WRITER, ProblemError, answer
from dispatch.api.request_log import NUMBER, REQUEST, TRACEPARENT
from dispatch.api.wiring import Service
from dispatch.domain.ids import UnitId
from dispatch.domain.unit import Fix
from dispatch.engine.ports import Writer
from dispatch.engine.seat import Seat

WAIT_FOR_WRITER_S: Final = 8.0
"""Longer than a takeover, shorter than a dispatcher's patience: a choice of ours."""
WAIT_WHEN_STOPPING_S: Final = 4.0
"""From the end of this process's own writing on; within what a stop gives to answers that are still due."""
LAST_WORD_WITHIN_S: Final = 1.0
"""What a writer that is no longer one has committed, it has answered within this time: a choice of ours. It is waited for only where
the command cannot be repeated: what was committed is answered to its key by whoever writes now."""
TRY_AGAIN_S: Final = 0.25
"""A command that waits is tried again by itself this often; at once when the writer changes. A choice of ours."""
AT_ONCE: Final = 8
"""So many of the commands that have waited are tried at a time. Hundreds can have waited for a takeover, and the process that has
taken over has consoles, probes and whoever comes next to serve besides. A choice of ours."""
_LOOK_AGAIN_S: Final = 0.1
_MISDIRECTED: Final = 421
CLIENT, SEQ = b"dispatch-client", b"dispatch-seq"
POSITIONS: Final = "/peer/positions"
_OF_FILES: Final = "/api/v1/aed-data"
_SAFE: Final = {"GET", "HEAD", "OPTIONS"}
# Held by the process that writes alone: where volunteers are, and which AED data can be ordered.
_OF_THE_WRITER: Final = re.compile(r"/api/v1/(arrest-units.*|incidents/[^/]+/arrest-plan|aed-data.*)")
# Asked by the public in great number, and not of what dispatchers have just done.
_NOT_OF_THE_WORLD: Final = ("/api/v1/aeds", "/api/v1/maps")
_OF_ONE_CONNECTION: Final = {
    b"connection",
    b"keep-alive",
    b"transfer-encoding",
    b"content-length",
    b"date",
    b"server",
    PEER,
    SEQ,
    NUMBER,  # it is this process's to say
}


class Forwarding:
    """ASGI middleware; it does nothing where there is only one process."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._turns = asyncio.Semaphore(AT_ONCE)  # given in the order in which they are asked for

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        service: Service | None = scope["app"].state.service if scope["type"] == "http" else None
        if service is None or service.seat is None:
            await self.app(scope, receive, send)
            return
        if is_peer(scope, service.peer_secret):
            await self._serve_peer(service, scope, receive, send)
        elif scope["method"] not in _SAFE or _OF_THE_WRITER.fullmatch(scope["path"]):
            await self._carry_out(service, service.seat, scope, receive, send)
        else:
            path = scope["path"]
            if path.startswith("/api/v1/") and not path.startswith(_NOT_OF_THE_WORLD):
                await service.seat.refresh()
            await self.app(scope, receive, send)

    async def _serve_peer(self, service: Service, scope: Scope, receive: Receive, send: Send) -> None:
        """What another process asks of this one: where units are, AED data, or to carry out a command."""
        if scope["path"] == POSITIONS:
            await _send(PeerAnswer(status=200, headers=[], body=encode_fixes(service)), send)
        elif scope["path"].startswith(peer_aed_data.PATH):
            await _send(await peer_aed_data.answer_peer(service, scope["path"]), send)
        elif not service.engine.is_writing:
            await _send(PeerAnswer(status=_MISDIRECTED, headers=[], body=b""), send)
        else:
            client = next((value.decode() for name, value in scope["headers"] if name == CLIENT), "")
            headers = [pair for pair in scope["headers"] if pair[0] not in {PEER, CLIENT}]

            async def send_with_seq(message: Message) -> None:
                if message["type"] == "http.response.start":
                    MutableHeaders(scope=message)[SEQ.decode()] = str(service.engine.world.seq)
                await send(message)

            await self.app({**scope, "client": (client, 0), "headers": headers}, receive, send_with_seq)

    async def _carry_out(self, service: Service, seat: Seat, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await _body(receive)
        except HTTPException as refused:
            await self.app(scope, _raising(refused), send)
            return
        loop = asyncio.get_running_loop()
        until, is_stopping, has_waited = loop.time() + WAIT_FOR_WRITER_S, False, False
        can_repeat = any(name == b"idempotency-key" for name, _ in scope["headers"])
        while loop.time() < until:
            if service.is_stopping and not is_stopping:
                until, is_stopping = min(until, loop.time() + WAIT_WHEN_STOPPING_S), True
            change = seat.change
            try:
                async with self._turn(until) if has_waited else contextlib.nullcontext():
                    done = await self._tried(seat, scope, body, can_repeat=can_repeat)
            except NotSent:
                done = None
            except CutOff:
                if not can_repeat:
                    break
                done = None
            if done is not None and not _is_to_be_repeated(done, can_repeat=can_repeat):
                await _send(done, send)
                return
            if not has_waited:
                seat.ring()
                has_waited = True
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TRY_AGAIN_S):
                    await change.wait()
        refusal = answer(ProblemError(*NO_WRITER))
        await refusal(scope, receive, send)

    @contextlib.asynccontextmanager
    async def _turn(self, until: float) -> AsyncIterator[None]:
        """One of the turns of those that have waited; `NotSent` when none is free in time."""
        try:
            async with asyncio.timeout_at(until):
                await self._turns.acquire()
        except TimeoutError:
            raise NotSent("others were still waiting") from None
        try:
            yield
        finally:
            self._turns.release()

    async def _tried(self, seat: Seat, scope: Scope, body: bytes, *, can_repeat: bool) -> PeerAnswer | None:
        """One try, here or where the writer is; None while nobody writes."""
        if seat.engine.is_writing:
            return await _heard(self.app, scope, body)
        if seat.writer is None:
            return None
        last_word_s = 0.0 if can_repeat else LAST_WORD_WITHIN_S
        done = await _while_it_writes(seat, seat.writer, _forward(seat.writer, scope, body), last_word_s)
        # Whoever is answered can read here what was done.
        if seat.engine.world.seq < int(done.header(SEQ) or 0):
            await seat.refresh()
        kept = [pair for pair in done.headers if pair[0] not in _OF_ONE_CONNECTION]
        return PeerAnswer(status=done.status, headers=kept, body=done.body)


async def fetch_positions(service: Service, seat: Seat) -> None:
    """Take over the positions that the writer knows; without an answer things stay as they are."""
    writer = seat.writer
    if writer is None:
        return
    with contextlib.suppress(NotSent, CutOff, msgspec.DecodeError):
        answered = await ask(writer.address, "GET", POSITIONS.encode(), [(PEER, writer.secret.encode())], b"")
        for unit_id, fix in decode_fixes(answered.body).items():
            take_position(service, UnitId(unit_id), fix)


def take_position(service: Service, unit_id: UnitId, fix: Fix) -> None:
    """A position that another process has heard; what is known already is no news."""
    if service.positions.fixes().get(unit_id) != fix:
        service.positions.report(unit_id, fix)


def encode_fixes(service: Service) -> bytes:
    """All positions that this process knows, for `decode_fixes`."""
    return msgspec.msgpack.encode(dict(service.positions.fixes()))


def decode_fixes(data: bytes) -> dict[str, Fix]:
    """Latest fix by unit. `msgspec.DecodeError` when they are not ours."""
    return msgspec.msgpack.decode(data, type=dict[str, Fix])


def _is_to_be_repeated(done: PeerAnswer, *, can_repeat: bool) -> bool:
    """Not the writer any more: nothing was done. A writer that failed meanwhile (503): only who can repeat may."""
    return done.status == _MISDIRECTED or (done.status == 503 and can_repeat)


async def _while_it_writes(
    seat: Seat, writer: Writer, asking: Coroutine[Any, Any, PeerAnswer], last_word_s: float
) -> PeerAnswer:
    """Wait for an answer, but not for that of a process that has stopped and been replaced: `CutOff`."""
    task = asyncio.create_task(asking, name="forward")
    try:
        while not task.done() and seat.writer == writer:
            await asyncio.wait([task], timeout=_LOOK_AGAIN_S)
        await asyncio.wait([task], timeout=last_word_s)
        if not task.done():
            raise CutOff("the writer was replaced before it answered")
        return task.result()
    finally:
        task.cancel()


async def _forward(writer: Writer, scope: Scope, body: bytes) -> PeerAnswer:
    client = scope["client"][0] if scope["client"] else ""
    headers: Headers = [pair for pair in scope["headers"] if pair[0] not in _OF_ONE_CONNECTION | {CLIENT, REQUEST}]
    headers += [(PEER, writer.secret.encode()), (CLIENT, client.encode())]
    headers.append((REQUEST, str(trail.facts().get("request_id", "")).encode()))
    if (parent := trail.parent()) is not None:
        headers = [pair for pair in headers if pair[0] != TRACEPARENT] + [(TRACEPARENT, parent.encode())]
    query = scope["query_string"]
    target = scope.get("raw_path") or scope["path"].encode()
    within_s = FILE_WITHIN_S if scope["path"].startswith(_OF_FILES) else ANSWER_WITHIN_S
    asked = target + (b"?" + query if query else b"")
    return await ask(writer.address, scope["method"], asked, headers, body, within_s=within_s)


async def _send(done: PeerAnswer, send: Send) -> None:
    headers = [*done.headers, (b"content-length", b"%d" % len(done.body))]
    await send({"type": "http.response.start", "status": done.status, "headers": headers})
    await send({"type": "http.response.body", "body": done.body})


async def _body(receive: Receive) -> bytes:
    parts, is_more = [], True
    while is_more:
        message = await receive()
        parts.append(message.get("body", b""))
        is_more = message.get("more_body", False)
    return b"".join(parts)


async def _heard(app: ASGIApp, scope: Scope, body: bytes) -> PeerAnswer:
    """What this process itself answers, in one piece."""
    heard: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        heard.append(message)

    await app(scope, receive, send)
    start, *rest = heard
    headers = [pair for pair in start["headers"] if pair[0] != b"content-length"]
    return PeerAnswer(status=start["status"], headers=headers, body=b"".join(part.get("body", b"") for part in rest))


def _raising(refused: HTTPException) -> Receive:
    async def receive() -> Message:
        raise refused

    return receive
