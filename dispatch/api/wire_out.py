"""What answers look like, for the OpenAPI document. Answers themselves are encoded from the projections."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from dispatch.domain.assignment import AssignmentStatus, Disposition
from dispatch.domain.choice import Way
from dispatch.domain.incident import IncidentState
from dispatch.domain.post import RelocationReason
from dispatch.domain.vocabulary import (
    AssignmentMode,
    CapabilityState,
    Complaint,
    Duty,
    Pathway,
    Priority,
    TriageTag,
    UnitKind,
)


class Open(BaseModel):
    """Members may be added in later versions; the named ones stay."""

    model_config = ConfigDict(extra="allow")


class PointOut(Open):
    lat: float
    lon: float


class LocationOut(PointOut):
    accuracy_m: float
    source: str
    cell: str


class AssignmentBriefOut(Open):
    assignment_id: str
    unit_id: str
    hospital_id: str | None
    status: AssignmentStatus
    timestamps: dict[str, datetime]


class AssignmentOut(AssignmentBriefOut):
    incident_id: str
    patient_ids: list[str]
    mode: AssignmentMode
    reoffers: int
    override_reason: str | None
    disposition: Disposition | None
    version: int


class IncidentOut(Open):
    """Members that a role may not see are left out (docs/security.md); those with a default here may be."""

    incident_id: str
    number: int
    state: IncidentState
    priority: Priority
    pathway: Pathway
    complaint: Complaint
    determinant: str | None = None
    location: LocationOut | None = None
    address_text: str | None = None
    floor: int | None = None
    received_at: datetime
    calls: list[dict[str, Any]] | None = None
    patients: list[dict[str, Any]] | None = None
    assignments: list[AssignmentBriefOut]
    units_required: int | None = None
    units_missing: int | None = None
    held: dict[str, Any] | None = None
    escalation: int | None = None
    casualty_plan: dict[str, Any] | None = None
    possible_duplicates: list[dict[str, Any]] | None = None
    notices: list[dict[str, Any]] | None = None
    is_simulated: bool
    version: int


class ReasonOut(Open):
    code: str
    sign: str
    text: str
    text_en: str


class DiversionOut(Open):
    """The less urgent incident that would lose the unit, and what it gets instead (null: it waits)."""

    incident_id: str
    gain_s: float
    next_unit_id: str | None
    next_delay_s: float | None


class UnitCandidateOut(Open):
    unit_id: str
    call_sign: str | None
    kind: UnitKind | None
    travel_time_s: float
    travel_time_grade: str
    p90_s: float
    distance_m: float
    eta_at: datetime
    cost: int
    cost_terms: dict[str, int]
    regret: int | None
    best_share: float | None
    position: dict[str, Any]
    reasons: list[ReasonOut]
    diverted_from: DiversionOut | None
    relieves: str | None


class HospitalCandidateOut(Open):
    hospital_id: str
    name_zh: str | None
    name_en: str | None
    travel_time_s: float
    travel_time_grade: str
    eta_at: datetime
    cost: int
    cost_terms: dict[str, int]
    regret: int | None
    designation_grade: str | None
    reasons: list[ReasonOut]


class ExcludedOut(Open):
    id: str
    kind: str
    rule: str
    text: str
    text_en: str


class WayOut(Open):
    """`direct`, `transfer` (drip and ship) or `rendezvous` with a mobile stroke unit. Times in seconds from `since`; `p_outcome` of
    the measure; `best_share` of the sampled worlds."""

    way: Way
    hospital_id: str
    then_hospital_id: str | None
    unit_id: str | None
    needle_s: float | None
    reperfusion_s: float | None
    p_outcome: float | None
    best_share: float


class OutcomeOut(Open):
    """A model, never more; `rule` is what decided."""

    modelled: bool
    measure: str
    text: str
    text_en: str
    source: str
    rule: str
    since: str | None
    options: list[WayOut]


class HandoverOut(Open):
    to: str
    code: str
    text: str
    text_en: str


class AwaitsOut(Open):
    """A crew at a hospital; `eta_at`: when it is expected at the scene, once it is free."""

    unit_id: str
    call_sign: str | None
    eta_at: datetime


class RecommendationOut(Open):
    """Ranked candidates with their cost terms and regret, and the rule that kept every other one out.

    `best_share` of a unit: of the sampled worlds (errors of travel times, spread of the turnout), in which it is best for this call.
    `equivalent`: the preferred unit is so in fewer than 60 % of them. Then the nearest is recommended, unless another call competes
    for it; `instead_of` is the preferred unit that it stands for. `awaits`: the call is held for a crew that comes free soon.
    """

    incident_id: str
    seq: int | None
    computed_at: datetime
    units: list[UnitCandidateOut]
    hospital: HospitalCandidateOut | None
    alternatives: list[UnitCandidateOut]
    hospital_alternatives: list[HospitalCandidateOut]
    excluded: list[ExcludedOut]
    equivalent: bool | None
    instead_of: str | None
    held: bool
    awaits: AwaitsOut | None
    policy_version: str
    data_version: str
    travel_time_source: str
    travel_time_grade: str
    relative_error: float
    outcome: OutcomeOut | None
    handovers: list[HandoverOut]


class CallOut(Open):
    call_id: str
    incident: IncidentOut
    recommendation: RecommendationOut | None
    possible_duplicates: list[dict[str, Any]]


class ChangedOut(Open):
    """The incident after the command, and how priority, pathway and recommendation moved."""

    incident: IncidentOut
    changed: dict[str, Any]
    recommendation: RecommendationOut | None


class AssignedOut(Open):
    assignment: AssignmentOut
    incident: IncidentOut


class PlannedPatientOut(Open):
    """`trip` 0 is the unit's first. `bound`: under way or settled by a person, and only reckoned with."""

    patient_id: str
    tag: TriageTag | None
    unit_id: str
    call_sign: str | None
    trip: int
    hospital_id: str
    leaves_at: datetime
    arrives_at: datetime
    received_at: datetime | None
    bound: bool


class UnplacedOut(Open):
    cause: str
    tag: TriageTag
    needs: list[str]
    n: int
    text: str
    text_en: str


class PlannedHospitalOut(Open):
    """What the plan reckons with: places by tag, one patient every `interval_s`; `assumed` where the hospital has not said."""

    hospital_id: str
    name_zh: str | None
    name_en: str | None
    red: int
    yellow: int
    green: int
    interval_s: int
    assumed: bool


class CasualtyPlanOut(Open):
    """Who of a scene's patients goes where with whom and when, who has to wait and why, and what was assumed."""

    incident_id: str
    computed_at: datetime
    patients: list[PlannedPatientOut]
    unplaced: list[UnplacedOut]
    hospitals: list[PlannedHospitalOut]
    unknown_needs: list[dict[str, Any]]
    travel_time_source: str
    travel_time_grade: str


class AdviceOut(Open):
    """Where a unit should wait instead; `gain` is the share of all demand that it would add to what is expected to be covered."""

    post_id: str
    reason: RelocationReason
    gain: float | None
    travel_time_s: float | None
    distance_m: float | None
    advised_at: datetime | None


class UnitOut(Open):
    unit_id: str
    call_sign: str
    kind: UnitKind
    negative_pressure: bool
    home_station_id: str
    home: PointOut
    post_id: str | None
    advised_post_id: str | None
    advised: AdviceOut | None
    duty: Duty
    distress_at: datetime | None
    status: str
    assignment_id: str | None
    incident_id: str | None
    record_class: str
    position: dict[str, Any] | None


class CapabilityOut(Open):
    """`state` is what is believed now: what was `reported`, busy while all places are kept for patients (`slots`), unknown where it is
    `contradicted` at the door. `slots_free`: how many more can be kept, where a number was reported."""

    state: CapabilityState
    source: str | None
    updated_at: datetime | None
    expires_at: datetime | None
    slots_free: int | None
    reported: CapabilityState
    slots: list[dict[str, Any]]
    contradicted: dict[str, Any] | None


class HospitalOut(Open):
    """`casualty_capacity`: what it has said it takes from mass casualties; null as long as that is assumed."""

    hospital_id: str
    name_zh: str
    name_en: str
    location: PointOut
    designations: list[dict[str, Any]]
    capabilities: dict[str, CapabilityOut]
    casualty_capacity: dict[str, Any] | None


class EventOut(Open):
    seq: int
    type: str
    recorded_at: datetime
    occurred_at: datetime
    actor: str
    realm: str
    data: dict[str, Any]


class Page(Open):
    next: str | None


class IncidentsOut(Page):
    items: list[IncidentOut]


class UnitsOut(Page):
    items: list[UnitOut]


class HospitalsOut(Page):
    items: list[HospitalOut]


class EventsOut(Open):
    items: list[EventOut]
    next: int | None


class PositionsOut(Open):
    accepted: int
    rejected: list[dict[str, Any]]


class UserOut(Open):
    user: str
    roles: list[str]
    hospital_id: str | None
    unit_id: str | None
    development: bool
    realm: str
    data_version: str | None
