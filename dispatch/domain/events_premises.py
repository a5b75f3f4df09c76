"""Events about warnings of premises; named in `events.Event` like all others."""

from dataclasses import dataclass
from datetime import datetime

from dispatch.domain.ids import WarningId
from dispatch.domain.incident import Location
from dispatch.domain.premises import PremisesKind


@dataclass(frozen=True, slots=True, kw_only=True)
class PremisesWarned:
    """Whoever comes to this place has to know; by its point, by the text of its address, or both."""

    warning_id: WarningId
    kind: PremisesKind
    text: str
    location: Location | None
    address_text: str | None
    reason: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PremisesReviewed:
    """It has been looked at again, and holds until then."""

    warning_id: WarningId
    reason: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PremisesWarningEnded:
    """Its time is over, or somebody has found that it does not hold; `reason` is None only where it has expired."""

    warning_id: WarningId
    has_expired: bool
    reason: str | None


PremisesEvent = PremisesWarned | PremisesReviewed | PremisesWarningEnded
