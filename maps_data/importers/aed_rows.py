"""A registry's rows made into the cells of aeds.csv, each checked by itself; what cannot be used is set aside with its reasons."""

import hashlib
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from maps_data import tables
from maps_data.importers.aed_columns import names_aed, place_kind_of
from maps_data.importers.aed_formats import RawRow
from maps_data.importers.aed_hours_zh import osm_hours
from maps_data.manifest import Bounds
from maps_data.tables import CellError, DataError, member, optional
from maps_data.vocabulary import AedAccess
from routing.cells import Cell, cell_of, disk
from routing.datum import Datum, to_wgs84
from routing.geo import Wgs84

IMPORTED_UNCERTAINTY_M: Final = 50.0
"""Assumption where a registry does not say: a point set on a map by hand, inside or beside the building."""

Cells = dict[str, str]
"""A row of aeds.csv as texts; empty where nothing is known."""

_OPTIONAL: Final[Mapping[str, Callable[[str], object]]] = {
    "placement_class": tables.whole,
    "uncertainty_m": tables.not_negative,
    "indoor": tables.yes_no,
    "access": member(AedAccess),
    "pads_expiry": tables.day,
    "battery_expiry": tables.day,
    "last_checked": tables.day,
}
_FREE_TEXT: Final = (
    "name_en",
    "place_kind",
    "level",
    "location_zh",
    "location_en",
    "contact",
    "model",
)
_WEB: Final = ("https://", "http://")  # a page that shows the photo must not be made to run anything else


@dataclass(frozen=True, slots=True, kw_only=True)
class Land:
    """Where a device of the city can stand: in its box, and in one of its H3 cells on land or beside one."""

    bounds: Bounds
    cells: Container[Cell]
    resolution: int

    def is_beside(self, point: Wgs84) -> bool:
        """Whether the point lies in a cell on land or touches one: piers and quays do, the open sea does not."""
        return any(cell in self.cells for cell in disk(cell_of(point, self.resolution), 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A row set aside, with every reason in both languages."""

    row: RawRow
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """Rows with an id each; `n_repeated` stood in the file more than once, word for word but for their category."""

    rows: list[RawRow]
    n_repeated: int


def identified(rows: Iterable[RawRow]) -> Identified:
    """Every row with an id of its own. DataError if two different ones share theirs.

    A platform lists a place once under each of its categories: such repeats count once. Where a file has no ids, they are made
    of name, address and point, so that the same place keeps its id at the next import; two devices at one place are numbered.
    """
    kept: dict[tuple[tuple[str, str], ...], RawRow] = {}
    n_rows = 0
    for row in rows:
        n_rows += 1
        kept.setdefault(tuple(sorted((k, v) for k, v in row.fields.items() if k != "category")), row)
    counts = Counter(aed_id for row in kept.values() if (aed_id := row.fields.get("id")))
    twice = [aed_id for aed_id, n in counts.items() if n > 1]
    if twice:
        some = ", ".join(twice[:5]) + (" ..." if len(twice) > 5 else "")
        raise DataError(
            f"有 {len(twice)} 个编号重复（{some}），未导入；请在登记表中改正",
            f"{len(twice)} ids stand twice ({some}); nothing was imported; correct them in the registry",
        )
    if any("id" in row.fields for row in kept.values()):
        return Identified(rows=list(kept.values()), n_repeated=n_rows - len(kept))
    return Identified(rows=_numbered(kept.values()), n_repeated=n_rows - len(kept))


def _numbered(rows: Iterable[RawRow]) -> list[RawRow]:
    at_place: Counter[str] = Counter()
    made = []
    for row in rows:
        place = "\0".join(row.fields.get(name, "") for name in ("name", "address", "lat", "lon"))
        key = hashlib.sha256(place.encode()).hexdigest()[:10]
        at_place[key] += 1
        made.append(replace(row, fields={**row.fields, "id": f"place-{key}-{at_place[key]}"}))
    return made


def validated(
    rows: Sequence[RawRow], *, datum: Datum, land: Land, source: str
) -> tuple[list[Cells], tuple[Rejected, ...]]:
    """The cells of every row that can be used, and the others; `source` is who speaks where a row does not say."""
    is_sorted = any(names_aed(row.fields.get("category", "")) for row in rows)
    accepted: list[Cells] = []
    rejected: list[Rejected] = []
    for row in rows:
        reasons = [row.fault] if row.fault else []
        if is_sorted and not names_aed(row.fields.get("category", "") + row.fields.get("name", "")):
            reasons.append("类别与名称都不是 AED / neither its category nor its name says that it is an AED")
        cells = _cells(row, datum, land, reasons)
        if reasons:
            rejected.append(Rejected(row=row, reasons=tuple(reasons)))
        else:
            accepted.append({**cells, "source": row.fields.get("source") or source})
    return accepted, tuple(rejected)


def _cells(row: RawRow, datum: Datum, land: Land, reasons: list[str]) -> Cells:
    """The row's cells for aeds.csv; what is wrong with it goes into `reasons`."""

    def read(column: str, convert: Callable[[str], object]) -> object:
        try:
            return convert(row.fields.get(column, ""))
        except CellError as error:
            cell = row.fields.get(column, "")
            reasons.append(f"{column}：“{cell}” {error.zh} / {column}: '{cell}' {error.en}")
            return None

    cells: dict[str, object] = {"aed_id": read("id", tables.text), "name_zh": read("name", tables.text)}
    for column, convert in _OPTIONAL.items():
        cells[column] = read(column, optional(convert))
    for column in _FREE_TEXT:
        cells[column] = row.fields.get(column) or None
    cells["opening_hours"] = osm_hours(row.fields.get("opening_hours", ""))
    cells["photo_url"] = photo if (photo := row.fields.get("photo_url", "")).startswith(_WEB) else None
    cells["location_zh"] = cells["location_zh"] or row.fields.get("address") or None
    cells["place_kind"] = cells["place_kind"] or place_kind_of(row.fields.get("category", "")) or "other"
    cells["access"] = cells["access"] or AedAccess.UNKNOWN
    if cells["uncertainty_m"] is None:
        cells["uncertainty_m"] = IMPORTED_UNCERTAINTY_M
    if isinstance(indoor := cells["indoor"], bool):
        cells["indoor"] = "yes" if indoor else "no"
    lat_deg, lon_deg = read("lat", tables.latitude_deg), read("lon", tables.longitude_deg)
    if isinstance(lat_deg, float) and isinstance(lon_deg, float):
        cells |= _point_cells(to_wgs84(lat_deg, lon_deg, datum), land, reasons)
    return {column: "" if value is None else str(value) for column, value in cells.items()}


def _point_cells(point: Wgs84, land: Land, reasons: list[str]) -> dict[str, object]:
    if not land.bounds.holds(point):
        reasons.append(
            "坐标不在城市范围内，请检查经纬度顺序 / the point is outside of the city; check the order of lat and lon"
        )
    elif not land.is_beside(point):
        reasons.append("坐标在海上或市界之外 / the point is at sea or beyond the city's border")
    return {"lat": f"{point.lat_deg:.6f}", "lon": f"{point.lon_deg:.6f}", "datum": Datum.WGS84}
