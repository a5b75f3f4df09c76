"""Clocks: the system's, a virtual one that jumps, and a paced one in between."""

import asyncio
from datetime import UTC, datetime, timedelta


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def wait_until(self, at: datetime) -> None:
        await asyncio.sleep(max(0.0, (at - self.now()).total_seconds()))


class VirtualClock:
    """A clock that stands still until told to move; waiting moves it at once. It never goes back."""

    def __init__(self, start_at: datetime) -> None:
        self._now = start_at

    def now(self) -> datetime:
        return self._now

    def advance_to(self, at: datetime) -> None:
        self._now = max(self._now, at)

    async def wait_until(self, at: datetime) -> None:
        self.advance_to(at)


class PacedClock:
    """A clock that runs `speed` times as fast as the system's, from `start_at` on."""

    def __init__(self, start_at: datetime, speed: float) -> None:
        self._start_at = start_at
        self._speed = speed
        self._began = datetime.now(UTC)

    def now(self) -> datetime:
        return self._start_at + (datetime.now(UTC) - self._began) * self._speed

    async def wait_until(self, at: datetime) -> None:
        ahead: timedelta = (at - self.now()) / self._speed
        await asyncio.sleep(max(0.0, ahead.total_seconds()))
