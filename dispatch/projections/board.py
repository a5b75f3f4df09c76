"""The board: the world as consoles see it, and the merge patch (RFC 7396) from one world to the next.

Maps by id, locations in WGS-84 as `lat` and `lon`, instants as aware datetimes that the encoder writes in RFC 3339. Positions are not
part of it. A merge patch cannot say null (it means "remove"), so members of the board without a value are absent; the entities' own
wire forms, which single requests return, say null.
"""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from dispatch.domain import events as ev
from dispatch.domain.assignment import Assignment
from dispatch.domain.casualties import CasualtyCapacity, CasualtyPlan
from dispatch.domain.events_posts import PostsAdopted
from dispatch.domain.events_room import RoomRulesSet
from dispatch.domain.hospital import Designation, Hospital
from dispatch.domain.incident import Incident
from dispatch.domain.patient import Finding, Patient
from dispatch.domain.roads import Traffic
from dispatch.domain.scales import Reading, latest_readings
from dispatch.domain.unit import Unit
from dispatch.domain.vocabulary import Capability, CapabilityState, Duty
from dispatch.domain.world import World
from dispatch.projections.advice_wire import advice_wire
from dispatch.projections.merge_patch import merge_diff
from dispatch.projections.place_wire import location_wire, point_wire
from dispatch.projections.premises import premises_wire, warned_of
from dispatch.projections.reception import (
    contradiction_wire,
    notice_wire,
    picture_wire,
    prealert_wire,
    slot_wire,
    transfer_wire,
    turned_away_wire,
)

Wire = dict[str, Any]
Look = Callable[[World, str, str], Wire | None]
"""An entity of a world by its collection and id, as somebody sees it; None when it is not there, or not for them."""
COLLECTIONS = ("incidents", "assignments", "units", "hospitals", "traffic", "transfers")


def board(world: World, look: Look | None = None) -> Wire:
    """Maps by id of incidents, assignments, units, hospitals, traffic and transfers; how the `service` stands. Or as `look` shows."""
    seen = look or wire_of
    maps = {
        collection: {
            str(subject): wire
            for subject in getattr(world, collection)
            if (wire := seen(world, collection, subject)) is not None
        }
        for collection in COLLECTIONS
    }
    return {**maps, "service": service_wire(world)}


def board_patch(before: World, after: World, entries: Iterable[ev.Recorded], look: Look | None = None) -> Wire:
    """The merge patch that brings `board(before)` to `board(after)`, where `entries` are the events between them."""
    entries, seen = list(entries), look or wire_of
    if any(isinstance(recorded.event, ev.CatalogueAdopted) for recorded in entries):
        return merge_diff(board(before, look), board(after, look)) or {}
    named = {subject for recorded in entries for subject in ev.subjects(recorded.event)}
    named |= _assigned_units(before, after, named) | _forgotten(before, after) | warned_of(before, after, named)
    named |= _unadvised(before, after, entries)
    patch: Wire = merge_diff({"service": service_wire(before)}, {"service": service_wire(after)})
    for collection in COLLECTIONS:
        changes: Wire = {}
        for subject in sorted(named):
            was, now = seen(before, collection, subject), seen(after, collection, subject)
            if (change := merge_diff(was, now)) != {}:
                changes[subject] = change
        if changes:
            patch[collection] = changes
    return patch


def _assigned_units(before: World, after: World, named: set[str]) -> set[str]:
    """Assignments and units whose wire form shows parts of the named ones."""
    found: set[str] = set()
    for world in (before, after):
        for subject in named:
            incident = world.incidents.get(subject)  # type: ignore[call-overload]
            if incident is not None:
                found |= set(incident.assignment_ids)
                found |= {world.assignments[a].unit_id for a in incident.assignment_ids}
    return found


def _unadvised(before: World, after: World, entries: Iterable[ev.Recorded]) -> set[str]:
    """Units of which nobody has spoken: what a set of posts or of the room's rules ends is the advice to any of them."""
    is_ended = any(isinstance(recorded.event, PostsAdopted | RoomRulesSet) for recorded in entries)
    return {u for u, unit in after.units.items() if before.units.get(u) is not unit} if is_ended else set()


def _forgotten(before: World, after: World) -> set[str]:
    """Ended incidents that left the world, with their assignments."""
    gone = {i for i in before.recent_ids if i not in after.incidents}
    return gone | {a for i in gone for a in before.incidents[i].assignment_ids}


def wire_of(world: World, collection: str, subject: str) -> Wire | None:
    """An entity of the board, whole."""
    entity = getattr(world, collection).get(subject)
    if entity is None:
        return None
    match collection:
        case "incidents":
            return _present(incident_wire(world, entity))
        case "assignments":
            return _present(assignment_wire(entity))
        case "units":
            return _present(unit_wire(world, entity))
        case "traffic":
            return _present(traffic_wire(entity))
        case "transfers":
            return _present(transfer_wire(entity))
        case _:
            return _present(hospital_wire(entity))


def _present(members: Wire) -> Wire:
    """Without the members that have no value, inside maps too."""
    return {
        name: _present(value) if isinstance(value, dict) else value
        for name, value in members.items()
        if value is not None
    }


def service_wire(world: World) -> Wire:
    """Which travel times are in force, what is degraded and why, and the orders by which the room works otherwise than configured
    and other AEDs are known; which posts are in force.
    """
    in_force = world.travel_times
    amiss = in_force.degradation if in_force else None
    return {
        **({"travel_times": {"source": in_force.source, "grade": in_force.grade}} if in_force else {}),
        "degraded": [{"code": amiss.code, "text_zh": amiss.text_zh, "text_en": amiss.text_en}] if amiss else [],
        **({"room_rules_seq": world.room.seq} if world.room and world.room.rules else {}),
        **({"posts_version": world.posts_version} if world.posts_version else {}),
        **({"aed_data_seq": world.aed_data.seq} if world.aed_data else {}),
    }


# --- one entity each --------------------------------------------------------------------------------------------------


def incident_wire(world: World, incident: Incident) -> Wire:
    held, made = incident.held, incident.recommendation
    return {
        "incident_id": incident.incident_id,
        "number": incident.number,
        "state": incident.state,
        "priority": incident.priority,
        "pathway": incident.pathway,
        "complaint": incident.complaint,
        "determinant": incident.determinant,
        "location": location_wire(incident.location),
        "address_text": incident.address_text,
        "floor": incident.floor,
        "received_at": incident.received_at,
        "onset_at": incident.onset_at,
        "last_known_well_at": incident.last_known_well_at,
        "answers": dict(incident.answers),
        "calls": [_call_wire(world, call_id) for call_id in incident.call_ids],
        "patients": [patient_wire(patient) for patient in world.patients_of(incident)],
        "assignments": [_assignment_brief(assignment) for assignment in world.assignments_of(incident)],
        "units_required": incident.units_required,
        "units_missing": world.units_missing(incident),
        "is_completed": world.is_completed(incident),
        "held": held and {"since_at": held.since_at, "reason": held.reason, "reminders": held.reminders},
        "escalation": incident.escalation,
        "recommendation": made and {"seq": made.seq, "unit_ids": list(made.unit_ids), "hospital_id": made.hospital_id},
        "casualty_plan": incident.casualty_plan and _plan_brief(incident.casualty_plan),
        "possible_duplicates": [
            {
                "incident_id": duplicate.incident_id,
                "score": round(duplicate.score, 3),
                "distance_m": round(duplicate.distance_m),
                "age_s": round(duplicate.age_s),
            }
            for duplicate in incident.possible_duplicates
        ],
        "notices": [notice_wire(notice) for notice in world.notices_of(incident)],
        "notes": list(incident.notes),
        "premises": [premises_wire(warning) for warning in world.premises_of(incident)],
        "joined_into": incident.joined_into,
        "closed_at": incident.closed_at,
        "closing_reason": incident.closing_reason,
        "is_simulated": incident.is_simulated,
        "version": incident.version,
    }


def _plan_brief(plan: CasualtyPlan) -> Wire:
    """That there is a plan, since when, and how many it leaves waiting; the whole of it has a request of its own."""
    return {
        "computed_at": plan.computed_at,
        "n_planned": len(plan.patients),
        "n_unplaced": sum(unplaced.n for unplaced in plan.unplaced),
    }


def _call_wire(world: World, call_id: Any) -> Wire:
    call = world.calls[call_id]
    return {
        "call_id": call.call_id,
        "received_at": call.received_at,
        "caller_phone": call.caller_phone,
        "address_text": call.address_text,
        "location": None if call.location is None else location_wire(call.location),
    }


def patient_wire(patient: Patient) -> Wire:
    return {
        "patient_id": patient.patient_id,
        "state": patient.state,
        "age_years": patient.age_years,
        "sex": None if patient.sex is None else patient.sex.lower(),
        "triage_tag": patient.triage_tag,
        "assignment_id": patient.assignment_id,
        "hospital_id": patient.hospital_id,
        "findings": [finding_wire(finding) for finding in patient.findings],
        "prealert": patient.prealert and prealert_wire(patient.prealert),
        "pictures": [picture_wire(picture) for picture in patient.pictures],
        "turned_away": [turned_away_wire(refusal) for refusal in patient.turned_away],
        "scales": [_scale_wire(finding, said) for finding, said in latest_readings(patient.findings)],
    }


def _scale_wire(finding: Finding, said: Reading) -> Wire:
    """The latest score of a scale and what it says; null where the scale says nothing of it."""
    return {
        "name": said.scale.name,
        "score": said.score,
        "highest": said.scale.highest,
        "stroke_suspected": said.is_stroke_suspected,
        "lvo_suspected": said.is_lvo_suspected,
        "observed_at": finding.observed_at,
    }


def finding_wire(finding: Finding) -> Wire:
    return {
        "kind": finding.kind,
        "value": _parts_wire(finding) if finding.parts else finding.value,
        "observed_at": finding.observed_at,
        "observer": finding.observer,
    }


def _parts_wire(finding: Finding) -> Wire:
    """Parts as they were sent: those of a part (`items.face`) under its name."""
    wire: Wire = {}
    for name, value in finding.parts:
        whole, _, part = name.partition(".")
        if part and whole == "items":
            wire.setdefault(whole, {})[part] = value
        else:
            wire[name] = value
    return wire


def _assignment_brief(assignment: Assignment) -> Wire:
    return {
        "assignment_id": assignment.assignment_id,
        "unit_id": assignment.unit_id,
        "hospital_id": assignment.hospital_id,
        "status": assignment.status,
        "timestamps": {str(status): at for status, at in assignment.timestamps},
    }


def assignment_wire(assignment: Assignment) -> Wire:
    return {
        **_assignment_brief(assignment),
        "incident_id": assignment.incident_id,
        "patient_ids": list(assignment.patient_ids),
        "mode": assignment.mode,
        "reoffers": assignment.reoffers,
        "override_reason": assignment.override_reason,
        "disposition": assignment.disposition,
        "ending_reason": assignment.ending_reason,
        "version": assignment.version,
    }


def unit_wire(world: World, unit: Unit) -> Wire:
    record = unit.record
    assignment = world.assignments.get(unit.assignment_id) if unit.assignment_id else None
    idle = "standby" if unit.duty is Duty.IN_SERVICE else "out_of_service"
    return {
        "unit_id": record.unit_id,
        "call_sign": record.call_sign,
        "kind": record.kind,
        "negative_pressure": record.negative_pressure,
        "home_station_id": record.home_station_id,
        "home": point_wire(record.home),
        "post_id": unit.post_id,
        "advised_post_id": unit.advised.post_id if unit.advised else None,
        "advised": advice_wire(unit),
        "duty": unit.duty,
        "duty_reason": unit.duty_reason,
        "distress_at": unit.distress_at,
        "status": assignment.status if assignment else idle,
        "assignment_id": unit.assignment_id,
        "incident_id": assignment.incident_id if assignment else None,
        "record_class": record.record_class,
        "version": unit.version,
    }


def hospital_wire(hospital: Hospital) -> Wire:
    record = hospital.record
    kept = {slot.capability for slot in hospital.slots}
    names = sorted({Capability.EMERGENCY, *dict(record.standing), *dict(hospital.capabilities), *kept})
    return {
        "hospital_id": record.hospital_id,
        "name_zh": record.name_zh,
        "name_en": record.name_en,
        "level_zh": record.level_zh,
        "location": point_wire(record.point),
        "coord_quality": record.coord_quality,
        "is_general": record.is_general,
        "specialties": sorted(record.specialties),
        "designations": [_designation_wire(designation) for designation in record.designations],
        "capabilities": {str(name): _capability_wire(hospital, name) for name in names},
        "casualty_capacity": hospital.casualty_capacity and _capacity_wire(hospital.casualty_capacity),
        "version": hospital.version,
    }


def _capacity_wire(capacity: CasualtyCapacity) -> Wire:
    """As reported; a hospital that has not said anything has none, and a plan assumes one."""
    return {
        "red": capacity.red,
        "yellow": capacity.yellow,
        "green": capacity.green,
        "interval_s": capacity.interval_s,
        "source": capacity.source,
        "updated_at": capacity.updated_at,
        "expires_at": capacity.expires_at,
    }


def _designation_wire(designation: Designation) -> Wire:
    return {
        "kind": designation.kind,
        "since": _day(designation.since),
        "until": _day(designation.until),
        "grade": designation.grade,
        "evidence": designation.evidence,
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _capability_wire(hospital: Hospital, name: Capability) -> Wire:
    """What is believed now (`state`) of what it said (`reported`), the places that are kept, what was observed against it, and what
    the catalogue believes the house can do at all (`standing`: yes, no, unknown with its grade)."""
    status, contradiction = hospital.status_of(name), hospital.contradiction_of(name)
    is_counted = status is not None and status.slots_free is not None
    return {
        "state": hospital.state_of(name),
        "reported": status.state if status else CapabilityState.UNKNOWN,
        "source": status.source if status else None,
        "updated_at": status.updated_at if status else None,
        "expires_at": status.expires_at if status else None,
        "slots_free": max(0, hospital.slots_free(name)) if is_counted else None,
        "slots": [slot_wire(slot) for slot in hospital.slots_of(name)],
        "contradicted": contradiction and contradiction_wire(contradiction),
        "standing": dict(hospital.record.standing).get(name),
    }


def traffic_wire(traffic: Traffic) -> Wire:
    """`area` is a GeoJSON polygon (RFC 7946): positions are longitude, latitude."""
    details = traffic.details
    ring = [[round(point.lon_deg, 7), round(point.lat_deg, 7)] for point in details.area or ()]
    return {
        "traffic_id": traffic.traffic_id,
        "way_ids": list(details.way_ids),
        "area": {"type": "Polygon", "coordinates": [ring]} if ring else None,
        "speed_factor": details.speed_factor,
        "closed": details.is_closed,
        "expires_at": details.expires_at,
        "source": details.source,
        "reported_at": traffic.reported_at,
        "reported_by": traffic.reported_by,
    }
