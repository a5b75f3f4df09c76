"""Lines of the data set: the barriers that no straight drive crosses, from GeoJSON."""

from typing import Final

import msgspec

from maps_data.manifest import Dataset
from maps_data.records import Barrier
from maps_data.tables import DataError
from maps_data.vocabulary import RecordClass
from routing.geo import Wgs84

BARRIERS: Final = "barriers.geojson"
OUTLINES: Final = "district_cells_outline.geojson"


class _Line(msgspec.Struct, tag_field="type", tag="LineString", frozen=True):
    coordinates: list[tuple[float, float]]


class _Named(msgspec.Struct, frozen=True):
    name_zh: str
    name_en: str
    evidence: str


class _Feature(msgspec.Struct, tag_field="type", tag="Feature", frozen=True):
    geometry: _Line
    properties: _Named


class _Collection(msgspec.Struct, tag_field="type", tag="FeatureCollection", frozen=True):
    features: list[_Feature]


def read_barriers(dataset: Dataset) -> tuple[Barrier, ...]:
    """The LineString features of barriers.geojson (`name_zh`, `name_en`, `evidence`); none if there is no such file."""
    if BARRIERS not in dataset.files:
        return ()
    try:
        collection = msgspec.json.decode(dataset.files[BARRIERS], type=_Collection)
        return tuple(_barrier(feature, dataset) for feature in collection.features)
    except (msgspec.DecodeError, ValueError) as error:
        raise DataError(
            f"{BARRIERS} 应为 LineString 的 FeatureCollection，并有 name_zh、name_en、evidence：{error}",
            f"{BARRIERS} must be a FeatureCollection of LineStrings with name_zh, name_en, evidence: {error}",
        ) from None


def _barrier(feature: _Feature, dataset: Dataset) -> Barrier:
    provenance = dataset.manifest.files.get(BARRIERS)
    return Barrier(
        name_zh=feature.properties.name_zh,
        name_en=feature.properties.name_en,
        line=tuple(Wgs84(lat_deg=lat, lon_deg=lon) for lon, lat in feature.geometry.coordinates),
        record_class=provenance.record_class if provenance else RecordClass.INFERRED,
        evidence=feature.properties.evidence,
    )
