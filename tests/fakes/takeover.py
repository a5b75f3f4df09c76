"""A writer's end and what follows: when the next one has committed its first event, and when a caller of that moment is answered."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import httpx
import psycopg

from tests.fakes.cluster import Cluster, patiently
from tests.fakes.live_service import LiveService

_STANDS: Final = "SELECT epoch, (SELECT max(seq) FROM events) FROM writer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Takeover:
    """Seconds from the writer's end until an event of the next one is committed (`writes_s`), and until the call that came in just
    then is answered (`answered_s`), which waits behind all who waited already; `answer` is what it was told.
    """

    writes_s: float
    answered_s: float
    answer: httpx.Response


def takeover(
    cluster: Cluster,
    database_url: str,
    end: Callable[[LiveService], None],
    call: Callable[[LiveService], httpx.Response],
) -> Takeover:
    """`end` the writer, and `call` another process at once. The database says when another writes: it asks no process, whose answer
    would stand in a queue. Run it in a thread: a loop with many consoles and callers on its hands would add its own lateness.
    """
    with psycopg.connect(database_url, autocommit=True) as database, ThreadPoolExecutor(1) as caller:
        # In this order: on a machine that stands still for a lease's time somebody else may take over just now, unasked.
        before, _ = _stands(database)
        writer = cluster.writer
        other = next(member for member in cluster.members if member is not writer)
        began = time.monotonic()
        end(writer)
        calling = caller.submit(_answered, lambda: call(other), began)
        taken_at: int | None = None
        for _ in patiently():
            epoch, head = _stands(database)
            if epoch > before and taken_at is None:
                taken_at = head
            if taken_at is not None and head > taken_at:
                break
        writes_s = time.monotonic() - began
        answered_s, answer = calling.result()
    return Takeover(writes_s=writes_s, answered_s=answered_s, answer=answer)


def _stands(database: psycopg.Connection) -> tuple[int, int]:
    """Epoch of the writer, and the last event's number; events seen here in the first look of an epoch may be of the one before."""
    row = database.execute(_STANDS).fetchone()
    assert row is not None
    return row[0], row[1] or 0


def _answered(call: Callable[[], httpx.Response], began: float) -> tuple[float, httpx.Response]:
    for _ in patiently():
        if (answer := call()).status_code != 503:
            break
    return time.monotonic() - began, answer
