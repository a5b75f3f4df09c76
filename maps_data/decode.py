"""From tables to records: one function per file of the data set."""

from collections import defaultdict
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from types import MappingProxyType
from typing import Any, Final, TypeVar, cast

from maps_data import records, tables
from maps_data.holidays import NO_CALENDAR, DayKind, HolidayCalendar
from maps_data.manifest import Dataset
from maps_data.opening_hours import is_readable
from maps_data.tables import CellError, DataError, Table, member, one_of, optional, optional_text, parse_table, text
from maps_data.vocabulary import (
    AedAccess,
    CoordQuality,
    DesignationKind,
    Grade,
    HospitalCapability,
    Known,
    RecordClass,
    Specialty,
    StationRole,
    UnitCapability,
    UnitKind,
)
from routing.cells import Cell, cell_from_text, resolution_of
from routing.geo import Wgs84

T = TypeVar("T")
Columns = dict[str, Sequence[object]]

CELL_RESOLUTION: Final = 8
"""H3 resolution of the population cells: 0.74 km2 on average (h3geo.org, table of cell statistics)."""


MAP_SIZES: Final = "map_sizes.csv"
AED_COLUMNS: Final = (
    "aed_id",
    "name_zh",
    "name_en",
    "place_kind",
    "placement_class",
    "lat",
    "lon",
    "datum",
    "uncertainty_m",
    "level",
    "indoor",
    "location_zh",
    "location_en",
    "access",
    "opening_hours",
    "contact",
    "model",
    "pads_expiry",
    "battery_expiry",
    "last_checked",
    "source",
    "record_class",
)
"""The columns of aeds.csv, in order; `photo_url`, `source_ids` and `evidence` may follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """A data set together with its evidence, to which every other file refers."""

    dataset: Dataset
    evidence: Mapping[str, records.Evidence]

    def table(self, name: str, *, key: str | None = None) -> Table:
        """A file as a table; `key` names a column of ids that must not repeat."""
        table = parse_table(name, self.dataset.text_of(name))
        if key is not None:
            tables.require_unique(table, key)
        return table

    def holds(self, point: Wgs84) -> bool:
        """Whether the city's box holds a point."""
        return self.dataset.manifest.bounds.holds(point)

    def provenance(self, table: Table) -> Columns:
        """The columns `record_class` and `evidence`: the rows' own, else what the manifest says of the file."""
        default = self.dataset.manifest.files.get(table.file)
        classes: list[RecordClass]
        if "record_class" in table.columns:
            classes = table.column("record_class", member(RecordClass))
        elif default is not None:
            classes = [default.record_class] * table.n_rows
        else:
            raise _no_provenance(table.file)
        if "evidence" in table.columns:
            evidence = table.references("evidence", self.evidence)
        elif default is not None and default.evidence in self.evidence:
            evidence = [self.evidence[default.evidence]] * table.n_rows
        else:
            raise _no_provenance(table.file)
        return {"record_class": classes, "evidence": evidence}


def read_sources(dataset: Dataset) -> Sources:
    """The data set with its evidence.csv decoded."""
    table = parse_table("evidence.csv", dataset.text_of("evidence.csv"))
    tables.require_unique(table, "evidence_id")
    evidence = _records(
        records.Evidence,
        evidence_id=table.column("evidence_id", text),
        zh=table.column("text_zh", text),
        en=table.column("text_en", text),
        dated=table.column("dated", tables.day),
        url=table.column("url", optional_text),
    )
    return Sources(dataset=dataset, evidence={e.evidence_id: e for e in evidence})


def read_hospitals(sources: Sources, districts_zh: Container[str]) -> tuple[records.Hospital, ...]:
    """hospitals.csv, with the designations and capabilities of the two files beside it."""
    table = sources.table("hospitals.csv", key="hospital_id")
    ids = table.column("hospital_id", text)
    designations = _by_hospital(sources.table("designations.csv"), ids, lambda t: _designations(sources, t))
    capabilities = _by_hospital(sources.table("capabilities.csv"), ids, lambda t: _capabilities(sources, t))
    return _records(
        records.Hospital,
        hospital_id=ids,
        name_zh=table.column("name_zh", text),
        name_en=table.column("name_en", text),
        aka_zh=table.column("aka_zh", tables.several(text)),
        district_zh=table.column("district_zh", one_of(districts_zh)),
        subdistrict_zh=table.column("subdistrict_zh", optional_text),
        address_zh=table.column("address_zh", optional_text),
        level_zh=table.column("level_zh", optional_text),
        phone=table.column("phone", optional_text),
        point=table.points(sources.holds),
        coord_quality=table.column("coord_quality", member(CoordQuality)),
        specialties=[frozenset(s) for s in table.column("specialties", tables.several(member(Specialty)))],
        general_emergency=table.column("general_emergency", tables.yes_no),
        general_emergency_evidence=table.references("general_emergency_evidence", sources.evidence),
        designations=[tuple(designations[hospital_id]) for hospital_id in ids],
        capabilities=[tuple(capabilities[hospital_id]) for hospital_id in ids],
        **sources.provenance(table),
    )


def read_stations(
    sources: Sources, districts_zh: Container[str], hospital_ids: Container[str]
) -> tuple[records.Station, ...]:
    """stations.csv: the ambulance bases and the dispatch centre."""
    table = sources.table("stations.csv", key="station_id")
    return _records(
        records.Station,
        station_id=table.column("station_id", text),
        role=table.column("role", member(StationRole)),
        name_zh=table.column("name_zh", text),
        host_hospital_id=table.column("host_hospital_id", optional(one_of(hospital_ids))),
        district_zh=table.column("district_zh", one_of(districts_zh)),
        subdistrict_zh=table.column("subdistrict_zh", optional_text),
        point=table.points(sources.holds),
        coord_quality=table.column("coord_quality", member(CoordQuality)),
        **sources.provenance(table),
    )


def read_units(
    sources: Sources, base_ids: Container[str], hospital_ids: Container[str]
) -> tuple[records.AmbulanceUnit, ...]:
    """units.csv: the fleet."""
    table = sources.table("units.csv", key="unit_id")
    tables.require_unique(table, "call_sign")
    capabilities = table.column("capabilities", tables.several(member(UnitCapability)))
    return _records(
        records.AmbulanceUnit,
        unit_id=table.column("unit_id", text),
        call_sign=table.column("call_sign", text),
        kind=table.column("kind", member(UnitKind)),
        capabilities=[frozenset(c) for c in capabilities],
        negative_pressure=table.column("negative_pressure", tables.yes_no),
        home_station_id=table.column("home_station_id", one_of(base_ids)),
        crew_hospital_id=table.column("crew_hospital_id", optional(one_of(hospital_ids))),
        **sources.provenance(table),
    )


def read_metro_stations(sources: Sources, districts_zh: Container[str]) -> tuple[records.MetroStation, ...]:
    """metro_stations.csv."""
    table = sources.table("metro_stations.csv", key="station_id")
    return _records(
        records.MetroStation,
        station_id=table.column("station_id", text),
        name_zh=table.column("name_zh", text),
        name_en=table.column("name_en", text),
        lines=table.column("lines", tables.several(text)),
        hub=table.column("hub", optional_text),
        district_zh=table.column("district_zh", one_of(districts_zh)),
        subdistrict_zh=table.column("subdistrict_zh", optional_text),
        point=table.points(sources.holds),
        **sources.provenance(table),
    )


def read_districts(sources: Sources) -> tuple[records.District, ...]:
    """districts.csv."""
    table = sources.table("districts.csv", key="adcode")
    lats, lons = table.column("label_lat", tables.latitude_deg), table.column("label_lon", tables.longitude_deg)
    return _records(
        records.District,
        adcode=table.column("adcode", text),
        name_zh=table.column("name_zh", text),
        name_en=table.column("name_en", text),
        population_2020=table.column("population_2020", tables.whole),
        label_point=[Wgs84(lat_deg=lat, lon_deg=lon) for lat, lon in zip(lats, lons, strict=True)],
        **sources.provenance(table),
    )


def read_subdistricts(sources: Sources, adcodes: Container[str]) -> tuple[records.Subdistrict, ...]:
    """subdistricts.csv."""
    table = sources.table("subdistricts.csv", key="name_zh")
    return _records(
        records.Subdistrict,
        name_zh=table.column("name_zh", text),
        name_en=table.column("name_en", text),
        district_adcode=table.column("district_adcode", one_of(adcodes)),
        **sources.provenance(table),
    )


def read_population_cells(sources: Sources, adcodes: Container[str]) -> tuple[records.PopulationCell, ...]:
    """population_cells.csv."""
    table = sources.table("population_cells.csv", key="h3_cell")
    return _records(
        records.PopulationCell,
        cell=table.column("h3_cell", _population_cell),
        district_adcode=table.column("district_adcode", one_of(adcodes)),
        district_zh=table.column("district_zh", text),
        subdistrict_zh=table.column("subdistrict_zh", optional_text),
        land_fraction=table.column("land_fraction", tables.share),
        population_estimate=table.column("population_estimate", tables.not_negative),
        **sources.provenance(table),
    )


def read_landmarks(sources: Sources, place_ids: Container[str]) -> tuple[records.Landmark, ...]:
    """landmarks.csv; two rows may share a name in one language and differ in the other."""
    table = sources.table("landmarks.csv")
    return _records(
        records.Landmark,
        name_zh=table.column("name_zh", text),
        name_en=table.column("name_en", optional_text),
        stands_at=table.column("stands_at", one_of(place_ids)),
        accuracy_m=table.column("accuracy_m", optional(tables.not_negative)),
        **sources.provenance(table),
    )


def read_aeds(sources: Sources, table: Table | None = None) -> tuple[records.Aed, ...]:
    """aeds.csv, or another table of its columns (an imported registry)."""
    if table is None:
        table = sources.table("aeds.csv")
    tables.require_unique(table, "aed_id")
    return _records(
        records.Aed,
        aed_id=table.column("aed_id", text),
        name_zh=table.column("name_zh", text),
        name_en=table.column("name_en", optional_text),
        place_kind=table.column("place_kind", text),
        placement_class=table.column("placement_class", optional(tables.whole)),
        point=table.points(sources.holds),
        uncertainty_m=table.column("uncertainty_m", tables.not_negative),
        level=table.column("level", optional_text),
        indoor=table.column("indoor", optional(tables.yes_no)),
        location_zh=table.column("location_zh", optional_text),
        location_en=table.column("location_en", optional_text),
        access=table.column("access", member(AedAccess)),
        opening_hours=table.column("opening_hours", optional_text),
        contact=table.column("contact", optional_text),
        model=table.column("model", optional_text),
        pads_expiry=table.column("pads_expiry", optional(tables.day)),
        battery_expiry=table.column("battery_expiry", optional(tables.day)),
        last_checked=table.column("last_checked", optional(tables.day)),
        source=table.column("source", text),
        source_ids=table.optional_column("source_ids", tables.several(text)),
        photo_url=table.optional_column("photo_url", optional_text),
        **sources.provenance(table),
    )


def read_holidays(sources: Sources) -> HolidayCalendar:
    """holidays.csv: days off and make-up workdays, as ranges, each with its notice's year; without the file none is known."""
    if "holidays.csv" not in sources.dataset.files:
        return NO_CALENDAR
    table = sources.table("holidays.csv")
    sources.provenance(table)
    columns = (
        table.column("first", tables.day),
        table.column("last", tables.day),
        table.column("kind", member(DayKind)),
    )
    days = {
        date.fromordinal(day): kind
        for first, last, kind in zip(*columns, strict=True)
        for day in range(first.toordinal(), last.toordinal() + 1)
    }
    return HolidayCalendar(days=MappingProxyType(days), years=frozenset(table.column("year", tables.whole)))


def _designations(sources: Sources, table: Table) -> tuple[records.Designation, ...]:
    return _records(
        records.Designation,
        kind=table.column("kind", member(DesignationKind)),
        since=table.column("since", optional(tables.day)),
        until=table.column("until", optional(tables.day)),
        grade=table.column("grade", member(Grade)),
        evidence=table.references("evidence", sources.evidence),
    )


def _capabilities(sources: Sources, table: Table) -> tuple[records.Capability, ...]:
    return _records(
        records.Capability,
        kind=table.column("capability", member(HospitalCapability)),
        state=table.column("state", member(Known)),
        hours=table.optional_column("hours", tables.optional(_readable_hours)),
        grade=table.column("grade", member(Grade)),
        evidence=table.references("evidence", sources.evidence),
    )


def _readable_hours(cell: str) -> str:
    """Opening hours that are understood: what cannot be read would be unknown for ever."""
    if not is_readable(cell):
        raise CellError(
            "不是可读的 opening_hours，请改写，或留空表示未知", "cannot be read as opening_hours; rewrite or empty it"
        )
    return cell


def read_map_sizes(sources: Sources) -> tuple[records.MapSize, ...]:
    """map_sizes.csv, oldest first; none for a data set without it."""
    if MAP_SIZES not in sources.dataset.files:
        return ()
    table = sources.table(MAP_SIZES)
    sizes = _records(
        records.MapSize,
        kind=table.column("kind", member(DesignationKind)),
        members=table.column("members", tables.whole),
        evidence=table.references("evidence", sources.evidence),
    )
    return tuple(sorted(sizes, key=lambda size: size.evidence.dated))


def _by_hospital(
    table: Table, hospital_ids: Sequence[str], decode: Callable[[Table], Sequence[T]]
) -> Mapping[str, list[T]]:
    """The decoded rows of a table under the hospital that their `hospital_id` names."""
    owners = table.references("hospital_id", {hospital_id: hospital_id for hospital_id in hospital_ids})
    grouped: defaultdict[str, list[T]] = defaultdict(list)
    for owner, record in zip(owners, decode(table), strict=True):
        grouped[owner].append(record)
    return grouped


def _records(record: type[T], /, **columns: Sequence[object]) -> tuple[T, ...]:
    """One record per row of equally long columns, named as the fields of `record`, a slotted dataclass.

    Filled column by column through the slots, which for 13,000 AEDs is ten times as fast as 13,000 calls of
    `__init__`; none of these records has more to do when it is made than to hold its fields.
    """
    if set(columns) != {field.name for field in fields(cast("Any", record))}:
        raise TypeError(f"these are not the fields of {record.__name__}: {sorted(columns)}")
    made = [object.__new__(record) for _ in next(iter(columns.values()))]
    for name, column in columns.items():
        put = getattr(record, name).__set__
        for one, value in zip(made, column, strict=True):
            put(one, value)
    return tuple(made)


def _population_cell(cell: str) -> Cell:
    try:
        found = cell_from_text(cell)
    except ValueError:
        raise CellError("不是 H3 网格编号", "is not an H3 cell") from None
    if resolution_of(found) != CELL_RESOLUTION:
        raise CellError(f"不是 {CELL_RESOLUTION} 级网格", f"is not a cell of resolution {CELL_RESOLUTION}")
    return found


def _no_provenance(file: str) -> DataError:
    return DataError(
        f"{file} 既无 record_class 与 evidence 列，dataset.toml 也未说明其性质与依据，请补上",
        f"{file} has no columns record_class and evidence, nor does dataset.toml say its class and evidence; add them",
    )
