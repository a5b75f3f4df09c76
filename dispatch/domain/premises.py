"""What whoever comes to an address must know beforehand: a dog, a door code, a lift too small for a stretcher; until a stated day."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from dispatch.domain.ids import WarningId
from dispatch.domain.incident import Location
from routing.geo import distance_m

NEAR_M: Final = 30.0
"""A call from so near is taken to come from the same premises: the front of a building. A choice of ours."""
EXACT_M: Final = 100.0
"""A place that is known less exactly says nothing of a building. A choice of ours."""
SHORTEST_TEXT: Final = 6
"""A place text of fewer characters names no address. A choice of ours."""
_DEGREES_NEAR: Final = 0.001
"""More than `NEAR_M` in either direction at the city's latitude, so that distances are reckoned only where they may matter."""


class PremisesKind(StrEnum):
    DOG = "dog"
    VIOLENCE = "violence"
    ACCESS = "access"
    HAZARD = "hazard"
    """Oxygen, chemicals, anything that burns or poisons."""
    LIFT = "lift"
    """No stretcher fits."""
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class PremisesWarning:
    """`reason` is why it was entered, or why it was found to hold still; `reviewed_at` when somebody last looked again."""

    warning_id: WarningId
    kind: PremisesKind
    text: str
    location: Location | None
    address_text: str | None
    reason: str
    entered_at: datetime
    entered_by: str
    expires_at: datetime
    reviewed_at: datetime | None = None
    reviewed_by: str | None = None

    def holds_at(self, location: Location | None, address_text: str | None) -> bool:
        """Whether a call from there comes from these premises: within `NEAR_M` of them, or by the text of its address."""
        return _is_near(self.location, location) or _is_same_text(self.address_text, address_text)


def _is_near(at: Location | None, of: Location | None) -> bool:
    if at is None or of is None or at.accuracy_m > EXACT_M or of.accuracy_m > EXACT_M:
        return False
    lat_deg, lon_deg = at.point.lat_deg - of.point.lat_deg, at.point.lon_deg - of.point.lon_deg
    if abs(lat_deg) > _DEGREES_NEAR or abs(lon_deg) > _DEGREES_NEAR:
        return False
    return distance_m(at.point, of.point) <= NEAR_M


def _is_same_text(known: str | None, said: str | None) -> bool:
    """The same, or the known one with more behind it (a flat, a floor), unless that goes on with its number: 3 is not 31."""
    if known is None or said is None:
        return False
    start, whole = _bare(known), _bare(said)
    if len(start) < SHORTEST_TEXT or not whole.startswith(start):
        return False
    rest = whole[len(start) :]
    return not (rest[:1].isdigit() and start[-1].isdigit())


def _bare(text: str) -> str:
    """Without spaces and punctuation, wide forms as narrow ones, capitals as small letters."""
    return "".join(each for each in unicodedata.normalize("NFKC", text).casefold() if each.isalnum())
