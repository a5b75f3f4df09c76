"""Import of an AED registry: fetch, parse, validate, diff, swap.

A row that cannot be used is set aside with its reasons and never guessed at; an id that stands twice stops
the import, because nobody but the registry can say which of the two is right. Only when everything is
checked is the registry swapped in; the version before stays on disk.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from maps_data import tables
from maps_data.catalogue import embedded_city
from maps_data.decode import AED_COLUMNS, read_aeds, read_sources
from maps_data.imported import (
    EVIDENCE,
    Pointer,
    aeds_directory,
    imported_aeds,
    laid_over,
    swap_in,
    version_of,
    write_durably,
)
from maps_data.importers.aed_formats import AedFormat, RawRow, parse_registry, read_mapping, read_registry
from maps_data.manifest import Bounds, Dataset, read_dataset
from maps_data.opening_hours import is_readable
from maps_data.tables import CellError, DataError, member, optional, parse_table, write_table
from maps_data.vocabulary import AedAccess, RecordClass
from routing.datum import Datum, to_wgs84
from routing.geo import Wgs84

IMPORTED_UNCERTAINTY_M: Final = 50.0
"""Assumption where a registry does not say: a point set on a map by hand, inside or beside the building."""

Cells = dict[str, object]

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
    "opening_hours",
    "contact",
    "model",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A row set aside, with every reason in both languages."""

    row: RawRow
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """How the registry differs from the one in force before; ids in their order."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    n_unchanged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did; `quarantine_path` is None if every row was good."""

    pointer: Pointer
    n_imported: int
    n_hours_unreadable: int
    rejected: tuple[Rejected, ...]
    quarantine_path: Path | None
    diff: Diff


def import_aeds(
    path: Path,
    *,
    kind: AedFormat,
    datum: Datum,
    data_dir: Path,
    dated: date | None = None,
    city: Path | None = None,
    mapping_path: Path | None = None,
) -> ImportReport:
    """Make the registry in `path` the AEDs of the service whose data directory is `data_dir`.

    `dated` is the registry's own day, from which it is valid (default: the day on which the file was last
    written, in the city). DataError, and nothing changed, if the file cannot be read, an id stands twice, or
    no row can be used.
    """
    dataset = read_dataset(city or embedded_city())
    rows = parse_registry(kind, read_registry(path), read_mapping(mapping_path) if mapping_path else {})
    _refuse_duplicates(rows)
    accepted, rejected = _validated(rows, datum=datum, bounds=dataset.manifest.bounds, source=path.name)
    quarantine_path = _quarantine(data_dir, path, rejected) if rejected else None
    if not accepted:
        raise DataError(
            f"{path} 没有一行可用（共 {len(rows)} 行），未导入；原因见 {quarantine_path}",
            f"{path} has no usable row (of {len(rows)}); nothing was imported; reasons in {quarantine_path}",
        )
    dated = dated or _day_written(path, dataset.manifest.time_zone)
    evidence_csv = _evidence_csv(path, datum, dated)
    evidence_id = parse_table(EVIDENCE, evidence_csv).columns["evidence_id"][0]
    aeds_csv = _aeds_csv(accepted, evidence_id)
    before = imported_aeds(data_dir)
    diff = _diff(before.aeds_csv if before else "", aeds_csv)
    _require_decodes(dataset, aeds_csv, evidence_csv)
    pointer = swap_in(data_dir, aeds_csv=aeds_csv, evidence_csv=evidence_csv, valid_from=dated)
    return ImportReport(
        pointer=pointer,
        n_imported=len(accepted),
        n_hours_unreadable=sum(_is_unreadable(cells["opening_hours"]) for cells in accepted),
        rejected=rejected,
        quarantine_path=quarantine_path,
        diff=diff,
    )


def _require_decodes(dataset: Dataset, aeds_csv: str, evidence_csv: str) -> None:
    """Read the result as a service would at its next start, so that no import can keep one from starting."""
    files = laid_over(dataset.files, aeds_csv=aeds_csv, evidence_csv=evidence_csv)
    read_aeds(read_sources(replace(dataset, files=files)))


def _refuse_duplicates(rows: Sequence[RawRow]) -> None:
    counts = Counter(row.fields.get("id", "") for row in rows)
    twice = [aed_id for aed_id, n in counts.items() if aed_id and n > 1]
    if twice:
        some = ", ".join(twice[:5]) + (" ..." if len(twice) > 5 else "")
        raise DataError(
            f"有 {len(twice)} 个编号重复（{some}），未导入；请在登记表中改正",
            f"{len(twice)} ids stand twice ({some}); nothing was imported; correct them in the registry",
        )


def _validated(
    rows: Iterable[RawRow], *, datum: Datum, bounds: Bounds, source: str
) -> tuple[list[Cells], tuple[Rejected, ...]]:
    accepted: list[Cells] = []
    rejected: list[Rejected] = []
    for row in rows:
        reasons = [row.fault] if row.fault else []
        cells = _cells(row, datum, bounds, reasons)
        if reasons:
            rejected.append(Rejected(row=row, reasons=tuple(reasons)))
        else:
            accepted.append({**cells, "source": row.fields.get("source") or source})
    return accepted, tuple(rejected)


def _cells(row: RawRow, datum: Datum, bounds: Bounds, reasons: list[str]) -> Cells:
    """The row's cells for aeds.csv; what is wrong with it goes into `reasons`."""

    def read(column: str, convert: Callable[[str], object]) -> object:
        try:
            return convert(row.fields.get(column, ""))
        except CellError as error:
            cell = row.fields.get(column, "")
            reasons.append(f"{column}：“{cell}” {error.zh} / {column}: '{cell}' {error.en}")
            return None

    cells: Cells = {"aed_id": read("id", tables.text), "name_zh": read("name", tables.text)}
    for column, convert in _OPTIONAL.items():
        cells[column] = read(column, optional(convert))
    for column in _FREE_TEXT:
        cells[column] = row.fields.get(column) or None
    cells["location_zh"] = cells["location_zh"] or row.fields.get("address") or None
    cells["place_kind"] = cells["place_kind"] or "other"
    cells["access"] = cells["access"] or AedAccess.UNKNOWN
    if cells["uncertainty_m"] is None:
        cells["uncertainty_m"] = IMPORTED_UNCERTAINTY_M
    if isinstance(indoor := cells["indoor"], bool):
        cells["indoor"] = "yes" if indoor else "no"
    lat_deg, lon_deg = read("lat", tables.latitude_deg), read("lon", tables.longitude_deg)
    if isinstance(lat_deg, float) and isinstance(lon_deg, float):
        cells |= _point_cells(to_wgs84(lat_deg, lon_deg, datum), bounds, reasons)
    return cells


def _point_cells(point: Wgs84, bounds: Bounds, reasons: list[str]) -> Cells:
    if not bounds.holds(point):
        reasons.append(
            "坐标不在城市范围内，请检查经纬度顺序 / the point is outside of the city; check the order of lat and lon"
        )
    return {"lat": f"{point.lat_deg:.6f}", "lon": f"{point.lon_deg:.6f}", "datum": Datum.WGS84}


def _aeds_csv(accepted: Sequence[Cells], evidence_id: str) -> str:
    fixed = {"record_class": RecordClass.REAL, "evidence": evidence_id}
    header = (*AED_COLUMNS, "evidence")
    ordered = sorted(accepted, key=lambda cells: str(cells["aed_id"]))
    return write_table(header, ([{**cells, **fixed}[column] for column in header] for cells in ordered))


def _evidence_csv(path: Path, datum: Datum, dated: date) -> str:
    zh = f"由 {path.name} 导入（{dated}，原坐标系 {datum}）"
    en = f"imported from {path.name} ({dated}, coordinates given in {datum})"
    evidence_id = f"aeds-imported-{version_of({'zh': zh, 'en': en})}"
    return write_table(("evidence_id", "text_zh", "text_en", "dated", "url"), [(evidence_id, zh, en, dated, None)])


def _day_written(path: Path, time_zone: str) -> date:
    return datetime.fromtimestamp(path.stat().st_mtime, ZoneInfo(time_zone)).date()


def _diff(before_csv: str, after_csv: str) -> Diff:
    """By id, leaving out which import an entry came from."""
    before, after = (_entries(text) for text in (before_csv, after_csv))
    both = [aed_id for aed_id in after if aed_id in before]
    changed = tuple(aed_id for aed_id in both if before[aed_id] != after[aed_id])
    return Diff(
        added=tuple(aed_id for aed_id in after if aed_id not in before),
        removed=tuple(aed_id for aed_id in before if aed_id not in after),
        changed=changed,
        n_unchanged=len(both) - len(changed),
    )


def _entries(aeds_csv: str) -> dict[str, tuple[str, ...]]:
    if not aeds_csv:
        return {}
    table = parse_table("aeds.csv", aeds_csv)
    columns = [table.columns[name] for name in AED_COLUMNS if name != "source"]
    return {row[0]: row for row in zip(*columns, strict=True)}


def _quarantine(data_dir: Path, source: Path, rejected: Sequence[Rejected]) -> Path:
    """Write the rows set aside beside the imported versions, with their reasons and all they held."""
    path = aeds_directory(data_dir) / f"quarantine-{source.stem}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = ((r.row.number, "; ".join(r.reasons), msgspec.json.encode(r.row.fields).decode()) for r in rejected)
    write_durably(path, write_table(("row", "reasons", "fields"), rows))
    return path


def _is_unreadable(hours: object) -> bool:
    return isinstance(hours, str) and not is_readable(hours)
