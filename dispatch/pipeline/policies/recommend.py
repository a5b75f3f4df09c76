"""From chosen rows to a recommendation that explains itself: near, urgent, specialty, and the patient's wish.

The four heads are those of the national rule for choosing a destination (院前医疗急救管理办法,
art. 23: 就近、就急、满足专业需要、兼顾患者意愿).
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import numpy as np

from dispatch.domain.choice import (
    Awaits,
    Diversion,
    HospitalCandidate,
    Reason,
    Recommendation,
    Robustness,
    UnitCandidate,
)
from dispatch.domain.facts import Facts, Need, Ruled
from dispatch.domain.hospital import Hospital
from dispatch.domain.ids import HospitalId, UnitId
from dispatch.domain.incident import HoldReason
from dispatch.domain.unit import FIX_STALE_AFTER_S, FIX_UNUSABLE_AFTER_S
from dispatch.domain.vocabulary import Capability, CapabilityState, Pathway, UnitKind
from dispatch.pipeline.pathways.houses import is_known_to_have, is_of_grade, needed_capabilities
from dispatch.pipeline.pathways.profile import SURGERY_OR_INTENSIVE_CARE, Age, Profile, of_need
from dispatch.pipeline.policies import costs
from dispatch.pipeline.policies.costs import IntArray, Prices
from routing.geo import FloatArray

N_ALTERNATIVES: Final = 5
N_HOSPITAL_ALTERNATIVES: Final = 3
# Median scene time of 16,854 recorded San Francisco ambulance responses that transported (docs/decisions.md).
SCENE_TIME_S: Final = 960.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Rows that a policy picked for one need, and the regret of each row that it priced. Of the units, those that are taken off
    another incident, and those that relieve a crew on its way. `robustness`: how sure the choice is, where that was weighed;
    `instead_of`: the row that the policy prefers, where the nearest goes in its stead."""

    unit_rows: Sequence[int]
    hospital_row: int | None
    diverted: Mapping[int, Diversion] = field(default_factory=dict)
    relieves: Mapping[int, UnitId] = field(default_factory=dict)
    unit_regret: Mapping[int, int] = field(default_factory=dict)
    hospital_regret: Mapping[int, int] = field(default_factory=dict)
    robustness: Robustness | None = None
    instead_of: int | None = None


def cheapest(cost: IntArray, eligible: np.ndarray[tuple[int], np.dtype[np.bool_]], k: int) -> list[int]:
    """Rows of the k cheapest eligible candidates, ties by row."""
    rows = np.flatnonzero(eligible)
    return [int(row) for row in rows[np.argsort(cost[rows], kind="stable")[:k]]]


def alternatives(facts: Facts, c: int, prices: Prices, chosen: Sequence[int]) -> list[int]:
    """Rows of the next best units, each a real choice: not ten units of one base."""
    rows, units = np.flatnonzero(prices.is_unit_eligible[c]), facts.units
    ranked = rows[np.argsort(prices.unit_cost[c, rows], kind="stable")]
    order = np.concatenate([np.array(chosen, dtype=np.int64), ranked])
    stands = zip(*(column[order].tolist() for column in (units.kinds, units.lat_deg, units.lon_deg)), strict=True)
    found: dict[tuple[float, ...], int] = {}
    for stand, row in zip(stands, order.tolist(), strict=True):
        found.setdefault(stand, row)
        if len(found) == N_ALTERNATIVES + len(chosen):
            break
    return [row for row in found.values() if row not in chosen][:N_ALTERNATIVES]


def hospital_alternatives(c: int, prices: Prices, chosen: int | None) -> list[int]:
    """Rows of the next best hospitals."""
    ranked = cheapest(prices.hospital_cost[c], prices.is_hospital_eligible[c], N_HOSPITAL_ALTERNATIVES + 1)
    return [row for row in ranked if row != chosen][:N_HOSPITAL_ALTERNATIVES]


def is_unchanged(facts: Facts, c: int, prices: Prices, chosen: Chosen) -> bool:
    """Whether this is what stands recommended for need c already, and it still waits for the same reason where it does."""
    incident = facts.needs[c].incident
    known, held = incident.recommendation, incident.held
    if known is None:
        return False
    if held is not None and not chosen.unit_rows:
        has_suitable_unit = bool(prices.is_unit_eligible[c].any())
        if held.reason != HoldReason.of(is_crew_awaited=c in facts.awaited, has_suitable_unit=has_suitable_unit):
            return False
    units = tuple(facts.units.unit_ids[row] for row in chosen.unit_rows)
    row = chosen.hospital_row
    hospital = None if row is None else facts.hospitals.hospitals[row].hospital_id
    return (known.unit_ids, known.hospital_id) == (units, hospital)


def recommendation(
    facts: Facts, c: int, prices: Prices, chosen: Chosen, *, policy_version: str, is_explained: bool
) -> Recommendation:
    """The recommendation for need c; alternatives and exclusions are listed only where it is to be explained."""
    others = alternatives(facts, c, prices, chosen.unit_rows) if is_explained else []
    others_h = hospital_alternatives(c, prices, chosen.hospital_row) if is_explained else []
    case = _Case.of(facts, c, prices, chosen)
    units = tuple(_unit(case, row) for row in chosen.unit_rows)
    lead_s = min((prices.response_s[c, row] for row in chosen.unit_rows), default=costs.TURNOUT_S) + SCENE_TIME_S
    hospital = chosen.hospital_row
    return Recommendation(
        incident_id=case.need.incident.incident_id,
        units=units,
        hospital=None if hospital is None else _hospital(case, hospital, lead_s),
        alternatives=tuple(_unit(case, row) for row in others),
        hospital_alternatives=tuple(_hospital(case, row, lead_s) for row in others_h),
        excluded_units=_excluded_units(facts, c, chosen) if is_explained else (),
        excluded_hospitals=_excluded_hospitals(facts, c) if is_explained else (),
        n_other_units=max(0, int(np.count_nonzero(prices.is_unit_eligible[c])) - len(units) - len(others)),
        n_missing=max(0, case.need.missing - len(units)),
        policy_version=policy_version,
        data_version=facts.data_version,
        travel_time_source=facts.to_scene.source,
        travel_time_grade=str(facts.to_scene.grade),
        relative_error=facts.to_scene.relative_error,
        computed_at=facts.decided_at,
        robustness=chosen.robustness,
        instead_of=None if chosen.instead_of is None else facts.units.units[chosen.instead_of].unit_id,
        outcome=facts.weighings[c].outcome if is_explained and c in facts.weighings else None,
        awaits=None if units or not case.need.missing else _awaits(facts, c),
    )


def _awaits(facts: Facts, c: int) -> Awaits | None:
    awaited = facts.awaited.get(c)
    if awaited is None:
        return None
    eta_at = facts.decided_at + timedelta(seconds=round(awaited.response_s))
    return Awaits(unit_id=facts.units.unit_ids[awaited.row], eta_at=eta_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """Need `c` of the facts and what was chosen for it; `unit_times_s`, `hospital_times_s`: the different times of all that
    are eligible, ascending, so that units of one base share a rank.
    """

    facts: Facts
    c: int
    prices: Prices
    chosen: Chosen
    unit_times_s: FloatArray
    hospital_times_s: FloatArray

    @classmethod
    def of(cls, facts: Facts, c: int, prices: Prices, chosen: Chosen) -> "_Case":
        return cls(
            facts=facts,
            c=c,
            prices=prices,
            chosen=chosen,
            unit_times_s=np.unique(facts.to_scene.travel_time_s[prices.is_unit_eligible[c], c]),
            hospital_times_s=np.unique(facts.to_hospital.travel_time_s[c, prices.is_hospital_eligible[c]]),
        )

    @property
    def need(self) -> Need:
        return self.facts.needs[self.c]


def _unit(case: _Case, row: int) -> UnitCandidate:
    facts, c = case.facts, case.c
    unit, fix = facts.units.units[row], facts.units.fixes[row]
    travel_time_s = float(facts.to_scene.travel_time_s[row, c])
    parts = _parts(case.prices.unit_terms, c, row)
    return UnitCandidate(
        unit_id=unit.unit_id,
        travel_time_s=round(travel_time_s, 1),
        p90_s=round(travel_time_s * facts.to_scene.p90_factor, 1),
        distance_m=round(float(facts.to_scene.distance_m[row, c]), 0),
        eta_at=facts.decided_at + timedelta(seconds=round(float(case.prices.response_s[c, row]))),
        cost=sum(value for _, value in parts),
        cost_terms=parts,
        regret=case.chosen.unit_regret.get(row),
        point=fix.point if fix else unit.record.home,
        position_source="fix" if fix else "station",
        fixed_at=fix.fixed_at if fix else None,
        reasons=tuple(_unit_reasons(case, row)),
        diverted_from=case.chosen.diverted.get(row),
        relieves=case.chosen.relieves.get(row),
    )


def _parts(terms: Mapping[str, IntArray], c: int, row: int) -> tuple[tuple[str, int], ...]:
    """The cost terms of one candidate that are not 0."""
    values = ((name, int(term[c, row])) for name, term in terms.items())
    return tuple((name, value) for name, value in values if value)


def _near(times_s: FloatArray, travel_time_s: float, n_near: int) -> Reason:
    """The rank of a travel time among those of all eligible candidates."""
    rank = 1 + int(np.searchsorted(times_s, travel_time_s))
    return Reason(code="near", sign="+" if rank <= n_near else "-", params=(("rank", rank),))


def _unit_reasons(case: _Case, row: int) -> Iterator[Reason]:
    facts, c, need = case.facts, case.c, case.need
    unit, suitability = facts.units.units[row], facts.unit_suitability[c]
    travel_time_s = float(facts.to_scene.travel_time_s[row, c])
    yield _near(case.unit_times_s, travel_time_s, N_ALTERNATIVES)
    response_s = costs.age_s(facts, c) + float(case.prices.response_s[c, row])
    target_s = costs.TARGET_S[need.incident.priority]
    urgency = (("target_s", target_s), ("response_s", round(response_s)))
    is_in_time = response_s <= target_s
    yield Reason(
        code="within_target" if is_in_time else "beyond_target", sign="+" if is_in_time else "-", params=urgency
    )
    yield from _equivalence(case, row)
    diversion = case.chosen.diverted.get(row)
    if diversion is not None:
        yield Reason(code="diverted", sign="-", params=(("gain_s", diversion.gain_s),))
    if row in case.chosen.relieves:
        yield Reason(code="relieves", sign="+", params=(("call_sign", _call_sign(facts, case.chosen.relieves[row])),))
    staffing_s = suitability.terms["staffing"][row]
    if staffing_s < 0:
        yield Reason(code=f"specialty_{unit.record.kind}", sign="+")
    elif staffing_s > 0:
        yield Reason(code=f"staffing_{unit.record.kind}", sign="-", params=(("penalty_s", float(staffing_s)),))
    elif unit.record.kind is UnitKind.ALS and need.incident.priority.is_life_threatening:
        yield Reason(code="staffing_als_for_red", sign="+")
    age_s = float(facts.units.fix_age_s[row])
    if math.isnan(age_s):
        yield Reason(code="position_assumed", sign="-")
    elif age_s > FIX_UNUSABLE_AFTER_S:
        yield Reason(code="position_unlocated", sign="-", params=(("minutes", round(age_s / 60)),))
    elif age_s > FIX_STALE_AFTER_S:
        yield Reason(code="position_stale", sign="-", params=(("age_s", round(age_s)),))
    if "isolation" in suitability.terms:
        has = unit.record.negative_pressure
        yield Reason(code="negative_pressure" if has else "no_negative_pressure", sign="+" if has else "-")


def _equivalence(case: _Case, row: int) -> Iterator[Reason]:
    """That nobody is surely better than the unit that goes, and what follows."""
    found, facts = case.chosen.robustness, case.facts
    if found is None or not found.is_equivalent or row not in case.chosen.unit_rows:
        return
    if case.chosen.instead_of is not None:
        call_sign = facts.units.units[case.chosen.instead_of].record.call_sign
        yield Reason(code="equivalent_instead", sign="+", params=(("call_sign", call_sign),))
    elif facts.units.units[row].unit_id == found.nearest:
        yield Reason(code="equivalent", sign="+")
    else:
        yield Reason(code="equivalent_covering", sign="+")


def _call_sign(facts: Facts, unit_id: UnitId) -> str:
    return facts.units.units[facts.units.row_of[unit_id]].record.call_sign


def _hospital(case: _Case, row: int, lead_s: float) -> HospitalCandidate:
    facts, c = case.facts, case.c
    hospital = facts.hospitals.hospitals[row]
    travel_time_s = float(facts.to_hospital.travel_time_s[c, row])
    queue = round(costs.QUEUE_STEP_S * int(facts.hospitals.inbound[row]))
    parts = (*_parts(case.prices.hospital_terms, c, row), *([("queue", queue)] if queue else []))
    return HospitalCandidate(
        hospital_id=hospital.hospital_id,
        travel_time_s=round(travel_time_s, 1),
        distance_m=round(float(facts.to_hospital.distance_m[c, row]), 0),
        eta_at=facts.decided_at + timedelta(seconds=round(lead_s + travel_time_s)),
        cost=sum(value for _, value in parts),
        cost_terms=parts,
        regret=case.chosen.hospital_regret.get(row),
        designation_grade=_designation_grade(case, row),
        reasons=tuple(_hospital_reasons(case, row)),
    )


def _designation_grade(case: _Case, row: int) -> str | None:
    kind = of_need(case.need).map_kind
    found = (d.grade for d in case.facts.hospitals.hospitals[row].record.designations if d.kind == kind)
    return next(found, None)


def _hospital_reasons(case: _Case, row: int) -> Iterator[Reason]:
    incident, hospital = case.need.incident, case.facts.hospitals.hospitals[row]
    travel_time_s = float(case.facts.to_hospital.travel_time_s[case.c, row])
    yield _near(case.hospital_times_s, travel_time_s, N_HOSPITAL_ALTERNATIVES)
    grade = _designation_grade(case, row)
    if grade is not None:
        yield Reason(code=f"specialty_{incident.pathway}", sign="+", params=(("grade", grade),))
    profile = of_need(case.need)
    yield from _house_reasons(hospital, profile)
    for capability in needed_capabilities(profile):
        if hospital.is_kept_for(case.need.patients, capability):
            yield Reason(code="urgent_kept", sign="+", params=(("capability", str(capability)),))
            continue
        state = hospital.state_of(capability)
        sign = "+" if state is CapabilityState.AVAILABLE else "-"
        yield Reason(code=f"urgent_{state}", sign=sign, params=(("capability", str(capability)),))
    weighing = case.facts.weighings.get(case.c)
    yield from weighing.reasons.get(row, ()) if weighing else ()
    if hospital.hospital_id == incident.preferred_hospital_id:
        yield Reason(code="wish", sign="+")
    inbound = int(case.facts.hospitals.inbound[row])
    if inbound:
        yield Reason(code="inbound", sign="-", params=(("patients", inbound),))


def _house_reasons(hospital: Hospital, profile: Profile) -> Iterator[Reason]:
    """Why such a house suits, where no map says so."""
    specialties = hospital.record.specialties
    if profile.age is not Age.ADULT and "children" in specialties:
        yield Reason(code="specialty_children", sign="+")
    if profile.pathway is Pathway.OBSTETRIC and "maternity" in specialties:
        yield Reason(code="specialty_maternity", sign="+")
    if profile.pathway is Pathway.PSYCHIATRIC:
        yield Reason(code="specialty_psychiatry" if "psychiatry" in specialties else "body_first", sign="+")
    if profile.is_burned:
        has = "burns" in specialties or is_known_to_have(hospital, Capability.BURNS)
        yield Reason(code="specialty_burns" if has else "burns_unknown", sign="+" if has else "-")
    if profile.pathway in SURGERY_OR_INTENSIVE_CARE and profile.is_red:
        is_tertiary = is_of_grade(hospital, "三级")
        yield Reason(code="grade_tertiary" if is_tertiary else "grade_secondary", sign="+" if is_tertiary else "-")


def _excluded_units(facts: Facts, c: int, chosen: Chosen) -> tuple[tuple[str, tuple[UnitId, ...]], ...]:
    """Crews on their way that may be taken but are not worth it stand under a rule of their own."""
    ruled = _with_unreachable(facts.unit_suitability[c].ruled, facts.to_scene.travel_time_s[:, c])
    is_kept = facts.bound_to >= 0
    is_kept[list(chosen.diverted)] = False
    ruled = ruled.then(Ruled(codes=is_kept.astype(np.int64), names=("on_its_way",)))
    unit_ids = facts.units.unit_ids
    return tuple((rule, tuple(unit_ids[row] for row in rows)) for rule, rows in ruled.rows_by_rule().items())


def _excluded_hospitals(facts: Facts, c: int) -> tuple[tuple[str, tuple[HospitalId, ...]], ...]:
    ruled = _with_unreachable(facts.hospital_suitability[c].ruled, facts.to_hospital.travel_time_s[c])
    hospitals = facts.hospitals.hospitals
    return tuple(
        (rule, tuple(hospitals[row].hospital_id for row in rows)) for rule, rows in ruled.rows_by_rule().items()
    )


def _with_unreachable(ruled: Ruled, travel_time_s: FloatArray) -> Ruled:
    return ruled.then(Ruled(codes=np.where(np.isfinite(travel_time_s), 0, 1), names=("unreachable",)))
