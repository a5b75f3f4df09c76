"""Values of tags as people write them."""

import pytest

from maps_data.roads.tag_values import duration_s, limit_kmh


@pytest.mark.parametrize(
    ("value", "kmh"),
    [
        ("60", 60),
        ("60 km/h", 60),
        ("50kmh", 50),
        ("30 mph", 48.28032),
        ("10 knots", 18.52),
        ("60;80", 60),
        ("CN:urban", 50),
        ("CN:rural", 70),
        ("CN:motorway", 120),
        ("FI:urban", 50),
        ("DE:motorway", 130),
        ("none", 130),
        ("walk", 7),
        ("1200", 130),
        ("2", 5),
        ("0", None),
        ("signals", None),
        ("variable", None),
        ("", None),
        ("fast", None),
        (None, None),
    ],
)
def test_speed_limits(value: str | None, kmh: float | None) -> None:
    assert limit_kmh(value) == (None if kmh is None else pytest.approx(kmh))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("35", 2100),
        ("1:20", 4800),
        ("00:03:30", 210),
        ("PT25M", 1500),
        ("PT1H5M10S", 3910),
        ("0", None),
        ("PT", None),
        ("20 minutes", None),
        (None, None),
    ],
)
def test_durations(value: str | None, seconds: float | None) -> None:
    assert duration_s(value) == seconds
