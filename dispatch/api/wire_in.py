"""What requests may say. Unknown fields are refused, positions state their datum, instants their offset."""

from datetime import UTC
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from dispatch.domain.assignment import AssignmentStatus, Disposition
from dispatch.domain.patient import FindingKind, PatientState
from dispatch.domain.vocabulary import Capability, CapabilityState, Complaint, Duty, Priority, Sex
from routing.datum import Datum

# An API instant: RFC 3339 with offset, kept in UTC.
Instant = Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(UTC))]
Text = Annotated[str, Field(min_length=1, max_length=2000)]
ShortText = Annotated[str, Field(min_length=1, max_length=200)]
Identifier = Annotated[str, Field(min_length=1, max_length=80)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False, examples=[22.5431])]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False, examples=[114.0579])]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class LocationIn(Strict):
    """A point and its datum. GCJ-02 and BD-09 are converted on arrival; nothing else ever sees them."""

    lat: Latitude
    lon: Longitude
    datum: Annotated[Datum, BeforeValidator(lambda v: v.lower() if isinstance(v, str) else v)]
    accuracy_m: Annotated[float, Field(ge=0, le=100_000)] | None = None


class FindingIn(Strict):
    """`value` is a number, a word, or for `scale`, `ecg_12_lead` and `vitals` a map of named parts."""

    kind: FindingKind
    value: float | bool | str | dict[str, float | bool | str | None] | None = None
    observed_at: Instant
    observer: ShortText
    patient_id: Identifier | None = None


class CallIn(Strict):
    """A call: where (`location` and/or `address_text`) and what (`complaint`, a suspected condition or an MPDS determinant)."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "location": {"lat": 22.5431, "lon": 114.0579, "datum": "wgs84", "accuracy_m": 20},
                    "complaint": "stroke",
                    "caller_phone": "13800000000",
                    "age_years": 68,
                    "sex": "F",
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
    sex: Sex | None = None
    onset_at: Instant | None = None
    last_known_well_at: Instant | None = None
    floor: Annotated[int, Field(ge=-10, le=200)] | None = None
    n_patients: Annotated[int, Field(ge=1, le=500)] = 1
    findings: list[FindingIn] = []
    incident_id: Identifier | None = None
    priority: Priority | None = None
    preferred_hospital_id: Identifier | None = None
    received_at: Instant | None = None


class TriageIn(Strict):
    complaint: Complaint | None = None
    determinant: ShortText | None = None
    priority: Priority | None = None
    units_required: Annotated[int, Field(ge=0, le=500)] | None = None
    reason: Text


class CorrectedLocationIn(Strict):
    location: LocationIn | None = None
    address_text: ShortText | None = None
    floor: Annotated[int, Field(ge=-10, le=200)] | None = None


class NoteIn(Strict):
    text: Text


class ReasonIn(Strict):
    reason: Text


class JoinIn(Strict):
    into_incident_id: Identifier


class AssignIn(Strict):
    """`divert` takes the unit off its present assignment, `reserve` keeps it for later, `replaces` swaps it for another assignment."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [{"unit_id": "U087", "hospital_id": "H002"}]}
    )
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

    status: AssignmentStatus
    occurred_at: Instant | None = None
    disposition: Disposition | None = None
    corrects: bool = False
    reason: Text | None = None


class DestinationIn(Strict):
    hospital_id: Identifier
    reason: Text


class PatientOutcomeIn(Strict):
    state: PatientState
    reason: Text | None = None


class UnitStatusIn(Strict):
    """Duty: `in_service`, or `out_of_service` with a reason. What a committed unit does stands on its assignment."""

    duty: Duty
    reason: Text | None = None


class PositionIn(Strict):
    unit_id: Identifier
    lat: Latitude
    lon: Longitude
    datum: Annotated[Datum, BeforeValidator(lambda v: v.lower() if isinstance(v, str) else v)]
    fixed_at: Instant
    speed_mps: Annotated[float, Field(ge=0, le=150)] | None = None
    heading_deg: Annotated[float, Field(ge=0, le=360)] | None = None


class HospitalStatusIn(Strict):
    capability: Capability
    state: Literal[CapabilityState.AVAILABLE, CapabilityState.BUSY, CapabilityState.CLOSED]
    source: ShortText
    expires_at: Instant | None = None
    slots_free: Annotated[int, Field(ge=0, le=1000)] | None = None
