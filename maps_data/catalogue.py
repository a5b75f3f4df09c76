"""The catalogue: everything that is known of one city, read-only and named by the hash of its content.

A decision records `data_version`, so that months later the very data it used can be named. A data set is a
directory (see `datasets/shenzhen/SOURCE.md` for the layout); AEDs imported into a service's data directory
replace those of the data set, and give the catalogue another version. They alone can be exchanged in a catalogue that
is in use (`with_aeds`), which makes another one.
"""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from maps_data import decode
from maps_data.holidays import HolidayCalendar
from maps_data.imported import ImportedAeds, imported_aeds, laid_over
from maps_data.manifest import Bounds, Dataset, DesignationList, read_dataset
from maps_data.records import (
    Aed,
    AmbulanceUnit,
    Barrier,
    District,
    Evidence,
    Hospital,
    Landmark,
    MapSize,
    MetroStation,
    PopulationCell,
    Station,
    Subdistrict,
)
from maps_data.shapes import BARRIERS, OUTLINES, read_barriers
from maps_data.tables import DataError
from maps_data.vocabulary import DesignationKind, StationRole

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is not made by the generator: the city as its sources tell it."""

    dataset: Dataset
    evidence: Mapping[str, Evidence] = field(repr=False)
    districts: tuple[District, ...] = field(repr=False)
    subdistricts: tuple[Subdistrict, ...] = field(repr=False)
    population_cells: tuple[PopulationCell, ...] = field(repr=False)
    hospitals: tuple[Hospital, ...] = field(repr=False)
    bases: tuple[Station, ...] = field(repr=False)
    dispatch_centre: Station | None = field(repr=False)
    metro_stations: tuple[MetroStation, ...] = field(repr=False)
    landmarks: tuple[Landmark, ...] = field(repr=False)

    @property
    def name_zh(self) -> str:
        return self.dataset.manifest.name_zh

    @property
    def name_en(self) -> str:
        return self.dataset.manifest.name_en


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The city. Sequences are in the order of their files; `*_by_id` are views of them."""

    name: str
    name_zh: str
    name_en: str
    data_version: str
    valid_from: date
    aeds_valid_from: date
    time_zone: str
    holidays: HolidayCalendar = field(repr=False)
    bounds: Bounds
    dataset: Dataset = field(repr=False)
    """The city's own data set as text: what devices are laid over."""
    designation_lists: Mapping[DesignationKind, DesignationList] = field(repr=False)
    map_sizes: tuple[MapSize, ...] = field(repr=False)
    evidence: Mapping[str, Evidence] = field(repr=False)
    districts: tuple[District, ...] = field(repr=False)
    subdistricts: tuple[Subdistrict, ...] = field(repr=False)
    population_cells: tuple[PopulationCell, ...] = field(repr=False)
    hospitals: tuple[Hospital, ...] = field(repr=False)
    bases: tuple[Station, ...] = field(repr=False)
    dispatch_centre: Station | None = field(repr=False)
    units: tuple[AmbulanceUnit, ...] = field(repr=False)
    metro_stations: tuple[MetroStation, ...] = field(repr=False)
    landmarks: tuple[Landmark, ...] = field(repr=False)
    aeds: tuple[Aed, ...] = field(repr=False)
    barriers: tuple[Barrier, ...] = field(repr=False)
    barriers_path: Path | None
    district_outlines_geojson: str | None = field(repr=False)
    """The districts as GeoJSON text for a map without tiles; coarse, derived from the cells, marked as such."""
    hospitals_by_id: Mapping[str, Hospital] = field(repr=False)
    bases_by_id: Mapping[str, Station] = field(repr=False)
    units_by_id: Mapping[str, AmbulanceUnit] = field(repr=False)
    aeds_by_id: Mapping[str, Aed] = field(repr=False)


def embedded_city() -> Path:
    """The directory of the data set that ships with the package."""
    return Path(str(files("maps_data") / "datasets" / "shenzhen"))


def load_catalogue(directory: Path | None = None, *, data_dir: Path | None = None) -> Catalogue:
    """Load and check a city: `directory` is a data set (default: the embedded one), `data_dir` a service's data
    directory whose imported AEDs, if any, replace those of the data set.

    Raises DataError, which names file, row and column and says what to do.
    """
    with _collector_paused():
        return _load(directory or embedded_city(), data_dir)


def with_aeds(catalogue: Catalogue, imported: ImportedAeds | None) -> Catalogue:
    """The same city with the devices of an imported version, or with its own (None). DataError when they cannot be used."""
    with _collector_paused():
        return replace(catalogue, **_devices(catalogue.dataset, imported))


def _load(directory: Path, data_dir: Path | None) -> Catalogue:
    dataset = read_dataset(directory)
    facts = read_facts(dataset)
    sources = decode.Sources(dataset=dataset, evidence=facts.evidence)
    bases_by_id = _by_id(facts.bases, "station_id")
    hospitals_by_id = _by_id(facts.hospitals, "hospital_id")
    units = decode.read_units(sources, bases_by_id, hospitals_by_id)
    manifest = dataset.manifest
    return Catalogue(
        name=manifest.name,
        name_zh=manifest.name_zh,
        name_en=manifest.name_en,
        valid_from=manifest.valid_from,
        time_zone=manifest.time_zone,
        holidays=decode.read_holidays(sources),
        bounds=manifest.bounds,
        dataset=dataset,
        designation_lists=MappingProxyType(manifest.designation_lists),
        map_sizes=decode.read_map_sizes(sources),
        districts=facts.districts,
        subdistricts=facts.subdistricts,
        population_cells=facts.population_cells,
        hospitals=facts.hospitals,
        bases=facts.bases,
        dispatch_centre=facts.dispatch_centre,
        units=units,
        metro_stations=facts.metro_stations,
        landmarks=facts.landmarks,
        barriers=read_barriers(dataset),
        barriers_path=dataset.directory / BARRIERS if BARRIERS in dataset.files else None,
        district_outlines_geojson=dataset.files.get(OUTLINES),
        hospitals_by_id=hospitals_by_id,
        bases_by_id=bases_by_id,
        units_by_id=_by_id(units, "unit_id"),
        **_devices(dataset, imported_aeds(data_dir) if data_dir else None),
    )


def _devices(dataset: Dataset, imported: ImportedAeds | None) -> dict[str, Any]:
    """Those members of a catalogue that devices make."""
    if imported is not None:
        over = laid_over(dataset.files, aeds_csv=imported.aeds_csv, evidence_csv=imported.evidence_csv)
        dataset = replace(dataset, files=over)
    sources = decode.read_sources(dataset)
    aeds = decode.read_aeds(sources)
    return {
        "data_version": dataset.data_version,
        "aeds_valid_from": imported.valid_from if imported else dataset.manifest.valid_from,
        "evidence": MappingProxyType(dict(sources.evidence)),
        "aeds": aeds,
        "aeds_by_id": _by_id(aeds, "aed_id"),
    }


def read_facts(dataset: Dataset) -> Facts:
    """Decode what the generator needs, and check references and the length of the designation lists."""
    sources = decode.read_sources(dataset)
    districts = decode.read_districts(sources)
    adcodes = {district.adcode for district in districts}
    names_zh = {district.name_zh for district in districts}
    hospitals = decode.read_hospitals(sources, names_zh)
    hospital_ids = {hospital.hospital_id for hospital in hospitals}
    stations = decode.read_stations(sources, names_zh, hospital_ids)
    metro_stations = decode.read_metro_stations(sources, names_zh)
    place_ids = hospital_ids | {station.station_id for station in metro_stations}
    _require_list_lengths(dataset, hospitals)
    return Facts(
        dataset=dataset,
        evidence=sources.evidence,
        districts=districts,
        subdistricts=decode.read_subdistricts(sources, adcodes),
        population_cells=decode.read_population_cells(sources, adcodes),
        hospitals=hospitals,
        bases=tuple(station for station in stations if station.role is StationRole.BASE),
        dispatch_centre=next((s for s in stations if s.role is StationRole.DISPATCH_CENTRE), None),
        metro_stations=metro_stations,
        landmarks=decode.read_landmarks(sources, place_ids),
    )


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Spare the cycle collector from walking half a million fresh texts and records that hold no cycles.

    Measured with 13,000 AEDs: a quarter of the loading time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _require_list_lengths(dataset: Dataset, hospitals: tuple[Hospital, ...]) -> None:
    for kind, expected in dataset.manifest.designation_lists.items():
        members = sum(any(d.kind is kind for d in hospital.designations) for hospital in hospitals)
        if members != expected.members:
            raise DataError(
                f"designations.csv 中 {kind} 有 {members} 家，dataset.toml 说应有 {expected.members} 家，请改正其一",
                f"designations.csv has {members} hospitals for {kind}, dataset.toml says {expected.members}; correct one",
            )


def _by_id(records: tuple[T, ...], key: str) -> Mapping[str, T]:
    return MappingProxyType({getattr(record, key): record for record in records})
