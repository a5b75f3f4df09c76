"""The part of OSM's opening_hours syntax that is safe to read, as rules that a day matches or not.

Read: rules joined by `;` (a later one replaces an earlier one on its days) or, after a time, by `,` (it adds to it), each of

    [months or dates] [days, among them PH] 24/7 | off | closed | times        Apr-Oct Mo-Fr,PH 08:00-12:00,14:00-18:00

(https://wiki.openstreetmap.org/wiki/Key:opening_hours/specification). Comments, fallbacks (`||`), weeks, school holidays, sun
times, open ends and anything else are not read, and then nothing of the text is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

Span = tuple[int, int]
"""From and to in minutes after midnight; past midnight the second goes beyond 1,440."""

DAY_MINUTES: Final = 24 * 60
DAYS: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_DAY: Final = rf"(?:PH|(?:{'|'.join(DAYS)})(?:-(?:{'|'.join(DAYS)}))?)"
_MONTH: Final = rf"(?:{'|'.join(MONTHS)})"
_DATE: Final = rf"(?:\d{{4}} )?{_MONTH}(?: \d\d)?(?:-(?:{_MONTH}(?: \d\d)?|\d\d))?"
_TIMES: Final = r"\d\d:\d\d-\d\d:\d\d(?:\s*,\s*\d\d:\d\d-\d\d:\d\d)*"
_RULE: Final = re.compile(
    rf"(?:(?P<dates>{_DATE}(?:\s*,\s*{_DATE})*):?\s+)?"
    rf"(?:(?P<days>{_DAY}(?:\s*,\s*{_DAY})*)\s+)?"
    rf"(?P<when>24/7|off|closed|{_TIMES})"
)
_DATE_PARTS: Final = re.compile(
    rf"(?:(?P<year>\d{{4}}) )?(?P<month>{_MONTH})(?: (?P<day>\d\d))?"
    rf"(?:-(?:(?P<to_month>{_MONTH})(?: (?P<to_day>\d\d))?|(?P<only_day>\d\d)))?"
)
_ADDED: Final = re.compile(r"(?<=:\d\d)\s*,\s*(?=[A-Z])")

MonthDay = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Days of a year from `first` to `last`, both included, over New Year if `last` comes before; of any year if `year` is None."""

    year: int | None
    first: MonthDay
    last: MonthDay

    def holds(self, day: date) -> bool:
        """Whether the day lies in the period."""
        if self.year not in {None, day.year}:
            return False
        at = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= at <= self.last
        return at >= self.first or at <= self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`spans` on the days that it matches: `weekdays` (Monday 0), and public holidays if `is_of_holidays`."""

    periods: tuple[Period, ...]
    weekdays: frozenset[int]
    is_of_holidays: bool
    spans: tuple[Span, ...]
    is_added: bool

    def holds_on(self, day: date) -> bool:
        """Whether the day lies in one of the rule's periods, whatever day of the week it is."""
        return not self.periods or any(period.holds(day) for period in self.periods)


@lru_cache(maxsize=4096)
def rules_of(text: str) -> tuple[Rule, ...] | None:
    """The rules of a text in their order, or None if any part of it is not read."""
    rules = tuple(_rules(text.strip().removesuffix(";")))
    return None if None in rules or not rules else tuple(rule for rule in rules if rule is not None)


def _rules(text: str) -> Iterator[Rule | None]:
    for group in text.split(";"):
        for place, part in enumerate(_ADDED.split(group)):
            yield _rule(part.strip(), is_added=place > 0)


def _rule(text: str, *, is_added: bool) -> Rule | None:
    match = _RULE.fullmatch(text)
    if match is None:
        return None
    spans = _spans(match["when"])
    periods = _periods(match["dates"])
    if spans is None or periods is None:
        return None
    days = match["days"].replace(" ", "").split(",") if match["days"] else []
    weekdays = frozenset(_weekdays(days)) if days else frozenset(range(7))
    return Rule(periods=periods, weekdays=weekdays, is_of_holidays="PH" in days, spans=spans, is_added=is_added)


def _weekdays(days: list[str]) -> Iterator[int]:
    for part in days:
        if part != "PH":
            first, _, last = part.partition("-")
            start, end = DAYS.index(first), DAYS.index(last or first)
            yield from (n % 7 for n in range(start, end + 1 + (7 if end < start else 0)))


def _periods(text: str | None) -> tuple[Period, ...] | None:
    """The periods of `Apr-Oct,Dec 24-26`; none of no text; None for a day that no calendar has."""
    periods = [_period(part.strip()) for part in text.split(",")] if text else []
    return None if None in periods else tuple(period for period in periods if period is not None)


def _period(text: str) -> Period | None:
    parts = _DATE_PARTS.fullmatch(text)
    if parts is None:
        return None
    month, day = MONTHS.index(parts["month"]) + 1, parts["day"]
    to_month = MONTHS.index(parts["to_month"]) + 1 if parts["to_month"] else month
    to_day = parts["to_day"] or parts["only_day"] or (None if parts["to_month"] else day)
    if (day is None) != (to_day is None):
        return None  # `Dec-Jan 05`, `Dec 05-Jan`: from or to which day is not said
    first, last = (month, int(day or 1)), (to_month, int(to_day or 31))
    if not all(1 <= of_month <= 31 for _, of_month in (first, last)):
        return None
    return Period(year=int(parts["year"]) if parts["year"] else None, first=first, last=last)


def _spans(text: str) -> tuple[Span, ...] | None:
    """The spans of `08:00-12:00,14:00-18:00`, none of `off`; None for a time that no clock shows or a span from a time to itself."""
    if text == "24/7":
        return ((0, DAY_MINUTES),)
    if text in {"off", "closed"}:
        return ()
    spans: list[Span] = []
    for part in text.replace(" ", "").split(","):
        start, end = (_minute(clock) for clock in part.split("-"))
        if start is None or end is None or start in {DAY_MINUTES, end}:
            return None
        spans.append((start, end if end > start else end + DAY_MINUTES))
    return tuple(spans)


def _minute(clock: str) -> int | None:
    hours, minutes = int(clock[:2]), int(clock[3:])
    total = hours * 60 + minutes
    return total if minutes < 60 and total <= DAY_MINUTES else None
