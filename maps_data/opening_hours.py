"""Whether a place is open at an instant: opening_hours rules laid over a calendar of public holidays and make-up workdays.

Where a day can be read in more than one way, the place is open only if it is open in every reading, closed only if it is closed
in every reading, and else unknown. Nothing that is not understood is ever open. The readings of a day:

- a plain day: the rules of its weekday;
- a day off: the rules for `PH`, wherever they stand in the text; without any, those of its weekday, and the answer says so;
- a make-up workday, where the rules know `PH` and so the calendar: the hours of the working days (all readings, where Monday to
  Friday differ), and its weekday's own where it has some; without `PH`, those of its weekday;
- a day of a year that no notice covers, where the rules know `PH`: both that of a plain day and that of a day off;
- the hours that run past midnight into a day that has a rule of its own: cut by it or not, readers of the syntax differ.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from maps_data.holidays import NO_CALENDAR, DayKind, HolidayCalendar
from maps_data.hours_rules import DAY_MINUTES, Rule, Span, rules_of

LOOK_AHEAD_DAYS: Final = 15
"""How far the next change is looked for: beyond any run of days off (nine in 2026) with the weekends around it."""

_SATURDAY: Final = 5


class OpenState(StrEnum):
    """What can be said; unknown is never to be shown as open."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class Caveat(StrEnum):
    """What the answer leans on besides the rules' own words."""

    UNLESS_HOLIDAY = "unless_holiday"
    """Open on a plain day; whether this is one no notice says yet."""
    HOLIDAY_UNSAID = "holiday_unsaid"
    """Open by the rules of the weekday; it is a day off, of which they say nothing."""
    MAKE_UP_WORKDAY = "make_up_workday"
    """Open as on working days: the day is worked in exchange for a day off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The state at an instant; `next_change_at` (UTC) is None where none comes within `LOOK_AHEAD_DAYS`, or it is not known."""

    state: OpenState
    next_change_at: datetime | None
    caveat: Caveat | None = None


class _Reading(NamedTuple):
    """Hours that begin on a day; `rule` is the last rule that had a say, -1 if none."""

    spans: tuple[Span, ...]
    rule: int


_UNKNOWN: Final = Opening(state=OpenState.UNKNOWN, next_change_at=None)


def opening_at(rules: str | None, at: datetime, time_zone: str, calendar: HolidayCalendar = NO_CALENDAR) -> Opening:
    """The state of a place with opening_hours `rules` at the aware instant `at`, on the clocks of `time_zone`."""
    now = state_at(rules, at, time_zone, calendar)
    read = rules_of(rules) if rules else None
    if read is None or now.state is OpenState.UNKNOWN:
        return now
    zone = ZoneInfo(time_zone)
    change = _next_change(read, at.astimezone(zone).replace(tzinfo=None), now.state, calendar)
    return replace(now, next_change_at=change.replace(tzinfo=zone).astimezone(UTC) if change else None)


def state_at(rules: str | None, at: datetime, time_zone: str, calendar: HolidayCalendar = NO_CALENDAR) -> Opening:
    """As `opening_at`, without looking for the next change, which takes fifty times as long."""
    read = rules_of(rules) if rules else None
    if read is None:
        return _UNKNOWN
    local = at.astimezone(ZoneInfo(time_zone)).replace(tzinfo=None)
    state = _state(read, local, calendar)
    return Opening(state=state, next_change_at=None, caveat=_caveat(read, local, state, calendar))


def is_readable(rules: str) -> bool:
    """Whether `rules` lie within what is read here."""
    return rules_of(rules) is not None


def _state(rules: tuple[Rule, ...], local: datetime, calendar: HolidayCalendar) -> OpenState:
    today, minute = local.date(), local.hour * 60 + local.minute
    found = {
        is_open
        for now in _readings(rules, today, calendar)
        for before in _readings(rules, today - timedelta(days=1), calendar)
        for is_open in _is_open(now, before, minute)
    }
    if len(found) > 1:
        return OpenState.UNKNOWN
    return OpenState.OPEN if found.pop() else OpenState.CLOSED


def _is_open(now: _Reading, before: _Reading, minute: int) -> Iterator[bool]:
    """Whether it is open in a minute of a day, given its reading and that of the day before; both answers where readers differ."""
    if _covers(now.spans, minute):
        yield True
        return
    runs_on = _covers(before.spans, minute + DAY_MINUTES)
    yield runs_on
    if runs_on and now.rule not in {-1, before.rule}:
        yield False


def _readings(rules: tuple[Rule, ...], day: date, calendar: HolidayCalendar) -> set[_Reading]:
    plain = _reading(rules, day, day.weekday())
    if not any(rule.is_of_holidays for rule in rules):
        return {plain}
    kind = calendar.days.get(day)
    if kind is DayKind.OFF:
        return {_holiday(rules, day)}
    if kind is DayKind.WORKDAY:
        at_work = {_reading(rules, day, weekday) for weekday in range(_SATURDAY)}
        return at_work | {plain} if plain.spans else at_work
    return {plain} if calendar.covers(day) else {plain, _holiday(rules, day)}


def _reading(rules: tuple[Rule, ...], day: date, weekday: int) -> _Reading:
    """The hours of a day as if it were this day of the week."""
    found = _Reading((), -1)
    for number, rule in enumerate(rules):
        if weekday in rule.weekdays and rule.holds_on(day):
            found = _Reading(_with(found.spans, rule), number)
    return found


def _with(spans: tuple[Span, ...], rule: Rule) -> tuple[Span, ...]:
    """What a rule makes of the hours before it; `off` closes, however it is joined to them."""
    return (*spans, *rule.spans) if rule.is_added and rule.spans else rule.spans


def _holiday(rules: tuple[Rule, ...], day: date) -> _Reading:
    """The hours of a day off: the rules for holidays come after all others; one out of its season says nothing."""
    found = _reading(rules, day, day.weekday())
    said: tuple[Span, ...] = ()
    for number, rule in enumerate(rules):
        if rule.is_of_holidays and rule.holds_on(day):
            said = _with(said, rule)
            found = _Reading(said, number)
    return found


def _caveat(rules: tuple[Rule, ...], local: datetime, state: OpenState, calendar: HolidayCalendar) -> Caveat | None:
    if state is OpenState.CLOSED:
        return None
    day, kind = local.date(), calendar.days.get(local.date())
    knows_holidays = any(rule.is_of_holidays for rule in rules)
    if state is OpenState.UNKNOWN:
        is_uncovered = knows_holidays and not calendar.covers(day)
        is_open = _covers(_reading(rules, day, day.weekday()).spans, local.hour * 60 + local.minute)
        return Caveat.UNLESS_HOLIDAY if is_uncovered and is_open else None
    if kind is DayKind.OFF and not knows_holidays and any(rule.weekdays != frozenset(range(7)) for rule in rules):
        return Caveat.HOLIDAY_UNSAID
    return Caveat.MAKE_UP_WORKDAY if kind is DayKind.WORKDAY and knows_holidays else None


def _next_change(
    rules: tuple[Rule, ...], local: datetime, state: OpenState, calendar: HolidayCalendar
) -> datetime | None:
    """The first later wall-clock time at which the place is no longer in `state`; None if it is not known what it is in then."""
    for n in range(LOOK_AHEAD_DAYS):
        day = local.date() + timedelta(days=n)
        for edge in sorted(_edges(rules, day, calendar)):
            at = datetime.combine(day, time()) + timedelta(minutes=edge)
            if at > local and (then := _state(rules, at, calendar)) is not state:
                return None if then is OpenState.UNKNOWN else at
    return None


def _edges(rules: tuple[Rule, ...], day: date, calendar: HolidayCalendar) -> set[int]:
    """The minutes of a day at which anything may change."""
    edges = {0}
    for began, offset in ((day, 0), (day - timedelta(days=1), DAY_MINUTES)):
        edges |= {
            edge - offset
            for reading in _readings(rules, began, calendar)
            for span in reading.spans
            for edge in span
            if 0 <= edge - offset < DAY_MINUTES
        }
    return edges


def _covers(spans: tuple[Span, ...], minute: int) -> bool:
    return any(start <= minute < end for start, end in spans)
