"""What a unit at each post reaches of the city's demand, by hour: computed once for each set of posts and class of hours.

A cell counts by `DEGREES` when a unit is there within each of `DRIVE_S`: with a minute each of call taking and turnout the first four
are arrivals 8, 10, 12 and 15 minutes after the call, the limits by which lateness is reported; the last, 27 minutes, keeps a unit
within reach of the outskirts. Demand is what a file says of past calls (`maps-data posts demand`);
without one, residents stand for it.
"""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from dispatch.domain.post import PostRecord
from dispatch.engine.ports import PostReach, Travel
from maps_data.catalogue import Catalogue
from maps_data.demand_file import Demand
from routing.cells import centre
from routing.geo import FloatArray
from routing.optimise.maximal_covering import Covering

DRIVE_S: Final = (360.0, 480.0, 600.0, 780.0, 1500.0)
DEGREES: Final = (1.0, 0.78, 0.56, 0.34, 0.12)
N_LEVELS: Final = 50
"""Degrees are multiples of 1 / `N_LEVELS`."""
REMOTE_SHARE: Final = 0.05
"""A post that has somebody, but fewer of the residents, within the last of `DRIVE_S` is remote."""
HOURS_PER_CLASS: Final = 3
"""Travel times are those of the middle of each three hours; weekdays and weekends are kept apart."""


class CoverageByCells:
    """Implements `PostCoverage` over cells: `lat_deg`, `lon_deg`, `residents`, `demand` float64[m]; the last two by any measure."""

    def __init__(
        self,
        travel: Travel,
        lat_deg: FloatArray,
        lon_deg: FloatArray,
        residents: FloatArray,
        *,
        zone: ZoneInfo,
        demand: FloatArray | None = None,
    ) -> None:
        self._travel, self._lat_deg, self._lon_deg, self._zone = travel, lat_deg, lon_deg, zone
        self._residents = residents
        self._demand = residents if demand is None else demand / demand.sum() * residents.sum()
        self._known: dict[object, PostReach] = {}
        self._posts: tuple[PostRecord, ...] = ()

    async def at(self, posts: tuple[PostRecord, ...], now: datetime) -> PostReach:
        """See `PostCoverage.at`."""
        if posts != self._posts:
            self._known, self._posts = {}, posts
        local = now.astimezone(self._zone)
        first_hour = local.hour // HOURS_PER_CLASS * HOURS_PER_CLASS
        key = first_hour, local.weekday() >= 5, self._travel.in_force.source
        if key not in self._known:
            middle = local.replace(hour=first_hour + HOURS_PER_CLASS // 2, minute=30, second=0, microsecond=0)
            self._known[key] = await self._computed(posts, middle)
        return self._known[key]

    async def _computed(self, posts: tuple[PostRecord, ...], departing_at: datetime) -> PostReach:
        lat_deg = np.array([post.point.lat_deg for post in posts])
        lon_deg = np.array([post.point.lon_deg for post in posts])
        to_cells = await self._travel.many_to_many(
            lat_deg, lon_deg, self._lat_deg, self._lon_deg, departing_at=departing_at
        )
        between = await self._travel.many_to_many(lat_deg, lon_deg, lat_deg, lon_deg, departing_at=departing_at)
        degree = np.array([*DEGREES, 0.0])[np.searchsorted(DRIVE_S, to_cells.travel_time_s)]
        within_reach = (degree > 0.0) @ self._residents / self._residents.sum()
        return PostReach(
            covering=Covering.of(degree, self._demand, n_levels=N_LEVELS).merged(),
            is_remote=(within_reach > 0.0) & (within_reach < REMOTE_SHARE),
            drive_s=between.travel_time_s,
            distance_m=between.distance_m,
        )


def coverage_of(catalogue: Catalogue, travel: Travel, demand: Demand | None = None) -> CoverageByCells:
    """Over the population cells of a city, with their `demand`."""
    centres = [centre(cell.cell) for cell in catalogue.population_cells]
    return CoverageByCells(
        travel,
        np.array([point.lat_deg for point in centres]),
        np.array([point.lon_deg for point in centres]),
        np.array([cell.population_estimate for cell in catalogue.population_cells]),
        zone=ZoneInfo(catalogue.time_zone),
        demand=None if demand is None else demand.red_share,
    )
