"""Events about AEDs; named in `events.Event` like all others."""

from dataclasses import dataclass
from datetime import date, datetime

from dispatch.domain.aed import FetchOutcome, ReviewOutcome
from dispatch.domain.ids import AedFetchId
from dispatch.domain.vocabulary import AedReportKind


@dataclass(frozen=True, slots=True, kw_only=True)
class AedDataAdopted:
    """From here on the service knows the devices of `version`, a hash of their content, or those of the city's own data set (None).

    `data_version` is that of the city with them.
    """

    version: str | None
    data_version: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AedReported:
    """Unverified: a passer-by said so."""

    aed_id: str
    kind: AedReportKind
    seen_at: datetime
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AedFetchStarted:
    """Somebody has set out for the device; nobody else is sent there meanwhile."""

    aed_id: str
    fetch_id: AedFetchId
    remaining_m: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AedFetchMoved:
    """Who is fetching the device has moved; where to is not written down."""

    aed_id: str
    fetch_id: AedFetchId
    remaining_m: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AedFetchEnded:
    """Taken: the device is away with whoever has it. Otherwise it is free again."""

    aed_id: str
    fetch_id: AedFetchId
    outcome: FetchOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class AedReportsReviewed:
    """Staff have looked into what was reported of the device; those reports count no more."""

    aed_id: str
    outcome: ReviewOutcome
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AedInspected:
    """Staff were at the device; a date that is None was not read."""

    aed_id: str
    works: bool
    pads_expiry: date | None
    battery_expiry: date | None
    note: str | None


AedEvent = (
    AedDataAdopted | AedReported | AedFetchStarted | AedFetchMoved | AedFetchEnded | AedReportsReviewed | AedInspected
)
