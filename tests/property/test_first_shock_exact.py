"""Who brings the defibrillator: the search against every choice there is."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.optimise.first_shock import Arrival, Way, expected_s, spread, take

times = st.integers(30, 900).map(float)
chances = st.sampled_from([0.1, 0.3, 0.5, 0.9])
ways = st.lists(
    st.builds(Way, at_s=times, p=chances, who=st.integers(0, 3), device=st.none() | st.integers(0, 2)), max_size=9
)


def best_of_all(among: list[Way], base: list[Arrival]) -> float:
    """Try every person with every way of his, or none."""
    people = sorted({way.who for way in among})
    choices = [[None, *(way for way in among if way.who == who)] for who in people]
    least = expected_s(base)
    for chosen in product(*choices):
        taken = [way for way in chosen if way is not None]
        devices = [way.device for way in taken if way.device is not None]
        if len(devices) == len(set(devices)):
            least = min(least, expected_s([*taken, *base]))
    return least


@given(ways, times, st.lists(st.builds(Arrival, at_s=times, p=chances), max_size=2))
def test_the_search_finds_what_trying_everything_finds(
    among: list[Way], ambulance_s: float, settled: list[Arrival]
) -> None:
    base = [*spread(ambulance_s, (0.8, 1.0, 1.25)), *settled]
    found = take(among, base)
    assert found.is_proved
    assert found.expected_s == pytest.approx(best_of_all(among, base))
    assert len({way.who for way in found.ways}) == len(found.ways)
    devices = [way.device for way in found.ways if way.device is not None]
    assert len(set(devices)) == len(devices)


def test_ways_that_differ_in_their_device_alone_have_an_order() -> None:
    alike = [Way(at_s=30.0, p=0.1, who=0, device=0), Way(at_s=30.0, p=0.1, who=0, device=None)]
    assert take(alike, [Arrival(60.0, 1.0)]).ways == (alike[1],)


@given(ways, times)
def test_more_people_never_make_it_later(among: list[Way], ambulance_s: float) -> None:
    base = [Arrival(ambulance_s, 1.0)]
    assert take(among, base).expected_s <= take(among[:-1], base).expected_s + 1e-9


def test_expected_time_by_hand() -> None:
    """At 200 s with 0.4, else at 300 s with 0.5, else the ambulance at 600 s: 80 + 0.6 * 150 + 0.3 * 600."""
    arrivals = [Arrival(600.0, 1.0), Way(300.0, 0.5, who=1), Way(200.0, 0.4, who=0)]
    assert expected_s(arrivals) == pytest.approx(80 + 90 + 180)


def test_a_spread_arrival_is_expected_at_its_mean() -> None:
    assert expected_s(spread(300.0, (0.8, 1.0, 1.2))) == pytest.approx(300.0)
    with pytest.raises(ValueError, match="certain"):
        expected_s([Arrival(10.0, 0.9)])


def test_a_search_that_is_cut_short_says_so() -> None:
    among = [Way(100.0 + 7 * who + 3 * device, 0.3, who, device) for who in range(8) for device in range(4)]
    assert not take(among, [Arrival(900.0, 1.0)], most_nodes=3).is_proved
