"""Units, their positions, and hospitals with their live ledger."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Body, Query, Request, Response

from dispatch.api.access import AnyStaff, ControlRoom, CrewOrControlRoom, HospitalOrControlRoom, User
from dispatch.api.answers import act_once, answer, carry_out
from dispatch.api.problems import DATUM_REQUIRED, NOT_YOURS, documented, invalid_field
from dispatch.api.wire_in import HospitalStatusIn, PositionIn, ReasonIn, UnitStatusIn
from dispatch.api.wire_out import HospitalOut, HospitalsOut, PositionsOut, UnitOut, UnitsOut
from dispatch.api.wiring import Service, service_of
from dispatch.domain import commands as cmd
from dispatch.domain.ids import HospitalId, UnitId
from dispatch.domain.rejections import Refusal
from dispatch.domain.unit import FIX_STALE_AFTER_S, Fix, Unit
from dispatch.domain.world import World
from dispatch.engine.commits import Committed
from dispatch.projections.board import Wire, hospital_wire, unit_wire
from dispatch.projections.place_wire import point_wire
from dispatch.projections.sight import Sight, sight_of
from routing.datum import to_wgs84

router = APIRouter(prefix="/api/v1", tags=["resources"])
# A receiver's clock may run ahead of ours by this much before its fix is refused.
CLOCK_SKEW = timedelta(seconds=30)
MAX_POSITIONS = 5_000
Limit = Annotated[int, Query(ge=1, le=5000)]
Positions = Annotated[list[PositionIn], Body(max_length=MAX_POSITIONS)]


@router.get("/units", response_model=UnitsOut, responses=documented(401, 403, 422))
async def list_units(request: Request, user: AnyStaff, limit: Limit = 1000, after: str | None = None) -> Response:
    """All units by id, each with its latest fix."""
    service = service_of(request)
    world, now = service.engine.world, service.engine.clock.now()
    sight = sight_of(user)
    seen = (unit_id for unit_id in world.units if sight.sees_unit(world, unit_id))
    page = [unit_id for unit_id in sorted(seen) if after is None or unit_id > after]
    items = [_unit(service, world, world.units[unit_id], now, sight) for unit_id in page[:limit]]
    return answer({"items": items, "next": page[limit - 1] if len(page) > limit else None})


def _unit(service: Service, world: World, unit: Unit, now: datetime, sight: Sight) -> Wire:
    fix = service.positions.fixes().get(unit.unit_id) if sight.sees_position(world, unit.unit_id) else None
    return {**unit_wire(world, unit), "position": _fix(fix, now) if fix else None}


def _fix(fix: Fix, now: datetime) -> Wire:
    age_s = (now - fix.fixed_at).total_seconds()
    return {
        **point_wire(fix.point),
        "fixed_at": fix.fixed_at,
        "age_s": round(age_s, 1),
        "is_stale": age_s > FIX_STALE_AFTER_S,
        "speed_mps": fix.speed_mps,
        "heading_deg": fix.heading_deg,
    }


@router.post(
    "/units/positions",
    status_code=202,
    summary="Report positions",
    response_model=PositionsOut,
    responses=documented(400, 401, 403, 422, 503, DATUM_REQUIRED, Refusal.IDEMPOTENCY_KEY_REUSED),
)
async def report_positions(request: Request, body: Positions, user: CrewOrControlRoom) -> Response:
    """A batch of fixes; each is taken or rejected by itself. Kept in memory only: the fixes that a decision used are in its event."""
    service = service_of(request)
    return await act_once(request, user, lambda: _take_positions(service, body, sight_of(user)), status=202)


def _take_positions(service: Service, body: Sequence[PositionIn], sight: Sight) -> Wire:
    world, now = service.engine.world, service.engine.clock.now()
    rejected = []
    for index, reported in enumerate(body):
        is_own = sight.sees_unit(world, UnitId(reported.unit_id))
        code = _take_position(service, world, reported, now) if is_own else NOT_YOURS[1]
        if code is not None:
            rejected.append({"index": index, "code": code})
    return {"accepted": len(body) - len(rejected), "rejected": rejected}


def _take_position(service: Service, world: World, reported: PositionIn, now: datetime) -> str | None:
    """None when taken, else the code of the rejection."""
    if UnitId(reported.unit_id) not in world.units:
        return "unit_not_found"
    if reported.fixed_at > now + CLOCK_SKEW:
        return "fix_in_future"
    fix = Fix(
        point=to_wgs84(reported.lat, reported.lon, reported.datum),
        fixed_at=min(reported.fixed_at, now),
        speed_mps=reported.speed_mps,
        heading_deg=reported.heading_deg,
    )
    return None if service.positions.report(UnitId(reported.unit_id), fix) else "older_than_known"


@router.post(
    "/units/{unit_id}/status",
    summary="Duty",
    response_model=UnitOut,
    responses=documented(
        *(400, 401, 403, 422, 503),
        *(Refusal.UNIT_NOT_FOUND, Refusal.UNIT_COMMITTED, Refusal.IDEMPOTENCY_KEY_REUSED),
    ),
)
async def set_unit_status(request: Request, unit_id: str, body: UnitStatusIn, user: CrewOrControlRoom) -> Response:
    """In or out of service."""
    command = cmd.SetUnitDuty(unit_id=UnitId(unit_id), duty=body.duty, reason=body.reason)
    return await _unit_after(request, UnitId(unit_id), command, user)


@router.post(
    "/units/{unit_id}/distress",
    summary="The crew is in danger",
    response_model=UnitOut,
    responses=documented(400, 401, 403, 422, 503, Refusal.UNIT_NOT_FOUND, Refusal.IDEMPOTENCY_KEY_REUSED),
)
async def raise_distress(request: Request, unit_id: str, user: CrewOrControlRoom) -> Response:
    """Ask the control room for help at once; every console says so until somebody ends it."""
    return await _unit_after(request, UnitId(unit_id), cmd.RaiseDistress(unit_id=UnitId(unit_id)), user)


@router.post(
    "/units/{unit_id}/distress/end",
    summary="The crew is safe",
    response_model=UnitOut,
    responses=documented(400, 401, 403, 422, 503, Refusal.UNIT_NOT_FOUND, Refusal.IDEMPOTENCY_KEY_REUSED),
)
async def end_distress(request: Request, unit_id: str, body: ReasonIn, user: ControlRoom) -> Response:
    """Only the control room ends it, and says how it was heard that the crew is safe."""
    return await _unit_after(
        request, UnitId(unit_id), cmd.EndDistress(unit_id=UnitId(unit_id), reason=body.reason), user
    )


async def _unit_after(request: Request, unit_id: UnitId, command: cmd.Command, user: User) -> Response:
    service = service_of(request)
    now, sight = service.engine.clock.now(), sight_of(user)

    def render(committed: Committed) -> Wire:
        return _unit(service, committed.world, committed.world.units[unit_id], now, sight)

    return await carry_out(request, command, user, render)


@router.get("/hospitals", response_model=HospitalsOut, responses=documented(401, 403, 422))
async def list_hospitals(request: Request, user: AnyStaff, limit: Limit = 1000, after: str | None = None) -> Response:
    """All hospitals by id, each capability with its value, who said so, when, and until when; silence is `unknown`."""
    world = service_of(request).engine.world
    page = [hospital_id for hospital_id in sorted(world.hospitals) if after is None or hospital_id > after]
    items = [sight_of(user).hospital(world.hospitals[hospital_id]) for hospital_id in page[:limit]]
    return answer({"items": items, "next": page[limit - 1] if len(page) > limit else None})


@router.post(
    "/hospitals/{hospital_id}/status",
    summary="Live status",
    response_model=HospitalOut,
    responses=documented(400, 401, 403, 422, 503, Refusal.HOSPITAL_NOT_FOUND, Refusal.IDEMPOTENCY_KEY_REUSED),
)
async def report_hospital_status(
    request: Request, hospital_id: str, body: HospitalStatusIn, user: HospitalOrControlRoom
) -> Response:
    """What a hospital can do now; it expires to `unknown`."""

    def check() -> None:
        if body.expires_at is not None and body.expires_at <= service_of(request).engine.clock.now():
            raise invalid_field("/expires_at", "in_past", "有效期须在将来", "must lie in the future")

    command = cmd.ReportHospitalStatus(
        hospital_id=HospitalId(hospital_id),
        capability=body.capability,
        state=body.state,
        source=body.source,
        expires_at=body.expires_at,
        slots_free=body.slots_free,
    )
    return await carry_out(
        request,
        command,
        user,
        lambda committed: hospital_wire(committed.world.hospitals[HospitalId(hospital_id)]),
        check=check,
    )
