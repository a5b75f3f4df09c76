"""Many websocket clients in a process of their own, as little work as possible for each frame.

    python -m tests.bench.stream_clients PORT PATH N

Says `ready` on a line once every client has its first frame. From then on each client notes the instant at which a frame with
a range (`"from"`, `"to"`) was complete; `time.perf_counter` is the machine's monotonic clock, the same in every process of it.
When its input ends it answers with one JSON object (`Receipts`) and goes. Frames from servers are not masked, so reading one is
its header and a slice: a general client would spend more time on 120 copies than the server that is to be measured.
"""

import asyncio
import re
import sys
import time
from collections import Counter
from contextlib import suppress
from functools import partial
from typing import Final

import msgspec

RANGE: Final = re.compile(rb'"from":(\d+),"to":(\d+)')
RANGE_WITHIN: Final = 80  # bytes from the frame's beginning
TEXT, CLOSE, PING = 0x1, 0x8, 0x9
CONNECT_AT_ONCE: Final = 20


class Frame(msgspec.Struct):
    """One frame with a range: its size, what it told (of one client), and when each client had it."""

    size: int
    kinds: list[str]
    named: list[str]
    at_s: list[float]


class Receipts(msgspec.Struct):
    """By the first number of the range; `per_s`: frames of any kind by whole seconds; `sample`: the last of an assignment."""

    frames: dict[int, Frame]
    frames_of_any_kind: int
    bytes_of_any_kind: int
    per_s: dict[int, int]
    bytes_per_s: dict[int, int]
    sample: str


class _Told(msgspec.Struct):
    type: str = ""
    incident_id: str = ""
    assignment_id: str = ""


class _Body(msgspec.Struct):
    events: list[_Told] = []


class Ledger:
    """What all clients noted."""

    def __init__(self) -> None:
        self.at_s: dict[int, list[float]] = {}
        self.kept: dict[int, bytes] = {}
        self.frames = self.bytes = 0
        self.per_s: Counter[int] = Counter()
        self.bytes_per_s: Counter[int] = Counter()

    def note(self, client: int, payload: bytes, at_s: float) -> None:
        """One whole text frame of one client."""
        self.frames += 1
        self.per_s[int(at_s)] += 1
        self.bytes_per_s[int(at_s)] += len(payload)
        self.bytes += len(payload)
        found = RANGE.search(payload, 0, RANGE_WITHIN)
        if found is not None:
            first = int(found[1])
            self.at_s.setdefault(first, []).append(at_s)
            if client == 0:
                self.kept[first] = payload

    def receipts(self) -> Receipts:
        told = {first: msgspec.json.decode(payload, type=_Body).events for first, payload in self.kept.items()}
        frames = {
            first: Frame(
                size=len(self.kept[first]),
                kinds=[event.type for event in told[first]],
                named=[event.assignment_id or event.incident_id for event in told[first]],
                at_s=self.at_s[first],
            )
            for first in told
        }
        assigned = [first for first, frame in frames.items() if "UnitAssigned" in frame.kinds]
        sample = self.kept[assigned[-1]].decode() if assigned else ""
        return Receipts(frames, self.frames, self.bytes, self.per_s, self.bytes_per_s, sample)


class Client(asyncio.Protocol):
    """One client: handshake, frames, and an answer to pings."""

    def __init__(self, number: int, path: str, ledger: Ledger) -> None:
        self._number, self._path, self._ledger = number, path, ledger
        self._buffer = bytearray()
        self._is_open = False
        self.has_begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(
            f"GET {self._path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        at_s = time.perf_counter()
        self._buffer += data
        if not self._is_open:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            if b" 101 " not in self._buffer[:end].split(b"\r\n", 1)[0]:
                self.has_begun.set_exception(ConnectionError(self._buffer[:end].decode()))
                return
            del self._buffer[: end + 4]
            self._is_open = True
        while (frame := self._next_frame()) is not None:
            self._take(*frame, at_s)

    def connection_lost(self, reason: Exception | None) -> None:
        if not self.has_begun.done():
            self.has_begun.set_exception(ConnectionError(f"closed before the first frame: {reason}"))

    def _next_frame(self) -> tuple[int, bytes] | None:
        """Opcode and payload of the next whole, unmasked frame (RFC 6455, section 5.2)."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        size, start = buffer[1], 2
        if size == 126:
            size, start = int.from_bytes(buffer[2:4], "big"), 4
        elif size == 127:
            size, start = int.from_bytes(buffer[2:10], "big"), 10
        if len(buffer) < start + size:
            return None
        opcode, payload = buffer[0] & 0x0F, bytes(memoryview(buffer)[start : start + size])
        del buffer[: start + size]
        return opcode, payload

    def _take(self, opcode: int, payload: bytes, at_s: float) -> None:
        if opcode == TEXT:
            self._ledger.note(self._number, payload, at_s)
            if not self.has_begun.done():
                self.has_begun.set_result(None)
        elif opcode == PING:  # the pong carries a mask of zeros
            self._transport.write(bytes([0x8A, 0x80 | len(payload), 0, 0, 0, 0]) + payload)
        elif opcode == CLOSE:
            self._transport.close()


async def listen(port: int, path: str, n_clients: int) -> Receipts:
    """Connect, say `ready`, and collect until the input ends."""
    loop, ledger = asyncio.get_running_loop(), Ledger()
    for first in range(0, n_clients, CONNECT_AT_ONCE):
        begun = []
        for number in range(first, min(first + CONNECT_AT_ONCE, n_clients)):
            _, client = await loop.create_connection(partial(Client, number, path, ledger), "127.0.0.1", port)
            begun.append(client.has_begun)
        await asyncio.gather(*begun)
    print("ready", flush=True)
    with suppress(EOFError):
        await loop.run_in_executor(None, sys.stdin.read)
    return ledger.receipts()


if __name__ == "__main__":
    receipts = asyncio.run(listen(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
    sys.stdout.buffer.write(msgspec.json.encode(receipts))
