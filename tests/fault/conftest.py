"""What every test of faults may rely on: whatever it starts and kills, no process of the program stays behind."""

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="module", autouse=True)
def no_process_left_behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Fail a file whose programs, or their children, still work in this run's directories when all else is torn down; what ran before
    it, as a service that the whole run shares, is none of its own."""
    before = set(running_in(tmp_path_factory.getbasetemp()))
    yield
    left = sorted(set(running_in(tmp_path_factory.getbasetemp())) - before)
    assert not left, "left running:\n" + "\n".join(left)


def running_in(place: Path) -> list[str]:
    """The command lines of all processes that name a path in `place`."""
    lines = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):  # it has just ended
            continue
        if f"{place}/" in line:
            lines.append(f"{process.name} {line}")
    return lines
