"""The lookup stops early, so it is compared with the plain way: judge every device, sort, take the first k."""

import random
from datetime import timedelta
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maps_data.aed_lookup import MAX_DISTANCE_M, MAX_K, UNLOCK_S, AedLookup, vertical_s
from maps_data.aed_usable import FACTOR, SOUND, AedReport, Doubt
from maps_data.records import Aed
from maps_data.vocabulary import AedAccess, AedReportKind
from routing.geo import distance_m
from routing.travel_time.walking import DETOUR, SPEED_MPS
from tests.fakes.aeds import HERE, NOW, TODAY, aed

# Hours, whether they are shut at NOW (a Monday at 10:00), and the doubt that they raise.
HOURS: dict[str | None, tuple[bool, Doubt | None]] = {
    "24/7": (False, None),
    "Mo-Fr 09:00-18:00": (False, None),
    "Mo-Fr 12:00-18:00": (True, None),
    "off": (True, None),
    "Mo-Fr 07:30-17:30; PH off": (False, Doubt.HOURS_UNLESS_HOLIDAY),
    None: (False, Doubt.HOURS_UNKNOWN),
    "dusk till dawn": (False, Doubt.HOURS_UNKNOWN),
}
REPORTED = {
    AedReportKind.MISSING: Doubt.REPORTED_MISSING,
    AedReportKind.USED: Doubt.REPORTED_USED,
    AedReportKind.LOCKED: Doubt.REPORTED_LOCKED,
    AedReportKind.MOVED: Doubt.REPORTED_MOVED,
}


class Case(NamedTuple):
    """A device, and what was reported of it."""

    device: Aed
    report: AedReport | None


def offsets(reach_m: float) -> st.SearchStrategy[float]:
    return st.floats(-reach_m, reach_m, allow_nan=False)


@st.composite
def cases(draw: st.DrawFn) -> list[Case]:
    """Up to 50 devices in a crowd, in a quarter, or in a city, some of them beyond the end of the search."""
    reach_m = draw(st.sampled_from([30.0, 800.0, 6_000.0]))
    n_devices = draw(st.integers(0, 50))
    return [draw(case(f"A{number:03}", reach_m)) for number in range(n_devices)]


@st.composite
def case(draw: st.DrawFn, aed_id: str, reach_m: float) -> Case:
    device = aed(
        aed_id,
        north_m=draw(offsets(reach_m)),
        east_m=draw(offsets(reach_m)),
        uncertainty_m=draw(st.sampled_from([0.0, 20.0, 100.0])),
        level=draw(st.sampled_from(["0", "0", "-2", "7", None])),
        access=draw(st.sampled_from(AedAccess)),
        opening_hours=draw(st.sampled_from(list(HOURS))),
        pads_expiry=TODAY + timedelta(days=draw(st.sampled_from([-1, 0, 900]))),
        last_checked=draw(st.sampled_from([None, TODAY, TODAY - timedelta(days=400)])),
    )
    kind = draw(st.sampled_from([None, None, None, *AedReportKind]))
    return Case(device, AedReport(kind=kind, at=NOW - timedelta(hours=2)) if kind else None)


def plain_total_s(case: Case) -> float:
    """The model of the module's head, written down once more."""
    device, p_usable = case.device, SOUND
    if device.last_checked is None:
        p_usable *= FACTOR[Doubt.NEVER_CHECKED]
    elif device.last_checked < TODAY - timedelta(days=180):
        p_usable *= FACTOR[Doubt.CHECK_OVERDUE]
    if device.pads_expiry and device.pads_expiry < TODAY:
        p_usable *= FACTOR[Doubt.PADS_EXPIRED]
    if doubt := HOURS[device.opening_hours][1]:
        p_usable *= FACTOR[doubt]
    if case.report and (doubt := REPORTED.get(case.report.kind)):
        p_usable *= FACTOR[doubt]
    walk_s = distance_m(HERE, device.point) * DETOUR / SPEED_MPS
    trip_s = 2 * walk_s + device.uncertainty_m / SPEED_MPS + vertical_s(device.level) + UNLOCK_S[device.access]
    return trip_s / p_usable


def is_shut(case: Case) -> bool:
    return HOURS[case.device.opening_hours][0] or case.device.access is AedAccess.NO


@pytest.mark.slow
@settings(max_examples=60)
@given(cases(), st.integers(1, MAX_K))
def test_the_choices_are_those_of_judging_every_device(drawn: list[Case], k: int) -> None:
    lookup = AedLookup([case.device for case in drawn], time_zone="Asia/Shanghai")
    reports = {case.device.aed_id: case.report for case in drawn if case.report}
    found = lookup.nearest(HERE, k, at=NOW, report_of=reports.get)

    near = [case for case in drawn if distance_m(HERE, case.device.point) <= MAX_DISTANCE_M]
    # Equal to rounding is equal: then the registry's order decides, as in the lookup.
    ranked = sorted(near, key=lambda case: (is_shut(case), round(plain_total_s(case), 6), case.device.aed_id))
    assert [choice.aed.aed_id for choice in found.choices] == [case.device.aed_id for case in ranked[:k]]
    for choice, case in zip(found.choices, ranked, strict=False):
        assert abs(choice.eta.total_s - plain_total_s(case)) < 1e-6
        assert choice.is_closed == is_shut(case)

    last_s = found.choices[-1].eta.total_s if found.choices else 0.0
    left_out = (
        {case.device.aed_id for case in ranked[k:] if is_shut(case) and plain_total_s(case) < last_s - 1e-6}
        if found.choices and not found.choices[-1].is_closed
        else set()
    )
    assert left_out <= {device.aed_id for device in found.closed_sooner}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_in_a_crowd_of_closed_devices_the_search_goes_on_until_it_is_sure(seed: int) -> None:
    """2,000 devices of which nine in ten are closed, so that the first nearest ones settle nothing."""
    rng = random.Random(seed)
    drawn = [
        Case(
            aed(
                f"A{number:04}",
                north_m=rng.gauss(0, 2_000),
                east_m=rng.gauss(0, 2_000),
                opening_hours=rng.choice(["24/7", None, *["off"] * 18]),
                last_checked=rng.choice([None, TODAY]),
            ),
            None,
        )
        for number in range(2_000)
    ]
    lookup = AedLookup([case.device for case in drawn], time_zone="Asia/Shanghai")
    ranked = sorted(drawn, key=lambda case: (is_shut(case), plain_total_s(case)))
    for k in (1, 5, MAX_K):
        found = lookup.nearest(HERE, k, at=NOW)
        assert [choice.aed.aed_id for choice in found.choices] == [case.device.aed_id for case in ranked[:k]]
        sooner = [case for case in drawn if is_shut(case) and plain_total_s(case) < plain_total_s(ranked[k - 1])]
        assert {device.aed_id for device in found.closed_sooner} == {case.device.aed_id for case in sooner}
