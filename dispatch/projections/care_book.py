"""Every patient's stamps: those that somebody gave, and those that follow from calls, crews and findings. A fold of the journal."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from dispatch.domain import events as ev
from dispatch.domain.assignment import AssignmentStatus
from dispatch.domain.care import Certainty, Milestone, Stamp, StampSource
from dispatch.domain.events_care import CareTimeCorrected, CareTimeRecorded
from dispatch.domain.events_casualties import PatientsAssigned
from dispatch.domain.events_reception import PrealertSent
from dispatch.domain.events_records import HandoverAnswered
from dispatch.domain.ids import AssignmentId, HospitalId, IncidentId, PatientId
from dispatch.domain.patient import FindingKind
from dispatch.domain.records import HandoverKind, PeerOutcome
from dispatch.domain.vocabulary import Pathway
from dispatch.projections.intervals import Intervals, ResponseTimes

Key = tuple[Milestone, StampSource, HospitalId | None]


@dataclass(slots=True)
class PatientCare:
    """`given`: stamps by key, None where one was withdrawn. `changes`: how often one was corrected."""

    patient_id: PatientId
    given: dict[Key, Stamp | None] = field(default_factory=dict)
    ecg_at: datetime | None = None
    alert_at: datetime | None = None
    changes: int = 0


@dataclass(slots=True)
class CareCase:
    """What an incident says of its patients' times. `cell` is where it happened (H3, text form)."""

    incident_id: IncidentId
    cell: str
    is_simulated: bool
    onset_at: datetime | None
    last_known_well_at: datetime | None
    patients: dict[PatientId, PatientCare] = field(default_factory=dict)
    carried: dict[AssignmentId, tuple[PatientId, ...]] = field(default_factory=dict)


class CareBook:
    """Feed it `Recorded` events in order with `apply`; events of incidents that it has not seen opened are passed over."""

    def __init__(self, entries: Iterable[ev.Recorded] = ()) -> None:
        self.cases: dict[IncidentId, CareCase] = {}
        self._intervals = Intervals()
        for recorded in entries:
            self.apply(recorded)

    def apply(self, recorded: ev.Recorded) -> None:
        """Take the next event of the journal."""
        event = recorded.event
        if isinstance(event, ev.IncidentOpened):
            self._opened(event)
        case = self.cases.get(getattr(event, "incident_id", None))  # type: ignore[arg-type]
        is_half_known = isinstance(event, ev.IncidentJoined) and event.into_incident_id not in self.cases
        if case is None or is_half_known:
            return
        self._intervals.apply(recorded)
        match event:
            case ev.PatientAdded(patient_id=patient_id):
                case.patients[patient_id] = PatientCare(patient_id)
            case ev.UnitAssigned() | PatientsAssigned():
                case.carried[event.assignment_id] = event.patient_ids
            case ev.FindingRecorded(patient_id=patient_id, finding=finding) if finding.kind is FindingKind.ECG_12_LEAD:
                known = case.patients[patient_id].ecg_at
                case.patients[patient_id].ecg_at = min(known or finding.observed_at, finding.observed_at)
            case (
                PrealertSent(patient_id=patient_id)
                | HandoverAnswered(patient_id=patient_id, kind=HandoverKind.PRE_ALERT, outcome=PeerOutcome.ANSWERED)
            ):
                case.patients[patient_id].alert_at = case.patients[patient_id].alert_at or recorded.occurred_at
            case CareTimeRecorded(patient_id=patient_id, stamp=stamp):
                case.patients[patient_id].given[stamp.key] = stamp
            case CareTimeCorrected(patient_id=patient_id, stamp=stamp, is_withdrawn=is_withdrawn):
                patient = case.patients[patient_id]
                patient.given[stamp.key] = None if is_withdrawn else stamp
                patient.changes += 1

    def _opened(self, e: ev.IncidentOpened) -> None:
        self.cases[e.incident_id] = CareCase(
            incident_id=e.incident_id,
            cell=e.location.cell,
            is_simulated=e.is_simulated,
            onset_at=e.onset_at,
            last_known_well_at=e.last_known_well_at,
        )

    def pathway_of(self, incident_id: IncidentId) -> Pathway:
        """As it is known now: what the ambulance found counts, not what the caller feared."""
        return self._intervals.incidents[incident_id].pathway_now

    def received_at(self, incident_id: IncidentId) -> datetime:
        return self._intervals.incidents[incident_id].received_at

    def stamps_of(self, incident_id: IncidentId, patient_id: PatientId) -> tuple[Stamp, ...]:
        """All stamps of a patient, one for each key, by milestone: a given one takes the place of one that follows from the events."""
        case = self.cases[incident_id]
        patient = case.patients[patient_id]
        following: dict[Key, Stamp] = {}
        for stamp in self._following(case, patient):
            following.setdefault(stamp.key, stamp)
        present = [stamp for stamp in (following | patient.given).values() if stamp is not None]
        order = {milestone: n for n, milestone in enumerate(Milestone)}
        return tuple(sorted(present, key=lambda s: (order[s.milestone], s.source, s.hospital_id or "")))

    def _following(self, case: CareCase, patient: PatientCare) -> Iterator[Stamp]:
        """What calls, crews and findings say of a patient's times; where several crews say the same, the earliest comes first."""
        estimated = Certainty.ESTIMATED
        yield from _stamp(Milestone.ONSET, StampSource.CALLER, case.onset_at, estimated)
        yield from _stamp(Milestone.LAST_KNOWN_WELL, StampSource.CALLER, case.last_known_well_at, estimated)
        yield from _stamp(Milestone.CALL, StampSource.CONTROL_ROOM, self.received_at(case.incident_id))
        yield from _stamp(Milestone.ECG, StampSource.CREW, patient.ecg_at)
        yield from _stamp(Milestone.ALERT, StampSource.CONTROL_ROOM, patient.alert_at)
        is_alone = len(case.patients) == 1
        crews = self._responses(case, patient.patient_id, is_alone=is_alone)
        notified_at = _first(crew.notified_at for crew in crews)
        at_patient_at = _first(crew.steps.get(AssignmentStatus.AT_PATIENT) for crew in crews)
        yield from _stamp(Milestone.DISPATCH, StampSource.CONTROL_ROOM, notified_at)
        yield from _stamp(Milestone.FIRST_CONTACT, StampSource.CREW, at_patient_at)
        is_unnamed = is_alone and not any(case.carried.values())
        arrivals = [
            (at, crew.hospital_id)
            for crew in self._responses(case, patient.patient_id, is_alone=is_unnamed)
            if (at := crew.steps.get(AssignmentStatus.AT_HOSPITAL)) is not None and crew.hospital_id is not None
        ]
        for at, hospital_id in sorted(arrivals):
            yield from _stamp(Milestone.DOOR, StampSource.CREW, at, hospital_id=hospital_id)

    def _responses(self, case: CareCase, patient_id: PatientId, *, is_alone: bool) -> list[ResponseTimes]:
        """The crews that took care of a patient: those who were to; for the only patient of an incident all of them."""
        return [
            self._intervals.responses[assignment_id]
            for assignment_id, patient_ids in case.carried.items()
            if patient_id in patient_ids or is_alone
        ]


def _first(instants: Iterable[datetime | None]) -> datetime | None:
    return min((at for at in instants if at is not None), default=None)


def _stamp(
    milestone: Milestone,
    source: StampSource,
    at: datetime | None,
    certainty: Certainty = Certainty.EXACT,
    hospital_id: HospitalId | None = None,
) -> Iterator[Stamp]:
    """The stamp, if there is an instant."""
    if at is not None:
        yield Stamp(
            milestone=milestone, source=source, at=at, certainty=certainty, hospital_id=hospital_id, reason=None
        )
