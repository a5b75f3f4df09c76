"""Opening hours: read what is safe to read, and never call a place open that may be shut."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from maps_data.opening_hours import OpenState, is_readable, opening_at
from tests.fakes.embedded import embedded_catalogue

SHENZHEN = "Asia/Shanghai"
CST = timezone(timedelta(hours=8))
OPEN, CLOSED, UNKNOWN = OpenState.OPEN, OpenState.CLOSED, OpenState.UNKNOWN


def november(day: int, hour: int, minute: int = 0) -> datetime:
    """A local instant of November 2026; the 23rd is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=CST)


@pytest.mark.parametrize(
    ("rules", "at", "state"),
    [
        ("24/7", november(23, 3), OPEN),
        ("06:00-23:30", november(23, 23, 29), OPEN),
        ("06:00-23:30", november(23, 23, 30), CLOSED),
        ("Mo-Fr 08:00-18:00", november(23, 8), OPEN),
        ("Mo-Fr 08:00-18:00", november(22, 12), CLOSED),
        ("Mo-Fr 08:00-12:00,14:00-18:00", november(23, 13), CLOSED),
        ("Sa-Mo 09:00-17:00", november(23, 10), OPEN),
        ("Mo-Fr 08:00-18:00; Sa 09:00-12:00", november(21, 10), OPEN),
        ("08:00-18:00; Su off", november(22, 10), CLOSED),
        # Said in other words.
        ("Mo-Fr 8:00-18:00", november(23, 8), OPEN),
        ("08:00-18:00 open;", november(23, 8), OPEN),
        ("Mo-Fr 24/7; Sa,Su off", november(23, 3), OPEN),
        ("Mo-Fr 08:00-12:00,Mo 14:00-18:00", november(23, 15), OPEN),
        # `off` closes, whichever way it is joined.
        ("08:00-18:00, Mo off", november(23, 12), CLOSED),
        # Weeks of the year, days of a month: the 23rd is the fourth Monday, in week 48.
        ("week 48 Mo-Fr 08:00-18:00", november(23, 12), OPEN),
        ("week 1-47 Mo-Fr 08:00-18:00", november(23, 12), CLOSED),
        ("24/7; week 48 off", november(23, 12), CLOSED),
        ("Mo[4] 08:00-18:00", november(23, 12), OPEN),
        ("Mo[1-3],Tu[1] 08:00-18:00", november(23, 12), CLOSED),
        ("Mo[-1] 08:00-18:00", november(23, 12), CLOSED),
        ("2026-2027 Nov 20-Dec 05 08:00-18:00", november(23, 12), OPEN),
        # Past midnight: the hours of Sunday run into Monday, those of Saturday do not run into Monday.
        ("18:00-02:00", november(23, 1, 59), OPEN),
        ("18:00-02:00", november(23, 2), CLOSED),
        ("Su 18:00-02:00", november(23, 1), OPEN),
        ("Sa 18:00-02:00", november(23, 1), CLOSED),
    ],
)
def test_state(rules: str, at: datetime, state: OpenState) -> None:
    assert opening_at(rules, at, SHENZHEN).state is state


@pytest.mark.parametrize(
    ("at", "state"),
    [
        (november(23, 10), UNKNOWN),  # a Monday that might be a holiday
        (november(23, 20), CLOSED),  # shut on a holiday and on a plain Monday alike
        (november(22, 10), CLOSED),
    ],
)
def test_with_a_holiday_rule_a_place_is_closed_or_unknown_never_open(at: datetime, state: OpenState) -> None:
    """There is no calendar of holidays here."""
    assert opening_at("Mo-Fr 08:00-18:00; PH off", at, SHENZHEN).state is state


def test_hours_of_holidays_alone_are_unknown_too() -> None:
    assert opening_at("Mo-Fr 08:00-12:00; PH 10:00-16:00", november(23, 15), SHENZHEN).state is UNKNOWN
    assert opening_at("Mo-Fr 08:00-12:00; PH 10:00-16:00", november(23, 17), SHENZHEN).state is CLOSED


@pytest.mark.parametrize(
    "rules",
    [
        None,
        "",
        "sunrise-sunset",
        "Mo-Fr",
        "08:00",
        "08:00-12:00, Mo, Tu 13:00-14:00",  # hours for Monday are missing, or its comma is
        "Mo-Fr 08:00-18:60",
        "25:00-26:00",
        "10:00-10:00",
        "Xx 08:00-18:00",
        "PH-Mo 08:00-18:00",
        "Mo-Fr 08:00-18:00;; Sa off",
        'Mo-Fr 08:00-18:00 "by appointment"',
        'Mo-Fr 08:00-18:00 || "ring the bell"',
        "Mo-Fr 08:00-18:00; SH off",
        "Mo-Fr 08:00-18:00 unknown",
        "PH Mo-Fr 08:00-18:00",  # holidays that fall on a weekday, or holidays and weekdays: readers differ
        "08:00-18:00; PH +1 day off",
        "08:00+",
        "08:00-16:00/02:00",
        "(sunrise+01:00)-20:00",
        "Dec 05-Jan 08:00-18:00",
        "Dec 40 off",
        "Feb 30 08:00-18:00",
        "2026 Nov-Feb 08:00-18:00",
        "08:00-18:00; " * 20 + "Su off",  # longer than any value of OpenStreetMap
    ],
)
def test_what_is_not_read_is_unknown(rules: str | None) -> None:
    opening = opening_at(rules, november(23, 12), SHENZHEN)
    assert opening.state is UNKNOWN
    assert opening.next_change_at is None


@pytest.mark.parametrize(
    ("rules", "at", "change"),
    [
        ("06:00-23:30", november(23, 12), november(23, 23, 30)),
        ("Mo-Fr 08:00-18:00", november(21, 12), november(23, 8)),
        ("18:00-02:00", november(23, 1), november(23, 2)),
        ("Mo 08:00-24:00; Tu 00:00-06:00", november(23, 12), november(24, 6)),
        ("Mo 10:00-11:00", november(23, 11), november(30, 10)),
    ],
)
def test_next_change(rules: str, at: datetime, change: datetime) -> None:
    opening = opening_at(rules, at, SHENZHEN)
    assert opening.next_change_at == change
    assert opening.next_change_at is not None
    assert opening.next_change_at.tzinfo is UTC


def test_what_never_changes_has_no_next_change() -> None:
    assert opening_at("24/7", november(23, 12), SHENZHEN).next_change_at is None
    assert opening_at("00:00-24:00", november(23, 12), SHENZHEN).next_change_at is None


def test_all_hours_that_ship_can_be_read() -> None:
    hours = {aed.opening_hours for aed in embedded_catalogue().aeds} - {None}
    assert len(hours) > 10
    assert [rules for rules in hours if rules and not is_readable(rules)] == []
