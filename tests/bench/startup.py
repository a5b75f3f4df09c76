"""Start-up and recovery against the length of the journal, with and without a snapshot.

Recovery opens the journal (which checks its tail) and folds what stands behind the newest snapshot. The engine saves one every
5,000 events and one when it is stopped, so after a crash half as many stand behind it on average. The floor is SQLite handing out
the same rows. Then the whole program is started on the same files, until `GET /readyz` answers; there the floor is an empty journal.
"""

import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import httpx

from dispatch.adapters.journal_inline import InlineJournal
from dispatch.adapters.journal_recovery import load_world
from dispatch.adapters.journal_sql import SqlJournal
from dispatch.adapters.journal_sqlite import LIVE_FILE
from dispatch.domain.ids import LIVE
from dispatch.engine.engine import SNAPSHOT_EVERY
from dispatch.engine.ports import Batch, Snapshot
from tests.bench.measure import SEED, Findings, Stopwatch, Table, Value, ratio, significant
from tests.fakes.journal_files import tamper
from tests.fakes.live_service import COMMAND, free_port
from tests.fakes.story import Story

BEHIND: Final = SNAPSHOT_EVERY // 2
UNITS: Final = 60  # as many are under way at once, which is what a restart finds
HOSPITALS: Final = 57
STARTS: Final = 2
POLL_S: Final = 0.02
GIVE_UP_S: Final = 180.0

COLUMNS: Final = {
    "events": "记录 events",
    "snapshot": "快照 snapshot",
    "folded": "推演 folded",
    "recovery_s": "恢复 recovery s",
    "floor_s": "下限 floor: SQLite s",
    "ratio": "÷ floor",
    "start_s": "启动至就绪 start → ready s",
    "start_ratio": "÷ 空日志 empty journal",
}


def measure(*, is_quick: bool) -> Findings:
    """A row for the empty journal, then two for each length."""
    lengths = (10_000,) if is_quick else (10_000, 100_000)
    with tempfile.TemporaryDirectory() as place:
        empty_s = _start_s(Path(place) / "empty")
        rows: list[dict[str, Value]] = [{"events": 0, "folded": 0, "start_s": significant(empty_s), "start_ratio": 1.0}]
        for length in lengths:
            written = Path(place) / str(length)
            _write(written / LIVE_FILE, length)
            bare = Path(place) / f"{length}-bare"
            shutil.copytree(written, bare)
            tamper(bare / LIVE_FILE, ("DELETE FROM snapshots", ()))
            rows += [_row(bare, "–", empty_s), _row(written, f"{BEHIND:,} 条之前 events ago", empty_s)]
    return Findings(
        title="启动与恢复 · Start and recovery",
        method=(
            "恢复为打开日志、检查末尾、推演快照之后的记录;下限为 SQLite 交出同样的行。启动为整个程序到 /readyz 应答(两次取快者)。"
            " Recovery opens the journal, checks its tail and folds what stands behind the snapshot; the floor is SQLite handing "
            "out the same rows. Start is the whole program until /readyz answers (the quicker of two)."
        ),
        tables=[Table(title="按日志长度 · By length of the journal", columns=COLUMNS, rows=rows)],
    )


def _write(path: Path, length: int) -> None:
    """A journal of the live realm with one snapshot, `BEHIND` events before its end."""
    story, is_saved = Story(seed=SEED, units=UNITS, hospitals=HOSPITALS), False
    path.parent.mkdir(parents=True)
    with InlineJournal(path) as journal:
        while story.world.seq < length:
            batch = story.next_batch()
            journal.append(Batch(entries=tuple(replace(recorded, realm=LIVE) for recorded in batch.entries)))
            if not is_saved and story.world.seq >= length - BEHIND:
                is_saved = True
                journal.save_snapshot(Snapshot(world=story.world))


def _row(data_dir: Path, snapshot: str, empty_s: float) -> dict[str, Value]:
    recovering, reading = Stopwatch(), Stopwatch()
    with recovering:
        journal = SqlJournal(data_dir / LIVE_FILE)
        world, folded = load_world(journal)
    journal.close()
    connection = sqlite3.connect(data_dir / LIVE_FILE)
    with reading:
        rows = connection.execute("SELECT * FROM events WHERE seq > ?", (world.seq - folded,)).fetchall()
    connection.close()
    assert len(rows) == folded
    start_s = _start_s(data_dir)
    return {
        "events": world.seq,
        "snapshot": snapshot,
        "folded": folded,
        "recovery_s": significant(recovering.wall_s[0]),
        "floor_s": significant(reading.wall_s[0]),
        "ratio": ratio(recovering.wall_s[0], reading.wall_s[0]),
        "start_s": significant(start_s),
        "start_ratio": ratio(start_s, empty_s),
    }


def _start_s(data_dir: Path) -> float:
    """The quicker of `STARTS` starts: most of a start is processor time, which others use too."""
    return min(_one_start_s(data_dir) for _ in range(STARTS))


def _one_start_s(data_dir: Path) -> float:
    """Start the program on a copy of `data_dir`, and say how long it took to be ready."""
    with _copied(data_dir) as copy:
        port = free_port()
        command = [COMMAND, "serve", "--dev", "--port", str(port), "--data-dir", str(copy)]
        began_s = time.perf_counter()
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                while not _is_ready(port):
                    if process.poll() is not None or time.perf_counter() - began_s > GIVE_UP_S:
                        raise RuntimeError(f"the service did not become ready: {process.returncode}")
                    time.sleep(POLL_S)
                return time.perf_counter() - began_s
            finally:
                process.kill()


def _is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=GIVE_UP_S).status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def _copied(data_dir: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / "data"
        if data_dir.is_dir():
            shutil.copytree(data_dir, copy)
        yield copy
