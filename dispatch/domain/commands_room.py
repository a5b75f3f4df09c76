"""A command about how the room works; named in `commands.Command` like all others."""

from dataclasses import dataclass

from dispatch.domain.room import RoomRules


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRoomRules:
    """Work by `rules` from now on, or by what is configured (None). `instead_of` is the order that one saw in force: the number of its
    event, 0 where there has been none."""

    rules: RoomRules | None
    reason: str
    instead_of: int
