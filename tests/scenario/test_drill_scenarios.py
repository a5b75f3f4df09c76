"""Days worked out by hand: a small city, its callers, and what must happen when, to the second.

Without chance a call is entered 60 s after it rings, a crew acknowledges 8 s after its page, rolls after 60 s and is at the patient
126 s after arrival; a kilometre takes 100 s, handover half of the time at hospital, and an incident is closed 60 s after its end.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from dispatch.domain.commands import CancelIncident, ChangeDestination
from dispatch.domain.ids import HospitalId, UnitId
from dispatch.domain.vocabulary import Complaint, Priority, TriageTag
from dispatch.drills.call_log import CallRole, LoggedCall
from routing.geo import Wgs84, distance_m
from tests.fakes.ascii_city import Scene, caller, clock_time

At = dict[str, Wgs84]


def told(scene: Scene, text: str) -> None:
    """The scenario went as written."""
    assert scene.timeline() == "\n".join(line.strip() for line in text.strip().splitlines())


async def test_one_call_from_ring_to_home() -> None:
    """Base to scene 3 km, scene to hospital 2 km, hospital to base 5 km."""
    scene = Scene("A . . 1 . H", lambda at: [caller("1", "08:00:00", at["1"])])
    played = await scene.run()
    told(
        scene,
        """
        08:01:00 #1 opened yellow general
        08:01:00 #1 call
        08:01:00 U-A assigned to #1 for H
        08:01:08 U-A acknowledged
        08:02:00 U-A en_route
        08:07:00 U-A on_scene
        08:09:06 U-A at_patient
        08:17:00 U-A left_scene
        08:20:20 U-A at_hospital
        08:30:20 U-A handed_over
        08:40:20 U-A available transported
        08:41:20 #1 ended: completed
        """,
    )
    # The drill ends with the incident, sixty seconds and 600 m on the way home.
    assert played.driven_m["U-A"] == pytest.approx(3_000.0 + 2_000.0 + 600.0)
    here = scene.movement.fixes_at(scene.clock.now())[UnitId("U-A")].point
    assert distance_m(here, scene.at["H"]) == pytest.approx(600.0, rel=0.01)


async def test_the_farther_unit_goes_when_the_nearer_one_is_out() -> None:
    scene = Scene(
        """
        A 1 2 . H
        . . . . .
        B . . . .
        """,
        lambda at: [
            caller("1", "08:00:00", at["1"], is_transported=False, on_scene_s=1200.0),
            caller("2", "08:05:00", at["2"], is_transported=False),
        ],
    )
    await scene.run()
    told(
        scene,
        """
        08:01:00 #1 opened yellow general
        08:01:00 #1 call
        08:01:00 U-A assigned to #1 for H
        08:01:08 U-A acknowledged
        08:02:00 U-A en_route
        08:03:40 U-A on_scene
        08:05:46 U-A at_patient
        08:06:00 #2 opened yellow general
        08:06:00 #2 call
        08:06:00 U-B assigned to #2 for H
        08:06:08 U-B acknowledged
        08:07:00 U-B en_route
        08:13:40 U-B on_scene
        08:15:46 U-B at_patient
        08:23:40 U-A available refused
        08:23:40 U-B available refused
        08:24:40 #1 ended: completed
        08:24:40 #2 ended: completed
        """,
    )


async def test_a_red_call_without_a_unit_is_held_escalated_and_served_by_the_first_one_that_comes_free() -> None:
    scene = Scene(
        "A 1 2 . H",
        lambda at: [
            caller("1", "08:00:00", at["1"], is_transported=False),
            caller("2", "08:02:00", at["2"], Complaint.CHOKING, Priority.RED, is_transported=False),
        ],
    )
    played = await scene.run()
    told(
        scene,
        """
        08:01:00 #1 opened yellow general
        08:01:00 #1 call
        08:01:00 U-A assigned to #1 for H
        08:01:08 U-A acknowledged
        08:02:00 U-A en_route
        08:03:00 #2 opened red general
        08:03:00 #2 call
        08:03:00 #2 held
        08:03:00 #2 escalated
        08:03:30 #2 escalated
        08:03:40 U-A on_scene
        08:05:46 U-A at_patient
        08:08:00 #2 still held
        08:08:30 #2 retriaged red general: looked at again while held: unchanged
        08:13:00 #2 still held
        08:13:30 #2 retriaged red general: looked at again while held: unchanged
        08:13:40 U-A available refused
        08:13:40 #2 no longer held
        08:13:40 U-A assigned to #2 for H
        08:13:48 U-A acknowledged
        08:14:40 #1 ended: completed
        08:14:40 U-A en_route
        08:16:20 U-A on_scene
        08:18:26 U-A at_patient
        08:26:20 U-A available refused
        08:27:20 #2 ended: completed
        """,
    )
    assert played.observations.held == 1
    assert played.observations.escalations == 2


def at_time(scene: Scene, time: str, act: Callable[[], Awaitable[object]]) -> None:
    """Somebody from outside the drill does something at `time`."""

    async def once() -> None:
        await act()

    scene.drill.agenda.once(clock_time(time), once)


async def test_a_crew_called_off_on_its_way_turns_back() -> None:
    scene = Scene("A . . . . . 1 H", lambda at: [caller("1", "08:00:00", at["1"]), caller("2", "08:30:00", at["1"])])

    async def call_off() -> None:
        (incident,) = scene.engine.world.open_incidents()
        await scene.engine.execute(
            CancelIncident(incident_id=incident.incident_id, reason="better"), actor="dispatcher"
        )

    where: list[float] = []

    async def look() -> None:
        where.append(distance_m(scene.movement.fixes_at(scene.clock.now())[UnitId("U-A")].point, scene.at["A"]))

    at_time(scene, "08:05:20", call_off)  # rolling since 08:02:00: two of six kilometres driven
    at_time(scene, "08:07:00", look)  # a hundred seconds of the way back: one kilometre to go
    at_time(scene, "08:20:00", look)
    await scene.run()
    assert "08:05:20 U-A cancelled: better\n08:05:20 #1 ended: better" in scene.timeline()
    on_the_way_back, at_home = where
    assert on_the_way_back == pytest.approx(1_000.0, rel=0.01)
    assert at_home < 1.0


async def test_a_changed_destination_turns_the_unit_on_the_road() -> None:
    """Both hospitals are 4 km from the scene; 200 s and 2 km on its way to G the unit is told to make for H, 6 km back."""
    scene = Scene("G . . A 1 . . . H", lambda at: [caller("1", "08:00:00", at["1"], on_scene_s=300.0)])

    async def redirect() -> None:
        (incident,) = scene.engine.world.open_incidents()
        (assignment,) = scene.engine.world.assignments_of(incident)
        other = HospitalId("G" if assignment.hospital_id == "H" else "H")
        command = ChangeDestination(assignment_id=assignment.assignment_id, hospital_id=other, reason="full")
        await scene.engine.execute(command, actor="dispatcher")

    at_time(scene, "08:12:00", redirect)
    await scene.run()
    told(
        scene,
        """
        08:01:00 #1 opened yellow general
        08:01:00 #1 call
        08:01:00 U-A assigned to #1 for G
        08:01:08 U-A acknowledged
        08:02:00 U-A en_route
        08:03:40 U-A on_scene
        08:05:46 U-A at_patient
        08:08:40 U-A left_scene
        08:12:00 U-A now for H
        08:22:00 U-A at_hospital
        08:32:00 U-A handed_over
        08:42:00 U-A available transported
        08:43:00 #1 ended: completed
        """,
    )


async def test_an_infarction_seen_on_the_first_ecg_changes_priority_pathway_and_hospital() -> None:
    """M is nearer, but only H is on the heart-attack map."""
    scene = Scene(
        "A . 1 M . . H",
        lambda at: [caller("1", "08:00:00", at["1"], field_impression="STEMI(assumed)", on_scene_s=600.0)],
    )
    await scene.run()
    told(
        scene,
        """
        08:01:00 #1 opened yellow general
        08:01:00 #1 call
        08:01:00 U-A assigned to #1 for M
        08:01:08 U-A acknowledged
        08:02:00 U-A en_route
        08:05:20 U-A on_scene
        08:07:26 U-A at_patient
        08:07:26 #1 retriaged red stemi: ecg_12_lead: stemi
        08:07:26 U-A now for H
        08:15:20 U-A left_scene
        08:22:00 U-A at_hospital
        08:32:00 U-A handed_over
        08:42:00 U-A available transported
        08:43:00 #1 ended: completed
        """,
    )


async def test_a_second_caller_joins_and_sends_nobody() -> None:
    """The second caller hangs up first, and is still entered after the one whose incident it joins."""
    scene = Scene(
        """
        A . 1
        B . H
        """,
        lambda at: [
            caller("1", "08:00:00", at["1"], is_transported=False, entered_at=clock_time("08:03:00")),
            caller(
                "2",
                "08:00:30",
                at["1"],
                role=CallRole.DUPLICATE_CALL,
                duplicate_of="1",
                is_ambulance_needed=False,
                n_patients=None,
            ),
        ],
    )
    played = await scene.run()
    assert scene.timeline().startswith(
        "08:03:00 #1 opened yellow general\n08:03:00 #1 call\n08:03:00 U-A assigned to #1 for H\n08:03:00 #1 call\n"
    )
    assert played.intake.duplicates_joined == 1
    assert scene.timeline().count("assigned") == 1


def mass_casualty(at: At) -> list[LoggedCall]:
    """One caller who cannot count; then a red, a dead and a walking patient are found."""

    def patient(name: str, rings: str, tag: TriageTag, priority: Priority | None) -> LoggedCall:
        return caller(
            name,
            rings,
            at["1"],
            Complaint.TRAUMA_OTHER,
            priority,
            role=CallRole.MCI_PATIENT,
            mci_id="M",
            triage_tag=tag,
            is_ambulance_needed=tag is TriageTag.RED,
            on_scene_s=300.0,
            hospital_s=600.0,
        )

    first = caller(
        "1",
        "08:00:00",
        at["1"],
        Complaint.TRAUMA_TRAFFIC,
        Priority.RED,
        n_patients=None,
        mci_id="M",
        is_transported=None,
    )
    return [
        first,
        patient("p1", "08:03:00", TriageTag.RED, Priority.RED),
        patient("p2", "08:04:00", TriageTag.BLACK, None),
        patient("p3", "08:05:00", TriageTag.GREEN, Priority.GREEN),
    ]


async def test_patients_of_one_large_incident_get_a_unit_each_as_far_as_they_need_one() -> None:
    """The first crew is sent before anybody knows of patients. With three of them there is a plan: the red one goes with it, being
    there sooner than the crew that was sent for him, and the latter leaves empty after a median stay of 1,091 s."""
    scene = Scene(
        """
        A . 1
        B . H
        """,
        mass_casualty,
    )
    played = await scene.run()
    told(
        scene,
        """
        08:01:00 #1 opened red trauma
        08:01:00 #1 call
        08:01:00 U-A assigned to #1 for H
        08:01:08 U-A acknowledged
        08:02:00 U-A en_route
        08:04:00 #1 call
        08:04:00 #1 retriaged red trauma: patients added
        08:04:00 U-B assigned to #1 for H
        08:04:08 U-B acknowledged
        08:05:00 #1 call
        08:05:00 #1 patient deceased
        08:05:00 U-B en_route
        08:05:20 U-A on_scene
        08:06:00 #1 call
        08:06:00 #1 patient handed_to_other
        08:07:26 U-A at_patient
        08:10:00 U-B on_scene
        08:10:20 U-A left_scene
        08:12:00 U-A at_hospital
        08:12:06 U-B at_patient
        08:17:00 U-A handed_over
        08:22:00 U-A available transported
        08:28:11 U-B available no_patient
        08:29:11 #1 ended: completed
        """,
    )
    assert (played.intake.patients_joined, played.intake.joins_too_late) == (3, 0)


async def test_a_patient_found_after_the_incident_was_closed_opens_a_new_one() -> None:
    late = "09:30:00"
    scene = Scene(
        "A . 1 H",
        lambda at: [*mass_casualty(at)[:1], caller("p", late, at["1"], role=CallRole.MCI_PATIENT, mci_id="M")],
    )
    played = await scene.run()
    assert played.intake.joins_too_late == 1
    assert "09:31:00 #2 opened yellow general" in scene.timeline()
    assert len(played.observations.intervals.incidents) == 2


async def test_a_call_that_needs_nobody_is_written_down_and_closed() -> None:
    scene = Scene(
        "A 1 H", lambda at: [caller("1", "08:00:00", at["1"], Complaint.NON_MEDICAL, None, is_ambulance_needed=False)]
    )
    await scene.run()
    told(
        scene,
        """
        08:01:00 #1 opened green general
        08:01:00 #1 call
        08:02:00 #1 ended: no unit needed
        """,
    )


async def test_a_unit_on_its_way_home_is_sent_from_where_it_is() -> None:
    """Free at H at 08:34:40, six kilometres from home; the next caller, a kilometre from H, is reached from the road."""
    scene = Scene(
        "A . . . . 1 H 2",
        lambda at: [
            caller("1", "08:00:00", at["1"]),
            caller("2", "08:42:00", at["2"], is_transported=False),
        ],
    )
    await scene.run()
    free_at = clock_time("08:42:00")
    assert f"{free_at:%H:%M:%S} U-A available transported" in scene.timeline()
    # Entered at 08:43:00, a minute's drive (600 m) from H: it stops, turns round once it has acknowledged, and has 1.6 km to go.
    on_scene_at = free_at + timedelta(seconds=60 + 8 + 160)
    assert f"{on_scene_at:%H:%M:%S} U-A on_scene" in scene.timeline()


async def test_nobody_left_to_send_ends_six_hours_after_the_log() -> None:
    scene = Scene("1 H", lambda at: [caller("1", "08:00:00", at["1"])])
    played = await scene.run()
    assert played.ended_at == clock_time("14:00:00")
    (incident,) = played.observations.intervals.incidents.values()
    assert incident.first_on_scene_at is None
