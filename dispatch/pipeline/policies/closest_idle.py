"""`closest-idle`: each need, most urgent and oldest first, takes the suitable free unit that is there soonest, and the nearest
suitable hospital. The honest baseline: no joint choice, no lateness, no soft preference between units."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from dispatch.domain.choice import Recommendation
from dispatch.domain.facts import Facts
from dispatch.domain.ids import IncidentId
from dispatch.pipeline.policies import costs
from dispatch.pipeline.policies.recommend import Chosen, cheapest, recommendation

NAME: Final = "closest-idle"
VERSION: Final = "closest-idle-1"


def choose(facts: Facts, explained: frozenset[IncidentId]) -> Sequence[Recommendation]:
    """A recommendation for every need, in the order of `facts.needs`."""
    order = sorted(range(len(facts.needs)), key=lambda c: (facts.needs[c].incident.priority.rank, c))
    taken = np.zeros(len(facts.units.units), dtype=np.bool_)
    made: dict[int, Recommendation] = {}
    for c in order:
        need = facts.needs[c]
        times = np.where(np.isfinite(facts.to_scene.travel_time_s[:, c]), facts.to_scene.travel_time_s[:, c], 0.0)
        units = cheapest(np.rint(times * 10).astype(np.int64), costs.eligible_units(facts, c) & ~taken, need.missing)
        taken[units] = True
        drive = np.where(np.isfinite(facts.to_hospital.travel_time_s[c]), facts.to_hospital.travel_time_s[c], 0.0)
        hospitals = cheapest(np.rint(drive * 10).astype(np.int64), costs.eligible_hospitals(facts, c), 1)
        chosen = Chosen(unit_rows=units, hospital_row=hospitals[0] if hospitals else None)
        is_explained = need.incident.incident_id in explained
        made[c] = recommendation(facts, c, chosen, policy_version=VERSION, is_explained=is_explained)
    return [made[c] for c in range(len(facts.needs))]
