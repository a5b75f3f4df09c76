"""Opening hours: against the library that reads the syntax where both must agree, and never open where there is a doubt."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from opening_hours import OpeningHours

from maps_data.hours_rules import DAYS, MONTHS
from maps_data.opening_hours import OpenState, is_readable, state_at

HOURS = st.integers(0, 23).flatmap(lambda start: st.tuples(st.just(start), st.integers(start + 1, 24)))
TIMES = HOURS.map(lambda span: f"{span[0]:02}:00-{span[1]:02}:00")
DAY_RANGES = st.tuples(st.sampled_from(DAYS), st.sampled_from(DAYS)).map("-".join)
DATE_RANGES = st.tuples(st.sampled_from(MONTHS), st.integers(1, 28), st.sampled_from(MONTHS), st.integers(1, 28))
SEASONS = st.one_of(
    st.sampled_from(MONTHS),
    DATE_RANGES.map(lambda ends: f"{ends[0]} {ends[1]:02}-{ends[2]} {ends[3]:02}"),
    st.integers(1, 52).map(lambda week: f"week {week}"),
    st.sampled_from(["2026", "2025-2026", "2026 Apr-Oct", "week 2-52/2"]),
)
SELECTORS = st.tuples(st.one_of(st.just(""), SEASONS), st.one_of(st.just(""), st.sampled_from(DAYS), DAY_RANGES))
RULES = st.tuples(SELECTORS, st.one_of(TIMES, st.just("off"))).map(
    lambda rule: " ".join(part for part in (*rule[0], rule[1]) if part)
)
TEXTS = st.lists(RULES, min_size=1, max_size=4).map("; ".join)
WALL_CLOCKS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31))
DOUBTS = ['"ring the bell"', 'open "on request"', 'unknown "?"', "unknown", '|| "call"']


def state(text: str, wall_clock: datetime) -> OpenState:
    return state_at(text, wall_clock.replace(tzinfo=UTC), "UTC").state


@given(text=TEXTS, wall_clock=WALL_CLOCKS)
def test_hours_of_plain_days_are_those_of_the_library(text: str, wall_clock: datetime) -> None:
    """Without holidays and nights there is one reading."""
    expected = OpenState.OPEN if OpeningHours(text).is_open(wall_clock) else OpenState.CLOSED
    assert state(text, wall_clock) is expected


@given(text=TEXTS, doubt=st.sampled_from(DOUBTS), at_end=st.booleans(), wall_clock=WALL_CLOCKS)
def test_what_has_a_comment_or_a_doubt_is_never_open(text: str, doubt: str, at_end: bool, wall_clock: datetime) -> None:
    doubted = f"{text} {doubt}" if at_end else f"08:00-18:00 {doubt}; {text}"
    assert state(doubted, wall_clock) is OpenState.UNKNOWN


@given(
    text=st.lists(
        st.sampled_from([*DAYS, *MONTHS[:3], *"0123456789-,;:+/[]() ", "PH", "SH", "week", "off", "24/7"])
    ).map("".join),
    hours=WALL_CLOCKS,
)
def test_any_text_has_an_answer(text: str, hours: datetime) -> None:
    assert is_readable(text) is not (state(text, hours) is OpenState.UNKNOWN) or "PH" in text
