"""Points inside a population cell, on its land side and apart from each other.

Where water lies inside a cell is not in the data, only the share of land. Land is assumed to lie towards the
cell's neighbours on land: of a batch of uniform points, those farthest that way are kept, as many as the
share of land allows. Of those, the one farthest from the points already placed is taken (Mitchell's
best-candidate sampling: SIGGRAPH 1991, doi:10.1145/122718.122736).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from maps_data.generate.draw import Draw
from maps_data.records import PopulationCell
from routing.cells import Cell, boundary, centre, ring
from routing.geo import Wgs84

BATCH: Final = 24
"""Points drawn for each one placed in a coastal cell: enough to keep some even at 15 % of land."""
CANDIDATES: Final = 6
"""Candidates for each point placed: neighbours then seldom stand side by side."""
INSET: Final = 0.97
"""Points keep so far within the hexagon that rounding to 1e-6 degree never puts one outside."""

Flat = tuple[float, float]
"""East and north of the cell's centre in degrees of latitude."""


@dataclass(slots=True, kw_only=True)
class CellPoints:
    """One cell, handing out points one by one."""

    middle: Wgs84
    corners: tuple[Flat, ...]
    landward: Flat
    land_fraction: float
    placed: list[Flat] = field(default_factory=list)

    @classmethod
    def of(cls, cell: PopulationCell, land: Mapping[Cell, float]) -> "CellPoints":
        """For `cell`, with the land fraction of every cell in `land`; cells that are not in it are sea or abroad."""
        middle = centre(cell.cell)
        pulls = [
            (_flat(centre(neighbour), middle), land.get(neighbour, 0.0)) for neighbour in sorted(ring(cell.cell, 1))
        ]
        east = math.fsum(flat[0] * share for flat, share in pulls)
        north = math.fsum(flat[1] * share for flat, share in pulls)
        corners = tuple(_flat(corner, middle) for corner in boundary(cell.cell))
        return cls(middle=middle, corners=corners, landward=(east, north), land_fraction=cell.land_fraction)

    def place(self, draw: Draw) -> Wgs84:
        """A point on the land side, away from those placed before."""
        if self.land_fraction < 1.0:
            batch = [self._uniform(draw) for _ in range(BATCH)]
            batch.sort(key=lambda p: -(p[0] * self.landward[0] + p[1] * self.landward[1]))
            candidates = batch[: max(1, int(self.land_fraction * BATCH))]
        else:
            candidates = [self._uniform(draw) for _ in range(CANDIDATES)]
        best = max(candidates, key=self._clearance)
        self.placed.append(best)
        return _point(best, self.middle)

    def _uniform(self, draw: Draw) -> Flat:
        """Uniform in the cell: a triangle of centre and edge (all but equal in area), then a point in it."""
        index = draw.whole(0, len(self.corners) - 1)
        a, b = self.corners[index], self.corners[(index + 1) % len(self.corners)]
        u, v = draw.share(), draw.share()
        if u + v > 1.0:
            u, v = 1.0 - u, 1.0 - v
        return (INSET * (u * a[0] + v * b[0]), INSET * (u * a[1] + v * b[1]))

    def _clearance(self, point: Flat) -> float:
        return min((math.dist(point, other) for other in self.placed), default=math.inf)


def near(point: Wgs84, draw: Draw, *, least_m: float, most_m: float) -> Wgs84:
    """A point at a random bearing, `least_m` to `most_m` away."""
    turn, reach_deg = draw.between(0.0, 2 * math.pi), draw.between(least_m, most_m) / 111_195.0
    return _point((reach_deg * math.cos(turn), reach_deg * math.sin(turn)), point)


def _flat(point: Wgs84, middle: Wgs84) -> Flat:
    scale = math.cos(math.radians(middle.lat_deg))
    return ((point.lon_deg - middle.lon_deg) * scale, point.lat_deg - middle.lat_deg)


def _point(flat: Flat, middle: Wgs84) -> Wgs84:
    """Rounded to 1e-6 degree (0.1 m), as files hold it."""
    scale = math.cos(math.radians(middle.lat_deg))
    return Wgs84(lat_deg=round(middle.lat_deg + flat[1], 6), lon_deg=round(middle.lon_deg + flat[0] / scale, 6))
