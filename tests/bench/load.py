"""Ten times the load, on two cores, with everything at once: 1,200 consoles, consoles that do not read, and ten times the calls.

The real service on a real socket, 600 positions a second, its consoles in another process. First what a message costs: the processor
time of the whole service, user and system, for each message that reached a console, with 1,200 of them fed five times a second; and
of a C program that does nothing but send(2) frames of the same size to as many sockets of the same clients (`load_floor.c`), half of
the time before and half of it after, since the machine is not the same from one minute to the next. What the service spends without
any console is measured before and shown. Then the consoles come back, and some that read nothing, or a little; and calls come in as
fast as ten times the busiest hour of the transplanted week (107), each with its crew sent and stepping. A call is timed at the
caller: from the request to the answer, which holds the recommendation and is durable. What of that was the decision, gathering
included, the service counts itself (`/metrics`).
"""

import os
import re
import resource
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

from maps_data.catalogue import load_catalogue
from routing.cells import centre
from tests.bench.measure import (
    SEED,
    Findings,
    Stopwatch,
    Table,
    Value,
    below,
    equal,
    percentile_ms,
    ratio,
    significant,
)
from tests.bench.stream import COMPLAINTS, STREAM, clients, positions
from tests.bench.stream_clients import Receipts
from tests.fakes.live_service import LiveService

CONSOLES: Final = 1_200
UNITS: Final = 600  # of which each says once a second where it is (`stream.positions`)
FED_PER_S: Final = 5
BUSIEST_HOUR: Final = 107  # calls, week A (call_logs/transplant)
TIMES: Final = 10
STEPS: Final = ("acknowledged", "en_route", "on_scene")
STUCK: Final = 20
SLOW: Final = 20
SLOW_BYTES_PER_S: Final = 500
NARROW_BYTES: Final = 4_096  # what a client's kernel keeps for it, so that one that does not read is behind at once
MOST_RATIO: Final = 2.5
MOST_DECISION_MS: Final = 100.0
MOST_BEHIND_MB: Final = 5.0
"""For each console that is behind: its queue (4 MB at most, `dispatch.api.hub`) and what the connection itself holds."""
FRAME_BYTES: Final = 3_794  # what a frame came to in the runs before; the table shows what it came to in this one
TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
PAGE_BYTES: Final = resource.getpagesize()

COST: Final = {
    "what": "谁在发送 who sends",
    "messages": "消息 messages",
    "bytes": "每条字节 bytes each",
    "cpu_s": "处理器 CPU s",
    "us": "每条 CPU µs a message",
    "ratio": "÷ floor",
}
CALLS: Final = {
    "calls": "来电 calls",
    "answer_p50_ms": "应答 p50 ms",
    "answer_p99_ms": "p99 ms",
    "most_ms": "最慢 most ms",
    "decide_p99_ms": "其中决策 p99 of that deciding, p99 ms",
    "commands": "命令 commands",
    "cpu_ms": "每起 CPU ms a call",
}
EACH: Final = {
    "unit_us": "每车 CPU µs/s a unit",
    "console_us": "每屏 CPU µs/s a console",
}
BEHIND: Final = {
    "kind": "控制台 consoles",
    "n": "n",
    "cut": "已切断 cut",
    "grown_mb": "服务内存增长 service grown by MB",
}


def measure(*, is_quick: bool) -> Findings:
    """What a message costs beside its floor, then calls and consoles that are behind."""
    # Long enough, shortened too, for those that read nothing to be cut: first what is kept for them fills, then a frame waits 15 s.
    window_s, calls_s = (10, 60) if is_quick else (120, 600)
    findings = Findings(
        title="负载 · Load",
        method=(
            f"{CONSOLES} 个控制台,每秒 {FED_PER_S} 次位置,600 位置/秒;来电为最忙一小时的 {TIMES} 倍,持续 {calls_s} 秒。 "
            f"{CONSOLES} consoles fed {FED_PER_S} times a second, 600 positions/s; calls at {TIMES} times the busiest hour for "
            f"{calls_s} s. The service and its clients share the machine."
        ),
    )
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        earlier = _floor("之前 before", FRAME_BYTES, window_s // 2)
        live = stack.enter_context(LiveService(place))
        with positions(live):
            alone_s = _spent_over(live, window_s)
            with clients(live.port, STREAM, CONSOLES) as heard:
                time.sleep(2.0)  # snapshots are on their way
                began_s = time.perf_counter()
                fed_s = _spent_over(live, window_s)
                print(
                    f"  {CONSOLES} consoles: {fed_s:.2f} CPU s in {window_s} s; without any: {alone_s:.2f}", flush=True
                )
        rows = _costs(findings, heard[0], began_s, window_s, fed_s, alone_s)
        floors = [earlier, _floor("之后 after", int(rows[0]["bytes"] or 0), window_s // 2)]
        with positions(live), clients(live.port, STREAM, CONSOLES), _behind(live) as behind:
            before_s, decided = _spent_s(live), _decided(live)
            sent = _calls(live, calls_s)
            sent.decide_p99_ms = 1e3 * _quantile(decided, _decided(live), 0.99)
            sent.cpu_s = _spent_s(live) - before_s - fed_s / window_s * sent.wall_s
    floor_us = sum(float(row["us"] or 0) for row in floors) / len(floors)
    for row in [*rows, *floors]:
        row["ratio"] = ratio(float(row["us"] or 0), floor_us)
    findings.tables.append(Table(title="每条消息 · Each message", columns=COST, rows=[*rows, *floors]))
    findings.limits.append(below("每条消息 CPU ÷ C · CPU a message ÷ C", float(rows[0]["ratio"] or 0), MOST_RATIO, "×"))
    unit_s, console_s = alone_s / window_s / UNITS, (fed_s - alone_s) / window_s / CONSOLES
    each: dict[str, Value] = {"unit_us": significant(unit_s * 1e6), "console_us": significant(console_s * 1e6)}
    findings.tables.append(Table(title="每秒每个 · For each, every second", columns=EACH, rows=[each]))
    _judge_calls(findings, sent)
    _judge_behind(findings, behind)
    return findings


# --- what a message costs -------------------------------------------------------------------------------------------------


def _spent_over(live: LiveService, seconds: float) -> float:
    """Processor seconds of the service, user and system, over so many seconds."""
    before = _spent_s(live)
    time.sleep(seconds)
    return _spent_s(live) - before


def _spent_s(live: LiveService) -> float:
    parts = Path(f"/proc/{live.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / TICKS_PER_S


def _costs(
    findings: Findings, receipts: Receipts, began_s: float, window_s: int, fed_s: float, alone_s: float
) -> list[dict[str, Value]]:
    """The whole service by message, and what the consoles added to it."""
    seconds = range(int(began_s) + 1, int(began_s) + window_s)
    counted = sum(receipts.per_s.get(second, 0) for second in seconds)
    messages = round(counted * window_s / len(seconds))
    each = sum(receipts.bytes_per_s.get(second, 0) for second in seconds) // counted
    wanted = CONSOLES * FED_PER_S * window_s
    findings.limits.append(equal("每屏每秒至少五帧 five frames a second each", messages >= wanted, True))
    return [
        _cost("整个服务 the whole service", messages, each, fed_s),
        _cost("其中控制台 of that the consoles", messages, each, fed_s - alone_s),
    ]


def _cost(what: str, messages: int, each: int, cpu_s: float) -> dict[str, Value]:
    return {
        "what": what,
        "messages": messages,
        "bytes": each,
        "cpu_s": significant(cpu_s),
        "us": significant(cpu_s / messages * 1e6),
        "ratio": None,
    }


def _floor(when: str, each: int, window_s: int) -> dict[str, Value]:
    """The C program, at as many frames a second, to the same clients."""
    with tempfile.TemporaryDirectory() as place:
        program = Path(place) / "load_floor"
        source = Path(__file__).with_name("load_floor.c")
        subprocess.run(["cc", "-O2", "-o", str(program), str(source)], check=True)
        ticks_per_s = FED_PER_S + 1  # and a heartbeat
        command = [str(program), str(CONSOLES), str(each), str(ticks_per_s), str(window_s)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as sender:
            assert sender.stdout is not None
            with clients(int(sender.stdout.readline()), "/", CONSOLES):
                messages, cpu_s = sender.stdout.readline().split()
    return _cost(f"下限 floor: C, send(2), {when}", int(messages), each, float(cpu_s))


# --- calls ----------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Sent:
    """How long each call took to be answered, how many commands came besides, and what the service spent on them all."""

    answering: Stopwatch = field(default_factory=Stopwatch)
    commands: int = 0
    wall_s: float = 0.0
    cpu_s: float = 0.0
    decide_p99_ms: float = 0.0


def _calls(live: LiveService, seconds: float) -> Sent:
    """As callers do, at random instants; what somebody waits for is never put off by the measuring."""
    chance, cells, sent = Random(SEED), load_catalogue().population_cells, Sent()
    rate_per_s = BUSIEST_HOUR * TIMES / 3600
    began_s = due_s = time.perf_counter()
    number = 0
    while due_s - began_s < seconds:
        time.sleep(max(0.0, due_s - time.perf_counter()))
        place = centre(chance.choice(cells).cell)
        body = {
            "complaint": COMPLAINTS[number % len(COMPLAINTS)],
            "location": {"lat": place.lat_deg, "lon": place.lon_deg, "datum": "wgs84"},
        }
        with sent.answering:
            answer = live.post("/calls", body)
        sent.commands += 1 + _send_out(live, answer.raise_for_status().json())
        number += 1
        if number % 20 == 0:
            print(f"  {number} calls, {time.perf_counter() - began_s:.0f} s of {seconds:.0f}", flush=True)
        due_s += chance.expovariate(rate_per_s)
    sent.wall_s = time.perf_counter() - began_s
    return sent


def _send_out(live: LiveService, taken: dict[str, Any]) -> int:
    """Send the crew that is recommended, and have it step; how many commands that took."""
    incident_id, advice = taken["incident"]["incident_id"], taken["recommendation"]
    if not advice["units"]:
        return 0
    chosen = {"unit_id": advice["units"][0]["unit_id"]}
    assigned = live.post(f"/incidents/{incident_id}/assignments", chosen).raise_for_status().json()
    for step in STEPS:
        live.post(f"/assignments/{assigned['assignment_id']}/status", {"status": step}).raise_for_status()
    return 1 + len(STEPS)


def _decided(live: LiveService) -> dict[float, int]:
    """How many decisions have taken at most so many seconds, by that bound."""
    text = live.http.get("/metrics").raise_for_status().text
    found = re.findall(r'dispatch_step_seconds_bucket\{step="decide",le="([^"]+)"\} (\d+)', text)
    return {float(bound): int(count) for bound, count in found}


def _quantile(before: dict[float, int], after: dict[float, int], share: float) -> float:
    """Seconds within which this share fell, straight between two bounds, as Prometheus has it."""
    counts = {bound: count - before.get(bound, 0) for bound, count in after.items()}
    wanted, below_s, below_n = share * max(counts.values()), 0.0, 0
    for bound_s, count in counts.items():
        if count >= wanted:
            return below_s + (bound_s - below_s) * (wanted - below_n) / max(1, count - below_n)
        below_s, below_n = bound_s, count
    return float("inf")


def _judge_calls(findings: Findings, sent: Sent) -> None:
    p99_ms = percentile_ms(sent.answering.wall_s, 99)
    row: dict[str, Value] = {
        "calls": len(sent.answering.wall_s),
        "answer_p50_ms": significant(percentile_ms(sent.answering.wall_s, 50)),
        "answer_p99_ms": significant(p99_ms),
        "most_ms": significant(max(sent.answering.wall_s) * 1e3),
        "decide_p99_ms": significant(sent.decide_p99_ms),
        "commands": sent.commands,
        "cpu_ms": significant(sent.cpu_s / len(sent.answering.wall_s) * 1e3),
    }
    findings.tables.append(Table(title=f"来电 · Calls, {TIMES} ×", columns=CALLS, rows=[row]))
    findings.limits.append(below("其中决策,p99 · of that deciding", sent.decide_p99_ms, MOST_DECISION_MS, "ms"))
    findings.limits.append(below("来电→建议,p99 · call to recommendation", p99_ms, MOST_DECISION_MS, "ms"))


# --- consoles that are behind ---------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Behind:
    """Consoles that read nothing, or a little, how many of each were cut, and by how much the service grew at most."""

    stuck_cut: int = 0
    slow_cut: int = 0
    most_grown_bytes: int = 0


@contextmanager
def _behind(live: LiveService) -> Iterator[Behind]:
    """They come, and are there for as long as the block lasts."""
    found, is_over = Behind(), threading.Event()
    stuck = [_connected(live.port) for _ in range(STUCK)]
    slow = [_connected(live.port) for _ in range(SLOW)]
    threads = [
        threading.Thread(target=_read_a_little, args=(slow, is_over)),
        threading.Thread(target=_watch_memory, args=(live, found, is_over)),
    ]
    for thread in threads:
        thread.start()
    try:
        yield found
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
        found.stuck_cut, found.slow_cut = sum(map(_is_cut, stuck)), sum(map(_is_cut, slow))
        for each in (*stuck, *slow):
            each.close()


def _connected(port: int) -> socket.socket:
    each = socket.socket()
    each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, NARROW_BYTES)
    each.connect(("127.0.0.1", port))
    each.sendall(
        f"GET {STREAM} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
    )
    return each


def _read_a_little(slow: list[socket.socket], is_over: threading.Event) -> None:
    reading = set(slow)
    while not is_over.wait(1.0):
        for each in list(reading):
            try:
                if not each.recv(SLOW_BYTES_PER_S, socket.MSG_DONTWAIT):
                    reading.discard(each)
            except BlockingIOError:
                continue
            except OSError:
                reading.discard(each)


def _watch_memory(live: LiveService, found: Behind, is_over: threading.Event) -> None:
    before = _resident_bytes(live)
    while not is_over.wait(1.0):
        found.most_grown_bytes = max(found.most_grown_bytes, _resident_bytes(live) - before)


def _resident_bytes(live: LiveService) -> int:
    return int(Path(f"/proc/{live.pid}/statm").read_text(encoding="ascii").split()[1]) * PAGE_BYTES


def _is_cut(each: socket.socket) -> bool:
    """Whether the service has ended the connection: what it sent before is read first, and no ping is answered."""
    each.settimeout(0.2)
    try:
        while each.recv(65_536):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


def _judge_behind(findings: Findings, behind: Behind) -> None:
    grown_mb = behind.most_grown_bytes / 1e6
    rows: list[dict[str, Value]] = [
        {"kind": "完全不读 read nothing", "n": STUCK, "cut": behind.stuck_cut, "grown_mb": significant(grown_mb)},
        {"kind": f"每秒读 {SLOW_BYTES_PER_S} 字节 bytes a second", "n": SLOW, "cut": behind.slow_cut, "grown_mb": None},
    ]
    findings.tables.append(Table(title="跟不上的控制台 · Consoles that are behind", columns=BEHIND, rows=rows))
    findings.limits.append(equal("不读的都被切断 those that read nothing are cut", behind.stuck_cut, STUCK))
    most_mb = MOST_BEHIND_MB * (STUCK + SLOW)
    findings.limits.append(below("服务内存增长 service grown by", grown_mb, most_mb, "MB"))
