"""The clock of one patient, the same for control room, ambulance and hospital: read it, add a time, correct one."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response

from dispatch.api.access import CONTROL_ROOM, Caring, Requires, Role, User
from dispatch.api.answers import answer, carry_out
from dispatch.api.care_wire import CareClockOut, CareCorrectionIn, CareTimeIn, clock_wire
from dispatch.api.problems import ROLE_FORBIDDEN, ProblemError, documented
from dispatch.api.wiring import Service, service_of
from dispatch.domain.care import AT_HOSPITAL, Milestone, Stamp, StampSource
from dispatch.domain.commands_care import CorrectCareTime, RecordCareTime
from dispatch.domain.ids import HospitalId, IncidentId, PatientId
from dispatch.domain.rejections import CommandRejected, Refusal
from dispatch.engine.commits import Committed
from dispatch.projections.archive import entries_with_joined
from dispatch.projections.care_book import CareBook
from dispatch.projections.care_clock import care_clock

router = APIRouter(prefix="/api/v1", tags=["care"])
Clocked = Annotated[User, Depends(Requires(CONTROL_ROOM | {Role.CREW, Role.HOSPITAL, Role.AUDITOR}))]
_MAY_SAY: Final = {
    Role.DISPATCHER: frozenset(StampSource),
    Role.SUPERVISOR: frozenset(StampSource),
    Role.CREW: frozenset({StampSource.CREW, StampSource.DEVICE}),
    Role.HOSPITAL: frozenset({StampSource.HOSPITAL, StampSource.DEVICE}),
}
_NOT_FOUND = (Refusal.INCIDENT_NOT_FOUND, Refusal.PATIENT_NOT_FOUND)
_CHANGING = documented(
    *(400, 401, 403, 422, 503, *_NOT_FOUND),
    *(Refusal.HOSPITAL_NOT_FOUND, Refusal.CARE_TIME_KNOWN, Refusal.CARE_TIME_NOT_FOUND, Refusal.IDEMPOTENCY_KEY_REUSED),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A patient's care as the journal has it."""

    book: CareBook
    incident_id: IncidentId
    patient_id: PatientId

    @property
    def stamps(self) -> tuple[Stamp, ...]:
        return self.book.stamps_of(self.incident_id, self.patient_id)


async def record_of(service: Service, incident_id: str, patient_id: str) -> Record:
    """Read from the journal, however old; `CommandRejected` when there is no such incident, or the patient is not its."""
    incident, patient = IncidentId(incident_id), PatientId(patient_id)
    book = await asyncio.to_thread(lambda: CareBook(entries_with_joined(service.journal.read_incident, {incident})))
    if incident not in book.cases:
        raise CommandRejected(Refusal.INCIDENT_NOT_FOUND)
    if patient not in book.cases[incident].patients:
        raise CommandRejected(Refusal.PATIENT_NOT_FOUND)
    return Record(book=book, incident_id=incident, patient_id=patient)


@router.get(
    "/incidents/{incident_id}/patients/{patient_id}/clock",
    summary="A patient's clock",
    response_model=CareClockOut,
    responses=documented(401, 403, 503, *_NOT_FOUND),
)
async def get_clock(request: Request, incident_id: str, patient_id: str, _: Clocked) -> Response:
    """Onset to reperfusion: stamps with their sources, intervals against their targets, what is missing and what contradicts."""
    service = service_of(request)
    return answer(_clock(await record_of(service, incident_id, patient_id), service.engine.clock.now()))


@router.post(
    "/incidents/{incident_id}/patients/{patient_id}/clock",
    status_code=201,
    summary="Give a milestone its time",
    response_model=CareClockOut,
    responses=_CHANGING,
)
async def record_time(request: Request, incident_id: str, patient_id: str, body: CareTimeIn, user: Caring) -> Response:
    """Another source's time stands beside those that are there; the same source has to correct what it said."""
    check_source(user, body.source, body.hospital_id)
    service = service_of(request)
    record = await record_of(service, incident_id, patient_id)
    command = RecordCareTime(
        incident_id=record.incident_id,
        patient_id=record.patient_id,
        stamp=_stamp(service, record, body),
        known=record.stamps,
    )
    return await carry_out(request, command, user, _after(service, record), status=201)


@router.post(
    "/incidents/{incident_id}/patients/{patient_id}/clock/corrections",
    summary="Correct a time",
    response_model=CareClockOut,
    responses=_CHANGING,
)
async def correct_time(
    request: Request, incident_id: str, patient_id: str, body: CareCorrectionIn, user: Caring
) -> Response:
    """The stamp of that milestone, source and hospital is replaced, or withdrawn, for a reason; what it said stays in the journal."""
    check_source(user, body.source, body.hospital_id)
    service = service_of(request)
    record = await record_of(service, incident_id, patient_id)
    command = CorrectCareTime(
        incident_id=record.incident_id,
        patient_id=record.patient_id,
        stamp=_stamp(service, record, body),
        known=record.stamps,
        withdraws=body.withdraws,
    )
    return await carry_out(request, command, user, _after(service, record))


def check_source(user: User, source: StampSource, hospital_id: str | None = None) -> None:
    """A crew speaks for itself and its devices, a hospital likewise, as itself; the control room writes down what anybody says."""
    may_say = {source for role in user.roles for source in _MAY_SAY.get(role, frozenset())}
    is_other_hospital = user.hospital_id is not None and hospital_id not in {None, user.hospital_id}
    if source not in may_say or is_other_hospital:
        raise ProblemError(*ROLE_FORBIDDEN)


def _stamp(service: Service, record: Record, body: CareTimeIn) -> Stamp:
    is_in_house = body.milestone in AT_HOSPITAL or body.source is StampSource.HOSPITAL
    named = HospitalId(body.hospital_id) if body.hospital_id else None
    return Stamp(
        milestone=body.milestone,
        source=body.source,
        at=body.at,
        certainty=body.certainty,
        hospital_id=named or (_own_hospital(service, record) if is_in_house else None),
        reason=body.reason,
    )


def _own_hospital(service: Service, record: Record) -> HospitalId | None:
    """The hospital that the patient is bound for or in; of an old incident, the last one reached."""
    patient = service.engine.world.patients.get(record.patient_id)
    if patient is not None and patient.hospital_id is not None:
        return patient.hospital_id
    doors = [(s.at, s.hospital_id) for s in record.stamps if s.milestone is Milestone.DOOR and s.at is not None]
    return max(doors)[1] if doors else None


def _clock(record: Record, now: datetime) -> dict[str, Any]:
    pathway = record.book.pathway_of(record.incident_id)
    return {
        "incident_id": record.incident_id,
        "patient_id": record.patient_id,
        "pathway": pathway,
        "at": now,
        **clock_wire(care_clock(record.stamps, pathway, now)),
        "corrections": record.book.cases[record.incident_id].patients[record.patient_id].changes,
    }


def _after(service: Service, record: Record) -> Any:
    """Render the clock as the command leaves it."""

    def render(committed: Committed) -> dict[str, Any]:
        for recorded in committed.entries:
            record.book.apply(recorded)
        return _clock(record, service.engine.clock.now())

    return render
