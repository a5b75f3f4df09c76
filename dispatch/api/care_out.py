"""What the AED care routes answer."""

from pydantic import ConfigDict

from dispatch.api.map_out import WhyOut
from dispatch.api.wire_out import Open
from dispatch.domain.aed import ReviewOutcome
from maps_data.vocabulary import RecordClass

_AED = "AED-M001-1"


class InspectionOut(Open):
    """`benefit` is `residents` (an estimate) times `gain_s`."""

    aed_id: str
    name_zh: str
    name_en: str | None
    lat: float
    lon: float
    residents: int
    gain_s: float
    benefit: int
    is_withdrawn: bool
    reasons: list[WhyOut]
    record_class: RecordClass


class WorklistOut(Open):
    """`total` counts all devices that something speaks against."""

    items: list[InspectionOut]
    total: int


class ReviewedOut(Open):
    model_config = ConfigDict(extra="allow", json_schema_extra={"example": {"aed_id": _AED, "outcome": "confirmed"}})
    aed_id: str
    outcome: ReviewOutcome


class InspectedOut(Open):
    model_config = ConfigDict(extra="allow", json_schema_extra={"example": {"aed_id": _AED, "works": True}})
    aed_id: str
    works: bool
