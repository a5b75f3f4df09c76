"""Legs for fitting and testing estimates: streets where people live, and how long the drive between them takes on the network.

Points are moved to the nearest street: a network that lacks the smallest streets would else teach an estimate its own gaps.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from maps_data.records import PopulationCell
from routing.cells import boundary, centre
from routing.geo import BoolArray, FloatArray, Wgs84, distance_matrix_m
from routing.travel_time.barriers import Barrier, Barriers

_TRIES: Final = 2
"""Points drawn for each one wanted: some lie off the network."""


class FreeFlow(Protocol):
    """A street network at its free-flow speeds: without traffic, hour or siren."""

    def on_streets(self, lat_deg: FloatArray, lon_deg: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The nearest place on a street of each of n points that has one: float64[k], float64[k], in the order of the points."""
        ...

    def times_s(
        self, lat_deg: FloatArray, lon_deg: FloatArray, to_lat_deg: FloatArray, to_lon_deg: FloatArray
    ) -> FloatArray:
        """Seconds of the fastest way from each of n points to each of m others: float64[n, m], inf where there is none."""
        ...

    def road_m(self, origins: Sequence[Wgs84], destinations: Sequence[Wgs84]) -> FloatArray:
        """Metres of the fastest way from each of n points to the one in its place among n others: float64[n]."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """n points, `lat_deg` and `lon_deg` float64[n]."""

    lat_deg: FloatArray
    lon_deg: FloatArray

    def __len__(self) -> int:
        return len(self.lat_deg)

    def at(self, row: int) -> Wgs84:
        """One of them."""
        return Wgs84(lat_deg=float(self.lat_deg[row]), lon_deg=float(self.lon_deg[row]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Legs:
    """From each of n points to each of m others, all [n, m]: great circle, what barriers add to it, the network's time."""

    origins: Points
    destinations: Points
    great_circle_m: FloatArray
    extra_m: FloatArray
    time_s: FloatArray

    @property
    def is_told(self) -> BoolArray:
        """Which legs have a way that takes any time: a leg within one place says nothing. bool[n, m]."""
        return np.asarray(np.isfinite(self.time_s) & (self.time_s >= 1.0), dtype=np.bool_)


def draw_points(cells: Sequence[PopulationCell], n: int, chance: np.random.Generator, streets: FreeFlow) -> Points:
    """Up to n points, each cell as often as it has residents, anywhere in the cell, moved to the nearest street if one is near."""
    residents = np.array([cell.population_estimate for cell in cells])
    drawn = chance.choice(len(cells), size=n * _TRIES, p=residents / residents.sum())
    lat, lon = np.array([_within(cells[row], chance) for row in drawn.tolist()]).T
    lat, lon = streets.on_streets(lat, lon)
    return Points(lat_deg=lat[:n], lon_deg=lon[:n])


def legs_between(streets: FreeFlow, origins: Points, destinations: Points, barriers: Sequence[Barrier]) -> Legs:
    """Every leg from one of `origins` to one of `destinations`."""
    ends = (origins.lat_deg, origins.lon_deg, destinations.lat_deg, destinations.lon_deg)
    return Legs(
        origins=origins,
        destinations=destinations,
        great_circle_m=distance_matrix_m(*ends),
        extra_m=Barriers(barriers).extra_m(*ends),
        time_s=streets.times_s(*ends),
    )


def draw_legs(
    streets: FreeFlow,
    cells: Sequence[PopulationCell],
    barriers: Sequence[Barrier],
    chance: np.random.Generator,
    n_origins: int,
    n_destinations: int,
) -> Legs:
    """Every leg between two draws of points, the origins drawn first."""
    origins = draw_points(cells, n_origins, chance, streets)
    return legs_between(streets, origins, draw_points(cells, n_destinations, chance, streets), barriers)


def _within(cell: PopulationCell, chance: np.random.Generator) -> tuple[float, float]:
    """A point of a triangle between the cell's centre and one of its edges; they are all but equal in area."""
    corners, middle = boundary(cell.cell), centre(cell.cell)
    at = int(chance.integers(len(corners)))
    u, v = chance.random(2)
    if u + v > 1.0:
        u, v = 1.0 - u, 1.0 - v
    a, b = corners[at], corners[(at + 1) % len(corners)]
    lat = middle.lat_deg + u * (a.lat_deg - middle.lat_deg) + v * (b.lat_deg - middle.lat_deg)
    lon = middle.lon_deg + u * (a.lon_deg - middle.lon_deg) + v * (b.lon_deg - middle.lon_deg)
    return float(lat), float(lon)
