"""Pre-alerts and hand-overs to hospitals' systems: issued, followed until they are acknowledged, tried again, withdrawn."""

import asyncio
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Query, Request, Response
from pydantic import ConfigDict

from dispatch.api.access import Caring, ControlRoom, Watching
from dispatch.api.answers import answer, carry_out, first
from dispatch.api.problems import ProblemError, documented
from dispatch.api.routes_care import record_of
from dispatch.api.routes_records import NO_PEER
from dispatch.api.wire_in import ReasonIn, Strict
from dispatch.api.wire_out import Open, Page
from dispatch.api.wiring import service_of
from dispatch.domain.commands_records import IssueHandover, UrgeHandover, WithdrawHandover
from dispatch.domain.events_records import HandoverIssued
from dispatch.domain.ids import IncidentId, NoticeId, PatientId
from dispatch.domain.notices import NoticeState
from dispatch.domain.records import HandoverKind, PeerOutcome
from dispatch.domain.rejections import CommandRejected, Refusal
from dispatch.engine.commits import Committed
from dispatch.fhir.handover import Handover, bundle_of
from dispatch.fhir.resources import MEDIA_TYPE
from dispatch.projections.reception import notice_wire

router = APIRouter(prefix="/api/v1", tags=["notices"])
Limit = Annotated[int, Query(ge=1, le=1000)]
_OF_PATIENT: Final = "/incidents/{incident_id}/patients/{patient_id}/handovers"
_CHANGING: Final = documented(
    *(400, 401, 403, 422, 503, Refusal.NOTICE_NOT_FOUND, Refusal.NOTICE_ENDED, Refusal.IDEMPOTENCY_KEY_REUSED)
)


class HandoverIn(Strict):
    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [{"kind": "pre_alert"}]})
    kind: HandoverKind


class NoticeOut(Open):
    """Anything but `acknowledged` has not arrived, and has to be told by voice. `next_attempt_at`: while it is pending."""

    notice_id: str
    incident_id: str
    patient_id: str
    hospital_id: str
    kind: HandoverKind
    state: NoticeState
    issued_at: datetime
    issued_by: str
    attempts: int
    attempted_at: datetime | None
    outcome: PeerOutcome | None
    next_attempt_at: datetime | None
    ended_at: datetime | None
    ended_by: str | None
    reason: str | None


class NoticesOut(Page):
    items: list[NoticeOut]


@router.post(
    _OF_PATIENT,
    status_code=202,
    summary="Pre-alert, or hand over, to the hospital's systems",
    response_model=NoticeOut,
    responses=documented(
        *(400, 401, 403, 422, 503, Refusal.INCIDENT_NOT_FOUND, Refusal.PATIENT_NOT_FOUND, Refusal.INCIDENT_NOT_OPEN),
        *(Refusal.NO_DESTINATION, Refusal.PATIENT_HAS_NO_HOSPITAL, Refusal.IDEMPOTENCY_KEY_REUSED, NO_PEER),
    ),
)
async def hand_over(request: Request, incident_id: str, patient_id: str, body: HandoverIn, user: Caring) -> Response:
    """It is sent until the other system has acknowledged it, under one identifier and with the same content each time; a pre-alert
    that arrives stamps the patient's clock."""
    command = IssueHandover(incident_id=IncidentId(incident_id), patient_id=PatientId(patient_id), kind=body.kind)
    is_off = service_of(request).records is None

    def check() -> None:
        if is_off:
            raise ProblemError(*NO_PEER)

    return await carry_out(request, command, user, _issued, status=202, check=check)


@router.get(
    f"{_OF_PATIENT}/{{kind}}",
    summary="The hand-over as FHIR, without sending it",
    responses={
        200: {"description": "A FHIR R4B transaction bundle", "content": {MEDIA_TYPE: {"schema": {"type": "object"}}}},
        **documented(
            *(401, 403, 422, Refusal.INCIDENT_NOT_FOUND, Refusal.INCIDENT_NOT_OPEN),
            *(Refusal.PATIENT_NOT_FOUND, Refusal.NO_DESTINATION),
        ),
    },
    response_class=Response,
)
async def get_handover(request: Request, incident_id: str, patient_id: str, kind: HandoverKind, _: Caring) -> Response:
    """For a hospital that fetches it itself."""
    service = service_of(request)
    world = service.engine.world
    patient = world.open_patient(IncidentId(incident_id), PatientId(patient_id))
    if patient.hospital_id is None:
        raise CommandRejected(Refusal.NO_DESTINATION)
    told = Handover(
        kind=kind,
        incident=world.incident(patient.incident_id),
        patient=patient,
        hospital=world.hospital(patient.hospital_id).record,
        stamps=(await record_of(service, incident_id, patient_id)).stamps,
        at=service.engine.clock.now(),
    )
    bundle = await asyncio.to_thread(bundle_of, told)
    return Response(msgspec.json.encode(bundle), media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})


@router.get(
    "/notices", summary="Notices to hospitals' systems", response_model=NoticesOut, responses=documented(401, 403, 422)
)
async def list_notices(
    request: Request, _: Watching, state: NoticeState | None = None, limit: Limit = 200, after: str | None = None
) -> Response:
    """By id, which is by age: all that are pending, however long their incident has ended, and the ended ones of recent incidents."""
    outbox = service_of(request).engine.world.outbox
    wanted = [key for key in sorted(outbox) if state is None or outbox[key].state is state]
    page = [notice_id for notice_id in wanted if after is None or notice_id > after]
    items = [notice_wire(outbox[notice_id]) for notice_id in page[:limit]]
    return answer({"items": items, "next": page[limit - 1] if len(page) > limit else None})


@router.post("/notices/{notice_id}/retry", summary="Try again at once", response_model=NoticeOut, responses=_CHANGING)
async def retry(request: Request, notice_id: str, user: ControlRoom) -> Response:
    """Instead of when it would be tried again by itself."""
    return await carry_out(request, UrgeHandover(notice_id=NoticeId(notice_id)), user, _of(notice_id))


@router.post("/notices/{notice_id}/withdraw", summary="Send it no more", response_model=NoticeOut, responses=_CHANGING)
async def withdraw(request: Request, notice_id: str, body: ReasonIn, user: ControlRoom) -> Response:
    """With a reason. An attempt that is under way may still arrive."""
    return await carry_out(
        request, WithdrawHandover(notice_id=NoticeId(notice_id), reason=body.reason), user, _of(notice_id)
    )


def _issued(committed: Committed) -> dict[str, Any]:
    issued = first(committed.entries, HandoverIssued)
    assert issued is not None
    assert issued.notice_id is not None
    return notice_wire(committed.world.notice(issued.notice_id))


def _of(notice_id: str) -> Any:
    """The notice as it is now; one whose incident has left the world goes with its end, and is shown as it was."""

    def render(committed: Committed) -> dict[str, Any]:
        known = committed.world.outbox.get(NoticeId(notice_id)) or committed.before.outbox[NoticeId(notice_id)]
        return notice_wire(known)

    return render
