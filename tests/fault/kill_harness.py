"""kill -9 of the journal's writer, again and again, under load: what was acknowledged must be there.

    python -m tests.fault.kill_harness 1000

Each round forks a writer that opens the journal (recovering what the last kill left), loads the world and appends a story as
fast as it can, 64 batches in flight, telling each acknowledged batch through a pipe. It is killed at a random moment, often
while it opens. Then every acknowledged batch must be in the journal, byte for byte, and every so often, and at the end, the
whole journal must verify. A killed process is not a power cut: what the disk has only promised is not tested here.
"""

import asyncio
import hashlib
import json
import os
import random
import signal
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, NoReturn

from sqlalchemy import select

from dispatch.adapters.journal_chain import row_of
from dispatch.adapters.journal_recovery import load_world
from dispatch.adapters.journal_sql import SqlJournal
from dispatch.adapters.journal_sqlite import open_to_read
from dispatch.adapters.journal_tables import EVENTS
from dispatch.adapters.verify import verify
from dispatch.domain.events import Recorded
from dispatch.engine.ports import Batch, Snapshot
from tests.fakes.story import Story

IN_FLIGHT: Final = 64
SNAPSHOT_EVERY_BATCHES: Final = 200
ROUNDS_PER_JOURNAL: Final = 25
LONGEST_LIFE_S: Final = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`missing` counts acknowledged batches that were not found; it and `problems` must be empty."""

    kills: int
    killed_before_first_answer: int
    acknowledged: int
    missing: int
    events: int
    verified_journals: int
    problems: tuple[str, ...]
    wall_s: float


def main(kills: int, *, seed: int = 0, directory: Path | None = None) -> Outcome:
    """Kill the writer `kills` times and say what was found. Call it from a process without threads: it forks."""
    started = time.monotonic()
    rng = random.Random(seed)
    acknowledged = missing = events = early = journals = 0
    problems: list[str] = []
    with tempfile.TemporaryDirectory(dir=directory) as place:
        for first in range(0, kills, ROUNDS_PER_JOURNAL):
            path = Path(place) / str(first) / "journal.sqlite3"
            for round_no in range(first, min(first + ROUNDS_PER_JOURNAL, kills)):
                answers = _kill_one_writer(path, seed=round_no, life_s=rng.uniform(0.0, LONGEST_LIFE_S))
                acknowledged += len(answers)
                early += not answers
                missing += len(answers) - _found(path, answers)
            report = verify(path)
            events, journals = events + report.events, journals + 1
            problems += [problem.text_en for problem in report.problems]
            problems += [f"a tail was cut: {file}" for file in path.parent.glob("cut_tail_*")]
    return Outcome(
        kills=kills,
        killed_before_first_answer=early,
        acknowledged=acknowledged,
        missing=missing,
        events=events,
        verified_journals=journals,
        problems=tuple(problems),
        wall_s=round(time.monotonic() - started, 1),
    )


def _kill_one_writer(path: Path, *, seed: int, life_s: float) -> dict[int, str]:
    """Fork a writer, let it live for `life_s` (at least until the journal's tables are there), and return what it was told.

    Three in four are killed that long after their first answer, so that they write; the others that long after their birth.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _write_for_ever(path, seed, writing)
    os.close(writing)
    heard = b""
    if seed % 4 or not path.exists():
        heard = os.read(reading, 1 << 16)
    time.sleep(life_s)
    os.kill(child, signal.SIGKILL)
    while part := os.read(reading, 1 << 16):
        heard += part
    os.close(reading)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        raise RuntimeError(f"the writer of round {seed} ended by itself with status {status}")
    whole_lines = heard[: heard.rfind(b"\n") + 1].decode().splitlines()
    return {int(seq): digest for seq, digest in (line.split() for line in whole_lines)}


def _write_for_ever(path: Path, seed: int, pipe: int) -> NoReturn:
    try:
        asyncio.run(_append_for_ever(path, seed, pipe))
    finally:
        os._exit(1)


async def _append_for_ever(path: Path, seed: int, pipe: int) -> None:
    journal = SqlJournal(path)
    world, _ = load_world(journal)
    story = Story(seed=seed, world=world)
    in_flight = asyncio.Semaphore(IN_FLIGHT)

    async def append(batch: Batch) -> None:
        await journal.append(batch)
        last = batch.entries[-1]
        os.write(pipe, f"{last.seq} {_digest(last)}\n".encode())
        in_flight.release()

    async with asyncio.TaskGroup() as appending:
        for count, batch in enumerate(story.batches(1_000_000)):
            await in_flight.acquire()
            appending.create_task(append(batch))
            if count % SNAPSHOT_EVERY_BATCHES == 0:
                await asyncio.sleep(0)  # let the appends queue first: a snapshot follows its events
                await journal.save_snapshot(Snapshot(world=story.world))


def _found(path: Path, answers: dict[int, str]) -> int:
    """How many of the acknowledged batches are in the journal as they were acknowledged."""
    if not answers:
        return 0
    wanted = select(EVENTS.c.seq, EVENTS.c.payload).where(EVENTS.c.seq.between(min(answers), max(answers)))
    with open_to_read(path) as connection:
        stored = {seq: hashlib.sha256(payload).hexdigest() for seq, payload in connection.execute(wanted)}
    return sum(stored.get(seq) == digest for seq, digest in answers.items())


def _digest(recorded: Recorded) -> str:
    return hashlib.sha256(row_of(recorded).payload).hexdigest()


if __name__ == "__main__":
    outcome = main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
    print(json.dumps(asdict(outcome)))
    sys.exit(bool(outcome.missing or outcome.problems))
