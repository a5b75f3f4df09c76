"""An event about how the room works; named in `events.Event` like all others."""

from dataclasses import dataclass

from dispatch.domain.room import RoomRules


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomRulesSet:
    """From here on the room works by `rules`; None: as configured."""

    rules: RoomRules | None
    reason: str


RoomEvent = RoomRulesSet
