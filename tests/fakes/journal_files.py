"""Journal files for tests: written from a story, and tampered with behind the journal's back."""

import sqlite3
from pathlib import Path
from typing import Any

from dispatch.adapters.journal_inline import InlineJournal
from dispatch.engine.ports import Batch, Reply, Snapshot
from tests.fakes.story import Story


def write_journal(path: Path, *, seed: int = 1, batches: int = 60, snapshots: bool = False) -> Story:
    """A closed journal holding the first `batches` of a story, every tenth with a reply."""
    story = Story(seed=seed)
    with InlineJournal(path) as journal:
        for n, batch in enumerate(story.batches(batches)):
            reply = Reply(key=f"key-{n}", request_digest=bytes(32), status=201, body=b"{}") if n % 10 == 0 else None
            journal.append(Batch(entries=batch.entries, reply=reply))
            if snapshots and n % 20 == 19:
                journal.save_snapshot(Snapshot(world=story.world))
    return story


def tamper(path: Path, *statements: tuple[str, tuple[Any, ...]]) -> None:
    """Change a closed journal with plain SQL, as somebody with access to the disk could."""
    connection = sqlite3.connect(path)
    with connection:
        for statement, values in statements:
            connection.execute(statement, values)
    connection.close()


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(path)
    found = connection.execute(query).fetchall()
    connection.close()
    return found
