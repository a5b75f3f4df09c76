"""`Idempotency-Key` where nothing is journaled: positions and the simulated floor are acted on once, too."""

from datetime import timedelta
from typing import Any

import httpx

from dispatch.api.wiring import Service
from dispatch.domain.ids import UnitId
from dispatch.engine.clocks import VirtualClock
from tests.fakes.control_room import FUTIAN
from tests.fakes.memory_journal import MemoryJournal

KEY = {"Idempotency-Key": "once"}


class Floor:
    """Simulated callers that count how often they are turned."""

    def __init__(self) -> None:
        self.demo_calls_per_hour, self.turns = 0.0, 0

    def set_demo_calls(self, per_hour: float) -> None:
        self.demo_calls_per_hour = per_hour
        self.turns += 1


async def test_a_batch_of_positions_sent_again_under_its_key_is_answered_as_before(
    client: httpx.AsyncClient, service: Service, journal: MemoryJournal, clock: VirtualClock
) -> None:
    head = journal.head_seq
    batch: list[dict[str, Any]] = [{"unit_id": "U001", **FUTIAN, "fixed_at": clock.now().isoformat()}]
    first = await client.post("/api/v1/units/positions", json=batch, headers=KEY)
    assert (first.status_code, first.json()) == (202, {"accepted": 1, "rejected": []})
    clock.advance_to(clock.now() + timedelta(seconds=5))
    newer = {**batch[0], "fixed_at": clock.now().isoformat()}
    await client.post("/api/v1/units/positions", json=[newer])
    again = await client.post("/api/v1/units/positions", json=batch, headers=KEY)
    assert (again.status_code, again.content) == (202, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    # Without the key it is a report like any other, and older than what is known.
    fresh = await client.post("/api/v1/units/positions", json=batch)
    assert fresh.json()["rejected"] == [{"index": 0, "code": "older_than_known"}]
    assert service.positions.fixes()[UnitId("U001")].fixed_at == clock.now()
    assert journal.head_seq == head


async def test_the_same_key_with_another_batch_is_refused_and_changes_nothing(
    client: httpx.AsyncClient, service: Service, clock: VirtualClock
) -> None:
    await client.post("/api/v1/units/positions", json=[], headers=KEY)
    other = [{"unit_id": "U001", **FUTIAN, "fixed_at": clock.now().isoformat()}]
    answer = await client.post("/api/v1/units/positions", json=other, headers=KEY)
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_reused")
    assert UnitId("U001") not in service.positions.fixes()


async def test_the_simulated_callers_are_turned_once_under_one_key(client: httpx.AsyncClient, service: Service) -> None:
    floor = service.floor = Floor()
    answers = [
        await client.post("/api/v1/drill-floor", json={"demo_calls_per_hour": 60}, headers=KEY) for _ in range(2)
    ]
    assert [answer.json() for answer in answers] == [{"actors": True, "demo_calls_per_hour": 60.0}] * 2
    assert floor.turns == 1
