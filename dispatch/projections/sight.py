"""What each role sees of the world, entity by entity, member by member and event by event.

A role is shown what is listed for it here and nothing else: a member that is added to the board later is hidden from everyone but
those who see the whole, until it is listed. The same tables serve requests and the stream.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from dispatch.domain import events as ev
from dispatch.domain.accounts import Role, User
from dispatch.domain.assignment import Assignment, AssignmentStatus
from dispatch.domain.hospital import Hospital
from dispatch.domain.ids import AssignmentId, HospitalId, IncidentId, PatientId, TransferId, UnitId
from dispatch.domain.incident import Incident
from dispatch.domain.world import World
from dispatch.projections.board import Wire, board, board_patch, hospital_wire, incident_wire, wire_of
from dispatch.projections.journal_wire import event_wire


class Breadth(StrEnum):
    """How far a user sees. `impersonal`: every incident without what is said of persons."""

    WHOLE = "whole"
    IMPERSONAL = "impersonal"
    OWN_INCIDENTS = "own_incidents"
    OWN_PATIENTS = "own_patients"
    NOTHING = "nothing"


BREADTH_OF: Final = {
    Role.DISPATCHER: Breadth.WHOLE,
    Role.SUPERVISOR: Breadth.WHOLE,
    Role.AUDITOR: Breadth.WHOLE,
    Role.TRAINER: Breadth.IMPERSONAL,
    Role.ADMIN: Breadth.IMPERSONAL,
    Role.CREW: Breadth.OWN_INCIDENTS,
    Role.HOSPITAL: Breadth.OWN_PATIENTS,
    Role.RESPONDER: Breadth.NOTHING,
}

_PLAIN_INCIDENT: Final = frozenset(
    {
        *("incident_id", "number", "state", "priority", "pathway", "complaint", "received_at"),
        *("assignments", "is_simulated", "version"),
    }
)
_COURSE: Final = frozenset(
    {
        *("units_required", "units_missing", "is_completed", "held", "escalation", "recommendation"),
        *("casualty_plan", "joined_into", "closed_at"),
    }
)
MEMBERS: Final[Mapping[tuple[Breadth, str], frozenset[str]]] = {
    (Breadth.IMPERSONAL, "incidents"): _PLAIN_INCIDENT | _COURSE,
    (Breadth.OWN_INCIDENTS, "incidents"): (_PLAIN_INCIDENT | _COURSE - {"recommendation", "joined_into"})
    | {
        *("determinant", "location", "address_text", "floor", "onset_at", "last_known_well_at", "answers"),
        *("calls", "patients", "notices", "notes", "premises", "closing_reason"),
    },
    (Breadth.OWN_PATIENTS, "incidents"): _PLAIN_INCIDENT
    | {"determinant", "onset_at", "last_known_well_at", "patients"},
    (Breadth.IMPERSONAL, "assignments"): frozenset(
        {
            *("assignment_id", "unit_id", "hospital_id", "status", "timestamps", "incident_id", "mode"),
            *("reoffers", "disposition", "version"),
        }
    ),
    (Breadth.OWN_PATIENTS, "assignments"): frozenset(
        {
            *("assignment_id", "unit_id", "hospital_id", "status", "timestamps", "incident_id", "mode"),
            *("disposition", "version"),
        }
    ),
    (Breadth.OWN_PATIENTS, "units"): frozenset(
        {
            *("unit_id", "call_sign", "kind", "negative_pressure", "home_station_id", "home", "post_id"),
            *("advised_post_id", "duty", "status", "assignment_id", "incident_id", "record_class", "version"),
        }
    ),
}
"""Members of an entity that a breadth shows; a pair that is not here shows all of them."""

# What happened to the city and not to anybody.
_CITY: Final = frozenset(
    {
        *("CatalogueAdopted", "PostsAdopted", "HospitalStatusReported", "HospitalStatusExpired"),
        *("CasualtyCapacityReported", "CasualtyCapacityExpired", "TrafficReported", "TrafficEnded"),
        *("HospitalClaimContradicted", "TravelTimesAdopted", "TravelTimesDegraded"),
        "AedDataAdopted",
        *("AedReported", "AedFetchStarted", "AedFetchMoved", "AedFetchEnded", "AedReportsReviewed", "AedInspected"),
    }
)
_UNITS: Final = frozenset(
    {
        "CrewDistressEnded",
        "CrewDistressRaised",
        "RelocationAdvised",
        "RelocationAdviceWithdrawn",
        "UnitDutyChanged",
        "UnitRelocated",
    }
)
EVENTS: Final[Mapping[Breadth, frozenset[str]]] = {
    Breadth.IMPERSONAL: _CITY | _UNITS,
    Breadth.OWN_INCIDENTS: _CITY
    | _UNITS
    | {
        *("IncidentOpened", "CallReceived", "PatientAdded", "IncidentRetriaged", "LocationCorrected", "NoteAdded"),
        *("FindingRecorded", "UnitAssigned", "AssignmentReoffered", "AssignmentStatusChanged"),
        *("AssignmentStatusCorrected", "AssignmentCancelled", "DestinationChanged", "PatientsAssigned"),
        *("PatientOutcomeRecorded", "IncidentClosed", "IncidentCancelled", "CareTimeRecorded", "CareTimeCorrected"),
        *("RecordAsked", "RecordAnswered", "PictureKept", "HandoverIssued", "HandoverAttempted", "HandoverAnswered"),
        *("HandoverUrged", "HandoverWithdrawn"),
        *("PrealertSent", "PrealertReminded", "PrealertAcknowledged", "PatientTurnedAway"),
        *("SlotReserved", "SlotConfirmed", "SlotTaken", "SlotReleased"),
    },
    Breadth.OWN_PATIENTS: _CITY
    | {
        *("FindingRecorded", "PictureKept", "PatientOutcomeRecorded", "CareTimeRecorded", "CareTimeCorrected"),
        *("HandoverIssued", "HandoverAttempted", "HandoverAnswered", "HandoverUrged", "HandoverWithdrawn"),
        *("UnitAssigned", "AssignmentStatusChanged"),
        *("AssignmentStatusCorrected", "DestinationChanged"),
        *("PrealertSent", "PrealertReminded", "PrealertAcknowledged", "PatientTurnedAway"),
        *("SlotReserved", "SlotConfirmed", "SlotTaken", "SlotReleased"),
        *("TransferAsked", "TransferAnswered", "TransferStarted", "TransferWithdrawn"),
    },
    Breadth.NOTHING: frozenset(),
}
"""Types of events whose content a breadth is shown. Of others who sees impersonally is told that they happened, and to what."""
HIDDEN_DATA: Final[Mapping[tuple[Breadth, str], frozenset[str]]] = {
    (Breadth.OWN_INCIDENTS, "AssignmentCancelled"): frozenset({"diverted_to", "relieved_by"}),
    (Breadth.OWN_PATIENTS, "UnitAssigned"): frozenset({"patient_ids", "override_reason"}),
    (Breadth.OWN_PATIENTS, "AssignmentStatusCorrected"): frozenset({"reason"}),
    (Breadth.OWN_PATIENTS, "HandoverWithdrawn"): frozenset({"reason"}),
    (Breadth.OWN_PATIENTS, "DestinationChanged"): frozenset({"was_hospital_id", "reason"}),
}
"""Members of an event's data that are left out all the same: other incidents, other patients, and what a person wrote."""
_GONE: Final = frozenset({AssignmentStatus.CANCELLED, AssignmentStatus.DECLINED})


@dataclass(frozen=True, slots=True)
class Sight:
    """What one user, or everyone of one unit or hospital, sees."""

    breadth: Breadth = Breadth.WHOLE
    unit_id: UnitId | None = None
    hospital_id: HospitalId | None = None

    @property
    def is_confined(self) -> bool:
        """Whether it sees some incidents and not others."""
        return self.breadth not in {Breadth.WHOLE, Breadth.IMPERSONAL}

    def is_own_assignment(self, world: World, assignment_id: AssignmentId) -> bool:
        assignment = world.assignments.get(assignment_id)
        return assignment is not None and self._is_own(world, assignment)

    def _is_own(self, world: World, assignment: Assignment) -> bool:
        """A crew's until it has ended and the incident with it; a hospital's as long as it is, or was, bound there."""
        if assignment.status in _GONE:
            return False
        match self.breadth:
            case Breadth.OWN_INCIDENTS:
                is_open = assignment.incident_id in world.open_ids
                return self._is_own_unit(assignment.unit_id) and (assignment.is_active or is_open)
            case Breadth.OWN_PATIENTS:
                return self.is_own_hospital(assignment.hospital_id)
        return not self.is_confined

    def is_own_incident(self, world: World, incident_id: IncidentId) -> bool:
        """Whether it is there and open to the viewer: one with a crew or a patient of theirs."""
        incident = world.incidents.get(incident_id)
        if incident is None or not self.is_confined:
            return incident is not None
        if any(self._is_own(world, assignment) for assignment in world.assignments_of(incident)):
            return True
        return self.breadth is Breadth.OWN_PATIENTS and any(
            self.is_own_hospital(patient.hospital_id) for patient in world.patients_of(incident)
        )

    def is_own_patient(self, world: World, patient_id: PatientId) -> bool:
        """A hospital's are those bound for it or in it; a crew's are all of its incident."""
        patient = world.patients.get(patient_id)
        if patient is None:
            return False
        if self.breadth is Breadth.OWN_PATIENTS:
            return self.is_own_hospital(patient.hospital_id)
        return self.is_own_incident(world, patient.incident_id)

    def is_own_hospital(self, hospital_id: HospitalId | None) -> bool:
        return not self.is_confined or (self.hospital_id is not None and hospital_id == self.hospital_id)

    def _is_own_unit(self, unit_id: UnitId) -> bool:
        return self.unit_id is not None and unit_id == self.unit_id

    def sees_unit(self, world: World, unit_id: UnitId) -> bool:
        """A crew or responder sees its own unit, a hospital those that are bound for it."""
        match self.breadth:
            case Breadth.OWN_INCIDENTS | Breadth.NOTHING:
                return self._is_own_unit(unit_id)
            case Breadth.OWN_PATIENTS:
                unit = world.units.get(unit_id)
                return bool(unit and unit.assignment_id and self.is_own_assignment(world, unit.assignment_id))
        return True

    def sees_position(self, world: World, unit_id: UnitId) -> bool:
        """Where a committed unit stands says where the patient is: without persons only those of free units are seen."""
        if self.breadth is Breadth.IMPERSONAL:
            unit = world.units.get(unit_id)
            return unit is not None and unit.assignment_id is None
        return self.sees_unit(world, unit_id)

    def look(self, world: World, collection: str, subject: str) -> Wire | None:
        """An entity of the board with the members that are seen; None when it is not seen at all, or not there."""
        match collection:
            case "incidents":
                is_seen = self.is_own_incident(world, IncidentId(subject))
            case "assignments":
                is_seen = not self.is_confined or self.is_own_assignment(world, AssignmentId(subject))
            case "units":
                is_seen = self.sees_unit(world, UnitId(subject))
            case "transfers":
                is_seen = self._sees_transfer(world, TransferId(subject))
            case _:
                is_seen = self.breadth is not Breadth.NOTHING
        wire = wire_of(world, collection, subject) if is_seen else None
        return None if wire is None else self._shown(world, collection, wire)

    def _sees_transfer(self, world: World, transfer_id: TransferId) -> bool:
        """Between two hospitals: theirs, and of those who see the whole."""
        transfer = world.transfers.get(transfer_id)
        if transfer is None or self.breadth is not Breadth.OWN_PATIENTS:
            return self.breadth is Breadth.WHOLE
        return self.is_own_hospital(transfer.hospital_id) or self.is_own_hospital(transfer.to_hospital_id)

    def hospital(self, hospital: Hospital) -> Wire:
        """A hospital; for whom its places are kept is seen by itself and by those who see the whole."""
        return self._without_slots(hospital_wire(hospital))

    def _without_slots(self, wire: Wire) -> Wire:
        if self.breadth is Breadth.WHOLE or (
            self.breadth is Breadth.OWN_PATIENTS and self.is_own_hospital(wire["hospital_id"])
        ):
            return wire
        capabilities = {name: {**each, "slots": []} for name, each in wire["capabilities"].items()}
        return {**wire, "capabilities": capabilities}

    def incident(self, world: World, incident: Incident) -> Wire:
        """An incident of the user's own with the members that are seen."""
        return self._shown(world, "incidents", incident_wire(world, incident))

    def _shown(self, world: World, collection: str, wire: Wire) -> Wire:
        if collection == "hospitals":
            return self._without_slots(wire)
        members = MEMBERS.get((self.breadth, collection))
        shown = wire if members is None else {name: value for name, value in wire.items() if name in members}
        if collection == "incidents" and self.breadth is Breadth.OWN_PATIENTS:
            patients = [each for each in wire["patients"] if self.is_own_hospital(each["hospital_id"])]
            bound = [each for each in wire["assignments"] if self.is_own_assignment(world, each["assignment_id"])]
            shown = {**shown, "patients": patients, "assignments": bound}
        return shown

    def board(self, world: World) -> Wire:
        """The board as it is seen."""
        return board(world, self.look)

    def patch(self, before: World, after: World, entries: Iterable[ev.Recorded]) -> Wire:
        """The merge patch from what was seen of `before` to what is seen of `after`."""
        return board_patch(before, after, entries, self.look)

    def events(self, world: World, entries: Iterable[ev.Recorded]) -> list[Wire]:
        """Those of `entries` that are seen, as the world after them tells whose they are."""
        return [wire for recorded in entries if (wire := self._event(world, recorded)) is not None]

    def _event(self, world: World, recorded: ev.Recorded) -> Wire | None:
        if self.breadth is Breadth.WHOLE:
            return event_wire(recorded)
        has_content = recorded.type in EVENTS[self.breadth]
        if self.is_confined and not (has_content and self._is_about_own(world, recorded)):
            return None
        wire = event_wire(recorded)
        hidden = HIDDEN_DATA.get((self.breadth, recorded.type), frozenset())
        data = {name: value for name, value in wire["data"].items() if name not in hidden} if has_content else {}
        return {**wire, "data": data}

    def _is_about_own(self, world: World, recorded: ev.Recorded) -> bool:
        if recorded.type in _CITY:
            return True
        event: Any = recorded.event
        if self.breadth is Breadth.OWN_INCIDENTS:
            if self._is_own_unit(getattr(event, "unit_id", None) or UnitId("")):
                return True
            return hasattr(event, "incident_id") and self.is_own_incident(world, event.incident_id)
        if {getattr(event, "hospital_id", None), getattr(event, "to_hospital_id", None)} & {self.hospital_id} - {None}:
            return True
        if hasattr(event, "patient_id"):
            return self.is_own_patient(world, event.patient_id)
        return hasattr(event, "assignment_id") and self.is_own_assignment(world, event.assignment_id)


WHOLE: Final = Sight()


def sight_of(user: User) -> Sight:
    """The widest of what the user's roles see; accounts never mix a confined role with another."""
    seen = {BREADTH_OF[role] for role in user.roles}
    breadth = next((breadth for breadth in Breadth if breadth in seen), Breadth.NOTHING)
    if breadth is Breadth.WHOLE:
        return WHOLE
    match breadth:
        case Breadth.OWN_PATIENTS:
            return Sight(breadth, hospital_id=user.hospital_id)
        case Breadth.OWN_INCIDENTS:
            return Sight(breadth, unit_id=user.unit_id)
        case Breadth.NOTHING:  # a responder's account is named after his unit, where it does not say which
            return Sight(breadth, unit_id=user.unit_id or UnitId(user.name))
    return Sight(breadth)
