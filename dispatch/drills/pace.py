"""A drill's clock at a chosen multiple of real time, that never outruns the drill's own work.

Time stands still during a step and is slept through between steps. A step that takes longer than its share makes the drill late, not
different: at any speed the same seed gives the same journal.
"""

import asyncio
from datetime import datetime


class StepClock:
    """Implements `dispatch.engine.ports.Clock`; `speed` simulated seconds pass in a real one."""

    def __init__(self, start_at: datetime, speed: float) -> None:
        self._start_at, self._speed, self._now = start_at, speed, start_at
        self._began_s: float | None = None

    def now(self) -> datetime:
        return self._now

    async def wait_until(self, at: datetime) -> None:
        """Sleep until `at` has come in real time, and stand there."""
        elapsed_s = asyncio.get_running_loop().time()
        if self._began_s is None:
            self._began_s = elapsed_s
        due_s = self._began_s + (at - self._start_at).total_seconds() / self._speed
        if due_s > elapsed_s:
            await asyncio.sleep(due_s - elapsed_s)
        self._now = max(self._now, at)
