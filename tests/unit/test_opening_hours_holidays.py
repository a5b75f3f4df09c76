"""Opening hours on holidays, make-up workdays and across midnight: a table worked out by hand from the notices for 2026.

National Day 2026: 1 October (Thursday) to 7 October are off; Sunday 20 September and Saturday 10 October are worked.
Spring Festival: 15 (Sunday) to 23 February (Monday) are off; Saturdays 14 and 28 February are worked.
No notice covers 2027 yet.
"""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from maps_data.catalogue import embedded_city, read_facts
from maps_data.decode import Sources, read_holidays
from maps_data.holidays import DayKind, HolidayCalendar
from maps_data.manifest import read_dataset
from maps_data.opening_hours import Caveat, OpenState, opening_at

CST = timezone(timedelta(hours=8))
OPEN, CLOSED, UNKNOWN = OpenState.OPEN, OpenState.CLOSED, OpenState.UNKNOWN
OFFICE = "Mo-Fr 08:00-18:00; PH off"
SILENT = "Mo-Fr 08:00-18:00"


@pytest.fixture(scope="module")
def calendar() -> HolidayCalendar:
    facts = read_facts(read_dataset(embedded_city()))
    return read_holidays(Sources(dataset=facts.dataset, evidence=facts.evidence))


TABLE = [
    # rules                                  local time          state    caveat
    (OFFICE, "2026-09-30 10:00", OPEN, None),  # the Wednesday before
    (OFFICE, "2026-09-30 18:00", CLOSED, None),
    (OFFICE, "2026-10-01 10:00", CLOSED, None),  # a Thursday off
    (OFFICE, "2026-10-04 10:00", CLOSED, None),  # a Sunday off
    (OFFICE, "2026-10-08 10:00", OPEN, None),  # the Thursday after
    (OFFICE, "2026-10-10 10:00", OPEN, Caveat.MAKE_UP_WORKDAY),  # a Saturday worked in exchange
    (OFFICE, "2026-10-10 19:00", CLOSED, None),
    (OFFICE, "2026-10-11 10:00", CLOSED, None),  # the Sunday after
    (OFFICE, "2026-02-14 09:00", OPEN, Caveat.MAKE_UP_WORKDAY),
    (OFFICE, "2026-02-16 09:00", CLOSED, None),  # New Year's Eve, a Monday
    ("PH off; Mo-Fr 08:00-18:00", "2026-10-01 10:00", CLOSED, None),  # holidays come first wherever they stand
    (SILENT, "2026-10-01 10:00", OPEN, Caveat.HOLIDAY_UNSAID),  # literally open; the answer doubts it
    (SILENT, "2026-10-10 10:00", CLOSED, None),  # literally closed: a Saturday
    ("24/7", "2026-10-01 03:00", OPEN, None),
    ("24/7; PH off", "2026-10-01 03:00", CLOSED, None),
    ("08:00-20:00", "2026-10-01 10:00", OPEN, None),  # every day is every day
    ("Mo-Su,PH 09:00-21:00", "2026-10-01 20:00", OPEN, None),
    ("Mo-Fr 09:00-21:00; Sa,Su,PH 10:00-17:00", "2026-10-01 18:00", CLOSED, None),
    ("Mo-Fr 09:00-21:00; Sa,Su,PH 10:00-17:00", "2026-10-01 11:00", OPEN, None),
    # A Saturday with hours of its own that is worked: which of the two hold is not said; where both agree they agree.
    ("Mo-Fr 08:00-18:00; Sa 09:00-12:00; PH off", "2026-10-10 10:00", OPEN, Caveat.MAKE_UP_WORKDAY),
    ("Mo-Fr 08:00-18:00; Sa 09:00-12:00; PH off", "2026-10-10 15:00", UNKNOWN, None),
    ("Mo-Fr 08:00-18:00; Sa 09:00-12:00; PH off", "2026-10-10 20:00", CLOSED, None),
    # Fridays are shorter: which weekday the make-up day stands for is not said.
    ("Mo-Th 08:00-18:00; Fr 08:00-12:00; PH off", "2026-10-10 10:00", OPEN, Caveat.MAKE_UP_WORKDAY),
    ("Mo-Th 08:00-18:00; Fr 08:00-12:00; PH off", "2026-10-10 15:00", UNKNOWN, None),
    # Across midnight, into a holiday, and out of one.
    ("Mo-Su 18:00-02:00", "2026-10-02 01:30", OPEN, None),
    ("Mo-Su 18:00-02:00", "2026-10-02 02:00", CLOSED, None),
    ("Mo-Fr 18:00-02:00; PH off", "2026-10-01 03:00", CLOSED, None),
    ("Mo-Fr 18:00-02:00; PH off", "2026-10-01 01:00", UNKNOWN, None),  # Wednesday's night runs into a day that is off
    ("Mo-Fr 18:00-02:00; PH off", "2026-10-02 01:00", CLOSED, None),
    ("Fr 18:00-02:00; Sa off", "2026-11-28 01:00", UNKNOWN, None),  # does Saturday's rule cut Friday's night?
    ("Fr 18:00-02:00; Sa off", "2026-11-27 19:00", OPEN, None),
    ("Fr 18:00-02:00; Sa off", "2026-11-28 02:00", CLOSED, None),
    ("Mo-Th 18:00-02:00; Fr,Sa 18:00-04:00", "2026-11-28 03:00", OPEN, None),  # one rule for both days
    ("Mo-Th 18:00-02:00; Fr,Sa 18:00-04:00", "2026-11-29 03:00", OPEN, None),  # no rule for Sunday
    ("Mo-Th 18:00-02:00; Fr,Sa 18:00-04:00", "2026-11-27 01:00", UNKNOWN, None),  # Thursday's night, Friday's rule
    # A year of which nothing is known.
    (OFFICE, "2027-03-01 10:00", UNKNOWN, Caveat.UNLESS_HOLIDAY),  # a Monday
    (OFFICE, "2027-03-01 20:00", CLOSED, None),
    (OFFICE, "2027-02-28 10:00", CLOSED, None),  # a Sunday
    ("Mo-Fr 08:00-12:00; PH 10:00-16:00", "2027-03-01 11:00", OPEN, None),  # open on a plain day and on a holiday
    ("Mo-Fr 08:00-12:00; PH 10:00-16:00", "2027-03-01 15:00", UNKNOWN, None),
    ("24/7", "2027-03-01 10:00", OPEN, None),
    # Rules that hold for a season, and dated ones.
    ("Apr-Oct 08:00-20:00; Nov-Mar 09:00-17:00", "2026-11-23 18:00", CLOSED, None),
    ("Apr-Oct 08:00-20:00; Nov-Mar 09:00-17:00", "2026-07-23 18:00", OPEN, None),
    ("Nov-Feb Mo-Fr 09:00-17:00", "2026-01-05 10:00", OPEN, None),  # over New Year
    ("08:00-20:00; 2026 Oct 01-07 off", "2026-10-03 10:00", CLOSED, None),
    ("08:00-20:00; 2026 Oct 01-07 off", "2025-10-03 10:00", OPEN, None),
    ("08:00-20:00; Dec 24-Jan 02 off", "2026-12-31 10:00", CLOSED, None),
    # Rules that add to those before them.
    ("Mo-Fr 08:00-12:00, Mo 14:00-18:00", "2026-11-23 15:00", OPEN, None),
    ("Mo-Fr 08:00-12:00, Mo 14:00-18:00", "2026-11-23 09:00", OPEN, None),
    ("Mo-Fr 08:00-12:00; Mo 14:00-18:00", "2026-11-23 09:00", CLOSED, None),
]


@pytest.mark.parametrize(("rules", "at", "state", "caveat"), TABLE)
def test_the_table(calendar: HolidayCalendar, rules: str, at: str, state: OpenState, caveat: Caveat | None) -> None:
    opening = opening_at(rules, datetime.fromisoformat(at).replace(tzinfo=CST), "Asia/Shanghai", calendar)
    assert (opening.state, opening.caveat) == (state, caveat)


@pytest.mark.parametrize(
    ("rules", "at", "change"),
    [
        (OFFICE, "2026-09-30 20:00", "2026-10-08 08:00"),  # over the whole week off
        (OFFICE, "2026-10-09 20:00", "2026-10-10 08:00"),  # into the Saturday that is worked
        (OFFICE, "2026-02-14 20:00", "2026-02-24 08:00"),
        ("Mo-Fr 18:00-02:00; PH off", "2026-09-30 19:00", None),  # into what is unknown
        (OFFICE, "2026-12-31 18:30", None),  # into a year that no notice covers
        ("Apr off; 08:00-20:00", "2026-03-31 21:00", "2026-04-01 08:00"),  # the later rule replaces the earlier one
    ],
)
def test_the_next_change(calendar: HolidayCalendar, rules: str, at: str, change: str | None) -> None:
    opening = opening_at(rules, datetime.fromisoformat(at).replace(tzinfo=CST), "Asia/Shanghai", calendar)
    assert opening.next_change_at == (change and datetime.fromisoformat(change).replace(tzinfo=CST).astimezone(UTC))


def test_the_calendar_is_that_of_the_notices(calendar: HolidayCalendar) -> None:
    """28 days off and 5 worked in 2025, 33 and 6 in 2026; a worked day is a Saturday or Sunday."""
    count = {(kind, year): 0 for kind in DayKind for year in (2025, 2026)}
    for day, kind in calendar.days.items():
        count[kind, day.year] += 1
        assert kind is DayKind.OFF or day.weekday() >= 5
    assert count == {
        (DayKind.OFF, 2025): 28,
        (DayKind.WORKDAY, 2025): 5,
        (DayKind.OFF, 2026): 33,
        (DayKind.WORKDAY, 2026): 6,
    }
    assert calendar.years == {2025, 2026}
    assert not calendar.covers(date(2027, 1, 1))
