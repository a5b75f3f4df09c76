"""The journal's tail, who is asking, the simulated floor of a development service, and the service's own state."""

import asyncio
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import ConfigDict, Field

from dispatch.api.access import AnyRole, AnyStaff, Auditing, Training, public
from dispatch.api.answers import act_once, answer
from dispatch.api.metrics import MEDIA_TYPE, exposition
from dispatch.api.problems import Kind, ProblemError, documented
from dispatch.api.reads import note_reads, purpose_of
from dispatch.api.texts import degradation_texts
from dispatch.api.wire_in import Strict
from dispatch.api.wire_out import EventsOut, Open, UserOut
from dispatch.api.wiring import Service, degraded_codes, notice_codes, service_of, takes_commands
from dispatch.domain.rejections import Refusal
from dispatch.projections.sight import sight_of

router = APIRouter(prefix="/api/v1", tags=["service"])
root = APIRouter(tags=["service"])


NO_ACTORS: Final[Kind] = (
    409,
    "no_actors",
    "此服务没有模拟人员;请以 --actors 启动",
    "There are no simulated people here; start with --actors",
)
NOT_READY: Final[Kind] = (503, "not_ready", "服务未就绪", "The service takes no commands")


class DemoCallsIn(Strict):
    model_config = ConfigDict(json_schema_extra={"examples": [{"demo_calls_per_hour": 60}]})
    demo_calls_per_hour: Annotated[float, Field(ge=0, le=3600)]


class FloorOut(Open):
    actors: bool
    demo_calls_per_hour: float


class HealthOut(Open):
    status: str


class DegradedOut(Open):
    """What is not as it should be. The exact reason stands in the journal and on the board, for staff."""

    code: str
    text_zh: str
    text_en: str


class ReadyOut(HealthOut):
    """`writes`, where several processes share the journal: whether this one writes it now. `notices`: what degrades nothing."""

    degraded: list[DegradedOut]
    notices: list[DegradedOut] | None = None
    writes: bool = False


@router.get("/events", response_model=EventsOut, responses=documented(401, 403, 422))
async def list_events(
    request: Request,
    user: Auditing,
    after: Annotated[int, Query(ge=0, lt=2**63)] = 0,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
) -> Response:
    """The journal from `after` (exclusive) on; `next` is the `after` of the following page, null at the head."""
    service = service_of(request)
    world, sight = service.engine.world, sight_of(user)
    items = await asyncio.to_thread(lambda: sight.events(world, service.journal.read(after=after, limit=limit)))
    note_reads(request, user, {item["incident_id"] for item in items if "incident_id" in item}, purpose_of(request))
    is_more = bool(items) and items[-1]["seq"] < service.engine.world.seq
    return answer({"items": items, "next": items[-1]["seq"] if is_more else None})


@router.get("/me", response_model=UserOut, responses=documented(401, 403))
async def who_am_i(request: Request, user: AnyRole) -> Response:
    """The user of this request and its roles."""
    service = service_of(request)
    return answer(
        {
            "user": user.name,
            "roles": sorted(user.roles),
            "hospital_id": user.hospital_id,
            "unit_id": user.unit_id,
            "development": service.is_development,
            "realm": service.engine.realm,
            "data_version": service.engine.world.data_version,
        }
    )


@router.get("/drill-floor", response_model=FloorOut, responses=documented(401, 403))
async def get_floor(request: Request, _: AnyStaff) -> Response:
    """Whether simulated crews and hospitals are at work here, and how many simulated calls an hour come in."""
    return answer(_floor(service_of(request)))


@router.post(
    "/drill-floor",
    response_model=FloorOut,
    responses=documented(400, 401, 403, 422, 503, NO_ACTORS, Refusal.IDEMPOTENCY_KEY_REUSED),
)
async def set_floor(request: Request, body: DemoCallsIn, user: Training) -> Response:
    """Turn the simulated callers up or down; 0 stops them."""
    service = service_of(request)
    floor = service.floor
    if floor is None:
        raise ProblemError(*NO_ACTORS)

    def turn() -> dict[str, object]:
        floor.set_demo_calls(body.demo_calls_per_hour)
        return _floor(service)

    return await act_once(request, user, turn)


def _floor(service: Service) -> dict[str, object]:
    floor = service.floor
    return {"actors": floor is not None, "demo_calls_per_hour": floor.demo_calls_per_hour if floor else 0.0}


@root.get("/healthz", response_model=HealthOut)
@public
async def healthz() -> Response:
    """The process answers."""
    return answer({"status": "ok"})


@root.get("/readyz", response_model=ReadyOut, responses=documented(NOT_READY))
@public
async def readyz(request: Request) -> Response:
    """Commands are taken: recovered from the journal, with a city, and not stopping. What is degraded is said."""
    service = service_of(request)
    if not takes_commands(service):
        raise ProblemError(*NOT_READY)
    role = {} if service.seat is None else {"writes": service.engine.is_writing}
    degraded = [degradation_texts(code) for code in degraded_codes(service)]
    noted = [degradation_texts(code) for code in notice_codes(service)]
    return answer({"status": "ready", "degraded": degraded, **({"notices": noted} if noted else {}), **role})


@root.get(
    "/metrics",
    response_class=PlainTextResponse,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, **documented(401, 403)},
)
async def metrics(request: Request, _: AnyStaff) -> Response:
    """What a monitor reads: the journal's head, incidents, units, streams, decisions."""
    return Response(exposition(service_of(request)), media_type=MEDIA_TYPE)
