"""Events about those who bring defibrillators; named in `events.Event` like all others. For the control room alone: consoles of
others do not get them."""

from dataclasses import dataclass
from datetime import datetime

from dispatch.domain.arrest import ArrestUnitRecord, Bringer, FlightConditions, RunStatus
from dispatch.domain.ids import IncidentId, RunId, UnitId
from dispatch.domain.vocabulary import Duty


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrestUnitRegistered:
    """A volunteer has opted in, or a drone is there."""

    unit_id: UnitId
    record: ArrestUnitRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrestUnitWithdrawn:
    """A volunteer has opted out, or a drone is gone."""

    unit_id: UnitId


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrestUnitDutyChanged:
    unit_id: UnitId
    duty: Duty
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightConditionsReported:
    conditions: FlightConditions


@dataclass(frozen=True, slots=True, kw_only=True)
class AedRunOffered:
    """A unit is paged, or the call taker sends a bystander or calls an owner. `gain_s`: how much later the first shock would be
    expected without it; `expected_s`, from now on, with all that come."""

    run_id: RunId
    incident_id: IncidentId
    bringer: Bringer
    unit_id: UnitId | None
    aed_id: str | None
    arrives_at: datetime
    p: float
    gain_s: float
    expected_s: float
    answer_by: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AedRunStatusChanged:
    run_id: RunId
    incident_id: IncidentId
    unit_id: UnitId | None
    aed_id: str | None
    status: RunStatus
    reason: str | None


ArrestEvent = (
    ArrestUnitRegistered
    | ArrestUnitWithdrawn
    | ArrestUnitDutyChanged
    | FlightConditionsReported
    | AedRunOffered
    | AedRunStatusChanged
)
