"""Assignments: committing units and following them to the end."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response

from dispatch.api.access import ControlRoom, CrewOrControlRoom, User
from dispatch.api.answers import carry_out, first
from dispatch.api.problems import documented
from dispatch.api.wire_in import AssignIn, AssignmentStatusIn, DestinationIn, PatientOutcomeIn, ReasonIn
from dispatch.api.wire_out import AssignedOut, IncidentOut
from dispatch.api.wiring import service_of
from dispatch.domain import commands as cmd
from dispatch.domain import events as ev
from dispatch.domain.ids import AssignmentId, HospitalId, IncidentId, PatientId, UnitId
from dispatch.domain.rejections import Refusal
from dispatch.engine.commits import Committed
from dispatch.projections.board import Wire, assignment_wire
from dispatch.projections.sight import sight_of

router = APIRouter(prefix="/api/v1", tags=["assignments"])


def _problems(*refusals: Refusal) -> dict[int | str, dict[str, Any]]:
    """What the routes that change an assignment have in common, and what each may refuse besides."""
    return documented(400, 401, 403, 422, 503, Refusal.IDEMPOTENCY_KEY_REUSED, *refusals)


@router.post(
    "/incidents/{incident_id}/assignments",
    status_code=201,
    summary="Assign a unit",
    response_model=AssignedOut,
    responses=_problems(
        *(Refusal.INCIDENT_NOT_FOUND, Refusal.UNIT_NOT_FOUND, Refusal.HOSPITAL_NOT_FOUND, Refusal.ASSIGNMENT_NOT_FOUND),
        *(Refusal.INCIDENT_NOT_OPEN, Refusal.UNIT_NOT_AVAILABLE, Refusal.DIVERT_TOO_LATE, Refusal.VERSION_CONFLICT),
        Refusal.ILLEGAL_TRANSITION,
    ),
)
async def assign(request: Request, incident_id: str, body: AssignIn, user: ControlRoom) -> Response:
    """Commit a unit; one that is committed already is refused with 409 `unit_not_available` unless it is diverted with a reason."""
    command = cmd.AssignUnit(
        incident_id=IncidentId(incident_id),
        unit_id=UnitId(body.unit_id),
        hospital_id=HospitalId(body.hospital_id) if body.hospital_id else None,
        patient_ids=tuple(map(PatientId, body.patient_ids)),
        override_reason=body.override_reason,
        is_reserved=body.reserve,
        is_diverted=body.divert,
        replaces=AssignmentId(body.replaces) if body.replaces else None,
        expected_version=body.expected_version,
    )

    def assigned(committed: Committed) -> Wire:
        event = first(committed.entries, ev.UnitAssigned)
        assert event is not None
        return assignment_answer(committed, event.assignment_id, user)

    return await carry_out(request, command, user, assigned, status=201)


def assignment_answer(committed: Committed, assignment_id: AssignmentId, user: User) -> Wire:
    """The assignment after a command, with its incident as the user sees it."""
    world = committed.world
    assignment = world.assignments[assignment_id]
    wire = assignment_wire(assignment)
    return {
        **wire,
        "assignment": wire,
        "incident": sight_of(user).incident(world, world.incidents[assignment.incident_id]),
    }


def _of(assignment_id: str, user: User) -> Callable[[Committed], Wire]:
    return lambda committed: assignment_answer(committed, AssignmentId(assignment_id), user)


@router.post(
    "/assignments/{assignment_id}/status",
    summary="The crew's next step",
    response_model=AssignedOut,
    responses=_problems(
        *(Refusal.ASSIGNMENT_NOT_FOUND, Refusal.ILLEGAL_TRANSITION),
        *(Refusal.INCIDENT_NOT_OPEN, Refusal.UNIT_NOT_AVAILABLE),
    ),
)
async def set_status(
    request: Request, assignment_id: str, body: AssignmentStatusIn, user: CrewOrControlRoom
) -> Response:
    """Forward only; a skipped step stays unknown; `corrects` with a reason takes a wrong press back."""
    command = cmd.SetAssignmentStatus(
        assignment_id=AssignmentId(assignment_id),
        status=body.status,
        occurred_at=body.occurred_at or service_of(request).engine.clock.now(),
        disposition=body.disposition,
        corrects=body.corrects,
        reason=body.reason,
    )
    return await carry_out(request, command, user, _of(assignment_id, user))


@router.post(
    "/assignments/{assignment_id}/destination",
    summary="Change the hospital",
    response_model=AssignedOut,
    responses=_problems(Refusal.ASSIGNMENT_NOT_FOUND, Refusal.HOSPITAL_NOT_FOUND, Refusal.ILLEGAL_TRANSITION),
)
async def change_destination(
    request: Request, assignment_id: str, body: DestinationIn, user: CrewOrControlRoom
) -> Response:
    """Another hospital, with a reason."""
    command = cmd.ChangeDestination(
        assignment_id=AssignmentId(assignment_id), hospital_id=HospitalId(body.hospital_id), reason=body.reason
    )
    return await carry_out(request, command, user, _of(assignment_id, user))


@router.post(
    "/assignments/{assignment_id}/cancel",
    summary="Call a unit off",
    response_model=AssignedOut,
    responses=_problems(Refusal.ASSIGNMENT_NOT_FOUND, Refusal.ILLEGAL_TRANSITION),
)
async def cancel_assignment(request: Request, assignment_id: str, body: ReasonIn, user: ControlRoom) -> Response:
    """Free the unit; the incident misses one again."""
    command = cmd.CancelAssignment(assignment_id=AssignmentId(assignment_id), reason=body.reason)
    return await carry_out(request, command, user, _of(assignment_id, user))


@router.post(
    "/patients/{patient_id}/outcome",
    summary="How it ended for a patient",
    response_model=IncidentOut,
    responses=_problems(Refusal.PATIENT_NOT_FOUND, Refusal.INCIDENT_NOT_OPEN, Refusal.ILLEGAL_OUTCOME),
)
async def record_outcome(
    request: Request, patient_id: str, body: PatientOutcomeIn, user: CrewOrControlRoom
) -> Response:
    """Not transported, refused, died, not found, or handed to others."""

    def render(committed: Committed) -> Wire:
        incident_id = committed.world.patients[PatientId(patient_id)].incident_id
        return sight_of(user).incident(committed.world, committed.world.incidents[incident_id])

    command = cmd.RecordPatientOutcome(patient_id=PatientId(patient_id), state=body.state, reason=body.reason)
    return await carry_out(request, command, user, render)
