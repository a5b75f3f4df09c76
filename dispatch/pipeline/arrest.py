"""Those who bring defibrillators: opting in and out, duty, what drones may fly in, and the steps of their runs."""

from collections.abc import Iterator
from datetime import timedelta

from dispatch.domain import events as ev
from dispatch.domain.arrest import AedRun, ArrestUnitRecord, Bringer, FlightConditions, RunStatus, may_step_run
from dispatch.domain.commands_arrest import (
    RegisterArrestUnit,
    ReportFlightConditions,
    SendForAed,
    SetArrestUnitDuty,
    SetRunStatus,
    WithdrawArrestUnit,
)
from dispatch.domain.events_arrest import (
    AedRunOffered,
    AedRunStatusChanged,
    ArrestUnitDutyChanged,
    ArrestUnitRegistered,
    ArrestUnitWithdrawn,
    FlightConditionsReported,
)
from dispatch.domain.ids import IncidentId
from dispatch.domain.rejections import CommandRejected, Refusal
from dispatch.domain.rules import Context
from dispatch.domain.vocabulary import Pathway
from dispatch.domain.world import World
from dispatch.pipeline.arrest_plan import Page, Plan

STANDS_DOWN = "no longer needed"


def register(_: World, command: RegisterArrestUnit, ctx: Context) -> Iterator[ev.Event]:
    """Take a volunteer or a drone in; their number is all that the journal knows a volunteer by."""
    unit_id = ctx.ids.arrest_unit("rsp" if command.drone is None else "drn")
    record = ArrestUnitRecord(
        unit_id=unit_id, has_aed=command.has_aed, drone=command.drone, record_class=command.record_class
    )
    yield ArrestUnitRegistered(unit_id=unit_id, record=record)


def withdraw(world: World, command: WithdrawArrestUnit, _: Context) -> Iterator[ev.Event]:
    """Opting out is always possible; a run ends with it, and somebody else is found."""
    unit = world.arrest_unit(command.unit_id)
    if unit.run_id is not None:
        yield run_stepped(world.runs[unit.run_id], RunStatus.DECLINED, "opted out")
    yield ArrestUnitWithdrawn(unit_id=unit.unit_id)


def set_duty(world: World, command: SetArrestUnitDuty, _: Context) -> Iterator[ev.Event]:
    """Whoever is on a run when going off duty finishes it, and gets no other."""
    unit = world.arrest_unit(command.unit_id)
    if (unit.duty, unit.duty_reason) != (command.duty, command.reason):
        yield ArrestUnitDutyChanged(unit_id=unit.unit_id, duty=command.duty, reason=command.reason)


def report_flight_conditions(_: World, command: ReportFlightConditions, ctx: Context) -> Iterator[ev.Event]:
    """What drones may fly in from now on."""
    yield FlightConditionsReported(
        conditions=FlightConditions(
            wind_mps=command.wind_mps,
            is_raining=command.is_raining,
            no_fly=command.no_fly,
            source=command.source,
            reported_at=ctx.now,
            expires_at=command.expires_at,
        )
    )


def send_for_aed(world: World, command: SendForAed, ctx: Context) -> Iterator[ev.Event]:
    """Write down that a bystander runs, or that an owner comes: one bystander for an incident, one person for a device."""
    incident = world.open_incident(command.incident_id)
    if incident.pathway is not Pathway.OHCA:
        raise CommandRejected(Refusal.NOT_AN_ARREST)
    active = [run for run in world.runs.values() if run.is_active]
    if command.aed_id in world.aed_fetches or any(run.aed_id == command.aed_id for run in active):
        raise CommandRejected(Refusal.AED_BEING_FETCHED)
    is_bystander = command.bringer is Bringer.BYSTANDER
    if is_bystander and any(_is_bystander_of(run, incident.incident_id) for run in active):
        raise CommandRejected(Refusal.BYSTANDER_SENT)
    offered = AedRunOffered(
        run_id=ctx.ids.run(),
        incident_id=incident.incident_id,
        bringer=command.bringer,
        unit_id=None,
        aed_id=command.aed_id,
        arrives_at=command.arrives_at,
        p=command.p,
        gain_s=0.0,
        expected_s=max(0.0, (command.arrives_at - ctx.now).total_seconds()),
        answer_by=None,
    )
    yield offered
    yield AedRunStatusChanged(
        run_id=offered.run_id,
        incident_id=offered.incident_id,
        unit_id=None,
        aed_id=offered.aed_id,
        status=RunStatus.ACCEPTED,
        reason=None,
    )


def _is_bystander_of(run: AedRun, incident_id: IncidentId) -> bool:
    return run.bringer is Bringer.BYSTANDER and run.incident_id == incident_id


def set_run_status(world: World, command: SetRunStatus, _: Context) -> Iterator[ev.Event]:
    """The next step of a run. `CommandRejected` for a step back, or after its end."""
    run = world.run(command.run_id)
    if not may_step_run(run.status, command.status):
        raise CommandRejected(Refusal.ILLEGAL_TRANSITION, detail=f"{run.status} -> {command.status}")
    yield run_stepped(run, command.status, command.reason)


def run_stepped(run: AedRun, status: RunStatus, reason: str | None) -> AedRunStatusChanged:
    return AedRunStatusChanged(
        run_id=run.run_id,
        incident_id=run.incident_id,
        unit_id=run.unit_id,
        aed_id=run.aed_id,
        status=status,
        reason=reason,
    )


def stood_down(world: World, incident_id: IncidentId) -> Iterator[ev.Event]:
    """Nobody is needed any more who is not with the patient yet; where the incident has ended, nobody at all."""
    incident = world.incidents.get(incident_id)
    is_over = incident is None or not incident.is_open or incident.pathway is not Pathway.OHCA
    for run in world.runs_of(incident_id):
        if run.is_active and run.status is RunStatus.AT_PATIENT and is_over:
            yield run_stepped(run, RunStatus.DONE, None)
        elif run.is_active and run.status is not RunStatus.AT_PATIENT:
            yield run_stepped(run, RunStatus.STOOD_DOWN, STANDS_DOWN)


def offered(page: Page, plan: Plan, ctx: Context) -> AedRunOffered:
    """The page that a plan asks for."""
    return AedRunOffered(
        run_id=ctx.ids.run(),
        incident_id=plan.incident_id,
        bringer=page.bringer,
        unit_id=page.unit_id,
        aed_id=page.aed_id,
        arrives_at=ctx.now + timedelta(seconds=round(page.at_s)),
        p=round(page.p, 3),
        gain_s=round(page.gain_s, 1),
        expected_s=round(plan.expected_s, 1),
        answer_by=ctx.now + timedelta(seconds=ctx.rules.page_expires_after_s),
    )
