"""Which days are public holidays, and which weekend days are worked in exchange.

The State Council announces each year's days off and make-up workdays in the autumn before, in a notice for that year. What no
notice covers is not known: it cannot be computed, since the make-up days follow no rule.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final


class DayKind(StrEnum):
    """What a notice makes of a day."""

    OFF = "off"
    """A day off by the notice, statutory holiday or not."""
    WORKDAY = "workday"
    """A Saturday or Sunday that is worked in exchange."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HolidayCalendar:
    """The days of which notices speak, and the years that they cover."""

    days: Mapping[date, DayKind] = field(default_factory=dict)
    years: frozenset[int] = frozenset()

    def covers(self, day: date) -> bool:
        """Whether a notice says what this day is."""
        return day.year in self.years or day in self.days


NO_CALENDAR: Final = HolidayCalendar()
"""Of a city for which no notice is on record: any day may be a holiday."""
