"""Cardiac arrest: the plan of an incident, those who bring defibrillators, their runs, and what drones may fly in."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from dispatch.api import arrest_in as said
from dispatch.api import arrest_out as wire
from dispatch.api.access import CONTROL_ROOM, ControlRoom, Requires, Role, User
from dispatch.api.answers import answer, carry_out, first
from dispatch.api.problems import ROLE_FORBIDDEN, ProblemError, documented, invalid_field
from dispatch.api.reads import note_reads, purpose_of
from dispatch.api.routes_aed_reports import AED_NOT_FOUND
from dispatch.api.wiring import Service, city_maps_of, service_of
from dispatch.domain.arrest import CELL_RESOLUTION, Bringer
from dispatch.domain.commands import Command, KeepReply
from dispatch.domain.commands_arrest import (
    PageForArrests,
    RegisterArrestUnit,
    ReportFlightConditions,
    SetArrestUnitDuty,
    SetRunStatus,
    WithdrawArrestUnit,
)
from dispatch.domain.events_arrest import AedRunOffered, ArrestUnitRegistered
from dispatch.domain.ids import IncidentId, RunId, UnitId
from dispatch.domain.rejections import CommandRejected, Refusal
from dispatch.engine.arrest import open_arrests
from dispatch.engine.commits import Committed
from dispatch.projections.sight import sight_of
from maps_data.vocabulary import RecordClass
from routing.cells import Cell, cell_from_text, cell_of, cell_text, resolution_of

router = APIRouter(prefix="/api/v1", tags=["cardiac arrest"])
Own = Annotated[User, Depends(Requires(CONTROL_ROOM | {Role.RESPONDER}))]
_COMMAND = (400, 401, 403, 422, 503)


def _check_own(user: User, unit_id: str | None) -> None:
    """A responder speaks for himself alone."""
    if not user.roles & CONTROL_ROOM and unit_id != sight_of(user).unit_id:
        raise ProblemError(*ROLE_FORBIDDEN)


@router.get(
    "/incidents/{incident_id}/arrest-plan",
    summary="Who brings the first shock",
    response_model=wire.ArrestPlanOut,
    responses=documented(401, 403, Refusal.INCIDENT_NOT_FOUND, Refusal.INCIDENT_NOT_OPEN, Refusal.NOT_AN_ARREST),
)
async def get_arrest_plan(request: Request, incident_id: str, _: ControlRoom) -> Response:
    """As of now: who comes when, with what chance and for how much, who does not and why, and what was answered."""
    service = service_of(request)
    world, now = service.engine.world, service.engine.clock.now()
    made = await service.arrests.plan(world, IncidentId(incident_id), now)
    return answer(wire.plan_wire(city_maps_of(request), world, made, now))


@router.post(
    "/incidents/{incident_id}/aed-runs",
    status_code=201,
    summary="A bystander was sent, or an owner comes",
    response_model=wire.AedRunOut,
    responses=documented(
        *(*_COMMAND, Refusal.INCIDENT_NOT_FOUND, AED_NOT_FOUND, Refusal.INCIDENT_NOT_OPEN, Refusal.NOT_AN_ARREST),
        *(Refusal.AED_NOT_NEAR, Refusal.AED_BEING_FETCHED, Refusal.BYSTANDER_SENT, Refusal.IDEMPOTENCY_KEY_REUSED),
    ),
)
async def send_for_aed(request: Request, incident_id: str, body: said.AedRunIn, user: ControlRoom) -> Response:
    """Written down as said yes to; nobody else is sent for that device meanwhile."""
    if body.aed_id not in city_maps_of(request).catalogue.aeds_by_id:
        raise ProblemError(*AED_NOT_FOUND)
    command, check = _sending(service_of(request), IncidentId(incident_id), body)

    def render(committed: Committed) -> dict[str, Any]:
        offered = first(committed.entries, AedRunOffered)
        assert offered is not None
        return wire.run_wire(committed.world.runs[offered.run_id])

    return await carry_out(request, command, user, render, status=201, check=check)


def _sending(service: Service, incident_id: IncidentId, body: said.AedRunIn) -> tuple[Command, Callable[[], None]]:
    """The command, and what raises why it cannot be: a request that has its answer already is given that one again."""
    refusals: list[CommandRejected] = []

    def check() -> None:
        if refusals:
            raise refusals[0]

    world, now = service.engine.world, service.engine.clock.now()
    try:
        return service.arrests.sending(world, incident_id, Bringer(body.bringer), body.aed_id, now), check
    except CommandRejected as refused:
        refusals.append(refused)
        return KeepReply(), check


@router.post(
    "/aed-runs/{run_id}/status",
    summary="Answer a page; the next step of a run",
    response_model=wire.AedRunOut,
    responses=documented(*_COMMAND, Refusal.RUN_NOT_FOUND, Refusal.ILLEGAL_TRANSITION, Refusal.IDEMPOTENCY_KEY_REUSED),
)
async def set_run_status(request: Request, run_id: str, body: said.RunStatusIn, user: Own) -> Response:
    """Accepted, en route, has the device, at the patient, done; or declined, at any time before. When a device is with the patient all
    who are still on their way are stood down.
    """
    run = service_of(request).engine.world.runs.get(RunId(run_id))
    _check_own(user, run.unit_id if run else None)
    command = SetRunStatus(run_id=RunId(run_id), status=body.status, reason=body.reason)
    return await carry_out(request, command, user, lambda committed: wire.run_wire(committed.world.runs[RunId(run_id)]))


# --- responders and drones --------------------------------------------------------------------------------------------


def _unit(request: Request, committed: Committed, unit_id: UnitId) -> dict[str, Any]:
    service = service_of(request)
    has_place = unit_id in service.places.fresh(service.engine.clock.now())
    return wire.unit_wire(committed.world.arrest_units[unit_id], has_place=has_place)


@router.get("/arrest-units", response_model=wire.ArrestUnitsOut, responses=documented(401, 403, 422))
async def list_arrest_units(
    request: Request,
    _: ControlRoom,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
    after: str | None = None,
) -> Response:
    """Responders and drones by id."""
    service = service_of(request)
    world, places = service.engine.world, service.places.fresh(service.engine.clock.now())
    page = [unit_id for unit_id in sorted(world.arrest_units) if after is None or unit_id > after]
    items = [wire.unit_wire(world.arrest_units[unit_id], has_place=unit_id in places) for unit_id in page[:limit]]
    return answer({"items": items, "next": page[limit - 1] if len(page) > limit else None})


@router.post(
    "/arrest-units",
    status_code=201,
    summary="A volunteer opts in; a drone is registered",
    response_model=wire.ArrestUnitOut,
    responses=documented(*_COMMAND, Refusal.IDEMPOTENCY_KEY_REUSED),
)
async def register_arrest_unit(request: Request, body: said.ArrestUnitIn, user: ControlRoom) -> Response:
    """Who a volunteer is stays with whoever registers him; here he is the number that this answers with."""
    command = RegisterArrestUnit(
        has_aed=body.has_aed or body.drone is not None,
        drone=None if body.drone is None else said.drone_of(body.drone),
        record_class=RecordClass.SIMULATED if body.is_simulated else RecordClass.REAL,
    )

    def render(committed: Committed) -> dict[str, Any]:
        registered = first(committed.entries, ArrestUnitRegistered)
        assert registered is not None
        return _unit(request, committed, registered.unit_id)

    return await carry_out(request, command, user, render, status=201)


@router.post(
    "/arrest-units/{unit_id}/withdraw",
    summary="Opt out",
    response_model=wire.ArrestUnitsOut,
    responses=documented(*_COMMAND, Refusal.ARREST_UNIT_NOT_FOUND, Refusal.IDEMPOTENCY_KEY_REUSED),
)
async def withdraw_arrest_unit(request: Request, unit_id: str, user: Own) -> Response:
    """At any time; where he was is forgotten at once, and somebody else is found for what he was doing."""
    _check_own(user, unit_id)
    service_of(request).places.forget(UnitId(unit_id))
    command = WithdrawArrestUnit(unit_id=UnitId(unit_id))
    return await carry_out(request, command, user, lambda _: {"items": [], "next": None})


@router.post(
    "/arrest-units/{unit_id}/duty",
    summary="On and off duty",
    response_model=wire.ArrestUnitOut,
    responses=documented(*_COMMAND, Refusal.ARREST_UNIT_NOT_FOUND, Refusal.IDEMPOTENCY_KEY_REUSED),
)
async def set_arrest_unit_duty(request: Request, unit_id: str, body: said.ArrestDutyIn, user: Own) -> Response:
    """A drone that must not fly is off duty, with the reason."""
    _check_own(user, unit_id)
    command = SetArrestUnitDuty(unit_id=UnitId(unit_id), duty=body.duty, reason=body.reason)
    return await carry_out(request, command, user, lambda committed: _unit(request, committed, UnitId(unit_id)))


@router.post(
    "/arrest-units/{unit_id}/place",
    status_code=202,
    summary="Where a responder is, coarsely",
    response_model=wire.PlaceTakenOut,
    responses=documented(*_COMMAND, Refusal.ARREST_UNIT_NOT_FOUND, Refusal.IDEMPOTENCY_KEY_REUSED),
)
async def report_place(request: Request, unit_id: str, body: said.PlaceIn, user: Own) -> Response:
    """Kept in memory for a quarter of an hour, never written down. Who comes near an open arrest is considered at once."""
    _check_own(user, unit_id)
    service, cell = service_of(request), _coarse(body.cell)
    unit = service.engine.world.arrest_unit(UnitId(unit_id))
    if unit.record.drone is not None:
        raise CommandRejected(Refusal.ARREST_UNIT_NOT_FOUND)
    now = service.engine.clock.now()
    is_news = service.places.report(unit.unit_id, cell, now)
    command = PageForArrests() if is_news and open_arrests(service.engine.world) else KeepReply()
    return await carry_out(request, command, user, lambda _: {"cell": cell_text(cell), "received_at": now}, status=202)


def _coarse(text: str) -> Cell:
    try:
        cell = cell_from_text(text)
    except ValueError:
        raise invalid_field("/cell", "cell", "不是 H3 网格编号", "is not an H3 cell") from None
    if resolution_of(cell) != CELL_RESOLUTION:
        zh, en = f"网格须为 {CELL_RESOLUTION} 级", f"must have resolution {CELL_RESOLUTION}"
        raise invalid_field("/cell", "resolution", zh, en)
    return cell


@router.get(
    "/arrest-units/{unit_id}/run",
    summary="What who is paged has to know",
    response_model=wire.OwnRunOut,
    responses=documented(401, 403, Refusal.ARREST_UNIT_NOT_FOUND, Refusal.RUN_NOT_FOUND),
)
async def get_own_run(request: Request, unit_id: str, user: Own) -> Response:
    """The run that a unit is paged for or on; the address only once it has said yes."""
    _check_own(user, unit_id)
    world = service_of(request).engine.world
    unit = world.arrest_unit(UnitId(unit_id))
    if unit.run_id is None:
        raise CommandRejected(Refusal.RUN_NOT_FOUND)
    run = world.runs[unit.run_id]
    note_reads(request, user, [run.incident_id], purpose_of(request))
    scene = cell_text(cell_of(world.incidents[run.incident_id].location.point, CELL_RESOLUTION))
    return answer(wire.own_run_wire(city_maps_of(request), world, run, scene))


# --- what drones may fly in -------------------------------------------------------------------------------------------


@router.get("/flight-conditions", response_model=wire.FlightConditionsOut, responses=documented(401, 403))
async def get_flight_conditions(request: Request, _: ControlRoom) -> Response:
    """What was reported last, and whether it still holds."""
    engine = service_of(request).engine
    return answer(wire.conditions_wire(engine.world.flight_conditions, engine.clock.now()))


@router.post(
    "/flight-conditions",
    summary="Wind, rain and no-fly areas",
    response_model=wire.FlightConditionsOut,
    responses=documented(*_COMMAND, Refusal.IDEMPOTENCY_KEY_REUSED),
)
async def report_flight_conditions(request: Request, body: said.FlightConditionsIn, user: ControlRoom) -> Response:
    """For all drones, until it expires; takes the place of the last report."""
    now = service_of(request).engine.clock.now()

    def check() -> None:
        if body.expires_at <= now:
            raise invalid_field("/expires_at", "in_past", "有效期须在将来", "must lie in the future")

    command = ReportFlightConditions(
        wind_mps=body.wind_mps,
        is_raining=body.is_raining,
        no_fly=said.no_fly_of(body),
        source=body.source,
        expires_at=body.expires_at,
    )
    return await carry_out(
        request,
        command,
        user,
        lambda committed: wire.conditions_wire(committed.world.flight_conditions, now),
        check=check,
    )
