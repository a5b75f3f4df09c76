"""How often one address may ask the public routes: a token bucket each, in memory, of bounded number; and where several processes are
linked, another one that they share, so that nobody is served more by asking each of them.

A bucket holds at most `burst` tokens and gains `per_s` a second; a request takes one. The longest idle bucket is
forgotten first when there are too many, which at worst gives a newcomer's burst to somebody who had used his up.
In development nobody is limited. Addresses are held in memory only (in Redis as digests, while a bucket fills), and nothing about a
request is kept with them.
"""

from collections import OrderedDict
from datetime import datetime
from ipaddress import IPv6Address, ip_address
from math import ceil
from typing import Final, cast

from fastapi import FastAPI, Request, Response

from dispatch.api import problems
from dispatch.api.problems import Kind, ProblemError
from dispatch.api.wiring import machine_now, service_of

PER_S: Final = 5.0
BURST: Final = 20.0
"""Enough for somebody who types a landmark and looks again; choices of ours."""
REPORTS_PER_S: Final = 0.1
REPORTS_BURST: Final = 5.0
"""Each report is written to the journal: enough for somebody who walks from device to device. Choices of ours."""
SIGN_INS_PER_S: Final = 0.2
SIGN_INS_BURST: Final = 10.0
"""A shift that changes behind one address signs in within a minute; who guesses has one try in five seconds. Choices of ours."""
MAX_ADDRESSES: Final = 20_000
"""Some 5 MB of buckets."""
_IPV6_SUBSCRIBER_BITS: Final = 64
"""The prefix that one subscriber is given (RFC 6177): everything behind it is one asker."""


TOO_MANY_REQUESTS: Final[Kind] = (
    429,
    "too_many_requests",
    "请求过于频繁,请稍后再试",
    "Too many requests; `Retry-After` says when to try again",
)


class TooManyRequests(ProblemError):
    """429; the asker may come back after `retry_after_s`."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(*TOO_MANY_REQUESTS)
        self.retry_after_s = retry_after_s


class TokenBuckets:
    """Buckets by asker. `take` is given the instant, so that nothing here reads a clock."""

    def __init__(
        self, name: str = "public", *, per_s: float = PER_S, burst: float = BURST, max_askers: int = MAX_ADDRESSES
    ) -> None:
        """`name`: what the askers' shared buckets are called by."""
        self.name, self.per_s, self.burst = name, per_s, burst
        self._max_askers = max_askers
        self._buckets: OrderedDict[str, tuple[float, datetime]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, asker: str, at: datetime) -> float | None:
        """Take a token at the instant `at`: None, or the seconds until there will be one."""
        tokens, since = self._buckets.pop(asker, (self.burst, at))
        tokens = min(self.burst, tokens + self.per_s * max(0.0, (at - since).total_seconds()))
        wait_s = None if tokens >= 1.0 else (1.0 - tokens) / self.per_s
        self._buckets[asker] = (tokens if wait_s else tokens - 1.0, at)
        if len(self._buckets) > self._max_askers:
            self._buckets.popitem(last=False)
        return wait_s


def asker_of(host: str | None) -> str:
    """Who asks: an IPv4 address, or an IPv6 subscriber's whole prefix; askers without an address share one bucket."""
    if host is None:
        return ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return f"{int(address) >> (128 - _IPV6_SUBSCRIBER_BITS):x}/64"


async def rate_limited(request: Request) -> None:
    """A dependency of public routes that read: raises `TooManyRequests` outside development."""
    await _take(request, cast("TokenBuckets", request.app.state.public_buckets))


async def reports_limited(request: Request) -> None:
    """The same for public routes that write."""
    await _take(request, cast("TokenBuckets", request.app.state.report_buckets))


async def sign_ins_limited(request: Request) -> None:
    """The same for signing in, in development too: each try costs memory and time, on purpose."""
    await _take(request, cast("TokenBuckets", request.app.state.sign_in_buckets), always=True)


async def _take(request: Request, buckets: TokenBuckets, *, always: bool = False) -> None:
    service = service_of(request)
    if service.is_development and not always:
        return
    asker = asker_of(request.client.host if request.client else None)
    wait_s = buckets.take(asker, machine_now(service))
    if wait_s is None and service.link is not None:
        wait_s = await service.link.take(f"{buckets.name} {asker}", per_s=buckets.per_s, burst=buckets.burst)
    if wait_s is not None:
        raise TooManyRequests(ceil(wait_s))


def install(app: FastAPI) -> None:
    """Give an application its buckets and the answer to those who ask too often."""
    app.state.public_buckets = TokenBuckets()
    app.state.sign_in_buckets = TokenBuckets("sign-in", per_s=SIGN_INS_PER_S, burst=SIGN_INS_BURST)
    app.state.report_buckets = TokenBuckets("report", per_s=REPORTS_PER_S, burst=REPORTS_BURST)

    @app.exception_handler(TooManyRequests)
    async def _(_: Request, error: TooManyRequests) -> Response:
        response = problems.answer(error)
        response.headers["Retry-After"] = str(error.retry_after_s)
        return response
