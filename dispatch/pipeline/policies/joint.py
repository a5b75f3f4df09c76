"""`joint`: units and hospitals for all open calls at once. Crews on their way are left alone."""

from collections.abc import Sequence
from typing import Final

from dispatch.domain.choice import Recommendation
from dispatch.domain.facts import Facts
from dispatch.domain.ids import IncidentId
from dispatch.pipeline.policies import flow
from dispatch.pipeline.policies.costs import Prices

NAME: Final = "joint"
VERSION: Final = "joint-4"
DIVERTS: Final = False
RELOCATES: Final = False
PRICES: Final = Prices.of


def choose(facts: Facts, explained: frozenset[IncidentId]) -> Sequence[Recommendation]:
    """See `Policy.choose`."""
    return flow.choose(facts, explained, PRICES(facts), policy_version=VERSION)
