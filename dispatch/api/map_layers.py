"""The still layers of the life maps, made once from the catalogue and kept as bytes: basemap, AEDs, named places."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from dispatch.api.aed_wire import point_geometry
from dispatch.api.encoding import encode
from dispatch.api.map_places import PlaceSearch
from maps_data.aed_lookup import AedLookup
from maps_data.catalogue import Catalogue
from maps_data.records import Aed, Barrier, PopulationCell
from maps_data.vocabulary import Known
from routing.cells import boundary, cell_text
from routing.optimise.coverage import SamplePoints, sample_points

Wire = dict[str, Any]

_GZIP_LEVEL: Final = 6
_DAYS_KEPT: Final = 2
"""Encoded AED maps kept: today's, and yesterday's for whoever asks across midnight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """One answer, plain and compressed, with the tag that names its content."""

    etag: str
    plain: bytes
    gzipped: bytes


class CityMaps:
    """What the map routes need of one catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.aeds = sorted(catalogue.aeds, key=lambda aed: aed.aed_id)
        self.lookup = AedLookup(catalogue.aeds, time_zone=catalogue.time_zone, holidays=catalogue.holidays)
        self.places = PlaceSearch(catalogue)
        self.basemap = compressed(catalogue.data_version, encode(basemap_wire(catalogue)))
        self._zone = ZoneInfo(catalogue.time_zone)
        self._aed_features = msgspec.Raw(encode([_aed_mark(aed) for aed in catalogue.aeds]))
        self._aed_maps: dict[date, Encoded] = {}

    def today(self, at: datetime) -> date:
        """The city's day at an instant."""
        return at.astimezone(self._zone).date()

    def aed_map(self, as_of: date, *, today: date) -> Encoded | bytes:
        """All AEDs as they were known on a day; today's is kept, another day's is made for the asking."""
        if as_of != today:
            return self._aed_map(as_of)
        if as_of not in self._aed_maps:
            while len(self._aed_maps) >= _DAYS_KEPT:
                del self._aed_maps[min(self._aed_maps)]
            etag = f"{self.catalogue.data_version}.{as_of.isoformat()}"
            self._aed_maps[as_of] = compressed(etag, self._aed_map(as_of))
        return self._aed_maps[as_of]

    @cached_property
    def cells(self) -> Encoded:
        """The population cells as polygons; made for the first who asks."""
        return compressed(self.catalogue.data_version, encode(cells_wire(self.catalogue)))

    @cached_property
    def sample_points(self) -> SamplePoints:
        """Where in each population cell arrivals are looked at; made for the first who asks."""
        return sample_points({cell.cell: cell.land_fraction for cell in self.catalogue.population_cells})

    def _aed_map(self, as_of: date) -> bytes:
        head = versions(self.catalogue, as_of, valid_from=self.catalogue.aeds_valid_from)
        membership = Known.YES if as_of >= self.catalogue.aeds_valid_from else Known.UNKNOWN
        return encode({"type": "FeatureCollection", **head, "membership": membership, "features": self._aed_features})


@dataclass(frozen=True, slots=True, eq=False)
class _Same:
    """A catalogue as a key: equal to itself only, since comparing what it holds would take longer than any map."""

    catalogue: Catalogue

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.catalogue is self.catalogue

    def __hash__(self) -> int:
        return id(self.catalogue)


def city_maps(catalogue: Catalogue) -> CityMaps:
    """The maps of a catalogue, made once for all applications that show it."""
    return _city_maps(_Same(catalogue))


@lru_cache(maxsize=1)
def _city_maps(same: _Same) -> CityMaps:
    return CityMaps(same.catalogue)


def versions(catalogue: Catalogue, as_of: date, *, valid_from: date | None = None) -> Wire:
    """What every map says of its own age: the data's version, from when it is valid, and the day that was asked for."""
    return {
        "data_version": catalogue.data_version,
        "valid_from": (valid_from or catalogue.valid_from).isoformat(),
        "as_of": as_of.isoformat(),
    }


def basemap_wire(catalogue: Catalogue) -> Wire:
    """Districts, their names, and barriers, as a map without tiles draws them."""
    return {
        "type": "FeatureCollection",
        "data_version": catalogue.data_version,
        "valid_from": catalogue.valid_from.isoformat(),
        "features": [*_outlines(catalogue), *_labels(catalogue), *map(_barrier, catalogue.barriers)],
    }


def cells_wire(catalogue: Catalogue) -> Wire:
    """The population cells; `evidence` holds for all of them."""
    cells = catalogue.population_cells
    evidence = cells[0].evidence if cells else None
    return {
        "type": "FeatureCollection",
        "data_version": catalogue.data_version,
        "valid_from": catalogue.valid_from.isoformat(),
        "evidence": {"zh": evidence.zh, "en": evidence.en} if evidence else None,
        "features": [_cell(cell) for cell in cells],
    }


def _cell(cell: PopulationCell) -> Wire:
    corners = [[round(corner.lon_deg, 6), round(corner.lat_deg, 6)] for corner in boundary(cell.cell)]
    properties = {
        "district_adcode": cell.district_adcode,
        "subdistrict_zh": cell.subdistrict_zh,
        "residents": round(cell.population_estimate),
        "land_fraction": cell.land_fraction,
        "record_class": cell.record_class,
    }
    geometry = {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}
    return {"type": "Feature", "id": cell_text(cell.cell), "geometry": geometry, "properties": properties}


def _outlines(catalogue: Catalogue) -> Iterator[Wire]:
    if catalogue.district_outlines_geojson is None:
        return
    for feature in msgspec.json.decode(catalogue.district_outlines_geojson)["features"]:
        said = feature["properties"]
        properties = {
            "kind": "district",
            "adcode": said["adcode"],
            "name_zh": said["name_zh"],
            "name_en": said["name_en"],
            "record_class": said["record_class"],
            "evidence": {"zh": said["evidence_zh"], "en": said["evidence_en"]},
        }
        yield {"type": "Feature", "geometry": feature["geometry"], "properties": properties}


def _labels(catalogue: Catalogue) -> Iterator[Wire]:
    for district in catalogue.districts:
        properties = {
            "kind": "label",
            "adcode": district.adcode,
            "name_zh": district.name_zh,
            "name_en": district.name_en,
            "record_class": district.record_class,
            "evidence": {"zh": district.evidence.zh, "en": district.evidence.en},
        }
        yield {"type": "Feature", "geometry": point_geometry(district.label_point), "properties": properties}


def _barrier(barrier: Barrier) -> Wire:
    """A closed line is the outline of an area. Its evidence has one language only, which stands for both."""
    line = [[point.lon_deg, point.lat_deg] for point in barrier.line]
    is_area = len(line) >= 4 and line[0] == line[-1]
    geometry = {"type": "Polygon", "coordinates": [line]} if is_area else {"type": "LineString", "coordinates": line}
    properties = {
        "kind": "barrier",
        "name_zh": barrier.name_zh,
        "name_en": barrier.name_en,
        "record_class": barrier.record_class,
        "evidence": {"zh": barrier.evidence, "en": barrier.evidence},
    }
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _aed_mark(aed: Aed) -> Wire:
    """An AED as small as a city map needs it; `/aeds/{id}` has the rest."""
    properties = {
        "id": aed.aed_id,
        "name_zh": aed.name_zh,
        "access": aed.access,
        "record_class": aed.record_class,
    }
    return {"type": "Feature", "geometry": point_geometry(aed.point), "properties": properties}


def compressed(etag: str, plain: bytes) -> Encoded:
    """An answer with its weak tag and its gzip form."""
    # A tag is weak because the compressed and the plain answer share it.
    return Encoded(etag=f'W/"{etag}"', plain=plain, gzipped=gzip.compress(plain, _GZIP_LEVEL, mtime=0))
