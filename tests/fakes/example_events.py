"""One example of every event type, with every field filled: what the golden files hold."""

from datetime import date, datetime, timedelta, timezone

from dispatch.domain import events as ev
from dispatch.domain.aed import FetchOutcome, ReviewOutcome
from dispatch.domain.assignment import AssignmentStatus, Disposition
from dispatch.domain.care import Certainty, Milestone, Stamp, StampSource
from dispatch.domain.casualties import CasualtyCapacity, CasualtyPlan, PlannedHospital, PlannedPatient, Unplaced
from dispatch.domain.events_aeds import (
    AedDataAdopted,
    AedFetchEnded,
    AedFetchMoved,
    AedFetchStarted,
    AedInspected,
    AedReported,
    AedReportsReviewed,
)
from dispatch.domain.events_care import CareTimeCorrected, CareTimeRecorded
from dispatch.domain.events_casualties import (
    CasualtyCapacityExpired,
    CasualtyCapacityReported,
    CasualtyPlanMade,
    PatientsAssigned,
)
from dispatch.domain.events_crews import CrewDistressEnded, CrewDistressRaised
from dispatch.domain.events_posts import PostsAdopted, RelocationAdviceWithdrawn, RelocationAdvised, UnitRelocated
from dispatch.domain.events_privacy import IncidentErased, PremisesErased
from dispatch.domain.events_room import RoomRulesSet
from dispatch.domain.hospital import CapabilityStatus, Designation, HospitalRecord
from dispatch.domain.ids import (
    AedFetchId,
    AssignmentId,
    CallId,
    CommandId,
    Realm,
    TrafficId,
    TransferId,
    UnitId,
)
from dispatch.domain.incident import DuplicateCandidate, Location
from dispatch.domain.patient import Finding, FindingKind, PatientState
from dispatch.domain.post import (
    PostKind,
    PostRecord,
    Relocation,
    RelocationEffort,
    RelocationMode,
    RelocationReason,
)
from dispatch.domain.roads import TrafficDetails
from dispatch.domain.room import RoomRules
from dispatch.domain.unit import UnitRecord
from dispatch.domain.vocabulary import (
    AedReportKind,
    AssignmentMode,
    Capability,
    CapabilityState,
    Complaint,
    Duty,
    Pathway,
    Priority,
    Sex,
    TriageTag,
    UnitKind,
)
from routing.geo import Wgs84
from routing.optimise.casualty_plan import Cause
from routing.travel_time.port import Grade
from tests.fakes.example_arrests import ARREST_EXAMPLES
from tests.fakes.example_premises import PREMISES, WARNING
from tests.fakes.example_reception import PATIENT, RECEPTION
from tests.fakes.example_recommendation import (
    AT,
    HOSPITAL,
    INCIDENT,
    OTHER_HOSPITAL,
    OTHER_INCIDENT,
    RECOMMENDATION,
    UNIT,
)
from tests.fakes.example_records import RECORDS

REALM = Realm("test")
SHENZHEN_TIME = timezone(timedelta(hours=8))
CIVIC_CENTRE = Wgs84(lat_deg=22.5431, lon_deg=114.0579)

CALL = CallId("call-test-01KJ0000000000000000000001")
ASSIGNMENT = AssignmentId("asg-test-01KJ0000000000000000000001")
FETCH = AedFetchId("aef-test-01KJ0000000000000000000001")
TRAFFIC = TrafficId("trf-test-01KJ0000000000000000000001")

STAMP = Stamp(
    milestone=Milestone.NEEDLE,
    source=StampSource.HOSPITAL,
    at=AT,
    certainty=Certainty.EXACT,
    hospital_id=HOSPITAL,
    reason="护理记录",
)
LOCATION = Location(point=CIVIC_CENTRE, accuracy_m=25.0, source="caller", cell="894d8a1a2b3ffff")
UNIT_RECORD = UnitRecord(
    unit_id=UNIT,
    call_sign="福田 01",
    kind=UnitKind.ALS,
    negative_pressure=True,
    home_station_id="station-01",
    home=CIVIC_CENTRE,
    record_class="simulated",
)
HOSPITAL_RECORD = HospitalRecord(
    hospital_id=HOSPITAL,
    name_zh="示例医院",
    name_en="Example Hospital",
    level_zh="三级甲等",
    point=Wgs84(lat_deg=22.55, lon_deg=114.1),
    coord_quality="rooftop",
    designations=(
        Designation(kind="stroke", grade="official", evidence="notice 1", since=date(2021, 5, 1), until=None),
    ),
    standing=((Capability.CT, "registry"),),
    specialties=frozenset({"neurology", "cardiology", "burns"}),
    is_general=True,
)
CASUALTY_PLAN = CasualtyPlan(
    patients=(
        PlannedPatient(
            patient_id=PATIENT,
            tag=TriageTag.RED,
            unit_id=UNIT,
            trip=1,
            hospital_id=HOSPITAL,
            leaves_at=AT + timedelta(minutes=20),
            arrives_at=AT + timedelta(minutes=32),
            received_at=AT + timedelta(minutes=35),
            is_bound=False,
        ),
    ),
    unplaced=(Unplaced(cause=Cause.NO_BED, tag=TriageTag.YELLOW, needs=("emergency", "burns"), n=2),),
    hospitals=(PlannedHospital(hospital_id=HOSPITAL, red=4, yellow=8, green=16, interval_s=240, is_assumed=True),),
    unknown_needs=(("cath_lab", 1),),
    travel_time_source="estimate",
    travel_time_grade="estimate",
    computed_at=AT,
)

POST = PostRecord(
    post_id="post-01",
    kind=PostKind.KERBSIDE,
    name="示例待命点",
    point=CIVIC_CENTRE,
    record_class="simulated",
    evidence="设想 assumed",
)
RELOCATION = Relocation(
    post_id="post-01",
    was_post_id="station-01",
    reason=RelocationReason.MOVE_UP,
    gain=0.0125,
    travel_time_s=412.5,
    distance_m=3_150.0,
    note="advised",
)

EXAMPLES: tuple[ev.Event, ...] = (
    ev.CatalogueAdopted(data_version="sha256:0123", units=(UNIT_RECORD,), hospitals=(HOSPITAL_RECORD,)),
    ev.IncidentOpened(
        incident_id=INCIDENT,
        number=1,
        priority=Priority.RED,
        pathway=Pathway.STROKE,
        complaint=Complaint.STROKE,
        determinant="28-C-1",
        location=LOCATION,
        address_text="福田区福中三路",
        floor=12,
        received_at=AT,
        onset_at=AT.astimezone(SHENZHEN_TIME) - timedelta(minutes=40),
        last_known_well_at=AT - timedelta(hours=2),
        preferred_hospital_id=HOSPITAL,
        answers=(("is_conscious", "yes"),),
        units_required=1,
        is_simulated=True,
    ),
    ev.CallReceived(
        call_id=CALL,
        incident_id=INCIDENT,
        received_at=AT,
        caller_phone="13800000000",
        address_text="福田区福中三路",
        location=LOCATION,
    ),
    ev.PatientAdded(
        patient_id=PATIENT, incident_id=INCIDENT, age_years=67, sex=Sex.FEMALE, triage_tag=TriageTag.YELLOW
    ),
    ev.DuplicatesProposed(
        incident_id=INCIDENT,
        candidates=(DuplicateCandidate(incident_id=OTHER_INCIDENT, score=0.75, distance_m=40.5, age_s=95.0),),
    ),
    ev.IncidentJoined(incident_id=INCIDENT, into_incident_id=OTHER_INCIDENT),
    ev.IncidentRetriaged(
        incident_id=INCIDENT,
        priority=Priority.ORANGE,
        pathway=Pathway.GENERAL,
        complaint=Complaint.SYNCOPE,
        determinant=None,
        units_required=2,
        reason="caller rang back",
    ),
    ev.LocationCorrected(incident_id=INCIDENT, location=LOCATION, address_text="市民中心 B 座", floor=None),
    ev.NoteAdded(incident_id=INCIDENT, text='门口有保安 "A 门"\n'),
    ev.FindingRecorded(
        incident_id=INCIDENT,
        patient_id=PATIENT,
        finding=Finding(
            kind=FindingKind.SCALE,
            observed_at=AT,
            observer="crew",
            value=None,
            parts=(("name", "cpss"), ("score", 3), ("is_certain", True), ("weight", 0.5), ("note", None)),
        ),
    ),
    ev.RecommendationMade(incident_id=INCIDENT, recommendation=RECOMMENDATION),
    ev.IncidentHeld(incident_id=INCIDENT, reason="no_unit_free"),
    ev.HoldReminded(incident_id=INCIDENT, reminders=2),
    ev.HoldEnded(incident_id=INCIDENT),
    ev.IncidentEscalated(incident_id=INCIDENT, level=1, waited_s=60.25),
    ev.UnitAssigned(
        assignment_id=ASSIGNMENT,
        incident_id=INCIDENT,
        unit_id=UNIT,
        hospital_id=HOSPITAL,
        patient_ids=(PATIENT,),
        mode=AssignmentMode.DISPATCHER,
        is_reserved=False,
        is_recommended=False,
        override_reason="crew knows the building",
    ),
    ev.AssignmentReoffered(assignment_id=ASSIGNMENT, incident_id=INCIDENT, unit_id=UNIT, attempt=1),
    ev.AssignmentStatusChanged(
        assignment_id=ASSIGNMENT,
        incident_id=INCIDENT,
        unit_id=UNIT,
        status=AssignmentStatus.AVAILABLE,
        disposition=Disposition.TRANSPORTED,
    ),
    ev.AssignmentStatusCorrected(
        assignment_id=ASSIGNMENT,
        incident_id=INCIDENT,
        unit_id=UNIT,
        status=AssignmentStatus.EN_ROUTE,
        was=AssignmentStatus.ON_SCENE,
        reason="pressed too early",
    ),
    ev.AssignmentCancelled(
        assignment_id=ASSIGNMENT,
        incident_id=INCIDENT,
        unit_id=UNIT,
        reason="nearer unit came free",
        diverted_to=OTHER_INCIDENT,
        relieved_by=UnitId("unit-0005"),
    ),
    ev.DestinationChanged(
        assignment_id=ASSIGNMENT,
        incident_id=INCIDENT,
        unit_id=UNIT,
        hospital_id=OTHER_HOSPITAL,
        was_hospital_id=HOSPITAL,
        reason="CT is down",
        mode=AssignmentMode.AUTOMATIC,
    ),
    PatientsAssigned(
        assignment_id=ASSIGNMENT,
        incident_id=INCIDENT,
        unit_id=UNIT,
        patient_ids=(PATIENT,),
        mode=AssignmentMode.DISPATCHER,
    ),
    CasualtyPlanMade(incident_id=INCIDENT, plan=CASUALTY_PLAN),
    CasualtyCapacityReported(
        hospital_id=HOSPITAL,
        capacity=CasualtyCapacity(
            red=4,
            yellow=8,
            green=16,
            interval_s=240,
            source="急诊前台",
            updated_at=AT,
            expires_at=AT + timedelta(hours=4),
        ),
    ),
    CasualtyCapacityExpired(hospital_id=HOSPITAL),
    ev.PatientOutcomeRecorded(
        patient_id=PATIENT, incident_id=INCIDENT, state=PatientState.REFUSED, reason="signed a refusal"
    ),
    CrewDistressRaised(unit_id=UNIT),
    CrewDistressEnded(unit_id=UNIT, reason="heard by radio: safe"),
    ev.UnitDutyChanged(unit_id=UNIT, duty=Duty.OUT_OF_SERVICE, reason="disinfection"),
    ev.HospitalStatusReported(
        hospital_id=HOSPITAL,
        capability=Capability.CATH_LAB,
        status=CapabilityStatus(
            state=CapabilityState.BUSY,
            source="hospital",
            updated_at=AT,
            expires_at=AT + timedelta(hours=4),
            slots_free=0,
        ),
    ),
    ev.HospitalStatusExpired(hospital_id=HOSPITAL, capability=Capability.CATH_LAB),
    *RECEPTION,
    ev.IncidentClosed(incident_id=INCIDENT, reason="all units available"),
    ev.IncidentCancelled(incident_id=INCIDENT, reason="caller rang back"),
    RoomRulesSet(
        rules=RoomRules(
            policy="full",
            relocation=RelocationMode.AUTOMATIC,
            relocation_effort=RelocationEffort.FRUGAL,
            auto_assign=(Priority.RED,),
            divert_forbidden=(Priority.RED, Priority.ORANGE),
        ),
        reason="暴雨,来电激增",
    ),
    PostsAdopted(posts_version="posts-0123", posts=(POST,)),
    RelocationAdvised(unit_id=UNIT, relocation=RELOCATION),
    RelocationAdviceWithdrawn(unit_id=UNIT),
    UnitRelocated(unit_id=UNIT, relocation=RELOCATION),
    *ARREST_EXAMPLES,
    *PREMISES,
    AedDataAdopted(version="0f1e2d3c4b5a", data_version="shenzhen-2026.11-0123456789ab", reason="十一月登记表"),
    AedReported(aed_id="AED00001", kind=AedReportKind.MISSING, seen_at=AT, text="柜子是空的"),
    AedFetchStarted(aed_id="AED00001", fetch_id=FETCH, remaining_m=180),
    AedFetchMoved(aed_id="AED00001", fetch_id=FETCH, remaining_m=120),
    AedFetchEnded(aed_id="AED00001", fetch_id=FETCH, outcome=FetchOutcome.STALLED),
    AedReportsReviewed(aed_id="AED00001", outcome=ReviewOutcome.CONFIRMED, reason="巡查员确认"),
    AedInspected(aed_id="AED00001", works=True, pads_expiry=date(2028, 1, 31), battery_expiry=None, note="换了电极片"),
    CareTimeRecorded(incident_id=INCIDENT, patient_id=PATIENT, stamp=STAMP),
    CareTimeCorrected(incident_id=INCIDENT, patient_id=PATIENT, stamp=STAMP, was_at=None, is_withdrawn=True),
    *RECORDS,
    PremisesErased(warning_id=WARNING, reason="电话核实,已搬走"),
    IncidentErased(
        incident_id=INCIDENT, transfer_ids=(TransferId("trn-test-01KJ0000000000000000000001"),), reason="家属要求"
    ),
    ev.TrafficReported(
        traffic_id=TRAFFIC,
        details=TrafficDetails(
            way_ids=(23_456_789, 34_567_890),
            area=(
                CIVIC_CENTRE,
                Wgs84(lat_deg=22.55, lon_deg=114.06),
                Wgs84(lat_deg=22.54, lon_deg=114.07),
                CIVIC_CENTRE,
            ),
            speed_factor=0.4,
            is_closed=False,
            expires_at=AT + timedelta(hours=2),
            source="交警",
        ),
    ),
    ev.TrafficEnded(traffic_id=TRAFFIC, has_expired=False, reason="fallen tree removed"),
    ev.TravelTimesAdopted(source="roads-0123456789ab", grade=Grade.NETWORK),
    ev.TravelTimesDegraded(
        source="estimate-v1",
        grade=Grade.ESTIMATE,
        code="roads_not_loaded",
        text_zh="道路网络未载入",
        text_en="the road network was not loaded",
    ),
)


def recorded(event: ev.Event, *, seq: int = 1, at: datetime = AT, realm: Realm = REALM) -> ev.Recorded:
    """`event` in its place: written down a quarter of a second after it happened."""
    return ev.Recorded(
        seq=seq,
        realm=realm,
        recorded_at=at + timedelta(milliseconds=250),
        occurred_at=at,
        actor="dev",
        command_id=CommandId(f"cmd-{realm}-{seq:026d}"),
        event=event,
    )
