"""The world now: the fold of the journal. Immutable; older versions stay valid for whoever still holds them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import immutables

from dispatch.domain.aed import AedCondition, AedDataOrder, AedFetch, AedReport
from dispatch.domain.arrest import AedRun, ArrestUnit, FlightConditions
from dispatch.domain.assignment import Assignment
from dispatch.domain.hospital import Hospital
from dispatch.domain.ids import (
    AssignmentId,
    CallId,
    HospitalId,
    IncidentId,
    NoticeId,
    PatientId,
    RunId,
    TrafficId,
    TransferId,
    UnitId,
    WarningId,
)
from dispatch.domain.incident import Call, Incident, Location
from dispatch.domain.notices import Notice
from dispatch.domain.patient import Patient
from dispatch.domain.post import PostRecord
from dispatch.domain.premises import PremisesWarning
from dispatch.domain.reception import Transfer
from dispatch.domain.rejections import CommandRejected, Refusal
from dispatch.domain.response import is_beyond_help, must_follow
from dispatch.domain.roads import Traffic, TravelTimesInForce
from dispatch.domain.room import RoomOrder
from dispatch.domain.unit import Unit

# Ended incidents that stay in the world for screens to show; older ones are read from the journal.
RECENT_INCIDENTS = 200
# Transfers that have been answered and stay for screens to show.
RECENT_TRANSFERS = 100
MOVES_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    seq: int = 0
    data_version: str | None = None
    incidents: immutables.Map[IncidentId, Incident] = field(default_factory=immutables.Map)
    calls: immutables.Map[CallId, Call] = field(default_factory=immutables.Map)
    patients: immutables.Map[PatientId, Patient] = field(default_factory=immutables.Map)
    assignments: immutables.Map[AssignmentId, Assignment] = field(default_factory=immutables.Map)
    units: immutables.Map[UnitId, Unit] = field(default_factory=immutables.Map)
    hospitals: immutables.Map[HospitalId, Hospital] = field(default_factory=immutables.Map)
    aed_data: AedDataOrder | None = None
    aed_reports: immutables.Map[str, tuple[AedReport, ...]] = field(default_factory=immutables.Map)
    aed_fetches: immutables.Map[str, AedFetch] = field(default_factory=immutables.Map)
    aed_conditions: immutables.Map[str, AedCondition] = field(default_factory=immutables.Map)
    arrest_units: immutables.Map[UnitId, ArrestUnit] = field(default_factory=immutables.Map)
    runs: immutables.Map[RunId, AedRun] = field(default_factory=immutables.Map)
    flight_conditions: FlightConditions | None = None
    traffic: immutables.Map[TrafficId, Traffic] = field(default_factory=immutables.Map)
    transfers: immutables.Map[TransferId, Transfer] = field(default_factory=immutables.Map)
    premises: immutables.Map[WarningId, PremisesWarning] = field(default_factory=immutables.Map)
    outbox: immutables.Map[NoticeId, Notice] = field(default_factory=immutables.Map)
    travel_times: TravelTimesInForce | None = None
    room: RoomOrder | None = None
    posts_version: str | None = None
    posts: immutables.Map[str, PostRecord] = field(default_factory=immutables.Map)
    moved_at: tuple[datetime, ...] = ()
    """When idle units were last moved up, within an hour of the latest: what a budget of moves looks at."""
    open_ids: frozenset[IncidentId] = frozenset()
    recent_ids: tuple[IncidentId, ...] = ()
    incidents_opened: int = 0

    def open_incidents(self) -> list[Incident]:
        """By incident id, which is by age: ids sort by time."""
        return [self.incidents[incident_id] for incident_id in sorted(self.open_ids)]

    def assignments_of(self, incident: Incident) -> Iterator[Assignment]:
        return (self.assignments[assignment_id] for assignment_id in incident.assignment_ids)

    def patients_of(self, incident: Incident) -> Iterator[Patient]:
        return (self.patients[patient_id] for patient_id in incident.patient_ids)

    def notices_of(self, incident: Incident) -> Iterator[Notice]:
        """In the order in which they were issued."""
        return (self.outbox[notice_id] for notice_id in incident.notice_ids)

    def runs_of(self, incident_id: IncidentId) -> list[AedRun]:
        """By run id, which is by age."""
        return [self.runs[run_id] for run_id in sorted(self.runs) if self.runs[run_id].incident_id == incident_id]

    def premises_at(self, location: Location | None, address_text: str | None) -> list[PremisesWarning]:
        """Warnings that hold where a call comes from, oldest first."""
        known = (self.premises[warning_id] for warning_id in sorted(self.premises))
        return [warning for warning in known if warning.holds_at(location, address_text)]

    def premises_of(self, incident: Incident) -> list[PremisesWarning]:
        """What the crews of an open incident have to know of its place; nothing once it has ended."""
        return self.premises_at(incident.location, incident.address_text) if incident.is_open else []

    def units_missing(self, incident: Incident) -> int:
        """How many more units the incident needs now; 0 when enough are answering, and of the kinds that must (`response.py`)."""
        if not incident.is_open:
            return 0
        answering = [assignment for assignment in self.assignments_of(incident) if assignment.is_answering]
        missing = max(0, incident.units_required - len(answering))
        return missing or int(bool(answering) and self.wants_advanced(incident, answering))

    def wants_advanced(self, incident: Incident, crews: Sequence[Assignment]) -> bool:
        """Whether none of `crews` is of a kind that must be among those who answer, and one could still join them."""
        kinds = must_follow(incident.pathway)
        if not kinds or any(map(is_beyond_help, crews)):
            return False
        return not any(self.units[each.unit_id].record.kind in kinds for each in crews if each.unit_id in self.units)

    def is_completed(self, incident: Incident) -> bool:
        """Whether nothing is left to do but to close it: nobody committed, nobody missing, and somebody has served."""
        if not incident.is_open or incident.units_required == 0 or self.units_missing(incident):
            return False
        return not any(assignment.is_active for assignment in self.assignments_of(incident))

    def incident(self, incident_id: IncidentId) -> Incident:
        """The incident, or `CommandRejected` when the world has none such."""
        incident = self.incidents.get(incident_id)
        if incident is None:
            raise CommandRejected(Refusal.INCIDENT_NOT_FOUND)
        return incident

    def open_incident(self, incident_id: IncidentId, expected_version: int | None = None) -> Incident:
        """The incident, or `CommandRejected` when there is none, it has ended, or it is no longer as the caller saw it."""
        incident = self.incident(incident_id)
        if not incident.is_open:
            raise CommandRejected(Refusal.INCIDENT_NOT_OPEN)
        if expected_version is not None and expected_version != incident.version:
            raise CommandRejected(Refusal.VERSION_CONFLICT)
        return incident

    def assignment(self, assignment_id: AssignmentId) -> Assignment:
        assignment = self.assignments.get(assignment_id)
        if assignment is None:
            raise CommandRejected(Refusal.ASSIGNMENT_NOT_FOUND)
        return assignment

    def unit(self, unit_id: UnitId) -> Unit:
        unit = self.units.get(unit_id)
        if unit is None:
            raise CommandRejected(Refusal.UNIT_NOT_FOUND)
        return unit

    def arrest_unit(self, unit_id: UnitId) -> ArrestUnit:
        unit = self.arrest_units.get(unit_id)
        if unit is None:
            raise CommandRejected(Refusal.ARREST_UNIT_NOT_FOUND)
        return unit

    def run(self, run_id: RunId) -> AedRun:
        run = self.runs.get(run_id)
        if run is None:
            raise CommandRejected(Refusal.RUN_NOT_FOUND)
        return run

    def hospital(self, hospital_id: HospitalId) -> Hospital:
        hospital = self.hospitals.get(hospital_id)
        if hospital is None:
            raise CommandRejected(Refusal.HOSPITAL_NOT_FOUND)
        return hospital

    def notice(self, notice_id: NoticeId) -> Notice:
        notice = self.outbox.get(notice_id)
        if notice is None:
            raise CommandRejected(Refusal.NOTICE_NOT_FOUND)
        return notice

    def open_patient(self, incident_id: IncidentId, patient_id: PatientId) -> Patient:
        """A patient of an open incident, or `CommandRejected`."""
        if patient_id not in self.open_incident(incident_id).patient_ids:
            raise CommandRejected(Refusal.PATIENT_NOT_FOUND)
        return self.patients[patient_id]

    def patient(self, patient_id: PatientId) -> Patient:
        patient = self.patients.get(patient_id)
        if patient is None:
            raise CommandRejected(Refusal.PATIENT_NOT_FOUND)
        return patient
