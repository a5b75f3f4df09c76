"""`station-only`: the nearest unit that stands at its base; crews on their way back are not called, unless nobody else is left. How
centres without vehicle positions work; never the baseline, for it would flatter every other policy.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from dispatch.domain.choice import Recommendation
from dispatch.domain.facts import Facts
from dispatch.domain.ids import IncidentId
from dispatch.pipeline.policies import nearest
from routing.geo import distance_m

NAME: Final = "station-only"
VERSION: Final = "station-only-1"
DIVERTS: Final = False
RELOCATES: Final = False
PRICES: Final = None
AT_BASE_WITHIN_M: Final = 100.0


def choose(facts: Facts, explained: frozenset[IncidentId]) -> Sequence[Recommendation]:
    """See `Policy.choose`."""
    units = facts.units
    at_base = [
        fix is None or distance_m(fix.point, unit.record.home) <= AT_BASE_WITHIN_M
        for unit, fix in zip(units.units, units.fixes, strict=True)
    ]
    may_go = np.array(at_base, dtype=np.bool_)
    is_enough = np.count_nonzero(may_go & units.ruled.is_eligible) >= sum(need.missing for need in facts.needs)
    everyone = np.ones_like(may_go)
    return nearest.choose(facts, explained, may_go=may_go if is_enough else everyone, policy_version=VERSION)
