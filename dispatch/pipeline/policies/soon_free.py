"""Crews that come free soon: who is handing over at a hospital is often nearer to the next call than any free crew.

When few are free, a call that gives way (`costs`) waits for such a crew if it is expected at the scene `SOONER_S` before every free
one, which stays where it covers others. While there are enough this would only make the less urgent wait: over two weeks it changed
nothing. A red or orange call never waits: it takes who is free, and changes crews if somebody comes free much nearer (`diverting`).

When a crew that has been at a hospital for e comes free is not known. Its whole stay is taken to be lognormal, and the median of
what is left of it to be what is left:

    F(e + left) = (1 + F(e)) / 2

Who stays longer than `LONGEST_SHARE` of all is held up by something, and nobody counts on such a crew.

Each crew is counted on by one call, whose gain over its best free crew is the largest first. What a policy makes of it is a price
(`costs.hold_cost`): units at hand stay candidates, and a dispatcher can send one all the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from scipy.special import ndtr, ndtri

from dispatch.domain.facts import Awaited, Need, Suitability, UnitRows
from dispatch.pipeline.candidates import suitability
from dispatch.pipeline.policies import costs
from routing.geo import BoolArray, FloatArray

SOONER_S: Final = 180.0
HOSPITAL_S: Final = 1910.0
HOSPITAL_SIGMA: Final = 0.3
LONGEST_SHARE: Final = 0.9


def left_s(at_hospital_s: FloatArray) -> FloatArray:
    """The median time until a crew is free that has been at a hospital for so long, float64[n] from float64[n]; infinity for who has
    stayed longer than can be counted on.
    """
    stayed = ndtr(np.log(np.maximum(at_hospital_s, 1.0) / HOSPITAL_S) / HOSPITAL_SIGMA)
    left = HOSPITAL_S * np.exp(HOSPITAL_SIGMA * ndtri((1.0 + stayed) / 2.0)) - at_hospital_s
    return np.where(stayed <= LONGEST_SHARE, left, np.inf)


def awaited(
    needs: Sequence[Need],
    units: UnitRows,
    free: Sequence[Suitability],
    to_scene_s: FloatArray,
    waiting: BoolArray,
) -> Mapping[int, Awaited]:
    """By need, the crew that is worth waiting for. `to_scene_s` float64[n, m] holds drives of free crews and of those at hospitals,
    from where they are; `waiting` bool[m] is whose need may wait; `free` are the rules and penalties for the units at hand.
    """
    soon, asking = np.flatnonzero(np.isfinite(units.at_hospital_s)), np.flatnonzero(waiting).tolist()
    if not len(soon) or not asking:
        return {}
    codes = units.ruled.codes.copy()
    codes[soon] = 0
    as_free = suitability([needs[c] for c in asking], replace(units, ruled=replace(units.ruled, codes=codes)))
    free_in_s, turnout_s = left_s(units.at_hospital_s[soon]), np.maximum(0.0, costs.TURNOUT_S - units.turned_out_s)
    found = []
    for c, each in zip(asking, as_free, strict=True):
        at_hand = free[c].ruled.is_eligible
        best_s = float((turnout_s + to_scene_s[:, c] + _soft_s(free[c]))[at_hand].min(initial=costs.HOLD_S))
        response_s = free_in_s + costs.TURNOUT_S + to_scene_s[soon, c]
        soft_s = _soft_s(each)[soon]
        gain_s = np.where(each.ruled.is_eligible[soon], best_s - response_s - soft_s, -np.inf)
        found += [
            (float(gain_s[k]), c, Awaited(row=int(soon[k]), response_s=float(response_s[k]), soft_s=float(soft_s[k])))
            for k in np.flatnonzero((gain_s >= SOONER_S) & np.isfinite(response_s)).tolist()
        ]
    chosen: dict[int, Awaited] = {}
    counted_on: set[int] = set()
    for _, c, one in sorted(found, key=lambda each: (-each[0], each[1], each[2].row)):
        if c not in chosen and one.row not in counted_on:
            chosen[c] = one
            counted_on.add(one.row)
    return chosen


def _soft_s(suits: Suitability) -> FloatArray:
    total: FloatArray = np.sum(list(suits.terms.values()), axis=0)
    return total
