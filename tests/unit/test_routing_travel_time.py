"""Estimated times by ambulance and on foot: the law, the hour, the shapes, what is stated with them."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest

from routing.geo import Wgs84, destination
from routing.travel_time import (
    Barrier,
    EstimateTravelTimes,
    Grade,
    TravelTimeProvider,
    TravelTimes,
    WalkingTimes,
)
from routing.travel_time.estimate import hourly_factor
from routing.travel_time.estimate_constants import EstimateConstants

SCENE = Wgs84(lat_deg=22.5431, lon_deg=114.0579)
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # 12:00 in Shenzhen
PROVIDERS: list[TravelTimeProvider] = [EstimateTravelTimes(), WalkingTimes()]


def to_scene(provider: TravelTimeProvider, distance_m: float, at: datetime = NOON) -> TravelTimes:
    origin = destination(SCENE, 30, distance_m)
    return provider.to_one([origin.lat_deg], [origin.lon_deg], SCENE, departing_at=at)


ROUND_NUMBERS = EstimateConstants(a_s=60, b_s=90, c=0.5, d_m=700, e=1.3, relative_error=0.3, p90_factor=1.5)


def test_the_law_at_nine_kilometres() -> None:
    """60 + 90 * 9 ** 0.5 = 330 s in free flow; 12:00 has the factor 1.02; 0.7 + 1.3 * 9 = 12.4 km of road."""
    times = to_scene(EstimateTravelTimes(constants=ROUND_NUMBERS), 9_000)
    assert times.travel_time_s[0] == pytest.approx(1.02 * 330, rel=1e-4)
    assert times.distance_m[0] == pytest.approx(12_400, rel=1e-4)
    assert (times.relative_error, times.p90_factor) == (0.3, 1.5)


def test_the_last_bits_of_a_processor_do_not_show() -> None:
    """Two that reckon powers with an error of 1e-15 each agree on whole milliseconds."""
    times = to_scene(EstimateTravelTimes(), 4_321.0)
    for values in (times.travel_time_s, times.distance_m):
        assert values.tolist() == [round(value, 3) for value in values.tolist()]


def test_other_constants_are_another_source() -> None:
    assert EstimateTravelTimes(constants=ROUND_NUMBERS).source != EstimateTravelTimes().source


def test_the_morning_peak_is_slower_than_the_night() -> None:
    night = to_scene(EstimateTravelTimes(), 5_000, datetime(2026, 3, 1, 19, tzinfo=UTC))  # 03:00
    peak = to_scene(EstimateTravelTimes(), 5_000, datetime(2026, 3, 2, 0, tzinfo=UTC))  # 08:00
    assert peak.travel_time_s[0] / night.travel_time_s[0] == pytest.approx(1.30 / 0.80)
    assert peak.distance_m[0] == night.distance_m[0]


def test_the_hourly_factor_has_no_jumps_not_even_at_midnight() -> None:
    minutes = [hourly_factor(NOON + timedelta(minutes=minute)) for minute in range(24 * 60 + 1)]
    assert max(abs(b - a) for a, b in pairwise(minutes)) < 0.004
    assert (min(minutes), max(minutes)) == (0.80, 1.30)
    assert minutes[0] == minutes[-1]


def test_a_great_question_asked_again_at_another_hour_is_answered_for_that_hour() -> None:
    """The lengths of 2**16 legs are remembered, their times are not."""
    lat, lon = np.linspace(22.4, 22.8, 256), np.linspace(113.8, 114.5, 256)
    estimate, evening = EstimateTravelTimes(), NOON + timedelta(hours=6)
    estimate.many_to_many(lat, lon, lon - 91.5, lat + 91.5, departing_at=NOON)
    again = estimate.many_to_many(lat, lon, lon - 91.5, lat + 91.5, departing_at=evening)
    anew = EstimateTravelTimes().many_to_many(lat, lon, lon - 91.5, lat + 91.5, departing_at=evening)
    assert np.array_equal(again.travel_time_s, anew.travel_time_s)
    assert np.array_equal(again.distance_m, anew.distance_m)


def test_half_an_hour_lies_half_way() -> None:
    assert hourly_factor(NOON + timedelta(hours=4, minutes=30)) == pytest.approx((1.12 + 1.25) / 2)  # 16:30


@pytest.mark.parametrize("provider", PROVIDERS)
def test_farther_takes_longer(provider: TravelTimeProvider) -> None:
    times = [to_scene(provider, metres).travel_time_s[0] for metres in (0, 10, 100, 1_000, 10_000, 50_000)]
    assert all(a < b for a, b in pairwise(times))


def test_a_bay_on_the_way_makes_the_drive_longer() -> None:
    bay = Barrier(
        name_zh="湾",
        name_en="Bay",
        line=(destination(SCENE, 90, 2_000), destination(destination(SCENE, 90, 2_000), 180, 60_000)),
    )
    lat, lon = [SCENE.lat_deg - 0.03] * 2, [SCENE.lon_deg + 0.04, SCENE.lon_deg - 0.04]
    scene = Wgs84(lat_deg=SCENE.lat_deg - 0.03, lon_deg=SCENE.lon_deg)
    dry = EstimateTravelTimes().to_one(lat, lon, scene, departing_at=NOON)
    wet = EstimateTravelTimes([bay]).to_one(lat, lon, scene, departing_at=NOON)
    assert dry.travel_time_s[0] == pytest.approx(dry.travel_time_s[1], rel=1e-6)
    assert wet.travel_time_s[0] > 1.5 * dry.travel_time_s[0]
    assert wet.travel_time_s[1] == dry.travel_time_s[1]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_three_questions_agree(provider: TravelTimeProvider) -> None:
    rng = np.random.default_rng(3)
    lat, lon = rng.uniform(22.5, 22.8, 7), rng.uniform(113.8, 114.4, 7)
    to_lat, to_lon = rng.uniform(22.5, 22.8, 4), rng.uniform(113.8, 114.4, 4)
    matrix = provider.many_to_many(lat, lon, to_lat, to_lon, departing_at=NOON)
    assert matrix.travel_time_s.shape == matrix.distance_m.shape == (7, 4)
    for column in range(4):
        there = Wgs84(lat_deg=float(to_lat[column]), lon_deg=float(to_lon[column]))
        to_one = provider.to_one(lat, lon, there, departing_at=NOON)
        from_one = provider.from_one(there, lat, lon, departing_at=NOON)
        np.testing.assert_allclose(to_one.travel_time_s, matrix.travel_time_s[:, column], rtol=1e-12)
        np.testing.assert_allclose(from_one.travel_time_s, matrix.travel_time_s[:, column], rtol=1e-12)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_estimate_says_so_and_states_its_error(provider: TravelTimeProvider) -> None:
    times = to_scene(provider, 2_000)
    assert times.source == provider.source
    assert times.grade is provider.grade is Grade.ESTIMATE
    assert times.relative_error > 0.2
    assert times.p90_travel_time_s[0] == times.travel_time_s[0] * times.p90_factor > times.travel_time_s[0]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_time_without_a_zone_is_refused(provider: TravelTimeProvider) -> None:
    with pytest.raises(ValueError, match="aware"):
        to_scene(provider, 100, datetime(2026, 3, 2, 12, 0))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_no_points_give_no_times(provider: TravelTimeProvider) -> None:
    assert provider.to_one([], [], SCENE, departing_at=NOON).travel_time_s.shape == (0,)


def test_four_hundred_metres_on_foot() -> None:
    """400 m of path is 286 m as the crow flies; the volunteers took 4.05 min."""
    times = to_scene(WalkingTimes(), 400 / 1.4)
    assert times.travel_time_s[0] == pytest.approx(4.05 * 60, rel=0.01)
    assert times.distance_m[0] == pytest.approx(400)


def test_times_and_distances_must_have_one_shape() -> None:
    with pytest.raises(ValueError, match="shape"):
        TravelTimes(
            travel_time_s=np.zeros(3),
            distance_m=np.zeros(2),
            source="x",
            grade=Grade.NETWORK,
            relative_error=0.0,
            p90_factor=1.0,
        )
