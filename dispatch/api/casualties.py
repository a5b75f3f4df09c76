"""A scene's plan as the outside sees it, with words for who has to wait and why."""

from typing import Any

from dispatch.api.texts import NEEDS
from dispatch.domain.casualties import CasualtyPlan, PlannedHospital, PlannedPatient, Unplaced
from dispatch.domain.ids import IncidentId
from dispatch.domain.world import World
from routing.optimise.casualty_plan import Shortfall, Tag

Wire = dict[str, Any]


def casualty_plan_wire(world: World, incident_id: IncidentId, plan: CasualtyPlan) -> Wire:
    """Patients by arrival, those who have to wait with the cause, and every hospital that is used or has reported."""
    return {
        "incident_id": incident_id,
        "computed_at": plan.computed_at,
        "patients": [_patient(world, each) for each in plan.patients],
        "unplaced": [_unplaced(each) for each in plan.unplaced],
        "hospitals": [_hospital(world, each) for each in plan.hospitals],
        "unknown_needs": [
            {"need": need, "n": n, "text": NEEDS[need][0], "text_en": NEEDS[need][1]} for need, n in plan.unknown_needs
        ],
        "travel_time_source": plan.travel_time_source,
        "travel_time_grade": plan.travel_time_grade,
    }


def _patient(world: World, planned: PlannedPatient) -> Wire:
    unit = world.units.get(planned.unit_id)
    return {
        "patient_id": planned.patient_id,
        "tag": planned.tag,
        "unit_id": planned.unit_id,
        "call_sign": unit.record.call_sign if unit else None,
        "trip": planned.trip,
        "hospital_id": planned.hospital_id,
        "leaves_at": planned.leaves_at,
        "arrives_at": planned.arrives_at,
        "received_at": planned.received_at,
        "bound": planned.is_bound,
    }


def _unplaced(unplaced: Unplaced) -> Wire:
    """An emergency department is what everybody needs, so only what is special is named in words."""
    special = [need for need in unplaced.needs if need != "emergency"]
    columns = tuple(range(len(special)))
    short = Shortfall(cause=unplaced.cause, tag=Tag[unplaced.tag.name], needs=columns, n=unplaced.n)
    return {
        "cause": unplaced.cause,
        "tag": unplaced.tag,
        "needs": list(unplaced.needs),
        "n": unplaced.n,
        "text": short.text_zh([NEEDS[need][0] for need in special]),
        "text_en": short.text_en([NEEDS[need][1] for need in special]),
    }


def _hospital(world: World, planned: PlannedHospital) -> Wire:
    hospital = world.hospitals.get(planned.hospital_id)
    return {
        "hospital_id": planned.hospital_id,
        "name_zh": hospital.record.name_zh if hospital else None,
        "name_en": hospital.record.name_en if hospital else None,
        "red": planned.red,
        "yellow": planned.yellow,
        "green": planned.green,
        "interval_s": planned.interval_s,
        "assumed": planned.is_assumed,
    }
