"""Cardiac arrest: who can bring a defibrillator before the ambulance, and their runs.

Volunteer responders and drones are units of their own kind: registered, on or off duty, paged, committed to one run at a time. Nothing
that says who a volunteer is or where is here: no name, no number, no place. Where one is, as a coarse cell, is held in memory alone.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from dispatch.domain.ids import IncidentId, RunId, UnitId
from dispatch.domain.vocabulary import Duty
from routing.geo import Wgs84

CELL_RESOLUTION: Final = 9
"""H3 resolution of volunteers' places: cells of 0.1 km2 (h3geo.org), some 200 m to an edge. Finer ones are refused. Choice of ours."""

CELL_FRESH_FOR_S: Final = 900.0
"""A volunteer who has not said for so long where he is is not asked. Choice of ours."""


OVERDUE_S: Final = 120.0
"""Who is so much later than was expected may not come at all; others are considered again. Choice of ours."""


class Bringer(StrEnum):
    """Who brings a defibrillator."""

    RESPONDER = "responder"
    DRONE = "drone"
    BYSTANDER = "bystander"
    """Somebody beside the patient runs for it; sent by the call taker."""
    OWNER = "owner"
    """Whoever keeps the device is telephoned and brings it; by the call taker."""


class RunStatus(StrEnum):
    """Steps of a run, and how it ends."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    EN_ROUTE = "en_route"
    HAS_DEVICE = "has_device"
    AT_PATIENT = "at_patient"
    DONE = "done"
    DECLINED = "declined"
    """Said no, or gave up on the way."""
    EXPIRED = "expired"
    """Did not answer the page in time."""
    STOOD_DOWN = "stood_down"
    """No longer needed."""


RUN_ENDED: Final = frozenset({RunStatus.DONE, RunStatus.DECLINED, RunStatus.EXPIRED, RunStatus.STOOD_DOWN})
_STEPS: Final = (
    RunStatus.OFFERED,
    RunStatus.ACCEPTED,
    RunStatus.EN_ROUTE,
    RunStatus.HAS_DEVICE,
    RunStatus.AT_PATIENT,
    RunStatus.DONE,
)
_CALLED_OFF: Final = RUN_ENDED - {RunStatus.DONE}


def may_step_run(was: RunStatus, to: RunStatus) -> bool:
    """Forward only, steps may be skipped; done is who has been accepted, and a page expires only unanswered."""
    if was in RUN_ENDED:
        return False
    if to is RunStatus.EXPIRED:
        return was is RunStatus.OFFERED
    if to in _CALLED_OFF:
        return True
    if to is RunStatus.DONE and was is RunStatus.OFFERED:
        return False
    return _STEPS.index(to) > _STEPS.index(was)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drone:
    """What a drone can do, as its maker and its permit say: `range_m` is out and back together with its load."""

    name: str
    base: Wgs84
    cruise_mps: float
    range_m: float
    payload_kg: float
    wind_limit_mps: float
    flies_in_rain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrestUnitRecord:
    """A volunteer (`drone` None), who may have a defibrillator of his own, or a drone with one."""

    unit_id: UnitId
    has_aed: bool
    drone: Drone | None
    record_class: str

    @property
    def bringer(self) -> Bringer:
        return Bringer.RESPONDER if self.drone is None else Bringer.DRONE


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrestUnit:
    """A responder or drone now: its record, its duty, the run that commits it, and how often it was paged and said yes."""

    record: ArrestUnitRecord
    duty: Duty = Duty.IN_SERVICE
    duty_reason: str | None = None
    run_id: RunId | None = None
    n_answered: int = 0
    n_accepted: int = 0

    @property
    def unit_id(self) -> UnitId:
        return self.record.unit_id


@dataclass(frozen=True, slots=True, kw_only=True)
class AedRun:
    """Somebody brings a defibrillator to a patient. `unit_id` is None for who is no unit, `aed_id` for a device of one's own.

    `arrives_at` and `p` (that a device comes at all) are what was expected when it was decided; `answer_by` is when the page expires.
    """

    run_id: RunId
    incident_id: IncidentId
    bringer: Bringer
    unit_id: UnitId | None
    aed_id: str | None
    status: RunStatus
    timestamps: tuple[tuple[RunStatus, datetime], ...]
    arrives_at: datetime
    p: float
    gain_s: float
    answer_by: datetime | None

    @property
    def is_active(self) -> bool:
        return self.status not in RUN_ENDED

    @property
    def has_arrived(self) -> bool:
        """Whether its device has been with the patient."""
        return any(status is RunStatus.AT_PATIENT for status, _ in self.timestamps)

    @property
    def overdue_at(self) -> datetime | None:
        """From when on it is not relied upon any more; None for one that is there, over, or not yet answered."""
        if not self.is_under_way or self.status is RunStatus.AT_PATIENT:
            return None
        return self.arrives_at + timedelta(seconds=OVERDUE_S)

    @property
    def is_under_way(self) -> bool:
        """Whether somebody has said yes and is not done."""
        return self.is_active and self.status is not RunStatus.OFFERED


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightConditions:
    """What drones have to know now: wind, rain, and areas (rings of corners) that are closed to them. Unknown after `expires_at`."""

    wind_mps: float
    is_raining: bool
    no_fly: tuple[tuple[Wgs84, ...], ...]
    source: str
    reported_at: datetime
    expires_at: datetime
