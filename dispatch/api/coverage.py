"""How much of the city free units reach in time, and how far the nearest AED is: computed off the loop and kept for a few seconds."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast

import numpy as np
from starlette.requests import HTTPConnection

from dispatch.api.first_aed import FirstAed, first_aed
from dispatch.api.map_layers import CityMaps
from dispatch.api.wiring import Service
from dispatch.domain.facts import UnitRows
from dispatch.domain.vocabulary import UnitKind
from dispatch.pipeline.rows import UnitTable
from maps_data.aed_trip import Footways
from routing.cells import cell_text
from routing.geo import BoolArray, FloatArray
from routing.optimise.coverage import SamplePoints
from routing.travel_time.port import TravelTimes

KEPT_FOR: Final = timedelta(seconds=10)
"""A screen that asks again within this time gets the same answer: a choice of ours, units cover 150 m in it at 55 km/h."""

KINDS: Final[dict[str, tuple[UnitKind, ...]]] = {"als": (UnitKind.ALS,), "any": (UnitKind.ALS, UnitKind.BLS)}
"""Units that are kept for newborns, stroke or infarction cover nobody else and do not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What does not change while a data version holds: `cells` as text, `residents` [n], where they are sampled, their first AED."""

    cells: tuple[str, ...]
    residents: FloatArray
    points: SamplePoints
    first_aed: FirstAed


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """When the first free unit of each of `KINDS` reaches each sample point by driving, float64[p].

    `stated` says where these times come from; `is_off_network` bool[n]: the middle of the cell has no street near by.
    """

    ground: Ground
    drive_s: dict[str, FloatArray]
    n_units: dict[str, int]
    stated: TravelTimes
    is_off_network: BoolArray
    departing_at: datetime
    computed_at: datetime


class CityCoverage:
    """The arrivals of free units over the whole city, for one application."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._ground: Ground | None = None
        self._maps: CityMaps | None = None
        self._kept: Arrivals | None = None
        self._is_for_now = True
        self._one_at_a_time = asyncio.Lock()

    async def arrivals(self, at: datetime | None) -> Arrivals:
        """Of the units that are free now, with the travel times of the instant `at` (default: now); at most KEPT_FOR old."""
        async with self._one_at_a_time:
            now = self._service.engine.clock.now()
            maps, footways = self._service.maps, self._service.footways
            if maps is not self._maps:
                self._ground = self._kept = None
            kept = self._kept
            if kept is not None and now - kept.computed_at < KEPT_FOR and self._is_kept_for(kept, at):
                return kept
            if self._ground is None:
                self._ground = await asyncio.to_thread(_ground_of, maps, footways)
                self._maps = maps
            self._kept = await self._computed(self._ground, at or now, now)
            self._is_for_now = at is None
            return self._kept

    def _is_kept_for(self, kept: Arrivals, at: datetime | None) -> bool:
        return self._is_for_now if at is None else kept.departing_at == at

    async def _computed(self, ground: Ground, departing_at: datetime, now: datetime) -> Arrivals:
        world = self._service.engine.world
        rows = UnitTable(world).rows(world, self._service.positions.fixes(), now)
        free = {kind: _is_free(rows, kind) for kind in (UnitKind.ALS, UnitKind.BLS)}
        stated, is_off_network = await self._stated(ground.points, departing_at)
        by_kind = {kind: await self._first(rows, mask, ground.points, departing_at) for kind, mask in free.items()}
        return Arrivals(
            ground=ground,
            drive_s={name: np.minimum.reduce([by_kind[kind] for kind in kinds]) for name, kinds in KINDS.items()},
            n_units={name: sum(int(free[kind].sum()) for kind in kinds) for name, kinds in KINDS.items()},
            stated=stated,
            is_off_network=is_off_network,
            departing_at=departing_at,
            computed_at=now,
        )

    async def _first(self, rows: UnitRows, mask: BoolArray, points: SamplePoints, departing_at: datetime) -> FloatArray:
        return await self._service.travel.earliest_s(
            rows.lat_deg[mask], rows.lon_deg[mask], points.lat_deg, points.lon_deg, departing_at=departing_at
        )

    async def _stated(self, points: SamplePoints, departing_at: datetime) -> tuple[TravelTimes, BoolArray]:
        """From any one point to the middle of each cell: such legs name their sources, the first of many cannot."""
        lat, lon = points.lat_deg[points.middle], points.lon_deg[points.middle]
        legs = await self._service.travel.many_to_many(lat[:1], lon[:1], lat, lon, departing_at=departing_at)
        off = legs.off_network.points if legs.off_network else frozenset()
        is_off = [place in off for place in zip(lat.tolist(), lon.tolist(), strict=True)]
        return legs, np.array(is_off, dtype=np.bool_)


def coverage_of(connection: HTTPConnection) -> CityCoverage:
    """The coverage of the application's city, put there by `create_app`."""
    return cast("CityCoverage", connection.app.state.coverage)


def _is_free(rows: UnitRows, kind: UnitKind) -> BoolArray:
    """Free, on duty and with a position that can be used: the rule by which a decision takes units."""
    is_kind = np.array([unit.record.kind is kind for unit in rows.units], dtype=np.bool_)
    return np.asarray(is_kind & rows.ruled.is_eligible, dtype=np.bool_)


def _ground_of(maps: CityMaps, footways: Footways | None) -> Ground:
    cells, points = maps.catalogue.population_cells, maps.sample_points
    return Ground(
        cells=tuple(cell_text(cell.cell) for cell in cells),
        residents=np.array([cell.population_estimate for cell in cells]),
        points=points,
        first_aed=first_aed(maps.aeds, points.lat_deg[points.middle], points.lon_deg[points.middle], footways),
    )
