"""What the city's data set says: one frozen record per fact, each with the evidence that it rests on.

Every record carries `record_class` (is it real, inferred, estimated, derived or simulated?) and `evidence`
(the sentence, its date and its address), so that whatever shows the record can show how far to trust it.
Points are WGS-84; absence is None.
"""

from dataclasses import dataclass
from datetime import date

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
from routing.cells import Cell
from routing.geo import Wgs84


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A source, in both languages. `dated` is the source's own day: before it, the source says nothing."""

    evidence_id: str
    zh: str
    en: str
    dated: date
    url: str | None

    @property
    def text(self) -> str:
        """Both languages in one line, Chinese first."""
        return f"{self.zh} / {self.en}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Designation:
    """Membership of one treatment map, from `since` (None: day not known) up to but not on `until`."""

    kind: DesignationKind
    since: date | None
    until: date | None
    grade: Grade
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """A standing ability of a hospital as far as sources tell; `hours` in OSM's opening_hours syntax, None where no source says."""

    kind: HospitalCapability
    state: Known
    hours: str | None
    grade: Grade
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class MapSize:
    """How many hospitals a treatment map had on the day of the evidence; which ones they were need not be known."""

    kind: DesignationKind
    members: int
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Hospital:
    """A hospital. `general_emergency` is False for houses that must not be sent a general emergency:
    children's, maternity, cancer and cardiovascular hospitals, and branches of which no emergency
    department is known; `specialties` then says what they do take.
    """

    hospital_id: str
    name_zh: str
    name_en: str
    aka_zh: tuple[str, ...]
    district_zh: str
    subdistrict_zh: str | None
    address_zh: str | None
    level_zh: str | None
    phone: str | None
    point: Wgs84
    coord_quality: CoordQuality
    specialties: frozenset[Specialty]
    general_emergency: bool
    general_emergency_evidence: Evidence
    designations: tuple[Designation, ...]
    capabilities: tuple[Capability, ...]
    record_class: RecordClass
    evidence: Evidence

    def capability(self, kind: HospitalCapability) -> Known:
        """What is known of one ability; nothing said is unknown."""
        return next((c.state for c in self.capabilities if c.kind is kind), Known.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """An ambulance base (or the dispatch centre), usually inside its host hospital."""

    station_id: str
    role: StationRole
    name_zh: str
    host_hospital_id: str | None
    district_zh: str
    subdistrict_zh: str | None
    point: Wgs84
    coord_quality: CoordQuality
    record_class: RecordClass
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class AmbulanceUnit:
    """A unit of the fleet. `crew_hospital_id` is the hospital whose team rides on it, which for a newborn
    unit need not be the host of its base.
    """

    unit_id: str
    call_sign: str
    kind: UnitKind
    capabilities: frozenset[UnitCapability]
    negative_pressure: bool
    home_station_id: str
    crew_hospital_id: str | None
    record_class: RecordClass
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class MetroStation:
    """A metro station; `hub` says which railway station, port or airport it serves."""

    station_id: str
    name_zh: str
    name_en: str
    lines: tuple[str, ...]
    hub: str | None
    district_zh: str
    subdistrict_zh: str | None
    point: Wgs84
    record_class: RecordClass
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """A district with its residents of the 2020 census and the point where its name is written."""

    adcode: str
    name_zh: str
    name_en: str
    population_2020: int
    label_point: Wgs84
    record_class: RecordClass
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Subdistrict:
    """A sub-district by name; its extent is that of the population cells that name it."""

    name_zh: str
    name_en: str
    district_adcode: str
    record_class: RecordClass
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class PopulationCell:
    """An H3 cell of resolution 8 on land, with its estimated residents."""

    cell: Cell
    district_adcode: str
    district_zh: str
    subdistrict_zh: str | None
    land_fraction: float
    population_estimate: float
    record_class: RecordClass
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Landmark:
    """A further name of a place; `stands_at` is the metro station or hospital whose point it takes.

    `accuracy_m` is None where the name means that very station or hospital.
    """

    name_zh: str
    name_en: str | None
    stands_at: str
    accuracy_m: float | None
    record_class: RecordClass
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Aed:
    """A defibrillator as the registry knows it. `level` is OSM's (0 is the ground floor), `opening_hours`
    OSM's syntax, `uncertainty_m` how far the device may be from `point`, `placement_class` the class of
    the 2023 placement standard (1: within 300 m, 2: within 600 m). `source_ids` are the device's ids in the registries that
    know it, as `registry:id`.
    """

    aed_id: str
    name_zh: str
    name_en: str | None
    place_kind: str
    placement_class: int | None
    point: Wgs84
    uncertainty_m: float
    level: str | None
    indoor: bool | None
    location_zh: str | None
    location_en: str | None
    access: AedAccess
    opening_hours: str | None
    contact: str | None
    model: str | None
    pads_expiry: date | None
    battery_expiry: date | None
    last_checked: date | None
    source: str
    source_ids: tuple[str, ...]
    photo_url: str | None
    record_class: RecordClass
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Barrier:
    """A line that no straight drive crosses, such as a bay, a reservoir or a ridge."""

    name_zh: str
    name_en: str
    line: tuple[Wgs84, ...]
    record_class: RecordClass
    evidence: str
