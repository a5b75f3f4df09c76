"""The patient's clock on the wire: what may be said of it, and how it is answered."""

from datetime import datetime
from typing import Any

from pydantic import ConfigDict
from pydantic.config import JsonDict

from dispatch.api.wire_in import Identifier, Instant, Strict, Text
from dispatch.api.wire_out import Open
from dispatch.domain.care import Certainty, Milestone, Stamp, StampSource
from dispatch.domain.vocabulary import Pathway
from dispatch.projections.care_clock import CareClock, IntervalState, Measured, Verdict
from dispatch.projections.care_contradictions import Contradiction
from dispatch.projections.care_targets import Edition

_STAMP: JsonDict = {
    "milestone": "needle",
    "source": "hospital",
    "at": "2026-11-22T08:52:00+08:00",
    "certainty": "exact",
    "hospital_id": "H002",
    "reason": None,
}


class CareTimeIn(Strict):
    """One source's time of a milestone. Without `at` it will not be done, and `reason` says why.

    Without `hospital_id` it is the hospital that the patient is bound for or in, where the milestone or its source asks for one.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {"milestone": "needle", "source": "hospital", "at": "2026-11-22T08:52:00+08:00"},
                {"milestone": "needle", "source": "hospital", "reason": "口服抗凝药,不溶栓"},
            ]
        },
    )
    milestone: Milestone
    source: StampSource
    at: Instant | None = None
    certainty: Certainty = Certainty.EXACT
    hospital_id: Identifier | None = None
    reason: Text | None = None


class CareCorrectionIn(CareTimeIn):
    """What the source says now instead of before; `withdraws`: it never said so, or should not have."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "milestone": "needle",
                    "source": "hospital",
                    "at": "2026-11-22T08:47:00+08:00",
                    "reason": "护理记录为 08:47",
                }
            ]
        },
    )
    withdraws: bool = False


class StampOut(Open):
    model_config = ConfigDict(extra="allow", json_schema_extra={"example": _STAMP})
    milestone: Milestone
    source: StampSource
    at: datetime | None
    certainty: Certainty
    hospital_id: str | None
    reason: str | None


class EditionOut(Open):
    """`is_read` False: the figure is from a summary of the document, not from its own text."""

    code: str
    text: str
    text_en: str
    reference: str
    is_read: bool


class TargetOut(Open):
    within_s: float
    share: float | None
    edition: EditionOut
    due_at: datetime | None
    is_met: bool | None


class IntervalOut(Open):
    code: str
    text: str
    text_en: str
    state: IntervalState
    hospital_id: str | None
    started_at: datetime | None
    ended_at: datetime | None
    length_s: float | None
    is_disputed: bool
    lacks: list[Milestone]
    targets: list[TargetOut]


class ContradictionOut(Open):
    """`sources`: two sources of one milestone differ; `order`: the first stamp should not be later than the second."""

    kind: str
    by_s: float
    stamps: list[StampOut]


class CareClockOut(Open):
    """`stamps` are all that were given, `counted` those that the intervals are measured with."""

    incident_id: str
    patient_id: str
    pathway: Pathway
    at: datetime
    is_transferred: bool
    stamps: list[StampOut]
    counted: list[StampOut]
    intervals: list[IntervalOut]
    missing: list[Milestone]
    contradictions: list[ContradictionOut]
    corrections: int


def clock_wire(clock: CareClock) -> dict[str, Any]:
    """The clock itself; whose it is stands beside it."""
    return {
        "is_transferred": clock.is_transferred,
        "stamps": [stamp_wire(stamp) for stamp in clock.stamps],
        "counted": [stamp_wire(stamp) for stamp in clock.counted],
        "intervals": [_interval(measured) for measured in clock.intervals],
        "missing": list(clock.missing),
        "contradictions": [_contradiction(found) for found in clock.contradictions],
    }


def stamp_wire(stamp: Stamp) -> dict[str, Any]:
    return {
        "milestone": stamp.milestone,
        "source": stamp.source,
        "at": stamp.at,
        "certainty": stamp.certainty,
        "hospital_id": stamp.hospital_id,
        "reason": stamp.reason,
    }


def edition_wire(edition: Edition) -> dict[str, Any]:
    return {
        "code": edition.code,
        "text": edition.text_zh,
        "text_en": edition.text_en,
        "reference": edition.reference,
        "is_read": edition.is_read,
    }


def _interval(measured: Measured) -> dict[str, Any]:
    return {
        "code": measured.interval.code,
        "text": measured.interval.text_zh,
        "text_en": measured.interval.text_en,
        "state": measured.state,
        "hospital_id": measured.hospital_id,
        "started_at": measured.started_at,
        "ended_at": measured.ended_at,
        "length_s": measured.length_s,
        "is_disputed": measured.is_disputed,
        "lacks": list(measured.lacks),
        "targets": [_verdict(verdict) for verdict in measured.verdicts],
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    target = verdict.target
    return {
        "within_s": target.within_s,
        "share": target.share,
        "edition": edition_wire(target.edition),
        "due_at": verdict.due_at,
        "is_met": verdict.is_met,
    }


def _contradiction(found: Contradiction) -> dict[str, Any]:
    return {"kind": found.kind, "by_s": found.by_s, "stamps": [stamp_wire(stamp) for stamp in found.stamps]}
