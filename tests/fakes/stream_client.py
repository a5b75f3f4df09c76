"""A console at the real stream: it keeps the world by merge patches and insists on frames without gap or repeat."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.fakes.merge_patch import merge

Frame = dict[str, Any]
SUBPROTOCOL = "dispatch.json.v1"


class Console:
    """`seq` and `world` are as of the last frame read."""

    def __init__(self, socket: ClientConnection, seq: int = 0) -> None:
        self.socket, self.seq = socket, seq
        self.world: dict[str, Any] = {}

    async def frame(self) -> Frame:
        """The next frame, whatever it is, taken into `seq` and `world`."""
        frame: Frame = json.loads(await self.socket.recv())
        match frame["type"]:
            case "snapshot":
                self.seq, self.world = frame["seq"], frame["world"]
            case "events":
                assert frame["from"] == self.seq + 1, "a gap or a repeat"
                assert [event["seq"] for event in frame["events"]] == list(range(frame["from"], frame["to"] + 1))
                self.seq, self.world = frame["to"], merge(self.world, frame["patch"])
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
