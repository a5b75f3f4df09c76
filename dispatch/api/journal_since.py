"""Where in the journal an instant lies."""

from datetime import datetime

from dispatch.engine.ports import Journal


def seq_before(journal: Journal, at: datetime) -> int:
    """`seq` of the last event that was recorded before `at`, 0 where there is none; blocks for some twenty reads of one event."""
    low, high = 0, journal.head_seq
    while low < high:  # by halving
        middle = (low + high + 1) // 2
        found = next(iter(journal.read(after=middle - 1, limit=1)))
        low, high = (middle, high) if found.recorded_at < at else (low, middle - 1)
    return low
