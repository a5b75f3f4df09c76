"""Import of an AED registry: fetch, parse, validate, merge, diff, swap.

A row that cannot be used is set aside with its reasons and never guessed at; an id that stands twice stops the import, because
nobody but the registry can say which of the two is right. Several registries can stand side by side: each is imported under its
name, replaces only what it said before itself, and devices that more than one of them knows are merged. Nothing is in force
before `Plan.swap_in`; the version before stays on disk.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from maps_data.catalogue import embedded_city, read_facts
from maps_data.decode import AED_COLUMNS, CELL_RESOLUTION, read_aeds, read_sources
from maps_data.imported import (
    AEDS,
    ENTRIES,
    EVIDENCE,
    ImportedAeds,
    Pointer,
    aeds_directory,
    imported_aeds,
    keep,
    laid_over,
    swap_in,
    version_of,
    write_durably,
)
from maps_data.importers.aed_diff import Diff, diff_of, point_of
from maps_data.importers.aed_formats import AedFormat, read_mapping, read_rows
from maps_data.importers.aed_merge import merged
from maps_data.importers.aed_rows import Cells, Land, Rejected, identified, validated
from maps_data.importers.datum_check import require_datum
from maps_data.landmarks import Gazetteer
from maps_data.manifest import Dataset, read_dataset
from maps_data.opening_hours import is_readable
from maps_data.tables import DataError, parse_table, write_table
from maps_data.vocabulary import RecordClass
from routing.datum import Datum

ONLY: Final = "registry"
"""The name of a registry that was imported without one: it is then the only one."""

_COLUMNS: Final = (*AED_COLUMNS, "photo_url", "source_ids", "evidence")
_EVIDENCE_COLUMNS: Final = ("evidence_id", "text_zh", "text_en", "dated", "url")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an import would do; `quarantine_path` is None if every row was good.

    `n_imported` are the registry's devices, `n_devices` all that would be in force; `n_merged` of the registry's were known to others,
    `n_repeated` rows repeated another word for word.
    """

    n_imported: int
    n_devices: int
    n_merged: int
    n_repeated: int
    n_hours_unreadable: int
    rejected: tuple[Rejected, ...]
    quarantine_path: Path | None
    diff: Diff
    data_dir: Path = field(repr=False)
    texts: Mapping[str, str] = field(repr=False)

    def keep(self) -> str:
        """Write it beside the other versions, not in force; its name."""
        return keep(self.data_dir, self.texts)

    def swap_in(self) -> Pointer:
        """Put it in force."""
        return swap_in(self.data_dir, self.texts)


@dataclass(frozen=True, slots=True)
class _Known:
    """The registries in force: their entries and the line of evidence of each."""

    entries: dict[str, list[Cells]]
    evidence: dict[str, Cells]
    devices: Sequence[Cells]


def plan_import(
    path: Path,
    *,
    kind: AedFormat,
    datum: Datum,
    data_dir: Path,
    registry: str | None = None,
    dated: date | None = None,
    city: Path | None = None,
    mapping_path: Path | None = None,
    is_datum_certain: bool = False,
) -> Plan:
    """What it means to import the registry in `path` for the service whose data directory is `data_dir`.

    Without a `registry` name the file replaces all AEDs; with one it replaces only what that registry said. `dated` is the
    file's own day, from which it is valid (default: the day on which it was last written, in the city). DataError if the file
    cannot be read, an id stands twice, the points are in another datum, or no row can be used.
    """
    if kind is AedFormat.OSM and datum is not Datum.WGS84:
        raise DataError(
            "OSM 数据的坐标系总是 wgs84，请用 --datum wgs84", "OSM data is always in wgs84: use --datum wgs84"
        )
    dataset = read_dataset(city or embedded_city())
    facts, manifest = read_facts(dataset), dataset.manifest
    land = Land(
        bounds=manifest.bounds,
        cells=frozenset(cell.cell for cell in facts.population_cells),
        resolution=CELL_RESOLUTION,
    )
    found = identified(read_rows(path, kind, read_mapping(mapping_path) if mapping_path else {}))
    before = imported_aeds(data_dir)
    known = _known(before) if before else _Known({}, {}, ())
    name = registry or ONLY
    if not is_datum_certain:
        own_before = {cells["aed_id"]: point_of(cells) for cells in known.entries.get(name, ())}
        require_datum(found.rows, datum, land=land, gazetteer=Gazetteer(facts), known=own_before)
    accepted, rejected = validated(found.rows, datum=datum, land=land, source=registry or path.name)
    quarantine_path = _quarantine(data_dir, path, rejected)
    if not accepted:
        raise DataError(
            f"{path} 没有一行可用（共 {len(found.rows)} 行），未导入；原因见 {quarantine_path}",
            f"{path} has no usable row (of {len(found.rows)}); nothing was imported; reasons in {quarantine_path}",
        )
    evidence = _evidence(path, registry, datum, dated or _day_written(path, manifest.time_zone))
    own = [{**cells, "record_class": RecordClass.REAL, "evidence": evidence["evidence_id"]} for cells in accepted]
    entries = {**(known.entries if registry else {}), name: own}
    devices = sorted(merged(entries), key=lambda device: device["aed_id"])
    texts = _texts(entries, {**known.evidence, name: evidence}, devices)
    _require_decodes(dataset, texts)
    return Plan(
        n_imported=len(own),
        n_devices=len(devices),
        n_merged=sum(map(len, entries.values())) - len(devices),
        n_repeated=found.n_repeated,
        n_hours_unreadable=sum(
            bool(cells["opening_hours"]) and not is_readable(cells["opening_hours"]) for cells in own
        ),
        rejected=rejected,
        quarantine_path=quarantine_path,
        diff=diff_of(known.devices, devices),
        data_dir=data_dir,
        texts=texts,
    )


def _known(imported: ImportedAeds) -> _Known:
    devices = rows_of(AEDS, imported.aeds_csv)
    lines = {line["evidence_id"]: line for line in rows_of(EVIDENCE, imported.evidence_csv)}
    entries: dict[str, list[Cells]] = {}
    for entry in rows_of(ENTRIES, imported.entries_csv) if imported.entries_csv else devices:
        name = entry.pop("registry", ONLY)
        entries.setdefault(name, []).append({column: entry.get(column, "") for column in _COLUMNS})
    return _Known(entries, {name: lines[own[0]["evidence"]] for name, own in entries.items()}, devices)


def rows_of(name: str, text: str) -> list[Cells]:
    """The rows of a table, each by the names of its columns."""
    table = parse_table(name, text)
    return [dict(zip(table.columns, row, strict=True)) for row in zip(*table.columns.values(), strict=True)]


def _texts(
    entries: Mapping[str, Sequence[Cells]], evidence: Mapping[str, Cells], devices: Sequence[Cells]
) -> dict[str, str]:
    def rows(cells: Sequence[Cells]) -> list[list[str]]:
        return [[one.get(column, "") for column in _COLUMNS] for one in cells]

    said = [[name, *row] for name, own in entries.items() for row in rows(own)]
    lines = ([evidence[name][column] for column in _EVIDENCE_COLUMNS] for name in entries)
    return {
        AEDS: write_table(_COLUMNS, rows(devices)),
        EVIDENCE: write_table(_EVIDENCE_COLUMNS, lines),
        ENTRIES: write_table(("registry", *_COLUMNS), said),
    }


def _require_decodes(dataset: Dataset, texts: Mapping[str, str]) -> None:
    """Read the result as a service would at its next start, so that no import can keep one from starting."""
    files = laid_over(dataset.files, aeds_csv=texts[AEDS], evidence_csv=texts[EVIDENCE])
    read_aeds(read_sources(replace(dataset, files=files)))


def _evidence(path: Path, registry: str | None, datum: Datum, dated: date) -> Cells:
    of_zh, of_en = (f"“{registry}”，", f"'{registry}', ") if registry else ("", "")
    zh = f"{of_zh}由 {path.name} 导入（{dated}，原坐标系 {datum}）"
    en = f"{of_en}imported from {path.name} ({dated}, coordinates given in {datum})"
    evidence_id = f"aeds-imported-{version_of({'zh': zh, 'en': en})}"
    return {"evidence_id": evidence_id, "text_zh": zh, "text_en": en, "dated": dated.isoformat(), "url": ""}


def _day_written(path: Path, time_zone: str) -> date:
    return datetime.fromtimestamp(path.stat().st_mtime, ZoneInfo(time_zone)).date()


def _quarantine(data_dir: Path, source: Path, rejected: Sequence[Rejected]) -> Path | None:
    """Write the rows set aside beside the imported versions, with their reasons and all they held; an earlier file gives way."""
    path = aeds_directory(data_dir) / f"quarantine-{source.stem}.csv"
    if not rejected:
        path.unlink(missing_ok=True)
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = ((r.row.number, "; ".join(r.reasons), msgspec.json.encode(r.row.fields).decode()) for r in rejected)
    write_durably(path, write_table(("row", "reasons", "fields"), rows))
    return path
