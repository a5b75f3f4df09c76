"""Clocks: the system's, a virtual one that jumps, and a paced one in between."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial


class SystemClock:
    """The machine's clock as it stood when the process began, and the time that has passed since.

    Somebody may set the machine's clock, or a time server that finds it wrong. Times go on as before: the journal does not jump, and
    no deadline comes an hour early or late. `stepped_s` says by how much the machine's clock has been set; a process that starts anew
    takes it over. A clock that is only slewed (adjtime) is followed: what counts the time is slewed with it. `machine` gives the
    seconds since 1970, `passed` those since any instant.
    """

    def __init__(self, machine: Callable[[], float] | None = None, passed: Callable[[], float] | None = None) -> None:
        self._machine, self._passed = machine or time.time, passed or _time_passed()
        self._ahead_s = self._machine() - self._passed()

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._passed() + self._ahead_s, UTC)

    @property
    def stepped_s(self) -> float:
        """By how many seconds the machine's clock is ahead of this one."""
        return self._machine() - self._passed() - self._ahead_s

    async def wait_until(self, at: datetime) -> None:
        await asyncio.sleep(max(0.0, (at - self.now()).total_seconds()))


def _time_passed() -> Callable[[], float]:
    """Where the system has it, a clock that goes on while the machine sleeps."""
    boottime: int | None = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic if boottime is None else partial(time.clock_gettime, boottime)


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
        self._began_s = time.monotonic()

    def now(self) -> datetime:
        return self._start_at + timedelta(seconds=(time.monotonic() - self._began_s) * self._speed)

    async def wait_until(self, at: datetime) -> None:
        ahead: timedelta = (at - self.now()) / self._speed
        await asyncio.sleep(max(0.0, ahead.total_seconds()))
