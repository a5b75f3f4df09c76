"""How the running shift keeps its times, by district: what the world still holds, measured against the targets.

An interval that is over counts by its length. One that still runs counts only once it has outlasted its target: it is late already,
whatever comes; until then it says nothing. A step that was not reported is unknown and not counted.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from statistics import median
from typing import Final

from dispatch.domain.assignment import Assignment, AssignmentStatus
from dispatch.domain.incident import Incident, IncidentState
from dispatch.domain.world import World
from dispatch.pipeline.policies.costs import TARGET_S


class LiveInterval(StrEnum):
    """Call to the first crew paged; page to departure, of each crew; call to the first crew on scene."""

    COMMIT = "commit"
    TURNOUT = "turnout"
    SCENE = "scene"


COMMIT_WITHIN_S: Final = 60.0
"""Guangzhou's regulation (2023, art. 20) counts from the end of the call; here from its beginning."""
TURNOUT_WITHIN_S: Final = 180.0
"""国卫医发〔2020〕19号."""
COUNTED: Final = frozenset({IncidentState.OPEN, IncidentState.CLOSED})
"""Those that were joined are counted under the other; a cancelled one may have needed nobody."""
NOT_GONE: Final = frozenset({AssignmentStatus.OFFERED, AssignmentStatus.ACKNOWLEDGED})


@dataclass(slots=True)
class Kept:
    """How often one interval kept its target. `lengths_s`: of those that are over; `n_late_running`: late, and not over yet."""

    lengths_s: list[float] = field(default_factory=list)
    n_met: int = 0
    n_late_running: int = 0

    @property
    def n(self) -> int:
        return len(self.lengths_s) + self.n_late_running

    @property
    def median_s(self) -> float | None:
        return median(self.lengths_s) if self.lengths_s else None

    def add(self, length_s: float, within_s: float, *, is_running: bool) -> None:
        if not is_running:
            self.lengths_s.append(length_s)
            self.n_met += length_s <= within_s
        elif length_s > within_s:
            self.n_late_running += 1


District = str | None
Table = dict[District, dict[LiveInterval, Kept]]


def live_intervals(world: World, now: datetime, district_of: Callable[[str], District]) -> Table:
    """Per district (None: outside of all) what the open incidents and those ended last say; `district_of` takes a cell's text."""
    table: defaultdict[District, dict[LiveInterval, Kept]] = defaultdict(
        lambda: {interval: Kept() for interval in LiveInterval}
    )
    for incident in world.incidents.values():
        if incident.state in COUNTED and incident.units_required > 0:
            kept = table[district_of(incident.location.cell)]
            for interval, begun_at, ended_at, within_s in _measured(world, incident):
                is_running = ended_at is None
                length_s = ((ended_at or now) - begun_at).total_seconds()
                kept[interval].add(length_s, within_s, is_running=is_running)
    return dict(table)


Measured = tuple[LiveInterval, datetime, datetime | None, float]


def _measured(world: World, incident: Incident) -> Iterator[Measured]:
    """Each interval with its beginning, its end (None: it runs) and its target; those that nobody can know any more are left out."""
    crews = list(world.assignments_of(incident))
    paged_at = _first(crews, AssignmentStatus.OFFERED)
    if paged_at is not None or incident.is_open:
        yield LiveInterval.COMMIT, incident.received_at, paged_at, COMMIT_WITHIN_S
    arrived_at = _first(crews, AssignmentStatus.ON_SCENE, AssignmentStatus.AT_PATIENT)
    is_awaited = incident.is_open and not any(crew.has_served for crew in crews)
    if arrived_at is not None or is_awaited:
        yield LiveInterval.SCENE, incident.received_at, arrived_at, TARGET_S[incident.priority]
    for crew in crews:
        begun_at, left_at = crew.reached_at(AssignmentStatus.OFFERED), crew.reached_at(AssignmentStatus.EN_ROUTE)
        if begun_at is not None and (left_at is not None or crew.status in NOT_GONE):
            yield LiveInterval.TURNOUT, begun_at, left_at, TURNOUT_WITHIN_S


def _first(crews: Sequence[Assignment], *steps: AssignmentStatus) -> datetime | None:
    """When the first of the crews reached one of the steps."""
    return min((at for crew in crews for step in steps if (at := crew.reached_at(step)) is not None), default=None)
