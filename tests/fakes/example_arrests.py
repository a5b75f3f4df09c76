"""Examples of the events about those who bring defibrillators, with every field filled."""

from datetime import timedelta

from dispatch.domain import events as ev
from dispatch.domain.arrest import ArrestUnitRecord, Bringer, Drone, FlightConditions, RunStatus
from dispatch.domain.events_arrest import (
    AedRunOffered,
    AedRunStatusChanged,
    ArrestUnitDutyChanged,
    ArrestUnitRegistered,
    ArrestUnitWithdrawn,
    FlightConditionsReported,
)
from dispatch.domain.ids import RunId, UnitId
from dispatch.domain.vocabulary import Duty
from routing.geo import Wgs84
from tests.fakes.example_recommendation import AT, INCIDENT

DRONE_UNIT = UnitId("drn-test-01KJ0000000000000000000001")
RUN = RunId("run-test-01KJ0000000000000000000001")
BASE = Wgs84(lat_deg=22.55, lon_deg=114.06)

ARREST_EXAMPLES: tuple[ev.Event, ...] = (
    ArrestUnitRegistered(
        unit_id=DRONE_UNIT,
        record=ArrestUnitRecord(
            unit_id=DRONE_UNIT,
            has_aed=True,
            drone=Drone(
                name="福田 1 号",
                base=BASE,
                cruise_mps=15.0,
                range_m=12_000.0,
                payload_kg=3.0,
                wind_limit_mps=10.0,
                flies_in_rain=False,
            ),
            record_class="simulated",
        ),
    ),
    ArrestUnitWithdrawn(unit_id=DRONE_UNIT),
    ArrestUnitDutyChanged(unit_id=DRONE_UNIT, duty=Duty.OUT_OF_SERVICE, reason="电池更换"),
    FlightConditionsReported(
        conditions=FlightConditions(
            wind_mps=6.5,
            is_raining=False,
            no_fly=((BASE, Wgs84(lat_deg=22.56, lon_deg=114.06), Wgs84(lat_deg=22.56, lon_deg=114.07)),),
            source="气象台",
            reported_at=AT,
            expires_at=AT + timedelta(hours=1),
        )
    ),
    AedRunOffered(
        run_id=RUN,
        incident_id=INCIDENT,
        bringer=Bringer.RESPONDER,
        unit_id=UnitId("rsp-test-01KJ0000000000000000000001"),
        aed_id="AED00001",
        arrives_at=AT + timedelta(seconds=240),
        p=0.285,
        gain_s=42.5,
        expected_s=371.5,
        answer_by=AT + timedelta(seconds=45),
    ),
    AedRunStatusChanged(
        run_id=RUN,
        incident_id=INCIDENT,
        unit_id=UnitId("rsp-test-01KJ0000000000000000000001"),
        aed_id="AED00001",
        status=RunStatus.DECLINED,
        reason="不便前往",
    ),
)
