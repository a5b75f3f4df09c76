"""What staff do about AEDs: settle what was reported, write down what they found, and see where to go next."""

import asyncio
from datetime import date
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import ConfigDict

from dispatch.api import care_out
from dispatch.api.access import AnyStaff
from dispatch.api.aed_live import live_of
from dispatch.api.aed_texts import doubt_words
from dispatch.api.answers import answer, carry_out
from dispatch.api.problems import documented
from dispatch.api.routes_aed_reports import AED_NOT_FOUND, check_listed
from dispatch.api.wire_in import Strict, Text
from dispatch.api.wiring import city_maps_of, service_of
from dispatch.domain.aed import ReviewOutcome
from dispatch.domain.commands_aeds import InspectAed, ReviewAedReports
from dispatch.domain.rejections import Refusal
from dispatch.engine.commits import Committed
from maps_data.aed_inspections import Inspection, worklist

router = APIRouter()


class ReviewIn(Strict):
    """Confirmed: the device is not to be had until somebody has inspected it. Dismissed: the reports count no more."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [{"outcome": "confirmed", "reason": "柜子是空的"}]}
    )
    outcome: ReviewOutcome
    reason: Text | None = None


class InspectionIn(Strict):
    """What somebody of the staff found at the device; a date that was not read is left out."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [{"works": True, "pads_expiry": "2028-01-31"}]}
    )
    works: bool
    pads_expiry: date | None = None
    battery_expiry: date | None = None
    note: Text | None = None


@router.get(
    "/aeds/inspections",
    summary="Where an inspection helps most",
    response_model=care_out.WorklistOut,
    responses=documented(401, 403, 422),
)
async def list_inspections(
    request: Request, _: AnyStaff, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> Response:
    """Devices that something speaks against, by expected benefit: residents for whom it is the first device, times the seconds that a
    good inspection would take off its expected time. Residents are estimates.
    """
    maps, now = city_maps_of(request), service_of(request).engine.clock.now()
    look = partial(worklist, maps.lookup, maps.catalogue.population_cells, at=now, live=live_of(request, now))
    found = await asyncio.to_thread(look)  # all devices are judged, which takes longer than anybody else should wait
    return answer({"items": [_inspection(one) for one in found[:limit]], "total": len(found)})


@router.post(
    "/aeds/{aed_id:path}/review",
    summary="Settle the reports of an AED",
    response_model=care_out.ReviewedOut,
    responses=documented(
        400, 401, 403, 422, 503, AED_NOT_FOUND, Refusal.AED_NOT_REPORTED, Refusal.IDEMPOTENCY_KEY_REUSED
    ),
)
async def review_reports(request: Request, user: AnyStaff, aed_id: str, body: ReviewIn) -> Response:
    """Confirm or dismiss what the public reported of a device."""
    command = ReviewAedReports(aed_id=aed_id, outcome=body.outcome, reason=body.reason)

    def reviewed(_: Committed) -> dict[str, object]:
        return {"aed_id": aed_id, "outcome": body.outcome}

    is_known = aed_id in service_of(request).engine.world.aed_reports  # of a device that is gone, too
    check = None if is_known else partial(check_listed, request, aed_id)
    return await carry_out(request, command, user, reviewed, check=check)


@router.post(
    "/aeds/{aed_id:path}/inspections",
    status_code=201,
    summary="Write down an inspection",
    response_model=care_out.InspectedOut,
    responses=documented(400, 401, 403, 422, 503, AED_NOT_FOUND, Refusal.IDEMPOTENCY_KEY_REUSED),
)
async def inspect(request: Request, user: AnyStaff, aed_id: str, body: InspectionIn) -> Response:
    """What was found at a device; from then on its older reports count no more."""
    command = InspectAed(
        aed_id=aed_id,
        works=body.works,
        pads_expiry=body.pads_expiry,
        battery_expiry=body.battery_expiry,
        note=body.note,
    )

    def inspected(_: Committed) -> dict[str, object]:
        return {"aed_id": aed_id, "works": body.works}

    check = partial(check_listed, request, aed_id)
    return await carry_out(request, command, user, inspected, status=201, check=check)


def _inspection(one: Inspection) -> dict[str, object]:
    aed = one.standing.aed
    return {
        "aed_id": aed.aed_id,
        "name_zh": aed.name_zh,
        "name_en": aed.name_en,
        "lat": aed.point.lat_deg,
        "lon": aed.point.lon_deg,
        "residents": round(one.residents),
        "gain_s": round(one.gain_s, 1),
        "benefit": round(one.benefit),
        "is_withdrawn": one.standing.live.is_withdrawn,
        "reasons": [{"code": doubt, **doubt_words(doubt)} for doubt in one.doubts],
        "record_class": aed.record_class,
    }
