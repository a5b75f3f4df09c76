"""`full`: diverts, relocation, and a price on coverage for less urgent calls."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from dispatch.domain.choice import Recommendation
from dispatch.domain.facts import Facts
from dispatch.domain.ids import IncidentId
from dispatch.pipeline.policies import diverting
from dispatch.pipeline.policies.costs import Prices

NAME: Final = "full"
VERSION: Final = "full-3"
DIVERTS: Final = True
RELOCATES: Final = True
PRICES: Final = partial(Prices.of, is_coverage_priced=True)


def choose(facts: Facts, explained: frozenset[IncidentId]) -> Sequence[Recommendation]:
    """See `Policy.choose`."""
    return diverting.choose(facts, explained, PRICES(facts), policy_version=VERSION)
