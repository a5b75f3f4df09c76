"""Scales as published: their ranges, what a score says, and which score counts when several were taken."""

from datetime import UTC, datetime, timedelta

import pytest

from dispatch.domain.patient import Finding, FindingKind
from dispatch.domain.scales import SCALES, fault_of, latest_readings, reading

AT = datetime(2026, 3, 1, 8, tzinfo=UTC)


def taken(name: str, score: float, minute: int = 0) -> Finding:
    return Finding(
        kind=FindingKind.SCALE,
        observed_at=AT + timedelta(minutes=minute),
        observer="U-1",
        parts=(("name", name), ("score", score)),
    )


@pytest.mark.parametrize(
    ("name", "lowest", "highest"),
    [("cpss", 0, 3), ("be_fast", 0, 5), ("lams", 0, 5), ("race", 0, 9), ("fast_ed", 0, 9), ("gcs", 3, 15)],
)
def test_the_range_of_a_scale(name: str, lowest: int, highest: int) -> None:
    assert (SCALES[name].lowest, SCALES[name].highest) == (lowest, highest)


@pytest.mark.parametrize(
    ("name", "score", "stroke", "lvo"),
    [
        ("cpss", 0, False, None),
        ("cpss", 1, True, None),
        ("be_fast", 1, True, None),
        ("lams", 3, None, False),
        ("lams", 4, True, True),
        ("race", 4, None, False),
        ("race", 5, True, True),
        ("fast_ed", 3, None, False),
        ("fast_ed", 4, True, True),
        ("gcs", 3, None, None),
    ],
)
def test_what_a_score_says(name: str, score: int, stroke: bool | None, lvo: bool | None) -> None:
    said = reading(taken(name, score))
    assert said is not None
    assert (said.is_stroke_suspected, said.is_lvo_suspected) == (stroke, lvo)


@pytest.mark.parametrize(
    ("name", "score", "items", "is_possible"),
    [
        ("race", 9, None, True),
        ("race", 10, None, False),
        ("gcs", 2, None, False),
        ("lams", 2.5, None, False),
        ("cpss", 2, {"face": 1, "arm": 1, "speech": 0}, True),
        ("cpss", 3, {"face": 1, "arm": 1, "speech": 0}, False),
        ("lams", 3, {"face": 0, "arm": 3, "grip": 0}, False),
        ("race", 5, {"face": 2, "arm": 2}, True),
        ("race", 5, {"facial_palsy": 2}, True),
    ],
)
def test_a_score_that_cannot_be(name: str, score: float, items: dict[str, float] | None, is_possible: bool) -> None:
    """Items that are not all there prove nothing, and other names for them are taken as they come."""
    assert (fault_of(name, score, items) is None) == is_possible


def test_of_each_scale_the_latest_counts() -> None:
    found = [taken("race", 3, minute=5), taken("cpss", 2), taken("race", 7)]
    assert [(said.scale.name, said.score) for _, said in latest_readings(found)] == [("cpss", 2), ("race", 3)]


def test_what_is_no_scale_says_nothing() -> None:
    ecg = Finding(kind=FindingKind.ECG_12_LEAD, observed_at=AT, observer="U-1", parts=(("stemi", True),))
    assert reading(ecg) is None
    assert reading(taken("of_our_own", 4)) is None
