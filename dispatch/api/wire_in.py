"""What requests may say. Unknown fields are refused, positions state their datum, instants their offset."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from dispatch.domain.assignment import AssignmentStatus, Disposition
from dispatch.domain.patient import FindingKind, PatientState
from dispatch.domain.scales import fault_of
from dispatch.domain.vocabulary import Capability, CapabilityState, Complaint, Duty, Priority, Sex, TriageTag
from routing.datum import Datum

HIGHEST_SCORE = 15  # of the scales named here the Glasgow Coma Scale counts highest, from 3 to 15 (Teasdale 1974)
RFC_3339_LENGTH = len("2026-11-22T08:00Z")  # the shortest that names a minute and an offset


def _written_out(value: Any) -> Any:
    """Instants are written, never counted: seconds since some epoch are refused."""
    if isinstance(value, datetime) or (isinstance(value, str) and len(value) >= RFC_3339_LENGTH and "-" in value[:5]):
        return value
    raise PydanticCustomError("rfc3339", "must be an instant in RFC 3339 with its offset")


def _in_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError("out_of_range", "must lie within the years 1 to 9999 in UTC") from None


# An API instant: RFC 3339 with offset, kept in UTC.
Instant = Annotated[AwareDatetime, BeforeValidator(_written_out), AfterValidator(_in_utc)]
Text = Annotated[str, Field(min_length=1, max_length=2000)]
ShortText = Annotated[str, Field(min_length=1, max_length=200)]
Identifier = Annotated[str, Field(min_length=1, max_length=80)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False, examples=[22.5431])]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False, examples=[114.0579])]
AnyCaseDatum = Annotated[Datum, BeforeValidator(lambda v: v.lower() if isinstance(v, str) else v)]
AnyCaseSex = Annotated[
    Sex,
    BeforeValidator(lambda v: v.upper() if isinstance(v, str) else v),
    WithJsonSchema({"type": "string", "enum": [sex.lower() for sex in Sex]}),
]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class LocationIn(Strict):
    """A point and its datum. GCJ-02 and BD-09 are converted on arrival; nothing else ever sees them."""

    lat: Latitude
    lon: Longitude
    datum: AnyCaseDatum
    accuracy_m: Annotated[float, Field(ge=0, le=100_000)] | None = None


# --- findings ---------------------------------------------------------------------------------------------------------


class _FindingIn(Strict):
    observed_at: Instant
    observer: ShortText
    patient_id: Identifier | None = None


class ScaleValueIn(Strict):
    """`items` are the scale's parts by name, where they were taken down."""

    name: Literal["cpss", "lams", "race", "fast_ed", "be_fast", "gcs"]
    score: Annotated[float, Field(ge=0, le=HIGHEST_SCORE)]
    items: dict[ShortText, Annotated[float, Field(ge=0, le=HIGHEST_SCORE)]] | None = None

    @field_validator("score")
    @classmethod
    def _is_a_score(cls, score: float, info: ValidationInfo) -> float:
        return _of_scale(info, score, None, score)

    @field_validator("items")
    @classmethod
    def _are_items(cls, items: dict[str, float] | None, info: ValidationInfo) -> dict[str, float] | None:
        return _of_scale(info, info.data.get("score"), items, items)


V = TypeVar("V")


def _of_scale(info: ValidationInfo, score: float | None, items: dict[str, float] | None, value: V) -> V:
    """`value`, when score and items are possible on the named scale."""
    name = info.data.get("name")
    fault = None if name is None or score is None else fault_of(name, score, items)
    if fault is not None:
        raise PydanticCustomError("impossible_score", "{fault}", {"fault": fault})
    return value


class MomentValueIn(Strict):
    """`exact`: seen or clocked; `estimated`: by about half an hour; `unknown`: asked, and nobody can say."""

    at: Instant | None
    certainty: Literal["exact", "estimated", "unknown"]

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if (self.at is None) != (self.certainty == "unknown"):
            raise PydanticCustomError("inconsistent", "an instant is given unless it is unknown")
        return self


class EcgValueIn(Strict):
    """`stemi` is what a reader made of it, null as long as nobody has."""

    stemi: bool | None
    transmitted_at: Instant | None = None


class ScaleFindingIn(_FindingIn):
    kind: Literal[FindingKind.SCALE]
    value: ScaleValueIn


class EcgFindingIn(_FindingIn):
    kind: Literal[FindingKind.ECG_12_LEAD]
    value: EcgValueIn


class VitalsFindingIn(_FindingIn):
    """Named measurements such as `heart_rate_bpm`, `systolic_mmhg`, `spo2_percent`."""

    kind: Literal[FindingKind.VITALS]
    value: Annotated[dict[ShortText, float | ShortText], Field(min_length=1)]


class GlucoseFindingIn(_FindingIn):
    kind: Literal[FindingKind.GLUCOSE_MMOL_L]
    value: Annotated[float, Field(ge=0, le=100)]


class TagFindingIn(_FindingIn):
    kind: Literal[FindingKind.TRIAGE_TAG]
    value: TriageTag


class InjuryFindingIn(_FindingIn):
    """In words, or by named parts such as `site` and `mechanism`."""

    kind: Literal[FindingKind.INJURY]
    value: Text | Annotated[dict[ShortText, float | bool | ShortText], Field(min_length=1)]


class PregnancyFindingIn(_FindingIn):
    kind: Literal[FindingKind.PREGNANCY_WEEKS]
    value: Annotated[float, Field(ge=0, le=45)]


class MomentFindingIn(_FindingIn):
    """Onset, or when the patient was last known well: they never stand for each other."""

    kind: Literal[FindingKind.ONSET, FindingKind.LAST_KNOWN_WELL]
    value: MomentValueIn


FindingIn = Annotated[
    ScaleFindingIn
    | EcgFindingIn
    | VitalsFindingIn
    | GlucoseFindingIn
    | TagFindingIn
    | InjuryFindingIn
    | PregnancyFindingIn
    | MomentFindingIn,
    Field(discriminator="kind"),
]
_OBSERVED = {"observed_at": "2026-11-22T08:12:00+08:00", "observer": "U087"}
FINDINGS_EXAMPLE = [
    {"kind": "scale", "value": {"name": "cpss", "score": 2, "items": {"face": 1, "arm": 1, "speech": 0}}, **_OBSERVED},
    {"kind": "ecg_12_lead", "value": {"stemi": True, "transmitted_at": "2026-11-22T08:13:00+08:00"}, **_OBSERVED},
    {"kind": "vitals", "value": {"heart_rate_bpm": 96, "systolic_mmhg": 178, "spo2_percent": 97}, **_OBSERVED},
    {"kind": "glucose_mmol_l", "value": 6.2, **_OBSERVED},
    {"kind": "onset", "value": {"at": "2026-11-22T07:35:00+08:00", "certainty": "estimated"}, **_OBSERVED},
]


# --- calls and incidents ----------------------------------------------------------------------------------------------


def example(value: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [value]})


class CallIn(Strict):
    """A call: where (`location` and/or `address_text`) and what (`complaint`, a suspected condition or an MPDS determinant).

    With `incident_id` it joins that incident: no place is needed then, findings are recorded there, and patients beyond those known
    are added.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "location": {"lat": 22.5431, "lon": 114.0579, "datum": "wgs84", "accuracy_m": 20},
                    "complaint": "stroke",
                    "caller_phone": "13800000000",
                    "age_years": 68,
                    "sex": "f",
                    "last_known_well_at": "2026-11-22T08:00:00+08:00",
                },
                {"address_text": "福田区莲花街道", "complaint": "28C1"},
            ]
        },
    )
    complaint: ShortText
    location: LocationIn | None = None
    address_text: ShortText | None = None
    answers: dict[ShortText, ShortText] | None = None
    caller_phone: Annotated[str, Field(pattern=r"^\+?[0-9 -]{3,20}$")] | None = None
    age_years: Annotated[int, Field(ge=0, le=130)] | None = None
    sex: AnyCaseSex | None = None
    onset_at: Instant | None = None
    last_known_well_at: Instant | None = None
    floor: Annotated[int, Field(ge=-10, le=200)] | None = None
    n_patients: Annotated[int, Field(ge=1, le=500)] = 1
    findings: list[FindingIn] = []
    incident_id: Identifier | None = None
    priority: Priority | None = None
    preferred_hospital_id: Identifier | None = None
    transfer_id: Identifier | None = None
    received_at: Instant | None = None


class TriageIn(Strict):
    """What is left out stays; a determinant without a complaint brings its own."""

    model_config = example({"determinant": "28C1", "priority": "red", "reason": "家属补充:突发口角歪斜"})
    complaint: Complaint | None = None
    determinant: ShortText | None = None
    priority: Priority | None = None
    units_required: Annotated[int, Field(ge=0, le=500)] | None = None
    reason: Text
    expected_version: int | None = None


class CorrectedLocationIn(Strict):
    model_config = example(
        {"location": {"lat": 22.5402, "lon": 114.0631, "datum": "gcj02", "accuracy_m": 15}, "floor": 12}
    )
    location: LocationIn | None = None
    address_text: ShortText | None = None
    floor: Annotated[int, Field(ge=-10, le=200)] | None = None
    expected_version: int | None = None


class NoteIn(Strict):
    model_config = example({"text": "东门有人接引"})
    text: Text


class ReasonIn(Strict):
    model_config = example({"reason": "报警人来电取消"})
    reason: Text


class EndIn(ReasonIn):
    """Why an incident ends; with the version that the caller saw, a change made meanwhile is not passed over."""

    expected_version: int | None = None


class JoinIn(Strict):
    model_config = example({"into_incident_id": "inc-live-01M808TX00YTTPDQ6SWRF8S1DE"})
    into_incident_id: Identifier


class AssignIn(Strict):
    """`divert` takes the unit off its present assignment, `reserve` keeps it for later, `replaces` swaps it for another assignment."""

    model_config = example({"unit_id": "U087", "hospital_id": "H002"})
    unit_id: Identifier
    hospital_id: Identifier | None = None
    patient_ids: list[Identifier] = []
    override_reason: Text | None = None
    expected_version: int | None = None
    divert: bool = False
    reserve: bool = False
    replaces: Identifier | None = None


class AssignmentStatusIn(Strict):
    """A step forward, or with `corrects` and a `reason` the taking back of a wrong press."""

    model_config = example({"status": "on_scene", "occurred_at": "2026-11-22T08:10:00+08:00"})
    status: AssignmentStatus
    occurred_at: Instant | None = None
    disposition: Disposition | None = None
    corrects: bool = False
    reason: Text | None = None


class DestinationIn(Strict):
    model_config = example({"hospital_id": "H011", "reason": "家属要求"})
    hospital_id: Identifier
    reason: Text


class PatientsIn(Strict):
    """All patients that the crew is to take; who is not named is nobody's again."""

    model_config = example({"patient_ids": ["pat-live-01M808TX00YTTPDQ6SWRF8S1DE"]})
    patient_ids: Annotated[list[Identifier], Field(max_length=20)]


class PatientOutcomeIn(Strict):
    model_config = example({"state": "refused", "reason": "患者签字拒绝送院"})
    state: PatientState
    reason: Text | None = None


class UnitStatusIn(Strict):
    """Duty: `in_service`, or `out_of_service` with a reason. What a committed unit does stands on its assignment."""

    model_config = example({"duty": "out_of_service", "reason": "车辆保养"})
    duty: Duty
    reason: Text | None = None


class RelocationIn(Strict):
    """The post where the unit is to wait."""

    model_config = example({"post_id": "S001", "reason": "按建议移驻"})
    post_id: Text
    reason: Text | None = None


class PositionIn(Strict):
    """A fix; `fixed_at` is when the receiver measured it, not when it was sent."""

    model_config = example(
        {
            "unit_id": "U087",
            "lat": 22.5431,
            "lon": 114.0579,
            "datum": "wgs84",
            "fixed_at": "2026-11-22T08:05:30+08:00",
            "speed_mps": 11.5,
            "heading_deg": 270,
        }
    )
    unit_id: Identifier
    lat: Latitude
    lon: Longitude
    datum: AnyCaseDatum
    fixed_at: Instant
    speed_mps: Annotated[float, Field(ge=0, le=150)] | None = None
    heading_deg: Annotated[float, Field(ge=0, le=360)] | None = None


class HospitalStatusIn(Strict):
    """What a hospital can do now; without `expires_at` it holds for the time of the settings (4 h)."""

    model_config = example({"capability": "cath_lab", "state": "busy", "source": "导管室护士站", "slots_free": 0})
    capability: Capability
    state: Literal[CapabilityState.AVAILABLE, CapabilityState.BUSY, CapabilityState.CLOSED]
    source: ShortText
    expires_at: Instant | None = None
    slots_free: Annotated[int, Field(ge=0, le=1000)] | None = None


class CasualtyCapacityIn(Strict):
    """How many patients by tag a hospital takes from mass casualties from now on, and how fast."""

    model_config = example({"red": 4, "yellow": 8, "green": 16, "interval_s": 240, "source": "急诊科主任"})
    red: Annotated[int, Field(ge=0, le=500)]
    yellow: Annotated[int, Field(ge=0, le=500)]
    green: Annotated[int, Field(ge=0, le=500)]
    interval_s: Annotated[int, Field(ge=30, le=7200)] = 300
    source: ShortText
    expires_at: Instant | None = None
