"""Who may call what. Every route declares its roles; the development user has every staff role, and says so on every page.

Roles that see their own only are let through where the path names what is theirs (`Sight`), and nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, FastAPI, Request
from fastapi.routing import RouteContext, iter_route_contexts

from dispatch.api.problems import CREDENTIALS_REQUIRED, NOT_YOURS, OTHER_HOSPITAL, ROLE_FORBIDDEN, ProblemError
from dispatch.api.reads import note_named
from dispatch.api.sessions import user_of
from dispatch.api.wiring import Service, service_of
from dispatch.domain.accounts import STAFF, Role, User
from dispatch.domain.ids import AssignmentId, HospitalId, IncidentId, PatientId, UnitId
from dispatch.domain.world import World
from dispatch.projections.archive import world_of_incident
from dispatch.projections.sight import Breadth, Sight, sight_of

__all__ = ["CENTRE", "CONTROL_ROOM", "STAFF", "Requires", "Role", "User"]

CENTRE: Final = STAFF - {Role.HOSPITAL}
CONTROL_ROOM: Final = frozenset({Role.DISPATCHER, Role.SUPERVISOR})
WATCHING: Final = CONTROL_ROOM | {Role.AUDITOR}
NAMED: Final = ("incident_id", "patient_id", "assignment_id", "unit_id", "hospital_id")
"""Parameters of paths that name somebody's; a test knows all others."""


@dataclass(frozen=True, slots=True)
class Requires:
    """A dependency that lets a user with any of `roles` through; 401 without credentials, 403 with the wrong role.

    Who sees their own only is refused (403) where the path names another's.
    """

    roles: frozenset[Role]

    async def __call__(self, request: Request) -> User:
        user = await user_of(request)
        if user is None:
            raise ProblemError(*CREDENTIALS_REQUIRED)
        if not user.roles & self.roles:
            raise ProblemError(*ROLE_FORBIDDEN)
        sight = sight_of(user)
        if sight.is_confined:
            _confine(sight, service_of(request), {name: request.path_params.get(name) for name in NAMED})
        note_named(request, user)
        return user


def _confine(sight: Sight, service: Service, named: dict[str, str | None]) -> None:
    """Refuse a path that names what is not one's own; whether there is such a thing is not said."""
    is_hospital = sight.breadth is Breadth.OWN_PATIENTS
    if is_hospital and named["hospital_id"] and not sight.is_own_hospital(HospitalId(named["hospital_id"])):
        raise ProblemError(*OTHER_HOSPITAL)
    world = service.engine.world
    if named["incident_id"] is not None:
        incident_id = IncidentId(named["incident_id"])
        world = _world_with(service, incident_id)
        is_own = sight.is_own_incident(world, incident_id)
    else:
        is_own = True
    if named["patient_id"] is not None:
        is_own &= sight.is_own_patient(world, PatientId(named["patient_id"]))
    if named["assignment_id"] is not None:
        is_own &= sight.is_own_assignment(world, AssignmentId(named["assignment_id"]))
    if named["unit_id"] is not None:
        is_own &= sight.sees_unit(world, UnitId(named["unit_id"]))
    if not is_own:
        raise ProblemError(*NOT_YOURS)


def require_own_patient(user: User, service: Service, patient_id: str) -> None:
    """For a patient that is named in a body."""
    sight = sight_of(user)
    if sight.is_confined:
        _confine(sight, service, {**dict.fromkeys(NAMED), "patient_id": patient_id})


def _world_with(service: Service, incident_id: IncidentId) -> World:
    """The world, or that of an incident which has left it; ended ones are asked about for hours by those who took part."""
    world = service.engine.world
    if incident_id in world.incidents:
        return world
    return world_of_incident(service.journal.read_incident, incident_id, world) or world


AnyRole = Annotated[User, Depends(Requires(frozenset(Role)))]
ControlRoom = Annotated[User, Depends(Requires(CONTROL_ROOM))]
Watching = Annotated[User, Depends(Requires(WATCHING))]
AnyStaff = Annotated[User, Depends(Requires(CENTRE))]
CrewOrControlRoom = Annotated[User, Depends(Requires(CONTROL_ROOM | {Role.CREW}))]
HospitalOrControlRoom = Annotated[User, Depends(Requires(CONTROL_ROOM | {Role.HOSPITAL}))]
Caring = Annotated[User, Depends(Requires(CONTROL_ROOM | {Role.CREW, Role.HOSPITAL}))]
Auditing = Annotated[User, Depends(Requires(frozenset({Role.AUDITOR, Role.SUPERVISOR, Role.ADMIN})))]
Supervising = Annotated[User, Depends(Requires(frozenset({Role.SUPERVISOR})))]
Keeping = Annotated[User, Depends(Requires(frozenset({Role.SUPERVISOR, Role.ADMIN})))]
Leading = Annotated[User, Depends(Requires(frozenset({Role.TRAINER})))]
Training = Annotated[User, Depends(Requires(frozenset({Role.TRAINER, Role.SUPERVISOR, Role.ADMIN})))]


def public(route: Callable[..., object]) -> Callable[..., object]:
    """Mark a route as open to everybody, on purpose."""
    route.is_public = True  # type: ignore[attr-defined]
    return route


def routes_of(app: FastAPI) -> list[RouteContext]:
    """Every HTTP route that has an endpoint of ours, those of included routers too."""
    return [route for route in iter_route_contexts(app.routes) if getattr(route, "dependant", None) and route.methods]


def declared_roles(route: RouteContext) -> frozenset[Role] | None:
    """The roles that a route declares; None when it is public; raises when it declares nothing."""
    if getattr(route.endpoint, "is_public", False):
        return None
    for dependency in route.dependant.dependencies:
        if isinstance(dependency.call, Requires):
            return dependency.call.roles
    raise LookupError(f"{route.path} does not say who may call it")
