"""A console at the real stream: it keeps the world by merge patches and insists on frames without gap or repeat.

Many consoles in one process are told the same, and come from the same to the same: what one has worked out the others take over.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect

from tests.fakes.merge_patch import merge

Frame = dict[str, Any]
SUBPROTOCOL = "dispatch.json.v1"
KEPT: Final = 64


class World(dict[str, Any]):
    """Never changed once it is made, so it can be looked up by what it is, and not by what is in it."""

    __hash__ = object.__hash__  # type: ignore[assignment]


@lru_cache(maxsize=KEPT)
def _read(text: str | bytes) -> Frame:
    frame: Frame = json.loads(text)
    return frame


@lru_cache(maxsize=KEPT)
def _begun(snapshot: str | bytes) -> World:
    return World(_read(snapshot)["world"])


@lru_cache(maxsize=KEPT)
def _merged(before: World, events: str | bytes) -> World:
    return World(merge(before, _read(events)["patch"]))


class Console:
    """`seq` and `world` are as of the last frame read."""

    def __init__(self, socket: ClientConnection, seq: int = 0) -> None:
        self.socket, self.seq = socket, seq
        self.world = World()

    async def frame(self) -> Frame:
        """The next frame, whatever it is, taken into `seq` and `world`."""
        frame = _read(text := await self.socket.recv())
        match frame["type"]:
            case "snapshot":
                self.seq, self.world = frame["seq"], _begun(text)
            case "events":
                assert frame["from"] == self.seq + 1, "a gap or a repeat"
                assert [event["seq"] for event in frame["events"]] == list(range(frame["from"], frame["to"] + 1))
                self.seq, self.world = frame["to"], _merged(self.world, text)
            case "heartbeat":
                assert frame["seq"] >= self.seq
        return frame

    async def next(self, kind: str) -> Frame:
        """The next frame of a kind; others on the way are taken in."""
        while (frame := await self.frame())["type"] != kind:
            pass
        return frame

    async def until(self, seq: int) -> None:
        """Read until the world is at least at `seq`."""
        while self.seq < seq:
            await self.frame()


@asynccontextmanager
async def console(url: str, after: int | str | None = None, **options: Any) -> AsyncIterator[Console]:
    """Connect; with `after`, as a console that comes back."""
    where = url if after is None else f"{url}?after={after}"
    async with connect(where, subprotocols=[SUBPROTOCOL], max_size=None, **options) as socket:  # type: ignore[list-item]
        yield Console(socket, after if isinstance(after, int) else 0)
