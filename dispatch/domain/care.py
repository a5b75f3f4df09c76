"""The patient's clock: which moments of care have a time, who said so, and how sure they were."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from dispatch.domain.ids import HospitalId


class Milestone(StrEnum):
    """A moment from onset to reperfusion. Onset and last known well never stand for each other.

    `door` and `door_out` are arrival at and departure from one hospital; a patient who is transferred has several.
    `first_contact` is a crew, or a clinician, at the patient's side. `balloon` is the wire across the lesion, `groin` the puncture.
    """

    ONSET = "onset"
    LAST_KNOWN_WELL = "last_known_well"
    CALL = "call"
    DISPATCH = "dispatch"
    FIRST_CONTACT = "first_contact"
    ECG = "ecg"
    ALERT = "alert"
    DOOR = "door"
    CT = "ct"
    NEEDLE = "needle"
    GROIN = "groin"
    BALLOON = "balloon"
    REPERFUSION = "reperfusion"
    DOOR_OUT = "door_out"


class StampSource(StrEnum):
    """Who gives a time."""

    CALLER = "caller"
    CONTROL_ROOM = "control_room"
    CREW = "crew"
    HOSPITAL = "hospital"
    DEVICE = "device"


class Certainty(StrEnum):
    EXACT = "exact"
    ESTIMATED = "estimated"


AT_HOSPITAL: Final = frozenset({Milestone.DOOR, Milestone.GROIN, Milestone.BALLOON, Milestone.DOOR_OUT})
"""They happen in a hospital, never on the way; CT and needle also happen on a mobile stroke unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """One source's time of a milestone; `at` None says that it will not happen, and `reason` why.

    One source gives one stamp for a milestone and hospital; another source's stamp stands beside it.
    """

    milestone: Milestone
    source: StampSource
    at: datetime | None
    certainty: Certainty
    hospital_id: HospitalId | None
    reason: str | None

    @property
    def key(self) -> tuple[Milestone, StampSource, HospitalId | None]:
        """What a later stamp has to share to take this one's place."""
        return self.milestone, self.source, self.hospital_id
