"""Traffic: streets that are slow or closed for a while, told by the control room and worked into the travel times."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Query, Request, Response

from dispatch.api.access import AnyStaff, ControlRoom
from dispatch.api.answers import answer, carry_out
from dispatch.api.problems import DATUM_REQUIRED, INVALID_FIELD, FieldError, Kind, ProblemError, documented
from dispatch.api.traffic_wire import EndedTrafficOut, ReportedTrafficOut, TrafficIn, TrafficListOut, details_of
from dispatch.api.wire_in import ReasonIn
from dispatch.api.wiring import Roads, Service, service_of
from dispatch.domain import commands as cmd
from dispatch.domain import events as ev
from dispatch.domain.ids import TrafficId
from dispatch.domain.rejections import Refusal
from dispatch.domain.world import World
from dispatch.engine.commits import Committed
from dispatch.projections.board import traffic_wire

router = APIRouter(prefix="/api/v1", tags=["traffic"])

MAX_REPORTS: Final = 200
NO_ROADS: Final[Kind] = (
    409,
    "no_road_network",
    "没有道路网络,行程时间为估算,路况无法计入;未记录。请以 --roads 启动",
    "There is no road network: travel times are estimated and cannot know of traffic. Nothing was recorded; start with --roads",
)
Reports = Annotated[list[TrafficIn], Body(min_length=1, max_length=MAX_REPORTS)]
Limit = Annotated[int, Query(ge=1, le=5000)]


@router.get("/traffic", response_model=TrafficListOut, responses=documented(401, 403, 422))
async def list_traffic(request: Request, _: AnyStaff, limit: Limit = 1000, after: str | None = None) -> Response:
    """What stands now, by id, and whether the travel times know of it yet: they follow within moments of a report."""
    service = service_of(request)
    world = service.engine.world
    page = [traffic_id for traffic_id in sorted(world.traffic) if after is None or traffic_id > after]
    known = service.roads.applied.traffic if service.roads and service.roads.applied else {}
    items = [{**traffic_wire(world.traffic[one]), "is_applied": one in known} for one in page[:limit]]
    following = page[limit - 1] if len(page) > limit else None
    return answer({"items": items, "next": following, "roads": _roads(service, world)})


def _roads(service: Service, world: World) -> dict[str, Any] | None:
    if service.roads is None:
        return None
    applied = service.roads.applied
    return {
        "source": service.roads.source,
        "edges_changed": applied.edges_changed if applied else 0,
        "applied_at": applied.applied_at if applied else None,
        "is_current": (applied.traffic if applied else {}) == world.traffic,
    }


@router.post(
    "/traffic",
    status_code=201,
    summary="Report traffic",
    response_model=ReportedTrafficOut,
    responses=documented(400, 401, 403, 422, 503, DATUM_REQUIRED, NO_ROADS, Refusal.IDEMPOTENCY_KEY_REUSED),
)
async def report_traffic(request: Request, body: Reports, user: ControlRoom) -> Response:
    """Streets that are slow or closed until they expire: the whole batch or none. Open recommendations are looked at again."""
    command = cmd.ReportTraffic(reports=tuple(details_of(reported) for reported in body))
    return await carry_out(
        request, command, user, _reported, status=201, check=lambda: _check(service_of(request), body)
    )


def _check(service: Service, body: Sequence[TrafficIn]) -> None:
    if service.roads is None:
        raise ProblemError(*NO_ROADS)
    errors = [*_past(service, body), *_unknown(service.roads, body)]
    if errors:
        raise ProblemError(*INVALID_FIELD, errors=errors)


def _reported(committed: Committed) -> dict[str, Any]:
    made = [recorded.event for recorded in committed.entries]
    ids = [event.traffic_id for event in made if isinstance(event, ev.TrafficReported)]
    return {"items": [traffic_wire(committed.world.traffic[traffic_id]) for traffic_id in ids]}


def _past(service: Service, body: Sequence[TrafficIn]) -> list[FieldError]:
    now = service.engine.clock.now()
    return [
        FieldError(pointer=f"/{row}/expires_at", code="in_past", message="must lie in the future")
        for row, reported in enumerate(body)
        if reported.expires_at <= now
    ]


def _unknown(roads: Roads, body: Sequence[TrafficIn]) -> list[FieldError]:
    """A way that the network does not have would be taken down and change nothing: better said at once."""
    unknown = roads.unknown_ways({way_id for reported in body for way_id in reported.way_ids or ()})
    return [
        FieldError(pointer=f"/{row}/way_ids/{place}", code="way_not_in_network", message=f"no street has way {way_id}")
        for row, reported in enumerate(body)
        for place, way_id in enumerate(reported.way_ids or ())
        if way_id in unknown
    ]


@router.post(
    "/traffic/{traffic_id}/end",
    summary="End traffic",
    response_model=EndedTrafficOut,
    responses=documented(
        *(400, 401, 403, 422, 503),
        *(Refusal.TRAFFIC_NOT_FOUND, Refusal.IDEMPOTENCY_KEY_REUSED),
    ),
)
async def end_traffic(request: Request, traffic_id: str, body: ReasonIn, user: ControlRoom) -> Response:
    """The streets are as usual again, before the report expires."""
    command = cmd.EndTraffic(traffic_id=TrafficId(traffic_id), reason=body.reason)
    return await carry_out(request, command, user, lambda committed: _ended(committed, TrafficId(traffic_id)))


def _ended(committed: Committed, traffic_id: TrafficId) -> dict[str, Any]:
    ended_at = committed.entries[0].occurred_at
    return {**traffic_wire(committed.before.traffic[traffic_id]), "ended_at": ended_at}
