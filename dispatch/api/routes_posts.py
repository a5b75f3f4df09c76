"""Posts, and a person's order to wait at one."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from dispatch.api.access import AnyStaff, ControlRoom
from dispatch.api.answers import answer, carry_out
from dispatch.api.posts_out import PostsOut, RelocatedOut
from dispatch.api.problems import documented
from dispatch.api.wire_in import RelocationIn
from dispatch.api.wiring import service_of
from dispatch.domain import commands as cmd
from dispatch.domain.ids import UnitId
from dispatch.domain.post import PostRecord
from dispatch.domain.rejections import Refusal
from dispatch.domain.unit import Unit
from dispatch.projections.advice_wire import advice_wire
from dispatch.projections.board import Wire
from dispatch.projections.place_wire import point_wire
from maps_data.demand_file import Demand
from maps_data.vocabulary import RecordClass

router = APIRouter(prefix="/api/v1", tags=["resources"])
Limit = Annotated[int, Query(ge=1, le=5000)]


@router.get("/posts", response_model=PostsOut, responses=documented(401, 403, 422))
async def list_posts(request: Request, _: AnyStaff, limit: Limit = 1000, after: str | None = None) -> Response:
    """Where units wait: stations and kerbside points, by id; none until a file of posts is adopted; and the demand to be covered."""
    service = service_of(request)
    posts = service.engine.world.posts
    page = [post_id for post_id in sorted(posts) if after is None or post_id > after]
    items = [_post(posts[post_id]) for post_id in page[:limit]]
    return answer(
        {"items": items, "next": page[limit - 1] if len(page) > limit else None, "demand": _demand(service.demand)}
    )


def _demand(demand: Demand | None) -> Wire:
    if demand is None:
        return {"source": "residents", "record_class": RecordClass.ESTIMATED, "version": None}
    return {"source": "calls", "record_class": demand.record_class, "version": demand.version}


def _post(post: PostRecord) -> Wire:
    return {
        "post_id": post.post_id,
        "kind": post.kind,
        "name": post.name,
        "location": point_wire(post.point),
        "record_class": post.record_class,
        "evidence": post.evidence,
    }


@router.post(
    "/units/{unit_id}/relocation",
    summary="Wait at another post",
    response_model=RelocatedOut,
    responses=documented(
        *(400, 401, 403, 422, 503),
        *(Refusal.UNIT_NOT_FOUND, Refusal.POST_NOT_FOUND, Refusal.UNIT_NOT_AVAILABLE, Refusal.IDEMPOTENCY_KEY_REUSED),
    ),
)
async def relocate_unit(request: Request, unit_id: str, body: RelocationIn, user: ControlRoom) -> Response:
    """Have a free unit wait at another post, as advised or for a reason of one's own; it stays free all the way."""
    command = cmd.RelocateUnit(unit_id=UnitId(unit_id), post_id=body.post_id, reason=body.reason)
    return await carry_out(request, command, user, lambda committed: _waiting(committed.world.units[UnitId(unit_id)]))


def _waiting(unit: Unit) -> Wire:
    return {
        "unit_id": unit.unit_id,
        "post_id": unit.post_id,
        "advised": advice_wire(unit),
    }
