"""Calls and the incident they belong to: what is responded to, and its short life `open → closed | cancelled | joined`."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dispatch.domain.casualties import CasualtyPlan
from dispatch.domain.ids import AssignmentId, CallId, HospitalId, IncidentId, NoticeId, PatientId, UnitId
from dispatch.domain.vocabulary import Complaint, Pathway, Priority
from routing.geo import Wgs84


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """Where help is needed: a point, how far it may be off, and who says so.

    `source` is `caller`, `map`, `landmark`, `subdistrict`, `district`, `city` or `crew`; `cell` is the H3 cell (text form, res 9).
    """

    point: Wgs84
    accuracy_m: float
    source: str
    cell: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One contact reaching the PSAP."""

    call_id: CallId
    incident_id: IncidentId
    received_at: datetime
    caller_phone: str | None = None
    address_text: str | None = None
    location: Location | None = None


MASS_CASUALTY_FROM = 3
"""From so many patients on a scene has a plan that distributes them."""


class IncidentState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    JOINED = "joined"


class HoldReason(StrEnum):
    """Why nobody is on the way: there is nobody; a crew that is handing over comes sooner than a free one; few are left."""

    NO_SUITABLE_UNIT = "no_suitable_unit"
    CREW_SOON_FREE = "crew_soon_free"
    UNITS_KEPT = "units_kept"

    @classmethod
    def of(cls, *, is_crew_awaited: bool, has_suitable_unit: bool) -> "HoldReason":
        """Why a call waits for which nobody was chosen."""
        if is_crew_awaited:
            return cls.CREW_SOON_FREE
        return cls.UNITS_KEPT if has_suitable_unit else cls.NO_SUITABLE_UNIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Why nobody is on the way yet, since when, and how often its age was called out."""

    since_at: datetime
    reason: str
    reminders: int = 0
    reminded_at: datetime | None = None
    is_retriaged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateCandidate:
    """An open incident that may be the same happening; it is proposed to a person and never merged silently.

    `score` is in (0, 1]; `distance_m` and `age_s` are what the score was made of.
    """

    incident_id: IncidentId
    score: float
    distance_m: float
    age_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendationRef:
    """What the latest recorded recommendation says, in short; the whole of it is the event `seq`."""

    seq: int
    unit_ids: tuple[UnitId, ...]
    hospital_id: HospitalId | None
    diverts: tuple[UnitId, ...] = ()
    """Those of `unit_ids` that would be taken off another incident."""
    relieves: tuple[tuple[UnitId, UnitId], ...] = ()
    """(one of `unit_ids`, the crew on its way that it would relieve)."""
    instead_of: UnitId | None = None
    """The unit that the policy prefers, where the nearest is recommended in its stead because they are equivalent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """What is responded to; has one or more calls, patients and units."""

    incident_id: IncidentId
    number: int
    state: IncidentState
    priority: Priority
    pathway: Pathway
    complaint: Complaint
    location: Location
    received_at: datetime
    units_required: int
    determinant: str | None = None
    address_text: str | None = None
    floor: int | None = None
    onset_at: datetime | None = None
    last_known_well_at: datetime | None = None
    preferred_hospital_id: HospitalId | None = None
    answers: tuple[tuple[str, str], ...] = ()
    call_ids: tuple[CallId, ...] = ()
    patient_ids: tuple[PatientId, ...] = ()
    assignment_ids: tuple[AssignmentId, ...] = ()
    notice_ids: tuple[NoticeId, ...] = ()
    held: Hold | None = None
    escalation: int = 0
    recommendation: RecommendationRef | None = None
    casualty_plan: CasualtyPlan | None = None
    possible_duplicates: tuple[DuplicateCandidate, ...] = ()
    notes: tuple[str, ...] = ()
    joined_into: IncidentId | None = None
    closed_at: datetime | None = None
    closing_reason: str | None = None
    is_simulated: bool = False
    version: int = 0

    @property
    def is_open(self) -> bool:
        return self.state is IncidentState.OPEN

    @property
    def is_mass_casualty(self) -> bool:
        return len(self.patient_ids) >= MASS_CASUALTY_FROM


# One entry per legal step; anything else is refused.
INCIDENT_STEPS: dict[IncidentState, frozenset[IncidentState]] = {
    IncidentState.OPEN: frozenset({IncidentState.CLOSED, IncidentState.CANCELLED, IncidentState.JOINED}),
    IncidentState.CLOSED: frozenset(),
    IncidentState.CANCELLED: frozenset(),
    IncidentState.JOINED: frozenset(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Triage:
    """The outcome of questioning: priority, pathway, and how many units the response plan wants."""

    complaint: Complaint
    priority: Priority
    pathway: Pathway
    determinant: str | None = None
    reasons: tuple[str, ...] = ()
