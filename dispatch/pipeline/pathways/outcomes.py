"""Strokes and infarctions of a decision, weighed: the model goes to the explanation, what a rule makes of it into the prices."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

import numpy as np

from dispatch.domain.facts import Facts, Need, Suitability, Weighing
from dispatch.domain.ids import IncidentId, UnitId
from dispatch.domain.vocabulary import Capability, Pathway, UnitKind
from dispatch.pipeline.pathways import stemi, stroke
from dispatch.pipeline.pathways.journey import Angiography, Journey, drive_sigma
from dispatch.pipeline.pathways.profile import ON_A_MAP, of_need
from routing.geo import FloatArray

_WEIGH: Final = {Pathway.STROKE: stroke.weigh, Pathway.STEMI: stemi.weigh}
_TREATED_BY: Final = {Pathway.STROKE: Capability.THROMBECTOMY, Pathway.STEMI: Capability.CATH_LAB}
_MSU_ROW: Final = list(UnitKind).index(UnitKind.MSU)


def is_weighed(facts: Facts) -> bool:
    """Whether any need's ways to reperfusion are."""
    return any(need.incident.pathway in ON_A_MAP for need in facts.needs)


class Outcomes:
    """Weighs. What hospitals can do is read again only when one of them has changed; a need that nothing has happened to since, and
    that nobody asks about, keeps its term as long."""

    def __init__(self) -> None:
        self._of: object = None
        self._angiography: dict[Pathway, Angiography] = {}
        self._known: dict[IncidentId, tuple[Need, FloatArray | None]] = {}

    def weighed(
        self,
        facts: Facts,
        explained: Collection[IncidentId],
        *,
        transfer_s: FloatArray,
        response_s: FloatArray,
        queue_s: FloatArray,
        scene_time_s: float,
    ) -> Facts:
        """`facts` with the weighings of what is to be explained, and with the term `reperfusion` where a rule prefers a hospital to
        nearer ones.

        `transfer_s` [h, h] between hospitals; `response_s` [n, m] turnout and drive of each unit; `queue_s` [m, h] what the patients
        bound for a hospital delay the next; `scene_time_s` from arrival to departure.
        """
        if self._of is not facts.hospitals.hospitals:
            self._of, self._angiography, self._known = facts.hospitals.hospitals, {}, {}
        weighings: dict[int, Weighing] = {}
        suitability = list(facts.hospital_suitability)
        before, self._known = self._known, {}
        for c, need in enumerate(facts.needs):
            if need.incident.pathway not in ON_A_MAP or of_need(need).map_kind is None:
                continue
            incident_id = need.incident.incident_id
            known, penalty_s = before.get(incident_id, (None, None))
            if known is not need or incident_id in explained:
                angiography = self._angiography_of(facts, need)
                journey = _journey(facts, c, transfer_s, response_s[:, c], queue_s[c], scene_time_s, angiography)
                weigh = _WEIGH[need.incident.pathway]
                weighing, penalty_s = weigh(journey, facts.decided_at, is_explained=incident_id in explained)
                if weighing is not None:
                    weighings[c] = weighing
            self._known[incident_id] = need, penalty_s
            if penalty_s is not None:
                suitability[c] = _with_term(suitability[c], {"reperfusion": penalty_s})
        return replace(facts, weighings=weighings, hospital_suitability=tuple(suitability))

    def _angiography_of(self, facts: Facts, need: Need) -> Angiography:
        pathway, hospitals = need.incident.pathway, facts.hospitals.hospitals
        if pathway not in self._angiography:
            self._angiography[pathway] = Angiography.of(hospitals, _TREATED_BY[pathway])
        return self._angiography[pathway].kept_for(need, hospitals, _TREATED_BY[pathway])


def _with_term(suitability: Suitability, term: Mapping[str, FloatArray]) -> Suitability:
    return Suitability(ruled=suitability.ruled, terms={**suitability.terms, **term})


def _journey(
    facts: Facts,
    c: int,
    transfer_s: FloatArray,
    response_s: FloatArray,
    queue_s: FloatArray,
    scene_time_s: float,
    angiography: Angiography,
) -> Journey:
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
        queue_s=queue_s,
        transfer_s=transfer_s,
        angiography=angiography,
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
