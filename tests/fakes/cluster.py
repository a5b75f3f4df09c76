"""Several processes of the real program on one PostgreSQL, as behind a proxy that sends every request to any of them."""

import contextlib
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

from tests.fakes.live_service import SteppedService

PATIENCE_S: Final = 90.0
"""Whoever waits for longer than any takeover can last waits for something that does not come."""
LOOK_AGAIN_S: Final = 0.01


def patiently() -> Iterator[None]:
    """A turn after another, with a breath between them, until TimeoutError."""
    ends_at = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends_at:
        yield
        time.sleep(LOOK_AGAIN_S)
    raise TimeoutError(f"not within {PATIENCE_S:.0f} s")


class Cluster:
    """On one machine, with one directory of keys, each by a clock that can be set. `members` are in no order; `writer` and `follower`
    ask them who writes now.
    """

    def __init__(self, directory: Path, *options: str, n: int = 2) -> None:
        self.members = []
        for number in range(n):
            (place := directory / f"member_{number}").mkdir()
            self.members.append(SteppedService(place, "--keys-dir", str(directory / "keys"), *options))

    @property
    def writer(self) -> SteppedService:
        """The member that writes; asks until one alone says so. Who has been replaced may not know it yet."""
        turns = patiently()
        while True:
            next(turns)
            saying_so = [member for member in self.members if member.is_running and member.writes()]
            if len(saying_so) == 1:
                return saying_so[0]

    @property
    def follower(self) -> SteppedService:
        writer = self.writer
        return next(member for member in self.members if member is not writer)

    def start_missing(self) -> None:
        """Start those that do not run, and wait for all."""
        missing = [member for member in self.members if not member.is_running]
        for member in missing:
            member.spawn()
        for member in missing:
            member.wait_until_ready()

    def logs(self) -> str:
        return "\n-----\n".join(member.log() for member in self.members)

    def __enter__(self) -> Self:
        try:
            self.start_missing()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, _: object = None, failure: BaseException | None = None, __: object = None) -> None:
        if failure is not None:
            failure.add_note(self.logs())
        for member in self.members:
            with contextlib.suppress(ProcessLookupError):
                member.send(signal.SIGCONT)
            member.__exit__(None, None, None)
