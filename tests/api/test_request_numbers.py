"""Each answer has the number by which its request stands in the log; and what is worth knowing degrades nothing."""

from dataclasses import dataclass

import httpx

from dispatch.api.peer import PEER
from dispatch.api.request_log import REQUEST
from dispatch.api.wiring import Service


async def test_every_request_has_a_number_of_its_own_that_only_another_process_can_give(
    client: httpx.AsyncClient, service: Service
) -> None:
    service.peer_secret = "word"
    given = {REQUEST.decode(): "5f", PEER.decode(): "guessed"}
    answers = [await client.get("/healthz"), await client.get("/nowhere"), await client.get("/healthz", headers=given)]
    numbers = {answer.headers["X-Request-Id"] for answer in answers}
    assert len(numbers) == 3
    assert {len(number) for number in numbers} == {16}
    given[PEER.decode()] = "word"
    assert (await client.get("/healthz", headers=given)).headers["X-Request-Id"] == "5f"


@dataclass
class Traces:
    is_undelivered: bool


async def test_traces_that_are_not_delivered_are_told_and_nothing_is_less_ready(
    client: httpx.AsyncClient, service: Service
) -> None:
    service.traces = Traces(is_undelivered=True)
    ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()["degraded"]) == (200, [])
    assert [one["code"] for one in ready.json()["notices"]] == ["traces_unreachable"]
    service.traces = Traces(is_undelivered=False)
    assert (await client.get("/readyz")).json() == {"status": "ready", "degraded": []}
