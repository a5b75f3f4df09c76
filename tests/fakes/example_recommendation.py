"""A recommendation with every field filled, and the names that the example events share with it."""

from datetime import UTC, datetime, timedelta

from dispatch.domain.choice import (
    Awaits,
    Diversion,
    HospitalCandidate,
    ModelledOutcome,
    Reason,
    Recommendation,
    Robustness,
    UnitCandidate,
    Way,
    WayOption,
)
from dispatch.domain.ids import HospitalId, IncidentId, UnitId
from routing.geo import Wgs84
from routing.travel_time.port import Grade

AT = datetime(2026, 3, 1, 8, 30, 15, 250_000, tzinfo=UTC)
INCIDENT = IncidentId("inc-test-01KJ0000000000000000000001")
OTHER_INCIDENT = IncidentId("inc-test-01KJ0000000000000000000002")
UNIT = UnitId("unit-0001")
HOSPITAL = HospitalId("hosp-0001")
OTHER_HOSPITAL = HospitalId("hosp-0002")

UNIT_CANDIDATE = UnitCandidate(
    unit_id=UNIT,
    travel_time_s=312.5,
    p90_s=480.0,
    distance_m=2410.75,
    eta_at=AT + timedelta(seconds=372.5),
    cost=1250,
    cost_terms=(("travel", 1250),),
    regret=None,
    point=Wgs84(lat_deg=22.53, lon_deg=114.05),
    position_source="fix",
    fixed_at=AT - timedelta(seconds=4),
    reasons=(Reason(code="near", sign="+", params=(("rank", 1), ("share", 0.5), ("of", "als"))),),
    travel_time_grade=Grade.ESTIMATE,
    diverted_from=Diversion(
        incident_id=OTHER_INCIDENT, gain_s=140.5, next_unit_id=UnitId("unit-0004"), next_delay_s=95.0
    ),
    relieves=UnitId("unit-0005"),
)
HOSPITAL_CANDIDATE = HospitalCandidate(
    hospital_id=HOSPITAL,
    travel_time_s=540.0,
    distance_m=4300.0,
    eta_at=AT + timedelta(seconds=2112.5),
    cost=540,
    cost_terms=(("travel", 540),),
    regret=60,
    designation_grade="official",
    reasons=(Reason(code="designated", sign="+"),),
    travel_time_grade=Grade.ESTIMATE,
)
RECOMMENDATION = Recommendation(
    incident_id=INCIDENT,
    units=(UNIT_CANDIDATE,),
    hospital=HOSPITAL_CANDIDATE,
    alternatives=(UNIT_CANDIDATE,),
    hospital_alternatives=(),
    excluded_units=(("committed", (UnitId("unit-0002"), UnitId("unit-0003"))),),
    excluded_hospitals=(("not_designated", (OTHER_HOSPITAL,)),),
    n_other_units=12,
    n_missing=0,
    policy_version="joint-1",
    data_version="sha256:0123",
    travel_time_source="estimate",
    travel_time_grade="approximate",
    relative_error=0.35,
    computed_at=AT,
    robustness=Robustness(
        n_worlds=256, n_best=((UNIT, 140), (UnitId("unit-0004"), 116)), is_equivalent=True, nearest=UNIT
    ),
    instead_of=UnitId("unit-0004"),
    awaits=Awaits(unit_id=UnitId("unit-0006"), eta_at=AT + timedelta(seconds=660)),
    outcome=ModelledOutcome(
        measure="no_disability",
        rule="lvo_direct",
        since="onset",
        options=(
            WayOption(
                way=Way.TRANSFER,
                hospital_id=OTHER_HOSPITAL,
                then_hospital_id=HOSPITAL,
                unit_id=UNIT,
                needle_s=5400.0,
                reperfusion_s=14_400.5,
                p_outcome=0.25,
                n_best=40,
            ),
        ),
        n_worlds=256,
    ),
)
