"""`closest-idle`: the nearest free unit, whether it waits or is on its way back. The honest baseline."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from dispatch.domain.choice import Recommendation
from dispatch.domain.facts import Facts
from dispatch.domain.ids import IncidentId
from dispatch.pipeline.policies import nearest

NAME: Final = "closest-idle"
VERSION: Final = "closest-idle-2"
DIVERTS: Final = False
RELOCATES: Final = False
PRICES: Final = None


def choose(facts: Facts, explained: frozenset[IncidentId]) -> Sequence[Recommendation]:
    """See `Policy.choose`."""
    everyone = np.ones(len(facts.units.units), dtype=np.bool_)
    return nearest.choose(facts, explained, may_go=everyone, policy_version=VERSION)
