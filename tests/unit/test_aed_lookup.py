"""Which AED somebody should run for, worked out by hand, and what the answer says of each."""

from datetime import date, timedelta
from math import log

import pytest

from maps_data.aed_lookup import MAX_DISTANCE_M, MAX_K, AedLookup
from maps_data.aed_trip import UNLOCK_S, vertical_s
from maps_data.aed_usable import FACTOR, SOUND, AedLive, AedReport, Doubt
from maps_data.records import Aed
from maps_data.vocabulary import AedAccess, AedReportKind, Known
from routing.geo import destination
from routing.travel_time.walking import DETOUR, LIFT_S, P90_FACTOR, SPEED_MPS, STOREY_S
from tests.fakes.aeds import HERE, NOW, TODAY, aed

ZONE = "Asia/Shanghai"


def lookup(*aeds: Aed) -> AedLookup:
    return AedLookup(aeds, time_zone=ZONE)


def order(*aeds: Aed, k: int = MAX_K, reports: dict[str, AedReport] | None = None) -> list[str]:
    live = {aed_id: AedLive(report=report) for aed_id, report in (reports or {}).items()}
    return [choice.aed.aed_id for choice in lookup(*aeds).nearest(HERE, k, at=NOW, live=live).choices]


def test_the_time_is_the_sum_of_its_parts() -> None:
    """330 m, good to 33 m, on the second floor above ground, kept by shop staff."""
    device = aed("A", north_m=330, uncertainty_m=33, level="2", access=AedAccess.CUSTOMERS)
    eta = lookup(device).nearest(HERE, 1, at=NOW).choices[0].eta
    walk_s = 330 * DETOUR / SPEED_MPS  # 280 s
    trip_s = 2 * walk_s + 33 / SPEED_MPS + 2 * 2 * STOREY_S + UNLOCK_S[AedAccess.CUSTOMERS]  # 560 + 20 + 80 + 30
    assert eta.walk_out_s == pytest.approx(walk_s) == eta.walk_back_s
    assert eta.search_s == pytest.approx(20)
    assert eta.vertical_s == 80
    assert eta.unlock_s == 30
    assert eta.total_s == pytest.approx(trip_s / SOUND)
    assert eta.risk_s == pytest.approx(eta.total_s - trip_s)
    assert eta.p90_s == pytest.approx(eta.total_s + (P90_FACTOR - 1) * 2 * walk_s)


def test_the_nearest_in_a_straight_line_is_not_always_the_soonest() -> None:
    up_in_the_tower = aed("tower", north_m=100, level="4")
    at_the_street = aed("street", north_m=140)
    assert order(up_in_the_tower, at_the_street) == ["street", "tower"]


def test_a_doubtful_device_gives_way_to_a_farther_sound_one() -> None:
    neglected = aed("neglected", north_m=200, last_checked=None, battery_expiry=date(2026, 1, 1))
    assert order(neglected, aed("sound", north_m=300)) == ["sound", "neglected"]
    assert order(neglected, aed("too far", north_m=600)) == ["neglected", "too far"]


def test_a_closed_device_ranks_after_every_other_and_says_so() -> None:
    closed = aed("closed", north_m=20, opening_hours="Tu-Su 09:00-18:00")  # today is a Monday
    found = lookup(closed, aed("open", north_m=2_000)).nearest(HERE, 2, at=NOW)
    assert [(choice.aed.aed_id, choice.is_closed) for choice in found.choices] == [("open", False), ("closed", True)]
    assert found.choices[1].hours.open_now is Known.NO
    assert found.choices[1].hours.next_change_at is not None
    assert found.closed_sooner == ()


def test_a_device_closed_to_the_public_counts_as_closed_though_its_house_is_open() -> None:
    kept = aed("kept", north_m=20, access=AedAccess.NO)
    found = lookup(kept, aed("open", north_m=900)).nearest(HERE, 2, at=NOW)
    assert [choice.is_closed for choice in found.choices] == [False, True]
    assert found.choices[1].hours.open_now is Known.YES


def test_closed_devices_that_do_not_fit_into_the_answer_are_named_apart() -> None:
    closed = aed("closed", north_m=20, opening_hours="Tu-Su 09:00-18:00")
    farther_closed = aed("farther", north_m=4_000, opening_hours="Tu-Su 09:00-18:00")
    found = lookup(closed, aed("open", north_m=200), farther_closed).nearest(HERE, 1, at=NOW)
    assert [choice.aed.aed_id for choice in found.choices] == ["open"]
    assert [left_out.aed_id for left_out in found.closed_sooner] == ["closed"]


def test_unknown_hours_are_said_and_cost_what_is_stated() -> None:
    choice = lookup(aed("A", north_m=100, opening_hours="sunrise-sunset")).nearest(HERE, 1, at=NOW).choices[0]
    assert choice.hours.open_now is Known.UNKNOWN
    assert choice.doubts == (Doubt.HOURS_UNKNOWN,)
    assert choice.p_usable == pytest.approx(SOUND * FACTOR[Doubt.HOURS_UNKNOWN])
    assert not choice.is_closed


def test_hours_that_only_a_holiday_would_change_are_hardly_doubted() -> None:
    school = aed("school", north_m=100, opening_hours="Mo-Fr 07:30-17:30; PH off")
    judged = lookup(school)
    assert judged.standing(school, NOW).hours.open_now is Known.UNKNOWN
    assert judged.standing(school, NOW).hours.doubts == (Doubt.HOURS_UNLESS_HOLIDAY,)
    assert judged.standing(school, NOW + timedelta(hours=12)).hours.open_now is Known.NO


def test_the_hour_that_is_asked_for_counts_not_the_present_one() -> None:
    by_day = aed("day", north_m=50, opening_hours="08:00-20:00")
    always = aed("always", north_m=100)
    judged = lookup(by_day, always)
    tonight = NOW + timedelta(hours=12)
    assert [c.aed.aed_id for c in judged.nearest(HERE, 2, at=NOW).choices] == ["day", "always"]
    assert [c.aed.aed_id for c in judged.nearest(HERE, 2, at=tonight).choices] == ["always", "day"]


def test_what_one_minute_takes_over_from_the_minute_before_is_what_a_newcomer_would_be_told() -> None:
    """A shop opens and shuts, a report grows old, midnight passes, the clock is asked about an hour that was before."""
    devices = [
        aed("shop", north_m=50, opening_hours="10:02-10:04"),
        aed("told", north_m=80, pads_expiry=TODAY),
        aed("always", north_m=100),
        aed("bar", north_m=120, opening_hours="off"),
    ]
    report = AedReport(kind=AedReportKind.MISSING, at=NOW - timedelta(days=7) + timedelta(minutes=2))
    live = {"told": AedLive(report=report), "not of this city": AedLive(is_withdrawn=True)}
    asked_often = lookup(*devices)
    minutes = [*range(6), 13 * 60, 14 * 60 - 1, 14 * 60, 14 * 60 + 1, 2, 3, 2]
    answers = set()
    for minute in minutes:
        at = NOW + timedelta(minutes=minute)
        answer, fresh = (one.nearest(HERE, 3, at=at, live=live) for one in (asked_often, lookup(*devices)))
        told = [(choice.aed.aed_id, choice.p_usable, choice.is_closed, choice.hours) for choice in answer.choices]
        assert told == [
            (choice.aed.aed_id, choice.p_usable, choice.is_closed, choice.hours) for choice in fresh.choices
        ]
        assert answer.closed_sooner == fresh.closed_sooner
        answers.add(tuple(aed_id for aed_id, *_ in told))
    assert answers == {
        ("always", "told", "shop"),
        ("shop", "always", "told"),
        ("shop", "told", "always"),
        ("told", "always", "shop"),
    }


@pytest.mark.parametrize("kind", [kind for kind in AedReportKind if kind is not AedReportKind.WORKS])
def test_a_fresh_report_lowers_a_device_and_an_old_one_does_not(kind: AedReportKind) -> None:
    near, far = aed("near", north_m=100), aed("far", north_m=120)
    fresh = AedReport(kind=kind, at=NOW - timedelta(hours=1))
    old = AedReport(kind=kind, at=NOW - timedelta(days=8))
    later = AedReport(kind=kind, at=NOW + timedelta(minutes=1))
    assert order(near, far, reports={"near": fresh}) == ["far", "near"]
    assert order(near, far, reports={"near": old}) == ["near", "far"]
    assert order(near, far, reports={"near": later}) == ["near", "far"]


def test_a_report_that_it_works_changes_no_rank_but_is_shown() -> None:
    report = AedReport(kind=AedReportKind.WORKS, at=NOW - timedelta(hours=1))
    choice = lookup(aed("A")).nearest(HERE, 1, at=NOW, live={"A": AedLive(report=report)}).choices[0]
    assert choice.report is report
    assert choice.doubts == ()


def test_nothing_is_offered_from_farther_than_anybody_would_fetch_it() -> None:
    assert order(aed("A", north_m=MAX_DISTANCE_M - 10), aed("B", north_m=MAX_DISTANCE_M + 10)) == ["A"]
    assert order(aed("B", north_m=MAX_DISTANCE_M + 10)) == []


def test_a_city_without_devices_answers_with_none() -> None:
    assert order() == []


def test_equal_devices_keep_the_order_of_the_registry() -> None:
    assert order(aed("B", north_m=50), aed("A", north_m=50)) == ["B", "A"]


@pytest.mark.parametrize("k", [0, -1, MAX_K + 1])
def test_an_unreasonable_k_is_refused(k: int) -> None:
    with pytest.raises(ValueError, match="k must be within"):
        lookup(aed("A")).nearest(HERE, k, at=NOW)


@pytest.mark.parametrize(
    ("level", "storeys"),
    [("0", 0), ("-2", 2), ("3", 3), ("1;2", 1), ("0.5", 0.5), (None, 1), ("roof", 1), ("", 1)],
)
def test_stairs_count_both_ways_and_an_unknown_storey_counts_as_one(level: str | None, storeys: float) -> None:
    assert vertical_s(level) == 2 * storeys * STOREY_S


def test_no_height_takes_longer_than_a_lift() -> None:
    assert vertical_s("60") == 2 * LIFT_S


@pytest.mark.parametrize(
    ("changes", "doubts"),
    [
        ({}, ()),
        ({"last_checked": None}, (Doubt.NEVER_CHECKED,)),
        ({"last_checked": TODAY - timedelta(days=180)}, ()),
        ({"last_checked": TODAY - timedelta(days=181)}, (Doubt.CHECK_OVERDUE,)),
        ({"pads_expiry": TODAY}, ()),
        ({"pads_expiry": TODAY - timedelta(days=1)}, (Doubt.PADS_EXPIRED,)),
        ({"pads_expiry": None, "battery_expiry": None}, ()),
        ({"battery_expiry": TODAY - timedelta(days=1)}, (Doubt.BATTERY_EXPIRED,)),
    ],
)
def test_what_the_dates_of_the_registry_say(changes: dict[str, object], doubts: tuple[Doubt, ...]) -> None:
    assert lookup(device := aed("A", **changes)).judge(device, 0.0, at=NOW).doubts == doubts


def test_every_doubt_lowers_the_probability() -> None:
    """The search relies on it: nothing is likelier to be usable than a device without doubts."""
    assert set(FACTOR) == set(Doubt)
    assert all(0 < factor < 1 for factor in FACTOR.values())
    assert 0 < SOUND < 1


@pytest.mark.parametrize(
    ("live", "code"),
    [(AedLive(is_withdrawn=True), "is_withdrawn"), (AedLive(fetched_until=NOW + timedelta(seconds=20)), "is_fetched")],
)
def test_a_device_that_is_out_of_use_or_being_fetched_comes_last(live: AedLive, code: str) -> None:
    devices = lookup(aed("near", north_m=50), aed("far", north_m=900))
    found = devices.nearest(HERE, 2, at=NOW, live={"near": live})
    assert [(choice.aed.aed_id, choice.is_barred) for choice in found.choices] == [("far", False), ("near", True)]
    assert getattr(found.choices[1].standing.live, code)
    assert not found.choices[1].is_closed
    assert [left_out.aed_id for left_out in devices.nearest(HERE, 1, at=NOW, live={"near": live}).closed_sooner] == [
        "near"
    ]


def test_what_staff_read_at_the_device_stands_above_the_registry() -> None:
    neglected = aed("A", last_checked=None, pads_expiry=date(2026, 1, 1), battery_expiry=date(2026, 1, 1))
    live = AedLive(inspected_on=TODAY, pads_expiry=date(2029, 1, 1))
    assert lookup(neglected).standing(neglected, NOW, live).doubts == (Doubt.BATTERY_EXPIRED,)


def test_the_risk_is_shared_out_among_what_speaks_against_the_device() -> None:
    """Two doubts of 0.5 and 0.9 on a device that is sound with 0.95: shares as ln 0.95, ln 0.9 and ln 0.5."""
    device = aed("A", north_m=330, opening_hours="by appointment", last_checked=date(2026, 1, 1))
    (choice,) = lookup(device).nearest(HERE, 1, at=NOW).choices
    shares = dict(choice.risk_shares())
    assert sum(shares.values()) == pytest.approx(choice.eta.risk_s)
    assert shares[Doubt.HOURS_UNKNOWN] / shares[Doubt.CHECK_OVERDUE] == pytest.approx(log(0.5) / log(0.9))
    assert shares[None] / shares[Doubt.CHECK_OVERDUE] == pytest.approx(log(SOUND) / log(0.9))


def test_for_a_responder_the_device_on_his_way_is_best() -> None:
    """The patient is 600 m south of him; one device hangs between them, one beside the patient on the far side."""
    between, beyond = aed("between", north_m=400), aed("beyond", north_m=-100)
    runner = destination(HERE, 0.0, 600.0)
    devices = lookup(between, beyond)
    assert [c.aed.aed_id for c in devices.nearest(HERE, 2, at=NOW).choices] == ["beyond", "between"]
    first, second = devices.nearest(HERE, 2, at=NOW, runner=runner).choices
    assert (first.aed.aed_id, second.aed.aed_id) == ("between", "beyond")
    assert (first.walk.out_s, first.walk.back_s) == pytest.approx((200 * DETOUR / SPEED_MPS, 400 * DETOUR / SPEED_MPS))
