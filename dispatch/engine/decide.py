"""Every command's decider, and what a choice turns into. Pure: the steps of the pipeline are put together here and nowhere else."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from dispatch.domain import commands as cmd
from dispatch.domain import commands_reception
from dispatch.domain import events as ev
from dispatch.domain.assignment import UNANSWERED_PAGES, Assignment, AssignmentStatus, comes_before
from dispatch.domain.choice import Recommendation, UnitCandidate
from dispatch.domain.commands_aeds import (
    AdoptAedData,
    EndAedFetch,
    FetchAed,
    InspectAed,
    MoveAedFetch,
    ReviewAedReports,
)
from dispatch.domain.commands_arrest import (
    PageForArrests,
    RegisterArrestUnit,
    ReportFlightConditions,
    SendForAed,
    SetArrestUnitDuty,
    SetRunStatus,
    WithdrawArrestUnit,
)
from dispatch.domain.commands_care import CorrectCareTime, RecordCareTime
from dispatch.domain.commands_premises import EndPremisesWarning, ReviewPremisesWarning, WarnOfPremises
from dispatch.domain.commands_privacy import EraseIncident, ErasePremises
from dispatch.domain.commands_records import AskRecord, KeepPicture, NoteRecordAnswer
from dispatch.domain.commands_room import SetRoomRules
from dispatch.domain.events_reception import PatientTurnedAway, SlotReleased, SlotReserved
from dispatch.domain.facts import Facts
from dispatch.domain.ids import IncidentId, UnitId
from dispatch.domain.incident import HoldReason, Incident, Triage
from dispatch.domain.response import must_follow
from dispatch.domain.rules import Context
from dispatch.domain.vocabulary import AssignmentMode, Capability, CapabilityState
from dispatch.domain.world import World
from dispatch.pipeline import (
    aeds,
    arrest,
    assignment,
    care,
    casualties,
    deadlines,
    intake,
    location,
    notices,
    premises,
    readiness,
    reception,
    records,
    relocation,
    room,
    triage,
)


def decide(world: World, command: cmd.Command, ctx: Context) -> list[ev.Event]:
    """The events that `command` brings about in this world; raises `CommandRejected`."""
    return list(_DECIDERS[type(command)](world, command, ctx))


def _receive_call(world: World, command: cmd.ReceiveCall, ctx: Context) -> Iterator[ev.Event]:
    assessed = triage.assess(
        command.complaint, determinant=command.determinant, priority=command.priority, answers=command.answers
    )
    if command.incident_id is not None:
        yield from _join_call(world, command, ctx, assessed)
        return
    for event in intake.receive_call(world, command, ctx, assessed):
        yield event
        if isinstance(event, ev.IncidentOpened):
            opened = event
    if command.findings:
        implied = triage.implied_by(opened, list(command.findings))
        if implied:
            yield implied


def _join_call(world: World, command: cmd.ReceiveCall, ctx: Context, assessed: Triage) -> Iterator[ev.Event]:
    """Another call about a known incident: patients beyond those known are added, findings are written down."""
    assert command.incident_id is not None
    known = world.open_incident(command.incident_id)
    if not command.adds_patients and len(command.patients) > len(known.patient_ids):
        command = replace(command, patients=command.patients[len(known.patient_ids) :], adds_patients=True)
    yield from intake.receive_call(world, command, ctx, assessed)
    if command.findings:
        found = tuple((None, finding) for finding in command.findings)
        yield from triage.record_findings(world, cmd.RecordFindings(incident_id=known.incident_id, findings=found), ctx)


def _assign_unit(world: World, command: cmd.AssignUnit, ctx: Context) -> Iterator[ev.Event]:
    return assignment.assign_unit(world, command, ctx, AssignmentMode.DISPATCHER)


_DECIDERS: dict[type[Any], Callable[[World, Any, Context], Iterable[ev.Event]]] = {
    cmd.AdoptCatalogue: readiness.adopt_catalogue,
    cmd.ReceiveCall: _receive_call,
    cmd.JoinIncident: intake.join_incident,
    cmd.Retriage: triage.retriage,
    cmd.CorrectLocation: location.correct_location,
    cmd.AddNote: intake.add_note,
    cmd.RecordFindings: triage.record_findings,
    cmd.RecordPatientOutcome: assignment.record_patient_outcome,
    cmd.CloseIncident: intake.close_incident,
    cmd.CancelIncident: intake.cancel_incident,
    cmd.AssignUnit: _assign_unit,
    cmd.SetAssignmentStatus: assignment.set_status,
    cmd.CancelAssignment: assignment.cancel_assignment,
    cmd.ChangeDestination: assignment.change_destination,
    cmd.AssignPatients: assignment.assign_patients,
    cmd.FollowCasualtyPlan: casualties.follow_plan,
    cmd.SetUnitDuty: readiness.set_unit_duty,
    cmd.RaiseDistress: readiness.raise_distress,
    cmd.EndDistress: readiness.end_distress,
    cmd.AdoptPosts: relocation.adopt_posts,
    cmd.RelocateUnit: relocation.relocate_unit,
    SetRoomRules: room.set_rules,
    cmd.ReportHospitalStatus: readiness.report_hospital_status,
    cmd.ReportHospitalStatuses: readiness.report_hospital_statuses,
    cmd.ReportCasualtyCapacity: readiness.report_casualty_capacity,
    commands_reception.ReserveSlot: reception.reserve_slot,
    commands_reception.ConfirmSlot: reception.confirm_slot,
    commands_reception.ReleaseSlot: reception.release_slot,
    commands_reception.SendPrealert: reception.send_prealert,
    commands_reception.AcknowledgePrealert: reception.acknowledge_prealert,
    commands_reception.TurnPatientAway: reception.turn_patient_away,
    commands_reception.AskTransfer: reception.ask_transfer,
    commands_reception.AnswerTransfer: reception.answer_transfer,
    commands_reception.WithdrawTransfer: reception.withdraw_transfer,
    cmd.ReportAed: aeds.report_aed,
    AdoptAedData: aeds.adopt_data,
    FetchAed: aeds.fetch_aed,
    MoveAedFetch: aeds.move_fetch,
    EndAedFetch: aeds.end_fetch,
    ReviewAedReports: aeds.review_reports,
    InspectAed: aeds.inspect_aed,
    RegisterArrestUnit: arrest.register,
    WithdrawArrestUnit: arrest.withdraw,
    SetArrestUnitDuty: arrest.set_duty,
    ReportFlightConditions: arrest.report_flight_conditions,
    SendForAed: arrest.send_for_aed,
    SetRunStatus: arrest.set_run_status,
    PageForArrests: lambda *_: (),
    RecordCareTime: care.record_care_time,
    CorrectCareTime: care.correct_care_time,
    AskRecord: records.ask_record,
    NoteRecordAnswer: records.note_record_answer,
    **notices.DECIDERS,
    KeepPicture: records.keep_picture,
    WarnOfPremises: premises.warn,
    ReviewPremisesWarning: premises.review,
    EndPremisesWarning: premises.end,
    EraseIncident: records.erase_incident,
    ErasePremises: premises.erase,
    cmd.ReportTraffic: readiness.report_traffic,
    cmd.EndTraffic: readiness.end_traffic,
    cmd.NoteTravelTimes: readiness.note_travel_times,
    cmd.ReviewChoices: lambda *_: (),
    cmd.KeepReply: lambda *_: (),
    cmd.FireDeadline: deadlines.fire,
}


def asks_for_review(command: cmd.Command) -> bool:
    """Whether everything that stands recommended is looked at again."""
    return isinstance(command, cmd.ReviewChoices | SetRoomRules)


# After these the choice of units and hospitals is looked at again.
_CHANGES_CHOICE = (
    ev.CatalogueAdopted,
    ev.IncidentOpened,
    ev.IncidentRetriaged,
    ev.LocationCorrected,
    ev.UnitAssigned,
    ev.AssignmentStatusCorrected,
    ev.AssignmentCancelled,
    ev.UnitDutyChanged,
    ev.HospitalStatusReported,
    ev.HospitalStatusExpired,
    ev.HoldReminded,
    SlotReserved,
    SlotReleased,
    PatientTurnedAway,
)
_FREEING = {AssignmentStatus.AVAILABLE, AssignmentStatus.DECLINED}
# Only these make an incident's own recommendation worth explaining anew.
_ASKS_FOR_CHOICE = (
    ev.IncidentOpened,
    ev.IncidentRetriaged,
    ev.LocationCorrected,
    ev.AssignmentCancelled,
    ev.HoldReminded,
    PatientTurnedAway,
)


def incident_named(events: Iterable[ev.Event]) -> dict[str, str]:
    """The first incident that any of them is about, as a member `incident_id`; empty when there is none."""
    named = (getattr(event, "incident_id", None) for event in events)
    return next(({"incident_id": incident_id} for incident_id in named if incident_id is not None), {})


def changes_choice(events: Iterable[ev.Event]) -> bool:
    """Whether what happened can change who should go where."""
    return any(
        isinstance(event, _CHANGES_CHOICE)
        or (isinstance(event, ev.AssignmentStatusChanged) and event.status in _FREEING)
        or _falls_silent(event)
        for event in events
    )


def _falls_silent(event: ev.Event) -> bool:
    """Whether a crew stops counting as coming: its incident then needs somebody else."""
    return isinstance(event, ev.AssignmentReoffered) and event.attempt == UNANSWERED_PAGES


def takes_crews(events: Iterable[ev.Event]) -> bool:
    """Whether a choice has taken crews off their incidents, so that somebody has to be found for those, or relieved them."""
    return any(isinstance(event, ev.AssignmentCancelled) for event in events)


def awaits_followers(world: World, events: Iterable[ev.Event]) -> bool:
    """Whether a crew was sent that another one must follow (`response.py`)."""
    return bool(_awaiting_followers(world, events))


def _awaiting_followers(world: World, events: Iterable[ev.Event]) -> frozenset[IncidentId]:
    sent_to = {event.incident_id for event in events if isinstance(event, ev.UnitAssigned)}
    incidents = [world.incidents[incident_id] for incident_id in sent_to]
    return frozenset(i.incident_id for i in incidents if must_follow(i.pathway) and world.units_missing(i))


def asking(world: World, events: Collection[ev.Event]) -> frozenset[IncidentId]:
    """The open incidents whose recommendation these events ask for: those they change, and those bound for a hospital that closed."""
    named = set(_awaiting_followers(world, events))
    for event in events:
        if isinstance(event, _ASKS_FOR_CHOICE) or (isinstance(event, ev.AssignmentReoffered) and _falls_silent(event)):
            named.add(event.incident_id)
        if isinstance(event, ev.HospitalStatusReported) and event.status.state is CapabilityState.CLOSED:
            named |= {
                a.incident_id for a in world.assignments.values() if a.is_active and a.hospital_id == event.hospital_id
            }
    return frozenset(named & world.open_ids)


def no_longer_chosen(world: World, facts: Facts, made: Iterable[Recommendation]) -> frozenset[IncidentId]:
    """Incidents for which somebody else should go now, and those whose crew has not left the scene and cannot reach its hospital.

    `made` is what the policy would change. A crew's hospital that can still be reached is left alone: it was agreed upon.
    """
    missing = {need.incident.incident_id for need in facts.needs if need.missing}
    rows = {hospital_id: row for row, hospital_id in enumerate(facts.hospitals.hospital_ids)}
    cut_off = {
        need.incident.incident_id
        for c, need in enumerate(facts.needs)
        for held in world.assignments_of(need.incident)
        if held.is_active and held.hospital_id in rows and held.reached_at(AssignmentStatus.LEFT_SCENE) is None
        if not np.isfinite(facts.to_hospital.travel_time_s[c, rows[held.hospital_id]])
    }
    return frozenset(({recommendation.incident_id for recommendation in made} & missing) | cut_off)


def left_to_the_engine(world: World, ctx: Context) -> frozenset[IncidentId]:
    """Open incidents without all their crews whose recommendations no person has to confirm."""
    automatic = (i for i in world.open_incidents() if i.priority in ctx.rules.auto_assign)
    return frozenset(incident.incident_id for incident in automatic if world.units_missing(incident))


def conclude(
    world: World, recommendations: Iterable[Recommendation], asked: frozenset[IncidentId], ctx: Context
) -> list[ev.Event]:
    """What the recommendations turn into: written down where they are new, held calls marked, units committed where allowed."""
    events: list[ev.Event] = []
    for made in recommendations:
        events.extend(_conclude_one(world, made, made.incident_id in asked, ctx))
    return events


def _conclude_one(world: World, made: Recommendation, is_asked: bool, ctx: Context) -> Iterator[ev.Event]:
    incident = world.incidents[made.incident_id]
    known = incident.recommendation
    is_new = known is None or (known.unit_ids, known.hospital_id) != (made.unit_ids, made.hospital_id)
    if is_new or is_asked:
        yield ev.RecommendationMade(incident_id=incident.incident_id, recommendation=made)
    if made.n_missing > 0 and not made.units:
        has_suitable_unit = bool(made.alternatives) or made.n_other_units > 0
        reason = HoldReason.of(is_crew_awaited=made.awaits is not None, has_suitable_unit=has_suitable_unit)
        if incident.held is None or incident.held.reason != reason:
            yield ev.IncidentHeld(incident_id=incident.incident_id, reason=str(reason))
    elif incident.held is not None:
        yield ev.HoldEnded(incident_id=incident.incident_id)
    if incident.priority in ctx.rules.auto_assign:
        yield from _commit(world, made, ctx)


def _commit(world: World, made: Recommendation, ctx: Context) -> Iterator[ev.Event]:
    """Commit the recommended units, each for the next patient without one; follow a changed hospital.

    Whom a person has sent is called off by a person: who would relieve such a crew stays a recommendation.
    """
    incident = world.incidents[made.incident_id]
    waiting = sorted((p for p in world.patients_of(incident) if p.is_uncared), key=lambda patient: patient.urgency)
    uncared = [patient.patient_id for patient in waiting]
    for candidate in made.units:
        if candidate.relieves is not None and _held_by(world, candidate.relieves).mode is AssignmentMode.DISPATCHER:
            continue
        called_off = _called_off(world, incident, candidate)
        if called_off is not None:
            yield called_off
        if candidate.relieves is None:
            patient_ids, uncared = tuple(uncared[:1]), uncared[1:]
        else:
            patient_ids = _held_by(world, candidate.relieves).patient_ids
        yield ev.UnitAssigned(
            assignment_id=ctx.ids.assignment(),
            incident_id=incident.incident_id,
            unit_id=candidate.unit_id,
            hospital_id=made.hospital_id,
            patient_ids=patient_ids,
            mode=AssignmentMode.AUTOMATIC,
            is_reserved=False,
            is_recommended=True,
            override_reason=None,
        )
    if made.units or made.hospital_id is None:
        return
    for held in world.assignments_of(incident):
        is_bound = held.is_active and held.hospital_id != made.hospital_id and _follows(world, incident, held)
        if is_bound and held.reached_at(AssignmentStatus.AT_HOSPITAL) is None:
            yield ev.DestinationChanged(
                assignment_id=held.assignment_id,
                incident_id=incident.incident_id,
                unit_id=held.unit_id,
                hospital_id=made.hospital_id,
                was_hospital_id=held.hospital_id,
                reason="recommended destination changed",
                mode=AssignmentMode.AUTOMATIC,
            )


def _follows(world: World, incident: Incident, held: Assignment) -> bool:
    """Whether a crew goes where its incident's recommendation says. Those of a scene with a plan do as planned, and need another
    hospital only when they have left for one that has closed."""
    if not incident.is_mass_casualty:
        return True
    hospital = world.hospitals.get(held.hospital_id) if held.hospital_id else None
    is_closed = hospital is not None and hospital.state_of(Capability.EMERGENCY) is CapabilityState.CLOSED
    return is_closed and not comes_before(held.status, AssignmentStatus.LEFT_SCENE)


def _called_off(world: World, incident: Incident, candidate: UnitCandidate) -> ev.Event | None:
    """What the candidate's coming ends: its own way to another incident, or that of the crew which it relieves."""
    if candidate.diverted_from is not None:
        gain_s = round(candidate.diverted_from.gain_s)
        # Other crews of the incident are told the reason; of the one that it is for they know nothing.
        reason = f"diverted: {incident.priority}, {gain_s} s sooner"
        return assignment.called_off(_held_by(world, candidate.unit_id), reason, diverted_to=incident.incident_id)
    if candidate.relieves is not None:
        reason = f"relieved by {candidate.unit_id}, which is there sooner"
        return assignment.called_off(_held_by(world, candidate.relieves), reason, relieved_by=candidate.unit_id)
    return None


def _held_by(world: World, unit_id: UnitId) -> Assignment:
    """The assignment that commits a unit; a choice knows that there is one."""
    held = world.units[unit_id].assignment_id
    assert held is not None
    return world.assignments[held]
