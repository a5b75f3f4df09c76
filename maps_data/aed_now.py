"""What holds for every AED in one minute, as arrays over all of them: P(usable), and which are barred."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

import numpy as np

from maps_data.aed_judgement import OPEN_NOW, Judge, Standing, hours_of
from maps_data.aed_trip import WALK_S_PER_M
from maps_data.aed_usable import CHECK_DUE_AFTER_DAYS, FACTOR, NOTHING_SINCE, SOUND, AedLive, Doubt, probability
from maps_data.opening_hours import state_at
from maps_data.records import Aed
from maps_data.vocabulary import AedAccess, Known
from routing.cells import Cell
from routing.geo import EARTH_RADIUS_M, BoolArray, FloatArray, IntArray

_NO_HOURS: Final = ""
S_PER_HALF_ANGLE: Final = 2.0 * WALK_S_PER_M * 2.0 * EARTH_RADIUS_M
"""There and back to a device that is sure to be usable, by half the angle to it seen from the middle of the earth."""
_UNKNOWN_DAY: Final = 1 << 40  # later than any day: neither overdue nor expired


BARRED_S: Final = 1e9
"""Added to the time of a barred device: more than any trip."""


class Prices(NamedTuple):
    """What devices cost: `s_per_half_angle` * half the angle between asker and device, + `s` seconds, float64[m]."""

    s_per_half_angle: FloatArray
    s: FloatArray


class Now:
    """A minute, with what was heard of devices until then. Rows are those of `aeds`.

    What changes once a day or never is taken over from the minute `before`, and so is the worth of the devices when opening hours and
    what was heard make it the same.
    """

    def __init__(
        self,
        aeds: Sequence[Aed],
        fixed_s: FloatArray,
        judge: Judge,
        minute: datetime,
        at: datetime,
        live: Mapping[str, AedLive],
        before: "Now | None",
    ) -> None:
        self.minute, self.until, self.live = minute, minute + timedelta(minutes=1), live
        self._aeds, self._judge, self._at = aeds, judge, at
        self._table: _Table = before._table if before else _Table(aeds)
        self._today: date = judge.today(minute)
        is_same_day = before is not None and before._today == self._today
        self._p_by_day: FloatArray = before._p_by_day if before and is_same_day else self._table.p_on(self._today)
        self._standings: dict[int, Standing] = {}
        said = Said(*self._of_rules(), self._of_live())
        if before is not None and is_same_day and before.worth.said == said:
            self.worth: Worth = before.worth
        else:
            self.worth = Worth(said, self._table, self._p_by_day, fixed_s)

    def standing(self, row: int) -> Standing:
        """All that can be said of one device."""
        known = self._standings.get(row)
        if known is None:
            aed = self._aeds[row]
            live = self.live.get(aed.aed_id, NOTHING_SINCE)
            known = self._standings[row] = self._judge.standing(aed, self._at, live)
        return known

    def _of_rules(self) -> tuple[tuple[float, ...], tuple[bool, ...]]:
        """By opening hours, as they stand in the registry: the factor of P(usable), and whether they say closed."""
        openings = [
            state_at(rules or None, self.minute, self._judge.zone.key, self._judge.holidays)
            for rules in self._table.rules
        ]
        factors = tuple([probability(hours_of(opening).doubts, start=1.0) for opening in openings])
        return factors, tuple([OPEN_NOW[opening.state] is Known.NO for opening in openings])

    def _of_live(self) -> tuple[tuple[int, float, bool], ...]:
        """(row, P(usable), is barred) of what is known of beyond the registry; what the registry no longer has is left aside."""
        rows = [row for row in map(self._table.row_of.get, self.live) if row is not None]
        return tuple([(row, self.standing(row).p_usable, self.standing(row).is_barred) for row in rows])


class Said(NamedTuple):
    """What makes devices worth what they are: `factors` and `closed` by opening hours, `heard` (row, P(usable), is barred)."""

    factors: tuple[float, ...]
    closed: tuple[bool, ...]
    heard: tuple[tuple[int, float, bool], ...]


class Worth:
    """What the devices are worth for as long as the same is `said` of them: P(usable) float64[n], and which are barred, bool[n]."""

    def __init__(self, said: Said, table: "_Table", p_by_day: FloatArray, fixed_s: FloatArray) -> None:
        self.said = said
        self.p_usable: FloatArray = p_by_day * np.array(said.factors, dtype=np.float64)[table.rule]
        self.is_barred: BoolArray = np.array(said.closed, dtype=np.bool_)[table.rule] | table.is_private
        for row, p_usable, is_barred in said.heard:
            self.p_usable[row], self.is_barred[row] = p_usable, is_barred
        self._s_per_half_angle: FloatArray = S_PER_HALF_ANGLE / self.p_usable
        self._s: FloatArray = fixed_s / self.p_usable + BARRED_S * self.is_barred
        self._prices: dict[Cell, Prices] = {}

    def prices_near(self, cell: Cell, rows: IntArray) -> Prices:
        """What the devices `rows` near a cell cost; kept for whoever asks there next."""
        known = self._prices.get(cell)
        if known is None or len(known.s) != len(rows):
            known = self._prices[cell] = Prices(self._s_per_half_angle.take(rows), self._s.take(rows))
        return known


class _Table:
    """What of the registry does not change: `rule` int64[n] numbers each device's opening hours in `rules`."""

    def __init__(self, aeds: Sequence[Aed]) -> None:
        numbers: defaultdict[str, int] = defaultdict(lambda: len(numbers))
        self.rule: IntArray = np.array([numbers[aed.opening_hours or _NO_HOURS] for aed in aeds], dtype=np.int64)
        self.rules = tuple(numbers)
        self.is_private: BoolArray = np.array([aed.access is AedAccess.NO for aed in aeds], dtype=np.bool_)
        self.row_of = {aed.aed_id: row for row, aed in enumerate(aeds)}
        self._checked = _days(aed.last_checked for aed in aeds)
        self._pads = _days(aed.pads_expiry for aed in aeds)
        self._battery = _days(aed.battery_expiry for aed in aeds)

    def p_on(self, today: date) -> FloatArray:
        """P(usable) on the city's day as the dates of the registry have it, before hours and reports: `device_doubts` for all rows."""
        day = today.toordinal()
        doubted = {
            Doubt.NEVER_CHECKED: self._checked == _UNKNOWN_DAY,
            Doubt.CHECK_OVERDUE: day - self._checked > CHECK_DUE_AFTER_DAYS,
            Doubt.PADS_EXPIRED: self._pads < day,
            Doubt.BATTERY_EXPIRED: self._battery < day,
        }
        p_usable = np.full(len(self.rule), SOUND)
        for doubt, rows in doubted.items():
            p_usable[rows] *= FACTOR[doubt]
        return p_usable


def _days(days: Iterable[date | None]) -> IntArray:
    return np.array([_UNKNOWN_DAY if day is None else day.toordinal() for day in days], dtype=np.int64)
