"""Events about many patients of one scene; named in `events.Event` like all others."""

from dataclasses import dataclass

from dispatch.domain.casualties import CasualtyCapacity, CasualtyPlan
from dispatch.domain.ids import AssignmentId, HospitalId, IncidentId, PatientId, UnitId
from dispatch.domain.vocabulary import AssignmentMode


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientsAssigned:
    """From here on these are the crew's patients, and no others; `mode` says whether a person chose them or the plan."""

    assignment_id: AssignmentId
    incident_id: IncidentId
    unit_id: UnitId
    patient_ids: tuple[PatientId, ...]
    mode: AssignmentMode


@dataclass(frozen=True, slots=True, kw_only=True)
class CasualtyPlanMade:
    """The incident's patients are distributed, or distributed anew."""

    incident_id: IncidentId
    plan: CasualtyPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class CasualtyCapacityReported:
    hospital_id: HospitalId
    capacity: CasualtyCapacity


@dataclass(frozen=True, slots=True, kw_only=True)
class CasualtyCapacityExpired:
    """What the hospital had reported is no longer believed; its capacity is assumed again."""

    hospital_id: HospitalId


CasualtyEvent = PatientsAssigned | CasualtyPlanMade | CasualtyCapacityReported | CasualtyCapacityExpired
