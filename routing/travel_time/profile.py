"""How much longer streets take at which hour: a factor for all, and, where it is known, a ratio between classes of street.

    time over an edge at hour h = hourly[h] * patterns[pattern_of_hour[h]].get(class, 1) * free flow.

Hours that differ in `hourly` alone share one set of weights, for a factor of all times moves no route; each pattern has its own.
Between full hours `hourly` is interpolated, the pattern is that of the hour begun.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from routing.geo import FloatArray
from routing.travel_time.estimate import HOURLY_FACTOR

MOST_PATTERNS: Final = 4
"""Each costs memory, and its share of every change of traffic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """See above. By default the estimate's hours, an assumption and not a measurement, alike on all streets.

    ValueError unless there are 24 hours of each, all factors are positive, and patterns are 1 to MOST_PATTERNS.
    """

    hourly: tuple[float, ...] = HOURLY_FACTOR
    patterns: tuple[Mapping[str, float], ...] = field(default=({},))
    pattern_of_hour: tuple[int, ...] = (0,) * 24

    def __post_init__(self) -> None:
        if len(self.hourly) != 24 or len(self.pattern_of_hour) != 24:
            raise ValueError("a profile has 24 hours")
        if not 1 <= len(self.patterns) <= MOST_PATTERNS:
            raise ValueError(f"a profile has 1 to {MOST_PATTERNS} patterns, got {len(self.patterns)}")
        if not all(0 <= pattern < len(self.patterns) for pattern in self.pattern_of_hour):
            raise ValueError("every hour has one of the patterns")
        if not all(
            0.0 < factor < np.inf
            for row in (self.hourly, *map(dict.values, map(dict, self.patterns)))
            for factor in row
        ):
            raise ValueError("factors must be positive")

    def class_factors(self, classes: tuple[str, ...]) -> FloatArray:
        """The patterns by class: float64[patterns, classes]."""
        return np.array([[pattern.get(name, 1.0) for name in classes] for pattern in self.patterns]).reshape(
            len(self.patterns), len(classes)
        )

    def at(self, instant: datetime, zone: ZoneInfo) -> tuple[float, int]:
        """(factor, pattern) at an aware instant; ValueError for a naive one."""
        if instant.tzinfo is None:
            raise ValueError("departing_at must be aware")
        local = instant.astimezone(zone)
        hour = local.hour + local.minute / 60.0 + local.second / 3_600.0
        factor = float(np.interp(hour, np.arange(25), (*self.hourly, self.hourly[0])))
        return factor, self.pattern_of_hour[local.hour]
