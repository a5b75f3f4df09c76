"""Units: anything that can be dispatched. Their position is not here: the fixes that a decision used stand in its event."""

from dataclasses import dataclass
from datetime import datetime

from dispatch.domain.ids import AssignmentId, UnitId
from dispatch.domain.post import Relocation
from dispatch.domain.vocabulary import Duty, UnitKind
from routing.geo import Wgs84

NOT_LISTED = "数据中已无此车组 no longer in the city's data"
"""Why a committed unit that a new data set leaves out is off duty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRecord:
    """What the catalogue says of a unit."""

    unit_id: UnitId
    call_sign: str
    kind: UnitKind
    negative_pressure: bool
    home_station_id: str
    home: Wgs84
    record_class: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit now: its record, its duty, the assignment that commits it, and where it waits otherwise (None: at its base).

    `advised` is a move that was proposed and neither made nor overtaken, `advised_at` when one last was; `relocated_at` and
    `n_relocations` tell how much its crew has been moved about. `distress_at` is since when its crew asks for help.
    """

    record: UnitRecord
    duty: Duty = Duty.IN_SERVICE
    duty_reason: str | None = None
    assignment_id: AssignmentId | None = None
    post_id: str | None = None
    advised: Relocation | None = None
    advised_at: datetime | None = None
    relocated_at: datetime | None = None
    n_relocations: int = 0
    distress_at: datetime | None = None
    version: int = 0

    @property
    def unit_id(self) -> UnitId:
        return self.record.unit_id

    @property
    def is_free(self) -> bool:
        """In service and committed to nothing."""
        return self.duty is Duty.IN_SERVICE and self.assignment_id is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """A position report. `fixed_at` is when the receiver measured it, never when it arrived."""

    point: Wgs84
    fixed_at: datetime
    speed_mps: float | None = None
    heading_deg: float | None = None


# Shown as stale beyond the first, not used without a flag beyond the second (contract, detail 18).
FIX_STALE_AFTER_S = 60.0
FIX_UNUSABLE_AFTER_S = 300.0
