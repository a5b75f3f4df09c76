"""Events about crews themselves: on duty or not, and in danger; named in `events.Event` like all others."""

from dataclasses import dataclass

from dispatch.domain.ids import UnitId
from dispatch.domain.vocabulary import Duty


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitDutyChanged:
    unit_id: UnitId
    duty: Duty
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CrewDistressRaised:
    """The crew is in danger and asks for help; what the unit does otherwise is not touched by it."""

    unit_id: UnitId


@dataclass(frozen=True, slots=True, kw_only=True)
class CrewDistressEnded:
    """Somebody in the control room has heard that the crew is safe."""

    unit_id: UnitId
    reason: str


CrewEvent = UnitDutyChanged | CrewDistressRaised | CrewDistressEnded
