"""Many patients of one scene: the plan that distributes them, whom a crew takes, and what hospitals say they can receive."""

from fastapi import APIRouter, Request, Response

from dispatch.api.access import ControlRoom, CrewOrControlRoom, HospitalOrControlRoom, Watching
from dispatch.api.answers import answer, carry_out
from dispatch.api.casualties import casualty_plan_wire
from dispatch.api.problems import documented, invalid_field
from dispatch.api.routes_assignments import assignment_answer
from dispatch.api.wire_in import CasualtyCapacityIn, PatientsIn
from dispatch.api.wire_out import AssignedOut, CasualtyPlanOut, HospitalOut, IncidentOut
from dispatch.api.wiring import service_of
from dispatch.domain import commands as cmd
from dispatch.domain.ids import AssignmentId, HospitalId, IncidentId, PatientId
from dispatch.domain.rejections import CommandRejected, Refusal
from dispatch.projections.board import hospital_wire, incident_wire

router = APIRouter(prefix="/api/v1", tags=["mass casualties"])


@router.get(
    "/incidents/{incident_id}/casualty-plan",
    summary="Who goes where",
    response_model=CasualtyPlanOut,
    responses=documented(401, 403, Refusal.INCIDENT_NOT_FOUND, Refusal.NO_CASUALTY_PLAN),
)
async def get_casualty_plan(request: Request, incident_id: str, _: Watching) -> Response:
    """The plan as it stands in the journal; it is made anew whenever patients, crews or hospitals change. From three patients on."""
    world = service_of(request).engine.world
    incident = world.incident(IncidentId(incident_id))
    if incident.casualty_plan is None:
        raise CommandRejected(Refusal.NO_CASUALTY_PLAN)
    return answer(casualty_plan_wire(world, incident.incident_id, incident.casualty_plan))


@router.post(
    "/incidents/{incident_id}/casualty-plan/follow",
    summary="Have the crews follow the plan",
    response_model=IncidentOut,
    responses=documented(
        *(400, 401, 403, 422, 503),
        *(Refusal.INCIDENT_NOT_FOUND, Refusal.NO_CASUALTY_PLAN, Refusal.INCIDENT_NOT_OPEN),
        Refusal.IDEMPOTENCY_KEY_REUSED,
    ),
)
async def follow_casualty_plan(request: Request, incident_id: str, user: ControlRoom) -> Response:
    """Every crew that has not left the scene gets the patient and hospital of the plan, save those that a person has chosen for."""
    command = cmd.FollowCasualtyPlan(incident_id=IncidentId(incident_id))
    return await carry_out(
        request,
        command,
        user,
        lambda committed: incident_wire(committed.world, committed.world.incidents[IncidentId(incident_id)]),
    )


@router.post(
    "/assignments/{assignment_id}/patients",
    summary="Whom a crew takes",
    response_model=AssignedOut,
    responses=documented(
        *(400, 401, 403, 422, 503),
        *(Refusal.ASSIGNMENT_NOT_FOUND, Refusal.INCIDENT_NOT_OPEN, Refusal.ILLEGAL_TRANSITION),
        *(Refusal.PATIENT_NOT_WAITING, Refusal.IDEMPOTENCY_KEY_REUSED),
    ),
)
async def assign_patients(request: Request, assignment_id: str, body: PatientsIn, user: CrewOrControlRoom) -> Response:
    """The crew's patients from now on. One who is with another crew comes over from it, until that one has left the scene."""
    command = cmd.AssignPatients(
        assignment_id=AssignmentId(assignment_id), patient_ids=tuple(map(PatientId, body.patient_ids))
    )
    return await carry_out(
        request, command, user, lambda committed: assignment_answer(committed, AssignmentId(assignment_id), user)
    )


@router.post(
    "/hospitals/{hospital_id}/casualty-capacity",
    summary="What a hospital takes from mass casualties",
    response_model=HospitalOut,
    responses=documented(400, 401, 403, 422, 503, Refusal.HOSPITAL_NOT_FOUND, Refusal.IDEMPOTENCY_KEY_REUSED),
)
async def report_casualty_capacity(
    request: Request, hospital_id: str, body: CasualtyCapacityIn, user: HospitalOrControlRoom
) -> Response:
    """Places by tag from now on, and one patient every `interval_s`; they are assumed until somebody says so, and after it expires."""
    if body.expires_at is not None and body.expires_at <= service_of(request).engine.clock.now():
        raise invalid_field("/expires_at", "in_past", "有效期须在将来", "must lie in the future")
    command = cmd.ReportCasualtyCapacity(
        hospital_id=HospitalId(hospital_id),
        red=body.red,
        yellow=body.yellow,
        green=body.green,
        interval_s=body.interval_s,
        source=body.source,
        expires_at=body.expires_at,
    )
    return await carry_out(
        request,
        command,
        user,
        lambda committed: hospital_wire(committed.world.hospitals[HospitalId(hospital_id)]),
    )
