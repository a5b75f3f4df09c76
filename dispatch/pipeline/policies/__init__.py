"""Policies: plain modules with one interface, chosen by name in settings and drills.

A policy sees `Facts` and nothing else: what the live engine would know at that moment, never an outcome or a later call.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dispatch.domain.choice import Recommendation
from dispatch.domain.facts import Facts
from dispatch.domain.ids import IncidentId
from dispatch.pipeline.policies import closest_idle, full, joint, joint_coverage, joint_divert, station_only
from dispatch.pipeline.policies.costs import Prices


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """`choose(facts, explained)` recommends for every need, in order, except where what stands recommended is still the choice.

    Needs in `explained` are always there, with alternatives, their regret where the policy prices it, and all exclusions.
    `prices` gives what a joint choice minimises; None for a policy that takes one call after the other.
    `diverts`: incidents whose crews are on their way take part, and may lose them. `relocates`: a drill with this policy has units
    wait where they cover most; in a live service a setting says so.
    """

    name: str
    version: str
    choose: Callable[[Facts, frozenset[IncidentId]], Sequence[Recommendation]]
    prices: Callable[[Facts], Prices] | None = None
    diverts: bool = False
    relocates: bool = False


POLICIES: dict[str, Policy] = {
    module.NAME: Policy(
        name=module.NAME,
        version=module.VERSION,
        choose=module.choose,
        prices=module.PRICES,
        diverts=module.DIVERTS,
        relocates=module.RELOCATES,
    )
    for module in (joint, joint_divert, joint_coverage, full, closest_idle, station_only)
}
