"""Appending: how long a command waits for the disk, and what committing in groups is worth.

One batch is "take a call and assign": three events and the reply kept for its idempotency key. Commits wait for the disk
(`synchronous=FULL`). The floor is SQLite by itself: three rows of as many bytes, one commit each, no hashing, coding or checks. The
peer is the same ledger with a commit for every batch, on the caller's thread.
"""

import asyncio
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Final

from dispatch.adapters.journal_chain import row_of
from dispatch.adapters.journal_sql import SqlJournal
from dispatch.adapters.journal_sqlite import Durability
from dispatch.adapters.journal_staging import stage
from dispatch.adapters.journal_store import JournalStore
from dispatch.domain import events as ev
from dispatch.engine.ports import Batch, Reply
from tests.bench.measure import Findings, Stopwatch, Table, Value, percentile_ms, ratio, significant
from tests.fakes import example_events as example

CLIENTS: Final = 100
KINDS: Final = (ev.IncidentOpened, ev.CallReceived, ev.UnitAssigned)
EVENTS: Final = tuple(event for event in example.EXAMPLES if isinstance(event, KINDS))
REPLY_BYTES: Final = 2_000

COLUMNS: Final = {
    "what": "做法 way",
    "n": "批 batches",
    "per_s": "每秒批 batches/s",
    "p50_ms": "p50 ms",
    "p99_ms": "p99 ms",
    "ratio": "每批用时 time a batch ÷ floor",
}


def measure(*, is_quick: bool) -> Findings:
    """One client, a burst, and a hundred clients that never pause."""
    n = 300 if is_quick else 3_000
    with tempfile.TemporaryDirectory() as place:
        ways = [
            ("下限 floor: SQLite", *_sqlite(Path(place) / "floor", n)),
            ("逐批提交 a commit each", *_commit_each(Path(place) / "each", n)),
            *asyncio.run(_grouped(Path(place) / "grouped", n)),
        ]
    floor_s = ways[0][2] / n
    rows: list[dict[str, Value]] = [
        {
            "what": what,
            "n": len(took_s),
            "per_s": significant(len(took_s) / wall_s),
            "p50_ms": significant(percentile_ms(took_s, 50)),
            "p99_ms": significant(percentile_ms(took_s, 99)),
            "ratio": ratio(wall_s / len(took_s), floor_s),
        }
        for what, took_s, wall_s in ways
    ]
    return Findings(
        title="日志写入 · Appending to the journal",
        method=(
            "一批为三条事件加一份应答,等磁盘写完才算;下限为 SQLite 单独写同样字节。"
            " A batch is three events and a reply, durable before it is answered; the floor is SQLite writing as many bytes by itself."
        ),
        tables=[Table(title="写入 · Appends", columns=COLUMNS, rows=rows)],
    )


def _batches(first_seq: int, first_key: int, n: int) -> Iterator[Batch]:
    for number in range(n):
        seq = first_seq + len(EVENTS) * number
        yield Batch(
            entries=tuple(example.recorded(event, seq=seq + place) for place, event in enumerate(EVENTS)),
            reply=Reply(
                key=f"key-{first_key + number}",
                request_digest=bytes(32),
                status=201,
                body=b"{" + b" " * REPLY_BYTES + b"}",
            ),
        )


def _sqlite(path: Path, n: int) -> tuple[list[float], float]:
    payloads = [row_of(recorded).payload for recorded in next(_batches(1, 0, 1)).entries]
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE rows (seq INTEGER PRIMARY KEY, payload BLOB)")
    watch = Stopwatch()
    for _ in range(n):
        with watch:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                "INSERT INTO rows (payload) VALUES (?)", [(p,) for p in (*payloads, bytes(REPLY_BYTES))]
            )
            connection.execute("COMMIT")
    connection.close()
    return watch.wall_s, sum(watch.wall_s)


def _commit_each(path: Path, n: int) -> tuple[list[float], float]:
    store, watch = JournalStore(path, Durability.SURVIVES_POWER_LOSS), Stopwatch()
    for batch in _batches(1, 0, n):
        with watch:
            store.ledger.add(stage(batch))
            store.ledger.flush()
    store.close()
    return watch.wall_s, sum(watch.wall_s)


async def _grouped(path: Path, n: int) -> list[tuple[str, list[float], float]]:
    """The live journal: one client that waits each time, bursts of a hundred, and a hundred clients."""
    seq = key = 1
    with SqlJournal(path) as journal:
        alone = Stopwatch()
        for batch in _batches(seq, key, n):
            with alone:
                await journal.append(batch)
        seq, key = seq + len(EVENTS) * n, key + n

        burst = Stopwatch()
        for _ in range(max(3, n // CLIENTS)):
            batches = list(_batches(seq, key, CLIENTS))
            with burst:
                await asyncio.gather(*[journal.append(batch) for batch in batches])
            seq, key = seq + len(EVENTS) * CLIENTS, key + CLIENTS

        waiting, crowd_s = iter(list(_batches(seq, key, 5 * n))), list[float]()

        async def client() -> None:
            for batch in waiting:
                began_s = perf_counter()
                await journal.append(batch)
                crowd_s.append(perf_counter() - began_s)

        began_s = perf_counter()
        async with asyncio.TaskGroup() as clients:
            for _ in range(CLIENTS):
                clients.create_task(client())
        crowd_wall_s = perf_counter() - began_s
    return [
        ("一个客户 one client", alone.wall_s, sum(alone.wall_s)),
        (f"一次 {CLIENTS} 批 a burst of {CLIENTS} (until the last)", burst.wall_s, sum(burst.wall_s) / CLIENTS),
        (f"{CLIENTS} 个客户 clients", crowd_s, crowd_wall_s),
    ]
