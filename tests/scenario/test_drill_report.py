"""The report of a drill, checked against a day worked out by hand, and repeated byte for byte with the same seed."""

import json
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from dispatch.domain import events as ev
from dispatch.domain.commands import CancelAssignment
from dispatch.domain.vocabulary import Complaint, Priority
from dispatch.drills.draws import Draws
from dispatch.drills.report import distribution, make_report
from dispatch.drills.report_page import make_page
from dispatch.drills.sample import COMPLAINTS
from tests.fakes.ascii_city import DAY, Scene, caller

# One unit 3 km from the scene, the hospital 2 km further on: rings 08:00, on scene 08:07, free 08:40:20, closed 08:41:20.
ONE_CALL = "A . . 1 . H"


async def test_the_numbers_of_one_call_are_those_worked_out_by_hand() -> None:
    scene = Scene(ONE_CALL, lambda at: [caller("1", "08:00:00", at["1"], Complaint.STROKE, Priority.RED)])
    report = make_report(await scene.run(), "f" * 64)
    one = {"n": 1, "mean": 420.0, "p50": 420.0, "p90": 420.0, "p99": 420.0}
    assert report["call_to_scene_time_s"]["all"] == one
    assert report["call_to_scene_time_s"]["by_priority"]["red"] == one
    assert report["call_to_scene_time_s"]["by_priority"]["green"] == distribution([])
    assert report["response_time_s"]["all"]["mean"] == 360.0
    assert report["late_fraction"]["red"] == {"480": 0.0, "600": 0.0, "720": 0.0, "900": 0.0}
    assert report["late_fraction"]["green"] == {"480": None, "600": None, "720": None, "900": None}
    # From 07:59:00 to 08:41:20 (2,540 s) the one unit was committed from 08:01:00 to 08:40:20 (2,360 s).
    assert report["simulated_s"] == 2540.0
    assert report["busy_fraction"] == pytest.approx(2360 / 2540)
    assert report["km_per_unit"] == pytest.approx((3.0 + 2.0 + 0.6) * 86_400 / 2540)
    assert report["hospital"] == {"stroke": {"H": 1}}
    assert (report["calls"], report["incidents"], report["unserved"], report["units"]) == (1, 1, 0, 1)
    assert (report["policy"], report["seed"], report["journal_head_hash"]) == ("joint", 0, "f" * 64)
    assert report["decision_ms"]["by_priority"]["red"]["n"] == 1
    assert report["rule_violations"] == 0
    assert json.loads(json.dumps(report)) == report


async def test_an_incident_that_nobody_reached_is_late_by_every_measure() -> None:
    scene = Scene("1 H", lambda at: [caller("1", "08:00:00", at["1"], Complaint.STROKE, Priority.RED)])
    report = make_report(await scene.run(), "0" * 64)
    assert report["unserved"] == 1
    assert report["late_fraction"]["red"] == {"480": 1.0, "600": 1.0, "720": 1.0, "900": 1.0}
    assert report["call_to_scene_time_s"]["all"]["n"] == 0


async def test_a_call_that_needs_nobody_is_not_unserved() -> None:
    scene = Scene(
        "1 H", lambda at: [caller("1", "08:00:00", at["1"], Complaint.NON_MEDICAL, None, is_ambulance_needed=False)]
    )
    report = make_report(await scene.run(), "0" * 64)
    assert (report["incidents"], report["unserved"]) == (1, 0)


async def test_the_page_says_first_what_is_not_real_and_fetches_nothing() -> None:
    scene = Scene(ONE_CALL, lambda at: [caller("1", "08:00:00", at["1"])])
    played = await scene.run()
    page = make_page(played, make_report(played, "0" * 64), ZoneInfo("Asia/Shanghai"))
    assert page.index("SYNTHETIC") < page.index("Overview")
    assert "均为模拟" in page
    assert page.count("<svg") == 3
    assert "H医院" in page
    assert not any(word in page for word in ("<script", "<link", "src=", "@import"))


async def test_an_assignment_called_off_and_made_again_is_no_reassignment() -> None:
    """Nobody else gets there sooner, and no other incident gets the crew."""
    scene = Scene(ONE_CALL, lambda at: [caller("1", "08:00:00", at["1"], Complaint.STROKE, Priority.RED)])

    async def call_off() -> None:
        (assignment,) = scene.engine.world.assignments.values()
        wrong_button = CancelAssignment(assignment_id=assignment.assignment_id, reason="pressed the wrong button")
        await scene.engine.execute(wrong_button, actor="dispatcher:test")

    scene.drill.agenda.once(DAY + timedelta(hours=8, seconds=90), call_off)
    report = make_report(await scene.run(), "0" * 64)
    assert scene.timeline().count("U-A assigned to #1") == 2
    assert report["reassignments"] == {"diverts": 0, "reliefs": 0, "per_day": 0.0}


def test_percentiles_are_linear_between_order_statistics() -> None:
    assert distribution([0.0, 10.0]) == {"n": 2, "mean": 5.0, "p50": 5.0, "p90": 9.0, "p99": 9.9}


BUSY_CITY = """
A . 1 . 2 . G
. 3 . . . 4 .
B . . 5 . . C
. 6 . . 7 . .
M . 8 . . 9 D
"""


def busy_day(seed: int, policy: str = "joint") -> Scene:
    """Twelve calls within half an hour for four units."""
    return Scene(
        BUSY_CITY,
        lambda at: [
            caller(
                f"c{number}",
                f"08:{number * 3:02}:00",
                at[str(number % 9 + 1)],
                Complaint(COMPLAINTS[number % len(COMPLAINTS)][0]),
                Priority(COMPLAINTS[number % len(COMPLAINTS)][1]),
                is_transported=None,
            )
            for number in range(12)
        ],
        draws=Draws(seed),
        policy=policy,
    )


@pytest.mark.parametrize("policy", ["joint", "closest-idle"])
async def test_the_same_seed_gives_the_same_journal_and_another_seed_another(policy: str) -> None:
    heads = []
    for seed in (1, 1, 2):
        scene = busy_day(seed, policy)
        played = await scene.run()
        assert played.observations.violations == []
        heads.append(scene.journal.head_hash)
    assert heads[0] == heads[1]
    assert heads[0] != heads[2]


async def test_a_call_has_the_same_luck_under_every_policy() -> None:
    """Common random numbers: what chance decides about a call does not depend on what was decided about others."""

    async def entries(policy: str) -> list[tuple[object, ...]]:
        scene = busy_day(3, policy)
        await scene.run()
        opened = (recorded for recorded in scene.journal.read() if isinstance(recorded.event, ev.IncidentOpened))
        return [(recorded.occurred_at, recorded.event.received_at) for recorded in opened]  # type: ignore[union-attr]

    assert await entries("joint") == await entries("closest-idle")
