"""Opening hours in OSM's syntax, read by opening-hours-py, as rules that can be laid over a calendar of holidays.

The library says what a text means (https://wiki.openstreetmap.org/wiki/Key:opening_hours/specification). A text is refused as a
whole where its answer could not be leaned on: comments, fallbacks and `unknown`; school holidays, which it takes for never; sun times
without a place; open ends, which it takes for open; a rule without times, which it takes for open all day; dates that no calendar
has, which it takes for every day; `PH Mo-Fr`, which it takes for `PH,Mo-Fr`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Final

from opening_hours import OpeningHours, validate

Span = tuple[int, int]
"""From and to in minutes after midnight; past midnight the second goes beyond 1,440."""

DAY_MINUTES: Final = 24 * 60
DAYS: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MOST_DAYS: Final = dict(zip(MONTHS, (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), strict=True))

LONGEST_TEXT: Final = 255
"""Characters in a value of OpenStreetMap (wiki.openstreetmap.org/wiki/API_v0.6); a longer one comes from elsewhere."""

_EVERY_DAY: Final = frozenset(range(7))
_NOON: Final = time(12)
_WHOLE_DAY: Final = "00:00-24:00"
_HALVES: Final = "00:00-12:00,12:00-24:00"
"""The whole day in words that the library does not drop when it writes a text out."""

_SAID_WHOLE_DAY: Final = re.compile(r"\b0?0:00-24:00|(?<=\w )24/7")
_ADDED: Final = re.compile(r"(?<=:\d\d),(?=[A-Z])")
_HOLIDAY_AND_DAY: Final = re.compile(rf"PH\s+(?:{'|'.join(DAYS)})|(?:{'|'.join(DAYS)})\s+PH")
_MONTH: Final = rf"(?:{'|'.join(MONTHS)})"
_DAY: Final = rf"(?:{'|'.join(DAYS)})"
_DAY_RANGE: Final = rf"(?:PH|{_DAY}(?:-{_DAY}|\[[\d,-]+\])?)"
_RULE: Final = re.compile(
    rf"(?:(?P<dates>(?:{_MONTH}|week|[\d,/ -])+?) )?(?:(?P<days>{_DAY_RANGE}(?:,{_DAY_RANGE})*) )?"
    r"(?P<times>closed|\d\d:\d\d-\d\d:\d\d(?:,\d\d:\d\d-\d\d:\d\d)*)"
)
_OF_MONTH: Final = re.compile(rf"({_MONTH}) (\d+)")
_MONTHS_OF_A_YEAR: Final = re.compile(rf"\d{{4}}({_MONTH})-({_MONTH})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`spans` on the days that it matches: `weekdays` (Monday 0), and public holidays if `is_of_holidays`. It replaces what came
    before, or adds to it if `is_added`. `season` names its dates in the syntax's words, empty for all.
    """

    season: str
    weekdays: frozenset[int]
    is_of_holidays: bool
    spans: tuple[Span, ...]
    is_added: bool

    def holds_on(self, day: date) -> bool:
        """Whether the day lies in the rule's season, whatever day of the week it is."""
        return not self.season or _season(self.season).is_open(datetime.combine(day, _NOON))


@lru_cache(maxsize=1 << 14)
def rules_of(text: str) -> tuple[Rule, ...] | None:
    """The rules of a text in their order, or None if any part of it is not to be leaned on."""
    if len(text) > LONGEST_TEXT or '"' in text or _HOLIDAY_AND_DAY.search(text):
        return None
    said = _ADDED.sub(", ", _SAID_WHOLE_DAY.sub(_HALVES, text.strip().removesuffix(";")))
    if not validate(said):
        return None
    rules = tuple(_rules(str(OpeningHours(said))))
    return None if None in rules else tuple(rule for rule in rules if rule is not None)


def _rules(written: str) -> Iterator[Rule | None]:
    """From the library's own writing: rules end with `; ` or `, `, lists have no blank after their comma."""
    for group in written.split("; "):
        for place, part in enumerate(group.split(", ")):
            yield _rule(part.replace("24/7 closed", "closed").replace("24/7", _WHOLE_DAY), is_added=place > 0)


def _rule(text: str, *, is_added: bool) -> Rule | None:
    match = _RULE.fullmatch(text)
    if match is None or not _is_of_a_calendar(match["dates"] or ""):
        return None
    spans, days = _spans(match["times"]), match["days"] or ""
    is_of_holidays, is_nth = "PH" in days, "[" in days
    if spans is None or (is_of_holidays and is_nth):
        return None
    season = " ".join(part for part in (match["dates"], days if is_nth else None) if part)
    if not validate(_all_day(season)):
        return None
    return Rule(
        season=season,
        weekdays=frozenset(_weekdays(days)) if days else _EVERY_DAY,
        is_of_holidays=is_of_holidays,
        spans=spans,
        is_added=is_added,
    )


def _is_of_a_calendar(dates: str) -> bool:
    """Whether every day exists, and no months of one year run over its end."""
    return all(1 <= int(day) <= _MOST_DAYS[month] for month, day in _OF_MONTH.findall(dates)) and all(
        MONTHS.index(first) <= MONTHS.index(last) for first, last in _MONTHS_OF_A_YEAR.findall(dates)
    )


def _weekdays(days: str) -> Iterator[int]:
    for first, last in re.findall(rf"({_DAY})(?:-({_DAY}))?", days):
        start, end = DAYS.index(first), DAYS.index(last or first)
        yield from (n % 7 for n in range(start, end + 1 + (7 if end < start else 0)))


def _spans(text: str) -> tuple[Span, ...] | None:
    """The spans of `08:00-12:00,14:00-18:00`, none of `closed`; None if one goes from a time to itself."""
    if text == "closed":
        return ()
    ends = [tuple(map(_minute, part.split("-"))) for part in text.split(",")]
    if any(start == end for start, end in ends):
        return None
    return tuple((start, end if end > start else end + DAY_MINUTES) for start, end in ends)


def _minute(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


@lru_cache(maxsize=1024)
def _season(selector: str) -> OpeningHours:
    return OpeningHours(_all_day(selector))


def _all_day(selector: str) -> str:
    return f"{selector} {_WHOLE_DAY}".lstrip()
