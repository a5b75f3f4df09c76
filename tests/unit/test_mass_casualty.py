"""Plans for many patients of one scene, small enough to be followed by hand."""

from dataclasses import replace

import numpy as np
import pytest

from routing.optimise.casualty_plan import HORIZON_S, Bound, Cause, Fleet, Houses, Patients, Placement, Shortfall, Tag
from routing.optimise.mass_casualty import HOLD_S, LATENESS, TARGET_S, WEIGHT, plan, waiting_cost

CAPABILITIES = ("创伤 trauma", "烧伤 burns")
RED, YELLOW, GREEN, BLACK = Tag


def patients(
    *tags: Tag, needs: dict[int, tuple[int, ...]] | None = None, bound: dict[int, Bound] | None = None
) -> Patients:
    wanted = np.zeros((len(tags), 2), dtype=np.bool_)
    for i, columns in (needs or {}).items():
        wanted[i, list(columns)] = True
    return Patients(tag=np.array(tags, dtype=np.int64), needs=wanted, bound=bound or {})


def fleet(*leaves_s: int, round_trip_s: int = 0) -> Fleet:
    return Fleet(
        leaves_s=np.array(leaves_s, dtype=np.int64), round_trip_s=np.full(len(leaves_s), round_trip_s, dtype=np.int64)
    )


def houses(
    *drive_s: int,
    beds: tuple[int, int, int] = (9, 9, 9),
    offers: tuple[tuple[bool, bool], ...] | None = None,
    interval_s: int = 600,
) -> Houses:
    h = len(drive_s)
    return Houses(
        drive_s=np.array(drive_s, dtype=np.int64),
        offers=np.array(offers or [(True, True)] * h),
        beds=np.tile(np.array(beds, dtype=np.int64), (h, 1)),
        ready_s=np.zeros(h, dtype=np.int64),
        interval_s=np.full(h, interval_s, dtype=np.int64),
    )


def test_one_patient_goes_with_the_first_unit_to_where_it_is_received_first() -> None:
    """Leaving at 300 s: the hospital 500 s away has a slot at 1,200 s, the one 900 s away too; the nearer is taken."""
    made = plan(patients(RED), fleet(900, 300), houses(900, 500))
    assert made.placements == {0: Placement(unit=1, trip=0, hospital=1, leaves_s=300, arrives_s=800, received_s=1_200)}
    assert made.shortfalls == ()
    assert made.cost == WEIGHT[RED] * 1_200


def test_red_goes_before_yellow_before_green() -> None:
    """One hospital that receives every ten minutes; who stands first in the list does not count."""
    made = plan(patients(GREEN, YELLOW, RED), fleet(0, 0, 0), houses(600))
    assert {i: way.received_s for i, way in made.placements.items()} == {2: 600, 1: 1_200, 0: 1_800}


@pytest.mark.parametrize(("urgent", "less"), [(RED, YELLOW), (YELLOW, GREEN)])
def test_weights_keep_tags_in_order_however_late_it_is(urgent: Tag, less: Tag) -> None:
    """A minute costs the more urgent, even while in time, more than the less urgent when late."""
    assert WEIGHT[urgent] > (1 + LATENESS) * WEIGHT[less]
    times = np.arange(0, HOLD_S, 60)
    assert np.diff(waiting_cost(urgent, times)).min() > np.diff(waiting_cost(less, times)).max()
    assert waiting_cost(urgent, TARGET_S[urgent] + 60) == WEIGHT[urgent] * (TARGET_S[urgent] + 3 * 60)


def test_patients_are_spread_when_one_hospital_would_queue() -> None:
    """Four reds at once: the near hospital receives at 600, 1,200, 1,800 s, the other, 900 s away, at 1,200 and 1,800 s."""
    made = plan(patients(RED, RED, RED, RED), fleet(0, 0, 0, 0), houses(600, 900))
    assert sorted((way.hospital, way.received_s) for way in made.placements.values()) == [
        (0, 600),
        (0, 1_200),
        (0, 1_800),
        (1, 1_200),
    ]


def test_the_only_burns_centre_is_kept_for_burns() -> None:
    """One red bed each; the nearer hospital treats burns. The burned patient gets it, though another stands before."""
    made = plan(
        patients(RED, RED, needs={1: (1,)}),
        fleet(0, 0),
        houses(300, 900, beds=(1, 0, 0), offers=((True, True), (True, False))),
    )
    assert [made.placements[i].hospital for i in (0, 1)] == [1, 0]


def test_a_unit_comes_back_for_more_only_where_its_round_trip_is_stated() -> None:
    two = patients(RED, RED)
    made = plan(two, fleet(0, round_trip_s=3_000), houses(600))
    assert [(way.trip, way.leaves_s, way.received_s) for way in made.placements.values()] == [
        (0, 0, 600),
        (1, 3_000, 3_600),
    ]
    once = plan(two, fleet(0), houses(600))
    assert (len(once.placements), once.shortfalls) == (1, (Shortfall(cause=Cause.NO_UNIT, tag=RED, needs=(), n=1),))


def test_who_is_tagged_black_stays() -> None:
    made = plan(patients(BLACK, GREEN), fleet(0, 0), houses(600))
    assert (list(made.placements), made.n_held) == ([1], 0)


def test_a_scene_without_patients_needs_no_plan() -> None:
    made = plan(patients(BLACK), fleet(0), houses(600))
    assert (made.placements, made.shortfalls, made.cost) == ({}, (), 0)


def test_without_units_everybody_waits_for_one() -> None:
    made = plan(patients(*[YELLOW] * 12), fleet(), houses(600, beds=(0, 12, 0)))
    assert [shortfall.text_en(CAPABILITIES) for shortfall in made.shortfalls] == ["12 yellow patients wait for a unit"]
    assert [shortfall.text_zh(CAPABILITIES) for shortfall in made.shortfalls] == ["12 名黄标伤员在等车"]


def test_a_capability_that_no_hospital_has_is_named() -> None:
    seven = patients(*[RED] * 7, needs=dict.fromkeys(range(7), (0,)))
    made = plan(seven, fleet(*[0] * 7), houses(600, offers=((False, True),)))
    (shortfall,) = made.shortfalls
    assert (shortfall.cause, made.placements) == (Cause.NO_CAPABILITY, {})
    assert shortfall.text_en(CAPABILITIES) == "7 red patients have no hospital with 创伤 trauma"
    assert shortfall.text_zh(CAPABILITIES) == "7 名红标伤员没有具备创伤 trauma能力的医院"


def test_beds_and_units_that_are_both_short_are_both_named() -> None:
    """Five reds, two units, three red beds: two have no bed, and of those three one waits for a unit."""
    made = plan(patients(*[RED] * 5), fleet(0, 0), houses(600, beds=(3, 0, 0)))
    assert made.shortfalls == (
        Shortfall(cause=Cause.NO_BED, tag=RED, needs=(), n=2),
        Shortfall(cause=Cause.NO_UNIT, tag=RED, needs=(), n=1),
    )
    assert made.shortfalls[0].text_en(CAPABILITIES) == "2 red patients have no bed left with general care"


def test_a_hospital_that_receives_too_slowly_is_named() -> None:
    """One patient every four hours: two slots before the horizon, the second at 4 h."""
    made = plan(patients(RED, RED, RED), fleet(0, 0, 0), houses(0, interval_s=4 * 3_600))
    assert sorted(way.received_s for way in made.placements.values()) == [0, 4 * 3_600]
    assert made.shortfalls == (Shortfall(cause=Cause.NO_SLOT, tag=RED, needs=(), n=1),)
    assert f"within {HORIZON_S // 3_600} h" in made.shortfalls[0].text_en(CAPABILITIES)
    assert "排不上" in made.shortfalls[0].text_zh(CAPABILITIES)


def test_a_new_plan_leaves_what_is_bound_alone() -> None:
    """Patient 0 is on the way with unit 0 and will have the slot at 600 s: the next red gets unit 1 and the slot after."""
    two, units, near = patients(RED, RED), fleet(0, 0), houses(600, beds=(2, 0, 0))
    first = plan(two, units, near).placements[0]
    bound = {0: Bound(unit=first.unit, hospital=first.hospital, arrives_s=first.arrives_s)}
    again = plan(replace(two, bound=bound), units, near)
    assert list(again.placements) == [1]
    assert (again.placements[1].unit, again.placements[1].received_s) == (1, 1_200)
    full = plan(replace(two, bound=bound), units, replace(near, beds=np.array([[1, 0, 0]])))
    assert [shortfall.cause for shortfall in full.shortfalls] == [Cause.NO_BED]


def test_a_tag_that_changes_changes_the_order() -> None:
    """A green patient deteriorates: planned anew, the slots of the two change places."""
    before = plan(patients(GREEN, YELLOW), fleet(0, 0), houses(600))
    after = plan(patients(RED, YELLOW), fleet(0, 0), houses(600))
    assert [before.placements[i].received_s for i in (0, 1)] == [1_200, 600]
    assert [after.placements[i].received_s for i in (0, 1)] == [600, 1_200]
