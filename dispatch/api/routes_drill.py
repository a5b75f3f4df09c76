"""The trainer's desk: a drill goes, pauses, steps, speeds up and ends, and what the trainer puts into it."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from dispatch.api import intake
from dispatch.api.access import AnyStaff, Leading, User
from dispatch.api.answers import act_once, answer
from dispatch.api.drill_wire import (
    BreakdownIn,
    DrillOut,
    HospitalStateIn,
    InjectedCallIn,
    InjectionOut,
    RefusalIn,
    SpeedIn,
    StepIn,
    StreetsIn,
    SurgeIn,
)
from dispatch.api.problems import DATUM_REQUIRED, Kind, ProblemError, documented
from dispatch.api.routes_traffic import NO_ROADS
from dispatch.api.wiring import Injected, LedDrill, Service, service_of
from dispatch.domain import commands as cmd
from dispatch.domain.commands_reception import TurnPatientAway
from dispatch.domain.ids import AssignmentId, HospitalId, UnitId
from dispatch.domain.rejections import CommandRejected, Refusal
from dispatch.domain.roads import TrafficDetails
from dispatch.domain.vocabulary import Duty
from dispatch.domain.world import World
from routing.geo import destination

router = APIRouter(prefix="/api/v1/drill", tags=["drill"])

NO_DRILL: Final[Kind] = (
    409,
    "no_drill",
    "此服务不是演练;请用 dispatch drill serve 启动",
    "No drill is played here; start one with dispatch drill serve",
)
NO_REPORT: Final[Kind] = (
    404,
    "drill_report_not_found",
    "演练结束后才有报告",
    "There is a report once the drill has ended",
)
CORNERS: Final = 24
"""Of the line that stands for a circle: within one per cent of it."""

Wire = dict[str, Any]
_REFUSED: Final = (400, 401, 403, 422, 503, NO_DRILL, Refusal.DRILL_ENDED, Refusal.IDEMPOTENCY_KEY_REUSED)


def _led(service: Service) -> LedDrill:
    if service.led is None:
        raise ProblemError(*NO_DRILL)
    return service.led


def _injection_wire(one: Injected) -> Wire:
    return {name: getattr(one, name) for name in InjectionOut.model_fields}


def _drill_wire(service: Service) -> Wire:
    led = _led(service)
    return {
        "realm": service.engine.realm,
        "phase": led.phase,
        "speed": led.speed,
        "pace": led.pace,
        "at": service.engine.clock.now(),
        "started_at": led.started_at,
        "calls_to_come": led.calls_to_come,
        "injections": [_injection_wire(one) for one in led.injections],
        "has_report": led.report is not None,
        "has_roads": service.roads is not None,
    }


# --- looking --------------------------------------------------------------------------------------------------------------


@router.get("", summary="The drill", response_model=DrillOut, responses=documented(401, 403, NO_DRILL))
async def get_drill(request: Request, _: AnyStaff) -> Response:
    """How it goes, and what the trainer has put into it."""
    return answer(_drill_wire(service_of(request)))


@router.get("/report", summary="Report", responses=documented(401, 403, NO_DRILL, NO_REPORT))
async def get_report(request: Request, _: Leading) -> dict[str, Any]:
    """What came of it: the `report.json` of `dispatch drill run`."""
    report = _led(service_of(request)).report
    if report is None:
        raise ProblemError(*NO_REPORT)
    return dict(report)


@router.get(
    "/report.html",
    summary="Report as a page",
    response_class=Response,
    responses={
        200: {"content": {"text/html": {"schema": {"type": "string"}}}},
        **documented(401, 403, NO_DRILL, NO_REPORT),
    },
)
async def get_report_page(request: Request, _: Leading) -> Response:
    """The same as a page with pictures, to be kept."""
    page = _led(service_of(request)).report_page
    if page is None:
        raise ProblemError(*NO_REPORT)
    headers = {"Content-Disposition": 'attachment; filename="report.html"'}
    return Response(page, media_type="text/html", headers=headers)


# --- time -----------------------------------------------------------------------------------------------------------------


async def _act(request: Request, user: User, act: Callable[[LedDrill], None]) -> Response:
    service = service_of(request)
    led = _led(service)

    def acted() -> Wire:
        act(led)
        return _drill_wire(service)

    return await act_once(request, user, acted)


@router.post("/run", summary="Go on", response_model=DrillOut, responses=documented(*_REFUSED))
async def run(request: Request, user: Leading) -> Response:
    """Start the drill, or have it go on."""
    return await _act(request, user, lambda led: led.go())


@router.post("/pause", summary="Pause", response_model=DrillOut, responses=documented(*_REFUSED))
async def pause(request: Request, user: Leading) -> Response:
    """Time stands still for everybody, until it goes on."""
    return await _act(request, user, lambda led: led.pause())


@router.post("/step", summary="Step", response_model=DrillOut, responses=documented(*_REFUSED))
async def step(request: Request, body: StepIn, user: Leading) -> Response:
    """Go on as fast as it can for a little, then pause. Nothing while time passes already."""
    by = None if body.to == "event" else timedelta(minutes=1)
    return await _act(request, user, lambda led: led.step(by))


@router.post("/speed", summary="Speed", response_model=DrillOut, responses=documented(*_REFUSED))
async def set_speed(request: Request, body: SpeedIn, user: Leading) -> Response:
    """How fast it goes from now on."""
    return await _act(request, user, lambda led: led.set_speed(body.speed))


@router.post("/end", summary="End", response_model=DrillOut, responses=documented(*_REFUSED))
async def end(request: Request, user: Leading) -> Response:
    """Finish for good; the report follows within moments."""
    return await _act(request, user, lambda led: led.end())


# --- what is put in -------------------------------------------------------------------------------------------------------

Orders = Sequence[tuple[datetime, cmd.Command]]


async def _inject(
    request: Request, user: User, kind: str, make: Callable[[Service, datetime], tuple[str, Orders]]
) -> Response:
    """`make(service, now)` gives what it is about and the commands, each with its instant."""
    service = service_of(request)
    led = _led(service)

    def put_in() -> Wire:
        subject, orders = make(service, service.engine.clock.now())
        return _injection_wire(led.inject(kind, subject, orders, _actor(user)))

    return await act_once(request, user, put_in, status=202)


def _actor(user: User) -> str:
    return f"trainer:{user.name}"


@router.post(
    "/calls",
    status_code=202,
    summary="Put a call in",
    response_model=InjectionOut,
    responses=documented(*_REFUSED, DATUM_REQUIRED),
)
async def inject_call(request: Request, body: InjectedCallIn, user: Leading) -> Response:
    """Somebody rings; it is marked as simulated."""
    complaint, determinant = intake.complaint_of(body.complaint)
    location = intake.location_of(body.location, body.address_text, service_of(request).gazetteer)

    def make(_: Service, now: datetime) -> tuple[str, Orders]:
        rings_at = now + timedelta(seconds=body.after_s)
        first = cmd.PatientDetails(age_years=body.age_years, sex=body.sex)
        call = cmd.ReceiveCall(
            received_at=rings_at,
            complaint=complaint,
            determinant=determinant,
            priority=body.priority,
            location=location,
            address_text=body.address_text,
            patients=(first, *(cmd.PatientDetails() for _ in range(body.n_patients - 1))),
            is_simulated=True,
        )
        return f"{complaint} {body.address_text or ''}".strip(), [(rings_at, call)]

    return await _inject(request, user, "call", make)


@router.post(
    "/surges", status_code=202, summary="Many calls", response_model=InjectionOut, responses=documented(*_REFUSED)
)
async def inject_surge(request: Request, body: SurgeIn, user: Leading) -> Response:
    """Places by estimated residents, complaints by the mix of a real county."""
    led = _led(service_of(request))
    return await act_once(
        request, user, lambda: _injection_wire(led.surge(body.n_calls, body.within_s, _actor(user))), status=202
    )


@router.post(
    "/breakdowns",
    status_code=202,
    summary="A vehicle breaks down",
    response_model=InjectionOut,
    responses=documented(*_REFUSED, Refusal.UNIT_NOT_FOUND),
)
async def inject_breakdown(request: Request, body: BreakdownIn, user: Leading) -> Response:
    """Its incident has to be given another unit."""

    def make(service: Service, now: datetime) -> tuple[str, Orders]:
        unit = service.engine.world.units.get(UnitId(body.unit_id))
        if unit is None:
            raise CommandRejected(Refusal.UNIT_NOT_FOUND)
        at = now + timedelta(seconds=body.after_s)
        out = cmd.SetUnitDuty(unit_id=unit.unit_id, duty=Duty.OUT_OF_SERVICE, reason=body.reason)
        if unit.assignment_id is None:
            return unit.record.call_sign, [(at, out)]
        off = cmd.CancelAssignment(assignment_id=unit.assignment_id, reason=body.reason)
        return unit.record.call_sign, [(at, off), (at, out)]

    return await _inject(request, user, "breakdown", make)


@router.post(
    "/refusals",
    status_code=202,
    summary="A hospital turns patients away",
    response_model=InjectionOut,
    responses=documented(*_REFUSED, Refusal.ASSIGNMENT_NOT_FOUND, Refusal.PATIENT_HAS_NO_HOSPITAL),
)
async def inject_refusal(request: Request, body: RefusalIn, user: Leading) -> Response:
    """The choice of hospital is made again for them."""

    def make(service: Service, now: datetime) -> tuple[str, Orders]:
        return _turned_away(service.engine.world, AssignmentId(body.assignment_id), body.reason, now)

    return await _inject(request, user, "refusal", make)


def _turned_away(world: World, assignment_id: AssignmentId, reason: str, now: datetime) -> tuple[str, Orders]:
    held = world.assignments.get(assignment_id)
    if held is None or not held.is_active:
        raise CommandRejected(Refusal.ASSIGNMENT_NOT_FOUND)
    hospital = world.hospitals.get(held.hospital_id) if held.hospital_id else None
    patient_ids = held.patient_ids or world.incidents[held.incident_id].patient_ids[:1]
    if hospital is None or not patient_ids:
        raise CommandRejected(Refusal.PATIENT_HAS_NO_HOSPITAL)
    orders = [
        (now, TurnPatientAway(hospital_id=hospital.hospital_id, patient_id=patient_id, reason=reason))
        for patient_id in patient_ids
    ]
    return f"{hospital.record.name_zh} · {world.units[held.unit_id].record.call_sign}", orders


@router.post(
    "/hospitals",
    status_code=202,
    summary="A hospital opens or closes",
    response_model=InjectionOut,
    responses=documented(*_REFUSED, Refusal.HOSPITAL_NOT_FOUND),
)
async def inject_hospital_state(request: Request, body: HospitalStateIn, user: Leading) -> Response:
    """As its own report, from `trainer`."""

    def make(service: Service, now: datetime) -> tuple[str, Orders]:
        hospital = service.engine.world.hospitals.get(HospitalId(body.hospital_id))
        if hospital is None:
            raise CommandRejected(Refusal.HOSPITAL_NOT_FOUND)
        at = now + timedelta(seconds=body.after_s)
        report = cmd.ReportHospitalStatus(
            hospital_id=hospital.hospital_id,
            capability=body.capability,
            state=body.state,
            source="trainer",
            expires_at=at + timedelta(seconds=body.for_s),
        )
        return f"{hospital.record.name_zh} · {body.capability} {body.state}", [(at, report)]

    return await _inject(request, user, "hospital", make)


@router.post(
    "/traffic",
    status_code=202,
    summary="Streets close or slow down",
    response_model=InjectionOut,
    responses=documented(*_REFUSED, DATUM_REQUIRED, NO_ROADS),
)
async def inject_traffic(request: Request, body: StreetsIn, user: Leading) -> Response:
    """As told by the control room, from `trainer`; the travel times know of it before anything else happens."""
    place = intake.location_of(body.location, body.address_text, service_of(request).gazetteer).point

    def make(service: Service, now: datetime) -> tuple[str, Orders]:
        if service.roads is None:
            raise ProblemError(*NO_ROADS)
        at = now + timedelta(seconds=body.after_s)
        corners = [destination(place, 360.0 * n / CORNERS, body.radius_m) for n in range(CORNERS)]
        streets = TrafficDetails(
            way_ids=(),
            area=(*corners, corners[0]),
            speed_factor=body.speed_factor,
            is_closed=body.closed,
            expires_at=at + timedelta(seconds=body.for_s),
            source="trainer",
        )
        how = "×0" if body.closed else f"×{body.speed_factor:g}"
        return f"{body.address_text or ''} {body.radius_m:g} m {how}".strip(), [
            (at, cmd.ReportTraffic(reports=(streets,)))
        ]

    return await _inject(request, user, "traffic", make)
