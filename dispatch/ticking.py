"""What a service tells its streams of itself, tick by tick, and tasks that run as long as it does."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from itertools import cycle

from dispatch.api.wiring import Service, condition_of, machine_now
from dispatch.engine.ports import DependencyFailed

log = logging.getLogger(__name__)

POSITIONS_EVERY_S = 0.2  # five times a second (contract)
TICKS_A_BEAT = 5  # a heartbeat every second (contract)
VIEWERS_EVERY_S = 1.0
STREETS_EVERY_S = 1.0


@contextlib.asynccontextmanager
async def running_task(coroutine: object, name: str) -> AsyncIterator[None]:
    """A task for as long as the context lasts; its failure is logged, and stops nothing else."""
    task: asyncio.Task[None] = asyncio.create_task(coroutine, name=name)  # type: ignore[arg-type]
    task.add_done_callback(log_failure)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@contextlib.asynccontextmanager
async def ticking(service: Service) -> AsyncIterator[None]:
    """All that is done for the streams of a service tick by tick, for as long as the context lasts."""
    async with (
        running_task(tick(service), "positions"),
        running_task(note_streets(service), "streets"),
        running_task(look_at_viewers(service), "viewers"),
    ):
        yield


def log_failure(task: asyncio.Task[None]) -> None:
    """Say what has ended a task that nobody awaits."""
    if not task.cancelled() and task.exception() is not None:
        log.critical(
            "后台任务 %s 停止 / background task %s stopped", task.get_name(), task.get_name(), exc_info=task.exception()
        )


async def tick(service: Service) -> None:
    """Tell the streams which units have moved, and every second that this process is there, and how it is."""
    for is_beat in cycle([True] + [False] * (TICKS_A_BEAT - 1)):
        changed = service.positions.drain_changed()
        if changed and service.link is not None and service.engine.is_writing:
            service.link.publish(changed)
        condition = condition_of(service) if is_beat else None
        service.hub.tell_positions(changed, service.positions.fixes(), service.engine.clock.now(), condition)
        await asyncio.sleep(POSITIONS_EVERY_S)


async def note_streets(service: Service) -> None:
    """Have the engine write down by which travel times it decides, whenever they are others."""
    while True:
        if not service.is_stopping and service.engine.is_writing and service.engine.failure is None:
            with contextlib.suppress(DependencyFailed):  # the engine has said so
                await service.engine.note_travel_times()
        await asyncio.sleep(STREETS_EVERY_S)


async def look_at_viewers(service: Service) -> None:
    """End the streams of those whose credentials have ended."""
    while True:
        await asyncio.sleep(VIEWERS_EVERY_S)
        await service.viewers.look(machine_now(service))
