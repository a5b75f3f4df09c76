"""What desks and crews send commands with: each to any process of a cluster, again and again until it is answered."""

import asyncio
import contextlib
import itertools
import random
from typing import Any, Final

import httpx

from tests.fakes.cluster import Cluster

DEVICES: Final = 20
"""Connections are kept apart by device: with each request a client looks at all of its own."""
KEPT_S: Final = 60.0
WITHIN_S: Final = 15.0
TRY_AGAIN_S, TRY_AGAIN_AT_MOST_S = 0.05, 1.0
"""Whoever is not answered tries again ever less often."""


class Devices:
    """`repeated` counts what was sent more than once."""

    def __init__(self, cluster: Cluster, rng: random.Random) -> None:
        self._cluster, self._rng = cluster, rng
        limits = httpx.Limits(max_connections=None, keepalive_expiry=KEPT_S)
        self._all = [httpx.AsyncClient(timeout=WITHIN_S, limits=limits, verify=False) for _ in range(DEVICES)]
        self._turns = itertools.cycle(self._all)
        self.repeated = 0

    async def post(self, path: str, body: Any, **options: Any) -> httpx.Response:
        """Once, to any process, by any device; httpx.TransportError when it is not answered."""
        url = f"{self._rng.choice(self._cluster.members).url}{path}"
        return await next(self._turns).post(url, json=body, **options)

    async def until_answered(self, key: str, path: str, body: Any) -> httpx.Response:
        """With the same idempotency key, until some process answers anything but 503."""
        pause_s = TRY_AGAIN_S
        while True:
            with contextlib.suppress(httpx.TransportError):
                answer = await self.post(path, body, headers={"Idempotency-Key": key})
                if answer.status_code != 503:
                    return answer
            self.repeated += 1
            await asyncio.sleep(self._rng.uniform(pause_s / 2, pause_s))
            pause_s = min(TRY_AGAIN_AT_MOST_S, 2 * pause_s)

    async def close(self) -> None:
        await asyncio.gather(*(device.aclose() for device in self._all))
