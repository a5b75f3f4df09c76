"""Events: facts of the journal, in the past tense. Never edited, only up-cast.

Every event names all the entities that it changes by their ids, so that followers know what to look at again.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from dispatch.domain.assignment import AssignmentStatus, Disposition
from dispatch.domain.choice import Recommendation
from dispatch.domain.events_aeds import AedEvent
from dispatch.domain.events_arrest import ArrestEvent
from dispatch.domain.events_care import CareEvent
from dispatch.domain.events_casualties import CasualtyEvent
from dispatch.domain.events_crews import CrewEvent
from dispatch.domain.events_crews import UnitDutyChanged as UnitDutyChanged  # noqa: PLC0414 - passed on
from dispatch.domain.events_posts import PostEvent
from dispatch.domain.events_premises import PremisesEvent
from dispatch.domain.events_privacy import PrivacyEvent
from dispatch.domain.events_reception import ReceptionEvent
from dispatch.domain.events_records import RecordEvent
from dispatch.domain.events_room import RoomEvent
from dispatch.domain.hospital import CapabilityStatus, HospitalRecord
from dispatch.domain.ids import (
    AssignmentId,
    CallId,
    CommandId,
    HospitalId,
    IncidentId,
    PatientId,
    Realm,
    TrafficId,
    UnitId,
)
from dispatch.domain.incident import DuplicateCandidate, Location
from dispatch.domain.patient import Finding, PatientState
from dispatch.domain.roads import TrafficDetails
from dispatch.domain.unit import UnitRecord
from dispatch.domain.vocabulary import (
    AssignmentMode,
    Capability,
    Complaint,
    Pathway,
    Priority,
    Sex,
    TriageTag,
)
from routing.travel_time.port import Grade


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueAdopted:
    data_version: str
    units: tuple[UnitRecord, ...]
    hospitals: tuple[HospitalRecord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentOpened:
    incident_id: IncidentId
    number: int
    priority: Priority
    pathway: Pathway
    complaint: Complaint
    determinant: str | None
    location: Location
    address_text: str | None
    floor: int | None
    received_at: datetime
    onset_at: datetime | None
    last_known_well_at: datetime | None
    preferred_hospital_id: HospitalId | None
    answers: tuple[tuple[str, str], ...]
    units_required: int
    is_simulated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CallReceived:
    call_id: CallId
    incident_id: IncidentId
    received_at: datetime
    caller_phone: str | None
    address_text: str | None
    location: Location | None = None
    """Where this caller said it was; None in journals of before this was kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientAdded:
    patient_id: PatientId
    incident_id: IncidentId
    age_years: int | None
    sex: Sex | None
    triage_tag: TriageTag | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicatesProposed:
    incident_id: IncidentId
    candidates: tuple[DuplicateCandidate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentJoined:
    incident_id: IncidentId
    into_incident_id: IncidentId


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRetriaged:
    incident_id: IncidentId
    priority: Priority
    pathway: Pathway
    complaint: Complaint
    determinant: str | None
    units_required: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationCorrected:
    incident_id: IncidentId
    location: Location
    address_text: str | None
    floor: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteAdded:
    incident_id: IncidentId
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRecorded:
    incident_id: IncidentId
    patient_id: PatientId
    finding: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendationMade:
    incident_id: IncidentId
    recommendation: Recommendation


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentHeld:
    """A call has to wait; or, where it waits already, it does so for another reason from now on."""

    incident_id: IncidentId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldReminded:
    """A held call has aged another step and asks for a re-triage."""

    incident_id: IncidentId
    reminders: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldEnded:
    incident_id: IncidentId


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentEscalated:
    """A life-threatening incident has no unit: it goes to a supervisor."""

    incident_id: IncidentId
    level: int
    waited_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitAssigned:
    assignment_id: AssignmentId
    incident_id: IncidentId
    unit_id: UnitId
    hospital_id: HospitalId | None
    patient_ids: tuple[PatientId, ...]
    mode: AssignmentMode
    is_reserved: bool
    is_recommended: bool
    override_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentReoffered:
    """The crew has not acknowledged in time and is paged again; `attempt` counts from 1."""

    assignment_id: AssignmentId
    incident_id: IncidentId
    unit_id: UnitId
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentStatusChanged:
    assignment_id: AssignmentId
    incident_id: IncidentId
    unit_id: UnitId
    status: AssignmentStatus
    disposition: Disposition | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentStatusCorrected:
    assignment_id: AssignmentId
    incident_id: IncidentId
    unit_id: UnitId
    status: AssignmentStatus
    was: AssignmentStatus
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentCancelled:
    """Called off; `diverted_to` another incident, or `relieved_by` a unit that is there sooner, or neither."""

    assignment_id: AssignmentId
    incident_id: IncidentId
    unit_id: UnitId
    reason: str
    diverted_to: IncidentId | None = None
    relieved_by: UnitId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationChanged:
    """`mode` says whether a person chose the hospital."""

    assignment_id: AssignmentId
    incident_id: IncidentId
    unit_id: UnitId
    hospital_id: HospitalId
    was_hospital_id: HospitalId | None
    reason: str
    mode: AssignmentMode


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientOutcomeRecorded:
    patient_id: PatientId
    incident_id: IncidentId
    state: PatientState
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HospitalStatusReported:
    hospital_id: HospitalId
    capability: Capability
    status: CapabilityStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class HospitalStatusExpired:
    hospital_id: HospitalId
    capability: Capability


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentClosed:
    incident_id: IncidentId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentCancelled:
    incident_id: IncidentId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficReported:
    traffic_id: TrafficId
    details: TrafficDetails


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficEnded:
    """Before its time, for a `reason`, or because it has expired."""

    traffic_id: TrafficId
    has_expired: bool
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TravelTimesAdopted:
    """From here on travel times come from `source`, and nothing is amiss with them."""

    source: str
    grade: Grade


@dataclass(frozen=True, slots=True, kw_only=True)
class TravelTimesDegraded:
    """From here on travel times come from `source` and are not what they should be: `code`, and the reason in words."""

    source: str
    grade: Grade
    code: str
    text_zh: str
    text_en: str


Event = (
    CatalogueAdopted
    | IncidentOpened
    | CallReceived
    | PatientAdded
    | DuplicatesProposed
    | IncidentJoined
    | IncidentRetriaged
    | LocationCorrected
    | NoteAdded
    | FindingRecorded
    | RecommendationMade
    | IncidentHeld
    | HoldReminded
    | HoldEnded
    | IncidentEscalated
    | UnitAssigned
    | AssignmentReoffered
    | AssignmentStatusChanged
    | AssignmentStatusCorrected
    | AssignmentCancelled
    | DestinationChanged
    | CasualtyEvent
    | PatientOutcomeRecorded
    | CrewEvent
    | PostEvent
    | RoomEvent
    | HospitalStatusReported
    | HospitalStatusExpired
    | ReceptionEvent
    | IncidentClosed
    | IncidentCancelled
    | AedEvent
    | ArrestEvent
    | CareEvent
    | RecordEvent
    | PremisesEvent
    | PrivacyEvent
    | TrafficReported
    | TrafficEnded
    | TravelTimesAdopted
    | TravelTimesDegraded
)
EVENT_TYPES: dict[str, type[Event]] = {kind.__name__: kind for kind in get_args(Event)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An event in its place in the journal.

    `seq` is dense from 1 in the realm's one total order; `occurred_at` is when it happened in the world, `recorded_at` when the
    engine wrote it down; `actor` is who asked (a user, or `engine`); `command_id` groups the events of one command.
    """

    seq: int
    realm: Realm
    recorded_at: datetime
    occurred_at: datetime
    actor: str
    command_id: CommandId
    event: Event

    @property
    def type(self) -> str:
        return type(self.event).__name__


def subjects(event: Event) -> tuple[str, ...]:
    """Ids of what the event changes, of every kind (not listed: a catalogue changes all)."""
    names = _SUBJECT_FIELDS[type(event)]
    named = tuple(value for name in names if (value := getattr(event, name)) is not None)
    return named + tuple(getattr(event, "transfer_ids", ()))


_SUBJECT_FIELDS: dict[type[Event], tuple[str, ...]] = {
    kind: tuple(
        name
        for name in (
            *("incident_id", "into_incident_id", "assignment_id", "unit_id", "hospital_id", "to_hospital_id"),
            *("transfer_id", "traffic_id", "aed_id", "run_id", "warning_id"),
        )
        if name in kind.__dataclass_fields__
    )
    for kind in EVENT_TYPES.values()
}
