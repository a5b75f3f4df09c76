"""One need after the other, most urgent and oldest first, takes the suitable unit that is there soonest and the nearest suitable
hospital: no joint choice, no lateness, no soft preference between units, but that whoever's place is not known goes last."""

from collections.abc import Sequence

import numpy as np

from dispatch.domain.choice import Recommendation
from dispatch.domain.facts import Facts
from dispatch.domain.ids import IncidentId
from dispatch.pipeline.candidates import UNLOCATED_S
from dispatch.pipeline.policies.costs import BoolArray, IntArray, Prices
from dispatch.pipeline.policies.recommend import Chosen, cheapest, is_unchanged, recommendation
from routing.geo import FloatArray


def choose(
    facts: Facts, explained: frozenset[IncidentId], *, may_go: BoolArray, policy_version: str
) -> Sequence[Recommendation]:
    """Choose among the units `may_go` bool[n]; see `Policy.choose`."""
    order = sorted(range(len(facts.needs)), key=lambda c: (facts.needs[c].incident.priority.rank, c))
    free = may_go.copy()
    made: dict[int, Recommendation] = {}
    prices = Prices.of(facts)
    unlocated_s = np.where(facts.units.is_unlocated, UNLOCATED_S, 0.0)
    for c in order:
        need = facts.needs[c]
        units = cheapest(_tenths(prices.response_s[c] + unlocated_s), prices.is_unit_eligible[c] & free, need.missing)
        free[units] = False
        hospitals = cheapest(_tenths(facts.to_hospital.travel_time_s[c]), prices.is_hospital_eligible[c], 1)
        chosen = Chosen(unit_rows=units, hospital_row=hospitals[0] if hospitals else None)
        is_explained = need.incident.incident_id in explained
        if is_explained or not is_unchanged(facts, c, prices, chosen):
            made[c] = recommendation(facts, c, prices, chosen, policy_version=policy_version, is_explained=is_explained)
    return [made[c] for c in sorted(made)]


def _tenths(seconds: FloatArray) -> IntArray:
    """Whole tenths of a second, so that ties fall to the lower row."""
    tenths: IntArray = np.rint(np.where(np.isfinite(seconds), seconds, 0.0) * 10).astype(np.int64)
    return tenths
