"""The price of sending a unit, of leaving a need unserved, and of driving to a hospital: integer, priority-weighted seconds.

Responses count from the call: t = age + turnout + travel (s), where the age is that of the call now and a crew that is driving
needs no turnout (one that has been paged only the rest of it). For unit u and need c of priority p, with target T_p and soft
penalties s_k (s), what is still to come is priced; what has passed is the same whoever goes:

    response(u, c) = w_p · ( turnout + travel + Σ_k s_k  +  L · Σ_{j=1..A_p} [ max(0, t − j·T_p) − max(0, age − j·T_p) ] )

It is convex: a second costs w_p until T_p, w_p (1 + L) beyond it, and w_p · L more beyond each further multiple of the target up to
A_p: calls that wait grow dearer (ageing). Two properties follow.

- *A life-threatening call cannot lose against age.* The dearest second of any other priority, w_p (1 + L · A_p) <= 15, is cheaper
  than the cheapest of a red one, 16: of two calls that want the same unit, the red one is left waiting at no age of the other.
- *No oldest-first lock-in.* Once a call is older than A_p · T_p its seconds all cost the same, so among the many that wait in an
  overload a unit goes to the nearest, and what age can outweigh is bounded: at most L · T_p · A_p (A_p + 1) / 2 seconds of drive
  in units of its first, divided by 1 + L · A_p. Units sent ever farther to the oldest call would make everybody wait longer.

Of yellow and green calls a unit also costs what its leaving takes from the coverage of the city: s_coverage = min(MAX_COVERAGE_S,
COVERAGE_S · ΔF), ΔF being the share of demand that is expected to be covered with it and not without it. Red and orange calls
never pay it.

Leaving one need unserved costs what a response `HOLD_S` from now would, more than any drive across the city, so a call waits only
when no suitable unit is left. When few are free, a share f < RESERVE_SHARE of the crews in service, that is not so for yellow and
green calls that want one unit, until their age is RESERVE_UNTIL times their target. Waiting then costs the least of

- what a response in RESERVE_WITHIN_S · f / RESERVE_SHARE would: the fewer are left, the nearer must one be to be sent. The others stay
  for whoever is about to die, and each crew that comes free takes, of all that wait, who is nearest;
- where a crew that comes free soon is worth waiting for (`soon_free`), what its response would.

For hospital h, with drive time d (s) and penalties s_k:

    transport(c, h) = w_p · ( d + Σ_k s_k )        and the j-th patient bound for h adds  QUEUE_STEP_S · j

The weights and targets are choices of ours, stated so that they can be argued with: 8 minutes is the common urban standard for
life-threatening calls, 15 minutes the time after which Guangzhou's regulation (2023, art. 22) asks for a report.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
import numpy.typing as npt

from dispatch.domain.facts import Facts, Need, Suitability, UnitRows
from dispatch.domain.vocabulary import Priority
from routing.geo import FloatArray

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

WEIGHT: Final = {Priority.RED: 16, Priority.ORANGE: 4, Priority.YELLOW: 2, Priority.GREEN: 1}
TARGET_S: Final = {Priority.RED: 480.0, Priority.ORANGE: 720.0, Priority.YELLOW: 900.0, Priority.GREEN: 1800.0}
LATENESS: Final = 2.0
AGEING: Final = {Priority.RED: 1, Priority.ORANGE: 1, Priority.YELLOW: 3, Priority.GREEN: 7}
TURNOUT_S: Final = 60.0  # assumed (docs/decisions.md); the national target is departure within 180 s
HOLD_S: Final = 4 * 3600.0
COVERAGE_S: Final = 20_000.0
MAX_COVERAGE_S: Final = 120.0
LESS_URGENT: Final = frozenset({Priority.YELLOW, Priority.GREEN})
RESERVE_SHARE: Final = 0.35
RESERVE_WITHIN_S: Final = 900.0
RESERVE_UNTIL: Final = 2.0
QUEUE_STEP_S: Final = 60.0
QUEUE_SLOTS: Final = 12  # patients that one decision may add to one hospital


@dataclass(frozen=True, slots=True)
class Prices:
    """Cost terms of m needs: every unit's [m, n], every hospital's [m, h], without its queue; a cost is the sum of its terms.

    `response_s` float64[m, n] is turnout and travel from now. Meaningless where the unit or hospital is not eligible, that is
    suitable and reachable.
    """

    unit_terms: dict[str, IntArray]
    hospital_terms: dict[str, IntArray]
    unit_cost: IntArray
    response_s: FloatArray
    hospital_cost: IntArray
    is_unit_eligible: npt.NDArray[np.bool_]
    is_hospital_eligible: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, facts: Facts, *, is_coverage_priced: bool = False) -> "Prices":
        """The prices of all needs; with `is_coverage_priced` less urgent ones pay for the coverage that a unit leaves behind."""
        priorities = [need.incident.priority for need in facts.needs]
        weight = np.array([[WEIGHT[priority]] for priority in priorities])
        to_scene_s, to_hospital_s = facts.to_scene.travel_time_s.T, facts.to_hospital.travel_time_s
        response_s = _finite(to_scene_s) + turnouts_s(facts)
        late_s = np.array([_late_s(need, age_s(facts, c), response_s[c]) for c, need in enumerate(facts.needs)])
        drive_s = _finite(to_hospital_s)
        base = {"response": response_s, "late": late_s}
        if is_coverage_priced:
            may_pay = np.array([[priority in LESS_URGENT] for priority in priorities])
            base["coverage"] = np.where(may_pay, np.minimum(MAX_COVERAGE_S, COVERAGE_S * facts.units.cover_loss), 0.0)
        unit_terms = _weighted(weight, base, facts.unit_suitability)
        hospital_terms = _weighted(weight, {"transport": drive_s}, facts.hospital_suitability)
        return cls(
            unit_terms=unit_terms,
            hospital_terms=hospital_terms,
            unit_cost=_total(unit_terms),
            hospital_cost=_total(hospital_terms),
            response_s=response_s,
            is_unit_eligible=np.isfinite(to_scene_s) & _is_suitable(facts.unit_suitability),
            is_hospital_eligible=np.isfinite(to_hospital_s) & _is_suitable(facts.hospital_suitability),
        )


def hold_cost(facts: Facts, c: int) -> int:
    """Price of leaving one need of c unserved: that of a response `HOLD_S` from now."""
    return _price_of_response(facts, c, HOLD_S)


def waiting_cost(facts: Facts, c: int, share_free: float) -> int | None:
    """Price of having need c wait, for a crew that comes free soon or because few are left; None where there is no such reason."""
    found: list[int] = []
    awaited = facts.awaited.get(c)
    if awaited is not None:
        found.append(_price_of_response(facts, c, awaited.response_s, awaited.soft_s))
    if share_free < RESERVE_SHARE and gives_way(facts.needs[c], facts.decided_at):
        found.append(_price_of_response(facts, c, RESERVE_WITHIN_S * share_free / RESERVE_SHARE))
    return min(found, default=None)


def share_free(units: UnitRows, bound_to: IntArray) -> float:
    """Free crews as a share of those in service."""
    n_free = int(np.count_nonzero(units.ruled.is_eligible & (bound_to < 0)))
    n_in_service = int(np.count_nonzero(~units.ruled.under("off_duty")))
    return n_free / max(1, n_in_service)


def gives_way(need: Need, now: datetime) -> bool:
    """Whether this is a young call of less urgency that wants one unit and has not lost one."""
    priority, is_new = need.incident.priority, not need.bound and not need.n_switches
    is_young = (now - need.incident.received_at).total_seconds() < RESERVE_UNTIL * TARGET_S[priority]
    return need.missing == 1 and is_new and is_young and priority in LESS_URGENT


def _price_of_response(facts: Facts, c: int, response_s: float, soft_s: float = 0.0) -> int:
    need = facts.needs[c]
    late_s = float(_late_s(need, age_s(facts, c), np.array([response_s]))[0])
    return round(WEIGHT[need.incident.priority] * (response_s + soft_s + late_s))


def age_s(facts: Facts, c: int) -> float:
    """How long ago need c's call was received."""
    return max(0.0, (facts.decided_at - facts.needs[c].incident.received_at).total_seconds())


def turnouts_s(facts: Facts) -> FloatArray:
    """How long each unit's crew still needs to get rolling, float64[n]: nothing when it is driving."""
    return np.asarray(np.maximum(0.0, TURNOUT_S - facts.units.turned_out_s), dtype=np.float64)


def _late_s(need: Need, age_s: float, response_s: FloatArray) -> FloatArray:
    """L · Σ_j [ max(0, age + response − j·T) − max(0, age − j·T) ] for each of `response_s`."""
    priority = need.incident.priority
    limits_s = TARGET_S[priority] * np.arange(1, AGEING[priority] + 1)[:, np.newaxis]
    late_s = np.maximum(0.0, age_s + response_s - limits_s) - np.maximum(0.0, age_s - limits_s)
    return np.asarray(LATENESS * late_s.sum(axis=0), dtype=np.float64)


def queue_prices(inbound: IntArray) -> IntArray:
    """Rising price [h, slots] of each further patient bound for a hospital that `inbound` patients are bound for already."""
    slots = np.arange(QUEUE_SLOTS)
    prices: IntArray = np.rint(QUEUE_STEP_S * (inbound[:, None] + slots[None, :])).astype(np.int64)
    return prices


def queues_s(facts: Facts) -> FloatArray:
    """What the patients bound for each hospital cost one more of each need, in seconds of its drive, float64[m, h]."""
    weight = np.array([[WEIGHT[need.incident.priority]] for need in facts.needs])
    return np.asarray(QUEUE_STEP_S * facts.hospitals.inbound / weight, dtype=np.float64)


def _finite(seconds: FloatArray) -> FloatArray:
    return np.where(np.isfinite(seconds), seconds, HOLD_S)


def _is_suitable(suitability: Sequence[Suitability]) -> npt.NDArray[np.bool_]:
    return np.array([each.ruled.is_eligible for each in suitability])


def _weighted(weight: IntArray, base: dict[str, FloatArray], suitability: Sequence[Suitability]) -> dict[str, IntArray]:
    """`base` and the terms of each need's suitability, weighted and rounded; a need without a term has 0 there."""
    nothing = np.zeros(base[next(iter(base))].shape[1])
    names = dict.fromkeys(name for each in suitability for name in each.terms)
    terms = base | {name: np.array([each.terms.get(name, nothing) for each in suitability]) for name in names}
    return {name: np.rint(weight * term).astype(np.int64) for name, term in terms.items()}


def _total(terms: dict[str, IntArray]) -> IntArray:
    return functools.reduce(np.add, terms.values())
