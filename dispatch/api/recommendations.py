"""A recommendation as the outside sees it, with words for every reason and rule."""

from typing import Any

from dispatch.api.texts import reason_wire, rule_texts
from dispatch.api.texts_pathways import handover_wire, outcome_wire
from dispatch.domain.choice import Awaits, Diversion, HospitalCandidate, Recommendation, UnitCandidate
from dispatch.domain.world import World
from dispatch.pipeline.pathways.handover import handovers
from dispatch.projections.place_wire import point_wire

Wire = dict[str, Any]


def recommendation_wire(world: World, made: Recommendation, *, seq: int | None) -> Wire:
    """`seq` is the journal's number of the recorded recommendation, None for one that was only computed to be shown."""
    return {
        "incident_id": made.incident_id,
        "seq": seq,
        "computed_at": made.computed_at,
        "units": [_unit(world, candidate, made) for candidate in made.units],
        "hospital": _hospital(world, made.hospital, made) if made.hospital else None,
        "alternatives": [_unit(world, candidate, made) for candidate in made.alternatives],
        "hospital_alternatives": [_hospital(world, candidate, made) for candidate in made.hospital_alternatives],
        "excluded": [
            {"id": subject, "kind": kind, **rule_texts(rule)}
            for kind, groups in (("unit", made.excluded_units), ("hospital", made.excluded_hospitals))
            for rule, subjects in groups
            for subject in subjects
        ],
        "n_other_units": made.n_other_units,
        "equivalent": made.robustness.is_equivalent if made.robustness else None,
        "instead_of": made.instead_of,
        "held": made.n_missing > 0 and not made.units,
        "awaits": _awaits(world, made.awaits) if made.awaits else None,
        "n_missing": made.n_missing,
        "policy_version": made.policy_version,
        "data_version": made.data_version,
        "travel_time_source": made.travel_time_source,
        "travel_time_grade": made.travel_time_grade,
        "relative_error": made.relative_error,
        "outcome": outcome_wire(world, made.outcome) if made.outcome else None,
        "handovers": [handover_wire(*each) for each in handovers(world.incidents[made.incident_id])],
    }


def _unit(world: World, candidate: UnitCandidate, made: Recommendation) -> Wire:
    unit = world.units.get(candidate.unit_id)
    fixed_at = candidate.fixed_at
    return {
        "unit_id": candidate.unit_id,
        "call_sign": unit.record.call_sign if unit else None,
        "kind": unit.record.kind if unit else None,
        "record_class": unit.record.record_class if unit else None,
        "travel_time_s": candidate.travel_time_s,
        "travel_time_grade": candidate.travel_time_grade or made.travel_time_grade,
        "p90_s": candidate.p90_s,
        "distance_m": candidate.distance_m,
        "eta_at": candidate.eta_at,
        "cost": candidate.cost,
        "cost_terms": dict(candidate.cost_terms),
        "regret": candidate.regret,
        "best_share": _best_share(candidate, made),
        "position": {
            **point_wire(candidate.point),
            "source": candidate.position_source,
            "fixed_at": fixed_at,
            "age_s": round((made.computed_at - fixed_at).total_seconds(), 1) if fixed_at else None,
        },
        "reasons": [reason_wire(reason) for reason in candidate.reasons],
        "diverted_from": _diversion(candidate.diverted_from) if candidate.diverted_from else None,
        "relieves": candidate.relieves,
    }


def _awaits(world: World, awaits: Awaits) -> Wire:
    unit = world.units.get(awaits.unit_id)
    return {"unit_id": awaits.unit_id, "call_sign": unit.record.call_sign if unit else None, "eta_at": awaits.eta_at}


def _best_share(candidate: UnitCandidate, made: Recommendation) -> float | None:
    """Of the sampled worlds, in which the candidate is the best for this call; None where that was not weighed."""
    if made.robustness is None:
        return None
    n_best = dict(made.robustness.n_best).get(candidate.unit_id)
    return None if n_best is None else round(n_best / made.robustness.n_worlds, 3)


def _diversion(diversion: Diversion) -> Wire:
    """The incident that would lose the unit, what this one gains, and what that one gets instead (None: it waits)."""
    return {
        "incident_id": diversion.incident_id,
        "gain_s": diversion.gain_s,
        "next_unit_id": diversion.next_unit_id,
        "next_delay_s": diversion.next_delay_s,
    }


def _hospital(world: World, candidate: HospitalCandidate, made: Recommendation) -> Wire:
    hospital = world.hospitals.get(candidate.hospital_id)
    return {
        "hospital_id": candidate.hospital_id,
        "name_zh": hospital.record.name_zh if hospital else None,
        "name_en": hospital.record.name_en if hospital else None,
        "travel_time_s": candidate.travel_time_s,
        "travel_time_grade": candidate.travel_time_grade or made.travel_time_grade,
        "distance_m": candidate.distance_m,
        "eta_at": candidate.eta_at,
        "cost": candidate.cost,
        "cost_terms": dict(candidate.cost_terms),
        "regret": candidate.regret,
        "designation_grade": candidate.designation_grade,
        "reasons": [reason_wire(reason) for reason in candidate.reasons],
    }
