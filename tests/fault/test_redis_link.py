"""The link between processes on a real Valkey: what it carries, and what its loss costs."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from dispatch.adapters.positions import PositionBook
from dispatch.adapters.redis_link import COUNTED_WITHIN_S, RedisLink, connect
from dispatch.domain.ids import LIVE, UnitId
from dispatch.domain.unit import Fix
from routing.geo import Wgs84
from tests.fakes.real_servers import ValkeyCluster, ValkeyServer
from tests.fakes.tls_relay import certificate, tls_relay

pytestmark = pytest.mark.slow

U1 = UnitId("U001")
FIX = Fix(
    point=Wgs84(lat_deg=22.54, lon_deg=114.05), fixed_at=datetime(2026, 11, 30, 2, 0, tzinfo=UTC), heading_deg=90.0
)


@pytest.fixture(scope="module")
def valkey() -> Iterator[ValkeyServer]:
    """One that asks for a password, so that nothing here works without it."""
    with ValkeyServer(password="a word") as server:
        yield server


class Process:
    """One end of the link: what it has heard."""

    def __init__(self, url: str, name: str) -> None:
        self.heard = asyncio.Event()
        self.positions = PositionBook()
        self.link = RedisLink(connect(url), LIVE, name, when_rung=self.heard.set, report=self._report)

    def _report(self, unit_id: UnitId, fix: Fix) -> None:
        self.positions.report(unit_id, fix)
        self.heard.set()

    async def until(self, is_so: Callable[[], object]) -> None:
        while not is_so():
            self.heard.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(0.05):
                    await self.heard.wait()


@asynccontextmanager
async def processes(url: str, *names: str) -> AsyncIterator[list[Process]]:
    made = [Process(url, name) for name in names]
    running = [asyncio.create_task(process.link.run(dict)) for process in made]
    try:
        for process in made:
            await process.until(lambda process=process: process.link.is_connected)
        yield made
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def test_the_doorbell_rings_at_the_others(valkey: ValkeyServer) -> None:
    async with processes(valkey.url, "one", "other") as (one, other):
        other.heard.clear()
        one.link.ring()
        await other.heard.wait()
        await other.until(lambda: other.link.present == ("one", "other"))


async def test_a_cluster_links_them_too() -> None:
    with ValkeyCluster("a word") as cluster:
        async with processes(cluster.url, "one", "other") as (one, other):
            other.heard.clear()
            one.link.ring()
            await other.heard.wait()
            await other.until(lambda: other.link.present == ("one", "other"))
            one.link.publish({U1: FIX})
            await other.until(lambda: other.positions.fixes().get(U1) == FIX)
            assert [await each.link.take("a", per_s=0.1, burst=1.0) is None for each in (one, other)] == [True, False]


async def test_positions_reach_the_others_and_those_who_come_later(valkey: ValkeyServer) -> None:
    async with processes(valkey.url, "one", "other") as (one, other):
        one.link.publish({U1: FIX})
        await other.until(lambda: other.positions.fixes().get(U1) == FIX)
        async with processes(valkey.url, "late") as (late,):
            await late.until(lambda: late.positions.fixes().get(U1) == FIX)
    [kept] = (client := Redis.from_url(valkey.url)).keys("*position:U001")
    assert 0 < int(str(client.ttl(kept))) <= 300
    client.close()


@pytest.mark.parametrize("fault", ["restarted", "stopped", "emptied", "cut off"])
async def test_after_any_fault_the_link_is_back_and_the_loss_was_known(valkey: ValkeyServer, fault: str) -> None:
    """Emptied or cut off for a moment it may not even notice; what matters is that the doorbell works afterwards."""
    async with processes(valkey.url, "one", "other") as (one, other):
        match fault:
            case "restarted":
                valkey.stop(signal.SIGKILL)
                await one.until(lambda: not one.link.is_connected)
                valkey.start()
            case "stopped":
                valkey.pause()
                await one.until(lambda: not one.link.is_connected)
                valkey.resume()
            case _:
                with Redis.from_url(valkey.url) as client:
                    client.execute_command(
                        *(["FLUSHALL"] if fault == "emptied" else ["CLIENT", "KILL", "SKIPME", "yes"])
                    )
        one.link.publish({U1: FIX})  # it never waits and never fails
        await other.until(lambda: other.link.is_connected)
        while U1 not in other.positions.fixes():
            one.link.publish({U1: FIX})
            await other.until(lambda: True)
            await asyncio.sleep(0)


async def test_processes_count_an_asker_together(valkey: ValkeyServer) -> None:
    """Three at once, then one a minute, whoever of them is asked; another asker has its own. So slow that no stall of the machine and
    no small step of its clock gives a token.
    """
    with Redis.from_url(valkey.url) as client:
        before = client.keys("*:bucket:*")
    async with processes(valkey.url, "one", "other") as (one, other):

        async def asked(process: Process, asker: str = "203.0.113.7") -> float | None:
            return await process.link.take(asker, per_s=1 / 60, burst=3.0)

        assert [await asked(process) for process in (one, other, one)] == [None] * 3
        assert await asked(one, "203.0.113.8") is None
        waits_s = [await asked(process) for process in (other, one)]
        assert all(wait_s is not None and 50.0 < wait_s <= 60.0 for wait_s in waits_s)
    with Redis.from_url(valkey.url) as client:
        kept = [key for key in client.keys("*:bucket:*") if key not in before]
        assert len(kept) == 2
        assert all(50_000 < int(str(client.pttl(key))) <= 180_000 for key in kept)
        assert not [key for key in client.scan_iter() if b"203.0.113" in key]


async def test_a_token_comes_back_when_its_time_has_passed(valkey: ValkeyServer) -> None:
    async with processes(valkey.url, "one") as (one,):
        asked = [await one.link.take("198.51.100.7", per_s=2.0, burst=1.0) for _ in range(2)]
        assert asked[0] is None
        while (wait_s := await one.link.take("198.51.100.7", per_s=2.0, burst=1.0)) is not None:
            assert wait_s <= 0.5
            await asyncio.sleep(wait_s)


async def test_a_clock_that_is_set_back_empties_a_bucket_and_no_more(valkey: ValkeyServer) -> None:
    """What Redis holds was written an hour from now, by its clock of then: nobody waits for that hour."""
    async with processes(valkey.url, "one") as (one,):
        assert await one.link.take("198.51.100.8", per_s=0.1, burst=3.0) is None
        with Redis.from_url(valkey.url) as client:
            [bucket] = [key for key in client.keys("*:bucket:*") if 5_000 < int(str(client.pttl(key))) <= 10_000]
            client.set(bucket, float(client.get(bucket)) + 3_600_000.0, px=3_610_000)
        wait_s = await one.link.take("198.51.100.8", per_s=0.1, burst=3.0)
        assert wait_s is not None
        assert 5.0 < wait_s <= 10.0


async def test_a_redis_that_hangs_keeps_nobody_waiting_to_be_counted(valkey: ValkeyServer) -> None:
    async with processes(valkey.url, "one") as (one,):
        valkey.pause()
        try:
            began_s = asyncio.get_running_loop().time()
            assert await one.link.take("203.0.113.7", per_s=1.0, burst=1.0) is None
            assert asyncio.get_running_loop().time() - began_s < 10 * COUNTED_WITHIN_S
        finally:
            valkey.resume()


async def test_without_the_password_it_is_known_to_be_down(valkey: ValkeyServer) -> None:
    stranger = Process(f"redis://127.0.0.1:{valkey.port}/0", "stranger")
    running = asyncio.create_task(stranger.link.run(dict))
    with suppress(TimeoutError):
        async with asyncio.timeout(0.3):
            await stranger.heard.wait()
    assert not stranger.link.is_connected
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_with_tls_the_link_works_and_a_stranger_in_its_place_is_not_believed(
    valkey: ValkeyServer, tmp_path: Path
) -> None:
    """The server's certificate is checked, against the authority that the URL names."""
    cert, key = await asyncio.to_thread(certificate, tmp_path)
    async with tls_relay(cert, key, valkey.port) as port:
        url = f"rediss://:a%20word@127.0.0.1:{port}/0"
        async with processes(f"{url}?ssl_ca_certs={cert}", "one", "other") as (one, other):
            one.link.publish({U1: FIX})
            await other.until(lambda: other.positions.fixes().get(U1) == FIX)
        with pytest.raises(RedisConnectionError, match="CERTIFICATE_VERIFY_FAILED"):
            async with connect(url) as unknown:
                await unknown.ping()


@pytest.mark.parametrize(
    ("url", "sentinels", "kind"),
    [
        ("rediss://user:word@store:6380/1", None, "Redis"),
        ("redis+cluster://:word@one:6379", None, "RedisCluster"),
        ("rediss://:word@watched/2", "a:26379,b:26379", "Redis"),
    ],
)
async def test_addresses_of_all_kinds_are_read_without_connecting(url: str, sentinels: str | None, kind: str) -> None:
    client = connect(url, sentinels=sentinels)
    assert type(client).__name__ == kind
    await client.aclose()
