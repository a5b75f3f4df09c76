"""The AEDs that a bystander can have at the patient's side soonest, exactly.

Model, for a device at great-circle distance d whose position is good to u metres, on storey s:

    trip_s  = out + back + search + vertical + unlock         out, back = the way on foot there and back, see below
    search  = u / SPEED                                       vertical = 2 * min(STOREY_S * |s|, LIFT_S)
    total_s = trip_s / P(usable)                              risk_s   = total_s - trip_s

Where footways are known the walk is along them (routing.travel_time.walking_roads), else out = back = DETOUR * d / SPEED
(routing.travel_time.walking); each device says which of the two it is.

Dividing by P(usable) is the expected time if every trip in vain costs as much as this one and is followed by another
of its kind. Devices that are open, or of which it is not known, are ordered by (total_s, row); after them come those
that are closed or closed to the public, in the same order. `p90_s` adds what walking estimates are off in one way of
ten. The caller's own storey is not known and not counted.

Search: nobody walks a shorter way than the great circle or faster than SPEED, and P(usable) <= SOUND, so total_s is at least
2 * d / SPEED / SOUND (times DETOUR, where no footways are known). So rows are fetched by distance, in growing numbers,
until that bound at the farthest fetched one exceeds the k-th total; whatever was not fetched comes later. Devices
beyond MAX_DISTANCE_M are not offered: nobody fetches one from there.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, NamedTuple, Protocol
from zoneinfo import ZoneInfo

import numpy.typing as npt

from maps_data.aed_usable import SOUND, AedReport, Doubt, device_doubts, is_fresh, probability, report_doubts
from maps_data.holidays import NO_CALENDAR, HolidayCalendar
from maps_data.opening_hours import Caveat, Opening, OpenState, opening_at
from maps_data.records import Aed
from maps_data.vocabulary import AedAccess, Known
from routing.geo import Wgs84
from routing.index import StaticIndex
from routing.travel_time.port import Grade
from routing.travel_time.walking import DETOUR, P90_FACTOR, SPEED_MPS, WalkingTimes
from routing.travel_time.walking_roads import WalkingLegs

STOREY_S: Final = 20.0
LIFT_S: Final = 90.0
"""Seconds a storey by stairs, and the most that any height takes, one way. Choices of ours."""

UNKNOWN_STOREYS: Final = 1.0
"""Storeys to a device of which no storey is on record. Choice of ours."""

UNLOCK_S: Final[Mapping[AedAccess, float]] = {
    AedAccess.YES: 15.0,
    AedAccess.PERMISSIVE: 30.0,
    AedAccess.CUSTOMERS: 30.0,
    AedAccess.UNKNOWN: 60.0,
    AedAccess.PRIVATE: 60.0,
    AedAccess.NO: 60.0,
}
"""Taking it out of its box, and asking whoever keeps it. Choices of ours."""

MAX_DISTANCE_M: Final = 5_000.0
"""Some 70 minutes on foot, one way; the answer farther out is that there is none."""

MAX_K: Final = 20
_FIRST_FETCH: Final = 4
_FETCH_GROWTH: Final = 4
_STATES_KEPT: Final = 1 << 16
_OPEN_NOW: Final = {OpenState.OPEN: Known.YES, OpenState.CLOSED: Known.NO, OpenState.UNKNOWN: Known.UNKNOWN}
_DOUBT_OF: Final[Mapping[Caveat, Doubt]] = {
    Caveat.UNLESS_HOLIDAY: Doubt.HOURS_UNLESS_HOLIDAY,
    Caveat.HOLIDAY_UNSAID: Doubt.HOURS_HOLIDAY_UNSAID,
    Caveat.MAKE_UP_WORKDAY: Doubt.HOURS_MAKE_UP_WORKDAY,
}
_STOREY: Final = re.compile(r"-?\d+(?:\.\d+)?")

ReportOf = Callable[[str], AedReport | None]
"""The latest report of a device, by its `aed_id`."""


def no_report(_: str) -> None:
    """A `ReportOf` for a city in which nobody reports anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Eta:
    """Expected seconds of each part; `total_s` is the sum of all but `p90_s`, which one way in ten exceeds."""

    walk_out_s: float
    search_s: float
    vertical_s: float
    unlock_s: float
    walk_back_s: float
    risk_s: float
    total_s: float
    p90_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Whether a device can be got at at an instant; `next_change_at` (UTC) is None where it never changes or is not known."""

    open_now: Known
    next_change_at: datetime | None
    doubts: tuple[Doubt, ...]


class Footways(Protocol):
    """Ways on foot from a place to others and back."""

    @property
    def source(self) -> str: ...
    def there_and_back(self, point: Wgs84, lat_deg: npt.ArrayLike, lon_deg: npt.ArrayLike) -> WalkingLegs: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """The way to a device on foot and back; one in ten takes more than `p90_factor` times as long."""

    out_s: float
    back_s: float
    source: str
    grade: Grade
    p90_factor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One device as it is worth to a bystander: `distance_m` is that of the great circle. `is_closed` ones rank after all others;
    `report` is None unless fresh.
    """

    aed: Aed
    distance_m: float
    walk: Walk
    hours: Hours
    is_closed: bool
    doubts: tuple[Doubt, ...]
    p_usable: float
    report: AedReport | None
    eta: Eta


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`choices` in order; `closed_sooner` are the closed devices left out that would be sooner than the last choice."""

    choices: tuple[Choice, ...]
    closed_sooner: tuple[Aed, ...]


class AedLookup:
    """The devices of a catalogue, ready for `nearest`; `time_zone` and `holidays` are those of their opening hours."""

    def __init__(self, aeds: Sequence[Aed], *, time_zone: str, holidays: HolidayCalendar = NO_CALENDAR) -> None:
        self.aeds = tuple(aeds)
        self.index = StaticIndex([aed.point.lat_deg for aed in aeds], [aed.point.lon_deg for aed in aeds])
        self._zone = ZoneInfo(time_zone)
        self._extra_s = [_search_s(aed) + vertical_s(aed.level) + UNLOCK_S[aed.access] for aed in aeds]
        self._holidays = holidays
        self._state = lru_cache(maxsize=_STATES_KEPT)(self._state_at)
        self._hours = lru_cache(maxsize=_STATES_KEPT)(self._hours_at)

    def nearest(
        self,
        point: Wgs84,
        k: int,
        *,
        at: datetime,
        report_of: ReportOf = no_report,
        footways: Footways | None = None,
    ) -> Found:
        """The `k` best devices for somebody at `point` at the aware instant `at`, fewer only if there are fewer within
        MAX_DISTANCE_M. ValueError for k outside [1, MAX_K].
        """
        if not 1 <= k <= MAX_K:
            raise ValueError(f"k must be within [1, {MAX_K}], got {k}")
        count = _FIRST_FETCH * k
        while True:
            rows, distances_m = self.index.nearest(point, count)
            fetched = list(zip(rows.tolist(), distances_m.tolist(), strict=True))
            within = [leg for leg in fetched if leg[1] <= MAX_DISTANCE_M]
            ranked = self._ranked(within, self._walks(point, within, footways), at, report_of)
            is_all = len(fetched) < count or fetched[-1][1] > MAX_DISTANCE_M
            if is_all or _is_settled(ranked, k, _least_walk_s(fetched[-1][1], footways)):
                break
            count *= _FETCH_GROWTH
        sooner = [rank for rank in ranked[k:] if rank.is_closed and rank.total_s < ranked[k - 1].total_s]
        return Found(
            choices=tuple(self._choice(rank, at, report_of) for rank in ranked[:k]),
            closed_sooner=tuple(self.aeds[rank.row] for rank in sooner),
        )

    def judge(
        self, aed: Aed, distance_m: float, *, at: datetime, report: AedReport | None = None, walk: Walk | None = None
    ) -> Choice:
        """All that can be said of one device for somebody `distance_m` away at the aware instant `at`; `walk` None: the estimate."""
        walk = walk or _estimated_walk(distance_m)
        hours = self.hours(aed, at)
        today = at.astimezone(self._zone).date()
        doubts = device_doubts(aed, today) + hours.doubts + report_doubts(report, at)
        p_usable = probability(doubts)
        return Choice(
            aed=aed,
            distance_m=distance_m,
            walk=walk,
            hours=hours,
            is_closed=_is_closed(aed, hours),
            doubts=doubts,
            p_usable=p_usable,
            report=report if report is not None and is_fresh(report, at) else None,
            eta=_eta(aed, walk, p_usable),
        )

    def hours(self, aed: Aed, at: datetime) -> Hours:
        """Whether the device can be got at at the aware instant `at`."""
        return self._hours(aed.opening_hours, _minute_of(at))

    def _walks(self, point: Wgs84, legs: Sequence[tuple[int, float]], footways: Footways | None) -> list[Walk]:
        """The walk of each leg (row, distance_m)."""
        if footways is None or not legs:
            return [_estimated_walk(distance_m) for _, distance_m in legs]
        return _walks_along(footways, point, [self.aeds[row].point for row, _ in legs])

    def _ranked(
        self, legs: Sequence[tuple[int, float]], walks: Sequence[Walk], at: datetime, report_of: ReportOf
    ) -> "list[_Rank]":
        """The legs (row, distance_m) in order of (closed, total_s, row)."""
        minute = _minute_of(at)
        ranks = []
        for (row, distance_m), walk in zip(legs, walks, strict=True):
            is_closed, p_usable = self._state(row, minute)
            report = report_of(self.aeds[row].aed_id)
            if report is not None:
                p_usable = probability(report_doubts(report, at), start=p_usable)
            total_s = (walk.out_s + walk.back_s + self._extra_s[row]) / p_usable
            ranks.append(_Rank(is_closed, total_s, row, distance_m, walk))
        ranks.sort()
        return ranks

    def _state_at(self, row: int, minute: datetime) -> tuple[bool, float]:
        """(is_closed, P(usable) before reports) in a minute."""
        aed = self.aeds[row]
        hours = self._hours(aed.opening_hours, minute)
        doubts = device_doubts(aed, minute.astimezone(self._zone).date()) + hours.doubts
        return _is_closed(aed, hours), probability(doubts)

    def _hours_at(self, rules: str | None, minute: datetime) -> Hours:
        return _hours_of(opening_at(rules, minute, self._zone.key, self._holidays))

    def _choice(self, rank: "_Rank", at: datetime, report_of: ReportOf) -> Choice:
        aed = self.aeds[rank.row]
        return self.judge(aed, rank.distance_m, at=at, report=report_of(aed.aed_id), walk=rank.walk)


class _Rank(NamedTuple):
    """A device's place in the order, compared from left to right; no two share a row."""

    is_closed: bool
    total_s: float
    row: int
    distance_m: float
    walk: Walk


def _is_settled(ranked: Sequence[_Rank], k: int, least_walk_s: float) -> bool:
    """Whether no device whose walk takes `least_walk_s` or more can come before the k-th: its total would be at least the bound."""
    if len(ranked) < k or ranked[k - 1].is_closed:
        return False
    return 2 * least_walk_s / SOUND > ranked[k - 1].total_s


def _least_walk_s(distance_m: float, footways: Footways | None) -> float:
    """No walk to a device at least so far away takes less."""
    return distance_m / SPEED_MPS * (DETOUR if footways is None else 1.0)


def _estimated_walk(distance_m: float) -> Walk:
    walk_s = distance_m * (DETOUR / SPEED_MPS)
    return Walk(
        out_s=walk_s,
        back_s=walk_s,
        source=WalkingTimes.source,
        grade=WalkingTimes.grade,
        p90_factor=P90_FACTOR,
    )


def _walks_along(footways: Footways, origin: Wgs84, to: Sequence[Wgs84]) -> list[Walk]:
    legs = footways.there_and_back(origin, [point.lat_deg for point in to], [point.lon_deg for point in to])
    rows = zip(*(array.tolist() for array in (legs.out_s, legs.back_s, legs.is_network, legs.p90_factor)), strict=True)
    return [
        Walk(
            out_s=out_s,
            back_s=back_s,
            source=legs.source if is_network else legs.estimate_source,
            grade=Grade.NETWORK if is_network else Grade.ESTIMATE,
            p90_factor=p90_factor,
        )
        for out_s, back_s, is_network, p90_factor in rows
    ]


def vertical_s(level: str | None) -> float:
    """Seconds up and down again to an OSM `level` (`-1`, `0`, `1;2`: the first counts)."""
    storey = _STOREY.match(level) if level else None
    storeys = abs(float(storey[0])) if storey else UNKNOWN_STOREYS
    return 2 * min(STOREY_S * storeys, LIFT_S)


def _eta(aed: Aed, walk: Walk, p_usable: float) -> Eta:
    walk_s, search_s, up_s, unlock_s = (
        walk.out_s + walk.back_s,
        _search_s(aed),
        vertical_s(aed.level),
        UNLOCK_S[aed.access],
    )
    trip_s = walk_s + (search_s + up_s + unlock_s)
    total_s = trip_s / p_usable
    return Eta(
        walk_out_s=walk.out_s,
        search_s=search_s,
        vertical_s=up_s,
        unlock_s=unlock_s,
        walk_back_s=walk.back_s,
        risk_s=total_s - trip_s,
        total_s=total_s,
        p90_s=total_s + (walk.p90_factor - 1) * walk_s,
    )


def _is_closed(aed: Aed, hours: Hours) -> bool:
    return hours.open_now is Known.NO or aed.access is AedAccess.NO


def _search_s(aed: Aed) -> float:
    return aed.uncertainty_m / SPEED_MPS


def _minute_of(at: datetime) -> datetime:
    """Hours change at full minutes only, so all instants of a minute share one answer."""
    return at.astimezone(UTC).replace(second=0, microsecond=0)


def _hours_of(opening: Opening) -> Hours:
    doubt = _DOUBT_OF.get(opening.caveat) if opening.caveat else None
    if doubt is None and opening.state is OpenState.UNKNOWN:
        doubt = Doubt.HOURS_UNKNOWN
    return Hours(
        open_now=_OPEN_NOW[opening.state],
        next_change_at=opening.next_change_at,
        doubts=() if doubt is None else (doubt,),
    )
