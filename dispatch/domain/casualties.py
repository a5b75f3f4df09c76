"""Many patients of one scene: how many each hospital takes, and the plan: who goes where with whom, and who cannot yet, and why."""

from dataclasses import dataclass
from datetime import datetime

from dispatch.domain.ids import HospitalId, PatientId, UnitId
from dispatch.domain.vocabulary import TriageTag
from routing.optimise.casualty_plan import Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class CasualtyCapacity:
    """What a hospital says it takes from mass casualties, from `updated_at` on: patients by tag, and one every `interval_s`."""

    red: int
    yellow: int
    green: int
    interval_s: int
    source: str
    updated_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPatient:
    """One patient's way. `tag` None: nobody has tagged the patient, who is planned as yellow. `trip` 0 is the unit's first.

    `is_bound`: under way, or settled by a person: the plan only reckons with it, and does not say when it is received.
    """

    patient_id: PatientId
    tag: TriageTag | None
    unit_id: UnitId
    trip: int
    hospital_id: HospitalId
    leaves_at: datetime
    arrives_at: datetime
    received_at: datetime | None
    is_bound: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedHospital:
    """What the plan took a hospital to be able to do: places by tag for this scene, and receipt; assumed where nobody has reported."""

    hospital_id: HospitalId
    red: int
    yellow: int
    green: int
    interval_s: int
    is_assumed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplaced:
    """`n` patients planned as `tag` with these `needs` who have to wait, for one cause."""

    cause: Cause
    tag: TriageTag
    needs: tuple[str, ...]
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CasualtyPlan:
    """The distribution of a scene's patients. `hospitals` are those that it uses, or that have reported.

    `unknown_needs`: what patients need and no hospital is known to have, with their number; they are planned as if they did not.
    """

    patients: tuple[PlannedPatient, ...]
    unplaced: tuple[Unplaced, ...]
    hospitals: tuple[PlannedHospital, ...]
    unknown_needs: tuple[tuple[str, int], ...]
    travel_time_source: str
    travel_time_grade: str
    computed_at: datetime

    def first_trip_of(self, unit_id: UnitId) -> PlannedPatient | None:
        """Whom the unit is to take first, where that is still open."""
        return next((p for p in self.patients if p.unit_id == unit_id and p.trip == 0 and not p.is_bound), None)

    def says_the_same_as(self, other: "CasualtyPlan") -> bool:
        """Whether both send the same patients with the same units to the same hospitals, and leave the same ones waiting."""
        return self._said() == other._said()

    def _said(self) -> tuple[object, ...]:
        ways = frozenset((p.patient_id, p.tag, p.unit_id, p.trip, p.hospital_id) for p in self.patients)
        return ways, self.unplaced, self.hospitals, self.unknown_needs
