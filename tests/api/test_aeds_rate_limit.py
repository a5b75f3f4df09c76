"""How often one address may ask: twenty at once, then five a second; nobody else notices."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from dispatch.api.rate_limit import BURST, PER_S, TokenBuckets, asker_of
from dispatch.api.wiring import Service
from dispatch.domain.ids import UnitId
from dispatch.domain.unit import Fix
from dispatch.engine.clocks import VirtualClock

AT = datetime(2026, 11, 30, tzinfo=UTC)
PATH = "/api/v1/aeds/nearest?lat=22.5431&lon=114.0579"


def test_a_bucket_gives_a_burst_and_then_its_rate() -> None:
    buckets = TokenBuckets(per_s=2.0, burst=3.0)
    assert [buckets.take("a", AT) for _ in range(4)] == [None, None, None, 0.5]
    assert buckets.take("a", AT + timedelta(seconds=0.5)) is None
    assert buckets.take("a", AT + timedelta(seconds=0.5)) == 0.5
    assert [buckets.take("a", AT + timedelta(hours=1)) for _ in range(4)] == [None, None, None, 0.5]


def test_askers_do_not_share() -> None:
    buckets = TokenBuckets(per_s=1.0, burst=1.0)
    assert [buckets.take(asker, AT) for asker in ("a", "b", "a")] == [None, None, 1.0]


def test_a_clock_that_goes_back_takes_nothing_away() -> None:
    buckets = TokenBuckets(per_s=1.0, burst=2.0)
    assert buckets.take("a", AT) is None
    assert buckets.take("a", AT - timedelta(hours=1)) is None


def test_there_are_never_more_buckets_than_allowed() -> None:
    buckets = TokenBuckets(max_askers=3)
    for number in range(10):
        buckets.take(str(number), AT)
    assert len(buckets) == 3


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("203.0.113.7", "203.0.113.8", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:203.0.113.7", "203.0.113.7", True),
        ("::ffff:203.0.113.7", "::ffff:203.0.113.8", False),
        (None, "", True),
        ("unix-socket", "testclient", False),
    ],
)
def test_an_asker_is_an_address_or_a_subscribers_prefix(one: str | None, other: str, is_same: bool) -> None:
    assert (asker_of(one) == asker_of(other)) is is_same


async def test_too_many_requests_are_told_when_to_come_back(
    client: httpx.AsyncClient, service: Service, clock: VirtualClock
) -> None:
    service.is_development = False
    answers = [await client.get(PATH) for _ in range(int(BURST) + 1)]
    assert [answer.status_code for answer in answers] == [200] * int(BURST) + [429]
    refused = answers[-1]
    assert refused.headers["Retry-After"] == "1"
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.json()["code"] == "too_many_requests"
    clock.advance_to(clock.now() + timedelta(seconds=1))
    assert [(await client.get(PATH)).status_code for _ in range(int(PER_S) + 1)] == [200] * int(PER_S) + [429]


@dataclass
class Together:
    """A link to other processes that have been asked `by_others` times already."""

    by_others: int
    is_connected: bool = True
    present: tuple[str, ...] = ()
    taken: list[str] = field(default_factory=list)

    def publish(self, fixes: Mapping[UnitId, Fix]) -> None: ...

    async def take(self, bucket: str, *, per_s: float, burst: float) -> float | None:
        self.taken.append(bucket)
        return None if len(self.taken) + self.by_others <= burst else 1.0 / per_s


async def test_what_other_processes_have_answered_counts_as_well(client: httpx.AsyncClient, service: Service) -> None:
    service.is_development, service.link = False, (together := Together(by_others=int(BURST) - 2))
    assert [(await client.get(PATH)).status_code for _ in range(3)] == [200, 200, 429]
    assert set(together.taken) == {"public 127.0.0.1"}


async def test_in_development_nobody_is_counted(client: httpx.AsyncClient) -> None:
    assert {(await client.get(PATH)).status_code for _ in range(int(BURST) + 5)} == {200}
