"""Who was shown what is personal, for the auditor."""

import asyncio
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from dispatch.api.access import Requires, Role, User
from dispatch.api.answers import answer
from dispatch.api.problems import documented
from dispatch.api.wire_out import Open
from dispatch.api.wiring import service_of

router = APIRouter(prefix="/api/v1", tags=["service"])
Auditor = Annotated[User, Depends(Requires(frozenset({Role.AUDITOR})))]
Limit = Annotated[int, Query(ge=1, le=10_000)]
Named = Annotated[str | None, Query(max_length=100)]


class ReadOut(Open):
    """One incident shown to one user. `purpose`: method and route, or `stream`, once for each incident that a console was shown."""

    number: int
    at: datetime
    user: str
    roles: list[str]
    purpose: str
    incident_id: str


class ReadsOut(Open):
    items: list[ReadOut]
    next: int | None


@router.get("/reads", response_model=ReadsOut, responses=documented(401, 403, 422))
async def list_reads(
    request: Request,
    _: Auditor,
    incident_id: Named = None,
    user: Named = None,
    after: Annotated[int, Query(ge=0, lt=2**63)] = 0,
    limit: Limit = 1000,
) -> Response:
    """Who was shown which incident's personal data, when and by what, oldest first; `next` is the `after` of the following page."""
    reads = service_of(request).reads
    if reads is None:
        return answer({"items": [], "next": None})
    found = await asyncio.to_thread(reads.listed, after=after, limit=limit, incident_id=incident_id, user=user)
    items: list[Any] = list(found)
    return answer({"items": items, "next": found[-1].number if len(found) == limit else None})
