"""A patient's way in events, told in minutes since noon: what the tests of the clock and of the quality report are written in."""

from datetime import UTC, datetime, timedelta
from itertools import count

from dispatch.domain import events as ev
from dispatch.domain.assignment import AssignmentStatus
from dispatch.domain.care import Certainty, Milestone, Stamp, StampSource
from dispatch.domain.events_care import CareTimeCorrected, CareTimeRecorded
from dispatch.domain.ids import AssignmentId, CommandId, HospitalId, IncidentId, PatientId, Realm, UnitId
from dispatch.domain.incident import Location
from dispatch.domain.patient import Finding, FindingKind
from dispatch.domain.vocabulary import AssignmentMode, Complaint, Pathway, Priority
from routing.geo import Wgs84

NOON = datetime(2026, 10, 15, 4, 0, tzinfo=UTC)  # twelve o'clock in Shenzhen
FUTIAN_CELL = "8941186ad83ffff"


class CareStory:
    """Events of one incident after another, in the order of the calls made here; `entries` is the journal so far."""

    def __init__(self, start: datetime = NOON) -> None:
        self.start = start
        self.entries: list[ev.Recorded] = []
        self._numbers = count(1)

    def minute(self, number: float) -> datetime:
        return self.start + timedelta(minutes=number)

    def tell(self, at_minute: float, event: ev.Event) -> None:
        at = self.minute(at_minute)
        seq = len(self.entries) + 1
        recorded = ev.Recorded(
            seq=seq,
            realm=Realm("test"),
            recorded_at=at,
            occurred_at=at,
            actor="dev",
            command_id=CommandId(f"cmd-{seq}"),
            event=event,
        )
        self.entries.append(recorded)

    def patient(
        self,
        pathway: Pathway = Pathway.STROKE,
        *,
        call: float = 0,
        onset: float | None = None,
        last_known_well: float | None = None,
        cell: str = FUTIAN_CELL,
    ) -> "Told":
        """Someone rings; one patient."""
        n = next(self._numbers)
        incident_id, patient_id = IncidentId(f"inc-test-{n:03d}"), PatientId(f"pat-test-{n:03d}")
        opened = ev.IncidentOpened(
            incident_id=incident_id,
            number=n,
            priority=Priority.RED,
            pathway=pathway,
            complaint=Complaint.STROKE if pathway is Pathway.STROKE else Complaint.ACUTE_CORONARY,
            determinant=None,
            location=Location(point=Wgs84(lat_deg=22.54, lon_deg=114.06), accuracy_m=10.0, source="caller", cell=cell),
            address_text=None,
            floor=None,
            received_at=self.minute(call),
            onset_at=None if onset is None else self.minute(onset),
            last_known_well_at=None if last_known_well is None else self.minute(last_known_well),
            preferred_hospital_id=None,
            answers=(),
            units_required=1,
            is_simulated=False,
        )
        self.tell(call, opened)
        self.tell(
            call,
            ev.PatientAdded(patient_id=patient_id, incident_id=incident_id, age_years=70, sex=None, triage_tag=None),
        )
        return Told(self, incident_id, patient_id)


class Told:
    """One patient of a `CareStory`."""

    def __init__(self, story: CareStory, incident_id: IncidentId, patient_id: PatientId) -> None:
        self.story, self.incident_id, self.patient_id = story, incident_id, patient_id
        self._crews = count(1)

    def crew(
        self,
        hospital: str,
        *,
        paged: float,
        at_patient: float | None = None,
        at_hospital: float | None = None,
        has_patient: bool = True,
    ) -> None:
        """A crew is paged and reports its steps; what is None was not reported."""
        assignment_id = AssignmentId(f"{self.incident_id}-{next(self._crews)}")
        unit_id = UnitId("U001")
        assigned = ev.UnitAssigned(
            assignment_id=assignment_id,
            incident_id=self.incident_id,
            unit_id=unit_id,
            hospital_id=HospitalId(hospital),
            patient_ids=(self.patient_id,) if has_patient else (),
            mode=AssignmentMode.DISPATCHER,
            is_reserved=False,
            is_recommended=True,
            override_reason=None,
        )
        self.story.tell(paged, assigned)
        steps = ((AssignmentStatus.AT_PATIENT, at_patient), (AssignmentStatus.AT_HOSPITAL, at_hospital))
        for status, at in steps:
            if at is not None:
                stepped = ev.AssignmentStatusChanged(
                    assignment_id=assignment_id,
                    incident_id=self.incident_id,
                    unit_id=unit_id,
                    status=status,
                    disposition=None,
                )
                self.story.tell(at, stepped)

    def ecg(self, at: float) -> None:
        finding = Finding(
            kind=FindingKind.ECG_12_LEAD,
            observed_at=self.story.minute(at),
            observer="U001",
            parts=(("stemi", True),),
        )
        self.story.tell(
            at, ev.FindingRecorded(incident_id=self.incident_id, patient_id=self.patient_id, finding=finding)
        )

    def stamp(
        self,
        milestone: Milestone,
        at: float | None,
        hospital: str | None = None,
        source: StampSource = StampSource.HOSPITAL,
        reason: str | None = None,
    ) -> Stamp:
        return Stamp(
            milestone=milestone,
            source=source,
            at=None if at is None else self.story.minute(at),
            certainty=Certainty.EXACT,
            hospital_id=None if hospital is None else HospitalId(hospital),
            reason=reason,
        )

    def given(
        self,
        milestone: Milestone,
        at: float | None,
        hospital: str | None = None,
        source: StampSource = StampSource.HOSPITAL,
    ) -> None:
        """Somebody gives a time; None: it will not be done."""
        stamp = self.stamp(milestone, at, hospital, source, reason=None if at is not None else "抗凝治疗中")
        recorded = CareTimeRecorded(incident_id=self.incident_id, patient_id=self.patient_id, stamp=stamp)
        self.story.tell(at or 0, recorded)

    def corrected(self, stamp: Stamp, *, is_withdrawn: bool = False) -> None:
        corrected = CareTimeCorrected(
            incident_id=self.incident_id,
            patient_id=self.patient_id,
            stamp=stamp,
            was_at=None,
            is_withdrawn=is_withdrawn,
        )
        self.story.tell(0, corrected)
