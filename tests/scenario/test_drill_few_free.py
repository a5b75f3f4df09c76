"""When few crews are free, a less urgent call waits: for one that is handing over near by, or until one is near. A red one never does.

Worked out by hand as in test_drill_scenarios: a kilometre takes 100 s, a call 60 s to be taken down, a crew 60 s to set out.
"""

from datetime import timedelta

import numpy as np
import pytest

from dispatch.domain import events as ev
from dispatch.domain.choice import Recommendation
from dispatch.domain.vocabulary import Complaint, Priority
from dispatch.drills.call_log import LoggedCall
from dispatch.pipeline.policies.soon_free import HOSPITAL_S, HOSPITAL_SIGMA, LONGEST_SHARE, left_s
from routing.geo import Wgs84
from tests.fakes.ascii_city import Scene, caller

At = dict[str, Wgs84]
CITY = "A . 8 . . . . . . . . . . . . . . . . 3 1 . H B 2 . . . . C 4 D 5 E 6 F 7"
"""U-C to U-F are kept by 4 to 7 for two hours; U-B reaches H with the patient of 2 at 08:16 and stays. U-A, free, is 20 km from 1."""


def one_left(
    priority: Priority, at: At, *names: str, hospital_s: float = HOSPITAL_S, kept: str = "4567"
) -> list[LoggedCall]:
    """At 08:42 somebody rings at each of `names`."""
    complaint = Complaint.CHOKING if priority is Priority.RED else Complaint.ABDOMINAL
    return [
        caller("2", "08:00:00", at["2"], is_transported=True, on_scene_s=540.0, hospital_s=hospital_s),
        *(caller(name, f"08:10:{name}0", at[name], is_transported=False, on_scene_s=7200.0) for name in kept),
        *(caller(name, "08:42:00", at[name], complaint, priority, is_transported=False) for name in names),
    ]


def lines_about(number: int, scene: Scene) -> list[str]:
    wanted = (f" assigned to #{number} ", f"#{number} held", f"#{number} no longer held")
    return [line for line in scene.timeline().splitlines() if any(word in f"{line} " for word in wanted)]


def recommended(scene: Scene, nth_from_last: int = 1) -> list[Recommendation]:
    """All that was recommended, in order, for the incident that was opened last, or before the last."""
    events = [recorded.event for recorded in scene.journal.read()]
    opened = [event.incident_id for event in events if isinstance(event, ev.IncidentOpened)]
    made = [event.recommendation for event in events if isinstance(event, ev.RecommendationMade)]
    return [each for each in made if each.incident_id == opened[-nth_from_last]]


async def test_a_green_call_waits_for_the_crew_next_door_and_says_for_whom() -> None:
    scene = Scene(CITY, lambda at: one_left(Priority.GREEN, at, "1"), policy="joint")
    await scene.run()
    assert lines_about(6, scene) == [
        "08:43:00 #6 held",
        "08:47:50 #6 no longer held",
        "08:47:50 U-B assigned to #6 for H",
    ]
    first = recommended(scene)[0]
    assert first.awaits is not None
    assert first.awaits.unit_id == "U-B"
    # After 27 minutes half of all crews are free within 8:37 more; then a minute and 2 km.
    assert first.awaits.eta_at - first.computed_at == timedelta(seconds=517 + 60 + 200)
    assert [unit.unit_id for unit in first.alternatives] == ["U-A"]  # a dispatcher can send it all the same


@pytest.mark.parametrize(("policy", "priority"), [("closest-idle", Priority.GREEN), ("joint", Priority.RED)])
async def test_a_red_call_and_the_nearest_free_crew_do_not_wait(policy: str, priority: Priority) -> None:
    scene = Scene(CITY, lambda at: one_left(priority, at, "1"), policy=policy)
    await scene.run()
    assert lines_about(6, scene) == ["08:43:00 U-A assigned to #6 for H"]


async def test_whoever_is_near_is_sent_even_if_it_is_the_last() -> None:
    scene = Scene(CITY, lambda at: one_left(Priority.GREEN, at, "8"), policy="joint")
    await scene.run()
    assert lines_about(6, scene) == ["08:43:00 U-A assigned to #6 for H"]


async def test_while_there_are_enough_nobody_waits() -> None:
    scene = Scene(CITY, lambda at: one_left(Priority.GREEN, at, "1", kept=""), policy="joint")
    await scene.run()
    assert len(lines_about(2, scene)) == 1


async def test_why_a_call_waits_is_said_anew_when_it_changes() -> None:
    """All six crews are busy; then U-A is done with 8, 20 km away, and kept for whoever is about to die."""

    def calls(at: At) -> list[LoggedCall]:
        kept = [caller(name, f"08:10:{name}0", at[name], is_transported=False, on_scene_s=7200.0) for name in "24567"]
        ends = caller("8", "08:00:00", at["8"], is_transported=False, on_scene_s=2700.0)
        return [
            ends,
            *kept,
            caller("1", "08:42:00", at["1"], Complaint.ABDOMINAL, Priority.GREEN, is_transported=False),
        ]

    scene = Scene(CITY, calls, policy="joint")
    played = await scene.run()
    held = [(f"{each.occurred_at:%H:%M:%S}", each.event) for each in scene.journal.read()]
    assert [(at, event.reason) for at, event in held if isinstance(event, ev.IncidentHeld)] == [
        ("08:43:00", "no_suitable_unit"),
        ("08:50:20", "units_kept"),
    ]
    assert played.observations.held == 1  # one call that waits, whatever for


async def test_a_crew_is_counted_on_by_one_call() -> None:
    scene = Scene(CITY, lambda at: one_left(Priority.GREEN, at, "1", "3"), policy="joint")
    await scene.run()
    awaits = [recommended(scene, nth)[-1 if nth == 1 else 0].awaits for nth in (1, 2)]
    assert [each is not None and each.unit_id for each in awaits] == [False, "U-B"]


def test_what_is_left_of_a_stay_is_its_median_among_those_that_stay_as_long() -> None:
    stays_s = np.random.default_rng(1).lognormal(np.log(HOSPITAL_S), HOSPITAL_SIGMA, 1_000_000)
    elapsed_s = np.array([0.0, 600.0, 1200.0, 1910.0, 2500.0, 2700.0])
    expected_s = [np.median(stays_s[stays_s > each] - each) for each in elapsed_s]
    np.testing.assert_allclose(left_s(elapsed_s), expected_s, rtol=0.02)
    longest_s = float(np.quantile(stays_s, LONGEST_SHARE))
    assert np.isfinite(left_s(np.array([longest_s - 10.0]))).all()
    assert np.isinf(left_s(np.array([longest_s + 10.0, 1e6]))).all()
