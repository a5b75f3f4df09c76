"""What does not fit together in a patient's stamps, and what is not there although something later is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dispatch.domain.care import Milestone, Stamp
from dispatch.domain.ids import HospitalId
from dispatch.domain.vocabulary import Pathway

# Two sources' clocks this far apart mean the same; the same moment of onset is told less exactly. Choices of ours.
TOLERANCE_S: Final = 120.0
ONSET_TOLERANCE_S: Final = 900.0

HISTORY: Final = frozenset({Milestone.ONSET, Milestone.LAST_KNOWN_WELL})
# (earlier, later): what cannot be the other way round; those within a hospital are compared hospital by hospital.
_ORDER: Final = (
    (Milestone.LAST_KNOWN_WELL, Milestone.ONSET),
    (Milestone.ONSET, Milestone.CALL),
    (Milestone.ONSET, Milestone.DOOR),
    (Milestone.CALL, Milestone.DISPATCH),
    (Milestone.DISPATCH, Milestone.FIRST_CONTACT),
    (Milestone.FIRST_CONTACT, Milestone.DOOR),
    (Milestone.DOOR, Milestone.CT),
    (Milestone.DOOR, Milestone.NEEDLE),
    (Milestone.DOOR, Milestone.GROIN),
    (Milestone.DOOR, Milestone.BALLOON),
    (Milestone.DOOR, Milestone.DOOR_OUT),
    (Milestone.CT, Milestone.NEEDLE),
    (Milestone.GROIN, Milestone.REPERFUSION),
    (Milestone.BALLOON, Milestone.REPERFUSION),
)
_WITHIN_HOSPITAL: Final = frozenset(
    {Milestone.CT, Milestone.NEEDLE, Milestone.GROIN, Milestone.BALLOON, Milestone.DOOR_OUT}
)
_ALWAYS: Final = (Milestone.CALL, Milestone.DISPATCH, Milestone.FIRST_CONTACT)
# What a pathway expects, in order: a milestone without a stamp is missing as soon as a later one has one.
_EXPECTED: Final = {
    Pathway.STROKE: (
        *(Milestone.LAST_KNOWN_WELL, *_ALWAYS, Milestone.ALERT, Milestone.DOOR, Milestone.CT),
        *(Milestone.NEEDLE, Milestone.GROIN, Milestone.REPERFUSION),
    ),
    Pathway.STEMI: (
        *(Milestone.ONSET, *_ALWAYS, Milestone.ECG, Milestone.ALERT, Milestone.DOOR),
        *(Milestone.BALLOON, Milestone.REPERFUSION),
    ),
}
# Needle and groin are treatments of their own: that a later one happened does not mean the other was left out of the record.
_OPTIONAL: Final = frozenset({Milestone.NEEDLE, Milestone.GROIN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """Stamps that cannot all be right: two sources of one milestone (`sources`), or two milestones in the wrong order (`order`)."""

    kind: str
    stamps: tuple[Stamp, ...]
    by_s: float


def instant_of(stamp: Stamp) -> datetime:
    assert stamp.at is not None
    return stamp.at


def all_of(stamps: Iterable[Stamp], milestone: Milestone, *hospital_ids: HospitalId | None) -> list[Stamp]:
    """Those of a milestone, the earliest first; of these hospitals, where any are named."""
    return [s for s in stamps if s.milestone is milestone and (not hospital_ids or s.hospital_id in hospital_ids)]


def disputes_of(stamps: Sequence[Stamp]) -> Iterable[Contradiction]:
    """Sources that give one milestone of one hospital instants too far apart, or of which one says that it was not done."""
    places = dict.fromkeys((stamp.milestone, stamp.hospital_id) for stamp in stamps)
    for milestone, hospital_id in places:
        told = tuple(s for s in stamps if (s.milestone, s.hospital_id) == (milestone, hospital_id))
        instants = [stamp.at for stamp in told if stamp.at is not None]
        if not instants:
            continue
        by_s = (max(instants) - min(instants)).total_seconds()
        tolerance_s = ONSET_TOLERANCE_S if milestone in HISTORY else TOLERANCE_S
        if by_s > tolerance_s or len(instants) < len(told):
            yield Contradiction(kind="sources", stamps=told, by_s=by_s)


def disorders_of(counted: Sequence[Stamp]) -> Iterable[Contradiction]:
    """Milestones that stand the wrong way round (`_ORDER`) among the stamps that count."""
    for before, after in _ORDER:
        for late in all_of(counted, after):
            in_house = after in _WITHIN_HOSPITAL and before in {*_WITHIN_HOSPITAL, Milestone.DOOR}
            early = all_of(counted, before, late.hospital_id) if in_house else all_of(counted, before)
            if early and instant_of(early[0]) > instant_of(late):
                by_s = (instant_of(early[0]) - instant_of(late)).total_seconds()
                yield Contradiction(kind="order", stamps=(early[0], late), by_s=by_s)


def missing_of(stamps: Sequence[Stamp], pathway: Pathway) -> tuple[Milestone, ...]:
    """What the pathway expects and nobody has said anything of, though something later is known."""
    told = {stamp.milestone for stamp in stamps}
    expected = _EXPECTED.get(pathway, (*_ALWAYS, Milestone.DOOR))
    known = [n for n, milestone in enumerate(expected) if milestone in told]
    return tuple(m for m in expected[: known[-1] if known else 0] if m not in told and m not in _OPTIONAL)
