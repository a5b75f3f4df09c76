"""Crews on their way: given a more urgent call, relieved by a unit that is there sooner, and never sent to and fro.

Worked out by hand as in test_drill_scenarios: a kilometre takes 100 s, a crew acknowledges after 8 s and rolls after 60.
"""

from dataclasses import replace

from dispatch.domain.commands import AssignUnit, ReceiveCall, Retriage
from dispatch.domain.ids import UnitId
from dispatch.domain.incident import Location
from dispatch.domain.rules import DivertRules, Rules
from dispatch.domain.vocabulary import Complaint, Priority
from dispatch.drills.call_log import LoggedCall
from routing.geo import Wgs84
from tests.fakes.ascii_city import EVERYTHING_BY_ITSELF, Scene, caller, roster

At = dict[str, Wgs84]


def green(name: str, rings: str, at: At) -> LoggedCall:
    return caller(name, rings, at[name], priority=Priority.GREEN, is_transported=False)


def red(name: str, rings: str, at: At) -> LoggedCall:
    return caller(name, rings, at[name], Complaint.CHOKING, Priority.RED, is_transported=False)


def who_went(scene: Scene) -> list[str]:
    """Assignments, calling-off and arrivals, in order."""
    wanted = (" assigned ", " cancelled", " on_scene", " held", " en_route")
    return [line for line in scene.timeline().splitlines() if any(word in line for word in wanted)]


def green_then_red(at: At) -> list[LoggedCall]:
    return [green("1", "08:00:00", at), red("2", "08:01:20", at)]


async def test_a_red_call_takes_the_crew_that_passes_by_and_the_green_one_gets_another() -> None:
    """At 08:02:20 U-A has rolled for 20 s and is 800 m from 2; U-B would need 760 s to there, and reaches 1 480 s later."""
    scene = Scene("A 2 1 . . . . . B H", green_then_red, policy="joint+divert")
    played = await scene.run()
    assert [line for line in who_went(scene) if "diverted" not in line] == [
        "08:01:00 U-A assigned to #1 for H",
        "08:02:00 U-A en_route",
        "08:02:20 U-A assigned to #2 for H",
        "08:02:20 U-B assigned to #1 for H",
        "08:02:28 U-A en_route",
        "08:03:20 U-B en_route",
        "08:03:48 U-A on_scene",
        "08:13:20 U-B on_scene",
    ]
    (called_off,) = [line for line in who_went(scene) if "diverted" in line]
    assert called_off.endswith("red, 680 s sooner")
    assert (played.observations.diverts, played.observations.reliefs) == (1, 0)
    assert played.observations.violations == []


async def test_joint_alone_leaves_crews_on_their_way() -> None:
    scene = Scene("A 2 1 . . . . . B H", green_then_red, policy="joint")
    played = await scene.run()
    assert "08:02:20 U-B assigned to #2 for H" in who_went(scene)
    assert played.observations.diverts == 0


async def test_who_has_lost_a_crew_once_keeps_the_next_one() -> None:
    """The second red call, 3, comes up 900 m ahead of U-B, which now serves 1: it is C, 700 m farther, that has to come."""
    scene = Scene(
        "A 2 1 . . . . 3 B . . . . . C H",
        lambda at: [*green_then_red(at), red("3", "08:02:30", at)],
        policy="joint+divert",
    )
    played = await scene.run()
    assert "08:03:30 U-C assigned to #3 for H" in who_went(scene)
    assert "08:13:20 U-B on_scene" in who_went(scene)
    assert played.observations.diverts == 1


async def test_nobody_is_taken_where_dispatchers_forbid_it() -> None:
    rules = Rules(
        auto_assign=EVERYTHING_BY_ITSELF.auto_assign, divert=DivertRules(forbidden=frozenset({Priority.GREEN}))
    )
    scene = Scene("A 2 1 . . . . . B H", green_then_red, policy="joint+divert", rules=rules)
    played = await scene.run()
    assert "08:02:20 U-B assigned to #2 for H" in who_went(scene)
    assert played.observations.diverts == 0


async def test_a_loser_that_would_wait_too_long_keeps_its_crew() -> None:
    """U-B, 11 km from 1, would be there more than ten minutes later than U-A."""
    scene = Scene("A 2 1 . . . . . . . . . . B H", green_then_red, policy="joint+divert")
    played = await scene.run()
    assert "08:02:20 U-B assigned to #2 for H" in who_went(scene)
    assert played.observations.diverts == 0


async def test_a_red_call_that_has_nobody_takes_the_crew_of_a_green_one_which_then_waits() -> None:
    scene = Scene("A 2 1 H", green_then_red, policy="joint+divert")
    played = await scene.run()
    lines = who_went(scene)
    assert "08:02:20 U-A assigned to #2 for H" in lines
    assert "08:02:20 #1 held" in lines
    assert played.observations.diverts == 1
    assert all(i.first_on_scene_at is not None for i in played.observations.intervals.incidents.values())


async def test_a_crew_is_relieved_by_one_that_comes_free_nearer() -> None:
    """U-B is with 2, a kilometre from 1; when it is free at 08:12:40, U-A has 510 s to go to 1, and U-B 160."""
    scene = Scene(
        "A . . . . . . . 1 2 B H",
        lambda at: [
            caller("2", "08:00:00", at["2"], is_transported=False, on_scene_s=540.0),
            red("1", "08:07:30", at),
        ],
        policy="joint+divert",
    )
    played = await scene.run()
    assert who_went(scene)[3:] == [
        "08:08:30 U-A assigned to #2 for H",
        "08:09:30 U-A en_route",
        "08:12:40 U-A cancelled: relieved by U-B, which is there sooner",
        "08:12:40 U-B assigned to #2 for H",
        "08:13:40 U-B en_route",
        "08:15:20 U-B on_scene",
    ]
    assert (played.observations.diverts, played.observations.reliefs) == (0, 1)


async def test_a_dispatcher_accepts_a_diversion() -> None:
    """Where nothing is committed by itself, the desk accepts after five seconds, with a reason; the loser is then decided."""
    scene = Scene("A 2 1 . . . . . B H", green_then_red, policy="joint+divert", rules=Rules())
    played = await scene.run()
    lines = who_went(scene)
    assert "08:02:25 U-A assigned to #2 for H" in lines
    assert "08:02:30 U-B assigned to #1 for H" in lines
    (called_off,) = [line for line in lines if "cancelled" in line]
    assert called_off.endswith("as recommended")
    assert played.observations.diverts == 1


async def test_whom_a_dispatcher_has_sent_is_not_called_off_by_itself() -> None:
    """U-A, 8 km away, was sent by hand. When the call turns red, U-B, a kilometre away, is advised in its stead, and nobody moved."""
    rules = replace(EVERYTHING_BY_ITSELF, auto_assign=frozenset({Priority.RED}))
    scene = Scene("A . . . . . . . 1 B H", lambda at: [red("1", "08:00:00", at)], policy="joint+divert", rules=rules)
    engine = scene.engine
    await engine.execute(roster(scene.at), actor="test")
    call = ReceiveCall(
        received_at=scene.clock.now(),
        complaint=Complaint.PAIN_BACK,
        location=Location(point=scene.at["1"], accuracy_m=10.0, source="caller", cell="89411caa05bffff"),
    )
    await engine.execute(call, actor="dispatcher")
    (incident,) = engine.world.open_incidents()
    by_hand = AssignUnit(
        incident_id=incident.incident_id, unit_id=UnitId("U-A"), override_reason="known to the patient"
    )
    await engine.execute(by_hand, actor="dispatcher")
    await engine.execute(
        Retriage(incident_id=incident.incident_id, priority=Priority.RED, reason="worse"), actor="dispatcher"
    )
    (incident,) = engine.world.open_incidents()
    assert [a.unit_id for a in engine.world.assignments_of(incident) if a.is_active] == ["U-A"]
    assert incident.recommendation is not None
    assert incident.recommendation.relieves == (("U-B", "U-A"),)
