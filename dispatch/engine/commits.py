"""What a command turns into, as the engine hands it on: to who asked, and to everybody."""

from collections.abc import Callable
from dataclasses import dataclass

from dispatch.domain import events as ev
from dispatch.domain.world import World
from dispatch.engine.ports import Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestKey:
    """An idempotency key and the SHA-256 of the request that came with it."""

    key: str
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """What a command brought about, and the worlds around it. `replayed` is the earlier reply to the same idempotency key."""

    entries: tuple[ev.Recorded, ...]
    before: World
    world: World
    replayed: Reply | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One commit as subscribers see it: the events (at least one), and the worlds around them."""

    entries: tuple[ev.Recorded, ...]
    before: World
    world: World


ReplyTo = Callable[[Committed], tuple[int, bytes]]
