"""Noting who was shown what is personal, on its way out."""

import re
from collections.abc import Collection
from typing import Final

from starlette.requests import HTTPConnection, Request

from dispatch.api.wiring import Service, machine_now, service_of
from dispatch.domain.accounts import User
from dispatch.domain.ids import AssignmentId, IncidentId, PatientId
from dispatch.projections.sight import Breadth, sight_of

_INCIDENT: Final = re.compile(r"inc-[0-9A-Za-z-]{1,60}")
STREAM: Final = "stream"


def note_reads(connection: HTTPConnection, user: User, incident_ids: Collection[str], purpose: str) -> None:
    """Note that `user` is shown these incidents. Who sees nothing of persons leaves no record."""
    service = service_of(connection)
    if service.reads is not None and incident_ids and sight_of(user).breadth is not Breadth.IMPERSONAL:
        service.reads.note(user.name, user.roles, purpose, incident_ids, machine_now(service))


def note_named(request: Request, user: User) -> None:
    """Note the incident that a request's path names, by itself or by its patient or assignment."""
    incident_id = _named(service_of(request), request.path_params)
    if incident_id is not None and _INCIDENT.fullmatch(incident_id):
        note_reads(request, user, [incident_id], purpose_of(request))


def purpose_of(request: Request) -> str:
    """Method and route, without what the path names."""
    path = request.url.path
    for name, value in request.path_params.items():
        path = path.replace(f"/{value}", f"/{{{name}}}", 1)
    return f"{request.method} {path}"


def _named(service: Service, named: dict[str, str]) -> IncidentId | None:
    world = service.engine.world
    if "incident_id" in named:
        return IncidentId(named["incident_id"])
    patient = world.patients.get(PatientId(named.get("patient_id", "")))
    assignment = world.assignments.get(AssignmentId(named.get("assignment_id", "")))
    entity = patient or assignment
    return None if entity is None else entity.incident_id
