"""Named places with the radius that holds them, and areas made of population cells."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from maps_data.records import PopulationCell
from routing.cells import boundary, centre
from routing.geo import FloatArray, Wgs84, distance_m, distances_m


class PlaceKind(StrEnum):
    """What a name stands for."""

    METRO_STATION = "metro_station"
    HOSPITAL = "hospital"
    LANDMARK = "landmark"
    SUBDISTRICT = "subdistrict"
    DISTRICT = "district"
    CITY = "city"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A named place: its true position lies within `accuracy_m` of `point`."""

    name_zh: str
    name_en: str
    point: Wgs84
    accuracy_m: float
    kind: PlaceKind


class CellAreas:
    """Areas as sets of population cells: where their residents are, and how far their corners reach."""

    def __init__(self, cells: Sequence[PopulationCell]) -> None:
        self._centres = [centre(cell.cell) for cell in cells]
        self._lat_deg: FloatArray = np.array([point.lat_deg for point in self._centres])
        self._lon_deg: FloatArray = np.array([point.lon_deg for point in self._centres])
        self._residents: FloatArray = np.array([cell.population_estimate for cell in cells])
        self._corner_m: FloatArray = np.array(
            [
                max(distance_m(corner, middle) for corner in boundary(cell.cell))
                for cell, middle in zip(cells, self._centres, strict=True)
            ]
        )

    def place(self, rows: Sequence[int], *, name_zh: str, name_en: str, kind: PlaceKind) -> Place:
        """The area of the cells at `rows` (at least one).

        `point` is the centre of the cell nearest to the mean of the residents (of the cells, if nobody lives
        there); `accuracy_m` is a radius around it that holds every corner of every cell.
        """
        index = np.asarray(rows, dtype=np.int64)
        lat_deg, lon_deg, residents = self._lat_deg[index], self._lon_deg[index], self._residents[index]
        weights = residents if residents.sum() > 0.0 else np.ones_like(residents)
        mean = Wgs84(
            lat_deg=float(np.average(lat_deg, weights=weights)),
            lon_deg=float(np.average(lon_deg, weights=weights)),
        )
        point = self._centres[rows[int(np.argmin(distances_m(lat_deg, lon_deg, mean)))]]
        reach_m = distances_m(lat_deg, lon_deg, point) + self._corner_m[index]
        accuracy_m = float(np.ceil(reach_m.max()))
        return Place(name_zh=name_zh, name_en=name_en, point=point, accuracy_m=accuracy_m, kind=kind)
