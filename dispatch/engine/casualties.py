"""Gather, for a scene with many patients: its crews and when they can leave it, the hospitals and the drives to them."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

import numpy as np

from dispatch.domain.assignment import Assignment, AssignmentStatus, comes_before
from dispatch.domain.casualties import PlannedPatient
from dispatch.domain.ids import HospitalId, UnitId
from dispatch.domain.incident import Incident
from dispatch.domain.patient import PATIENT_ENDED, Patient, PatientState
from dispatch.domain.vocabulary import TriageTag
from dispatch.domain.world import World
from dispatch.engine.ports import Positions, Travel
from dispatch.pipeline.casualty_scene import CasualtyFacts, Crew
from dispatch.pipeline.policies.costs import TURNOUT_S
from dispatch.pipeline.policies.recommend import SCENE_TIME_S

_TURNING_OUT = {AssignmentStatus.OFFERED, AssignmentStatus.ACKNOWLEDGED}


class CasualtyGatherer:
    """Gathers facts about scenes for one engine."""

    def __init__(self, positions: Positions, travel: Travel) -> None:
        self._positions, self._travel = positions, travel

    async def facts(self, world: World, incident: Incident, now: datetime) -> CasualtyFacts | None:
        """None while there is no hospital to go to. Travel times to the scene are asked for units that are not there yet."""
        hospitals = tuple(world.hospitals[hospital_id] for hospital_id in sorted(world.hospitals))
        if not hospitals:
            return None
        serving = dict(sorted(_serving(world, incident)))
        scene = incident.location.point
        scene_lat, scene_lon = np.array([scene.lat_deg]), np.array([scene.lon_deg])
        points, fixes = [], self._positions.fixes()
        for unit_id in serving:
            fix = fixes.get(unit_id)
            points.append(fix.point if fix else world.units[unit_id].record.home)
        to_scene = await self._travel.many_to_many(
            np.array([point.lat_deg for point in points]),
            np.array([point.lon_deg for point in points]),
            scene_lat,
            scene_lon,
            departing_at=now,
        )
        to_hospital = await self._travel.many_to_many(
            scene_lat,
            scene_lon,
            np.array([hospital.record.point.lat_deg for hospital in hospitals]),
            np.array([hospital.record.point.lon_deg for hospital in hospitals]),
            departing_at=now,
        )
        drives_s = dict(zip(serving, to_scene.travel_time_s[:, 0].tolist(), strict=True))
        return CasualtyFacts(
            incident=incident,
            patients=tuple(world.patients_of(incident)),
            crews=tuple(
                _crew(unit_id, held, drives_s[unit_id], now)
                for unit_id, held in serving.items()
                if np.isfinite(drives_s[unit_id])
            ),
            hospitals=hospitals,
            drive_s=to_hospital.travel_time_s[0],
            claimed=tuple(_claimed(world, incident)),
            received=_received(world),
            travel_time_source=to_hospital.source,
            travel_time_grade=str(to_hospital.grade),
            now=now,
        )


def _serving(world: World, incident: Incident) -> Iterator[tuple[UnitId, Assignment | None]]:
    """Units that bring patients away: those on their way, at the scene or gone from it, those coming back, and those recommended."""
    for unit_id in incident.recommendation.unit_ids if incident.recommendation else ():
        if unit_id in world.units:
            yield unit_id, None
    for held in world.assignments_of(incident):
        if held.is_active and held.is_answering and held.status is not AssignmentStatus.RESERVED:
            yield held.unit_id, None if held.status is AssignmentStatus.HANDED_OVER else held


def _crew(unit_id: UnitId, held: Assignment | None, drive_s: float, now: datetime) -> Crew:
    is_gone = held is not None and not comes_before(held.status, AssignmentStatus.LEFT_SCENE)
    return Crew(unit_id=unit_id, assignment=held, leaves_s=round(_leaves_s(held, drive_s, now)), is_gone=is_gone)


def _leaves_s(held: Assignment | None, drive_s: float, now: datetime) -> float:
    """Turnout, drive and time on scene, as far as they are still to come; minus the time since it left for one that has left."""
    if held is None:
        return TURNOUT_S + drive_s + SCENE_TIME_S
    if held.status in _TURNING_OUT:
        since_s = (now - (held.paged_at or held.assigned_at)).total_seconds()
        return max(0.0, TURNOUT_S - since_s) + drive_s + SCENE_TIME_S
    if held.status is AssignmentStatus.EN_ROUTE:
        return drive_s + SCENE_TIME_S
    if held.status in {AssignmentStatus.ON_SCENE, AssignmentStatus.AT_PATIENT}:
        there_at = held.reached_at(AssignmentStatus.ON_SCENE) or held.reached_at(AssignmentStatus.AT_PATIENT) or now
        return max(0.0, SCENE_TIME_S - (now - there_at).total_seconds())
    left_at = held.reached_at(AssignmentStatus.LEFT_SCENE) or held.reached_at(AssignmentStatus.AT_HOSPITAL) or now
    return -(now - left_at).total_seconds()


def _claimed(world: World, incident: Incident) -> Iterator[PlannedPatient]:
    """What the plans of other scenes have of the hospitals."""
    for other in world.open_incidents():
        if other.incident_id != incident.incident_id and other.casualty_plan is not None:
            states = {patient.patient_id: patient.state for patient in world.patients_of(other)}
            yield from (p for p in other.casualty_plan.patients if states[p.patient_id] not in PATIENT_ENDED)


def _received(world: World) -> Counter[tuple[HospitalId, TriageTag]]:
    """How many of all scenes each hospital has been handed, by tag, since it said what it takes."""
    received: Counter[tuple[HospitalId, TriageTag]] = Counter()
    scenes = (incident for incident in world.open_incidents() if incident.is_mass_casualty)
    for patient in (patient for incident in scenes for patient in world.patients_of(incident)):
        hospital = world.hospitals.get(patient.hospital_id) if patient.hospital_id else None
        if patient.state is PatientState.HANDED_OVER and hospital is not None:
            handed_at, capacity = _handed_over_at(world, patient), hospital.casualty_capacity
            if capacity is None or handed_at is None or handed_at > capacity.updated_at:
                received[hospital.hospital_id, patient.triage_tag or TriageTag.YELLOW] += 1
    return received


def _handed_over_at(world: World, patient: Patient) -> datetime | None:
    crew = world.assignments.get(patient.assignment_id) if patient.assignment_id else None
    if crew is None:
        return None
    return crew.reached_at(AssignmentStatus.HANDED_OVER) or crew.reached_at(AssignmentStatus.AVAILABLE)
