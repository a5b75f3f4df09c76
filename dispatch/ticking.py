"""What a service tells its streams of itself, tick by tick, and tasks that run as long as it does."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from dispatch.api.wiring import Service, machine_now, tell_state
from dispatch.engine.ports import DependencyFailed

log = logging.getLogger(__name__)

POSITIONS_EVERY_S = 0.2  # five times a second (contract)
HEARTBEAT_EVERY_S = 1.0
VIEWERS_EVERY_S = 1.0


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
        running_task(tick_positions(service), "positions"),
        running_task(beat(service), "heartbeat"),
        running_task(look_at_viewers(service), "viewers"),
    ):
        yield


def log_failure(task: asyncio.Task[None]) -> None:
    """Say what has ended a task that nobody awaits."""
    if not task.cancelled() and task.exception() is not None:
        log.critical(
            "后台任务 %s 停止 / background task %s stopped", task.get_name(), task.get_name(), exc_info=task.exception()
        )


async def tick_positions(service: Service) -> None:
    """Tell the streams which units have moved."""
    while True:
        await asyncio.sleep(POSITIONS_EVERY_S)
        changed = service.positions.drain_changed()
        if changed and service.link is not None and service.engine.is_writing:
            service.link.publish(changed)
        service.hub.tell_positions(changed, service.positions.fixes(), service.engine.clock.now())


async def beat(service: Service) -> None:
    """Tell the streams every second that this process is there, and how it is."""
    while True:
        tell_state(service)
        if not service.is_stopping and service.engine.is_writing and service.engine.failure is None:
            with contextlib.suppress(DependencyFailed):  # the engine has said so
                await service.engine.note_travel_times()
        await asyncio.sleep(HEARTBEAT_EVERY_S)


async def look_at_viewers(service: Service) -> None:
    """End the streams of those whose credentials have ended."""
    while True:
        await asyncio.sleep(VIEWERS_EVERY_S)
        await service.viewers.look(machine_now(service))
