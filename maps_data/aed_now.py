"""What holds for every AED in one minute, as arrays over all of them: P(usable), and which are barred."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple

import numpy as np

from maps_data.aed_judgement import OPEN_NOW, Judge, Standing, hours_of
from maps_data.aed_usable import CHECK_DUE_AFTER_DAYS, FACTOR, NOTHING_SINCE, SOUND, AedLive, Doubt, probability
from maps_data.opening_hours import state_at
from maps_data.records import Aed
from maps_data.vocabulary import AedAccess, Known
from routing.cells import Cell
from routing.geo import BoolArray, FloatArray, IntArray

_NO_HOURS: Final = ""
_UNKNOWN_DAY: Final = 1 << 40  # later than any day: neither overdue nor expired


class Prices(NamedTuple):
    """What the devices near a cell cost in a minute: `s_per_half_angle` * half the angle between asker and device, + `s` seconds,
    float64[m]; `barred` are the places among them of those that are barred, and far dearer.
    """

    s_per_half_angle: FloatArray
    s: FloatArray
    barred: IntArray


class Now:
    """A minute, with what was heard of devices until then. Rows are those of `aeds`; arrays are float64[n] and bool[n].

    What changes once a day or never is taken over from the minute `before`.
    """

    def __init__(
        self,
        aeds: Sequence[Aed],
        judge: Judge,
        minute: datetime,
        at: datetime,
        live: Mapping[str, AedLive],
        before: "Now | None",
    ) -> None:
        self.minute, self.live = minute, live
        self._aeds, self._judge, self._at = aeds, judge, at
        self._table: _Table = before._table if before else _Table(aeds)
        self._today: date = judge.today(minute)
        is_same_day = before is not None and before._today == self._today
        self._p_by_day: FloatArray = before._p_by_day if before and is_same_day else self._table.p_on(self._today)
        self.prices: dict[Cell, Prices] = {}
        self._standings: dict[int, Standing] = {}
        factor, is_closed = self._of_rules()
        self.p_usable: FloatArray = self._p_by_day * factor[self._table.rule]
        self.is_barred: BoolArray = is_closed[self._table.rule] | self._table.is_private
        for aed_id in live:
            self._heard_of(self._table.row_of.get(aed_id))

    def standing(self, row: int) -> Standing:
        """All that can be said of one device."""
        known = self._standings.get(row)
        if known is None:
            aed = self._aeds[row]
            live = self.live.get(aed.aed_id, NOTHING_SINCE)
            known = self._standings[row] = self._judge.standing(aed, self._at, live)
        return known

    def _heard_of(self, row: int | None) -> None:
        """A device of which something is known beyond the registry; one that the registry no longer has is left aside."""
        if row is not None:
            standing = self.standing(row)
            self.p_usable[row], self.is_barred[row] = standing.p_usable, standing.is_barred

    def _of_rules(self) -> tuple[FloatArray, BoolArray]:
        """By opening hours, as they stand in the registry: the factor of P(usable), and whether they say closed."""
        factor, is_closed = np.ones(len(self._table.rules)), np.zeros(len(self._table.rules), dtype=np.bool_)
        for number, rules in enumerate(self._table.rules):
            opening = state_at(rules or None, self.minute, self._judge.zone.key, self._judge.holidays)
            factor[number] = probability(hours_of(opening).doubts, start=1.0)
            is_closed[number] = OPEN_NOW[opening.state] is Known.NO
        return factor, is_closed


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
