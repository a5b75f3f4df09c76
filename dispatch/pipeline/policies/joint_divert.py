"""`joint+divert`: as `joint`, and crews on their way may be given a more urgent call, or relieved by who is there sooner."""

from collections.abc import Sequence
from typing import Final

from dispatch.domain.choice import Recommendation
from dispatch.domain.facts import Facts
from dispatch.domain.ids import IncidentId
from dispatch.pipeline.policies import diverting
from dispatch.pipeline.policies.costs import Prices

NAME: Final = "joint+divert"
VERSION: Final = "joint+divert-3"
DIVERTS: Final = True
RELOCATES: Final = False
PRICES: Final = Prices.of


def choose(facts: Facts, explained: frozenset[IncidentId]) -> Sequence[Recommendation]:
    """See `Policy.choose`."""
    return diverting.choose(facts, explained, PRICES(facts), policy_version=VERSION)
