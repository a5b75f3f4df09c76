"""What every test may rely on: where recorded data is, and that no test leaves anything running or open behind."""

import asyncio
import gc
import inspect
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from tests.fakes.real_servers import PostgresServer, ValkeyServer

ROOT = Path(__file__).parent.parent

# A shared machine makes timing meaningless: Hypothesis judges answers here, never durations.
settings.register_profile("project", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("check", settings.get_profile("project"), max_examples=25)
settings.load_profile("project")


@pytest.fixture(scope="session")
def shared_data() -> Path | None:
    """The folder of recorded call logs, city facts and road networks, or None where there is none.

    `DISPATCH_TEST_DATA` names it; without the variable it is looked for in `../shared/data`. A named folder that does not exist
    is an error. Where this is None a test still runs, on the excerpts that the project's own generator wrote.
    """
    named = os.environ.get("DISPATCH_TEST_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if folder.is_dir():
        return folder.resolve()
    if named:
        pytest.fail(f"DISPATCH_TEST_DATA names {folder}, which is not a folder")
    return None


@pytest.fixture(scope="session")
def postgres() -> "Iterator[PostgresServer]":
    """A real PostgreSQL. Each test takes a schema of its own; whoever stops the server starts it again."""
    from tests.fakes.real_servers import PostgresServer

    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="session")
def valkey() -> "Iterator[ValkeyServer]":
    """A real Valkey; whoever stops or empties it leaves it running."""
    from tests.fakes.real_servers import ValkeyServer

    with ValkeyServer() as server:
        yield server


def pytest_collection_finish() -> None:
    _collect_and_set_aside()


@pytest.fixture(autouse=True)
def nothing_left_open(request: pytest.FixtureRequest) -> Iterator[None]:
    """Have what an asynchronous test forgot to close complain now (`ResourceWarning` is an error), not in some later test."""
    yield
    if _is_asynchronous(request):
        _collect_and_set_aside()


def _collect_and_set_aside() -> None:
    """Collect garbage, and do not look at what is still in use again: each collection then costs only what is new."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def nothing_left_running(request: pytest.FixtureRequest, nothing_left_open: None) -> None:
    """Fail an asynchronous test that leaves tasks or timers behind in its loop."""
    if _is_asynchronous(request):
        request.getfixturevalue("_loop_left_idle")


@pytest.fixture
async def _loop_left_idle() -> AsyncIterator[None]:
    """Set up before, and torn down after, every other asynchronous fixture of the test."""
    loop = asyncio.get_running_loop()
    tasks_before, timers_before = asyncio.all_tasks(), _timers(loop)
    yield
    # What was cancelled or finished at the very end gets its turn to say so.
    await asyncio.sleep(0)
    tasks = asyncio.all_tasks() - tasks_before - {asyncio.current_task()}
    timers = [timer for timer in _timers(loop) if timer not in timers_before]
    left = [_told(task) for task in tasks] + [f"timer {timer!r}" for timer in timers]
    if left:
        pytest.fail("left behind in the event loop:\n" + "\n".join(left), pytrace=False)


def _is_asynchronous(request: pytest.FixtureRequest) -> bool:
    function = getattr(request, "function", None)
    inner = getattr(getattr(function, "hypothesis", None), "inner_test", function)
    return inspect.iscoroutinefunction(inner)


def _timers(loop: asyncio.AbstractEventLoop) -> list[asyncio.TimerHandle]:
    """Timers that still wait; asyncio keeps them in a private heap, other loops do not show them."""
    return [timer for timer in getattr(loop, "_scheduled", []) if not timer.cancelled()]


def _told(task: asyncio.Task[object]) -> str:
    frames = "".join(f"\n    {frame.f_code.co_filename}:{frame.f_lineno}" for frame in task.get_stack())
    return f"task {task.get_name()!r} in {task.get_coro()!r}{frames}"
