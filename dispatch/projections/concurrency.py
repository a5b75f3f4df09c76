"""How many units were busy, and with what, at given instants: a fold of assignment events.

One assignment is one response with the half-open interval [dispatched, ended). Within it a unit is en route in
[dispatched, on scene), on scene in [on scene, left scene), transporting in [left scene, at hospital) and at hospital in
[at hospital, ended). A step that was never reported falls through to the end of the response, so its unit stays in the step
before. The four intervals are counted each for itself: where recorded clocks disagree a response may stand in two of them,
or in none, and `busy` is what to trust. A response that has not ended counts for every later instant.

Unlike the world, this fold does not insist that a unit is on one assignment at a time: it counts responses, because
recorded timelines of real services break that rule.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from itertools import accumulate

from dispatch.domain import events as ev
from dispatch.domain.assignment import AssignmentStatus
from dispatch.domain.ids import AssignmentId

# The report that begins a step; the second one stands in where a crew skipped the first.
_ON_SCENE = (AssignmentStatus.ON_SCENE, AssignmentStatus.AT_PATIENT)
_LEFT_SCENE = (AssignmentStatus.LEFT_SCENE,)
_AT_HOSPITAL = (AssignmentStatus.AT_HOSPITAL, AssignmentStatus.HANDED_OVER)
_ENDED = (AssignmentStatus.AVAILABLE, AssignmentStatus.DECLINED, AssignmentStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class Counts:
    """Units in each step at one instant."""

    busy: int
    en_route: int
    on_scene: int
    transporting: int
    at_hospital: int


@dataclass(slots=True)
class _Response:
    committed_at: datetime
    steps: dict[AssignmentStatus, datetime]

    def reached_at(self, statuses: Iterable[AssignmentStatus]) -> datetime | None:
        return next((self.steps[status] for status in statuses if status in self.steps), None)

    def intervals(self) -> tuple[tuple[datetime | None, datetime | None], ...]:
        """Busy, en route, on scene, transporting, at hospital as [from, to); a `to` of None is open, a `from` of None is empty."""
        ended_at = self.reached_at(_ENDED)
        dispatched_at = self.steps.get(AssignmentStatus.OFFERED, ended_at)
        on_scene_at = self.reached_at(_ON_SCENE) or ended_at
        left_scene_at = self.reached_at(_LEFT_SCENE) or ended_at
        at_hospital_at = self.reached_at(_AT_HOSPITAL) or ended_at
        return (
            (self.committed_at, ended_at),
            (dispatched_at, on_scene_at),
            (on_scene_at, left_scene_at),
            (left_scene_at, at_hospital_at),
            (at_hospital_at, ended_at),
        )


class Concurrency:
    """Feed it `Recorded` events in order with `apply`, then ask `at`."""

    def __init__(self) -> None:
        self._responses: dict[AssignmentId, _Response] = {}

    def apply(self, recorded: ev.Recorded) -> None:
        """Take the next event of the stream; those about anything but assignments change nothing."""
        at = recorded.occurred_at
        match recorded.event:
            case ev.UnitAssigned(assignment_id=assignment_id, is_reserved=is_reserved):
                steps = {} if is_reserved else {AssignmentStatus.OFFERED: at}
                self._responses[assignment_id] = _Response(at, steps)
            case ev.AssignmentStatusChanged(assignment_id=assignment_id, status=status):
                self._responses[assignment_id].steps[status] = at
            case ev.AssignmentCancelled(assignment_id=assignment_id):
                self._responses[assignment_id].steps[AssignmentStatus.CANCELLED] = at
            case ev.AssignmentStatusCorrected(assignment_id=assignment_id, status=status, was=was):
                steps = self._responses[assignment_id].steps
                steps.pop(was, None)
                steps.setdefault(status, at)

    def at(self, instants: Sequence[datetime]) -> list[Counts]:
        """Counts at each of `instants` (aware, ascending)."""
        changes = [[0] * (len(instants) + 1) for _ in range(5)]
        for response in self._responses.values():
            for change, (from_at, to_at) in zip(changes, response.intervals(), strict=True):
                if from_at is None or (to_at is not None and to_at <= from_at):
                    continue
                change[bisect_left(instants, from_at)] += 1
                change[-1 if to_at is None else bisect_left(instants, to_at)] -= 1
        running = [list(accumulate(change))[:-1] for change in changes]
        return [Counts(*column) for column in zip(*running, strict=True)]


COUNT_FIELDS = tuple(Counts.__dataclass_fields__)


def as_row(counts: Counts) -> tuple[int, ...]:
    """The counts in the order of `COUNT_FIELDS`."""
    return astuple(counts)
