"""One unit's commitment to one incident. Status lives here, never on the unit alone: a second call cannot reset a crew's work."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dispatch.domain.ids import AssignmentId, HospitalId, IncidentId, PatientId, UnitId
from dispatch.domain.vocabulary import AssignmentMode


class AssignmentStatus(StrEnum):
    OFFERED = "offered"
    ACKNOWLEDGED = "acknowledged"
    DECLINED = "declined"
    RESERVED = "reserved"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"
    AT_PATIENT = "at_patient"
    LEFT_SCENE = "left_scene"
    AT_HOSPITAL = "at_hospital"
    HANDED_OVER = "handed_over"
    AVAILABLE = "available"
    CANCELLED = "cancelled"


class Disposition(StrEnum):
    """How an assignment ended for its patients; None on the assignment means that nobody has said."""

    TRANSPORTED = "transported"
    TREATED_ON_SCENE = "treated_on_scene"
    REFUSED = "refused"
    NO_PATIENT = "no_patient"
    DECEASED = "deceased"
    HANDED_TO_OTHER = "handed_to_other"
    CANCELLED = "cancelled"


# The crew's way, in order; a step forward may skip others (they stay unknown), a step back is illegal.
WAY: tuple[AssignmentStatus, ...] = (
    AssignmentStatus.RESERVED,
    AssignmentStatus.OFFERED,
    AssignmentStatus.ACKNOWLEDGED,
    AssignmentStatus.EN_ROUTE,
    AssignmentStatus.ON_SCENE,
    AssignmentStatus.AT_PATIENT,
    AssignmentStatus.LEFT_SCENE,
    AssignmentStatus.AT_HOSPITAL,
    AssignmentStatus.HANDED_OVER,
    AssignmentStatus.AVAILABLE,
)
_STEP = {status: step for step, status in enumerate(WAY)}
ENDED = frozenset({AssignmentStatus.AVAILABLE, AssignmentStatus.CANCELLED, AssignmentStatus.DECLINED})
BEFORE_SCENE = frozenset(WAY[: _STEP[AssignmentStatus.ON_SCENE]])
_BOUND = BEFORE_SCENE - {AssignmentStatus.RESERVED}

# After this many pages without an answer the crew no longer counts as coming, and a replacement is recommended.
UNANSWERED_PAGES = 2


def may_step(current: AssignmentStatus, to: AssignmentStatus) -> bool:
    """Whether `current → to` is legal without a correction: forward along `WAY`, or declining an open offer."""
    if current in ENDED:
        return False
    if to is AssignmentStatus.DECLINED:
        return current in {AssignmentStatus.OFFERED, AssignmentStatus.RESERVED}
    if to is AssignmentStatus.CANCELLED:
        return True
    return _STEP[to] > _STEP[current]


def comes_before(one: AssignmentStatus, other: AssignmentStatus) -> bool:
    """Whether `one` lies earlier on the crew's way than `other`."""
    return _STEP[one] < _STEP[other]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    assignment_id: AssignmentId
    incident_id: IncidentId
    unit_id: UnitId
    status: AssignmentStatus
    timestamps: tuple[tuple[AssignmentStatus, datetime], ...]
    mode: AssignmentMode
    assigned_at: datetime
    hospital_id: HospitalId | None = None
    patient_ids: tuple[PatientId, ...] = ()
    override_reason: str | None = None
    reoffers: int = 0
    paged_at: datetime | None = None
    disposition: Disposition | None = None
    ending_reason: str | None = None
    diverted_to: IncidentId | None = None
    relieved_by: UnitId | None = None
    is_settled: bool = False
    """A person has chosen its patients or its hospital: no plan changes them."""
    version: int = 0

    @property
    def is_active(self) -> bool:
        """Whether it commits its unit."""
        return self.status not in ENDED

    @property
    def has_served(self) -> bool:
        """Whether the crew got to the scene, or said how it ended without being called off."""
        if self.disposition is not None:
            return self.disposition is not Disposition.CANCELLED
        return any(status not in BEFORE_SCENE and status not in ENDED for status, _ in self.timestamps)

    @property
    def is_answering(self) -> bool:
        """Whether it meets one of its incident's needs: served, or active and not silent after repeated pages."""
        if self.status is AssignmentStatus.OFFERED:
            return self.reoffers < UNANSWERED_PAGES
        if self.status is AssignmentStatus.AVAILABLE:
            return self.has_served
        return self.is_active

    @property
    def is_bound(self) -> bool:
        """Whether its crew is paged or on its way, and counts as coming: it could still be sent elsewhere."""
        return self.status in _BOUND and self.is_answering

    @property
    def has_switched(self) -> bool:
        """Whether its incident changed crews here: this one was sent elsewhere, or relieved."""
        return self.diverted_to is not None or self.relieved_by is not None

    @property
    def is_before_scene(self) -> bool:
        return self.status in BEFORE_SCENE

    def reached_at(self, status: AssignmentStatus) -> datetime | None:
        """When `status` was reached, or None when that step was skipped or is still to come."""
        return next((at for reached, at in self.timestamps if reached is status), None)
