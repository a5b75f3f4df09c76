"""`dispatch` in a process whose machine's clock is ahead by as many seconds as a file says, from the moment it says so.

    python -m tests.fakes.stepped_service OFFSET_FILE serve ...

Only the time of day is set, as by `date -s`: what counts the time that passes goes on, and so does everybody else's clock.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from dispatch.cli import app


def stepped(machine: Callable[[], float], offset: Path) -> Callable[[], float]:
    """The machine's clock and what is in the file."""

    def now() -> float:
        return machine() + float(offset.read_text(encoding="ascii"))

    return now


if __name__ == "__main__":
    time.time = stepped(time.time, Path(sys.argv.pop(1)))
    app()
