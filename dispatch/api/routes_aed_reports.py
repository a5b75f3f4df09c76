"""Reports of AEDs: said by anybody, kept in the journal, read by staff, and never taken for verified."""

from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import ConfigDict, Field

from dispatch.api import map_examples
from dispatch.api.access import AnyStaff, User, public
from dispatch.api.aed_reports import report_wire, reported_devices
from dispatch.api.aed_texts import REPORTED
from dispatch.api.answers import answer, carry_out
from dispatch.api.map_layers import city_maps_of
from dispatch.api.map_out import AedReportedOut, ReportedAedsOut
from dispatch.api.problems import Kind, ProblemError, documented, invalid_field
from dispatch.api.rate_limit import TOO_MANY_REQUESTS, reports_limited
from dispatch.api.wire_in import Instant, Strict
from dispatch.api.wiring import service_of
from dispatch.domain import commands as cmd
from dispatch.domain.rejections import Refusal
from dispatch.domain.vocabulary import AedReportKind
from dispatch.engine.engine import Committed
from maps_data.aed_usable import REPORT_FRESH_FOR

router = APIRouter()

AED_NOT_FOUND: Final[Kind] = (404, "aed_not_found", "没有这台 AED", "There is no such AED")
PUBLIC: Final = User(name="public", roles=frozenset())
"""Who reports; nothing more is known of him, nor kept."""


class AedReportIn(Strict):
    """What somebody at the place sees; `at` is when, by default now. The words go to staff only."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [map_examples.REPORT_IN, {"kind": "works"}]}
    )
    kind: AedReportKind
    text: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    at: Instant | None = None


@router.get(
    "/aeds/reports",
    summary="Reported AEDs",
    response_model=ReportedAedsOut,
    responses=documented(401, 403, 422),
)
async def list_reported(
    request: Request,
    _: AnyStaff,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    after: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """For review: the devices that somebody reported, by id, each with its latest reports and their words."""
    service = service_of(request)
    reported = reported_devices(service.engine.world, service.catalogue, service.engine.clock.now())
    page = [device for device in reported if after is None or device["aed_id"] > after]
    return answer({"items": page[:limit], "next": page[limit - 1]["aed_id"] if len(page) > limit else None})


@router.post(
    "/aeds/{aed_id:path}/reports",
    status_code=201,
    summary="Report an AED",
    response_model=AedReportedOut,
    responses=documented(400, 422, 503, AED_NOT_FOUND, TOO_MANY_REQUESTS, Refusal.IDEMPOTENCY_KEY_REUSED),
    dependencies=[Depends(reports_limited)],
)
@public
async def report_aed(request: Request, aed_id: str, body: AedReportIn) -> Response:
    """Say that an AED is missing, used, locked, moved, or works. Shown as unverified from then on; staff look into it."""
    service = service_of(request)
    now = service.engine.clock.now()
    seen_at = body.at or now

    def check() -> None:
        if aed_id not in city_maps_of(request).catalogue.aeds_by_id:
            raise ProblemError(*AED_NOT_FOUND)
        _check_seen(seen_at, now)

    command = cmd.ReportAed(aed_id=aed_id, kind=body.kind, seen_at=seen_at, text=body.text)

    def reported(_: Committed) -> dict[str, object]:
        return {"aed_id": aed_id, "report": report_wire(body.kind, seen_at, now), **REPORTED}

    return await carry_out(request, command, PUBLIC, reported, status=201, check=check)


def _check_seen(at: datetime, now: datetime) -> None:
    """When the reporter was there: not in the future, nor so long ago that it says nothing any more."""
    if at > now:
        raise invalid_field("/at", "in_future", "所见时间不能在将来", "nobody can have been there in the future")
    if now - at > REPORT_FRESH_FOR:
        raise invalid_field("/at", "too_old", "只收一周内的所见", "what was seen more than a week ago is not taken")
