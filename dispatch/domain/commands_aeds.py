"""Commands about AEDs beyond reports of the public; the caller has checked that the catalogue lists the device."""

from dataclasses import dataclass
from datetime import date

from dispatch.domain.aed import FetchOutcome, ReviewOutcome
from dispatch.domain.ids import AedFetchId


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptAedData:
    """Know the devices of `version` from now on, or those of the city's own data set (None); the caller has found them whole.

    `data_version` is that of the city with them. `instead_of` is the order that one saw in force: the number of its event, 0 where
    there has been none.
    """

    version: str | None
    data_version: str
    reason: str
    instead_of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchAed:
    """Somebody sets out for a device; `remaining_m` is how far it is, if the phone knows."""

    aed_id: str
    remaining_m: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveAedFetch:
    """Who is fetching a device says how far it still is."""

    aed_id: str
    fetch_id: AedFetchId
    remaining_m: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EndAedFetch:
    """Who was fetching a device has it, or has given up."""

    aed_id: str
    fetch_id: AedFetchId
    outcome: FetchOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewAedReports:
    """Staff decide on what was reported of a device."""

    aed_id: str
    outcome: ReviewOutcome
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectAed:
    """Staff were at a device and say whether it works, and what its dates are."""

    aed_id: str
    works: bool
    pads_expiry: date | None = None
    battery_expiry: date | None = None
    note: str | None = None
