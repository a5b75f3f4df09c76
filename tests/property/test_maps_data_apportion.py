"""Dividing seats: nothing is lost, nobody is forgotten, and more seats never take one away."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps_data.generate.apportion import apportion, spread

weights = st.lists(st.floats(min_value=0.001, max_value=1e6), min_size=1, max_size=60)
seats = st.integers(min_value=0, max_value=500)
starts = st.floats(min_value=0.0, max_value=1.0, exclude_max=True)


@given(weights=weights, seats=seats, minimum=st.integers(min_value=0, max_value=3))
def test_apportioned_seats_sum_up_and_keep_the_minimum(weights: list[float], seats: int, minimum: int) -> None:
    seats += minimum * len(weights)
    given_seats = apportion(weights, seats, minimum=minimum)
    assert sum(given_seats) == seats
    assert min(given_seats) >= minimum


@given(weights=weights, seats=seats)
def test_the_heavier_never_gets_less(weights: list[float], seats: int) -> None:
    given_seats = apportion(weights, seats, minimum=0)
    ordered = [n for _, n in sorted(zip(weights, given_seats, strict=True))]
    assert ordered == sorted(ordered)


@given(weights=weights, seats=seats)
def test_a_larger_house_takes_no_seat_away(weights: list[float], seats: int) -> None:
    """The Alabama paradox, which the method of largest remainders has, cannot happen."""
    fewer, more = apportion(weights, seats, minimum=0), apportion(weights, seats + 1, minimum=0)
    assert all(a <= b for a, b in zip(fewer, more, strict=True))


def test_webster_on_a_known_case() -> None:
    """53, 24, 23 with 10 seats. Each weight over 1, 3, 5 ...: 53 17.7 10.6 7.57 5.89 4.82 | 24 8 4.80 | 23 7.67 4.6.

    The ten largest of these are six of the first and two of each other; largest remainders (quotas 5.3, 2.4, 2.3)
    would have given 5, 3, 2.
    """
    assert apportion([53.0, 24.0, 23.0], 10, minimum=0) == [6, 2, 2]


def test_too_few_seats_for_the_minimum_are_refused() -> None:
    with pytest.raises(ValueError, match="2 seats do not give 1 to each of 3"):
        apportion([1.0, 1.0, 1.0], 2, minimum=1)


@given(weights=weights, seats=seats, start=starts)
def test_spread_gives_each_its_quota_rounded(weights: list[float], seats: int, start: float) -> None:
    given_seats = spread(weights, seats, start=start)
    assert sum(given_seats) == seats
    total = sum(weights)
    for weight, n in zip(weights, given_seats, strict=True):
        quota = seats * weight / total
        assert math.floor(quota - 1e-6) <= n <= math.ceil(quota + 1e-6)
