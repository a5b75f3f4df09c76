"""Which units may go: eligibility rules, each with a name, and soft penalties in seconds.

Hard rules keep a unit out and are shown for each one that they keep out. Soft penalties are stated trade-offs of ours
(no published value exists; a medical director is expected to set them): a BLS crew is worth sending to a red call when it arrives
four minutes before an ALS crew, and so on.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from dispatch.domain.assignment import Assignment, AssignmentStatus
from dispatch.domain.facts import IntArray, Need, Ruled, Suitability, UnitRows
from dispatch.domain.ids import IncidentId, UnitId
from dispatch.domain.incident import Incident
from dispatch.domain.response import must_follow
from dispatch.domain.rules import DivertRules
from dispatch.domain.unit import FIX_STALE_AFTER_S
from dispatch.domain.vocabulary import Complaint, Duty, Pathway, Priority, UnitKind
from dispatch.domain.world import World
from routing.geo import FloatArray

BLS_FOR_RED_S = 60.0
BLS_FOR_ARREST_S = 60.0  # in an arrest minutes count most: whoever brings hands and a defibrillator first
ALS_FOR_GREEN_S = 60.0
SPECIAL_UNIT_S = 600.0
SPECIAL_MATCH_S = -120.0
NOT_NEGATIVE_PRESSURE_S = 600.0
ASSUMED_POSITION_S = 60.0
UNLOCATED_S = 3600.0  # whoever is known to be within an hour goes first


class OpenNeeds:
    """What every open incident needs. An incident that nothing has happened to since needs what it needed before."""

    def __init__(self) -> None:
        self._known: dict[IncidentId, Need] = {}

    def missing_units(self, world: World) -> tuple[Need, ...]:
        """Those that miss units, oldest first."""
        return tuple(each for each in self._of(world) if each.missing)

    def with_bound(self, world: World) -> tuple[Need, ...]:
        """Those that miss units, and those whose crews are on their way, oldest first."""
        return tuple(each for each in self._of(world) if each.missing or each.bound)

    def _of(self, world: World) -> Iterable[Need]:
        """Every open incident's. Every change of an assignment or patient is one of its incident (`Draft`)."""
        known, self._known = self._known, {}
        for incident in world.open_incidents():
            before = known.get(incident.incident_id)
            if before is None or before.incident is not incident:
                before = need(world, incident.incident_id, world.units_missing(incident))
            self._known[incident.incident_id] = before
        return self._known.values()


def need(world: World, incident_id: IncidentId, missing: int) -> Need:
    incident = world.incidents[incident_id]
    assignments = tuple(world.assignments_of(incident))
    return Need(
        incident=incident,
        patients=tuple(world.patients_of(incident)),
        missing=missing,
        declined=frozenset(a.unit_id for a in assignments if a.status is AssignmentStatus.DECLINED),
        bound=tuple(a.unit_id for a in assignments if a.is_bound),
        n_switches=sum(a.has_switched for a in assignments),
        must_be=_must_be(world, incident, assignments, missing),
        met_at=_first(assignments, AssignmentStatus.AT_PATIENT) or _first(assignments, AssignmentStatus.ON_SCENE),
        left_at=_first(assignments, AssignmentStatus.LEFT_SCENE),
    )


def _first(assignments: Iterable[Assignment], status: AssignmentStatus) -> datetime | None:
    """When the first of the crews that still serve reached this step."""
    return min((at for a in assignments if a.is_active and (at := a.reached_at(status)) is not None), default=None)


def _must_be(world: World, incident: Incident, assignments: Sequence[Assignment], missing: int) -> frozenset[UnitKind]:
    """The kinds that whoever goes next must have: of the last unit missing, and of who relieves crews on their way."""
    answering = [each for each in assignments if each.is_answering]
    staying = answering if missing else [each for each in answering if not each.is_bound]
    is_last = missing == 1 and len(answering) > 0
    is_open = is_last or len(staying) < len(answering)
    return must_follow(incident.pathway) if is_open and world.wants_advanced(incident, staying) else frozenset()


# --- crews on their way --------------------------------------------------------------------------------------------------


def with_bound(rows: UnitRows, needs: Sequence[Need]) -> tuple[UnitRows, IntArray]:
    """Rows in which crews on their way are no longer ruled out as committed, and the need to which each goes (-1: to none)."""
    bound_to = np.full(len(rows.units), -1, dtype=np.int64)
    for c, need in enumerate(needs):
        bound_to[[rows.row_of[unit_id] for unit_id in need.bound if _may_go(rows, unit_id)]] = c
    if not (bound_to >= 0).any():
        return rows, bound_to
    bound_to[rows.is_unlocated] = -1
    codes = np.where(bound_to >= 0, 0, rows.ruled.codes)
    return replace(rows, ruled=replace(rows.ruled, codes=codes)), bound_to


def _may_go(rows: UnitRows, unit_id: UnitId) -> bool:
    """Whether a crew on its way is in service still, and in the roster."""
    row = rows.row_of.get(unit_id)
    return row is not None and rows.units[row].assignment_id is not None and rows.units[row].duty is Duty.IN_SERVICE


def bound_suitability(
    suitability: Sequence[Suitability], needs: Sequence[Need], bound_to: IntArray, rules: DivertRules
) -> tuple[Suitability, ...]:
    """`suitability` with the rules for crews on their way: only a more urgent need may take one; its own always keeps it."""
    bound = np.flatnonzero(bound_to >= 0)
    if not len(bound):
        return tuple(suitability)
    names = ("committed", "divert_forbidden", "diverted_before")
    ruled = []
    for c, (each, need) in enumerate(zip(suitability, needs, strict=True)):
        codes = np.zeros(len(bound_to), dtype=np.int64)
        for row in bound.tolist():
            codes[row] = 0 if bound_to[row] == c else _divert_code(needs[bound_to[row]], need, rules)
        own = bound[bound_to[bound] == c]
        kept = each.ruled.codes.copy()
        kept[own] = 0
        ruled.append(replace(each, ruled=replace(each.ruled, codes=kept).then(Ruled(codes=codes, names=names))))
    return tuple(ruled)


def _divert_code(loser: Need, taker: Need, rules: DivertRules) -> int:
    if loser.incident.priority.rank <= taker.incident.priority.rank:
        return 1
    if loser.incident.priority in rules.forbidden:
        return 2
    return 3 if loser.n_switches >= rules.max_per_incident else 0


# --- units ------------------------------------------------------------------------------------------------------------


def unit_suitability(
    needs: Sequence[Need], rows: UnitRows, bound_to: IntArray
) -> tuple[UnitRows, tuple[Suitability, ...]]:
    """Rules and penalties of every unit for each need, and the rows that they stand on.

    Units whose fix is too old are kept out while free ones are enough for all needs. When they are not (the feed of positions has
    failed, or everybody else is out), they may go as well, marked, and at a price that leaves them for last.
    """
    found, wanted = suitability(needs, rows), max(1, sum(need.missing for need in needs))
    if not rows.is_unlocated.any():
        return rows, found
    n_free = (np.count_nonzero(each.ruled.is_eligible & (bound_to < 0)) for each in found)
    if min(n_free, default=wanted) < wanted:
        rows = replace(rows, ruled=rows.ruled.without("fix_unusable"))
        found = suitability(needs, rows)
    return rows, found


def suitability(needs: Sequence[Need], rows: UnitRows) -> tuple[Suitability, ...]:
    """Needs that the rules cannot tell apart share theirs."""
    position_s = _position_penalty_s(rows)
    known: dict[object, Suitability] = {}
    for need in needs:
        if _unit_profile(need) not in known:
            known[_unit_profile(need)] = _unit_suitability(need, rows, position_s)
    return tuple(known[_unit_profile(need)] for need in needs)


def _unit_profile(need: Need) -> tuple[object, ...]:
    """All of a need that the rules for units look at."""
    incident = need.incident
    is_infection = incident.complaint is Complaint.INFECTION_FEVER
    return incident.priority, incident.pathway, is_infection, _is_newborn(need), need.declined, need.must_be


def _is_newborn(need: Need) -> bool:
    return any(patient.age_years == 0 for patient in need.patients)


def _unit_suitability(need: Need, rows: UnitRows, position_s: FloatArray) -> Suitability:
    fits = [_kind_fit(kind, need) for kind in UnitKind]
    by_kind = Ruled.of([rule for rule, _ in fits])
    terms = {"staffing": np.array([penalty_s for _, penalty_s in fits])[rows.kinds], "position": position_s}
    if need.incident.complaint is Complaint.INFECTION_FEVER:
        terms["isolation"] = np.array(
            [0.0 if unit.record.negative_pressure else NOT_NEGATIVE_PRESSURE_S for unit in rows.units]
        )
    ruled = rows.ruled.then(Ruled(codes=by_kind.codes[rows.kinds], names=by_kind.names))
    if need.declined:
        has_declined = np.array([unit.unit_id in need.declined for unit in rows.units], dtype=np.int64)
        ruled = ruled.then(Ruled(codes=has_declined, names=("declined",)))
    return Suitability(ruled=ruled, terms=terms)


def _kind_fit(kind: UnitKind, need: Need) -> tuple[str | None, float]:
    """(rule that keeps this kind out or None, penalty in seconds)."""
    incident = need.incident
    is_red = incident.priority is Priority.RED
    if need.must_be and kind not in need.must_be:
        return "advanced_crew_must_follow", 0.0
    match kind:
        case UnitKind.NEONATAL:
            return (None, SPECIAL_MATCH_S) if _is_newborn(need) else ("neonatal_unit_kept", 0.0)
        case UnitKind.MSU | UnitKind.MSTEMI:
            own = Pathway.STROKE if kind is UnitKind.MSU else Pathway.STEMI
            if incident.pathway is own:
                return None, SPECIAL_MATCH_S
            return (None, SPECIAL_UNIT_S) if is_red else ("special_unit_kept", 0.0)
        case UnitKind.BLS:
            if incident.pathway is Pathway.OHCA:
                return None, BLS_FOR_ARREST_S
            return None, BLS_FOR_RED_S if is_red else 0.0
        case UnitKind.ALS:
            return None, ALS_FOR_GREEN_S if incident.priority is Priority.GREEN else 0.0


def _position_penalty_s(rows: UnitRows) -> FloatArray:
    """A stale fix costs its age, one too old to go by a fixed price, and so does the base of a unit that has not reported."""
    age_s = rows.fix_age_s
    bounds = [np.isnan(age_s), rows.is_unlocated, age_s > FIX_STALE_AFTER_S]
    return np.select(bounds, [ASSUMED_POSITION_S, UNLOCATED_S, age_s], 0.0)
