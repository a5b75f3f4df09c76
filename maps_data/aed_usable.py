"""How likely an AED is to be usable when somebody comes for it, and what speaks against it.

    P(usable) = SOUND * product of FACTOR[d] over the doubts d about the device

No survey of the city's devices was found, so every number here is a choice of the project, made so that what is
better known goes first: nothing is certain, a device that nobody looks after is doubted, and an unverified report
weighs, but is never a proof. What is closed is not merely doubted; see `aed_lookup`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from math import prod
from typing import Final

from maps_data.records import Aed
from maps_data.vocabulary import AedReportKind


class Doubt(StrEnum):
    """Something that speaks against a device."""

    HOURS_UNKNOWN = "hours_unknown"
    HOURS_UNLESS_HOLIDAY = "hours_unless_holiday"
    HOURS_HOLIDAY_UNSAID = "hours_holiday_unsaid"
    HOURS_MAKE_UP_WORKDAY = "hours_make_up_workday"
    CHECK_OVERDUE = "check_overdue"
    NEVER_CHECKED = "never_checked"
    PADS_EXPIRED = "pads_expired"
    BATTERY_EXPIRED = "battery_expired"
    REPORTED_MISSING = "reported_missing"
    REPORTED_USED = "reported_used"
    REPORTED_LOCKED = "reported_locked"
    REPORTED_MOVED = "reported_moved"


SOUND: Final = 0.95
"""Nothing speaks against the device. Choice of ours."""

FACTOR: Final[Mapping[Doubt, float]] = {
    Doubt.HOURS_UNKNOWN: 0.5,  # nothing is known either way
    Doubt.HOURS_UNLESS_HOLIDAY: 0.95,  # 13 statutory holidays a year (since 2025) in some 260 working days
    Doubt.HOURS_HOLIDAY_UNSAID: 0.6,  # the rules have days of the week and no word on days off
    Doubt.HOURS_MAKE_UP_WORKDAY: 0.9,
    Doubt.CHECK_OVERDUE: 0.9,
    Doubt.NEVER_CHECKED: 0.75,
    Doubt.PADS_EXPIRED: 0.8,  # old pads often still stick
    Doubt.BATTERY_EXPIRED: 0.6,
    Doubt.REPORTED_MISSING: 0.2,
    Doubt.REPORTED_USED: 0.3,
    Doubt.REPORTED_LOCKED: 0.4,
    Doubt.REPORTED_MOVED: 0.7,
}
"""By how much each doubt lowers P(usable). Choices of ours, save the holidays."""

CHECK_DUE_AFTER_DAYS: Final = 180
"""A check is overdue after half a year. Choice of ours, as is the generator's interval."""

REPORT_FRESH_FOR: Final = timedelta(days=7)
"""How long a report counts unless staff act on it. Choice of ours."""


_REPORTED: Final[Mapping[AedReportKind, Doubt]] = {
    AedReportKind.MISSING: Doubt.REPORTED_MISSING,
    AedReportKind.USED: Doubt.REPORTED_USED,
    AedReportKind.LOCKED: Doubt.REPORTED_LOCKED,
    AedReportKind.MOVED: Doubt.REPORTED_MOVED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AedReport:
    """The latest thing that somebody said of a device; nobody has verified it."""

    kind: AedReportKind
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AedLive:
    """What is known of a device beyond the registry. `pads_expiry`, `battery_expiry` and `inspected_on` are what staff read at the
    device since; `is_withdrawn`: staff found that it is not to be had; `fetched_until`: somebody is fetching it, at least until
    then unless he arrives or gives up.
    """

    report: AedReport | None = None
    is_withdrawn: bool = False
    fetched_until: datetime | None = None
    inspected_on: date | None = None
    pads_expiry: date | None = None
    battery_expiry: date | None = None

    @property
    def is_fetched(self) -> bool:
        return self.fetched_until is not None


NOTHING_SINCE: Final = AedLive()
"""Of a device of which the registry alone speaks."""


def probability(doubts: Iterable[Doubt], *, start: float = SOUND) -> float:
    """P(usable) of a device with these doubts; `start` is that before them."""
    return prod((FACTOR[doubt] for doubt in doubts), start=start)


def device_doubts(aed: Aed, today: date, live: AedLive = NOTHING_SINCE) -> tuple[Doubt, ...]:
    """What the dates of the registry, or later ones, say against a device on the city's day `today`; a date that is missing says
    nothing, save that of the last check.
    """
    doubts: list[Doubt] = []
    checked = max((day for day in (aed.last_checked, live.inspected_on) if day is not None), default=None)
    pads, battery = live.pads_expiry or aed.pads_expiry, live.battery_expiry or aed.battery_expiry
    if checked is None:
        doubts.append(Doubt.NEVER_CHECKED)
    elif (today - checked).days > CHECK_DUE_AFTER_DAYS:
        doubts.append(Doubt.CHECK_OVERDUE)
    if pads is not None and pads < today:
        doubts.append(Doubt.PADS_EXPIRED)
    if battery is not None and battery < today:
        doubts.append(Doubt.BATTERY_EXPIRED)
    return tuple(doubts)


def is_fresh(report: AedReport, at: datetime) -> bool:
    """Whether a report still counts at the instant `at`; one from after `at` does not."""
    return timedelta() <= at - report.at <= REPORT_FRESH_FOR


def report_doubts(report: AedReport | None, at: datetime) -> tuple[Doubt, ...]:
    """The doubt that a fresh report raises; `works` raises none, and takes back what was reported before it."""
    if report is None or not is_fresh(report, at):
        return ()
    doubt = _REPORTED.get(report.kind)
    return () if doubt is None else (doubt,)
