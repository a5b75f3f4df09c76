"""Whether a place is open at an instant, for the small part of OSM's opening_hours syntax that is safe to read.

Read: rules joined by `;`, each `24/7`, or days (`Mo-Fr`, `Sa,Su`, `PH`) with times (`08:00-12:00,14:00-18:00`,
`18:00-02:00`) or `off`; times without days hold every day, and a later rule replaces an earlier one on its
days (https://wiki.openstreetmap.org/wiki/Key:opening_hours/specification, "normal rule").
Everything else is unknown. There is no calendar of public holidays here, so with a `PH` rule the answer is
closed where it would be closed on a holiday and on a plain day alike, otherwise unknown, and never open.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

Span = tuple[int, int]
"""From and to in minutes after midnight; past midnight the second goes beyond 1,440."""

Week = tuple[tuple[Span, ...], ...]
"""The spans that begin on each day, Monday first."""

DAYS: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_DAY_MINUTES: Final = 24 * 60
_ALWAYS: Final[Week] = (((0, _DAY_MINUTES),),) * 7
_RULE: Final = re.compile(
    r"(?:(?P<days>(?:PH|[A-Z][a-z](?:-[A-Z][a-z])?)(?:\s*,\s*(?:PH|[A-Z][a-z](?:-[A-Z][a-z])?))*)\s+)?"
    r"(?P<when>off|closed|\d\d:\d\d-\d\d:\d\d(?:\s*,\s*\d\d:\d\d-\d\d:\d\d)*)"
)


class OpenState(StrEnum):
    """What can be said; unknown is never to be shown as open."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The state at an instant; `next_change_at` (UTC) is None where it never changes or is not known."""

    state: OpenState
    next_change_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Schedule:
    """Spans by weekday, and those of a public holiday if any rule speaks of one."""

    week: Week
    holiday: tuple[Span, ...] | None


_UNKNOWN: Final = Opening(state=OpenState.UNKNOWN, next_change_at=None)


def opening_at(rules: str | None, at: datetime, time_zone: str) -> Opening:
    """The state of a place with opening_hours `rules` at the aware instant `at`, on the clocks of `time_zone`."""
    schedule = _schedule(rules.strip()) if rules else None
    if schedule is None:
        return _UNKNOWN
    zone = ZoneInfo(time_zone)
    local = at.astimezone(zone)
    if schedule.holiday is not None:
        return _with_holidays(schedule, local)
    state = _state(schedule.week, local)
    change = _next_change(schedule.week, local)
    return Opening(state=state, next_change_at=change.replace(tzinfo=zone).astimezone(UTC) if change else None)


def is_readable(rules: str) -> bool:
    """Whether `rules` lie within what is read here."""
    return _schedule(rules.strip()) is not None


def _with_holidays(schedule: _Schedule, local: datetime) -> Opening:
    """Closed if closed whichever of yesterday and today was a holiday; else unknown."""
    holiday = schedule.holiday or ()
    day = local.weekday()
    minute = local.hour * 60 + local.minute
    today = any(_covers(spans, minute) for spans in (schedule.week[day], holiday))
    night = any(_covers(spans, minute + _DAY_MINUTES) for spans in (schedule.week[day - 1], holiday))
    return _UNKNOWN if today or night else Opening(state=OpenState.CLOSED, next_change_at=None)


def _state(week: Week, local: datetime) -> OpenState:
    minute = local.hour * 60 + local.minute
    today, yesterday = week[local.weekday()], week[local.weekday() - 1]
    is_open = _covers(today, minute) or _covers(yesterday, minute + _DAY_MINUTES)
    return OpenState.OPEN if is_open else OpenState.CLOSED


def _next_change(week: Week, local: datetime) -> datetime | None:
    """The first later wall-clock time at which the state differs; a week and a day holds every pattern."""
    now = _state(week, local)
    midnights = [datetime.combine(local.date() + timedelta(days=n), time()) for n in range(-1, 9)]
    edges = {
        midnight + timedelta(minutes=edge)
        for midnight in midnights
        for span in week[midnight.weekday()]
        for edge in span
    }
    naive = local.replace(tzinfo=None)
    return next((edge for edge in sorted(edges) if edge > naive and _state(week, edge) is not now), None)


def _covers(spans: tuple[Span, ...], minute: int) -> bool:
    return any(start <= minute < end for start, end in spans)


@lru_cache(maxsize=4096)
def _schedule(rules: str) -> _Schedule | None:
    """The schedule of a text, or None if any part of it is not read here."""
    if rules == "24/7":
        return _Schedule(week=_ALWAYS, holiday=None)
    week: list[tuple[Span, ...]] = [()] * 7
    holiday: tuple[Span, ...] | None = None
    parts = rules.removesuffix(";").split(";")
    for rule in parts:
        match = _RULE.fullmatch(rule.strip())
        spans = _spans(match["when"]) if match else None
        days = _days(match["days"]) if match else None
        if spans is None or days is None:
            return None
        if len(parts) > 1 and any(end > _DAY_MINUTES for _, end in spans):
            return None  # readers differ on whether a later rule cuts the hours that run into its day
        for day in days:
            if day == "PH":
                holiday = spans
            else:
                week[DAYS.index(day)] = spans
    return _Schedule(week=tuple(week), holiday=holiday)


def _days(text: str | None) -> tuple[str, ...] | None:
    """The days of `Mo-We,Fr,PH`; every weekday without a text; None for a name that is no day."""
    if text is None:
        return DAYS
    days: list[str] = []
    for part in text.replace(" ", "").split(","):
        first, _, last = part.partition("-")
        if first == "PH" and not last:
            days.append("PH")
        elif first in DAYS and (last or first) in DAYS:
            start, end = DAYS.index(first), DAYS.index(last or first)
            days += [DAYS[i % 7] for i in range(start, end + 1 + (7 if end < start else 0))]
        else:
            return None
    return tuple(days)


def _spans(text: str) -> tuple[Span, ...] | None:
    """The spans of `08:00-12:00,14:00-18:00`, none of `off`; None for a time that no clock shows or a span from a time to itself."""
    if text in {"off", "closed"}:
        return ()
    spans: list[Span] = []
    for part in text.replace(" ", "").split(","):
        start, end = (_minute(clock) for clock in part.split("-"))
        if start is None or end is None or start in {_DAY_MINUTES, end}:
            return None
        spans.append((start, end if end > start else end + _DAY_MINUTES))
    return tuple(spans)


def _minute(clock: str) -> int | None:
    hours, minutes = int(clock[:2]), int(clock[3:])
    total = hours * 60 + minutes
    return total if minutes < 60 and total <= _DAY_MINUTES else None
