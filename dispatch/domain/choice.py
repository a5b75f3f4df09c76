"""A recommendation: who is best for an incident, at what cost, against whom, and which rule kept every other one out."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dispatch.domain.ids import HospitalId, IncidentId, UnitId
from routing.geo import Wgs84
from routing.travel_time.port import Grade

# Parameters of a reason or rule text, rendered into Chinese and English where people read it.
Params = tuple[tuple[str, str | int | float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One argument for (`+`) or against (`-`) a candidate; `code` names the text, `params` fill it."""

    code: str
    sign: str
    params: Params = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Diversion:
    """The unit is on its way to `incident_id`, which is less urgent, and would be taken off it.

    `gain_s`: how much sooner this incident is reached than without. The other then gets `next_unit_id`, `next_delay_s` later than it
    would have had this unit; both None where it has to wait for one to come free.
    """

    incident_id: IncidentId
    gain_s: float
    next_unit_id: UnitId | None
    next_delay_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitCandidate:
    """A unit as the decision saw it.

    `travel_time_s` and `p90_s` are to the scene and include no turnout; `cost` is the sum of `cost_terms`
    (integers, priority-weighted seconds);
    `regret` is how much worse the joint optimum becomes when this unit is forced, None where it was not computed.
    `position_source` is `fix` (with `fixed_at`) or `station` (no report yet: assumed at its base).
    `travel_time_grade` None means the recommendation's own. `relieves`: a crew on its way here that would be called off for this one.
    """

    unit_id: UnitId
    travel_time_s: float
    p90_s: float
    distance_m: float
    eta_at: datetime
    cost: int
    cost_terms: tuple[tuple[str, int], ...]
    regret: int | None
    point: Wgs84
    position_source: str
    fixed_at: datetime | None
    reasons: tuple[Reason, ...] = ()
    travel_time_grade: Grade | None = None
    diverted_from: Diversion | None = None
    relieves: UnitId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Robustness:
    """How sure it is who is best: `n_best` tells for each listed unit in how many of `n_worlds` sampled worlds (errors of the travel
    times, spread of the turnout) it is the best one for this call.

    `is_equivalent`: the unit that the policy prefers is so in too few of them to be called better. `nearest`: of the listed units, who
    is there first as stated.
    """

    n_worlds: int
    n_best: tuple[tuple[UnitId, int], ...]
    is_equivalent: bool
    nearest: UnitId


@dataclass(frozen=True, slots=True, kw_only=True)
class HospitalCandidate:
    """A hospital as the decision saw it; `travel_time_s` is from the scene, `eta_at` after the expected time on scene.

    `travel_time_grade` None means the recommendation's own.
    """

    hospital_id: HospitalId
    travel_time_s: float
    distance_m: float
    eta_at: datetime
    cost: int
    cost_terms: tuple[tuple[str, int], ...]
    regret: int | None
    designation_grade: str | None
    reasons: tuple[Reason, ...] = ()
    travel_time_grade: Grade | None = None


class Way(StrEnum):
    """How a patient may come to reperfusion."""

    DIRECT = "direct"
    """Straight to a hospital that does it all."""
    TRANSFER = "transfer"
    """Treated in the first hospital as far as it can (lysis), then transferred (drip and ship)."""
    RENDEZVOUS = "rendezvous"
    """Lysis by a mobile stroke unit that meets the crew, then on to the hospital."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOption:
    """One way as modelled. `then_hospital_id`: where a transfer goes; `unit_id`: whom the crew meets.

    Times are seconds from onset (or last known well) for a stroke, from first medical contact for a STEMI; None: not given on this
    way. `p_outcome` is the modelled probability of the measure; `n_best`: in how many of the sampled worlds this way is the best.
    """

    way: Way
    hospital_id: HospitalId
    then_hospital_id: HospitalId | None
    unit_id: UnitId | None
    needle_s: float | None
    reperfusion_s: float | None
    p_outcome: float | None
    n_best: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelledOutcome:
    """What published curves expect of each way, at most three; never more than a model.

    `measure` is `no_disability` (mRS 0–1 at 90 days) or `mortality`. `rule` names what decided the destination: the curves alone
    never take a patient past the nearest designated hospital. `since`: `onset` or `last_known_well`, from which a stroke's times
    count.
    """

    measure: str
    rule: str
    since: str | None
    options: tuple[WayOption, ...]
    n_worlds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaits:
    """The call is held for a crew that is at a hospital and is expected to come free; `eta_at`: at the scene, if all goes well."""

    unit_id: UnitId
    eta_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """The outcome of one decision for one incident.

    `excluded_units` and `excluded_hospitals` map each rule to the ids it kept out; every unit and hospital of the world is
    a candidate, an also-ran (`n_other_units`, eligible but costlier than the listed ones) or under a rule.
    """

    incident_id: IncidentId
    units: tuple[UnitCandidate, ...]
    hospital: HospitalCandidate | None
    alternatives: tuple[UnitCandidate, ...]
    hospital_alternatives: tuple[HospitalCandidate, ...]
    excluded_units: tuple[tuple[str, tuple[UnitId, ...]], ...]
    excluded_hospitals: tuple[tuple[str, tuple[HospitalId, ...]], ...]
    n_other_units: int
    n_missing: int
    policy_version: str
    data_version: str
    travel_time_source: str
    travel_time_grade: str
    relative_error: float
    computed_at: datetime
    robustness: Robustness | None = None
    """None where the policy does not weigh units against each other, where several are wanted at once, and where nobody has asked."""
    instead_of: UnitId | None = None
    """The unit that the policy prefers, where the nearest is recommended in its stead because they are equivalent."""
    outcome: ModelledOutcome | None = None
    """Where a stroke's or an infarction's ways were weighed; None for all others, and where nobody has asked."""
    awaits: Awaits | None = None
    """Where nobody is recommended because a crew that comes free soon is expected sooner than anybody who is free."""

    @property
    def unit_ids(self) -> tuple[UnitId, ...]:
        return tuple(candidate.unit_id for candidate in self.units)

    @property
    def hospital_id(self) -> HospitalId | None:
        return self.hospital.hospital_id if self.hospital else None
