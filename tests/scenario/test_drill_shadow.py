"""What the estimate would have done instead, beside a drill whose roads are a grid."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from dispatch.domain.vocabulary import Complaint, Priority
from dispatch.drills.report import make_report
from dispatch.drills.report_page import make_page, travel_times_in_words
from dispatch.drills.shadow import Shadow
from dispatch.pipeline.policies import POLICIES
from routing.travel_time.estimate import EstimateTravelTimes
from tests.fakes.ascii_city import Scene, caller

# A is 5 km from the caller along the grid; B is 6 km along the grid, but 4.2 km as the crow flies, which is what the estimate goes by.
CORNER = """
. . . B . H
. . . . . .
. . . . . .
1 . . . . A
"""
# Here both agree.
STRAIGHT = "1 A . . B H"


def play(drawing: str, *, policy: str = "joint") -> Scene:
    return Scene(
        drawing, lambda at: [caller("1", "08:00:00", at["1"], Complaint.TRAUMA_FALL, Priority.YELLOW)], policy=policy
    )


def with_shadow(scene: Scene) -> Shadow:
    shadow = Shadow(scene.engine.configured.policy, EstimateTravelTimes())
    scene.engine.configured = replace(scene.engine.configured, policy=shadow.policy)
    scene.engine.subscribe(shadow.hear)
    return shadow


@pytest.mark.parametrize("policy", sorted(POLICIES))
async def test_another_choice_and_what_it_would_have_cost_are_counted(policy: str) -> None:
    scene = play(CORNER, policy=policy)
    shadow = with_shadow(scene)
    await scene.run()
    report = shadow.report()
    assert report["source"] == EstimateTravelTimes().source
    expected = {"n": 1, "mean": 100.0, "p50": 100.0, "p90": 100.0, "max": 100.0}
    assert report["all"] == {"n": 1, "n_other": 1, "share_other": 1.0, "n_never": 0, "cost_s": expected}
    assert report["by_priority"]["yellow"] == report["all"]
    assert report["by_priority"]["red"]["share_other"] is None


async def test_the_same_choice_costs_nothing_and_is_counted_too() -> None:
    scene = play(STRAIGHT)
    shadow = with_shadow(scene)
    await scene.run()
    summary = shadow.report()["all"]
    assert (summary["n"], summary["n_other"], summary["cost_s"]["n"]) == (1, 0, 0)


async def test_the_shadow_changes_neither_journal_nor_policy() -> None:
    alone, beside = play(CORNER), play(CORNER)
    with_shadow(beside)
    await alone.run()
    await beside.run()
    assert beside.journal.head_hash == alone.journal.head_hash
    assert (beside.engine.configured.policy.name, beside.engine.configured.policy.version) == (
        "joint",
        alone.engine.configured.policy.version,
    )


async def test_the_page_says_which_travel_times_were_used_and_shows_the_comparison() -> None:
    scene = play(CORNER)
    shadow = with_shadow(scene)
    played = await scene.run()
    report = make_report(played, "0" * 64)
    assert travel_times_in_words(report) == ("行车时间为估算（grid, ±0 %）", "travel times are ESTIMATED (grid, ±0 %)")
    network = {**report, "travel_times": {"source": "roads-x", "grade": "network", "relative_error": 0.1}}
    assert "computed on a road network (roads-x, ±10 %)" in travel_times_in_words(network)[1]
    zone = ZoneInfo("Asia/Shanghai")
    assert "若用估算行程" not in make_page(played, report, zone)
    page = make_page(played, network | {"estimate_comparison": shadow.report()}, zone)
    assert "若用估算行程" in page
    assert "按道路网络计算" in page
