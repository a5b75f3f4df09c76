"""A device that somebody is fetching is kept for him, and goes to the next after 20 s without movement."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import httpx
import pytest

from dispatch.api.wiring import Service
from dispatch.domain.events_aeds import AedFetchEnded, AedFetchMoved, AedFetchStarted
from dispatch.engine.clocks import VirtualClock
from tests.fakes.memory_journal import MemoryJournal

AED = "AED-M001-1"
NEAREST = "/api/v1/aeds/nearest?lat=22.53351&lon=114.11273&k=3"  # where the device hangs


async def say(client: httpx.AsyncClient, status: int = 201, **body: Any) -> Any:
    answer = await client.post(f"/api/v1/aeds/{AED}/reports", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def fetch(client: httpx.AsyncClient, **body: Any) -> str:
    fetch_id: str = (await say(client, kind="fetching", **body))["fetch"]["fetch_id"]
    return fetch_id


async def pass_s(service: Service, clock: VirtualClock, seconds: float) -> None:
    clock.advance_to(clock.now() + timedelta(seconds=seconds))
    await service.engine.fire_due()


async def test_who_sets_out_first_has_it_and_everybody_sees_that(
    client: httpx.AsyncClient, clock: VirtualClock
) -> None:
    kept = await say(client, kind="fetching", remaining_m=180)
    assert kept["fetch"]["reserved_until"] == (clock.now() + timedelta(seconds=20)).isoformat().replace("+00:00", "Z")
    refused = await say(client, 409, kind="fetching")
    assert refused["code"] == "aed_being_fetched"
    said = (await client.get(f"/api/v1/aeds/{AED}")).json()["properties"]
    assert said["reserved_until"] == kept["fetch"]["reserved_until"]
    near = (await client.get(NEAREST)).json()
    assert AED not in {feature["id"] for feature in near["features"]}
    assert AED in {left_out["id"] for left_out in near["closed_sooner"]["first"]}


async def test_without_movement_it_goes_to_the_next_after_twenty_seconds(
    client: httpx.AsyncClient, service: Service, clock: VirtualClock, journal: MemoryJournal
) -> None:
    first = await fetch(client, remaining_m=180)
    await pass_s(service, clock, 19.9)
    assert (await say(client, 409, kind="fetching"))["code"] == "aed_being_fetched"
    await pass_s(service, clock, 0.1)
    second = await fetch(client)
    assert second != first
    assert (await say(client, 409, kind="fetching", fetch_id=first, remaining_m=20))["code"] == "aed_fetch_ended"
    assert (await say(client, 409, kind="taken", fetch_id=first))["code"] == "aed_fetch_ended"
    ended = [recorded.event for recorded in journal.entries if isinstance(recorded.event, AedFetchEnded)]
    assert [(event.fetch_id, event.outcome) for event in ended] == [(first, "stalled")]


async def test_whoever_moves_keeps_it_and_the_jitter_of_a_phone_is_no_movement(
    client: httpx.AsyncClient, service: Service, clock: VirtualClock, journal: MemoryJournal
) -> None:
    mine = await fetch(client, remaining_m=180)
    for remaining_m in (160, 140, 120):
        await pass_s(service, clock, 15)
        await say(client, kind="fetching", fetch_id=mine, remaining_m=remaining_m)
    await pass_s(service, clock, 15)
    await say(client, kind="fetching", fetch_id=mine, remaining_m=111)  # nine metres
    await pass_s(service, clock, 5)
    assert (await say(client, 409, kind="taken", fetch_id=mine))["code"] == "aed_fetch_ended"
    moved = [recorded.event for recorded in journal.entries if isinstance(recorded.event, AedFetchMoved)]
    assert [event.remaining_m for event in moved] == [160, 140, 120]


async def test_nobody_keeps_a_device_for_ever(client: httpx.AsyncClient, service: Service, clock: VirtualClock) -> None:
    mine = await fetch(client, remaining_m=5_000)
    for n in range(59):
        await pass_s(service, clock, 15)
        await say(client, kind="fetching", fetch_id=mine, remaining_m=4_980 - 20 * n)
    await pass_s(service, clock, 15)
    await fetch(client)


async def test_a_device_that_was_taken_counts_as_used(client: httpx.AsyncClient) -> None:
    mine = await fetch(client)
    assert (await say(client, kind="taken", fetch_id=mine))["fetch"] is None
    said = (await client.get(f"/api/v1/aeds/{AED}")).json()["properties"]
    assert (said["reserved_until"], said["report"]["kind"]) == (None, "used")


async def test_who_gives_up_frees_it_at_once(client: httpx.AsyncClient) -> None:
    await say(client, kind="given_up", fetch_id=await fetch(client))
    await fetch(client)


async def test_of_many_who_press_at_once_one_has_it(client: httpx.AsyncClient, journal: MemoryJournal) -> None:
    bodies = [client.post(f"/api/v1/aeds/{AED}/reports", json={"kind": "fetching"}) for _ in range(40)]
    statuses = Counter(answer.status_code for answer in await asyncio.gather(*bodies))
    assert statuses == {201: 1, 409: 39}
    assert sum(isinstance(recorded.event, AedFetchStarted) for recorded in journal.entries) == 1


async def test_another_hour_knows_nothing_of_it(client: httpx.AsyncClient) -> None:
    await fetch(client)
    later = (await client.get(f"{NEAREST}&at=2026-11-30T15:00:00%2B08:00")).json()["features"]
    assert next(f for f in later if f["id"] == AED)["properties"]["reserved_until"] is None
    assert AED not in {f["id"] for f in (await client.get(NEAREST)).json()["features"]}


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "taken"},
        {"kind": "fetching", "fetch_id": "aef-x"},
        {"kind": "fetching", "remaining_m": -1},
        {"kind": "fetching", "text": "我去"},
        {"kind": "works", "fetch_id": "aef-x"},
    ],
)
async def test_what_does_not_fit_together_is_refused(client: httpx.AsyncClient, body: dict[str, object]) -> None:
    assert (await say(client, 422, **body))["code"] == "invalid_field"
