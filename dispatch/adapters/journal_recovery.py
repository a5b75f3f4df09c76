"""From the journal back to the world: the newest readable snapshot and the fold of everything behind it."""

from dispatch.domain.evolve import evolve
from dispatch.domain.world import World
from dispatch.engine.ports import Journal


def load_world(journal: Journal) -> tuple[World, int]:
    """The world at the journal's head, and how many events were folded to get there."""
    snapshot = journal.latest_snapshot()
    world = snapshot.world if snapshot else World()
    start = world.seq
    for recorded in journal.read(after=start):
        world = evolve(world, recorded)
    return world, world.seq - start
