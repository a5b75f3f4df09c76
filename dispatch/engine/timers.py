"""Which deadline is next: a heap over the deadlines that the world implies, kept up with every commit."""

import heapq
from collections.abc import Iterable
from datetime import datetime

from dispatch.domain.commands import Deadline
from dispatch.domain.rules import Rules
from dispatch.domain.world import World
from dispatch.pipeline.deadlines import deadlines_of


class Timers:
    """Deadlines of one world, earliest first. Entries that no longer stand are dropped when they surface."""

    def __init__(self, world: World, rules: Rules) -> None:
        self._rules = rules
        self._standing: dict[str, frozenset[Deadline]] = {}
        self._heap: list[Deadline] = []
        self.refresh(
            world,
            [
                *world.open_ids,
                *world.hospitals,
                *world.traffic,
                *world.aed_fetches,
                *world.runs,
                *_active_assignments(world),
            ],
        )

    def refresh(self, world: World, subjects: Iterable[str]) -> None:
        """Read the deadlines of changed entities again."""
        for subject in subjects:
            standing = deadlines_of(world, subject, self._rules)
            known = self._standing.pop(subject, frozenset())
            if standing:
                self._standing[subject] = standing
            for deadline in standing - known:
                heapq.heappush(self._heap, deadline)

    def next_due_at(self) -> datetime | None:
        """When the next deadline falls due; None when there is none."""
        while self._heap and self._heap[0] not in self._standing.get(self._heap[0].subject, frozenset()):
            heapq.heappop(self._heap)
        return self._heap[0].due_at if self._heap else None

    def pop_due(self, now: datetime) -> Deadline | None:
        """Take the earliest deadline that is due by `now`."""
        due_at = self.next_due_at()
        if due_at is None or due_at > now:
            return None
        deadline = heapq.heappop(self._heap)
        self._standing[deadline.subject] -= {deadline}
        return deadline


def _active_assignments(world: World) -> list[str]:
    return [unit.assignment_id for unit in world.units.values() if unit.assignment_id is not None]
