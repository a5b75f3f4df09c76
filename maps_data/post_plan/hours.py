"""Travel times of posts by the hour of the day: periods of like traffic, what each post covers, when it reaches each call."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from maps_data.post_plan.demand import Calls
from maps_data.progress import OnStage
from routing.geo import FloatArray, Wgs84
from routing.optimise.maximal_covering import degrees
from routing.travel_time.port import TravelTimeProvider

N_PERIODS: Final = 4
"""Of about equal red demand: a choice. A provider is asked for all candidates and cells once a period."""

_PROBE_CELLS: Final = 200
_BLOCK_ORIGINS: Final = 256
"""Origins that the provider is asked for at a time."""


class HourlyTimes:
    """Travel times by local hour of one day."""

    def __init__(self, provider: TravelTimeProvider, day: date, zone: ZoneInfo) -> None:
        self._provider, self._day, self._zone = provider, day, zone

    def between(self, origins: Sequence[Wgs84], lat_deg: FloatArray, lon_deg: FloatArray, hour: int) -> FloatArray:
        """Seconds, float64[origins, points], at half past the hour."""
        at = datetime(self._day.year, self._day.month, self._day.day, hour, 30, tzinfo=self._zone)
        from_lat, from_lon = degrees_of(origins)
        return self._provider.many_to_many(from_lat, from_lon, lat_deg, lon_deg, departing_at=at).travel_time_s

    def periods(self, stations: Sequence[Wgs84], cells: Sequence[Wgs84], calls: Calls) -> tuple[tuple[int, ...], ...]:
        """The hours of the day in groups of like travel times and about equal red demand, the fastest first."""
        lat_deg, lon_deg = degrees_of(cells[:: max(1, len(cells) // _PROBE_CELLS)])
        typical_s = [float(np.median(self.between(stations, lat_deg, lon_deg, hour).min(axis=0))) for hour in range(24)]
        order = np.argsort(typical_s, kind="stable")
        n_red = np.bincount(calls.hour[calls.is_red], minlength=24)[order]
        group = np.minimum((np.cumsum(n_red) - n_red / 2) * N_PERIODS // n_red.sum(), N_PERIODS - 1)
        return tuple(tuple(order[group == g].tolist()) for g in np.unique(group))

    def weights(
        self,
        points: Sequence[Wgs84],
        cells: Sequence[Wgs84],
        periods: Sequence[Sequence[int]],
        worths: Mapping[float, float],
        before_s: float,
        on_stage: OnStage,
    ) -> npt.NDArray[np.float32]:
        """a of the model, float32[points, periods x cells], at the middle hour of each period."""
        lat_deg, lon_deg = degrees_of(cells)
        weights = np.zeros((len(points), len(periods) * len(cells)), np.float32)
        for t, hours in enumerate(periods):
            columns = slice(t * len(cells), (t + 1) * len(cells))
            for begin in range(0, len(points), _BLOCK_ORIGINS):
                on_stage("计算行程时间", "travel times", (t + begin / len(points)) / len(periods))
                block = slice(begin, begin + _BLOCK_ORIGINS)
                times_s = self.between(points[block], lat_deg, lon_deg, hours[len(hours) // 2])
                weights[block, columns] = degrees(times_s + before_s, worths)
        return weights

    def arrivals(self, posts: Sequence[Wgs84], calls: Calls, before_s: float) -> FloatArray:
        """Seconds from each red call to the arrival of a unit from each post: float64[posts, red calls]."""
        arrival_s = np.full((len(posts), int(calls.is_red.sum())), np.inf)
        lat_deg, lon_deg, hours = (array[calls.is_red] for array in (calls.lat_deg, calls.lon_deg, calls.hour))
        for hour in np.unique(hours).tolist():
            here = hours == hour
            arrival_s[:, here] = before_s + self.between(posts, lat_deg[here], lon_deg[here], hour)
        return arrival_s


def degrees_of(points: Sequence[Wgs84]) -> tuple[FloatArray, FloatArray]:
    """Latitudes and longitudes, float64[n] each."""
    return np.array([p.lat_deg for p in points]), np.array([p.lon_deg for p in points])
