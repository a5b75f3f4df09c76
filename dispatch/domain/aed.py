"""What is known of an AED beyond the registry: what was said of it, whether it is being fetched, what staff found."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from dispatch.domain.ids import AedFetchId
from dispatch.domain.vocabulary import AedReportKind

# Reports kept per device; older ones are in the journal.
RECENT_REPORTS = 5

MOVED_M: Final = 10
"""Less is the jitter of a phone's position. Choice of ours."""


class FetchOutcome(StrEnum):
    """How fetching a device ended."""

    TAKEN = "taken"
    GIVEN_UP = "given_up"
    STALLED = "stalled"
    """Who was on the way moved no more, or took too long: the device is free for the next."""


class ReviewOutcome(StrEnum):
    """What staff made of the reports of a device."""

    CONFIRMED = "confirmed"
    """It is not to be had until somebody has inspected it."""
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AedDataOrder:
    """Which devices the service knows: those of an imported `version` (a hash of its content), or of the city's own data set (None);
    since the event `seq` at `set_at`, by `set_by`, for a reason.
    """

    seq: int
    version: str | None
    set_at: datetime
    set_by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AedReport:
    """One report, unverified. `seen_at` is when the reporter was there."""

    kind: AedReportKind
    seen_at: datetime
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AedFetch:
    """Somebody is on the way to the device; `remaining_m` is the way left as the phone last said, None if it has not."""

    fetch_id: AedFetchId
    started_at: datetime
    moved_at: datetime
    remaining_m: int | None

    def free_at(self, stalls_after_s: float, longest_s: float) -> datetime:
        """When the device is free again unless who fetches it moves, or at the latest."""
        stalled_at = self.moved_at + timedelta(seconds=stalls_after_s)
        return min(stalled_at, self.started_at + timedelta(seconds=longest_s))


@dataclass(frozen=True, slots=True, kw_only=True)
class AedCondition:
    """What staff know of the device; a date that is None was not read, and the registry's stands. `inspected_at` is None if
    nobody has been there since the registry.
    """

    is_withdrawn: bool
    inspected_at: datetime | None = None
    pads_expiry: date | None = None
    battery_expiry: date | None = None
