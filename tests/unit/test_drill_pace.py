"""A paced clock sleeps between steps and stands still within them."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from dispatch.drills.pace import StepClock

NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


async def test_time_passes_only_by_waiting_at_the_chosen_multiple(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    real_s = 100.0

    async def sleep(seconds: float) -> None:
        nonlocal real_s
        slept.append(seconds)
        real_s += seconds

    monkeypatch.setattr(asyncio, "sleep", sleep)
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: real_s)
    clock = StepClock(NOON, speed=60.0)
    await clock.wait_until(NOON)
    await clock.wait_until(NOON + timedelta(minutes=5))
    real_s += 2.0  # a step that takes two seconds of real time, two minutes of the drill's
    assert clock.now() == NOON + timedelta(minutes=5)
    await clock.wait_until(NOON + timedelta(minutes=6))  # late already: no sleep
    await clock.wait_until(NOON + timedelta(minutes=10))  # and caught up
    await clock.wait_until(NOON)
    assert slept == [pytest.approx(5.0), pytest.approx(3.0)]
    assert clock.now() == NOON + timedelta(minutes=10)
