"""Two processes of the service on PostgreSQL and Valkey, under load, while one after another is killed, emptied, restarted or cut.

    python -m tests.fault.cluster_fault_harness 12

Calls come at an even rate, whether or not those before were answered; desks send units and close, crews step through their service
many times as fast as crews do. Each request has a key and goes to any process; one that fails is sent again until it is answered.
Units report where they are; consoles follow the stream, and come back at any process with the last number they have seen. After the
last fault everything that was answered is asked for again, and every console's world is held against the journal's. A process's
clock is set ahead or back by up to ten minutes (`stepped_service`), never a server's. A killed process is not a power cut.
"""

import asyncio
import contextlib
import gc
import itertools
import json
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec
from redis import Redis
from websockets.exceptions import InvalidHandshake, WebSocketException

from dispatch.adapters.journal_postgres import PostgresJournal
from dispatch.adapters.journal_recovery import load_world
from dispatch.adapters.personal_keys import PersonalKeys
from dispatch.adapters.vault import Vault
from dispatch.adapters.verify import verify
from dispatch.projections.board import board
from tests.fakes.cluster import Cluster
from tests.fakes.control_room import FUTIAN
from tests.fakes.devices import Devices
from tests.fakes.live_service import LiveService, SteppedService
from tests.fakes.real_servers import PostgresServer, ValkeyServer
from tests.fakes.stream_client import Console, World, console
from tests.fakes.takeover import Takeover, takeover

FAULTS: Final = (
    "clock set back",
    "writer killed",
    "Redis emptied",
    "PostgreSQL restarted",
    "console cut off",
    "clock set ahead",
    "follower killed",
    "Redis restarted",
    "writer stopped",
    "Redis stopped",
)
"""In this order, again and again. A stopped process goes on where it was, once another has taken its place; a clock that was set stays
as it is until it is set again, and whoever is started anew takes it over."""
LEAST_STEP_S, MOST_STEP_S = 10, 600
LONGEST_CALM_S: Final = 2.0
FAULT_WITHIN_S: Final = 180.0
"""Who waits longer for what follows a fault waits for something that does not come."""
CAUGHT_UP_WITHIN_S: Final = 120.0
COME_BACK_S: Final = 0.05
SELDOM: Final = (50_000, 20, 100)
SERVICE: Final = (
    ("acknowledged", 8.0),
    ("en_route", 52.0),
    ("on_scene", 480.0),
    ("left_scene", 1091.0),
    ("at_hospital", 600.0),
    ("handed_over", 955.0),
    ("available", 955.0),
)
"""What a crew does, and how many seconds after the step before, about the medians of `dispatch.drills.draws`; then the desk closes."""
RECORDED: Final = {
    "call": "IncidentOpened",
    "assign": "UnitAssigned",
    "close": "IncidentClosed",
    "cancel": "IncidentCancelled",
    **dict.fromkeys((step for step, _ in SERVICE), "AssignmentStatusChanged"),
}
"""The one event by which each answered command stands in the journal."""
PASSWORD: Final = "a word"


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Each call is ten commands: taken, sent, seven steps of its crew, closed. While all desks wait for an answer calls wait too."""

    calls_per_s: float = 2.0
    desks: int = 20
    crew_speed: float = 600.0
    consoles: int = 4
    report_every_s: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`missing` counts answers that were not given again word for word, `doubled` by how many events more than answers there are;
    `astray` counts consoles whose world is not the journal's. `takeovers_s` and `answered_s` as in `Takeover`. `rung_s` is how long
    calls came in."""

    faults: dict[str, int]
    acknowledged: int
    calls: int
    served: int
    repeated: int
    missing: int
    doubled: int
    reconnected: int
    astray: int
    positions: int
    events: int
    rung_s: float
    takeovers_s: list[float]
    answered_s: list[float]
    problems: list[str]
    wall_s: float


def main(
    faults: int,
    *,
    load: Load | None = None,
    seed: int = 0,
    directory: Path | None = None,
    postgres: PostgresServer | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Let so many faults happen, and say what was found. `postgres` is restarted; without it there is one for this run alone."""
    with contextlib.ExitStack() as stack:
        stack.callback(gc.set_threshold, *gc.get_threshold())
        gc.set_threshold(*SELDOM)  # the worlds of so many consoles are looked through in vain
        place = stack.enter_context(tempfile.TemporaryDirectory(dir=directory))
        postgres = postgres or stack.enter_context(PostgresServer())
        valkey = stack.enter_context(ValkeyServer(PASSWORD))
        url = postgres.url()
        keys = stack.enter_context(PersonalKeys(Path(place) / "keys"))
        cluster = stack.enter_context(Cluster(Path(place), "--database-url", url, "--redis-url", valkey.url))
        return asyncio.run(
            _Run(cluster, postgres, valkey, url, Vault(keys), load or Load(), random.Random(seed), progress).run(faults)
        )


@dataclass(slots=True)
class _Screen:
    """One console over all its connections."""

    seq: int = 0
    world: World = field(default_factory=World)
    connection: Console | None = None
    connected: int = 0


class _Run:
    def __init__(
        self,
        cluster: Cluster,
        postgres: PostgresServer,
        valkey: ValkeyServer,
        url: str,
        vault: Vault,
        load: Load,
        rng: random.Random,
        progress: Callable[[str], None],
    ) -> None:
        self._cluster, self._postgres, self._valkey, self._url, self._vault = cluster, postgres, valkey, url, vault
        self._load, self._rng, self._progress = load, rng, progress
        self._answered: dict[str, tuple[str, Any, bytes]] = {}
        self._screens = [_Screen() for _ in range(load.consoles)]
        self._is_over = False
        self._goal: int | None = None
        self._positions = 0
        self._calls: set[asyncio.Task[None]] = set()
        self._takeovers: list[Takeover] = []
        self._devices = Devices(cluster, rng)

    async def run(self, faults: int) -> Outcome:
        began, done = time.monotonic(), Counter[str]()
        watching = [asyncio.create_task(self._watch(screen)) for screen in self._screens]
        working = [asyncio.create_task(self._ring()), asyncio.create_task(self._report())]
        for number in range(faults):
            await asyncio.sleep(self._rng.uniform(0.0, LONGEST_CALM_S))
            done[name := FAULTS[number % len(FAULTS)]] += 1
            async with asyncio.timeout(FAULT_WITHIN_S):
                await self._fault(name)
                await asyncio.to_thread(self._cluster.start_missing)
            so_far = f"{len(self._answered)} answered  {time.monotonic() - began:.0f} s"
            self._progress(f"{number + 1} / {faults}  {name}  {so_far}")
            for task in (*watching, *working, *self._calls):
                if task.done():
                    task.result()  # a gap, a repeat, or an answer that nobody should get
        self._is_over, rung_s = True, time.monotonic() - began
        await asyncio.gather(*working, *self._calls)
        missing = await self._ask_again()
        await self._devices.close()
        journal = PostgresJournal(self._url, vault=self._vault)
        world, _ = load_world(journal)
        opened = Counter(recorded.event.__class__.__name__ for recorded in journal.read())
        journal.close()
        self._goal = world.seq
        self._progress(f"{missing} missing of {len(self._answered)}; consoles catch up to {world.seq}")
        _, behind = await asyncio.wait(watching, timeout=CAUGHT_UP_WITHIN_S)
        for task in behind:  # counted as astray
            task.cancel()
        await asyncio.gather(*behind, return_exceptions=True)
        for task in set(watching) - behind:
            task.result()
        wanted = json.loads(msgspec.json.encode(board(world)))
        asked = Counter(key.rpartition("-")[2] for key in self._answered)
        report = verify(self._url, self._vault)
        return Outcome(
            faults=dict(done),
            acknowledged=len(self._answered),
            calls=asked["call"],
            served=asked["close"],
            repeated=self._devices.repeated,
            missing=missing,
            doubled=sum(
                opened[event] - sum(asked[step] for step in RECORDED if RECORDED[step] == event)
                for event in set(RECORDED.values())
            ),
            reconnected=sum(screen.connected - 1 for screen in self._screens),
            astray=sum((screen.seq, screen.world) != (world.seq, wanted) for screen in self._screens),
            positions=self._positions,
            events=report.events,
            rung_s=round(rung_s, 1),
            takeovers_s=[round(each.writes_s, 2) for each in self._takeovers],
            answered_s=[round(each.answered_s, 2) for each in self._takeovers],
            problems=[problem.text_en for problem in report.problems],
            wall_s=round(time.monotonic() - began, 1),
        )  # fmt: skip

    # --- what goes wrong ------------------------------------------------------------------------------------------------

    async def _fault(self, name: str) -> None:
        match name:
            case "writer killed":
                await self._take_over(LiveService.kill)
            case "writer stopped":
                await self._take_over(lambda writer: writer.send(signal.SIGSTOP))
                for member in self._cluster.members:
                    member.send(signal.SIGCONT)
            case "follower killed":
                (await asyncio.to_thread(lambda: self._cluster.follower)).kill()
            case "PostgreSQL restarted":
                await asyncio.to_thread(self._postgres.stop, signal.SIGQUIT)
                await asyncio.to_thread(self._postgres.start)
                await asyncio.to_thread(lambda: self._cluster.writer)
            case "Redis restarted":
                await asyncio.to_thread(self._valkey.stop, signal.SIGKILL)
                await asyncio.to_thread(self._valkey.start)
            case "Redis emptied":
                with Redis.from_url(self._valkey.url) as client:
                    await asyncio.to_thread(client.flushall)
            case "Redis stopped":
                self._valkey.pause()
                await asyncio.sleep(self._rng.uniform(0.0, LONGEST_CALM_S))
                self._valkey.resume()
            case "clock set back":
                writer = await asyncio.to_thread(lambda: self._cluster.writer)
                await self._step(writer, -self._rng.randint(LEAST_STEP_S, MOST_STEP_S))
            case "clock set ahead":
                follower = await asyncio.to_thread(lambda: self._cluster.follower)
                await self._step(follower, self._rng.randint(LEAST_STEP_S, MOST_STEP_S))
            case "console cut off":
                connections = [screen.connection for screen in self._screens if screen.connection is not None]
                if connections:
                    self._rng.choice(connections).socket.transport.abort()

    async def _step(self, member: SteppedService, by_s: int) -> None:
        """Nobody learns it from wrong times: the process says so by itself."""
        member.set_clock(member.ahead_s + by_s)
        while "clock_stepped" not in await asyncio.to_thread(member.degraded):
            pass

    async def _take_over(self, end: Callable[[LiveService], None]) -> None:
        """Somebody calls just then, and thinks better of it once he is answered."""
        key, body = f"takeover{len(self._takeovers)}", {"location": FUTIAN, "complaint": "abdominal"}
        call = partial(LiveService.post, path="/calls", body=body, Idempotency_Key=f"{key}-call")
        self._takeovers.append(done := await asyncio.to_thread(takeover, self._cluster, self._url, end, call))
        self._progress(f"taken over after {done.writes_s:.2f} s, a call answered after {done.answered_s:.2f} s")
        self._answered[f"{key}-call"] = ("/api/v1/calls", body, done.answer.raise_for_status().content)
        path = f"/api/v1/incidents/{done.answer.json()['incident']['incident_id']}/cancel"
        self._calls.add(asyncio.create_task(self._ask(f"{key}-cancel", path, {"reason": "演示结束"})))

    # --- who works meanwhile --------------------------------------------------------------------------------------------

    async def _ring(self) -> None:
        """A call whenever one is due, at the next desk that is free."""
        began, desks = time.monotonic(), asyncio.Semaphore(self._load.desks)
        for count in itertools.count():
            await asyncio.sleep(began + count / self._load.calls_per_s - time.monotonic())
            await desks.acquire()
            if self._is_over:
                return
            call = asyncio.create_task(self._call(count, desks))
            self._calls.add(call)
            call.add_done_callback(self._served)

    async def _call(self, count: int, desks: asyncio.Semaphore) -> None:
        """Take it and send the recommended unit, whose crew does the rest; cancel where there is none, or another desk has just taken
        it."""
        key, rng = f"{count}", random.Random(f"call {count}")
        place = {**FUTIAN, "lat": 22.50 + rng.random() / 5, "lon": 113.9 + rng.random() / 3}
        call = {"location": place, "complaint": rng.choice(["stroke", "abdominal", "acute_coronary"])}
        try:
            taken = await self._ask(f"{key}-call", "/api/v1/calls", call)
            incident, units = f"/api/v1/incidents/{taken['incident']['incident_id']}", taken["recommendation"]["units"]
            order = {"unit_id": units[0]["unit_id"]} if units else None
            sent = await self._ask(f"{key}-assign", f"{incident}/assignments", order) if order else {}
            if "assignment" not in sent:
                await self._ask(f"{key}-cancel", f"{incident}/cancel", {"reason": "演示结束"})
        finally:
            desks.release()
        if "assignment" in sent:
            await self._serve(key, incident, sent["assignment"]["assignment_id"])

    def _served(self, call: asyncio.Task[None]) -> None:
        """One that ended well is no longer looked at."""
        if not call.cancelled() and call.exception() is None:
            self._calls.discard(call)

    async def _serve(self, key: str, incident: str, assignment_id: str) -> None:
        """A crew's service to its end, unless the run is over before."""
        for step, after_s in SERVICE:
            await asyncio.sleep(after_s / self._load.crew_speed)
            if self._is_over:
                return
            path = f"/api/v1/assignments/{assignment_id}/status"
            told = await self._ask(f"{key}-{step}", path, {"status": step})
            if told.get("code") is not None:
                raise RuntimeError(f"{key}-{step}: {told}")  # nobody else steps for this crew
        await self._ask(f"{key}-close", f"{incident}/close", {"reason": "救治完成"})

    async def _ask(self, key: str, path: str, body: Any) -> Any:
        """Until it is answered; a unit that another desk has just taken is no failure."""
        answer = await self._devices.until_answered(key, path, body)
        if answer.is_success:
            self._answered[key] = (path, body, answer.content)
        elif answer.status_code != 409:
            raise RuntimeError(f"{path}: {answer.status_code} {answer.text}")
        return answer.json()

    async def _ask_again(self) -> int:
        """How many answers do not come back word for word."""
        missing = 0
        for key, (path, body, content) in self._answered.items():
            answer = await self._devices.until_answered(key, path, body)
            missing += answer.content != content or "Idempotency-Replayed" not in answer.headers
        return missing

    async def _report(self) -> None:
        """All units at an even rate, at any process; a report that is lost is followed by the next."""
        units = (await asyncio.to_thread(self._cluster.members[0].http.get, "/api/v1/units")).json()["items"]
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        while not self._is_over:
            at = datetime.now(UTC).isoformat()
            fixes = [
                {**FUTIAN, "unit_id": unit["unit_id"], "fixed_at": at, "lon": 113.9 + self._rng.random() / 3}
                for unit in units
            ]
            with contextlib.suppress(httpx.TransportError):
                answer = await self._devices.post("/api/v1/units/positions", fixes)
                self._positions += answer.json()["accepted"] if answer.is_success else 0
            due_s = max(due_s + self._load.report_every_s, loop.time())
            await asyncio.sleep(due_s - loop.time())

    async def _watch(self, screen: _Screen) -> None:
        """Follow the stream to the end, at another process whenever a connection is lost. A gap or a repeat ends the run."""
        while self._goal is None or screen.seq < self._goal:
            member = self._rng.choice(self._cluster.members)
            with contextlib.suppress(OSError, TimeoutError, WebSocketException, InvalidHandshake):
                async with console(
                    member.stream_url, after=screen.seq or None, open_timeout=5, close_timeout=1
                ) as shown:
                    shown.world, screen.connection = screen.world, shown
                    screen.connected += 1
                    while self._goal is None or screen.seq < self._goal:
                        await shown.frame()
                        screen.seq, screen.world = shown.seq, shown.world
            screen.connection = None
            await asyncio.sleep(COME_BACK_S)


if __name__ == "__main__":
    outcome = main(int(sys.argv[1]) if len(sys.argv) > 1 else len(FAULTS))
    print(json.dumps(asdict(outcome)))
    sys.exit(bool(outcome.missing or outcome.doubled or outcome.astray or outcome.problems))
