"""kill -9 of the whole service, again and again, under load: what was answered must be there, once.

    python -m tests.fault.service_kill_harness 50

Each round starts the program on what the last kill left and asks again for what was answered since or left without an answer
(at the end, for everything). Then dispatchers take calls, send units and cancel, as fast as answers come, until the program is
killed at a random moment; one round in five it is killed while it starts. Every request carries an idempotency key. An answer that
was given must be given again word for word; a request that was cut off may be done or not, but never twice. At the end the journal
must verify. A killed process is not a power cut: what the disk has only promised is not tested here.
"""

import asyncio
import contextlib
import json
import random
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from tests.fakes.control_room import FUTIAN
from tests.fakes.live_service import LiveService

DISPATCHERS: Final = 12
LONGEST_START_S: Final = 4.0
LONGEST_LIFE_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`missing` counts answers that were not given again, `doubled` requests that were done more than once."""

    kills: int
    killed_while_starting: int
    acknowledged: int
    cut_off: int
    missing: int
    doubled: int
    events: int
    problems: tuple[str, ...]
    wall_s: float


@dataclass(slots=True)
class Ledger:
    """What the callers know: the answer to each key (`fresh` since it was last asked for again), and the requests cut off before."""

    answered: dict[str, tuple[str, Any, bytes]] = field(default_factory=dict)
    fresh: list[str] = field(default_factory=list)
    cut_off: dict[str, tuple[str, Any]] = field(default_factory=dict)
    n_acknowledged: int = 0
    n_cut_off: int = 0
    missing: int = 0


def main(kills: int, *, seed: int = 0, directory: Path | None = None) -> Outcome:
    """Kill the service `kills` times and say what was found."""
    started = time.monotonic()
    rng, ledger, early = random.Random(seed), Ledger(), 0
    with tempfile.TemporaryDirectory(dir=directory) as place:
        service = LiveService(Path(place))
        try:
            for number in range(kills):
                service.spawn()
                if number % 5 == 4:
                    early += 1
                    time.sleep(rng.uniform(0.0, LONGEST_START_S))
                else:
                    service.wait_until_ready()
                    asyncio.run(_one_life(service, ledger, rng, number))
                service.kill()
            service.start()
            ledger.fresh = list(ledger.answered)
            asyncio.run(_ask_again(service, ledger))
            events = _events(service)
            service.terminate()
            verified = service.verify()
        finally:
            service.__exit__(None, None, None)
    opened = sum(event["type"] == "IncidentOpened" for event in events)
    calls = sum(path == "/api/v1/calls" for path, _, _ in ledger.answered.values())
    return Outcome(
        kills=kills,
        killed_while_starting=early,
        acknowledged=ledger.n_acknowledged,
        cut_off=ledger.n_cut_off,
        missing=ledger.missing,
        doubled=opened - calls,
        events=len(events),
        problems=() if verified.returncode == 0 else tuple(verified.stdout.splitlines()),
        wall_s=round(time.monotonic() - started, 1),
    )


async def _one_life(service: LiveService, ledger: Ledger, rng: random.Random, number: int) -> None:
    """Settle what the last kill left open, then work until killed."""
    await _ask_again(service, ledger)
    async with httpx.AsyncClient(base_url=service.url, timeout=60) as http:
        await _call_everything_off(http)
        at_work = [
            asyncio.create_task(_dispatch(http, ledger, random.Random(f"{number} {desk}"), f"{number}-{desk}"))
            for desk in range(DISPATCHERS)
        ]
        await asyncio.sleep(rng.uniform(0.0, LONGEST_LIFE_S))
        service.kill()
        await asyncio.gather(*at_work)


async def _dispatch(http: httpx.AsyncClient, ledger: Ledger, rng: random.Random, desk: str) -> None:
    """Take calls, send the recommended unit, cancel; until nobody answers any more."""
    with contextlib.suppress(httpx.TransportError):
        for count in range(10_000):
            place = {**FUTIAN, "lat": 22.50 + rng.random() / 5, "lon": 113.9 + rng.random() / 3}
            call = {"location": place, "complaint": rng.choice(["stroke", "abdominal", "acute_coronary"])}
            taken = await _ask(http, ledger, f"{desk}-{count}-call", "/api/v1/calls", call)
            incident = f"/api/v1/incidents/{taken['incident']['incident_id']}"
            unit_id = taken["recommendation"]["units"][0]["unit_id"]
            await _ask(http, ledger, f"{desk}-{count}-assign", f"{incident}/assignments", {"unit_id": unit_id})
            await _ask(http, ledger, f"{desk}-{count}-cancel", f"{incident}/cancel", {"reason": "演示结束"})


async def _ask(http: httpx.AsyncClient, ledger: Ledger, key: str, path: str, body: Any) -> Any:
    """One request, in the ledger before it is sent; a unit that another desk has just taken is no failure."""
    ledger.cut_off[key] = (path, body)
    answer = await http.post(path, json=body, headers={"Idempotency-Key": key})
    del ledger.cut_off[key]
    if answer.is_success:
        ledger.answered[key] = (path, body, answer.content)
        ledger.fresh.append(key)
        ledger.n_acknowledged += 1
    elif answer.status_code != 409:
        raise RuntimeError(f"{path}: {answer.status_code} {answer.text}")
    return answer.json()


async def _ask_again(service: LiveService, ledger: Ledger) -> None:
    """Send requests again: known answers come back word for word, cut-off ones are done now, if they were not."""
    async with httpx.AsyncClient(base_url=service.url, timeout=60) as http:
        while ledger.fresh:
            key = ledger.fresh.pop()
            path, body, content = ledger.answered[key]
            answer = await http.post(path, json=body, headers={"Idempotency-Key": key})
            is_there = answer.content == content and "Idempotency-Replayed" in answer.headers
            ledger.missing += not is_there
        ledger.n_cut_off += len(ledger.cut_off)
        for key, (path, body) in list(ledger.cut_off.items()):
            await _ask(http, ledger, key, path, body)


async def _call_everything_off(http: httpx.AsyncClient) -> None:
    """Incidents that a kill left behind would only slow the next life down."""
    for incident in (await http.get("/api/v1/incidents?state=open&limit=1000")).json()["items"]:
        await http.post(f"/api/v1/incidents/{incident['incident_id']}/cancel", json={"reason": "演示结束"})


def _events(service: LiveService) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        page = service.http.get("/api/v1/events", params={"after": after, "limit": 5000}).json()
        events, after = events + page["items"], page["next"]
    return events


if __name__ == "__main__":
    outcome = main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
    print(json.dumps(asdict(outcome)))
    sys.exit(bool(outcome.missing or outcome.doubled or outcome.problems))
