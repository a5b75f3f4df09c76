"""How sure the preferred unit is best, and the tie between equals: below `EQUIVALENT_BELOW` of the sampled worlds, take the nearest.

The model stands in `routing.optimise.robustness`; here its letters get their values: the prices of `costs`, a second at a time. The
worlds are the same in every decision, so a replay says and does the same, and two lists differ only because their candidates do.

A policy's choice is joint, and stays so: what it prefers is what it minimised over all open calls. The tie is broken afterwards, for a
call that wants one unit, and only where that costs nobody else anything:

- the nearest is sent to no other call of this decision, by choice or by a tie;
- it leaves no greater gap than the preferred one, where the policy prices that: the price of coverage is what calls to come lose, so
  they compete for it too. All other preferences are about this call alone, and are what is being weighed against the drive;
- the preferred unit is not on its way elsewhere, and relieves nobody.

Every other call keeps the unit that the optimum gave it. The unit that was preferred is written down (`instead_of`). While the policy
goes on preferring it and the nearest may still go, a later decision, which weighs only what it explains, finds its recommendation
unchanged and leaves it; so it is not taken back and forth.
"""

from collections.abc import Collection
from dataclasses import replace
from functools import cache
from typing import Final

import numpy as np

from dispatch.domain.choice import Robustness
from dispatch.domain.facts import Facts
from dispatch.pipeline.policies import costs
from dispatch.pipeline.policies.costs import Prices
from dispatch.pipeline.policies.recommend import Chosen, alternatives
from routing.geo import FloatArray
from routing.optimise import robustness as worlds
from routing.optimise.robustness import Candidates

TURNOUT_SIGMA: Final = 0.3
"""Spread of the logarithm of a turnout; the one that drills draw with (docs/decisions.md)."""
_standard_worlds: Final = cache(worlds.standard_worlds)


def weighed(facts: Facts, c: int, prices: Prices, chosen: Chosen, sent: Collection[int]) -> Chosen:
    """`chosen` with its robustness, and the nearest in its stead where they are equivalent; `sent`: rows that go to any call."""
    is_plain = facts.needs[c].missing == len(chosen.unit_rows) == 1 and not chosen.diverted and not chosen.relieves
    if not is_plain:
        return chosen
    others = [row for row in alternatives(facts, c, prices, chosen.unit_rows) if row not in sent]
    rows = np.array([*chosen.unit_rows, *others])
    found = worlds.robustness(_candidates(facts, c, prices, rows), _standard_worlds())
    preferred, nearest = int(rows[0]), int(rows[found.nearest])
    is_tie = found.is_equivalent(0) and nearest != preferred
    is_tie = is_tie and _cover_price(prices, c, nearest) <= _cover_price(prices, c, preferred)
    units = facts.units.units
    return replace(
        chosen,
        unit_rows=(nearest,) if is_tie else chosen.unit_rows,
        robustness=Robustness(
            n_worlds=found.n_worlds,
            n_best=tuple((units[row].unit_id, n) for row, n in zip(rows.tolist(), found.n_best, strict=True)),
            is_equivalent=found.is_equivalent(0),
            nearest=units[nearest].unit_id,
        ),
        instead_of=preferred if is_tie else None,
    )


def kept(facts: Facts, c: int, prices: Prices, chosen: Chosen, sent: Collection[int]) -> Chosen:
    """The nearest unit that stands recommended in the stead of the one chosen, as long as it may go and is sent nowhere else."""
    known, units = facts.needs[c].incident.recommendation, facts.units.units
    if (
        known is None
        or known.instead_of is None
        or [units[row].unit_id for row in chosen.unit_rows] != [known.instead_of]
    ):
        return chosen
    nearest = [row for row, unit in enumerate(units) if unit.unit_id in known.unit_ids and row not in sent]
    if not nearest or not prices.is_unit_eligible[c, nearest].all():
        return chosen
    return replace(chosen, unit_rows=nearest, instead_of=chosen.unit_rows[0])


def _cover_price(prices: Prices, c: int, row: int) -> int:
    return int(prices.unit_terms["coverage"][c, row]) if "coverage" in prices.unit_terms else 0


def _candidates(facts: Facts, c: int, prices: Prices, rows: costs.IntArray) -> Candidates:
    """Need c's candidates as the model has them; a preference in seconds is what its price comes to at the priority's weight."""
    priority, legs = facts.needs[c].incident.priority, facts.to_scene
    stands = facts.units.lat_deg[rows] + 1j * facts.units.lon_deg[rows]
    preferences = sum(term[c, rows] for name, term in prices.unit_terms.items() if name not in {"response", "late"})
    limits_s = costs.TARGET_S[priority] * np.arange(1, costs.AGEING[priority] + 1) - costs.age_s(facts, c)
    return Candidates(
        travel_time_s=legs.travel_time_s[rows, c],
        sigma=worlds.sigma(_p90_factors(facts, c, rows), legs.distance_m[rows, c]),
        place=np.unique(stands, return_inverse=True)[1],
        turnout_s=costs.turnouts_s(facts)[rows],
        penalty_s=preferences / costs.WEIGHT[priority],
        turnout_sigma=TURNOUT_SIGMA,
        limits_s=np.asarray(limits_s, dtype=np.float64),
        lateness=costs.LATENESS,
    )


def _p90_factors(facts: Facts, c: int, rows: costs.IntArray) -> FloatArray:
    """Each leg's own: one that is not of the network has another."""
    legs, scene = facts.to_scene, facts.needs[c].incident.location.point
    at = zip(facts.units.lat_deg[rows].tolist(), facts.units.lon_deg[rows].tolist(), strict=True)
    off = [legs.off_network_on(stand, (scene.lat_deg, scene.lon_deg)) for stand in at]
    return np.array([legs.p90_factor if each is None else each.p90_factor for each in off])
