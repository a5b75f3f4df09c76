"""One patient's clock: for each milestone whose stamp counts, the intervals with their targets, and what does not fit together.

Nothing is filled in and nothing is dropped. Where sources differ, the one nearest to the event counts (`_authority`), the others stay
in sight, and the interval is marked as disputed; an interval that would run backwards is contradictory and has no length.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from dispatch.domain.care import Milestone, Stamp, StampSource
from dispatch.domain.ids import HospitalId
from dispatch.domain.vocabulary import Pathway
from dispatch.projections.care_contradictions import (
    HISTORY,
    Contradiction,
    all_of,
    disorders_of,
    disputes_of,
    instant_of,
    missing_of,
)
from dispatch.projections.care_targets import Interval, Target, intervals_of

# A clock whose end is still to come stops counting as running after a day: the record is then incomplete.
RUNNING_FOR: Final = timedelta(hours=24)

_BEFORE_DOOR: Final = (
    StampSource.CREW,
    StampSource.CONTROL_ROOM,
    StampSource.DEVICE,
    StampSource.HOSPITAL,
    StampSource.CALLER,
)
_IN_HOUSE: Final = (
    StampSource.HOSPITAL,
    StampSource.DEVICE,
    StampSource.CREW,
    StampSource.CONTROL_ROOM,
    StampSource.CALLER,
)
_ONSET: Final = (
    StampSource.HOSPITAL,
    StampSource.CREW,
    StampSource.CONTROL_ROOM,
    StampSource.CALLER,
    StampSource.DEVICE,
)
_ROOM: Final = frozenset({Milestone.CALL, Milestone.DISPATCH, Milestone.FIRST_CONTACT, Milestone.ECG, Milestone.ALERT})


class IntervalState(StrEnum):
    """`not_applicable`: the way of this patient has no such interval."""

    MEASURED = "measured"
    RUNNING = "running"
    MISSING = "missing"
    NOT_DONE = "not_done"
    CONTRADICTORY = "contradictory"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A target beside an interval: `due_at` while it runs; `is_met` None until it is known."""

    target: Target
    due_at: datetime | None
    is_met: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """An interval of one patient. `lacks` names the ends without a stamp."""

    interval: Interval
    state: IntervalState
    hospital_id: HospitalId | None
    started_at: datetime | None
    ended_at: datetime | None
    length_s: float | None
    is_disputed: bool
    lacks: tuple[Milestone, ...]
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CareClock:
    stamps: tuple[Stamp, ...]
    counted: tuple[Stamp, ...]
    intervals: tuple[Measured, ...]
    missing: tuple[Milestone, ...]
    contradictions: tuple[Contradiction, ...]
    is_transferred: bool


def care_clock(stamps: Sequence[Stamp], pathway: Pathway, now: datetime) -> CareClock:
    """The clock that these stamps make at `now`."""
    counted = _counted(stamps)
    disputes = tuple(disputes_of(stamps))
    doors = all_of(counted, Milestone.DOOR)
    is_transferred = len(doors) > 1 or any(all_of(counted, Milestone.DOOR_OUT))
    measured = tuple(
        _measured(interval, stamps, counted, disputes, now, is_transferred=is_transferred)
        for interval in intervals_of(pathway)
    )
    return CareClock(
        stamps=tuple(stamps),
        counted=counted,
        intervals=measured,
        missing=missing_of(stamps, pathway),
        contradictions=(*disputes, *disorders_of(counted)),
        is_transferred=is_transferred,
    )


def _authority(milestone: Milestone) -> tuple[StampSource, ...]:
    if milestone in HISTORY:
        return _ONSET
    return _BEFORE_DOOR if milestone in _ROOM else _IN_HOUSE


def _counted(stamps: Iterable[Stamp]) -> tuple[Stamp, ...]:
    """One stamp with an instant for each milestone and hospital: that of the source with most authority; by time."""
    best: dict[tuple[Milestone, HospitalId | None], Stamp] = {}
    for stamp in stamps:
        place = stamp.milestone, stamp.hospital_id
        rank = _authority(stamp.milestone).index
        if stamp.at is not None and (place not in best or rank(stamp.source) < rank(best[place].source)):
            best[place] = stamp
    return tuple(sorted(best.values(), key=instant_of))


def _ends(
    interval: Interval, counted: Sequence[Stamp], *, is_transferred: bool
) -> tuple[Stamp | None, Stamp | None] | None:
    """The stamps at both ends; None when this patient's way has no such interval."""
    ends = all_of(counted, interval.end)
    if not interval.is_in_house:
        starts = all_of(counted, interval.start)
        return (starts[0] if starts else None, ends[0] if ends else None)
    if ends:
        if ends[0].hospital_id is None:  # on the way, in a mobile unit
            return None
        starts = all_of(counted, interval.start, ends[0].hospital_id)
        return (starts[0] if starts else None, ends[0])
    doors = all_of(counted, interval.start)
    if interval.end is Milestone.DOOR_OUT:
        return (doors[0], None) if is_transferred and doors else None
    return (doors[-1] if doors else None, None)


def _measured(
    interval: Interval,
    stamps: Sequence[Stamp],
    counted: Sequence[Stamp],
    disputes: Sequence[Contradiction],
    now: datetime,
    *,
    is_transferred: bool,
) -> Measured:
    found = _ends(interval, counted, is_transferred=is_transferred)
    start, end = found or (None, None)
    state = IntervalState.NOT_APPLICABLE if found is None else _state(interval, stamps, start, end, now)
    started_at = None if start is None else start.at
    ended_at = None if end is None else end.at
    length_s = None
    if state is IntervalState.MEASURED and started_at is not None and ended_at is not None:
        length_s = (ended_at - started_at).total_seconds()
    disputed = {stamp for contradiction in disputes for stamp in contradiction.stamps}
    place = end or start
    lacks = () if found is None else ((interval.start, start), (interval.end, end))
    return Measured(
        interval=interval,
        state=state,
        hospital_id=place.hospital_id if place else None,
        started_at=started_at,
        ended_at=ended_at,
        length_s=length_s,
        is_disputed=bool({start, end} & disputed),
        lacks=tuple(milestone for milestone, stamp in lacks if stamp is None),
        verdicts=tuple(
            Verdict(
                target=target,
                due_at=None if started_at is None else started_at + timedelta(seconds=target.within_s),
                is_met=_is_met(target, state, started_at, length_s, now),
            )
            for target in interval.targets
            if target.is_transferred in {None, is_transferred}
        ),
    )


def _state(
    interval: Interval, stamps: Sequence[Stamp], start: Stamp | None, end: Stamp | None, now: datetime
) -> IntervalState:
    if end is None and any(s.at is None for s in stamps if s.milestone is interval.end):
        return IntervalState.NOT_DONE
    if start is None or start.at is None:
        return IntervalState.MISSING
    if end is None or end.at is None:
        return IntervalState.RUNNING if now - start.at < RUNNING_FOR else IntervalState.MISSING
    return IntervalState.MEASURED if end.at >= start.at else IntervalState.CONTRADICTORY


def _is_met(
    target: Target, state: IntervalState, started_at: datetime | None, length_s: float | None, now: datetime
) -> bool | None:
    """A clock that runs beyond its target has missed it already."""
    if length_s is not None:
        return length_s <= target.within_s
    if (
        state is IntervalState.RUNNING
        and started_at is not None
        and (now - started_at).total_seconds() > target.within_s
    ):
        return False
    return None
