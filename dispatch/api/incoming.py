"""Who is on the way to a hospital, and when they will be there. Of caller and address it holds nothing: a hospital needs neither."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from dispatch.api.wiring import Service
from dispatch.domain.assignment import Assignment, AssignmentStatus
from dispatch.domain.hospital import Hospital
from dispatch.domain.incident import Incident
from dispatch.domain.patient import PATIENT_ENDED, Patient
from dispatch.domain.unit import FIX_UNUSABLE_AFTER_S
from dispatch.domain.world import World
from dispatch.projections.board import Wire, patient_wire
from routing.geo import Wgs84


@dataclass(frozen=True, slots=True, kw_only=True)
class _Coming:
    """A patient bound for the hospital; the drive is counted from `origin`, which is the crew itself where `is_driving`."""

    patient: Patient
    incident: Incident
    assignment: Assignment
    origin: Wgs84
    is_driving: bool
    fix_age_s: float | None


async def incoming_wire(service: Service, hospital: Hospital) -> list[Wire]:
    """Patients bound for `hospital`, soonest first; those whose arrival cannot be told come last."""
    engine = service.engine
    now = engine.clock.now()
    coming = list(_coming(service, engine.world, hospital, now))
    if not coming:
        return []
    at = hospital.record.point
    legs = await service.travel.many_to_many(
        np.array([each.origin.lat_deg for each in coming]),
        np.array([each.origin.lon_deg for each in coming]),
        np.array([at.lat_deg]),
        np.array([at.lon_deg]),
        departing_at=now,
    )
    drives_s = [float(drive_s) for drive_s in legs.travel_time_s[:, 0]]
    items = [
        _wire(engine.world, hospital, each, drive_s if np.isfinite(drive_s) else None, str(legs.grade), now)
        for each, drive_s in zip(coming, drives_s, strict=True)
    ]
    return sorted(items, key=lambda item: (item["eta_at"] is None, item["eta_at"] or now, item["patient_id"]))


def _coming(service: Service, world: World, hospital: Hospital, now: datetime) -> Iterator[_Coming]:
    fixes = service.positions.fixes()
    for incident in world.open_incidents():
        for patient in world.patients_of(incident):
            assignment = world.assignments.get(patient.assignment_id) if patient.assignment_id else None
            if assignment is None or patient.hospital_id != hospital.hospital_id or patient.state in PATIENT_ENDED:
                continue
            fix = fixes.get(assignment.unit_id)
            age_s = (now - fix.fixed_at).total_seconds() if fix else None
            has_left = assignment.status is AssignmentStatus.LEFT_SCENE
            is_driving = has_left and age_s is not None and age_s <= FIX_UNUSABLE_AFTER_S
            yield _Coming(
                patient=patient,
                incident=incident,
                assignment=assignment,
                origin=fix.point if fix and is_driving else incident.location.point,
                is_driving=is_driving,
                fix_age_s=age_s,
            )


def _wire(world: World, hospital: Hospital, each: _Coming, drive_s: float | None, grade: str, now: datetime) -> Wire:
    incident, unit = each.incident, world.units[each.assignment.unit_id]
    known = patient_wire(each.patient)
    has_arrived = each.assignment.reached_at(AssignmentStatus.AT_HOSPITAL) is not None
    eta_at = now + timedelta(seconds=drive_s) if drive_s is not None and each.is_driving else None
    slots = {str(slot.capability): slot.state for slot in hospital.slots if slot.patient_id == each.patient.patient_id}
    return {
        "patient_id": each.patient.patient_id,
        "incident_id": incident.incident_id,
        "number": incident.number,
        "priority": incident.priority,
        "pathway": incident.pathway,
        "complaint": incident.complaint,
        "age_years": known["age_years"],
        "sex": known["sex"],
        "triage_tag": known["triage_tag"],
        "findings": known["findings"],
        "pictures": known["pictures"],
        "onset_at": incident.onset_at,
        "last_known_well_at": incident.last_known_well_at,
        "unit": {"unit_id": unit.unit_id, "call_sign": unit.record.call_sign, "kind": unit.record.kind},
        "status": each.assignment.status,
        "eta_at": None if has_arrived else eta_at,
        "drive_s": None if drive_s is None or has_arrived else round(drive_s, 1),
        "travel_time_grade": grade,
        "fix_age_s": None if each.fix_age_s is None else round(each.fix_age_s, 1),
        "prealert": known["prealert"],
        "turned_away": each.patient.is_turned_away_by(hospital.hospital_id),
        "slots": slots,
        "is_simulated": incident.is_simulated,
    }
