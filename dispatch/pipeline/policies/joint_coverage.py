"""`joint+coverage`: as `joint`; units wait where they cover most, and less urgent calls spare those that would be missed."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from dispatch.domain.choice import Recommendation
from dispatch.domain.facts import Facts
from dispatch.domain.ids import IncidentId
from dispatch.pipeline.policies import flow
from dispatch.pipeline.policies.costs import Prices

NAME: Final = "joint+coverage"
VERSION: Final = "joint+coverage-3"
DIVERTS: Final = False
RELOCATES: Final = True
PRICES: Final = partial(Prices.of, is_coverage_priced=True)


def choose(facts: Facts, explained: frozenset[IncidentId]) -> Sequence[Recommendation]:
    """See `Policy.choose`."""
    return flow.choose(facts, explained, PRICES(facts), policy_version=VERSION)
