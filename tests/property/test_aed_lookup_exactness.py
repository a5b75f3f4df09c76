"""The lookup stops early, so it is compared with the plain way: judge every device, sort, take the first k."""

import random
from datetime import timedelta
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maps_data.aed_lookup import MAX_DISTANCE_M, MAX_K, AedLookup
from maps_data.aed_near import FIRST_DEVICES
from maps_data.aed_trip import UNLOCK_S, vertical_s
from maps_data.aed_usable import FACTOR, SOUND, AedLive, AedReport, Doubt
from maps_data.records import Aed
from maps_data.vocabulary import AedAccess, AedReportKind
from routing.geo import destination, distance_m, distances_m
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
@given(cases(), st.integers(1, MAX_K), st.sampled_from([4, 16, FIRST_DEVICES]))
def test_the_choices_are_those_of_judging_every_device(drawn: list[Case], k: int, n_near: int) -> None:
    lookup = AedLookup([case.device for case in drawn], time_zone="Asia/Shanghai", n_near=n_near)
    live = {case.device.aed_id: AedLive(report=case.report) for case in drawn if case.report}
    found = lookup.nearest(HERE, k, at=NOW, live=live)

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


@pytest.mark.slow
def test_sixty_thousand_devices_are_searched_exactly() -> None:
    """Askers all over a city of 60,000 devices, against pricing every device; lists of neighbourhoods begin short and grow."""
    rng = random.Random(60)
    hours = list(HOURS)
    devices = [
        aed(
            f"A{number:05}",
            north_m=rng.gauss(0, 9_000),
            east_m=rng.gauss(0, 14_000),
            uncertainty_m=rng.choice([5.0, 20.0, 100.0]),
            level=rng.choice(["0", "-1", "3", None]),
            opening_hours=rng.choice(hours),
            last_checked=rng.choice([None, TODAY]),
        )
        for number in range(60_000)
    ]
    lookup = AedLookup(devices, time_zone="Asia/Shanghai", n_near=24)
    fetched = {f"A{number:05}": AedLive(fetched_until=NOW) for number in range(0, 60_000, 40)}
    priced = [plain_total_s(Case(device, None)) for device in devices]
    p_usable = np.array([lookup.standing(device, NOW).p_usable for device in devices])
    barred = np.array([is_shut(Case(device, None)) or device.aed_id in fetched for device in devices])
    away_here = distances_m([d.point.lat_deg for d in devices], [d.point.lon_deg for d in devices], HERE)
    fixed_s = np.array(priced) * p_usable - 2 * away_here * DETOUR / SPEED_MPS
    for _ in range(100):
        here = destination(destination(HERE, 0.0, rng.gauss(0, 9_000)), 90.0, rng.gauss(0, 14_000))
        away_m = distances_m([d.point.lat_deg for d in devices], [d.point.lon_deg for d in devices], here)
        totals = (2 * away_m * DETOUR / SPEED_MPS + fixed_s) / p_usable
        totals[away_m > MAX_DISTANCE_M] = np.inf
        order = np.lexsort((np.arange(len(devices)), np.round(totals, 6), barred))[:5]
        found = lookup.nearest(here, 5, at=NOW, live=fetched)
        assert [c.aed.aed_id for c in found.choices] == [devices[n].aed_id for n in order if np.isfinite(totals[n])]


@pytest.mark.slow
@settings(max_examples=60)
@given(cases(), st.integers(1, 6), st.floats(-3_000, 3_000), st.floats(-3_000, 3_000))
def test_a_responders_choices_are_those_of_judging_every_device(
    drawn: list[Case], k: int, north_m: float, east_m: float
) -> None:
    runner = destination(destination(HERE, 0.0, north_m), 90.0, east_m)
    lookup = AedLookup([case.device for case in drawn], time_zone="Asia/Shanghai")
    found = lookup.nearest(HERE, k, at=NOW, runner=runner)

    def total_s(case: Case) -> float:
        """The plain total with the way from the responder in place of the way from the patient."""
        p_usable = lookup.standing(case.device, NOW).p_usable
        there_m, back_m = distance_m(runner, case.device.point), distance_m(HERE, case.device.point)
        return plain_total_s(Case(case.device, None)) + (there_m - back_m) * DETOUR / SPEED_MPS / p_usable

    near = [case for case in drawn if distance_m(HERE, case.device.point) <= MAX_DISTANCE_M]
    ranked = sorted(near, key=lambda case: (is_shut(case), round(total_s(case), 6), case.device.aed_id))
    assert [choice.aed.aed_id for choice in found.choices] == [case.device.aed_id for case in ranked[:k]]
