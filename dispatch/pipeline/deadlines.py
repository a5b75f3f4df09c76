"""Timers as consequences of the world: what is due when, and what happens if it still holds then.

Nothing is scheduled by hand: deadlines are read off the entities, so a restart finds every one of them again.
"""

from collections.abc import Iterator
from datetime import timedelta

from dispatch.domain import events as ev
from dispatch.domain.aed import FetchOutcome
from dispatch.domain.arrest import AedRun, RunStatus
from dispatch.domain.assignment import Assignment, AssignmentStatus
from dispatch.domain.commands import Deadline, FireDeadline
from dispatch.domain.events_aeds import AedFetchEnded
from dispatch.domain.events_arrest import AedRunStatusChanged
from dispatch.domain.events_casualties import CasualtyCapacityExpired
from dispatch.domain.events_premises import PremisesWarningEnded
from dispatch.domain.events_reception import PrealertReminded, SlotReleased
from dispatch.domain.hospital import Hospital
from dispatch.domain.ids import AssignmentId, HospitalId, IncidentId, PatientId, RunId, TrafficId, WarningId
from dispatch.domain.incident import Incident
from dispatch.domain.reception import SlotOutcome
from dispatch.domain.rules import Context, Rules
from dispatch.domain.vocabulary import Capability
from dispatch.domain.world import World

REOFFER, ESCALATION, HOLD_REMINDER = "reoffer", "escalation", "hold_reminder"
HOSPITAL_STATUS, CASUALTY_CAPACITY, TRAFFIC = "hospital_status", "casualty_capacity", "traffic"
AED_FETCH, PAGE, RUN_OVERDUE = "aed_fetch", "page", "run_overdue"
PREALERT, SLOT_IN_USE, PREMISES = "prealert", "slot_in_use", "premises"


def deadlines_of(world: World, subject: str, rules: Rules) -> frozenset[Deadline]:
    """All deadlines that hang on an incident, assignment, hospital, traffic report, AED, run or warning; none for an unknown id."""
    if (incident := world.incidents.get(IncidentId(subject))) is not None:
        return frozenset(_of_incident(world, incident, rules))
    if (assignment := world.assignments.get(AssignmentId(subject))) is not None:
        return frozenset(_of_assignment(assignment, rules))
    if (hospital := world.hospitals.get(HospitalId(subject))) is not None:
        return frozenset(_of_hospital(hospital))
    if (traffic := world.traffic.get(TrafficId(subject))) is not None:
        return frozenset({Deadline(traffic.details.expires_at, TRAFFIC, traffic.traffic_id)})
    if (fetch := world.aed_fetches.get(subject)) is not None:
        free_at = fetch.free_at(rules.aed_fetch_stalls_after_s, rules.aed_fetch_longest_s)
        return frozenset({Deadline(free_at, AED_FETCH, subject)})
    if (run := world.runs.get(RunId(subject))) is not None:
        return frozenset(_of_run(run))
    if (warning := world.premises.get(WarningId(subject))) is not None:
        return frozenset({Deadline(warning.expires_at, PREMISES, subject)})
    return frozenset()


def _of_incident(world: World, incident: Incident, rules: Rules) -> Iterator[Deadline]:
    if not incident.is_open:
        return
    if incident.held:
        since_at = incident.held.reminded_at or incident.held.since_at
        yield Deadline(since_at + timedelta(seconds=rules.hold_reminder_every_s), HOLD_REMINDER, incident.incident_id)
    for patient in world.patients_of(incident):
        sent = patient.pending_prealert
        if sent is not None and sent.reminders < rules.prealert_reminders:
            due_at = (sent.reminded_at or sent.sent_at) + timedelta(seconds=rules.prealert_answer_after_s)
            yield Deadline(due_at, PREALERT, incident.incident_id, patient_id=patient.patient_id)
    is_unattended = incident.units_required > 0 and not any(
        assignment.is_answering and assignment.status is not AssignmentStatus.RESERVED
        for assignment in world.assignments_of(incident)
    )
    if incident.priority.is_life_threatening and is_unattended and incident.escalation < len(rules.escalate_after_s):
        wait = timedelta(seconds=rules.escalate_after_s[incident.escalation])
        yield Deadline(incident.received_at + wait, ESCALATION, incident.incident_id)


def _of_assignment(assignment: Assignment, rules: Rules) -> Iterator[Deadline]:
    if assignment.status is AssignmentStatus.OFFERED and assignment.paged_at is not None:
        due_at = assignment.paged_at + timedelta(seconds=rules.reoffer_after_s)
        yield Deadline(due_at, REOFFER, assignment.assignment_id)


def _of_hospital(hospital: Hospital) -> Iterator[Deadline]:
    for capability, status in hospital.capabilities:
        yield Deadline(status.expires_at, HOSPITAL_STATUS, hospital.hospital_id, capability)
    for slot in hospital.slots:
        if slot.until_at is not None:
            yield Deadline(slot.until_at, SLOT_IN_USE, hospital.hospital_id, slot.capability, slot.patient_id)
    if hospital.casualty_capacity is not None:
        yield Deadline(hospital.casualty_capacity.expires_at, CASUALTY_CAPACITY, hospital.hospital_id)


def _of_run(run: AedRun) -> Iterator[Deadline]:
    """A page that expires; a run that is overdue changes nothing itself, but who else could come is looked at again."""
    if run.status is RunStatus.OFFERED and run.answer_by is not None:
        yield Deadline(run.answer_by, PAGE, run.run_id)
    if run.overdue_at is not None:
        yield Deadline(run.overdue_at, RUN_OVERDUE, run.run_id)


def fire(world: World, command: FireDeadline, ctx: Context) -> Iterator[ev.Event]:
    """What a deadline brings about, if it still stands and is due."""
    deadline = command.deadline
    if deadline.due_at > ctx.now or deadline not in deadlines_of(world, deadline.subject, ctx.rules):
        return
    match deadline.kind:
        case "reoffer":
            assignment = world.assignments[AssignmentId(deadline.subject)]
            yield ev.AssignmentReoffered(
                assignment_id=assignment.assignment_id,
                incident_id=assignment.incident_id,
                unit_id=assignment.unit_id,
                attempt=assignment.reoffers + 1,
            )
        case "escalation":
            incident = world.incidents[IncidentId(deadline.subject)]
            waited_s = (ctx.now - incident.received_at).total_seconds()
            yield ev.IncidentEscalated(
                incident_id=incident.incident_id, level=incident.escalation + 1, waited_s=waited_s
            )
        case "hold_reminder":
            incident = world.incidents[IncidentId(deadline.subject)]
            reminders = incident.held.reminders + 1 if incident.held else 1
            yield ev.HoldReminded(incident_id=incident.incident_id, reminders=reminders)
        case "hospital_status":
            yield ev.HospitalStatusExpired(
                hospital_id=HospitalId(deadline.subject), capability=Capability(deadline.capability)
            )
        case "prealert":
            patient = world.patients[PatientId(deadline.patient_id)]
            sent = patient.pending_prealert
            assert sent is not None
            yield PrealertReminded(
                patient_id=patient.patient_id,
                incident_id=patient.incident_id,
                hospital_id=sent.hospital_id,
                reminders=sent.reminders + 1,
            )
        case "slot_in_use":
            hospital = world.hospitals[HospitalId(deadline.subject)]
            slot = hospital.slot_of(Capability(deadline.capability), PatientId(deadline.patient_id))
            assert slot is not None
            yield SlotReleased(
                hospital_id=hospital.hospital_id,
                capability=slot.capability,
                patient_id=slot.patient_id,
                incident_id=slot.incident_id,
                outcome=SlotOutcome.LAPSED,
                reason=None,
            )
        case "casualty_capacity":
            yield CasualtyCapacityExpired(hospital_id=HospitalId(deadline.subject))
        case "aed_fetch":
            fetch = world.aed_fetches[deadline.subject]
            yield AedFetchEnded(aed_id=deadline.subject, fetch_id=fetch.fetch_id, outcome=FetchOutcome.STALLED)
        case "page":
            run = world.runs[RunId(deadline.subject)]
            yield AedRunStatusChanged(
                run_id=run.run_id,
                incident_id=run.incident_id,
                unit_id=run.unit_id,
                aed_id=run.aed_id,
                status=RunStatus.EXPIRED,
                reason=None,
            )
        case "premises":
            yield PremisesWarningEnded(warning_id=WarningId(deadline.subject), has_expired=True, reason=None)
        case "traffic":
            yield ev.TrafficEnded(traffic_id=TrafficId(deadline.subject), has_expired=True, reason=None)
