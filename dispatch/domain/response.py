"""The response plan: how many units an incident is answered by, and which kinds of crew must be among them.

Who may go first is a matter of price (`pipeline/candidates.py`): to an arrest whoever brings hands and a defibrillator soonest. Who
must follow is stated here. The plan is read off the incident as it is known now, so it follows every change: a basic crew that finds
an arrest, or a caller who says so late, has an advanced crew sent after it (upgrade); a call that turns out to be less wants none.
"""

from collections.abc import Mapping
from typing import Final

from dispatch.domain.assignment import Assignment, AssignmentStatus, comes_before
from dispatch.domain.vocabulary import Pathway, UnitKind

ADVANCED: Final = frozenset({UnitKind.ALS, UnitKind.MSTEMI, UnitKind.MSU})
"""Kinds whose crew can secure an airway and give drugs."""

MUST_FOLLOW: Final[Mapping[Pathway, frozenset[UnitKind]]] = {Pathway.OHCA: ADVANCED}
"""Of which kinds one crew must answer: in an arrest the first crew compresses and shocks, and an advanced one is to join it. Choice of
ours, made without a source; a medical director is expected to confirm it and to add the city's other pathways."""


def must_follow(pathway: Pathway) -> frozenset[UnitKind]:
    """The kinds of which one must answer an incident on `pathway`; empty where any will do."""
    return MUST_FOLLOW.get(pathway, frozenset())


def is_beyond_help(assignment: Assignment) -> bool:
    """Whether nobody can join this crew any more: it has left with the patient, or is done."""
    return assignment.has_served and not comes_before(assignment.status, AssignmentStatus.LEFT_SCENE)
