"""Redis between several processes: a doorbell, the last positions, who is there, and how often somebody has asked them together.
Losing it costs time and is said; never data.

What happened is read from the journal; the doorbell only says that there is something to read. Positions are overwritten by the next
report and expire. So nothing here is waited for in a decision, and a Redis that is lost, slow, emptied or restarted is left alone
and tried again, ever less often.

All keys of a realm hold one hash tag, so that they stand on one node of a cluster.
"""

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable, Coroutine, Mapping
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import msgspec

from dispatch.domain.ids import Realm, UnitId
from dispatch.domain.unit import FIX_UNUSABLE_AFTER_S, Fix

if TYPE_CHECKING:
    from redis.asyncio import Redis, RedisCluster

ANSWER_WITHIN_S: Final = 0.5
"""A Redis that takes longer is as good as gone: a choice of ours, a hundred times what a healthy one takes."""
COUNTED_WITHIN_S: Final = 0.1
"""Whoever asks waits no longer to be counted; each process counts by itself as well. A choice of ours."""
PRESENT_FOR_S: Final = 5
BEAT_EVERY_S: Final = 1.0
LONGEST_PAUSE_S: Final = 10.0

# The generic cell rate algorithm (ITU-T I.371, annex A), which is a token bucket that keeps one instant: when it will be full again.
# By Redis's own clock, in ms: KEYS[1] the bucket, ARGV the ms that a token takes and how many there are. Answers how long to wait.
# That clock may be set back: a bucket is never more than empty.
_TAKE: Final = """
local now = redis.call('TIME')
local now_ms = now[1] * 1000 + now[2] / 1000
local full_ms = math.max(tonumber(redis.call('GET', KEYS[1]) or now_ms), now_ms)
full_ms = math.min(full_ms, now_ms + ARGV[1] * ARGV[2])
local wait_ms = full_ms - now_ms - (ARGV[2] - 1) * ARGV[1]
if wait_ms > 0 then return math.ceil(wait_ms) end
full_ms = full_ms + ARGV[1]
redis.call('SET', KEYS[1], full_ms, 'PX', math.ceil(full_ms - now_ms))
return 0
"""

Told = Callable[[], None]
Report = Callable[[UnitId, Fix], object]

_encode = msgspec.msgpack.Encoder().encode
_fixes = msgspec.msgpack.Decoder(dict[str, Fix])

log = logging.getLogger(__name__)


class RedisLink:
    """One process's link. `run` it beside the engine; `ring` and `publish` never wait and never fail."""

    def __init__(
        self, client: "Redis | RedisCluster", realm: Realm, name: str, *, when_rung: Told, report: Report
    ) -> None:
        """`name` is this process's; `when_rung` is called when others have written, `report` with positions that others have heard."""
        self._client: Any = client
        self._tag, self._name = f"{{dispatch:{realm}}}", name
        self._when_rung, self._report = when_rung, report
        self._changed: dict[UnitId, Fix] = {}
        self._has_written = asyncio.Event()
        self._round = 0  # the client can swallow a cancellation: what belongs to an earlier round ends by itself
        self.is_connected = False
        self.present: tuple[str, ...] = ()

    def ring(self) -> None:
        """Let the others know that the journal has grown, or that its writer is leaving."""
        self._has_written.set()

    def publish(self, fixes: Mapping[UnitId, Fix]) -> None:
        """Hand on positions that were reported to this process; the latest of a unit replaces what was not handed on yet."""
        self._changed.update(fixes)
        self._has_written.set()

    async def take(self, bucket: str, *, per_s: float, burst: float) -> float | None:
        """Take a token from a bucket of all processes: None, or the seconds until there will be one. None as well without an answer in
        time. The bucket's name, which may be somebody's address, stands there as a digest until it is full again.
        """
        if not self.is_connected:
            return None
        key = f"{self._tag}:bucket:{blake2b(bucket.encode(), digest_size=16).hexdigest()}"
        try:
            async with asyncio.timeout(COUNTED_WITHIN_S):
                wait_ms = int(await self._client.eval(_TAKE, 1, key, 1000.0 / per_s, burst))
        except self._failures as failure:
            log.warning("Redis 未计数 / Redis did not count: %s", failure)
            return None
        return wait_ms / 1e3 or None

    async def run(self, presence: Callable[[], Mapping[str, object]]) -> None:
        """Stay linked until cancelled; `presence` is what the others may know of this process."""
        pause_s = 0.1
        try:
            while True:
                try:
                    await _all_or_none(self._listen(), self._tell(), self._stay_present(presence))
                except self._failures as failure:
                    if self.is_connected:
                        log.error("Redis 无应答,改为轮询 / Redis does not answer; polling instead: %s", failure)
                        pause_s = 0.1
                self.is_connected, self.present = False, ()
                self._round += 1
                await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))
                pause_s = min(LONGEST_PAUSE_S, 2 * pause_s)
        finally:
            self._round += 1
            await self._client.aclose()

    @property
    def _failures(self) -> tuple[type[Exception], ...]:
        from redis.exceptions import RedisClusterException, RedisError

        return (RedisError, RedisClusterException, OSError, TimeoutError)  # the second is none of the first

    async def _listen(self) -> None:
        """Hear the doorbell; after each connecting, first take what was missed."""
        pubsub, own = self._client.pubsub(), self._round
        try:
            async with asyncio.timeout(2 * ANSWER_WITHIN_S):
                await self._client.initialize()  # a cluster learns who holds what
                await pubsub.subscribe(f"{self._tag}:head", f"{self._tag}:positions")
                await self._take_kept()
            if not self.is_connected:
                log.info("Redis 已连接 / linked by Redis")
            self.is_connected = True
            self._when_rung()
            while self._round == own:
                message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=BEAT_EVERY_S)
                if message is None:
                    continue
                if message["channel"].endswith(b":head"):
                    self._when_rung()
                else:
                    self._take(message["data"])
        finally:
            with contextlib.suppress(*self._failures):
                await pubsub.aclose()

    async def _tell(self) -> None:
        """Hand on what there is; what came meanwhile goes together."""
        own = self._round
        while self._round == own:
            await self._has_written.wait()
            self._has_written.clear()
            changed, self._changed = self._changed, {}
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await self._client.publish(f"{self._tag}:head", self._name)  # a cluster publishes by itself only
                if changed:
                    await self._client.publish(f"{self._tag}:positions", _encode(changed))
                    await self._keep(changed)

    async def _keep(self, changed: Mapping[UnitId, Fix]) -> None:
        pipe = self._client.pipeline(transaction=False)
        for unit_id, fix in changed.items():
            pipe.set(self._position(unit_id), _encode({unit_id: fix}), ex=int(FIX_UNUSABLE_AFTER_S))
        pipe.sadd(f"{self._tag}:units", *changed)
        await pipe.execute()

    async def _stay_present(self, presence: Callable[[], Mapping[str, object]]) -> None:
        """Say every second that this process is there, and look who else is; by this a Redis that hangs is found out too."""
        hash_name, own = f"{self._tag}:present", self._round
        while self._round == own:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await self._client.set(f"{hash_name}:{self._name}", _encode(presence()), ex=PRESENT_FOR_S)
                await self._client.sadd(hash_name, self._name)
                names = sorted(name.decode() for name in await self._client.smembers(hash_name))
                kept = await self._client.mget([f"{hash_name}:{name}" for name in names])
                gone = [name for name, data in zip(names, kept, strict=True) if data is None]
                if gone:
                    await self._client.srem(hash_name, *gone)
            self.present = tuple(name for name in names if name not in gone)
            await asyncio.sleep(BEAT_EVERY_S)

    async def _take_kept(self) -> None:
        """The positions that are still kept: what others heard before this process was linked."""
        units = sorted(name.decode() for name in await self._client.smembers(f"{self._tag}:units"))
        if units:
            for data in await self._client.mget([self._position(unit_id) for unit_id in units]):
                if data is not None:
                    self._take(data)

    def _take(self, data: bytes) -> None:
        try:
            for unit_id, fix in _fixes.decode(data).items():
                self._report(UnitId(unit_id), fix)
        except msgspec.DecodeError as error:
            log.warning("收到无法读取的位置 / positions that cannot be read: %s", error)

    def _position(self, unit_id: str) -> str:
        return f"{self._tag}:position:{unit_id}"


async def _all_or_none(*doing: Coroutine[Any, Any, None]) -> None:
    """Run all until one fails; then end the others and raise that failure."""
    tasks = {asyncio.create_task(one) for one in doing}
    for task in tasks:
        task.add_done_callback(_let_fail)
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        left, is_cancelled = tasks, False
        while left:  # the client can swallow a cancellation that comes in the middle of an answer
            for task in left:
                task.cancel()
            try:
                _, left = await asyncio.wait(left, timeout=ANSWER_WITHIN_S)
            except asyncio.CancelledError:
                is_cancelled = True
        if is_cancelled:
            raise asyncio.CancelledError


def _let_fail(task: asyncio.Task[None]) -> None:
    """The failure that counts is raised; those that follow from it are not worth a word."""
    if not task.cancelled():
        task.exception()


def connect(url: str, *, sentinels: str | None = None) -> "Redis | RedisCluster":
    """A client for `redis://` or `rediss://` (TLS), with user and password as in the URL; it connects when it is first used.

    `redis+cluster://` and `rediss+cluster://` name any node of a cluster. With `sentinels` (`host:port,host:port`) the URL's host is
    the name of the set that they watch. ValueError when an address cannot be read.
    """
    from redis.asyncio import Redis, RedisCluster
    from redis.asyncio.retry import Retry
    from redis.asyncio.sentinel import Sentinel
    from redis.backoff import NoBackoff

    # `run` itself tries again, and says so meanwhile.
    bounded: dict[str, Any] = {"socket_connect_timeout": ANSWER_WITHIN_S, "retry": Retry(NoBackoff(), 0)}
    scheme, _, rest = url.partition("://")
    if scheme.endswith("+cluster"):
        return RedisCluster.from_url(f"{scheme.removesuffix('+cluster')}://{rest}", **bounded)
    if sentinels is None:
        return Redis.from_url(url, **bounded)
    given = urlsplit(url)
    own = {"username": given.username, "password": given.password, "db": int(given.path.strip("/") or 0)}
    watched = [(host, int(port)) for host, _, port in (one.rpartition(":") for one in sentinels.split(","))]
    sentinel: Any = Sentinel(watched, **bounded)  # type: ignore[no-untyped-call]
    client: Redis = sentinel.master_for(given.hostname, ssl=scheme == "rediss", **own, **bounded)
    return client
