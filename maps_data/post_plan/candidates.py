"""Places where a vehicle could wait at the kerb: one in each population cell.

With a street network it is the point of a street nearest to the cell's centre, within the cell, on a street that leads everywhere and
where a vehicle may stand: no motorway or trunk road, nor their ramps. A cell without such a street has no candidate. Without a
network it is the cell's centre, where most of the cell is land. In neither case is it known whether one may stop there: a person has
to look.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from maps_data.records import Hospital, MetroStation, PopulationCell
from routing.cells import cells_of, centre, resolution_of
from routing.geo import FloatArray, IntArray, Wgs84, distances_m, unit_vectors
from routing.roads.network import E7, RoadNetwork

NO_STANDING: Final = frozenset({"motorway", "motorway_link", "trunk", "trunk_link"})
LEAST_LAND: Final = 0.5
"""Share of a cell that is land for its centre to be taken as such: a choice."""

NEAR_M: Final = 1_000.0
"""A landmark farther away does not help to find a place: a choice."""


def candidate_points(cells: Sequence[PopulationCell], network: RoadNetwork | None) -> tuple[IntArray, list[Wgs84]]:
    """The rows of the cells that have a candidate, ascending, and their points."""
    if network is None:
        rows = np.array([row for row, cell in enumerate(cells) if cell.land_fraction >= LEAST_LAND], np.int64)
        return rows, [centre(cells[row].cell) for row in rows]
    lat_deg, lon_deg = _kerbs(network)
    row_of = {int(cell.cell): row for row, cell in enumerate(cells)}
    own = cells_of(lat_deg, lon_deg, resolution_of(cells[0].cell))
    row = np.array([row_of.get(int(cell), -1) for cell in own], np.int64)
    kept = row >= 0
    row, lat_deg, lon_deg = row[kept], lat_deg[kept], lon_deg[kept]
    centres = [centre(cell.cell) for cell in cells]
    middles = unit_vectors([p.lat_deg for p in centres], [p.lon_deg for p in centres])
    away = np.linalg.norm(unit_vectors(lat_deg, lon_deg) - middles[row], axis=1)
    order = np.lexsort((lon_deg, lat_deg, away, row))
    rows, first = np.unique(row[order], return_index=True)
    nearest = order[first]
    points = [Wgs84(lat_deg=float(lat_deg[i]), lon_deg=float(lon_deg[i])) for i in nearest]
    return rows.astype(np.int64), points


def described(
    cell: PopulationCell, point: Wgs84, metro_stations: Sequence[MetroStation], hospitals: Sequence[Hospital]
) -> str:
    """A name by which people find the place: its sub-district, and a metro station or hospital near by."""
    marks: list[MetroStation | Hospital] = [*metro_stations, *hospitals]
    away_m = distances_m([m.point.lat_deg for m in marks], [m.point.lon_deg for m in marks], point)
    area = f"{cell.district_zh}{cell.subdistrict_zh or ''}"
    nearest = int(np.argmin(away_m)) if marks else -1
    if nearest < 0 or away_m[nearest] > NEAR_M:
        return f"{area}候命点"
    mark = marks[nearest]
    name = f"地铁{mark.name_zh}站" if isinstance(mark, MetroStation) else mark.name_zh
    return f"{area}候命点（{name.replace('站站', '站')}约{round(away_m[nearest], -2):.0f}米）"


def _kerbs(network: RoadNetwork) -> tuple[FloatArray, FloatArray]:
    """All points that draw the streets on which a vehicle may stand, in degrees."""
    edges = network.drive
    may_stand = np.array([name not in NO_STANDING for name in network.classes], np.bool_)
    is_kept = np.asarray(edges.is_main) & may_stand[np.asarray(edges.road_class)]
    of_point = np.repeat(is_kept, edges.first_point[1:] - edges.first_point[:-1])
    lat_e7, lon_e7 = (column[of_point].astype(np.float64) for column in (edges.lat_e7, edges.lon_e7))
    return lat_e7 * E7, lon_e7 * E7
