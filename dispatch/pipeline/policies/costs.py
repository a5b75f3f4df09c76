"""The price of sending a unit, of leaving a need unserved, and of driving to a hospital: integer, priority-weighted seconds.

For unit u and need c of priority p, with response time t = turnout + travel (s), target T_p, soft penalties s_k (s):

    response(u, c) = w_p · ( t + L · max(0, t − T_p) + Σ_k s_k )

which is convex in lateness. Leaving one need unserved costs what a response of `HOLD_S` would, more than any drive across the city,
so a call waits only when no suitable unit is left. For hospital h, with drive time d (s) and penalties s_k:

    transport(c, h) = w_p · ( d + Σ_k s_k )        and the j-th patient bound for h adds  QUEUE_STEP_S · j

The weights and targets are choices of ours, stated so that they can be argued with: 8 minutes is the common urban standard for
life-threatening calls, 15 minutes the time after which Guangzhou's regulation (2023, art. 22) asks for a report.
"""

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
    """Cost terms of one need: every unit's [n], every hospital's [h]; a cost is the sum of its terms."""

    unit_terms: dict[str, IntArray]
    hospital_terms: dict[str, IntArray]
    unit_cost: IntArray
    hospital_cost: IntArray
    is_unit_eligible: npt.NDArray[np.bool_]
    is_hospital_eligible: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, facts: Facts, c: int) -> "Prices":
        unit_terms, hospital_terms = response_terms(facts, c), transport_terms(facts, c)
        return cls(
            unit_terms=unit_terms,
            hospital_terms=hospital_terms,
            unit_cost=np.sum(list(unit_terms.values()), axis=0),
            hospital_cost=np.sum(list(hospital_terms.values()), axis=0),
            is_unit_eligible=eligible_units(facts, c),
            is_hospital_eligible=eligible_hospitals(facts, c),
        )


def response_terms(facts: Facts, c: int) -> dict[str, IntArray]:
    """Cost terms [n] of every unit for need c; their sum is the cost. Meaningless where the unit is not eligible."""
    priority = facts.needs[c].incident.priority
    response_s = _finite(facts.to_scene.travel_time_s[:, c]) + TURNOUT_S
    late_s = LATENESS * np.maximum(0.0, response_s - TARGET_S[priority])
    return _weighted(WEIGHT[priority], {"response": response_s, "late": late_s}, facts.unit_suitability[c])


def transport_terms(facts: Facts, c: int) -> dict[str, IntArray]:
    """Cost terms [h] of every hospital for need c, without the queue."""
    priority = facts.needs[c].incident.priority
    drive_s = _finite(facts.to_hospital.travel_time_s[c])
    return _weighted(WEIGHT[priority], {"transport": drive_s}, facts.hospital_suitability[c])


def hold_cost(priority: Priority) -> int:
    """Price of leaving one need of this priority unserved."""
    return round(WEIGHT[priority] * (HOLD_S + LATENESS * (HOLD_S - TARGET_S[priority])))


def queue_prices(inbound: IntArray) -> IntArray:
    """Rising price [h, slots] of each further patient bound for a hospital that `inbound` patients are bound for already."""
    slots = np.arange(QUEUE_SLOTS)
    prices: IntArray = np.rint(QUEUE_STEP_S * (inbound[:, None] + slots[None, :])).astype(np.int64)
    return prices


def eligible_units(facts: Facts, c: int) -> npt.NDArray[np.bool_]:
    """Suitable and reachable."""
    reachable: npt.NDArray[np.bool_] = np.isfinite(facts.to_scene.travel_time_s[:, c])
    return reachable & facts.unit_suitability[c].ruled.is_eligible


def eligible_hospitals(facts: Facts, c: int) -> npt.NDArray[np.bool_]:
    reachable: npt.NDArray[np.bool_] = np.isfinite(facts.to_hospital.travel_time_s[c])
    return reachable & facts.hospital_suitability[c].ruled.is_eligible


def _finite(seconds: FloatArray) -> FloatArray:
    return np.where(np.isfinite(seconds), seconds, HOLD_S)


def _weighted(weight: int, base: dict[str, FloatArray], suitability: Suitability) -> dict[str, IntArray]:
    return {name: np.rint(weight * term).astype(np.int64) for name, term in (base | suitability.terms).items()}
