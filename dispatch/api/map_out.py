"""What map answers look like, for the OpenAPI document. Answers themselves are encoded from the layers."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import ConfigDict, Field

from dispatch.api import map_examples
from dispatch.api.way_out import LineOut, StepOut
from dispatch.api.wire_out import CapabilityOut, Open
from maps_data.places import PlaceKind
from maps_data.vocabulary import AedAccess, AedReportKind, Grade, HospitalCapability, Known, RecordClass
from routing.travel_time.port import Grade as TimeGrade


class WordsOut(Open):
    zh: str
    en: str


class MaybeWordsOut(Open):
    zh: str | None
    en: str | None


class PointGeometryOut(Open):
    """WGS-84, longitude first."""

    type: Literal["Point"]
    coordinates: tuple[float, float]


class EvidenceOut(WordsOut):
    dated: date | None = None
    url: str | None = None


# --- basemap and places -------------------------------------------------------------------------------------------------


class BasemapPropertiesOut(Open):
    kind: Literal["district", "label", "barrier"]
    name_zh: str
    name_en: str
    record_class: RecordClass
    evidence: EvidenceOut


class BasemapFeatureOut(Open):
    type: Literal["Feature"]
    geometry: dict[str, Any]
    properties: BasemapPropertiesOut


class BasemapOut(Open):
    """Districts (coarse, derived), their names, and the barriers that travel estimates go round."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"example": map_examples.BASEMAP})
    type: Literal["FeatureCollection"]
    data_version: str
    valid_from: date
    features: list[BasemapFeatureOut]


class CellPropertiesOut(Open):
    """`residents` are estimated; `land_fraction` is the share of the cell that is land."""

    district_adcode: str
    subdistrict_zh: str | None
    residents: int
    land_fraction: float
    record_class: RecordClass


class CellOut(Open):
    """`id` is the H3 cell's."""

    type: Literal["Feature"]
    id: str
    geometry: dict[str, Any]
    properties: CellPropertiesOut


class CellsOut(Open):
    model_config = ConfigDict(extra="allow", json_schema_extra={"example": map_examples.CELLS})
    type: Literal["FeatureCollection"]
    data_version: str
    valid_from: date
    evidence: WordsOut | None
    features: list[CellOut]


class NamedPlaceOut(Open):
    name_zh: str
    name_en: str
    kind: PlaceKind
    lat: float
    lon: float
    accuracy_m: float


class NamedPlacesOut(Open):
    model_config = ConfigDict(extra="allow", json_schema_extra={"example": map_examples.PLACES})
    items: list[NamedPlaceOut]
    next: None


# --- treatment maps -----------------------------------------------------------------------------------------------------


class StandingOut(Open):
    """What the hospital can do at all; `hours` in OSM's opening_hours syntax, `open_now` null for another day."""

    capability: HospitalCapability
    state: Known
    hours: str | None
    open_now: Known | None
    grade: Grade | None
    evidence: EvidenceOut | None


class TreatmentPropertiesOut(Open):
    """`membership` is that of the day asked for; `capabilities` are what the hospital says now, null for another day."""

    hospital_id: str
    name_zh: str
    name_en: str
    membership: Known
    grade: Grade
    since: date | None
    until: date | None
    evidence: EvidenceOut
    standing: StandingOut
    capabilities: dict[str, CapabilityOut] | None
    record_class: RecordClass


class TreatmentFeatureOut(Open):
    type: Literal["Feature"]
    id: str
    geometry: PointGeometryOut
    properties: TreatmentPropertiesOut


class MapSizeOut(Open):
    """How many hospitals the map had, by the latest source that is not younger than the day asked for."""

    members: int
    evidence: EvidenceOut


class TreatmentMapOut(Open):
    model_config = ConfigDict(extra="allow", json_schema_extra={"example": map_examples.TREATMENT_MAP})
    type: Literal["FeatureCollection"]
    data_version: str
    valid_from: date
    as_of: date
    kind: str
    list_dated: date
    published: MapSizeOut | None
    known: dict[Known, int]
    others: dict[str, Any]
    features: list[TreatmentFeatureOut]


# --- AEDs ---------------------------------------------------------------------------------------------------------------


class AedMarkPropertiesOut(Open):
    id: str
    name_zh: str
    access: AedAccess
    record_class: RecordClass


class AedMarkOut(Open):
    type: Literal["Feature"]
    geometry: PointGeometryOut
    properties: AedMarkPropertiesOut


class AedMapOut(Open):
    """`membership` is unknown for a day before the registry's own."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"example": map_examples.AED_MAP})
    type: Literal["FeatureCollection"]
    data_version: str
    valid_from: date
    as_of: date
    membership: Known
    features: list[AedMarkOut]


class AedAccessOut(Open):
    access_class: AedAccess = Field(alias="class")
    rule: WordsOut
    opening_hours: str | None
    open_now: Known
    next_change: datetime | None


class ContactOut(Open):
    phone: str | None
    role: str | None


class DeviceOut(Open):
    model: str | None
    pads_expiry: date | None
    battery_expiry: date | None
    pads_ok: bool | None
    battery_ok: bool | None


class VerificationOut(Open):
    """`score` is P(usable), in answers of `/aeds/nearest` only."""

    at: date | None
    by: str | None
    method: str | None
    score: float | None = None


class ReportOut(Open):
    kind: AedReportKind
    at: datetime
    age_s: int
    is_verified: Literal[False]


class FetchOut(Open):
    """A device kept for whoever has the `fetch_id`, until then unless he moves on."""

    fetch_id: str
    reserved_until: datetime
    remaining_m: int | None


class AedReportedOut(WordsOut):
    model_config = ConfigDict(extra="allow", json_schema_extra={"example": map_examples.REPORTED})
    aed_id: str
    report: ReportOut | None
    fetch: FetchOut | None


class ReportWithTextOut(ReportOut):
    text: str | None


class ReportedAedOut(Open):
    """Without `is_listed` the data in force has no such device any more."""

    aed_id: str
    name_zh: str | None
    name_en: str | None
    is_listed: bool
    reports: list[ReportWithTextOut]


class ReportedAedsOut(Open):
    model_config = ConfigDict(extra="allow", json_schema_extra={"example": map_examples.REPORTED_AEDS})
    items: list[ReportedAedOut]
    next: str | None


class AedPropertiesOut(Open):
    """`floor` counts as in China (the ground floor is 1), `level` as OSM does (it is 0)."""

    aed_id: str
    name_zh: str
    name_en: str | None
    uncertainty_m: float
    level: str | None
    floor: int | None
    indoor: bool | None
    location_text: MaybeWordsOut
    access: AedAccessOut
    contact: ContactOut | None
    device: DeviceOut
    verification: VerificationOut
    reserved_until: datetime | None
    is_withdrawn: bool
    report: ReportOut | None
    source: str
    source_ids: list[str]
    photo: str | None
    evidence: EvidenceOut
    data_age_s: int
    licence: str | None
    record_class: RecordClass


class AedOut(Open):
    model_config = ConfigDict(extra="allow", json_schema_extra={"example": map_examples.AED})
    type: Literal["Feature"]
    id: str
    geometry: PointGeometryOut
    properties: AedPropertiesOut


class AedsOut(Open):
    model_config = ConfigDict(extra="allow", json_schema_extra={"example": map_examples.AEDS})
    type: Literal["FeatureCollection"]
    data_version: str
    features: list[AedOut]
    next: str | None


class EtaOut(Open):
    """`total_s` is the sum of the others but `p90_s`."""

    walk_out_s: float
    search_s: float
    vertical_s: float
    unlock_s: float
    walk_back_s: float
    risk_s: float
    total_s: float
    p90_s: float


class WhyOut(WordsOut):
    """`seconds` is what of `risk_s` this costs; those of all reasons add up to it."""

    code: str
    seconds: float | None = None


class WalkingWayOut(Open):
    """The way to the device along footways, from the patient or the runner."""

    distance_m: int
    line: LineOut
    steps: list[StepOut]


class WalkOut(Open):
    """What the times on foot rest on: footways, or an estimate where none leads there. `way` if it was asked for and is known."""

    source: str
    grade: TimeGrade
    way: WalkingWayOut | None = None


class NearAedPropertiesOut(AedPropertiesOut):
    """`distance_m` is straight; `is_barred`: closed, not open to the public, withdrawn, or fetched by somebody else."""

    distance_m: int
    walk: WalkOut
    is_closed: bool
    is_barred: bool
    eta: EtaOut
    why: list[WhyOut]


class NearAedOut(Open):
    type: Literal["Feature"]
    id: str
    geometry: PointGeometryOut
    properties: NearAedPropertiesOut


class ClosedSoonerOut(WordsOut):
    count: int
    first: list[dict[str, Any]]


class EmergencyOut(WordsOut):
    steps: list[WordsOut]


class LatLonOut(Open):
    lat: float
    lon: float


class NearestAedsOut(Open):
    """`place` is what was asked for, in WGS-84; at `bundle` are the devices around it for a phone to keep.

    Usable devices by expected total time, then closed ones; `note` when there is nothing near or the data are simulated."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"example": map_examples.NEAREST})
    type: Literal["FeatureCollection"]
    emergency: EmergencyOut
    features: list[NearAedOut]
    computed_for: datetime
    place: LatLonOut
    bundle: str
    data_version: str
    valid_from: date
    travel_time_source: str
    counted: WordsOut
    note: WordsOut | None = None
    closed_sooner: ClosedSoonerOut | None = None
