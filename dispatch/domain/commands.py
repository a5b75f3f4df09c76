"""Commands: what someone asks for. Imperative; each is decided against the world and either becomes events or is rejected."""

from dataclasses import dataclass
from datetime import datetime

from dispatch.domain.assignment import AssignmentStatus, Disposition
from dispatch.domain.commands_aeds import (
    AdoptAedData,
    EndAedFetch,
    FetchAed,
    InspectAed,
    MoveAedFetch,
    ReviewAedReports,
)
from dispatch.domain.commands_arrest import ArrestCommand
from dispatch.domain.commands_care import CareCommand
from dispatch.domain.commands_premises import PremisesCommand
from dispatch.domain.commands_privacy import PrivacyCommand
from dispatch.domain.commands_reception import ReceptionCommand
from dispatch.domain.commands_records import RecordCommand
from dispatch.domain.commands_room import SetRoomRules
from dispatch.domain.hospital import HospitalRecord
from dispatch.domain.ids import AssignmentId, HospitalId, IncidentId, PatientId, TrafficId, TransferId, UnitId
from dispatch.domain.incident import Location
from dispatch.domain.patient import Finding, PatientState
from dispatch.domain.post import PostRecord
from dispatch.domain.roads import TrafficDetails, TravelTimesInForce
from dispatch.domain.unit import UnitRecord
from dispatch.domain.vocabulary import (
    AedReportKind,
    Capability,
    CapabilityState,
    Complaint,
    Duty,
    Priority,
    Sex,
    TriageTag,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptCatalogue:
    """Make the city's data set the roster of this realm; committed units keep their assignments."""

    data_version: str
    units: tuple[UnitRecord, ...]
    hospitals: tuple[HospitalRecord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientDetails:
    age_years: int | None = None
    sex: Sex | None = None
    triage_tag: TriageTag | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveCall:
    """A contact reaches the PSAP: it opens an incident, or joins `incident_id` as another call about the same happening.

    `patients` of a joining call are added to the incident only when `adds_patients` (a second caller usually sees the same patient).
    """

    received_at: datetime
    complaint: Complaint
    location: Location
    determinant: str | None = None
    priority: Priority | None = None
    address_text: str | None = None
    floor: int | None = None
    caller_phone: str | None = None
    patients: tuple[PatientDetails, ...] = (PatientDetails(),)
    onset_at: datetime | None = None
    last_known_well_at: datetime | None = None
    preferred_hospital_id: HospitalId | None = None
    answers: tuple[tuple[str, str], ...] = ()
    findings: tuple[Finding, ...] = ()
    transfer_id: TransferId | None = None
    """The accepted transfer that the crew is asked for."""
    incident_id: IncidentId | None = None
    adds_patients: bool = False
    is_ambulance_needed: bool = True
    is_simulated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinIncident:
    """Two incidents are one happening: the calls of `incident_id` move into `into_incident_id`."""

    incident_id: IncidentId
    into_incident_id: IncidentId


@dataclass(frozen=True, slots=True, kw_only=True)
class Retriage:
    incident_id: IncidentId
    reason: str
    complaint: Complaint | None = None
    determinant: str | None = None
    priority: Priority | None = None
    units_required: int | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectLocation:
    incident_id: IncidentId
    location: Location
    address_text: str | None = None
    floor: int | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddNote:
    incident_id: IncidentId
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFindings:
    """`patient_id` None means the incident's only (or first) patient."""

    incident_id: IncidentId
    findings: tuple[tuple[PatientId | None, Finding], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPatientOutcome:
    """A patient is not transported, refuses, dies, is not found, or is handed to others."""

    patient_id: PatientId
    state: PatientState
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseIncident:
    incident_id: IncidentId
    reason: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelIncident:
    """Frees every unit of the incident."""

    incident_id: IncidentId
    reason: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignUnit:
    """Commit a unit to an incident.

    `is_reserved` keeps it for later without paging its crew. `is_diverted` takes it off what it is doing (a reason is then required).
    `replaces` swaps: that assignment is cancelled in the same breath.
    """

    incident_id: IncidentId
    unit_id: UnitId
    hospital_id: HospitalId | None = None
    patient_ids: tuple[PatientId, ...] = ()
    override_reason: str | None = None
    is_reserved: bool = False
    is_diverted: bool = False
    replaces: AssignmentId | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAssignmentStatus:
    """The crew's next step; with `corrects` a wrong press is taken back (a reason is then required)."""

    assignment_id: AssignmentId
    status: AssignmentStatus
    occurred_at: datetime
    disposition: Disposition | None = None
    corrects: bool = False
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelAssignment:
    assignment_id: AssignmentId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeDestination:
    assignment_id: AssignmentId
    hospital_id: HospitalId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignPatients:
    """Have a crew take these patients, and no others; who is with another crew that has not left the scene comes over from there."""

    assignment_id: AssignmentId
    patient_ids: tuple[PatientId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowCasualtyPlan:
    """Give every crew that has not left the scene the patient and the hospital that the incident's plan has for it."""

    incident_id: IncidentId


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUnitDuty:
    unit_id: UnitId
    duty: Duty
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseDistress:
    """The crew is in danger."""

    unit_id: UnitId


@dataclass(frozen=True, slots=True, kw_only=True)
class EndDistress:
    unit_id: UnitId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptPosts:
    """Make these the places where units wait."""

    posts_version: str
    posts: tuple[PostRecord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RelocateUnit:
    """Have a free unit wait at another post; as advised, or for a reason of one's own."""

    unit_id: UnitId
    post_id: str
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportHospitalStatus:
    """`expires_at` None means the default validity of the rules."""

    hospital_id: HospitalId
    capability: Capability
    state: CapabilityState
    source: str
    expires_at: datetime | None = None
    slots_free: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportHospitalStatuses:
    """Several reports at once, all or none."""

    reports: tuple[ReportHospitalStatus, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportCasualtyCapacity:
    """How many patients by tag a hospital takes from mass casualties from now on, one every `interval_s`; `expires_at` None means the
    default validity of the rules.
    """

    hospital_id: HospitalId
    red: int
    yellow: int
    green: int
    interval_s: int
    source: str
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, order=True)
class Deadline:
    """Something that becomes due at `due_at` unless the world moves on; `subject` is the id it hangs on."""

    due_at: datetime
    kind: str
    subject: str
    capability: str = ""
    patient_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FireDeadline:
    """A timer ran out; nothing happens when the world has moved on meanwhile."""

    deadline: Deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportAed:
    """Somebody says what became of an AED; the caller has checked that the catalogue lists it."""

    aed_id: str
    kind: AedReportKind
    seen_at: datetime
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTraffic:
    """Streets are slow or closed; the caller has checked that the road network has them."""

    reports: tuple[TrafficDetails, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndTraffic:
    """A report of traffic holds no longer, before its time."""

    traffic_id: TrafficId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteTravelTimes:
    """Write down where travel times come from, if the journal says otherwise."""

    in_force: TravelTimesInForce


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewChoices:
    """Look at what is recommended again: travel times have changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepReply:
    """Nothing happens here; the answer to something outside the journal is kept under its idempotency key."""


Command = (
    AdoptCatalogue
    | ReceiveCall
    | JoinIncident
    | Retriage
    | CorrectLocation
    | AddNote
    | RecordFindings
    | RecordPatientOutcome
    | CloseIncident
    | CancelIncident
    | AssignUnit
    | SetAssignmentStatus
    | CancelAssignment
    | ChangeDestination
    | AssignPatients
    | FollowCasualtyPlan
    | SetUnitDuty
    | RaiseDistress
    | EndDistress
    | AdoptPosts
    | RelocateUnit
    | SetRoomRules
    | ReportHospitalStatus
    | ReportHospitalStatuses
    | ReportCasualtyCapacity
    | ReceptionCommand
    | ReportAed
    | AdoptAedData
    | FetchAed
    | MoveAedFetch
    | EndAedFetch
    | ReviewAedReports
    | InspectAed
    | ArrestCommand
    | CareCommand
    | RecordCommand
    | PremisesCommand
    | PrivacyCommand
    | ReportTraffic
    | EndTraffic
    | NoteTravelTimes
    | ReviewChoices
    | KeepReply
    | FireDeadline
)
