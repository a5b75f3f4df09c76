"""Strokes and infarctions of a decision, weighed: the model goes to the explanation, what a rule makes of it into the prices."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import numpy as np

from dispatch.domain.facts import Facts, Suitability, Weighing
from dispatch.domain.ids import UnitId
from dispatch.domain.vocabulary import Pathway, UnitKind
from dispatch.pipeline.pathways import stemi, stroke
from dispatch.pipeline.pathways.journey import Journey, drive_sigma
from dispatch.pipeline.pathways.profile import of_need
from routing.geo import FloatArray

_WEIGH = {Pathway.STROKE: stroke.weigh, Pathway.STEMI: stemi.weigh}
_MSU_ROW = list(UnitKind).index(UnitKind.MSU)


def is_weighed(facts: Facts) -> bool:
    """Whether any need's ways to reperfusion are."""
    return any(of_need(need).map_kind is not None for need in facts.needs)


def weighed(facts: Facts, *, transfer_s: FloatArray, response_s: FloatArray, scene_time_s: float) -> Facts:
    """`facts` with the weighings, and with the term `reperfusion` where a rule prefers a hospital to nearer ones.

    `transfer_s` [h, h] between hospitals; `response_s` [n, m] turnout and drive of each unit; `scene_time_s` from arrival to
    departure.
    """
    weighings: dict[int, Weighing] = {}
    suitability = list(facts.hospital_suitability)
    for c, need in enumerate(facts.needs):
        kind = of_need(need).map_kind
        journey = None if kind is None else _journey(facts, c, transfer_s, response_s[:, c], scene_time_s)
        found = None if journey is None else _WEIGH[need.incident.pathway](journey, facts.decided_at)
        if found is None:
            continue
        weighings[c], penalty_s = found
        if penalty_s is not None:
            suitability[c] = _with_term(suitability[c], {"reperfusion": penalty_s})
    return replace(facts, weighings=weighings, hospital_suitability=tuple(suitability))


def _with_term(suitability: Suitability, term: Mapping[str, FloatArray]) -> Suitability:
    return Suitability(ruled=suitability.ruled, terms={**suitability.terms, **term})


def _journey(facts: Facts, c: int, transfer_s: FloatArray, response_s: FloatArray, scene_time_s: float) -> Journey:
    need, now = facts.needs[c], facts.decided_at
    eligible = facts.unit_suitability[c].ruled.is_eligible
    soonest_s = float(np.min(response_s[eligible], initial=np.inf))
    met_s = (need.met_at - now).total_seconds() if need.met_at is not None else soonest_s
    met_s = met_s if np.isfinite(met_s) else scene_time_s
    departs_at = need.left_at or (need.met_at + timedelta(seconds=scene_time_s) if need.met_at else None)
    leaves_s = met_s + scene_time_s if departs_at is None else (departs_at - now).total_seconds()
    return Journey(
        need=need,
        hospitals=facts.hospitals,
        suitability=facts.hospital_suitability[c],
        met_s=met_s,
        leaves_s=max(0.0, leaves_s),
        drive_s=facts.to_hospital.travel_time_s[c],
        transfer_s=transfer_s,
        drive_sigma=drive_sigma(facts.to_hospital.p90_factor),
        msu=_nearest_msu(facts, response_s, eligible),
    )


def _nearest_msu(
    facts: Facts, response_s: FloatArray, eligible: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> tuple[UnitId, float] | None:
    """The mobile stroke unit that could be at the scene first."""
    there_s = np.where(eligible & (facts.units.kinds == _MSU_ROW), response_s, np.inf)
    row = int(np.argmin(there_s)) if len(there_s) else 0
    return (facts.units.unit_ids[row], float(there_s[row])) if len(there_s) and np.isfinite(there_s[row]) else None
