"""Intervals per response and incident, read off events; a step that nobody reported leaves its intervals unknown."""

from datetime import UTC, datetime, timedelta

from dispatch.domain import events as ev
from dispatch.domain.assignment import AssignmentStatus, Disposition
from dispatch.domain.ids import AssignmentId, CallId, CommandId, HospitalId, IncidentId, Realm, UnitId
from dispatch.domain.incident import Location
from dispatch.domain.vocabulary import AssignmentMode, Complaint, Pathway, Priority
from dispatch.projections.concurrency import Concurrency, Counts
from dispatch.projections.intervals import Intervals
from routing.geo import Wgs84

NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
HERE = Location(point=Wgs84(lat_deg=22.5, lon_deg=114.0), accuracy_m=10.0, source="caller", cell="8941")
A1, A2 = AssignmentId("a1"), AssignmentId("a2")
I1, I2 = IncidentId("i1"), IncidentId("i2")


def minute(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


def opened(incident_id: IncidentId, rang: float, priority: Priority = Priority.RED) -> ev.IncidentOpened:
    return ev.IncidentOpened(
        incident_id=incident_id,
        number=1,
        priority=priority,
        pathway=Pathway.GENERAL,
        complaint=Complaint.UNKNOWN,
        determinant=None,
        location=HERE,
        address_text=None,
        floor=None,
        received_at=minute(rang),
        onset_at=None,
        last_known_well_at=None,
        preferred_hospital_id=None,
        answers=(),
        units_required=1,
        is_simulated=True,
    )


def call(incident_id: IncidentId, rang: float) -> ev.CallReceived:
    return ev.CallReceived(
        call_id=CallId(f"c{rang}"),
        incident_id=incident_id,
        received_at=minute(rang),
        caller_phone=None,
        address_text=None,
    )


def assigned(assignment_id: AssignmentId, *, is_reserved: bool = False) -> ev.UnitAssigned:
    return ev.UnitAssigned(
        assignment_id=assignment_id,
        incident_id=I1,
        unit_id=UnitId("u"),
        hospital_id=HospitalId("h"),
        patient_ids=(),
        mode=AssignmentMode.AUTOMATIC,
        is_reserved=is_reserved,
        is_recommended=True,
        override_reason=None,
    )


def step(
    assignment_id: AssignmentId, status: AssignmentStatus, disposition: Disposition | None = None
) -> ev.AssignmentStatusChanged:
    return ev.AssignmentStatusChanged(
        assignment_id=assignment_id, incident_id=I1, unit_id=UnitId("u"), status=status, disposition=disposition
    )


def corrected(
    assignment_id: AssignmentId, was: AssignmentStatus, status: AssignmentStatus
) -> ev.AssignmentStatusCorrected:
    return ev.AssignmentStatusCorrected(
        assignment_id=assignment_id, incident_id=I1, unit_id=UnitId("u"), status=status, was=was, reason="wrong button"
    )


def stream(*dated: tuple[float, ev.Event]) -> list[ev.Recorded]:
    """Events by their minute."""
    return [
        ev.Recorded(
            seq=seq,
            realm=Realm("test"),
            recorded_at=minute(at),
            occurred_at=minute(at),
            actor="test",
            command_id=CommandId(f"cmd{seq}"),
            event=event,
        )
        for seq, (at, event) in enumerate(dated, start=1)
    ]


def intervals(*dated: tuple[float, ev.Event]) -> Intervals:
    fold = Intervals()
    for recorded in stream(*dated):
        fold.apply(recorded)
    return fold


S = AssignmentStatus


def test_a_whole_mission_gives_every_interval() -> None:
    fold = intervals(
        (1, opened(I1, 0)),
        (1, call(I1, 0)),
        (2, assigned(A1)),
        (2.5, step(A1, S.ACKNOWLEDGED)),
        (3, step(A1, S.EN_ROUTE)),
        (10, step(A1, S.ON_SCENE)),
        (12, step(A1, S.AT_PATIENT)),
        (30, step(A1, S.LEFT_SCENE)),
        (45, step(A1, S.AT_HOSPITAL)),
        (60, step(A1, S.HANDED_OVER)),
        (70, step(A1, S.AVAILABLE, Disposition.TRANSPORTED)),
        (71, ev.IncidentClosed(incident_id=I1, reason="completed")),
    )
    response, incident = fold.responses[A1], fold.incidents[I1]
    assert response.turnout_time_s == 60
    assert response.travel_time_s == 7 * 60
    assert response.response_time_s == 8 * 60
    assert response.scene_time_s == 20 * 60
    assert response.transport_time_s == 15 * 60
    assert response.turnaround_time_s == 25 * 60
    assert response.busy_s(minute(100)) == 68 * 60
    assert response.busy_s(minute(20)) == 18 * 60
    assert response.disposition is Disposition.TRANSPORTED
    assert incident.call_to_scene_time_s == 10 * 60
    assert incident.closed_at == minute(71)


def test_a_skipped_step_stays_unknown_and_at_the_patient_implies_on_scene() -> None:
    response = intervals((1, opened(I1, 0)), (2, assigned(A1)), (10, step(A1, S.AT_PATIENT))).responses[A1]
    assert response.turnout_time_s is None
    assert response.travel_time_s is None
    assert response.response_time_s == 8 * 60
    assert response.scene_time_s is None


def test_the_first_unit_on_scene_counts_and_a_correction_takes_an_arrival_back() -> None:
    events = [
        (1, opened(I1, 0)),
        (2, assigned(A1)),
        (2, assigned(A2)),
        (8, step(A1, S.ON_SCENE)),
        (9, step(A2, S.ON_SCENE)),
    ]
    assert intervals(*events).incidents[I1].call_to_scene_time_s == 8 * 60
    taken_back = intervals(*events, (10, corrected(A1, S.ON_SCENE, S.EN_ROUTE)))
    assert taken_back.incidents[I1].call_to_scene_time_s == 9 * 60


def test_a_unit_called_off_was_busy_until_then_and_never_arrived() -> None:
    cancelled = ev.AssignmentCancelled(assignment_id=A1, incident_id=I1, unit_id=UnitId("u"), reason="better")
    fold = intervals((1, opened(I1, 0)), (2, assigned(A1)), (5, cancelled))
    assert fold.responses[A1].busy_s(minute(100)) == 3 * 60
    assert fold.responses[A1].disposition is Disposition.CANCELLED
    assert fold.incidents[I1].call_to_scene_time_s is None


def test_a_reserved_unit_is_busy_and_notified_only_when_it_is_paged() -> None:
    fold = intervals(
        (1, opened(I1, 0)), (2, assigned(A1, is_reserved=True)), (7, step(A1, S.OFFERED)), (12, step(A1, S.ON_SCENE))
    )
    assert fold.responses[A1].response_time_s == 5 * 60
    assert fold.responses[A1].busy_s(minute(20)) == 18 * 60


def test_joined_incidents_count_from_the_first_ring() -> None:
    fold = intervals(
        (1, opened(I1, 0.5)),
        (1, call(I1, 0.5)),
        (2, opened(I2, 0)),
        (2, call(I2, 0)),
        (3, ev.IncidentJoined(incident_id=I2, into_incident_id=I1)),
        (4, assigned(A1)),
        (10, step(A1, S.ON_SCENE)),
    )
    assert fold.incidents[I1].call_to_scene_time_s == 10 * 60
    assert (fold.incidents[I1].n_calls, fold.incidents[I2].n_calls) == (2, 0)
    assert fold.incidents[I2].joined_into == I1


def test_a_finding_moves_the_pathway_but_not_the_class_under_which_the_call_was_served() -> None:
    retriaged = ev.IncidentRetriaged(
        incident_id=I1,
        priority=Priority.RED,
        pathway=Pathway.STEMI,
        complaint=Complaint.ACUTE_CORONARY,
        determinant=None,
        units_required=2,
        reason="ecg",
    )
    incident = intervals((1, opened(I1, 0, Priority.YELLOW)), (5, retriaged)).incidents[I1]
    assert (incident.priority, incident.pathway, incident.pathway_now) == (
        Priority.YELLOW,
        Pathway.GENERAL,
        Pathway.STEMI,
    )
    assert incident.units_required == 2


def counts(at: float, *dated: tuple[float, ev.Event]) -> Counts:
    fold = Concurrency()
    for recorded in stream(*dated):
        fold.apply(recorded)
    (found,) = fold.at([minute(at)])
    return found


def test_concurrency_of_a_reserved_unit_is_busy_without_being_en_route() -> None:
    reserved = ((2, assigned(A1, is_reserved=True)),)
    assert counts(5, *reserved) == Counts(1, 0, 0, 0, 0)
    assert counts(8, *reserved, (7, step(A1, S.OFFERED))) == Counts(1, 1, 0, 0, 0)


def test_concurrency_of_a_response_that_has_not_ended_goes_on() -> None:
    assert counts(10_000, (2, assigned(A1)), (5, step(A1, S.ON_SCENE))) == Counts(1, 0, 1, 0, 0)


def test_concurrency_follows_a_correction_that_takes_an_end_back() -> None:
    ended = ((2, assigned(A1)), (5, step(A1, S.ON_SCENE)), (9, step(A1, S.AVAILABLE)))
    assert counts(10, *ended) == Counts(0, 0, 0, 0, 0)
    assert counts(10, *ended, (12, corrected(A1, S.AVAILABLE, S.ON_SCENE))) == Counts(1, 0, 1, 0, 0)
