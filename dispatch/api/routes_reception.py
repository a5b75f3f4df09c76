"""Between hospitals and those who bring patients: a hospital's own view, places kept, pre-alerts, patients turned away, transfers."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response

from dispatch.api import reception_wire as wire
from dispatch.api.access import CrewOrControlRoom, HospitalOrControlRoom, User, require_own_patient
from dispatch.api.answers import answer, carry_out, first
from dispatch.api.incoming import incoming_wire
from dispatch.api.problems import documented
from dispatch.api.reads import note_reads, purpose_of
from dispatch.api.wire_out import HospitalOut
from dispatch.api.wiring import service_of
from dispatch.domain import commands_reception as cmd
from dispatch.domain.events_reception import TransferAsked
from dispatch.domain.ids import HospitalId, PatientId, TransferId
from dispatch.domain.reception import TransferRequest
from dispatch.domain.rejections import Refusal
from dispatch.engine.commits import Committed
from dispatch.projections.board import Wire, hospital_wire, patient_wire
from dispatch.projections.reception import transfer_wire
from dispatch.projections.sight import sight_of

router = APIRouter(prefix="/api/v1", tags=["reception"])


def _problems(*refusals: Refusal) -> dict[int | str, dict[str, Any]]:
    return documented(400, 401, 403, 422, 503, Refusal.IDEMPOTENCY_KEY_REUSED, *refusals)


@router.get(
    "/hospitals/{hospital_id}/reception",
    summary="A hospital's own view",
    response_model=wire.ReceptionOut,
    responses=documented(401, 403, Refusal.HOSPITAL_NOT_FOUND),
)
async def get_reception(request: Request, hospital_id: str, user: HospitalOrControlRoom) -> Response:
    """How it stands, the patients on the way to it with their arrival, and the transfers that it asked for or is asked for."""
    service = service_of(request)
    world = service.engine.world
    hospital = world.hospital(HospitalId(hospital_id))
    transfers = [
        transfer_wire(transfer)
        for _, transfer in sorted(world.transfers.items(), reverse=True)
        if hospital.hospital_id in {transfer.hospital_id, transfer.to_hospital_id}
    ]
    incoming = await incoming_wire(service, hospital)
    note_reads(request, user, {each["incident_id"] for each in incoming}, purpose_of(request))
    names = [
        {"hospital_id": other.hospital_id, "name_zh": other.record.name_zh, "name_en": other.record.name_en}
        for _, other in sorted(world.hospitals.items())
    ]
    return answer(
        {
            "at": service.engine.clock.now(),
            "realm": service.engine.realm,
            "pace": 1.0 if service.led is None else service.led.pace,
            "hospital": hospital_wire(hospital),
            "incoming": incoming,
            "transfers": transfers,
            "hospitals": names,
        },
        headers={"Cache-Control": "private, no-store"},
    )


# --- slots --------------------------------------------------------------------------------------------------------------


def _hospital(hospital_id: str, user: User) -> Callable[[Committed], Wire]:
    return lambda committed: sight_of(user).hospital(committed.world.hospitals[HospitalId(hospital_id)])


@router.post(
    "/hospitals/{hospital_id}/slots",
    status_code=201,
    summary="Keep a place",
    response_model=HospitalOut,
    responses=_problems(
        *(Refusal.HOSPITAL_NOT_FOUND, Refusal.PATIENT_NOT_FOUND, Refusal.INCIDENT_NOT_OPEN),
        *(Refusal.PATIENT_HAS_NO_HOSPITAL, Refusal.NO_SLOT_FREE),
    ),
)
async def reserve_slot(request: Request, hospital_id: str, body: wire.SlotIn, user: CrewOrControlRoom) -> Response:
    """Reserve a place of a capability for a patient; 409 `no_slot_free` where all are kept. The hospital then confirms it."""
    require_own_patient(user, service_of(request), body.patient_id)
    command = cmd.ReserveSlot(
        hospital_id=HospitalId(hospital_id), capability=body.capability, patient_id=PatientId(body.patient_id)
    )
    return await carry_out(request, command, user, _hospital(hospital_id, user), status=201)


@router.post(
    "/hospitals/{hospital_id}/slots/confirm",
    summary="Confirm a place",
    response_model=HospitalOut,
    responses=_problems(Refusal.HOSPITAL_NOT_FOUND, Refusal.SLOT_NOT_KEPT),
)
async def confirm_slot(request: Request, hospital_id: str, body: wire.SlotIn, user: HospitalOrControlRoom) -> Response:
    """The hospital promises a place that was reserved."""
    command = cmd.ConfirmSlot(
        hospital_id=HospitalId(hospital_id), capability=body.capability, patient_id=PatientId(body.patient_id)
    )
    return await carry_out(request, command, user, _hospital(hospital_id, user))


@router.post(
    "/hospitals/{hospital_id}/slots/release",
    summary="Give a place up",
    response_model=HospitalOut,
    responses=_problems(Refusal.HOSPITAL_NOT_FOUND, Refusal.SLOT_NOT_KEPT),
)
async def release_slot(
    request: Request, hospital_id: str, body: wire.ReleaseIn, user: HospitalOrControlRoom
) -> Response:
    """It is free for the next patient."""
    command = cmd.ReleaseSlot(
        hospital_id=HospitalId(hospital_id),
        capability=body.capability,
        patient_id=PatientId(body.patient_id),
        reason=body.reason,
    )
    return await carry_out(request, command, user, _hospital(hospital_id, user))


# --- patients -----------------------------------------------------------------------------------------------------------


def _patient(patient_id: str) -> Callable[[Committed], Wire]:
    return lambda committed: patient_wire(committed.world.patients[PatientId(patient_id)])


@router.post(
    "/patients/{patient_id}/prealert",
    summary="Tell the hospital",
    response_model=wire.PatientToldOut,
    responses=_problems(Refusal.PATIENT_NOT_FOUND, Refusal.PATIENT_HAS_NO_HOSPITAL),
)
async def send_prealert(request: Request, patient_id: str, body: wire.PrealertIn, user: CrewOrControlRoom) -> Response:
    """Word ahead to the hospital for which the patient is bound, to be acknowledged there. For strokes, infarctions, arrests, trauma
    and every life-threatening incident it goes out by itself when the crew leaves the scene."""
    command = cmd.SendPrealert(patient_id=PatientId(patient_id), text=body.text)
    return await carry_out(request, command, user, _patient(patient_id))


@router.post(
    "/hospitals/{hospital_id}/patients/{patient_id}/acknowledge",
    summary="Acknowledge a pre-alert",
    response_model=wire.PatientToldOut,
    responses=_problems(Refusal.HOSPITAL_NOT_FOUND, Refusal.PATIENT_NOT_BOUND_HERE, Refusal.NO_PREALERT),
)
async def acknowledge(request: Request, hospital_id: str, patient_id: str, user: HospitalOrControlRoom) -> Response:
    """The hospital has heard, and stands ready."""
    command = cmd.AcknowledgePrealert(hospital_id=HospitalId(hospital_id), patient_id=PatientId(patient_id))
    return await carry_out(request, command, user, _patient(patient_id))


@router.post(
    "/hospitals/{hospital_id}/patients/{patient_id}/turn-away",
    summary="Turn a patient away",
    response_model=wire.PatientToldOut,
    responses=_problems(Refusal.HOSPITAL_NOT_FOUND, Refusal.PATIENT_NOT_BOUND_HERE),
)
async def turn_away(
    request: Request, hospital_id: str, patient_id: str, body: wire.TurnAwayIn, user: HospitalOrControlRoom
) -> Response:
    """With a reason. The hospital is no candidate for this incident any more, and another one is chosen at once."""
    command = cmd.TurnPatientAway(
        hospital_id=HospitalId(hospital_id),
        patient_id=PatientId(patient_id),
        reason=body.reason,
        to_hospital_id=HospitalId(body.to_hospital_id) if body.to_hospital_id else None,
    )
    return await carry_out(request, command, user, _patient(patient_id))


# --- transfers ----------------------------------------------------------------------------------------------------------


def _transfer(transfer_id: str) -> Callable[[Committed], Wire]:
    return lambda committed: transfer_wire(committed.world.transfers[TransferId(transfer_id)])


def _asked(committed: Committed) -> Wire:
    asked = first(committed.entries, TransferAsked)
    assert asked is not None
    return transfer_wire(committed.world.transfers[asked.transfer_id])


@router.post(
    "/hospitals/{hospital_id}/transfers",
    status_code=201,
    summary="Ask for a transfer",
    response_model=wire.TransferOut,
    responses=_problems(Refusal.HOSPITAL_NOT_FOUND, Refusal.PATIENT_NOT_FOUND, Refusal.TRANSFER_TO_ITSELF),
)
async def ask_transfer(
    request: Request, hospital_id: str, body: wire.TransferIn, user: HospitalOrControlRoom
) -> Response:
    """Ask another hospital to take a patient. Accepted, the control room sends a crew: `POST /calls`, complaint `transfer`, with the
    `transfer_id`."""
    if body.patient_id is not None:
        require_own_patient(user, service_of(request), body.patient_id)
    command = cmd.AskTransfer(
        hospital_id=HospitalId(hospital_id),
        to_hospital_id=HospitalId(body.to_hospital_id),
        request=TransferRequest(
            reason=body.reason,
            capability=body.capability,
            patient_id=PatientId(body.patient_id) if body.patient_id else None,
            age_years=body.age_years,
            sex=body.sex,
        ),
    )
    return await carry_out(request, command, user, _asked, status=201)


@router.post(
    "/hospitals/{hospital_id}/transfers/{transfer_id}/answer",
    summary="Answer a transfer",
    response_model=wire.TransferOut,
    responses=_problems(Refusal.TRANSFER_NOT_FOUND, Refusal.TRANSFER_ENDED),
)
async def answer_transfer(
    request: Request, hospital_id: str, transfer_id: str, body: wire.TransferAnswerIn, user: HospitalOrControlRoom
) -> Response:
    """By the hospital that was asked; a refusal needs its reason in `answer`."""
    command = cmd.AnswerTransfer(
        transfer_id=TransferId(transfer_id),
        hospital_id=HospitalId(hospital_id),
        accepts=body.accepts,
        answer=body.answer,
    )
    return await carry_out(request, command, user, _transfer(transfer_id))


@router.post(
    "/hospitals/{hospital_id}/transfers/{transfer_id}/withdraw",
    summary="Withdraw a transfer",
    response_model=wire.TransferOut,
    responses=_problems(Refusal.TRANSFER_NOT_FOUND, Refusal.TRANSFER_ENDED),
)
async def withdraw_transfer(
    request: Request, hospital_id: str, transfer_id: str, body: wire.TransferWithdrawIn, user: HospitalOrControlRoom
) -> Response:
    """By the hospital that asked."""
    command = cmd.WithdrawTransfer(
        transfer_id=TransferId(transfer_id), hospital_id=HospitalId(hospital_id), reason=body.reason
    )
    return await carry_out(request, command, user, _transfer(transfer_id))
