"""Who looks at a stream, and whether they still may: everybody's credentials are looked at again and again, by one for all streams."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

log = logging.getLogger(__name__)

LOOK_AGAIN_AFTER: Final = timedelta(seconds=9)
"""With the second until the next look and the five for which `sessions` remembers a user, a stream outlives its credentials by 15 s at
most (docs/security.md): a choice of ours."""


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """One stream: `may_stay` asks whether its credentials still hold, `end` is called once when they do not."""

    may_stay: Callable[[], Awaitable[bool]]
    end: Callable[[], None]


class Viewers:
    """All streams of one process, by when they are due."""

    def __init__(self) -> None:
        self._due_at: dict[Watched, datetime] = {}

    @contextlib.contextmanager
    def watching(self, viewer: Watched, now: datetime) -> Iterator[None]:
        """Have the viewer's credentials looked at for as long as the context lasts."""
        self._due_at[viewer] = now + LOOK_AGAIN_AFTER
        try:
            yield
        finally:
            self._due_at.pop(viewer, None)

    async def look(self, now: datetime) -> None:
        """Look at whoever is due; to be called every second or so."""
        due = [viewer for viewer, due_at in self._due_at.items() if due_at <= now]
        for viewer in due:
            await asyncio.sleep(0)  # others have their turn
            may_stay = await _may_stay(viewer)
            if viewer not in self._due_at:
                continue  # has left meanwhile
            if may_stay:
                self._due_at[viewer] = now + LOOK_AGAIN_AFTER
            else:
                del self._due_at[viewer]
                viewer.end()


async def _may_stay(viewer: Watched) -> bool:
    try:
        return await viewer.may_stay()
    except Exception:  # a screen that were closed now could not come back
        log.exception("无法核对流的凭据,稍后再试 / credentials of a stream could not be looked at; trying again")
        return True
