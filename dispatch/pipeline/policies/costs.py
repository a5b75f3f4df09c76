"""The price of sending a unit, of leaving a need unserved, and of driving to a hospital: integer, priority-weighted seconds.

For unit u and need c of priority p, with response time t = turnout + travel (s), target T_p, soft penalties s_k (s):

    response(u, c) = w_p · ( t + L · max(0, t − T_p) + Σ_k s_k )

which is convex in lateness. Leaving one need unserved costs what a response of `HOLD_S` would, more than any drive across the city,
so a call waits only when no suitable unit is left. For hospital h, with drive time d (s) and penalties s_k:

    transport(c, h) = w_p · ( d + Σ_k s_k )        and the j-th patient bound for h adds  QUEUE_STEP_S · j

The weights and targets are choices of ours, stated so that they can be argued with: 8 minutes is the common urban standard for
life-threatening calls, 15 minutes the time after which Guangzhou's regulation (2023, art. 22) asks for a report.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from dispatch.domain.facts import Facts, Suitability
from dispatch.domain.vocabulary import Priority
from routing.geo import FloatArray

IntArray = npt.NDArray[np.int64]

WEIGHT: Final = {Priority.RED: 8, Priority.ORANGE: 4, Priority.YELLOW: 2, Priority.GREEN: 1}
TARGET_S: Final = {Priority.RED: 480.0, Priority.ORANGE: 720.0, Priority.YELLOW: 900.0, Priority.GREEN: 1800.0}
LATENESS: Final = 2.0
TURNOUT_S: Final = 60.0  # assumed (docs/decisions.md); the national target is departure within 180 s
HOLD_S: Final = 4 * 3600.0
QUEUE_STEP_S: Final = 60.0
QUEUE_SLOTS: Final = 12  # patients that one decision may add to one hospital


@dataclass(frozen=True, slots=True)
class Prices:
    """Cost terms of m needs: every unit's [m, n], every hospital's [m, h], without its queue; a cost is the sum of its terms.

    Meaningless where the unit or hospital is not eligible, that is suitable and reachable.
    """

    unit_terms: dict[str, IntArray]
    hospital_terms: dict[str, IntArray]
    unit_cost: IntArray
    hospital_cost: IntArray
    is_unit_eligible: npt.NDArray[np.bool_]
    is_hospital_eligible: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, facts: Facts) -> "Prices":
        """The prices of all needs."""
        priorities = [need.incident.priority for need in facts.needs]
        weight = np.array([[WEIGHT[priority]] for priority in priorities])
        target_s = np.array([[TARGET_S[priority]] for priority in priorities])
        to_scene_s, to_hospital_s = facts.to_scene.travel_time_s.T, facts.to_hospital.travel_time_s
        response_s = _finite(to_scene_s) + TURNOUT_S
        late_s = LATENESS * np.maximum(0.0, response_s - target_s)
        drive_s = _finite(to_hospital_s)
        unit_terms = _weighted(weight, {"response": response_s, "late": late_s}, facts.unit_suitability)
        hospital_terms = _weighted(weight, {"transport": drive_s}, facts.hospital_suitability)
        return cls(
            unit_terms=unit_terms,
            hospital_terms=hospital_terms,
            unit_cost=_total(unit_terms),
            hospital_cost=_total(hospital_terms),
            is_unit_eligible=np.isfinite(to_scene_s) & _is_suitable(facts.unit_suitability),
            is_hospital_eligible=np.isfinite(to_hospital_s) & _is_suitable(facts.hospital_suitability),
        )


def hold_cost(priority: Priority) -> int:
    """Price of leaving one need of this priority unserved."""
    return round(WEIGHT[priority] * (HOLD_S + LATENESS * (HOLD_S - TARGET_S[priority])))


def queue_prices(inbound: IntArray) -> IntArray:
    """Rising price [h, slots] of each further patient bound for a hospital that `inbound` patients are bound for already."""
    slots = np.arange(QUEUE_SLOTS)
    prices: IntArray = np.rint(QUEUE_STEP_S * (inbound[:, None] + slots[None, :])).astype(np.int64)
    return prices


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
