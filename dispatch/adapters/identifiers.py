"""Identifiers from a clock and a random source: prefixed ULIDs that carry their realm."""

import random
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from dispatch.domain.ids import (
    AedFetchId,
    AssignmentId,
    CallId,
    CommandId,
    IncidentId,
    NoticeId,
    PatientId,
    Realm,
    RunId,
    TrafficId,
    TransferId,
    UnitId,
    WarningId,
)
from dispatch.engine.ports import Clock

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS: Final = [high + low for high in _ALPHABET for low in _ALPHABET]


def ulid_text(number: int) -> str:
    """The 26 characters of a ULID's 128 bits: Crockford's base 32, two characters at a time (2 µs; by the library 8)."""
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)])


def instant_of(identifier: str) -> datetime:
    """When this identifier was given, to the millisecond."""
    ms = 0
    for sign in identifier[-26:-16]:  # the first 48 of a ULID's bits
        ms = ms * 32 + _ALPHABET.index(sign)
    return datetime.fromtimestamp(ms / 1000, UTC)


class Ulids:
    """`inc-live-01JD...`: sorts by time and, within a millisecond, by order of issue.

    `random_bytes(n)` is the random source: the system's in the live realm, a seeded one in drills.
    """

    def __init__(self, realm: Realm, clock: Clock, random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._realm, self._clock, self._random_bytes = realm, clock, random_bytes
        self._last = 0

    def call(self) -> CallId:
        return CallId(self._next("call"))

    def incident(self) -> IncidentId:
        return IncidentId(self._next("inc"))

    def patient(self) -> PatientId:
        return PatientId(self._next("pat"))

    def assignment(self) -> AssignmentId:
        return AssignmentId(self._next("asg"))

    def traffic(self) -> TrafficId:
        return TrafficId(self._next("trf"))

    def aed_fetch(self) -> AedFetchId:
        return AedFetchId(self._next("aef"))

    def transfer(self) -> TransferId:
        return TransferId(self._next("trn"))

    def run(self) -> RunId:
        return RunId(self._next("run"))

    def warning(self) -> WarningId:
        return WarningId(self._next("wrn"))

    def notice(self) -> NoticeId:
        return NoticeId(self._next("ntc"))

    def arrest_unit(self, kind: str) -> UnitId:
        return UnitId(self._next(kind))

    def command(self) -> CommandId:
        return CommandId(self._next("cmd"))

    def apart(self) -> "Ulids":
        return Ulids(self._realm, self._clock)

    def _next(self, prefix: str) -> str:
        milliseconds = int(self._clock.now().timestamp() * 1000)
        # Ordered within the millisecond: one more than the last issued rather than a smaller random tail (ULID spec, monotonicity).
        drawn = (milliseconds << 80) | int.from_bytes(self._random_bytes(10))
        self._last = drawn if drawn > self._last else self._last + 1
        return f"{prefix}-{self._realm}-{ulid_text(self._last)}"


def seeded_bytes(seed: int) -> Callable[[int], bytes]:
    """A random source that repeats itself, for drills only."""
    return random.Random(seed).randbytes
