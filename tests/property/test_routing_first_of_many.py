"""The first of many without streets leaves most legs out, so it is compared with the plain way: ask for all, take the least."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.geo import Wgs84
from routing.travel_time.barriers import Barrier
from routing.travel_time.estimate import EstimateTravelTimes
from routing.travel_time.walking import WalkingTimes

AT = datetime(2026, 11, 30, 2, tzinfo=UTC)
# A wall across the middle of the city: the nearest in a straight line is then often not the first.
WALL = Barrier(
    name_zh="墙",
    name_en="wall",
    line=(Wgs84(lat_deg=22.45, lon_deg=114.051), Wgs84(lat_deg=22.7, lon_deg=114.052)),
)
PROVIDERS = {"estimate": EstimateTravelTimes([WALL]), "on foot": WalkingTimes()}


@st.composite
def places(draw: st.DrawFn, *, least: int) -> tuple[list[float], list[float]]:
    """Latitudes and longitudes in a quarter or in a city, some of them twice the same."""
    spread_deg = draw(st.sampled_from([0.01, 0.2]))
    offset = st.floats(-spread_deg, spread_deg, allow_nan=False)
    drawn = draw(st.lists(st.tuples(offset, offset), min_size=least, max_size=25))
    drawn += drawn[: draw(st.integers(0, len(drawn)))]
    return [22.55 + north for north, _ in drawn], [114.05 + east for _, east in drawn]


@pytest.mark.parametrize("name", PROVIDERS)
@given(origins=places(least=1), points=places(least=0))
def test_nothing_that_was_left_out_could_have_been_first(
    name: str, origins: tuple[list[float], list[float]], points: tuple[list[float], list[float]]
) -> None:
    provider = PROVIDERS[name]
    first_s = provider.earliest_s(*origins, *points, departing_at=AT)
    all_s = provider.many_to_many(*origins, *points, departing_at=AT).travel_time_s
    np.testing.assert_allclose(first_s, all_s.min(axis=0), rtol=1e-12)


@pytest.mark.parametrize("name", PROVIDERS)
def test_nobody_never_arrives(name: str) -> None:
    assert PROVIDERS[name].earliest_s([], [], [22.5, 22.6], [114.0, 114.1], departing_at=AT).tolist() == [np.inf] * 2
