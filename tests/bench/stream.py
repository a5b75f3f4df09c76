"""From a dispatcher's request to 120 consoles: the real service on a real socket, its clients in another process.

One turn is what a dispatcher does: take a call, assign what was recommended, and (so that the fleet never runs out) cancel the
incident. Timed are call → its recommendation on every console, and assignment → on every console; between turns there is a
pause of random length, so that they fall anywhere between the service's own beats. It is done twice: in a quiet city, and
with 600 positions a second reported, all units on the move. The floor is `websockets.broadcast` of the same bytes to as many clients.
"""

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, Final

import httpx
import msgspec
import numpy as np
from websockets.sync.client import connect

from maps_data.catalogue import load_catalogue
from routing.cells import centre
from tests.bench.measure import (
    ROOT,
    SEED,
    Findings,
    FloatArray,
    Limit,
    Stopwatch,
    Table,
    Value,
    below,
    equal,
    percentile_ms,
    ratio,
    significant,
)
from tests.bench.stream_clients import Receipts
from tests.fakes.live_service import LiveService

N_CLIENTS: Final = 120
POSITIONS_PER_S: Final = 600
POSTS_PER_S: Final = 10
COMPLAINTS: Final = ("stroke", "acute_coronary", "trauma_fall", "seizure")
LONGEST_PAUSE_S: Final = 0.1
ASSIGNED_LIMIT_MS: Final = 100.0  # the assignment reaches 120 connected clients
CALL_LIMIT_MS: Final = 1_000.0  # a call's recommendation stands on a live console within a second
STOP_LIMIT_S: Final = 15.0  # contract, detail 12
STREAM: Final = "/api/v1/stream"

COLUMNS: Final = {
    "what": "从…到… from … to",
    "n": "n",
    "answer_p50_ms": "应答 answer p50 ms",
    "each_p50_ms": "每个屏 each p50 ms",
    "each_p99_ms": "each p99 ms",
    "last_p50_ms": "最后一屏 last p50 ms",
    "last_p99_ms": "last p99 ms",
    "ratio": "last p50 ÷ floor",
    "bytes": "字节 bytes",
}


@dataclass(slots=True)
class Sent:
    """Requests of one kind: when each began, how long its answer took, and what it named."""

    began_s: list[float] = field(default_factory=list)
    answering: Stopwatch = field(default_factory=Stopwatch)
    named: list[str] = field(default_factory=list)

    def forget(self) -> None:
        """Let go of what only warmed up."""
        self.began_s.clear()
        self.answering.wall_s.clear()


def measure(*, is_quick: bool) -> Findings:
    """Two rows a city: calls and assignments; then the floor, and how long the service takes to stop with everybody connected."""
    turns = 40 if is_quick else 300
    rows: list[dict[str, Value]] = []
    limits: list[Limit] = []
    missing: list[str] = []
    sample = ""
    with tempfile.TemporaryDirectory() as place, LiveService(Path(place)) as live:
        for name, reporting in (("安静 quiet", _nothing(live)), ("每秒 600 位置 600 positions/s", positions(live))):
            calls, assignments = Sent(), Sent()
            with clients(live.port, STREAM) as heard, reporting as refused:
                _take_turns(live, turns, calls, assignments)
            receipts = heard[0]
            sample = receipts.sample
            limits += _judged(name, rows, receipts, calls, assignments)
            missing += [f"{len(refused)} positions were refused: {refused[:3]}"] if refused else []
        with clients(live.port, STREAM):
            stopping = Stopwatch()
            with stopping:
                code = live.terminate()
    limits.append(
        below("SIGTERM 至退出,120 屏在线 · SIGTERM to exit, 120 connected", stopping.wall_s[0], STOP_LIMIT_S, "s")
    )
    limits.append(equal("退出码 exit code", code, 0))
    floor = floor_of(sample, turns)
    for row in rows[1::2]:  # the assignments, whose bytes the floor sends
        row["ratio"] = ratio(float(row["last_p50_ms"] or 0), float(floor["last_p50_ms"] or 1))
    return Findings(
        title="实时推送 · Stream",
        method=(
            f"真实服务与 {N_CLIENTS} 个在另一进程的 websocket 客户端;下限为同样字节的 websockets.broadcast。"
            f" The real service and {N_CLIENTS} websocket clients in another process; the floor is `websockets.broadcast` of the same "
            "bytes. “Each” is request → one client (all of them), “last” is request → the last of the 120."
        ),
        tables=[Table(title="从请求到屏幕 · From request to console", columns=COLUMNS, rows=[*rows, floor])],
        limits=limits,
        missing=missing,
    )


def _take_turns(live: LiveService, turns: int, calls: Sent, assignments: Sent) -> None:
    chance = Random(SEED)
    cells = load_catalogue().population_cells
    for turn in range(-3, turns):
        time.sleep(chance.uniform(0.0, LONGEST_PAUSE_S))
        place = centre(chance.choice(cells).cell)
        complaint = COMPLAINTS[turn % len(COMPLAINTS)]
        body = {"complaint": complaint, "location": {"lat": place.lat_deg, "lon": place.lon_deg, "datum": "wgs84"}}
        taken = _timed(calls, live, "/calls", body)
        incident, advice = taken["incident"]["incident_id"], taken["recommendation"]
        chosen = {"unit_id": advice["units"][0]["unit_id"], "hospital_id": advice["hospital"]["hospital_id"]}
        assigned = _timed(assignments, live, f"/incidents/{incident}/assignments", chosen)
        live.post(f"/incidents/{incident}/cancel", {"reason": "measured"}).raise_for_status()
        if turn >= 0:
            calls.named.append(incident)
            assignments.named.append(assigned["assignment_id"])
        else:
            calls.forget()
            assignments.forget()


def _timed(sent: Sent, live: LiveService, path: str, body: dict[str, Any]) -> Any:
    """POST, and note in `sent` when it began and how long its answer took."""
    sent.began_s.append(time.perf_counter())
    with sent.answering:
        response = live.post(path, body)
    return response.raise_for_status().json()


def _judged(
    city: str, rows: list[dict[str, Value]], receipts: Receipts, calls: Sent, assignments: Sent
) -> Iterator[Limit]:
    """Add the rows of one city, and say whether its limits hold."""
    asked = (
        ("来电→建议 call → recommendation", calls, "RecommendationMade", CALL_LIMIT_MS),
        ("指派 assignment", assignments, "UnitAssigned", ASSIGNED_LIMIT_MS),
    )
    for what, sent, kind, limit_ms in asked:
        told = reversed([frame for _, frame in sorted(receipts.frames.items()) if kind in frame.kinds])
        first_of = {name: frame for frame in told for name in frame.named}
        frames = [first_of[name] for name in sent.named]
        each_s = [np.subtract(frame.at_s, began_s) for frame, began_s in zip(frames, sent.began_s, strict=True)]
        row: dict[str, Value] = {
            "what": f"{what} · {city}",
            "answer_p50_ms": significant(percentile_ms(sent.answering.wall_s, 50)),
            **_delays(each_s),
            "bytes": int(np.median([frame.size for frame in frames])),
        }
        rows.append(row)
        promise = f"{what} → {N_CLIENTS} 屏 consoles,{city},p99"
        yield below(promise, float(row["last_p99_ms"] or 0), limit_ms, "ms")
        yield equal(
            f"{what}:每屏都收到 all consoles received, {city}", min(len(frame.at_s) for frame in frames), N_CLIENTS
        )


def floor_of(sample: str, times: int) -> dict[str, Value]:
    """The row of the bare server that broadcasts the same bytes."""
    rest = sample.split(",", 3)[3]
    began_s: list[float] = []
    chance = Random(SEED)
    with _subprocess("tests.bench.stream_echo") as echo:
        assert echo.stdout is not None
        port = int(echo.stdout.readline())
        with clients(port, "/") as heard, connect(f"ws://127.0.0.1:{port}/send", compression=None) as sender:
            for number in range(times):
                time.sleep(chance.uniform(0.0, LONGEST_PAUSE_S))
                began_s.append(time.perf_counter())
                sender.send(f'{{"type":"events","from":{number},"to":{number},{rest}')
            time.sleep(1.0)
    each_s = [np.subtract(heard[0].frames[number].at_s, began) for number, began in enumerate(began_s)]
    return {"what": "下限 floor: websockets.broadcast", **_delays(each_s), "bytes": len(sample.encode())}


def _delays(each_s: list[FloatArray]) -> dict[str, Value]:
    """The columns of delays [client], one array a request."""
    last_s = [float(delays.max()) for delays in each_s]
    return {
        "n": len(each_s),
        "each_p50_ms": significant(percentile_ms(np.concatenate(each_s), 50)),
        "each_p99_ms": significant(percentile_ms(np.concatenate(each_s), 99)),
        "last_p50_ms": significant(percentile_ms(last_s, 50)),
        "last_p99_ms": significant(percentile_ms(last_s, 99)),
    }


@contextmanager
def clients(port: int, path: str, n: int = N_CLIENTS) -> Iterator[list[Receipts]]:
    """`n` connected clients; what they received is in the list once the block has ended."""
    heard: list[Receipts] = []
    with _subprocess("tests.bench.stream_clients", str(port), path, str(n)) as process:
        assert process.stdout is not None
        ready = process.stdout.readline()
        if ready != b"ready\n":
            raise ConnectionError(f"the clients could not connect: {ready!r}")
        yield heard
        time.sleep(0.5)  # what was sent last is still on its way
        told, _ = process.communicate(timeout=60)
        heard.append(msgspec.json.decode(told, type=Receipts))


@contextmanager
def _subprocess(module: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.terminate()


@contextmanager
def _nothing(_: LiveService) -> Iterator[list[Any]]:
    yield []


@contextmanager
def positions(live: LiveService) -> Iterator[list[Any]]:
    """Every unit moves about once a second; what the service refused is in the list."""
    refused: list[Any] = []
    is_over = threading.Event()
    units = [item["unit_id"] for item in live.http.get("/api/v1/units").json()["items"]]
    thread = threading.Thread(target=_report_positions, args=(live.url, units, is_over, refused))
    thread.start()
    try:
        yield refused
    finally:
        is_over.set()
        thread.join()


def _report_positions(url: str, units: list[str], is_over: threading.Event, refused: list[Any]) -> None:
    chance, turn = Random(SEED), 0
    batch = POSITIONS_PER_S // POSTS_PER_S
    due_s = time.perf_counter()
    with httpx.Client(base_url=url, timeout=60) as http:
        while not is_over.wait(max(0.0, due_s - time.perf_counter())):
            due_s += 1.0 / POSTS_PER_S
            at = datetime.now(UTC).isoformat()
            body = [
                {
                    "unit_id": units[(turn + n) % len(units)],
                    "lat": chance.uniform(22.52, 22.75),
                    "lon": chance.uniform(113.85, 114.35),
                    "datum": "wgs84",
                    "fixed_at": at,
                }
                for n in range(batch)
            ]
            turn += batch
            refused.extend(http.post("/api/v1/units/positions", json=body).raise_for_status().json()["rejected"])
