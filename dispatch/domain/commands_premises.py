"""Commands about warnings of premises."""

from dataclasses import dataclass
from datetime import datetime

from dispatch.domain.ids import WarningId
from dispatch.domain.incident import Location
from dispatch.domain.premises import PremisesKind


@dataclass(frozen=True, slots=True, kw_only=True)
class WarnOfPremises:
    """Write down what whoever comes to a place must know, why that is believed, and until when."""

    kind: PremisesKind
    text: str
    reason: str
    expires_at: datetime
    location: Location | None = None
    address_text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPremisesWarning:
    """It has been looked at again and holds until then."""

    warning_id: WarningId
    reason: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EndPremisesWarning:
    """It does not hold, or no longer."""

    warning_id: WarningId
    reason: str


PremisesCommand = WarnOfPremises | ReviewPremisesWarning | EndPremisesWarning
