"""The file formats of AED registries, read into rows of named texts; nothing is judged here."""

import csv
import io
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from maps_data.importers.aed_columns import recognised, split_location
from maps_data.importers.aed_osm import osm_fields
from maps_data.tables import DataError

ENCODINGS: Final = ("utf-8-sig", "gb18030")
"""Tried in this order: spreadsheets on Chinese systems save GB 18030, which UTF-8 text never is by chance."""


class AedFormat(StrEnum):
    """What can be imported."""

    CSV = "csv"
    GEOJSON = "geojson"
    OSM = "osm"


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRow:
    """One entry as its file has it: `number` is its row (CSV, header 1) or its place in the file (GeoJSON and OSM, from 1).

    `fault` says what is wrong with the row as a whole, if anything.
    """

    number: int
    fields: Mapping[str, str]
    fault: str | None = None


def read_registry(path: Path) -> str:
    """A registry file's text, in whichever of `ENCODINGS` it is. DataError if it is missing or in neither."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DataError(f"无法读取 {path}：{error.strerror}", f"{path} cannot be read: {error.strerror}") from None
    for encoding in ENCODINGS:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise DataError(f"{path} 的编码无法识别，请另存为 UTF-8", f"{path} is in no known encoding; save it as UTF-8")


def read_mapping(path: Path) -> dict[str, str]:
    """A TOML file that names, for each of our columns, the registry's: `id = "设备编号"`."""
    try:
        return msgspec.convert(tomllib.loads(read_registry(path)), type=dict[str, str])
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as error:
        raise DataError(
            f'{path} 应为 TOML，每行形如 id = "设备编号"：{error}',
            f'{path} must be TOML with lines such as id = "device no": {error}',
        ) from None


def read_rows(path: Path, kind: AedFormat, mapping: Mapping[str, str]) -> list[RawRow]:
    """The entries of a registry's file under our names: what `mapping` says (ours to theirs), then what is recognised."""
    if kind is AedFormat.OSM:
        return [RawRow(number=number, fields=fields) for number, fields in enumerate(osm_fields(path), start=1)]
    text = read_registry(path)
    rows = _parse_csv(text) if kind is AedFormat.CSV else _parse_geojson(text)
    names = recognised(dict.fromkeys(name for row in rows for name in row.fields), mapping)
    return [replace(row, fields=split_location(_renamed(row.fields, names))) for row in rows]


def _renamed(fields: Mapping[str, str], mapping: Mapping[str, str]) -> dict[str, str]:
    """The fields with our names for theirs; a field of theirs that happens to bear one of our names gives way."""
    kept = {key: value for key, value in fields.items() if key not in mapping and key not in mapping.values()}
    return kept | {own: fields[theirs] for own, theirs in mapping.items() if theirs in fields}


def _parse_csv(text: str) -> list[RawRow]:
    reader = csv.reader(io.StringIO(text, newline=""))
    header = [name.strip() for name in next(reader, [])]
    if not any(header):
        raise DataError("文件是空的，至少需要表头", "the file is empty; it needs at least a header")
    return [_csv_row(reader.line_num, header, cells) for cells in reader if any(cell.strip() for cell in cells)]


def _csv_row(number: int, header: list[str], cells: list[str]) -> RawRow:
    fault = None
    if len(cells) != len(header):
        fault = (
            f"有 {len(cells)} 格，表头有 {len(header)} 列 / has {len(cells)} cells, the header {len(header)} columns"
        )
    fields = {name: cell.strip() for name, cell in zip(header, cells, strict=False)}
    return RawRow(number=number, fields=fields, fault=fault)


class _Point(msgspec.Struct, frozen=True):
    type: str
    coordinates: list[float]


class _Feature(msgspec.Struct, frozen=True):
    geometry: _Point | None
    properties: dict[str, str | int | float | bool | None] | None = None
    id: str | int | None = None


class _Collection(msgspec.Struct, tag_field="type", tag="FeatureCollection", frozen=True):
    features: list[_Feature]


def _parse_geojson(text: str) -> list[RawRow]:
    try:
        collection = msgspec.json.decode(text, type=_Collection)
    except (msgspec.DecodeError, RecursionError) as error:
        raise DataError(
            f"不是点要素的 GeoJSON FeatureCollection：{error}",
            f"not a GeoJSON FeatureCollection of points: {error}",
        ) from None
    return [
        RawRow(number=number, fields=_feature_fields(feature))
        for number, feature in enumerate(collection.features, start=1)
    ]


def _feature_fields(feature: _Feature) -> dict[str, str]:
    """A feature's properties as texts, its id where they have none, and its point as `lat` and `lon`."""
    fields = {} if feature.id is None else {"id": str(feature.id)}
    for key, value in (feature.properties or {}).items():
        if isinstance(value, bool):
            fields[key] = "yes" if value else "no"
        elif value is not None:
            fields[key] = str(value).strip()
    point = feature.geometry
    if point is not None and point.type == "Point" and len(point.coordinates) >= 2:
        fields |= {"lon": repr(point.coordinates[0]), "lat": repr(point.coordinates[1])}
    return fields
