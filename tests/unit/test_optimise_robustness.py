"""Shares of worlds in which a candidate stays best, against cases that have a closed form."""

import math
from statistics import NormalDist

import numpy as np
import pytest

from routing.optimise.robustness import Candidates, robustness, sigma, standard_worlds

WORLDS = standard_worlds()
PHI = NormalDist().cdf


def candidates(
    *travel_time_s: float,
    spread: float = 0.3,
    place: tuple[int, ...] | None = None,
    turnout_s: float = 0.0,
    turnout_sigma: float = 0.3,
    penalty_s: tuple[float, ...] | None = None,
    lateness: float = 0.0,
) -> Candidates:
    k = len(travel_time_s)
    return Candidates(
        travel_time_s=np.array(travel_time_s),
        sigma=np.full(k, spread),
        place=np.array(place or range(k)),
        turnout_s=np.full(k, turnout_s),
        penalty_s=np.array(penalty_s or [0.0] * k),
        turnout_sigma=turnout_sigma,
        limits_s=np.array([480.0]),
        lateness=lateness,
    )


@pytest.mark.parametrize("ratio", [1.0, 1.1, 1.3, 1.8, 3.0])
def test_of_two_drives_the_shorter_is_first_as_often_as_theory_says(ratio: float) -> None:
    """ln t_1 − ln t_2 is normal with mean −ln ratio and standard deviation 0.3·√2; so P(t_1 < t_2) = Φ(ln ratio / (0.3·√2))."""
    found = robustness(candidates(300.0, 300.0 * ratio), WORLDS)
    assert found.shares[0] == pytest.approx(PHI(math.log(ratio) / (0.3 * math.sqrt(2.0))), abs=0.03)
    assert sum(found.shares) == 1.0
    assert found.is_equivalent(0) == (ratio <= 1.1)


def test_units_of_one_place_share_their_way() -> None:
    """Twice as far is twice as far in every world, when it is the same error that both meet."""
    assert robustness(candidates(300.0, 310.0, place=(7, 7)), WORLDS).shares == (1.0, 0.0)
    assert robustness(candidates(300.0, 310.0), WORLDS).shares[0] < 0.6


def test_turnout_alone_can_decide() -> None:
    """Two crews of one station: P = Φ(ln(72 / 60) / (0.3·√2)) that the one that needs 60 s is off before the one that needs 72 s."""
    two = candidates(300.0, 300.0, place=(0, 0))
    crews = Candidates(
        **{name: getattr(two, name) for name in Candidates.__slots__} | {"turnout_s": np.array([60.0, 72.0])}
    )
    assert robustness(crews, WORLDS).shares[0] == pytest.approx(PHI(math.log(1.2) / (0.3 * math.sqrt(2.0))), abs=0.03)


def test_three_alike_share_the_worlds() -> None:
    assert robustness(candidates(400.0, 400.0, 400.0), WORLDS).shares == pytest.approx((1 / 3,) * 3, abs=0.04)


def test_of_equals_the_nearest_is_named() -> None:
    """The second is 20 s nearer but less suited; neither is surely better."""
    found = robustness(candidates(320.0, 300.0, penalty_s=(0.0, 40.0)), WORLDS)
    assert (found.best, found.nearest, found.is_equivalent(0)) == (0, 1, True)


def test_a_clear_choice_is_no_tie() -> None:
    found = robustness(candidates(200.0, 900.0), WORLDS)
    assert (found.best, found.nearest, found.is_equivalent(0)) == (0, 0, False)
    assert found.n_worlds == sum(found.n_best) == len(WORLDS)


def test_the_last_place_of_an_exponential_decides_nothing() -> None:
    """Times are whole milliseconds: what differs by less is the same, and equal costs go to the first."""
    found = robustness(candidates(300.0, 300.0 - 1e-9, place=(0, 0)), WORLDS)
    assert found.n_best == (len(WORLDS), 0)


def test_lateness_costs_more_than_minutes() -> None:
    """A preferred crew 30 s farther is worth its bonus while both are in time, not where its world makes it late."""
    bonus = (0.0, -60.0)
    in_time = robustness(candidates(200.0, 230.0, penalty_s=bonus, lateness=4.0), WORLDS).shares[1]
    at_the_limit = robustness(candidates(440.0, 470.0, penalty_s=bonus, lateness=4.0), WORLDS).shares[1]
    assert in_time > at_the_limit


def test_an_estimate_near_by_is_trusted_least() -> None:
    """p90 factor 1.65 is σ = 0.39 at 4 km; twice that within a kilometre, half of it beyond 16; a network's 1.47 is surer."""
    estimated = sigma(1.65, np.array([500.0, 1_000.0, 4_000.0, 16_000.0, 40_000.0]))
    assert estimated == pytest.approx([0.781, 0.781, 0.391, 0.195, 0.195], abs=1e-3)
    assert sigma(1.47, np.array([4_000.0]))[0] == pytest.approx(0.3, abs=1e-3)
    assert sigma(1.0, np.array([0.0]))[0] == 0.0


def test_the_worlds_are_a_latin_hypercube_and_always_the_same() -> None:
    assert np.array_equal(WORLDS, standard_worlds())
    assert WORLDS.shape == (256, 16)
    ordered = np.sort(WORLDS, axis=0)
    assert np.array_equal(ordered, np.repeat(ordered[:, :1], 16, axis=1))
    assert np.abs(WORLDS.mean(axis=0)).max() < 1e-12
    correlation = np.corrcoef(WORLDS, rowvar=False) - np.eye(16)
    assert np.abs(correlation).max() < 0.2


@pytest.mark.parametrize("k", [0, 9])
def test_a_list_that_does_not_fit_the_worlds_is_refused(k: int) -> None:
    with pytest.raises(ValueError, match="1 to 8 candidates"):
        robustness(candidates(*[300.0] * k), WORLDS)
