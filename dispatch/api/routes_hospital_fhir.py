"""Hospital status in an open form: FHIR R4B observations, out to whoever plans with it and in from hospitals' own systems."""

import asyncio
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Body, Request, Response
from pydantic import ConfigDict

from dispatch.api.access import AnyStaff, HospitalOrControlRoom
from dispatch.api.answers import carry_out
from dispatch.api.problems import OTHER_HOSPITAL, ProblemError, documented, invalid_field
from dispatch.api.wire_out import Open
from dispatch.api.wiring import service_of
from dispatch.domain.commands import ReportHospitalStatuses
from dispatch.domain.rejections import Refusal
from dispatch.fhir.hospital_status import Rejected, read_status_bundle, status_bundle
from dispatch.fhir.resources import CAPABILITY, CAPABILITY_STATE, HOSPITAL, MEDIA_TYPE, NotFhir
from dispatch.projections.sight import sight_of

router = APIRouter(prefix="/api/v1", tags=["resources"])
EXAMPLE = {
    "resourceType": "Bundle",
    "type": "collection",
    "entry": [
        {
            "resource": {
                "resourceType": "Observation",
                "status": "final",
                "code": {"coding": [{"system": CAPABILITY, "code": "cath_lab"}]},
                "subject": {"identifier": {"system": HOSPITAL, "value": "H002"}},
                "effectivePeriod": {"start": "2026-11-22T08:00:00+08:00", "end": "2026-11-22T12:00:00+08:00"},
                "performer": [{"display": "导管室护士站"}],
                "valueCodeableConcept": {"coding": [{"system": CAPABILITY_STATE, "code": "busy"}]},
            }
        }
    ],
}


class RejectedOut(Open):
    index: int
    code: str


class StatusesTakenOut(Open):
    """Entries that could be taken were; `rejected` names the others by their place in the bundle."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={"example": {"accepted": 1, "rejected": [{"index": 1, "code": "hospital_not_found"}]}},
    )
    accepted: int
    rejected: list[RejectedOut]


@router.get(
    "/fhir/hospital-status",
    summary="Live status of all hospitals, as FHIR",
    responses={
        200: {"description": "A FHIR R4B bundle", "content": {MEDIA_TYPE: {"schema": {"type": "object"}}}},
        **documented(401, 403),
    },
    response_class=Response,
)
async def get_statuses(request: Request, _: AnyStaff) -> Response:
    """One observation for each capability that is reported now; what is not there is unknown."""
    service = service_of(request)
    world = service.engine.world
    hospitals = [world.hospitals[hospital_id] for hospital_id in sorted(world.hospitals)]
    bundle = await asyncio.to_thread(status_bundle, hospitals, service.engine.clock.now())
    return Response(msgspec.json.encode(bundle), media_type=MEDIA_TYPE)


@router.post(
    "/fhir/hospital-status",
    summary="Report live status, as FHIR",
    response_model=StatusesTakenOut,
    responses=documented(400, 401, 403, 422, 503, Refusal.HOSPITAL_NOT_FOUND, Refusal.IDEMPOTENCY_KEY_REUSED),
)
async def report_statuses(
    request: Request, body: Annotated[dict[str, Any], Body(examples=[EXAMPLE])], user: HospitalOrControlRoom
) -> Response:
    """The same observations as they are given out; each is taken or rejected by itself, all in one step."""
    service = service_of(request)
    try:
        known, now = service.engine.world.hospitals, service.engine.clock.now()
        read = await asyncio.to_thread(read_status_bundle, body, known, now)
    except NotFhir as error:
        raise invalid_field("", "not_fhir", "不是合格的 FHIR R4B 资源集", str(error)) from None
    sight = sight_of(user)
    if sight.is_confined and not all(isinstance(e, Rejected) or sight.is_own_hospital(e.hospital_id) for e in read):
        raise ProblemError(*OTHER_HOSPITAL)
    rejected = [entry for entry in read if isinstance(entry, Rejected)]
    reports = tuple(entry for entry in read if not isinstance(entry, Rejected))
    wire = {
        "accepted": len(reports),
        "rejected": [{"index": entry.index, "code": entry.code} for entry in rejected],
    }
    return await carry_out(request, ReportHospitalStatuses(reports=reports), user, lambda _: wire)
