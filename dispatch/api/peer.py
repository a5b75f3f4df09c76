"""One request to another process of the same service, over a connection of its own.

Both ends are ours: the answer has a length, and is small. What matters is to know, when it fails, whether the other end can have
acted on the request.
"""

import asyncio
import contextlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.types import Scope

Headers = list[tuple[bytes, bytes]]

PEER: Final = b"dispatch-peer"
CONNECT_WITHIN_S: Final = 1.0
ANSWER_WITHIN_S: Final = 20.0
FILE_WITHIN_S: Final = 120.0
"""A registry of 60,000 devices was read in 52 s on two busy processors."""


def is_peer(scope: Scope, secret: str) -> bool:
    """Whether a request comes from another process of the service, which knows the word."""
    word = next((value for name, value in scope["headers"] if name == PEER), None)
    return bool(word) and bool(secret) and hmac.compare_digest(word or b"", secret.encode())


class NotSent(Exception):
    """Nobody was reached: nothing was done."""


class CutOff(Exception):
    """The request was sent and no whole answer came: it may have been done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerAnswer:
    """Status, headers with names in lower case, and body."""

    status: int
    headers: Headers
    body: bytes

    def header(self, name: bytes) -> bytes | None:
        return next((value for key, value in self.headers if key == name), None)


async def ask(
    address: str,
    method: str,
    target: bytes,
    headers: Iterable[tuple[bytes, bytes]],
    body: bytes,
    *,
    within_s: float = ANSWER_WITHIN_S,
) -> PeerAnswer:
    """Send a request to the process at `address` (`http://host:port`) and wait for its answer. Raises `NotSent` or `CutOff`."""
    where = urlsplit(address)
    try:
        async with asyncio.timeout(CONNECT_WITHIN_S):
            reader, writer = await asyncio.open_connection(where.hostname, where.port)
    except (OSError, TimeoutError) as error:
        raise NotSent(str(error)) from error
    try:
        async with asyncio.timeout(within_s):
            lines = [
                b"%s: %s\r\n" % pair
                for pair in (*headers, (b"content-length", b"%d" % len(body)), (b"connection", b"close"))
            ]
            writer.write(b"".join([method.encode(), b" ", target, b" HTTP/1.1\r\n", *lines, b"\r\n", body]))
            await writer.drain()
            return await _answer(reader)
    except (OSError, EOFError, TimeoutError, ValueError) as error:
        raise CutOff(str(error)) from error
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def _answer(reader: asyncio.StreamReader) -> PeerAnswer:
    status_line, *lines = (await reader.readuntil(b"\r\n\r\n"))[:-4].split(b"\r\n")
    pairs = (line.split(b":", 1) for line in lines)
    answer = PeerAnswer(
        status=int(status_line.split()[1]), headers=[(name.lower(), value.strip()) for name, value in pairs], body=b""
    )
    length = int(answer.header(b"content-length") or 0)
    return PeerAnswer(status=answer.status, headers=answer.headers, body=await reader.readexactly(length))
