"""Room step: how the room works from now on, as a supervisor orders it."""

from collections.abc import Iterator

from dispatch.domain.commands_room import SetRoomRules
from dispatch.domain.events_room import RoomRulesSet
from dispatch.domain.rejections import CommandRejected, Refusal
from dispatch.domain.rules import Context
from dispatch.domain.world import World


def set_rules(world: World, command: SetRoomRules, _: Context) -> Iterator[RoomRulesSet]:
    """The same rules again change nothing; an order that somebody else has changed meanwhile is not overruled unseen."""
    standing = world.room
    if command.instead_of != (standing.seq if standing else 0):
        raise CommandRejected(Refusal.ROOM_RULES_CHANGED)
    if command.rules != (standing.rules if standing else None):
        yield RoomRulesSet(rules=command.rules, reason=command.reason)
