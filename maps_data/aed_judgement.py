"""What can be said of one AED at an instant: whether it can be had, how likely it is usable, and what speaks against it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from maps_data.aed_trip import Eta, Fixed, Walk, estimated_walk, eta_of, fixed_of, shares_of
from maps_data.aed_usable import (
    FACTOR,
    SOUND,
    AedLive,
    AedReport,
    Doubt,
    device_doubts,
    is_fresh,
    probability,
    report_doubts,
)
from maps_data.holidays import HolidayCalendar
from maps_data.opening_hours import Caveat, Opening, OpenState, opening_at
from maps_data.records import Aed
from maps_data.vocabulary import AedAccess, Known

OPEN_NOW: Final = {OpenState.OPEN: Known.YES, OpenState.CLOSED: Known.NO, OpenState.UNKNOWN: Known.UNKNOWN}
_HOURS_KEPT: Final = 1 << 14
_DOUBT_OF: Final[Mapping[Caveat, Doubt]] = {
    Caveat.UNLESS_HOLIDAY: Doubt.HOURS_UNLESS_HOLIDAY,
    Caveat.HOLIDAY_UNSAID: Doubt.HOURS_HOLIDAY_UNSAID,
    Caveat.MAKE_UP_WORKDAY: Doubt.HOURS_MAKE_UP_WORKDAY,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Whether a device can be got at at an instant; `next_change_at` (UTC) is None where it never changes or is not known."""

    open_now: Known
    next_change_at: datetime | None
    doubts: tuple[Doubt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A device at an instant, for whoever asks. `is_barred` ones rank after all others: closed, not open to the public, withdrawn
    by staff, or fetched by somebody else. `report` is None unless fresh.
    """

    aed: Aed
    live: AedLive
    hours: Hours
    is_closed: bool
    is_barred: bool
    doubts: tuple[Doubt, ...]
    p_usable: float
    report: AedReport | None
    fixed: Fixed


class Choice:
    """A device as it is worth to somebody: `distance_m` is that of the great circle from the patient.

    What can be said of it is worked out when it is asked for: which devices come first is known before. `standing` gives it for a
    row; a `walk` that is None is the estimate's over `distance_m`, there and back.
    """

    __slots__ = ("_row", "_standing", "_walk", "distance_m")

    def __init__(
        self, standing: Callable[[int], Standing], row: int, distance_m: float, walk: Walk | None = None
    ) -> None:
        self._standing, self._row, self.distance_m, self._walk = standing, row, distance_m, walk

    @property
    def standing(self) -> Standing:
        return self._standing(self._row)

    @property
    def walk(self) -> Walk:
        return self._walk or estimated_walk(self.distance_m, self.distance_m)

    @property
    def aed(self) -> Aed:
        return self.standing.aed

    @property
    def hours(self) -> Hours:
        return self.standing.hours

    @property
    def is_closed(self) -> bool:
        return self.standing.is_closed

    @property
    def is_barred(self) -> bool:
        return self.standing.is_barred

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        return self.standing.doubts

    @property
    def p_usable(self) -> float:
        return self.standing.p_usable

    @property
    def report(self) -> AedReport | None:
        return self.standing.report

    @property
    def eta(self) -> Eta:
        standing = self.standing
        return eta_of(standing.fixed, self.walk, standing.p_usable)

    def risk_shares(self) -> list[tuple[Doubt | None, float]]:
        """What of `risk_s` each doubt costs, in seconds; None stands for what no device is free of."""
        named = [None, *self.doubts]
        factors = [SOUND, *(FACTOR[doubt] for doubt in self.doubts)]
        return list(zip(named, shares_of(self.eta.risk_s, factors), strict=True))


class Judge:
    """Judges devices by the clocks of a `zone` and its `holidays`."""

    def __init__(self, zone: ZoneInfo, holidays: HolidayCalendar) -> None:
        self.zone, self.holidays = zone, holidays
        self._hours = lru_cache(maxsize=_HOURS_KEPT)(self._hours_at)

    def hours(self, aed: Aed, at: datetime) -> Hours:
        """Whether the device can be got at at the aware instant `at`; hours change at full minutes only."""
        return self._hours(aed.opening_hours, at.astimezone(UTC).replace(second=0, microsecond=0))

    def _hours_at(self, rules: str | None, minute: datetime) -> Hours:
        return hours_of(opening_at(rules, minute, self.zone.key, self.holidays))

    def standing(self, aed: Aed, at: datetime, live: AedLive) -> Standing:
        """All that can be said of a device at the aware instant `at`."""
        hours = self.hours(aed, at)
        doubts = device_doubts(aed, self.today(at), live) + hours.doubts + report_doubts(live.report, at)
        is_closed = hours.open_now is Known.NO or aed.access is AedAccess.NO
        return Standing(
            aed=aed,
            live=live,
            hours=hours,
            is_closed=is_closed,
            is_barred=is_closed or live.is_withdrawn or live.is_fetched,
            doubts=doubts,
            p_usable=probability(doubts),
            report=live.report if live.report is not None and is_fresh(live.report, at) else None,
            fixed=fixed_of(aed),
        )

    def today(self, at: datetime) -> date:
        """The city's day at an instant."""
        return at.astimezone(self.zone).date()


def hours_of(opening: Opening) -> Hours:
    """Opening hours as they concern a device."""
    doubt = _DOUBT_OF.get(opening.caveat) if opening.caveat else None
    if doubt is None and opening.state is OpenState.UNKNOWN:
        doubt = Doubt.HOURS_UNKNOWN
    return Hours(
        open_now=OPEN_NOW[opening.state],
        next_change_at=opening.next_change_at,
        doubts=() if doubt is None else (doubt,),
    )
