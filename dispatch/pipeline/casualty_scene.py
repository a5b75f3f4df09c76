"""A scene with many patients as the model of `routing.optimise.mass_casualty` sees it: where its letters get their values.

*Patients* are all who still need a crew; black tags are left to others, and who has no tag counts as yellow. *Units* are the scene's
own crews, and those recommended for it. *Hospitals* take what they have reported, else what is assumed of a house of their level.
Slots stand on a grid that does not move with the clock. What other scenes' plans have of a hospital's places and slots is taken.

Bound are patients under way, those whose crew is with them, and those whose crew or hospital a person has chosen. For a crew still at
the scene that ends when its hospital closes; one that has left is redirected by the recommendation of the incident.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np

from dispatch.domain.assignment import Assignment, AssignmentStatus
from dispatch.domain.casualties import PlannedPatient
from dispatch.domain.hospital import Hospital
from dispatch.domain.ids import HospitalId, UnitId
from dispatch.domain.incident import Incident
from dispatch.domain.patient import PATIENT_ENDED, FindingKind, Patient, PatientState
from dispatch.domain.vocabulary import Capability, CapabilityState, TriageTag
from dispatch.pipeline.pathways.houses import HOSPITAL_BUSY_S, city_day
from dispatch.pipeline.pathways.profile import CHILD_BELOW_YEARS, OBSTETRIC_FROM_WEEKS, is_burn
from dispatch.pipeline.policies.recommend import SCENE_TIME_S
from routing.geo import BoolArray, FloatArray, IntArray
from routing.optimise.casualty_plan import HORIZON_S, Bound, Fleet, Houses, Patients, Tag

ASSUMED_TERTIARY: Final = (3, 6, 12)
ASSUMED_SECONDARY: Final = (1, 3, 8)
ASSUMED_OTHER: Final = (0, 2, 6)
"""Places for red, yellow and green patients, by level of the house (三级, 二级, other). No public figure was found for any house: a
choice of ours, which a hospital's own word replaces."""
ASSUMED_INTERVAL_S: Final = 300
"""One patient every five minutes, where nobody has said. A choice of ours."""
AT_HOSPITAL_S: Final = 1910
"""Arrival to available: median of 1,682 recorded responses (docs/decisions.md); what a crew needs before it can come back."""
TAGS: Final = (TriageTag.RED, TriageTag.YELLOW, TriageTag.GREEN)
EMERGENCY, CHILDREN, OBSTETRICS, CATH_LAB, BURNS = NEEDS = "emergency", "children", "obstetrics", "cath_lab", "burns"


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """A unit of the scene: `leaves_s` seconds from now it can leave with a patient; negative for one that has left (`is_gone`).

    `assignment` None: it is recommended, and nobody has sent it yet.
    """

    unit_id: UnitId
    assignment: Assignment | None
    leaves_s: int
    is_gone: bool


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class CasualtyFacts:
    """What a plan is made from. `crews` by unit id, `hospitals` by id with `drive_s` float64[h] from the scene (inf: unreachable).

    `patients` are those of the incident. `claimed`: what other scenes' plans have. `received`: how many patients of such scenes each
    hospital has been handed already, by tag, since it reported.
    """

    incident: Incident
    patients: tuple[Patient, ...]
    crews: tuple[Crew, ...]
    hospitals: tuple[Hospital, ...]
    drive_s: FloatArray
    claimed: tuple[PlannedPatient, ...]
    received: Mapping[tuple[HospitalId, TriageTag], int]
    travel_time_source: str
    travel_time_grade: str
    now: datetime


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Case:
    """`patients` are the first rows of `problem`; those of other scenes follow, bound to a unit of their own. `crews` are the first
    rows of `fleet`. `places` int64[h, 3]: what each hospital takes in all, by tag; `unknown_needs` see `CasualtyPlan`.
    """

    facts: CasualtyFacts
    crews: tuple[Crew, ...]
    patients: tuple[Patient, ...]
    unknown_needs: tuple[tuple[str, int], ...]
    problem: Patients
    fleet: Fleet
    houses: Houses
    places: IntArray

    @classmethod
    def of(cls, facts: CasualtyFacts) -> "Case":
        """The scene in rows; crews that have left with nobody are not in it, nor are patients who need none."""
        crews = tuple(
            crew for crew in facts.crews if not crew.is_gone or (crew.assignment and crew.assignment.patient_ids)
        )
        crew_of = {p: row for row, crew in enumerate(crews) if crew.assignment for p in crew.assignment.patient_ids}
        patients = tuple(p for p in facts.patients if _is_to_plan(p, has_crew=p.patient_id in crew_of))
        known = {hospital.hospital_id for hospital in facts.hospitals}
        claimed = [each for each in facts.claimed if each.hospital_id in known]
        offers = np.array([_offers(hospital, facts) for hospital in facts.hospitals]).reshape(-1, len(NEEDS))
        offers &= np.isfinite(facts.drive_s)[:, np.newaxis]
        needs, unknown = _needs(patients, offers)
        places = np.array([_places(hospital) for hospital in facts.hospitals], dtype=np.int64).reshape(-1, len(TAGS))
        houses = _houses(facts, offers, places)
        return cls(
            facts=facts,
            crews=crews,
            patients=patients,
            unknown_needs=unknown,
            problem=Patients(
                tag=np.array([*map(_tag, patients), *(_TAG[each.tag] for each in claimed)], dtype=np.int64),
                needs=np.concatenate([needs, np.zeros((len(claimed), len(NEEDS)), dtype=np.bool_)]),
                bound=_bound(facts, crews, [crew_of.get(p.patient_id) for p in patients], claimed, houses),
            ),
            fleet=_fleet(crews, _round_trip_s(houses, len(patients)), has_claims=bool(claimed)),
            houses=houses,
            places=places,
        )


_TAG: Final = {TriageTag.RED: Tag.RED, TriageTag.YELLOW: Tag.YELLOW, None: Tag.YELLOW, TriageTag.GREEN: Tag.GREEN}


def _tag(patient: Patient) -> Tag:
    return _TAG[patient.triage_tag]


def _is_to_plan(patient: Patient, *, has_crew: bool) -> bool:
    """Who needs a crew, or is under way with one to a hospital that is known."""
    is_waiting = patient.triage_tag is not TriageTag.BLACK and patient.state not in PATIENT_ENDED
    has_left = patient.state in {PatientState.IN_TRANSPORT, PatientState.AT_HOSPITAL}
    return is_waiting and (not has_left or (has_crew and patient.hospital_id is not None))


def _bound(
    facts: CasualtyFacts,
    crews: Sequence[Crew],
    crew_of: Sequence[int | None],
    claimed: Sequence[PlannedPatient],
    houses: Houses,
) -> dict[int, Bound]:
    """Whose way is settled, by row: those of `crew_of`, the row of each patient's crew, and behind them all that is claimed."""
    house_of = {hospital.hospital_id: h for h, hospital in enumerate(facts.hospitals)}
    bound = {}
    for i, row in enumerate(crew_of):
        h = None if row is None else _settled_at(crews[row], house_of, houses)
        if row is not None and h is not None:
            arrives_s = max(0, crews[row].leaves_s + int(houses.drive_s[h]))
            bound[i] = Bound(unit=row, hospital=h, arrives_s=arrives_s)
    for i, each in enumerate(claimed, start=len(crew_of)):
        at_s = max(0, _seconds(facts, each.received_at or each.arrives_at))
        bound[i] = Bound(unit=len(crews), hospital=house_of[each.hospital_id], arrives_s=at_s)
    return bound


def _fleet(crews: Sequence[Crew], round_trip_s: int, *, has_claims: bool) -> Fleet:
    """The crews; what is claimed goes with one unit more, which makes no other trip."""
    leaves_s, round_trips_s = [crew.leaves_s for crew in crews], [round_trip_s] * len(crews)
    if has_claims:
        leaves_s, round_trips_s = [*leaves_s, 0], [*round_trips_s, 0]
    return Fleet(leaves_s=np.array(leaves_s, dtype=np.int64), round_trip_s=np.array(round_trips_s, dtype=np.int64))


def _settled_at(crew: Crew, house_of: Mapping[HospitalId, int], houses: Houses) -> int | None:
    """The hospital, by row, for which a crew's patients are bound; None when their way can still be planned."""
    assert crew.assignment is not None
    h = house_of.get(crew.assignment.hospital_id) if crew.assignment.hospital_id else None
    if h is None or crew.is_gone:
        return h
    is_settled = crew.assignment.is_settled or crew.assignment.status is AssignmentStatus.AT_PATIENT
    return h if is_settled and houses.offers[h].any() else None


def _needs(patients: Sequence[Patient], offers: BoolArray) -> tuple[BoolArray, tuple[tuple[str, int], ...]]:
    """Needs bool[p, needs], without those that no hospital is known to meet: these are named with their number."""
    needs = np.array([[need in wanted for need in NEEDS] for wanted in map(_needs_of, patients)], dtype=np.bool_)
    needs = needs.reshape(len(patients), len(NEEDS))
    is_unknown = ~offers.any(axis=0) & np.isin(NEEDS, (CATH_LAB, BURNS))
    unknown = tuple(
        (need, n)
        for need, n, is_named in zip(NEEDS, needs.sum(axis=0).tolist(), is_unknown, strict=True)
        if is_named and n
    )
    return needs & ~is_unknown, unknown


def _needs_of(patient: Patient) -> set[str]:
    """An emergency department that takes the patient's age, and what findings ask for."""
    is_child = patient.age_years is not None and patient.age_years < CHILD_BELOW_YEARS
    needs = {CHILDREN if is_child else EMERGENCY}
    for finding in patient.findings:
        if finding.kind is FindingKind.ECG_12_LEAD and finding.part("stemi") is True:
            needs.add(CATH_LAB)
        elif is_burn(finding):
            needs.add(BURNS)
        elif finding.kind is FindingKind.PREGNANCY_WEEKS and isinstance(finding.value, int | float):
            needs |= {OBSTETRICS} if finding.value >= OBSTETRIC_FROM_WEEKS else set()
    return needs


def _offers(hospital: Hospital, facts: CasualtyFacts) -> list[bool]:
    """What a hospital takes, in the order of `NEEDS`. Nothing that has closed; a cath lab or burns must be known to be there."""
    if hospital.state_of(Capability.EMERGENCY) is CapabilityState.CLOSED:
        return [False] * len(NEEDS)
    general, specialties = hospital.record.is_general, hospital.record.specialties
    is_on_map = hospital.is_designated("stemi", city_day(facts.now))
    return [
        general,
        general or "children" in specialties,
        (general or "maternity" in specialties)
        and hospital.state_of(Capability.OBSTETRICS) is not CapabilityState.CLOSED,
        _has(hospital, Capability.CATH_LAB, is_known=is_on_map),
        _has(hospital, Capability.BURNS, is_known="burns" in specialties),
    ]


def _has(hospital: Hospital, capability: Capability, *, is_known: bool) -> bool:
    state = hospital.state_of(capability)
    if state is CapabilityState.UNKNOWN:
        return is_known or capability in dict(hospital.record.standing)
    return state is not CapabilityState.CLOSED


def _places(hospital: Hospital) -> tuple[int, int, int]:
    capacity = hospital.casualty_capacity
    return (capacity.red, capacity.yellow, capacity.green) if capacity else _assumed(hospital)


def _houses(facts: CasualtyFacts, offers: BoolArray, places: IntArray) -> Houses:
    had = [[facts.received.get((hospital.hospital_id, tag), 0) for tag in TAGS] for hospital in facts.hospitals]
    interval_s, ready_s = [], []
    for hospital in facts.hospitals:
        capacity = hospital.casualty_capacity
        interval_s.append(capacity.interval_s if capacity else ASSUMED_INTERVAL_S)
        grid_s = _seconds(facts, capacity.updated_at if capacity else facts.incident.received_at)
        is_busy = hospital.state_of(Capability.EMERGENCY) is CapabilityState.BUSY
        ready_s.append(grid_s % interval_s[-1] + (round(HOSPITAL_BUSY_S) if is_busy else 0))
    drive_s = np.where(np.isfinite(facts.drive_s), facts.drive_s, HORIZON_S)
    return Houses(
        drive_s=np.rint(drive_s).astype(np.int64),
        offers=offers,
        beds=np.maximum(0, places - np.array(had, dtype=np.int64).reshape(places.shape)),
        ready_s=np.array(ready_s, dtype=np.int64),
        interval_s=np.array(interval_s, dtype=np.int64),
    )


def _assumed(hospital: Hospital) -> tuple[int, int, int]:
    level = hospital.record.level_zh or ""
    if level.startswith("三级"):
        return ASSUMED_TERTIARY
    return ASSUMED_SECONDARY if level.startswith("二级") else ASSUMED_OTHER


def _round_trip_s(houses: Houses, n_patients: int) -> int:
    """To a hospital and back at the scene, ready to leave: over the nearest hospitals that have places for everybody, on average."""
    order = np.argsort(houses.drive_s, kind="stable")
    beds = (houses.beds.sum(axis=1) * houses.offers.any(axis=1))[order]
    used: IntArray = np.minimum(beds, np.maximum(0, n_patients - (np.cumsum(beds) - beds)))
    if not used.any():
        return HORIZON_S
    drive_s = round(float((used * houses.drive_s[order]).sum() / used.sum()))
    return 2 * drive_s + AT_HOSPITAL_S + round(SCENE_TIME_S)


def _seconds(facts: CasualtyFacts, at: datetime) -> int:
    return round((at - facts.now).total_seconds())
