"""AEDs out of OpenStreetMap: nodes with `emergency=defibrillator`, from a PBF or XML extract or an Overpass answer.

Tags as the wiki gives them (https://wiki.openstreetmap.org/wiki/Tag:emergency=defibrillator). OSM is in WGS-84 always.
What is mapped as an area has a point only in an Overpass answer that was asked for with `out center`.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec
import osmium

from maps_data.tables import DataError
from maps_data.vocabulary import OSM_SOURCE, AedAccess

NAMELESS: Final = "AED"
"""The name of a device that has none: OSM's mappers often give only where it hangs."""

_PLAIN: Final = ("level", "opening_hours", "model", "name:en")
_TAG: Final = ("emergency", "defibrillator")


class _Element(msgspec.Struct, frozen=True):
    type: str
    id: int
    lat: float | None = None
    lon: float | None = None
    center: dict[str, float] = msgspec.field(default_factory=dict)
    tags: dict[str, str] = msgspec.field(default_factory=dict)


class _Overpass(msgspec.Struct, frozen=True):
    elements: list[_Element]


def osm_fields(path: Path) -> Iterator[dict[str, str]]:
    """The devices of a `.pbf`, `.osm` or Overpass JSON file as texts under our columns. DataError if it is none of these."""
    if path.name.endswith((".pbf", ".osm", ".osm.gz", ".osm.bz2")):
        return _of_extract(path)
    return _of_overpass(path)


def _of_extract(path: Path) -> Iterator[dict[str, str]]:
    try:
        for item in osmium.FileProcessor(str(path)).with_filter(osmium.filter.TagFilter(_TAG)):
            tags = {tag.k: tag.v for tag in item.tags}
            if isinstance(item, osmium.osm.Node):
                yield _fields(f"node/{item.id}", item.location.lat, item.location.lon, tags)
            else:
                yield _fields(f"{type(item).__name__.lower()}/{item.id}", None, None, tags)
    except (RuntimeError, UnicodeDecodeError, OSError) as error:  # libosmium's own, for what it cannot open or decode
        raise DataError(
            f"{path} 无法作为 OSM 数据读取：{error}", f"{path} cannot be read as OSM data: {error}"
        ) from None


def _of_overpass(path: Path) -> Iterator[dict[str, str]]:
    try:
        answer = msgspec.json.decode(path.read_bytes(), type=_Overpass)
    except OSError as error:
        raise DataError(f"无法读取 {path}：{error.strerror}", f"{path} cannot be read: {error.strerror}") from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise DataError(
            f"{path} 既不是 .pbf、.osm，也不是 Overpass 的 JSON 结果：{error}",
            f"{path} is neither .pbf nor .osm nor an Overpass answer in JSON: {error}",
        ) from None
    for element in answer.elements:
        if element.tags.get(_TAG[0]) == _TAG[1]:
            lat, lon = element.lat, element.lon
            if element.center:
                lat, lon = element.center.get("lat"), element.center.get("lon")
            yield _fields(f"{element.type}/{element.id}", lat, lon, element.tags)


def _fields(osm_id: str, lat_deg: float | None, lon_deg: float | None, tags: Mapping[str, str]) -> dict[str, str]:
    def first(*keys: str) -> str:
        return next((tags[key] for key in keys if tags.get(key)), "")

    where_zh = first("defibrillator:location:zh", "defibrillator:location", "description")
    fields = {key.replace(":", "_"): tags[key] for key in _PLAIN if key in tags}
    fields |= {
        "id": osm_id,
        "name": first("name:zh", "name", "operator") or NAMELESS,
        "location_zh": where_zh,
        "location_en": first("defibrillator:location:en"),
        "access": access if (access := tags.get("access", "")) in set(AedAccess) else "",
        "indoor": indoor if (indoor := tags.get("indoor")) in {"yes", "no"} else "",
        "contact": first("emergency:phone", "phone", "contact:phone", "operator"),
        "last_checked": _day(first("check_date", "survey:date")),
        "photo_url": first("image"),
        "source": OSM_SOURCE,
    }
    if lat_deg is not None and lon_deg is not None:
        fields |= {"lat": repr(lat_deg), "lon": repr(lon_deg)}
    return {key: value.strip() for key, value in fields.items() if value}


def _day(text: str) -> str:
    """A whole day; a mere year or month does not say when the device was looked at."""
    return text[:10] if len(text) >= 10 else ""
