"""The fold: one event applied to the world. Pure, total, and the only place where the world changes."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import immutables

from dispatch.domain import events as ev
from dispatch.domain import (
    evolve_aeds,
    evolve_arrest,
    evolve_assignments,
    evolve_care,
    evolve_casualties,
    evolve_notices,
    evolve_premises,
    evolve_privacy,
    evolve_reception,
)
from dispatch.domain.draft import Draft
from dispatch.domain.events_crews import CrewDistressEnded, CrewDistressRaised
from dispatch.domain.events_posts import PostsAdopted, RelocationAdviceWithdrawn, RelocationAdvised, UnitRelocated
from dispatch.domain.events_room import RoomRulesSet
from dispatch.domain.hospital import Hospital
from dispatch.domain.ids import IncidentId, UnitId
from dispatch.domain.incident import Call, Hold, Incident, IncidentState, RecommendationRef
from dispatch.domain.patient import FindingKind, Patient
from dispatch.domain.post import RelocationReason
from dispatch.domain.rejections import InvariantBroken
from dispatch.domain.roads import Degradation, Traffic, TravelTimesInForce
from dispatch.domain.room import RoomOrder
from dispatch.domain.unit import NOT_LISTED, Unit
from dispatch.domain.vocabulary import Duty, TriageTag
from dispatch.domain.world import MOVES_WITHIN, RECENT_INCIDENTS, World


def evolve(world: World, recorded: ev.Recorded) -> World:
    """The world after `recorded`, which must be the next event (`InvariantBroken` otherwise)."""
    if recorded.seq != world.seq + 1:
        raise InvariantBroken(f"event {recorded.seq} does not follow {world.seq}")
    draft = Draft(world, recorded.seq)
    _HANDLERS[type(recorded.event)](draft, recorded.event, recorded)
    return draft.world()


def fold(world: World, entries: list[ev.Recorded]) -> World:
    """The world after all of `entries`, in order."""
    for recorded in entries:
        world = evolve(world, recorded)
    return world


# --- the roster -------------------------------------------------------------------------------------------------------


def _catalogue_adopted(draft: Draft, e: ev.CatalogueAdopted, _: ev.Recorded) -> None:
    units = {record.unit_id: record for record in e.units}
    kept = {unit_id: unit for unit_id, unit in draft.units.items() if unit.assignment_id is not None}
    roster: dict[UnitId, Unit] = {}
    for unit_id, record in units.items():
        known = draft.units.get(unit_id)
        roster[unit_id] = replace(known, record=record, version=known.version + 1) if known else Unit(record=record)
        if roster[unit_id].duty_reason == NOT_LISTED:
            roster[unit_id] = replace(roster[unit_id], duty=Duty.IN_SERVICE, duty_reason=None)
    # A committed unit that the new data set no longer lists stays until its assignment ends, and gets no other.
    roster |= {
        unit_id: replace(unit, duty=Duty.OUT_OF_SERVICE, duty_reason=NOT_LISTED, version=unit.version + 1)
        for unit_id, unit in kept.items()
        if unit_id not in roster
    }
    hospitals = {}
    for record_h in e.hospitals:
        known_h = draft.hospitals.get(record_h.hospital_id)
        hospitals[record_h.hospital_id] = (
            replace(known_h, record=record_h, version=known_h.version + 1) if known_h else Hospital(record=record_h)
        )
    draft.data_version = e.data_version
    draft.units = immutables.Map(roster)
    draft.hospitals = immutables.Map(hospitals)


def _unit_duty_changed(draft: Draft, e: ev.UnitDutyChanged, _: ev.Recorded) -> None:
    draft.change_unit(e.unit_id, duty=e.duty, duty_reason=e.reason, advised=None)


def _crew_distress_raised(draft: Draft, e: CrewDistressRaised, recorded: ev.Recorded) -> None:
    draft.change_unit(e.unit_id, distress_at=recorded.occurred_at)


def _crew_distress_ended(draft: Draft, e: CrewDistressEnded, _: ev.Recorded) -> None:
    draft.change_unit(e.unit_id, distress_at=None)


def _posts_adopted(draft: Draft, e: PostsAdopted, _: ev.Recorded) -> None:
    draft.posts_version = e.posts_version
    draft.posts = immutables.Map({post.post_id: post for post in e.posts})
    for unit in draft.units.values():
        is_gone = unit.post_id is not None and unit.post_id not in draft.posts
        if is_gone or unit.advised is not None:
            draft.change_unit(unit.unit_id, post_id=None if is_gone else unit.post_id, advised=None)


def _room_rules_set(draft: Draft, e: RoomRulesSet, r: ev.Recorded) -> None:
    draft.room = RoomOrder(seq=r.seq, rules=e.rules, set_at=r.occurred_at, set_by=r.actor, reason=e.reason)
    for unit in draft.units.values():
        if unit.advised is not None:  # advice of before; what still holds is given again
            draft.change_unit(unit.unit_id, advised=None)


def _relocation_advised(draft: Draft, e: RelocationAdvised, r: ev.Recorded) -> None:
    draft.change_unit(e.unit_id, advised=e.relocation, advised_at=r.occurred_at)


def _relocation_advice_withdrawn(draft: Draft, e: RelocationAdviceWithdrawn, _: ev.Recorded) -> None:
    draft.change_unit(e.unit_id, advised=None)


def _unit_relocated(draft: Draft, e: UnitRelocated, r: ev.Recorded) -> None:
    unit, is_move_up = draft.units[e.unit_id], e.relocation.reason is not RelocationReason.FREED
    draft.change_unit(
        e.unit_id,
        post_id=e.relocation.post_id,
        advised=None,
        relocated_at=r.occurred_at,
        n_relocations=unit.n_relocations + is_move_up,
    )
    if is_move_up:
        recent = (at for at in draft.moved_at if r.occurred_at - at < MOVES_WITHIN)
        draft.moved_at = (*recent, r.occurred_at)


def _hospital_status_reported(draft: Draft, e: ev.HospitalStatusReported, _: ev.Recorded) -> None:
    ledger = dict(draft.hospitals[e.hospital_id].capabilities) | {e.capability: e.status}
    draft.change_hospital(
        e.hospital_id,
        capabilities=tuple(sorted(ledger.items())),
        **evolve_reception.said_anew(draft.hospitals[e.hospital_id], e.capability),
    )


def _hospital_status_expired(draft: Draft, e: ev.HospitalStatusExpired, _: ev.Recorded) -> None:
    was = draft.hospitals[e.hospital_id].capabilities
    draft.change_hospital(e.hospital_id, capabilities=tuple(entry for entry in was if entry[0] is not e.capability))


# --- calls and incidents ----------------------------------------------------------------------------------------------


def _incident_opened(draft: Draft, e: ev.IncidentOpened, _: ev.Recorded) -> None:
    incident = Incident(
        incident_id=e.incident_id,
        number=e.number,
        state=IncidentState.OPEN,
        priority=e.priority,
        pathway=e.pathway,
        complaint=e.complaint,
        determinant=e.determinant,
        location=e.location,
        address_text=e.address_text,
        floor=e.floor,
        received_at=e.received_at,
        onset_at=e.onset_at,
        last_known_well_at=e.last_known_well_at,
        preferred_hospital_id=e.preferred_hospital_id,
        answers=e.answers,
        units_required=e.units_required,
        is_simulated=e.is_simulated,
    )
    draft.incidents = draft.incidents.set(e.incident_id, incident)
    draft.open_ids |= {e.incident_id}
    draft.incidents_opened = e.number


def _call_received(draft: Draft, e: ev.CallReceived, _: ev.Recorded) -> None:
    call = Call(
        call_id=e.call_id,
        incident_id=e.incident_id,
        received_at=e.received_at,
        caller_phone=e.caller_phone,
        address_text=e.address_text,
        location=e.location,
    )
    draft.calls = draft.calls.set(e.call_id, call)
    draft.change_incident(e.incident_id, call_ids=(*draft.incidents[e.incident_id].call_ids, e.call_id))


def _patient_added(draft: Draft, e: ev.PatientAdded, _: ev.Recorded) -> None:
    patient = Patient(
        patient_id=e.patient_id,
        incident_id=e.incident_id,
        age_years=e.age_years,
        sex=e.sex,
        triage_tag=e.triage_tag,
    )
    draft.patients = draft.patients.set(e.patient_id, patient)
    draft.change_incident(e.incident_id, patient_ids=(*draft.incidents[e.incident_id].patient_ids, e.patient_id))


def _duplicates_proposed(draft: Draft, e: ev.DuplicatesProposed, _: ev.Recorded) -> None:
    draft.change_incident(e.incident_id, possible_duplicates=e.candidates)


def _incident_joined(draft: Draft, e: ev.IncidentJoined, r: ev.Recorded) -> None:
    moved = draft.incidents[e.incident_id].call_ids
    draft.calls = draft.calls.update({c: replace(draft.calls[c], incident_id=e.into_incident_id) for c in moved})
    draft.change_incident(e.incident_id, joined_into=e.into_incident_id, call_ids=())
    into = draft.incidents[e.into_incident_id]
    draft.change_incident(e.into_incident_id, call_ids=(*into.call_ids, *moved))
    _end_incident(draft, e.incident_id, IncidentState.JOINED, f"joined {e.into_incident_id}", r)


def _incident_retriaged(draft: Draft, e: ev.IncidentRetriaged, _: ev.Recorded) -> None:
    held = draft.incidents[e.incident_id].held
    draft.change_incident(
        e.incident_id,
        priority=e.priority,
        pathway=e.pathway,
        complaint=e.complaint,
        determinant=e.determinant,
        units_required=e.units_required,
        held=replace(held, is_retriaged=True) if held else None,
    )


def _location_corrected(draft: Draft, e: ev.LocationCorrected, _: ev.Recorded) -> None:
    draft.change_incident(e.incident_id, location=e.location, address_text=e.address_text, floor=e.floor)


def _note_added(draft: Draft, e: ev.NoteAdded, _: ev.Recorded) -> None:
    draft.change_incident(e.incident_id, notes=(*draft.incidents[e.incident_id].notes, e.text))


def _finding_recorded(draft: Draft, e: ev.FindingRecorded, _: ev.Recorded) -> None:
    findings = (*draft.patients[e.patient_id].findings, e.finding)
    if e.finding.kind is FindingKind.TRIAGE_TAG:
        draft.change_patient(e.patient_id, findings=findings, triage_tag=TriageTag(str(e.finding.value)))
    else:
        draft.change_patient(e.patient_id, findings=findings)


def _recommendation_made(draft: Draft, e: ev.RecommendationMade, r: ev.Recorded) -> None:
    made = e.recommendation
    reference = RecommendationRef(
        seq=r.seq,
        unit_ids=made.unit_ids,
        hospital_id=made.hospital_id,
        diverts=tuple(unit.unit_id for unit in made.units if unit.diverted_from is not None),
        relieves=tuple((unit.unit_id, unit.relieves) for unit in made.units if unit.relieves is not None),
        instead_of=made.instead_of,
    )
    draft.change_incident(e.incident_id, recommendation=reference)


def _incident_held(draft: Draft, e: ev.IncidentHeld, r: ev.Recorded) -> None:
    held = draft.incidents[e.incident_id].held
    now_held = replace(held, reason=e.reason) if held else Hold(since_at=r.occurred_at, reason=e.reason)
    draft.change_incident(e.incident_id, held=now_held)


def _hold_reminded(draft: Draft, e: ev.HoldReminded, r: ev.Recorded) -> None:
    held = draft.incidents[e.incident_id].held
    if held is None:
        raise InvariantBroken(f"{e.incident_id} is not held")
    draft.change_incident(
        e.incident_id,
        held=replace(held, reminders=e.reminders, reminded_at=r.occurred_at, is_retriaged=False),
    )


def _hold_ended(draft: Draft, e: ev.HoldEnded, _: ev.Recorded) -> None:
    draft.change_incident(e.incident_id, held=None)


def _incident_escalated(draft: Draft, e: ev.IncidentEscalated, _: ev.Recorded) -> None:
    draft.change_incident(e.incident_id, escalation=e.level)


def _incident_closed(draft: Draft, e: ev.IncidentClosed, r: ev.Recorded) -> None:
    _end_incident(draft, e.incident_id, IncidentState.CLOSED, e.reason, r)


def _incident_cancelled(draft: Draft, e: ev.IncidentCancelled, r: ev.Recorded) -> None:
    _end_incident(draft, e.incident_id, IncidentState.CANCELLED, e.reason, r)


def _end_incident(draft: Draft, incident_id: IncidentId, state: IncidentState, reason: str, r: ev.Recorded) -> None:
    draft.change_incident(
        incident_id,
        state=state,
        closed_at=r.occurred_at,
        closing_reason=reason,
        held=None,
        recommendation=None,
        casualty_plan=None,
        possible_duplicates=(),
    )
    draft.open_ids -= {incident_id}
    draft.recent_ids = (*draft.recent_ids, incident_id)
    if len(draft.recent_ids) > RECENT_INCIDENTS:
        _forget(draft, draft.recent_ids[0])


def _forget(draft: Draft, incident_id: IncidentId) -> None:
    """Let an ended incident leave the world; the journal still has all of it."""
    incident = draft.incidents[incident_id]
    draft.recent_ids = draft.recent_ids[1:]
    draft.incidents = draft.incidents.delete(incident_id)
    draft.calls = _without(draft.calls, incident.call_ids)
    draft.patients = _without(draft.patients, incident.patient_ids)
    draft.assignments = _without(draft.assignments, incident.assignment_ids)
    evolve_arrest.forget_runs(draft, incident_id)
    evolve_notices.forget_notices(draft, incident)


def _without(mapping: Any, keys: tuple[Any, ...]) -> Any:
    with mapping.mutate() as draft:
        for key in keys:
            del draft[key]
        return draft.finish()


# --- roads ------------------------------------------------------------------------------------------------------------


def _traffic_reported(draft: Draft, e: ev.TrafficReported, r: ev.Recorded) -> None:
    report = Traffic(traffic_id=e.traffic_id, details=e.details, reported_at=r.occurred_at, reported_by=r.actor)
    draft.traffic = draft.traffic.set(e.traffic_id, report)


def _traffic_ended(draft: Draft, e: ev.TrafficEnded, _: ev.Recorded) -> None:
    draft.traffic = draft.traffic.delete(e.traffic_id)


def _travel_times_adopted(draft: Draft, e: ev.TravelTimesAdopted, _: ev.Recorded) -> None:
    draft.travel_times = TravelTimesInForce(source=e.source, grade=e.grade)


def _travel_times_degraded(draft: Draft, e: ev.TravelTimesDegraded, _: ev.Recorded) -> None:
    degradation = Degradation(code=e.code, text_zh=e.text_zh, text_en=e.text_en)
    draft.travel_times = TravelTimesInForce(source=e.source, grade=e.grade, degradation=degradation)


_HANDLERS: dict[type[Any], Callable[[Draft, Any, ev.Recorded], None]] = {
    ev.CatalogueAdopted: _catalogue_adopted,
    **evolve_assignments.HANDLERS,
    **evolve_care.HANDLERS,
    **evolve_casualties.HANDLERS,
    **evolve_notices.HANDLERS,
    ev.IncidentOpened: _incident_opened,
    ev.CallReceived: _call_received,
    ev.PatientAdded: _patient_added,
    ev.DuplicatesProposed: _duplicates_proposed,
    ev.IncidentJoined: _incident_joined,
    ev.IncidentRetriaged: _incident_retriaged,
    ev.LocationCorrected: _location_corrected,
    ev.NoteAdded: _note_added,
    ev.FindingRecorded: _finding_recorded,
    ev.RecommendationMade: _recommendation_made,
    ev.IncidentHeld: _incident_held,
    ev.HoldReminded: _hold_reminded,
    ev.HoldEnded: _hold_ended,
    ev.IncidentEscalated: _incident_escalated,
    ev.UnitDutyChanged: _unit_duty_changed,
    CrewDistressRaised: _crew_distress_raised,
    CrewDistressEnded: _crew_distress_ended,
    PostsAdopted: _posts_adopted,
    RelocationAdvised: _relocation_advised,
    RelocationAdviceWithdrawn: _relocation_advice_withdrawn,
    UnitRelocated: _unit_relocated,
    RoomRulesSet: _room_rules_set,
    ev.HospitalStatusReported: _hospital_status_reported,
    ev.HospitalStatusExpired: _hospital_status_expired,
    ev.IncidentClosed: _incident_closed,
    ev.IncidentCancelled: _incident_cancelled,
    **evolve_aeds.HANDLERS,
    **evolve_reception.HANDLERS,
    **evolve_arrest.HANDLERS,
    **evolve_premises.HANDLERS,
    **evolve_privacy.HANDLERS,
    ev.TrafficReported: _traffic_reported,
    ev.TrafficEnded: _traffic_ended,
    ev.TravelTimesAdopted: _travel_times_adopted,
    ev.TravelTimesDegraded: _travel_times_degraded,
}
