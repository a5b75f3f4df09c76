"""The AEDs that can be at the patient's side soonest, exactly.

What is minimised stands in `aed_trip`. Devices that can be had, or of which it is not known, are ordered by (total_s, row); after
them come those that are barred (closed, withdrawn, fetched by somebody else), in the same order.

Search, near: the devices nearest to the centre of an H3 cell are kept with it. For somebody in the cell all of them are priced at
once; whatever is not among them is at least `reach - away` from him, the reach of the list less his distance from the centre.

Search, far: rows are fetched by distance from the patient, in growing numbers.

Both stop when nothing left out can come before the k-th. Nobody walks a shorter way than the great circle or faster than SPEED, and
P(usable) <= SOUND, so the total of a device at distance d or farther is at least 2 d / SPEED / SOUND (times DETOUR, where no footways
are known); for a responder who starts r from the patient it is (max(d - r, 0) + d) / SPEED / SOUND. Devices beyond MAX_DISTANCE_M are
not offered: nobody fetches one from there.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from types import MappingProxyType
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from maps_data.aed_judgement import Choice, Judge, Standing
from maps_data.aed_near import FIRST_DEVICES, RESOLUTION, Near, NearDevices, half_angles
from maps_data.aed_now import BARRED_S, Now
from maps_data.aed_trip import WALK_S_PER_M, Footways, Walk, fixed_of, walks
from maps_data.aed_usable import NOTHING_SINCE, SOUND, AedLive
from maps_data.holidays import NO_CALENDAR, HolidayCalendar
from maps_data.records import Aed
from routing.cells import cell_of
from routing.geo import EARTH_RADIUS_M, FloatArray, IntArray, Wgs84, distance_m
from routing.index import StaticIndex
from routing.travel_time.walking import DETOUR, SPEED_MPS

MAX_DISTANCE_M: Final = 5_000.0
"""Some 70 minutes on foot, one way; the answer farther out is that there is none."""

MAX_K: Final = 20
_MINUTES_KEPT: Final = 4
_FIRST_FETCH: Final = 4
_FETCH_GROWTH: Final = 4
_DIAMETER_M: Final = 2.0 * EARTH_RADIUS_M

Live = Mapping[str, AedLive]
"""What is known beyond the registry, by `aed_id`; it must not change once it was given."""

NOTHING_LIVE: Final[Live] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`choices` in order; `closed_sooner` are the barred devices left out that would be sooner than the last choice."""

    choices: tuple[Choice, ...]
    closed_sooner: tuple[Aed, ...]


class _Rank(NamedTuple):
    """A device's place in the order, compared from left to right; no two share a row."""

    is_barred: bool
    total_s: float
    row: int
    distance_m: float
    walk: Walk


class AedLookup:
    """The devices of a catalogue, ready for `nearest`; `time_zone` and `holidays` are those of their opening hours, `n_near` how many
    devices are kept with a cell.
    """

    def __init__(
        self,
        aeds: Sequence[Aed],
        *,
        time_zone: str,
        holidays: HolidayCalendar = NO_CALENDAR,
        n_near: int = FIRST_DEVICES,
    ) -> None:
        self.aeds = tuple(aeds)
        self._judge = Judge(ZoneInfo(time_zone), holidays)
        lat_deg, lon_deg = [aed.point.lat_deg for aed in aeds], [aed.point.lon_deg for aed in aeds]
        self.index = StaticIndex(lat_deg, lon_deg)
        self._fixed_s = np.array([fixed_of(aed).all_s for aed in aeds], dtype=np.float64)
        self._near = NearDevices(self.index, lat_deg, lon_deg, n_first=n_near)
        self._minutes: tuple[Now, ...] = ()

    def nearest(
        self,
        point: Wgs84,
        k: int,
        *,
        at: datetime,
        live: Live = NOTHING_LIVE,
        footways: Footways | None = None,
        runner: Wgs84 | None = None,
    ) -> Found:
        """The `k` best devices for a patient at `point` at the aware instant `at`, fewer only if there are fewer within
        MAX_DISTANCE_M; fetched by somebody at the patient's side, or by a `runner` elsewhere. ValueError for k outside [1, MAX_K].
        """
        if not 1 <= k <= MAX_K:
            raise ValueError(f"k must be within [1, {MAX_K}], got {k}")
        now = self._state(at, live)
        found = self._among_near(point, k, now) if footways is None and runner is None else None
        return found or self._among_all(point, k, now, footways, runner)

    def judge(
        self, aed: Aed, distance_m: float, *, at: datetime, live: AedLive = NOTHING_SINCE, walk: Walk | None = None
    ) -> Choice:
        """All that can be said of one device for somebody `distance_m` away at the aware instant `at`; `walk` None: the estimate."""
        standing = self.standing(aed, at, live)
        return Choice(lambda _: standing, 0, distance_m, walk)

    def standing(self, aed: Aed, at: datetime, live: AedLive = NOTHING_SINCE) -> Standing:
        """All that can be said of one device at the aware instant `at`, for whoever asks."""
        return self._judge.standing(aed, at, live)

    def _state(self, at: datetime, live: Live) -> Now:
        """What holds for all devices in the minute of `at`; kept for the minutes last asked for until one hears of a device."""
        for known in self._minutes:
            if known.live is live and known.minute <= at < known.until:
                return known
        minute = at.astimezone(UTC).replace(second=0, microsecond=0)
        now = Now(self.aeds, self._fixed_s, self._judge, minute, at, live, self._minutes[0] if self._minutes else None)
        self._minutes = (now, *self._minutes[: _MINUTES_KEPT - 1])
        return now

    def _among_near(self, point: Wgs84, k: int, now: Now) -> Found | None:
        """The answer from the devices kept with the asker's cell; None if they do not settle it."""
        cell = cell_of(point, RESOLUTION)
        near: Near | None = self._near.of(cell)
        while near is not None:
            prices = now.worth.prices_near(cell, near.rows)
            angles = half_angles(near, point)
            sure_m = near.reach_m - _DIAMETER_M * float(angles[-1])
            angles = angles[:-1]
            keys = prices.s_per_half_angle * angles
            keys += prices.s
            if near.reach_m > MAX_DISTANCE_M:
                keys[angles > MAX_DISTANCE_M / _DIAMETER_M] = np.inf
            order = keys.argsort(kind="stable")
            ranked: list[float] = keys.take(order).tolist()
            if sure_m >= MAX_DISTANCE_M:
                return self._found(near, order[: min(k, bisect_left(ranked, inf))], angles, order, ranked, now)
            if len(ranked) >= k and ranked[k - 1] < min(_least_s(sure_m), BARRED_S):
                return self._found(near, order[:k], angles, order, ranked, now)
            near = self._near.grow(cell)
        return None

    def _found(
        self, near: Near, best: IntArray, angles: FloatArray, order: IntArray, ranked: list[float], now: Now
    ) -> Found:
        """The answer: those of `near` at the places `best`. All of them in `order` are `ranked` by their keys, so that the barred ones
        stand together."""
        last_s = ranked[len(best) - 1] if len(best) else inf
        barred = slice(
            bisect_left(ranked, BARRED_S), bisect_left(ranked, BARRED_S + last_s) if last_s < BARRED_S else 0
        )
        away_m = (_DIAMETER_M * angles.take(best)).tolist()
        rows, sooner, standing = near.rows.take(best).tolist(), near.rows.take(order[barred]).tolist(), now.standing
        return Found(
            choices=tuple([Choice(standing, row, d_m) for row, d_m in zip(rows, away_m, strict=True)]),
            closed_sooner=tuple([self.aeds[row] for row in sooner]),
        )

    def _among_all(self, point: Wgs84, k: int, now: Now, footways: Footways | None, runner: Wgs84 | None) -> Found:
        count = _FIRST_FETCH * k
        apart_m = 0.0 if runner is None else distance_m(point, runner)
        while True:
            rows, distances_m = self.index.nearest(point, count)
            fetched = list(zip(rows.tolist(), distances_m.tolist(), strict=True))
            within = [leg for leg in fetched if leg[1] <= MAX_DISTANCE_M]
            ranked = self._ranked(within, point, now, footways, runner)
            is_all = len(fetched) < count or fetched[-1][1] > MAX_DISTANCE_M
            if is_all or _is_settled(ranked, k, _least_walk_s(fetched[-1][1], apart_m, footways)):
                break
            count *= _FETCH_GROWTH
        sooner = [rank for rank in ranked[k:] if rank.is_barred and rank.total_s < ranked[k - 1].total_s]
        return Found(
            choices=tuple(Choice(now.standing, rank.row, rank.distance_m, rank.walk) for rank in ranked[:k]),
            closed_sooner=tuple(self.aeds[rank.row] for rank in sooner),
        )

    def _ranked(
        self,
        legs: Sequence[tuple[int, float]],
        point: Wgs84,
        now: Now,
        footways: Footways | None,
        runner: Wgs84 | None,
    ) -> list[_Rank]:
        """The legs (row, metres from the patient) in order."""
        to = [self.aeds[row].point for row, _ in legs]
        on_foot = walks(runner or point, to, point if runner else None, footways)
        ranks = []
        for (row, away_m), walk in zip(legs, on_foot, strict=True):
            total_s = (walk.out_s + walk.back_s + self._fixed_s[row]) / now.worth.p_usable[row]
            ranks.append(_Rank(bool(now.worth.is_barred[row]), float(total_s), row, away_m, walk))
        return sorted(ranks)


def _least_s(away_m: float) -> float:
    """No total of a device at least so far away is less, by the estimate."""
    return 2.0 * WALK_S_PER_M / SOUND * away_m


def _is_settled(ranked: Sequence[_Rank], k: int, least_walk_s: float) -> bool:
    """Whether no device whose walks take `least_walk_s` or more can come before the k-th: its total would be at least the bound."""
    if len(ranked) < k or ranked[k - 1].is_barred:
        return False
    return least_walk_s / SOUND > ranked[k - 1].total_s


def _least_walk_s(away_m: float, apart_m: float, footways: Footways | None) -> float:
    """No walk to a device at least `away_m` from the patient and on to him takes less, for one who starts `apart_m` from him."""
    legs_m = max(away_m - apart_m, 0.0) + away_m
    return legs_m / SPEED_MPS * (DETOUR if footways is None else 1.0)
