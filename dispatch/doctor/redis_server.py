"""Redis between several processes: can it be reached, with the right word, and safely; its clock."""

import asyncio
from collections.abc import Iterator
from typing import Any

from dispatch.adapters.redis_link import connect
from dispatch.doctor.database import is_loopback, without_tls
from dispatch.doctor.finding import Finding, Said, skewed
from dispatch.engine.ports import Clock


def redis_server(url: str, sentinels: str | None, clock: Clock) -> Iterator[Finding]:
    """Ask the server at `url` for its time, once."""
    from redis.exceptions import AuthenticationError, RedisClusterException, RedisError

    try:
        yield from skewed(clock, lambda: asyncio.run(_time_s(url, sentinels)), Said("Redis 服务器", "the Redis server"))
    except AuthenticationError as error:
        yield _fault(
            "redis_refuses",
            error,
            Said("Redis 拒绝登录", "Redis refuses us"),
            Said("核对 DISPATCH_REDIS_URL 中的用户与口令", "check user and password in DISPATCH_REDIS_URL"),
        )
    except (RedisError, RedisClusterException, OSError, TimeoutError, ValueError) as error:
        yield _fault(
            "redis_unreachable",
            error,
            Said("Redis 连不上", "Redis cannot be reached"),
            Said(
                "检查 Redis 是否运行、地址与网络;见 docs/operations.md",
                "check that it runs, the address and the network; see docs/operations.md",
            ),
        )
    if not url.startswith("rediss") and not is_loopback(url):
        yield without_tls("Redis", "rediss://")


def _fault(code: str, error: Exception, what: Said, do: Said) -> Finding:
    return Finding(
        code=code,
        what=Said(f"{what.zh}({error})", f"{what.en} ({error})"),
        means=Said(
            "派车照常,不丢数据;其他进程改为轮询,最多慢 1 秒",
            "dispatch goes on and nothing is lost; other processes poll, up to 1 s later",
        ),
        do=do,
    )


async def _time_s(url: str, sentinels: str | None) -> float:
    client: Any = connect(url, sentinels=sentinels)
    try:
        answer = await client.time()
    finally:
        await client.aclose()
        manager = getattr(getattr(client, "connection_pool", None), "sentinel_manager", None)
        for sentinel in manager.sentinels if manager is not None else ():
            await sentinel.aclose()
    seconds, microseconds = next(iter(answer.values())) if isinstance(answer, dict) else answer
    return float(seconds + microseconds / 1e6)
