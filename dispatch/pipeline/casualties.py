"""Many patients of one scene: one plan that distributes them over its crews and the hospitals of the city, and orders that follow it.

Which of the city's units come is the joint choice of the policy, where the scene competes with every other call; the plan says whom
each of them takes, where to, and when. It is made anew whenever a scene, a hospital or the travel times change; who cannot be placed
is told, with what is short.

To the model crews that leave in one minute are alike, and so are patients of one tag with the same needs: among those, everybody
stays with the crew that has them already.

A plan becomes orders by itself where the rules let the engine assign, else when a dispatcher follows it. Before that, it is what a
crew is given when it is assigned. Crews whose patients or hospital a person has chosen are left alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

from dispatch.domain import events as ev
from dispatch.domain.assignment import Assignment, AssignmentStatus, comes_before
from dispatch.domain.casualties import CasualtyPlan, PlannedHospital, PlannedPatient, Unplaced
from dispatch.domain.commands import FollowCasualtyPlan
from dispatch.domain.events_casualties import CasualtyCapacityExpired, CasualtyCapacityReported, PatientsAssigned
from dispatch.domain.ids import HospitalId, IncidentId
from dispatch.domain.incident import Incident
from dispatch.domain.patient import PatientState
from dispatch.domain.rejections import CommandRejected, Refusal
from dispatch.domain.rules import Context
from dispatch.domain.vocabulary import AssignmentMode
from dispatch.domain.world import World
from dispatch.pipeline.casualty_scene import NEEDS, TAGS, Case, CasualtyFacts
from routing.optimise.casualty_plan import Bound, Placement
from routing.optimise.mass_casualty import plan as solve

_HOSPITAL_EVENTS = (
    *(ev.HospitalStatusReported, ev.HospitalStatusExpired, ev.CatalogueAdopted),
    *(CasualtyCapacityReported, CasualtyCapacityExpired),
)


def concerned(world: World, events: Iterable[ev.Event], *, is_review: bool) -> tuple[IncidentId, ...]:
    """Scenes whose plan is made anew, most urgent first: all of them when one of them, a hospital or the travel times changed."""
    if not (is_review or any(isinstance(e, _HOSPITAL_EVENTS) or _is_about_a_scene(world, e) for e in events)):
        return ()
    scenes = [incident for incident in world.open_incidents() if incident.is_mass_casualty]
    scenes.sort(key=lambda incident: (incident.priority.rank, incident.incident_id))
    return tuple(incident.incident_id for incident in scenes)


def _is_about_a_scene(world: World, event: ev.Event) -> bool:
    named = (world.incidents.get(IncidentId(subject)) for subject in ev.subjects(event))
    return any(incident is not None and incident.is_open and incident.is_mass_casualty for incident in named)


def plan(facts: CasualtyFacts) -> CasualtyPlan:
    """The distribution of everybody who still needs a crew, beside those who have been handed over as planned."""
    case, before = Case.of(facts), facts.incident.casualty_plan
    found = solve(case.problem, case.fleet, case.houses)
    own_bound = {i: way for i, way in case.problem.bound.items() if i < len(case.patients)}
    ways: dict[int, Placement | Bound] = {**_kept(case, found.placements), **own_bound}
    placed = [_planned(case, i, way) for i, way in ways.items()]
    handed_over = {p.patient_id for p in facts.patients if p.state is PatientState.HANDED_OVER}
    done = [
        replace(each, is_bound=True) for each in (before.patients if before else ()) if each.patient_id in handed_over
    ]
    return CasualtyPlan(
        patients=tuple(sorted((*done, *placed), key=lambda each: (each.arrives_at, each.patient_id))),
        unplaced=tuple(
            Unplaced(
                cause=short.cause, tag=TAGS[short.tag], needs=tuple(NEEDS[need] for need in short.needs), n=short.n
            )
            for short in found.shortfalls
        ),
        hospitals=tuple(_hospitals(case, {each.hospital_id for each in (*done, *placed)})),
        unknown_needs=case.unknown_needs,
        travel_time_source=facts.travel_time_source,
        travel_time_grade=facts.travel_time_grade,
        computed_at=facts.now,
    )


def _kept(case: Case, placements: Mapping[int, Placement]) -> dict[int, Placement]:
    """The same optimum, but each crew has its own patient, where it leaves in the minute in which that one is to leave, or where that
    one is like the one that the model gave it."""
    kept = dict(placements)
    row_with = {way.unit: i for i, way in placements.items() if way.trip == 0}
    row_of = {patient.patient_id: i for i, patient in enumerate(case.patients) if i not in case.problem.bound}
    for unit, crew in enumerate(case.crews):
        i, assignment = row_with.get(unit), crew.assignment
        mine = [row_of[p] for p in assignment.patient_ids if p in row_of] if assignment else []
        if i is None or not mine or i in mine:
            continue
        way, own = kept[i], mine[0]
        other = kept.get(own)
        if other is not None and other.leaves_s == way.leaves_s:
            kept[own] = replace(other, unit=way.unit, trip=way.trip)
            kept[i] = replace(way, unit=other.unit, trip=other.trip)
        elif _are_alike(case, own, i):
            kept[own] = kept.pop(i)
            kept |= {i: other} if other is not None else {}
        else:
            continue
        row_with |= {other.unit: i} if other is not None and other.trip == 0 else {}
        row_with[unit] = own
    return kept


def _are_alike(case: Case, i: int, j: int) -> bool:
    problem = case.problem
    return bool(problem.tag[i] == problem.tag[j] and (problem.needs[i] == problem.needs[j]).all())


def _planned(case: Case, i: int, way: Placement | Bound) -> PlannedPatient:
    now, crew = case.facts.now, case.crews[way.unit]
    is_bound = isinstance(way, Bound)
    return PlannedPatient(
        patient_id=case.patients[i].patient_id,
        tag=case.patients[i].triage_tag,
        unit_id=crew.unit_id,
        trip=0 if isinstance(way, Bound) else way.trip,
        hospital_id=case.facts.hospitals[way.hospital].hospital_id,
        leaves_at=now + timedelta(seconds=crew.leaves_s if isinstance(way, Bound) else way.leaves_s),
        arrives_at=now + timedelta(seconds=way.arrives_s),
        received_at=None if isinstance(way, Bound) else now + timedelta(seconds=way.received_s),
        is_bound=is_bound,
    )


def _hospitals(case: Case, in_use: set[HospitalId]) -> Iterator[PlannedHospital]:
    for h, hospital in enumerate(case.facts.hospitals):
        if hospital.hospital_id in in_use or hospital.casualty_capacity is not None:
            red, yellow, green = case.places[h].tolist()
            yield PlannedHospital(
                hospital_id=hospital.hospital_id,
                red=red,
                yellow=yellow,
                green=green,
                interval_s=int(case.houses.interval_s[h]),
                is_assumed=hospital.casualty_capacity is None,
            )


# --- orders -----------------------------------------------------------------------------------------------------------

_PLAN_REASON = "casualty plan"


def follow_plan(world: World, command: FollowCasualtyPlan, _: Context) -> Iterator[ev.Event]:
    """A dispatcher has the crews do what the plan says."""
    incident = world.open_incident(command.incident_id)
    if incident.casualty_plan is None:
        raise CommandRejected(Refusal.NO_CASUALTY_PLAN)
    yield from orders(world, incident, incident.casualty_plan)


def orders(world: World, incident: Incident, made: CasualtyPlan) -> Iterator[ev.Event]:
    """What brings the crews that are still open to the plan; nothing for those that do as it says already."""
    for assignment in world.assignments_of(incident):
        way = made.first_trip_of(assignment.unit_id)
        if way is None or not _is_open(assignment):
            continue
        is_waiting = world.patients[way.patient_id].state in {PatientState.WAITING, PatientState.ATTENDED}
        if is_waiting and assignment.patient_ids != (way.patient_id,):
            yield PatientsAssigned(
                assignment_id=assignment.assignment_id,
                incident_id=incident.incident_id,
                unit_id=assignment.unit_id,
                patient_ids=(way.patient_id,),
                mode=AssignmentMode.AUTOMATIC,
            )
        if assignment.hospital_id != way.hospital_id:
            yield ev.DestinationChanged(
                assignment_id=assignment.assignment_id,
                incident_id=incident.incident_id,
                unit_id=assignment.unit_id,
                hospital_id=way.hospital_id,
                was_hospital_id=assignment.hospital_id,
                reason=_PLAN_REASON,
                mode=AssignmentMode.AUTOMATIC,
            )


def _is_open(assignment: Assignment) -> bool:
    """Whether its crew can still be told whom to take and where to: it serves the scene, nobody has chosen for it, it has not left."""
    is_sent = assignment.is_active and assignment.status is not AssignmentStatus.RESERVED
    return is_sent and not assignment.is_settled and comes_before(assignment.status, AssignmentStatus.LEFT_SCENE)
