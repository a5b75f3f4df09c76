"""A patient's health record for the time of the incident, and the patient handed over to the hospital's systems."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final, cast

from fastapi import APIRouter, Request, Response
from pydantic import ConfigDict

from dispatch.api.access import Caring, User
from dispatch.api.answers import answer, carry_out, first, request_key
from dispatch.api.problems import Kind, ProblemError, documented
from dispatch.api.record_shelf import RecordShelf, ShownRecord
from dispatch.api.wire_in import ShortText, Strict, Text
from dispatch.api.wire_out import Open
from dispatch.api.wiring import service_of
from dispatch.domain.commands import KeepReply
from dispatch.domain.commands_records import AskRecord, NoteRecordAnswer
from dispatch.domain.events_records import RecordAsked
from dispatch.domain.ids import IncidentId, PatientId
from dispatch.domain.records import Consent, PeerOutcome, Purpose, RecordItem, RecordQuery, Section
from dispatch.domain.rejections import Refusal
from dispatch.engine.commits import Committed
from dispatch.engine.ports import RecordsPeer

router = APIRouter(prefix="/api/v1", tags=["records"])
NO_PEER: Final[Kind] = (
    409,
    "no_records_peer",
    "未设置 FHIR 对接服务,无法调阅或发送",
    "No FHIR peer is set; nothing can be asked for or sent",
)
NOT_SHOWN: Final[Kind] = (
    404,
    "record_not_found",
    "没有正在显示的健康档案,请先调阅",
    "No record is being shown; ask for it first",
)
_OF_PATIENT = "/incidents/{incident_id}/patients/{patient_id}"
_REFUSALS: Final = (
    Refusal.INCIDENT_NOT_FOUND,
    Refusal.PATIENT_NOT_FOUND,
    Refusal.INCIDENT_NOT_OPEN,
    Refusal.IDEMPOTENCY_KEY_REUSED,
)


class RecordIdentifierIn(Strict):
    """Whose record; used for this question only and written down nowhere."""

    system: ShortText
    value: ShortText


class RecordIn(Strict):
    """Consent as it stands; what is asked for follows from it. A refusal is overruled only with `break_glass_reason`."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {"identifier": {"system": "urn:example:health-card", "value": "440300-0001"}, "consent": "presumed"}
            ]
        },
    )
    identifier: RecordIdentifierIn
    consent: Consent
    break_glass_reason: Text | None = None


class RecordAskedOut(Open):
    """`outcome` says whether there is something to read; the record itself is read by GET, and never kept with this answer."""

    incident_id: str
    patient_id: str
    purpose: Purpose
    consent: Consent
    sections: list[Section]
    outcome: PeerOutcome


class RecordItemOut(Open):
    text: str
    code: str | None
    since: date | None


class RecordOut(Open):
    """`sections`: an empty one means that the record has nothing of it; one that is not there was not asked for."""

    incident_id: str
    patient_id: str
    purpose: Purpose
    received_at: datetime
    is_complete: bool
    n_other_medications: int
    sections: dict[Section, list[RecordItemOut]]


@router.post(
    f"{_OF_PATIENT}/record",
    summary="Ask for a patient's health record",
    response_model=RecordAskedOut,
    responses=documented(400, 401, 403, 422, 503, *_REFUSALS, Refusal.CONSENT_REFUSED, NO_PEER),
)
async def ask_record(request: Request, incident_id: str, patient_id: str, body: RecordIn, user: Caring) -> Response:
    """That it is asked for is in the journal before anybody is asked; a peer that does not answer is an outcome, not an error."""
    service = service_of(request)
    peer = await _peer(request, user)
    if peer is None:
        return await carry_out(request, KeepReply(), user, lambda _: {})
    command = AskRecord(
        incident_id=IncidentId(incident_id),
        patient_id=PatientId(patient_id),
        consent=body.consent,
        break_glass_reason=body.break_glass_reason,
    )
    asked = first((await service.engine.execute(command, actor=user.name)).entries, RecordAsked)
    assert asked is not None
    query = RecordQuery(
        system=body.identifier.system,
        value=body.identifier.value,
        sections=frozenset(asked.sections),
        purpose=asked.purpose,
    )
    outcome, summary = await peer.summary(query)
    if summary is not None and command.incident_id in service.engine.world.open_ids:
        shown = ShownRecord(summary=summary, purpose=asked.purpose, received_at=service.engine.clock.now())
        _shelf(request).put(command.incident_id, command.patient_id, shown)
    noted = NoteRecordAnswer(incident_id=command.incident_id, patient_id=command.patient_id, outcome=outcome)
    wire = {
        **_whose(incident_id, patient_id),
        "purpose": asked.purpose,
        "consent": asked.consent,
        "sections": list(asked.sections),
        "outcome": outcome,
    }
    return await carry_out(request, noted, user, _constant(wire))


@router.get(
    f"{_OF_PATIENT}/record",
    summary="A patient's health record, for the incident only",
    response_model=RecordOut,
    responses=documented(401, 403, Refusal.INCIDENT_NOT_FOUND, Refusal.INCIDENT_NOT_OPEN, NOT_SHOWN),
)
async def get_record(request: Request, incident_id: str, patient_id: str, _: Caring) -> Response:
    """What the peer answered, from memory; gone when the incident ends."""
    service_of(request).engine.world.open_incident(IncidentId(incident_id))
    shown = _shelf(request).get(IncidentId(incident_id), PatientId(patient_id))
    if shown is None:
        raise ProblemError(*NOT_SHOWN)
    wire = {
        **_whose(incident_id, patient_id),
        "purpose": shown.purpose,
        "received_at": shown.received_at,
        "is_complete": shown.summary.is_complete,
        "n_other_medications": shown.summary.n_other_medications,
        "sections": {name: [_item(item) for item in items] for name, items in shown.summary.sections.items()},
    }
    return answer(wire, headers={"Cache-Control": "no-store"})


async def _peer(request: Request, user: User) -> RecordsPeer | None:
    """The peer to ask; None when this request has been answered before, and nobody is to be asked a second time."""
    service = service_of(request)
    key = await request_key(request, user)
    if key is not None and await service.engine.reply_to(key) is not None:
        return None
    if service.records is None:
        raise ProblemError(*NO_PEER)
    return service.records


def _constant(wire: dict[str, Any]) -> Callable[[Committed], dict[str, Any]]:
    return lambda _: wire


def _shelf(request: Request) -> RecordShelf:
    return cast("RecordShelf", request.app.state.record_shelf)


def _whose(incident_id: str, patient_id: str) -> dict[str, Any]:
    return {"incident_id": incident_id, "patient_id": patient_id}


def _item(item: RecordItem) -> dict[str, Any]:
    return {"text": item.text, "code": item.code, "since": item.since}
