"""Intervals of paired differences and ratios: worked by hand where that is possible, by repetition where it is not."""

import math

import numpy as np
import pytest

from dispatch.drills.compare_statistics import over_incidents, paired_difference, relative_change


def test_a_difference_has_students_interval() -> None:
    """Differences −3, −1, −2: mean −2, standard deviation 1; t with 2 degrees of freedom is 4.302653, over √3: 2.484."""
    found = paired_difference(np.array([7.0, 9.0, 8.0]), np.array([10.0, 10.0, 10.0]))
    assert found.value == pytest.approx(-2.0)
    assert (found.low, found.high) == (pytest.approx(-4.484138), pytest.approx(0.484138))


def test_what_both_arms_share_drops_out() -> None:
    """Weeks that differ tenfold, an arm that is 5 better in each: the difference is certain."""
    baseline = np.array([10.0, 100.0, 55.0, 31.0])
    found = paired_difference(baseline - 5.0, baseline)
    assert (found.value, found.low, found.high) == (-5.0, -5.0, -5.0)


def test_an_arm_that_is_always_a_fifth_lower_is_known_to_be() -> None:
    baseline = np.array([0.21, 0.18, 0.25])
    found = relative_change(0.8 * baseline, baseline)
    assert found.value == pytest.approx(-0.2)
    assert (found.low, found.high) == (pytest.approx(-0.2), pytest.approx(-0.2))


def test_fieller_covers_the_true_ratio_as_often_as_it_says() -> None:
    """2,000 comparisons of six pairs whose true means are 6 and 10: about 95 % of the intervals hold −0.4."""
    chance = np.random.default_rng(3)
    covered = 0
    for _ in range(2_000):
        week = chance.normal(0.0, 1.5, 6)
        found = relative_change(6.0 + week + chance.normal(0, 0.7, 6), 10.0 + week + chance.normal(0, 0.7, 6))
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= -0.4 <= found.high
    assert covered / 2_000 == pytest.approx(0.95, abs=0.012)


def test_a_baseline_that_may_be_nothing_leaves_the_ratio_open() -> None:
    """Pairs (1, 5), (2, −4): the baseline's mean is 0.5 give or take far more."""
    found = relative_change(np.array([1.0, 2.0]), np.array([5.0, -4.0]))
    assert found.value == pytest.approx(2.0)
    assert (found.low, found.high) == (None, None)
    assert relative_change(np.array([1.0, 2.0]), np.zeros(2)).value is None


def test_one_pair_has_no_interval() -> None:
    one, two = np.array([1.0]), np.array([2.0])
    assert (paired_difference(one, two).value, paired_difference(one, two).low) == (-1.0, None)
    assert (relative_change(one, two).value, relative_change(one, two).low) == (-0.5, None)


def test_a_missing_value_gives_no_estimate() -> None:
    missing, known = np.array([math.nan, 1.0]), np.array([1.0, 1.0])
    assert paired_difference(missing, known).value is None
    assert relative_change(missing, known).value is None


def test_resampled_incidents_give_about_the_interval_of_their_mean() -> None:
    """400 waits, an arm that takes 60 s off each but for noise of 40 s: the mean's interval is about ± 1.96 · 40 / √400."""
    chance = np.random.default_rng(5)
    baseline = chance.normal(600.0, 200.0, 400)
    difference, ratio = over_incidents(
        baseline - 60.0 + chance.normal(0.0, 40.0, 400), baseline, lambda s: s.mean(axis=-1)
    )
    assert difference.low is not None
    assert difference.high is not None
    assert difference.high - difference.low == pytest.approx(2 * 1.96 * 2.0, rel=0.12)
    assert ratio.value == pytest.approx(-0.1, abs=0.01)


def test_resampling_is_the_same_every_time() -> None:
    waits = np.arange(50.0)
    once, again = (over_incidents(waits, waits[::-1], lambda s: np.median(s, axis=-1)) for _ in range(2))
    assert once == again
