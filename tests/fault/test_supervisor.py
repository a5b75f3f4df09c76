"""Who keeps several processes running: what it does when they end, when they are to be replaced, and when it ends itself.

The processes are stand-ins that do what the service does at both ends of its life, and nothing between; a file says who lives.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fault.conftest import running_in

SUPERVISOR = """
import asyncio, socket, sys
from dispatch.workers import supervise
sys.argv = sys.argv[1:]
with socket.create_server(("127.0.0.1", 0)) as listening:
    sys.exit(asyncio.run(supervise(2, listening)))
"""
STAND_IN = """
import asyncio, os, pathlib, signal, sys
from dispatch.listening import say_ready, when_left_alone
place = pathlib.Path(sys.argv[1])
async def live():
    if (place / "refuse").exists():
        (place / "refused").touch()
        sys.exit(2)
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    when_left_alone(told.set)
    (place / f"{os.getpid()}.lives").touch()
    while (place / "hold").exists():
        await asyncio.sleep(0.01)
    say_ready()
    await told.wait()
    (place / f"{os.getpid()}.lives").rename(place / f"{os.getpid()}.left")
asyncio.run(live())
"""


class Watch:
    """The supervisor, and what its processes have written down."""

    def __init__(self, place: Path) -> None:
        self.place = place
        (place / "stand_in.py").write_text(STAND_IN)
        command = [sys.executable, "-c", SUPERVISOR, str(place / "stand_in.py"), str(place)]
        self.process = subprocess.Popen(command)

    def living(self) -> set[int]:
        return {int(path.stem) for path in self.place.glob("*.lives")}

    def left(self) -> set[int]:
        """Those that have ended in good order."""
        return {int(path.stem) for path in self.place.glob("*.left")}

    def until(self, is_so: Callable[[], bool]) -> None:
        while not is_so():
            assert self.process.poll() is None, f"the supervisor has ended with {self.process.returncode}"

    def kill(self, pid: int) -> None:
        (self.place / f"{pid}.lives").unlink()
        os.kill(pid, signal.SIGKILL)


@pytest.fixture
def watch(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Watch]:
    """Both live; `held` by its parameter, neither is ready before "hold" is gone."""
    if getattr(request, "param", "") == "held":
        (tmp_path / "hold").touch()
    watch = Watch(tmp_path)
    try:
        watch.until(lambda: len(watch.living()) == 2)
        yield watch
    finally:
        watch.process.kill()
        watch.process.wait()
        while running_in(tmp_path):
            pass  # they end by themselves: nobody is left to stop them


def test_told_to_stop_it_ends_when_all_have_ended(watch: Watch) -> None:
    first = watch.living()
    watch.process.send_signal(signal.SIGTERM)
    assert watch.process.wait() == 0
    assert (watch.living(), watch.left()) == (set(), first)


def test_killed_it_takes_all_with_it_in_good_order(watch: Watch) -> None:
    first = watch.living()
    watch.process.kill()
    watch.process.wait()
    while running_in(watch.place):
        pass
    assert watch.left() == first


def test_one_that_dies_is_started_again(watch: Watch) -> None:
    dead, other = watch.living()
    watch.kill(dead)
    watch.until(lambda: len(watch.living()) == 2)
    assert other in watch.living()


def test_one_that_dies_while_all_are_replaced_is_replaced_once(watch: Watch) -> None:
    first = watch.living()
    watch.process.send_signal(signal.SIGHUP)
    watch.kill(max(first))
    watch.until(lambda: len(watch.living()) == 2 and not watch.living() & first)
    watch.process.send_signal(signal.SIGTERM)
    assert watch.process.wait() == 0
    assert watch.living() == set()


@pytest.mark.parametrize("watch", ["held"], indirect=True)
def test_those_that_are_still_starting_are_replaced_too(watch: Watch) -> None:
    first = watch.living()
    watch.process.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        watch.process.wait(timeout=0.2)  # it has heard it by then
    (watch.place / "hold").unlink()
    watch.until(lambda: len(watch.living()) == 2 and not watch.living() & first)
    assert watch.left() == first


def test_a_successor_that_does_not_start_leaves_the_others_at_work(watch: Watch) -> None:
    first = watch.living()
    (watch.place / "refuse").touch()
    watch.process.send_signal(signal.SIGHUP)
    watch.until((watch.place / "refused").exists)
    watch.process.send_signal(signal.SIGTERM)
    assert watch.process.wait() == 0
    assert watch.left() == first


def test_told_to_stop_while_a_successor_starts_it_leaves_none_behind(watch: Watch) -> None:
    watch.process.send_signal(signal.SIGHUP)
    watch.process.send_signal(signal.SIGTERM)
    assert watch.process.wait() == 0
    assert running_in(watch.place) == []
