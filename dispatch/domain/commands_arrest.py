"""Commands about those who bring defibrillators to a cardiac arrest."""

from dataclasses import dataclass
from datetime import datetime

from dispatch.domain.arrest import Bringer, Drone, RunStatus
from dispatch.domain.ids import IncidentId, RunId, UnitId
from dispatch.domain.vocabulary import Duty
from routing.geo import Wgs84


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterArrestUnit:
    """A volunteer opts in (`drone` None), or a drone is put at disposal. `record_class` says whether it is real."""

    has_aed: bool
    drone: Drone | None
    record_class: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawArrestUnit:
    """A volunteer opts out, at any time; what he is doing ends with it."""

    unit_id: UnitId


@dataclass(frozen=True, slots=True, kw_only=True)
class SetArrestUnitDuty:
    """On or off duty; a grounded drone is off duty, with the reason."""

    unit_id: UnitId
    duty: Duty
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFlightConditions:
    """Takes the place of what was reported before."""

    wind_mps: float
    is_raining: bool
    no_fly: tuple[tuple[Wgs84, ...], ...]
    source: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SendForAed:
    """The call taker sends a bystander to a device, or has called its owner, who brings it. The caller has checked the device."""

    incident_id: IncidentId
    bringer: Bringer
    aed_id: str
    arrives_at: datetime
    p: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRunStatus:
    """The next step of a run, its answer to the page, or its end."""

    run_id: RunId
    status: RunStatus
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageForArrests:
    """Look again at who should be paged for the arrests that are open: places have changed."""


ArrestCommand = (
    RegisterArrestUnit
    | WithdrawArrestUnit
    | SetArrestUnitDuty
    | ReportFlightConditions
    | SendForAed
    | SetRunStatus
    | PageForArrests
)
