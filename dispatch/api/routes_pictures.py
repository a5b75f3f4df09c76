"""A photograph of a finding, from the crew's phone to the desk and the hospital that the patient is bound for."""

import asyncio
import hashlib
from datetime import datetime
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from pydantic import Base64Bytes, ConfigDict, Field

from dispatch.api.access import Caring, CrewOrControlRoom
from dispatch.api.answers import carry_out
from dispatch.api.intake import refuse_future
from dispatch.api.jpeg import NotAJpeg, without_metadata
from dispatch.api.problems import Kind, ProblemError, documented, invalid_field
from dispatch.api.wire_in import Instant, Strict
from dispatch.api.wire_out import Open
from dispatch.api.wiring import Pictures, Service, service_of
from dispatch.domain.commands_records import KeepPicture
from dispatch.domain.ids import IncidentId, PatientId
from dispatch.domain.patient import PictureKind
from dispatch.domain.rejections import CommandRejected, Refusal
from dispatch.engine.commits import Committed
from dispatch.projections.reception import picture_wire

router = APIRouter(prefix="/api/v1", tags=["records"])
LARGEST_BYTES: Final = 1_000_000
"""As sent; a phone makes some 300 kB of an ECG at 1,600 px. A choice of ours, below the limit of a request."""
NO_PICTURES: Final[Kind] = (409, "no_pictures", "本服务不保存照片", "This service keeps no pictures")
NOT_KEPT: Final[Kind] = (
    404,
    "picture_not_found",
    "没有这张照片,或已抹除",
    "There is no such picture, or it was erased",
)
_OF_PATIENT = "/incidents/{incident_id}/patients/{patient_id}/pictures"
_ONE_PIXEL = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8QEBEQCgwSExIQEw8QEBD/"
    "wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAACf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AVN//2Q=="
)


class PictureIn(Strict):
    """A JPEG in base64; where and when the camera says that it was taken is taken out of it."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [{"kind": "ecg_12_lead", "taken_at": "2026-11-22T08:00:00+08:00", "jpeg": _ONE_PIXEL}]
        },
    )
    kind: PictureKind
    taken_at: Instant
    jpeg: Base64Bytes = Field(max_length=LARGEST_BYTES * 4 // 3 + 4)


class PictureOut(Open):
    picture_id: str
    kind: PictureKind
    taken_at: datetime
    taken_by: str


@router.post(
    _OF_PATIENT,
    status_code=201,
    summary="Keep a photograph of a finding",
    response_model=PictureOut,
    responses=documented(
        *(400, 401, 403, 422, 503, NO_PICTURES, Refusal.INCIDENT_NOT_FOUND, Refusal.INCIDENT_NOT_OPEN),
        *(Refusal.PATIENT_NOT_FOUND, Refusal.TOO_MANY_PICTURES, Refusal.IDEMPOTENCY_KEY_REUSED),
    ),
)
async def keep_picture(
    request: Request, incident_id: str, patient_id: str, body: PictureIn, user: CrewOrControlRoom
) -> Response:
    """Sealed with the key of the incident in a file of its own; the journal says only that there is one."""
    service = service_of(request)
    refuse_future("/taken_at", body.taken_at, service.engine.clock.now())
    try:
        jpeg = without_metadata(body.jpeg)
    except NotAJpeg as error:
        raise invalid_field("/jpeg", "jpeg", "须为完整的 JPEG 图片", f"must be a whole JPEG: {error}") from None
    command = KeepPicture(
        incident_id=IncidentId(incident_id),
        patient_id=PatientId(patient_id),
        picture_id=hashlib.sha256(f"{incident_id}\0{patient_id}\0".encode() + jpeg).hexdigest()[:32],
        kind=body.kind,
        taken_at=body.taken_at,
    )
    if command.patient_id not in service.engine.world.open_incident(command.incident_id).patient_ids:
        raise CommandRejected(Refusal.PATIENT_NOT_FOUND)
    await asyncio.to_thread(_pictures(service).put, command.incident_id, command.picture_id, jpeg)

    def render(committed: Committed) -> dict[str, Any]:
        kept = committed.world.patients[command.patient_id].pictures
        return next(picture_wire(picture) for picture in kept if picture.picture_id == command.picture_id)

    return await carry_out(request, command, user, render, status=201)


@router.get(
    f"{_OF_PATIENT}/{{picture_id}}",
    summary="A photograph of a finding",
    responses={
        200: {"description": "A JPEG", "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}},
        **documented(401, 403, 503, NO_PICTURES, NOT_KEPT),
    },
    response_class=Response,
)
async def get_picture(request: Request, incident_id: str, patient_id: str, picture_id: str, _: Caring) -> Response:
    """For who cares for the patient; that it was shown is noted."""
    service = service_of(request)
    patient = service.engine.world.patients.get(PatientId(patient_id))
    if patient is None or patient.incident_id != incident_id:
        raise ProblemError(*NOT_KEPT)
    if all(picture.picture_id != picture_id for picture in patient.pictures):
        raise ProblemError(*NOT_KEPT)
    jpeg = await asyncio.to_thread(_pictures(service).get, patient.incident_id, picture_id)
    if jpeg is None:
        raise ProblemError(*NOT_KEPT)
    return Response(jpeg, media_type="image/jpeg", headers={"Cache-Control": "private, no-store"})


def _pictures(service: Service) -> Pictures:
    if service.pictures is None:
        raise ProblemError(*NO_PICTURES)
    return service.pictures
