"""Who may call what. Every route declares its roles; the development user has every staff role, and says so on every page.

Who has a hospital's token is confined to that hospital: only routes that name it answer, and those that name another are refused.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final

from fastapi import Depends, FastAPI, Request
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.requests import HTTPConnection

from dispatch.api.problems import CREDENTIALS_REQUIRED, OTHER_HOSPITAL, ROLE_FORBIDDEN, ProblemError
from dispatch.api.wiring import service_of


class Role(StrEnum):
    DISPATCHER = "dispatcher"
    SUPERVISOR = "supervisor"
    CREW = "crew"
    HOSPITAL = "hospital"
    RESPONDER = "responder"
    TRAINER = "trainer"
    ADMIN = "admin"
    AUDITOR = "auditor"


STAFF: Final = frozenset(Role) - {Role.RESPONDER}
CENTRE: Final = STAFF - {Role.HOSPITAL}
CONTROL_ROOM: Final = frozenset({Role.DISPATCHER, Role.SUPERVISOR})


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Who asks: a name for the journal, the roles it has, and the hospital to which it is confined, if any."""

    name: str
    roles: frozenset[Role]
    hospital_id: str | None = None


SESSION_COOKIE: Final = "dispatch_session"
DEVELOPER: Final = User(name="dev", roles=STAFF)


@dataclass(frozen=True, slots=True)
class Requires:
    """A dependency that lets a user with any of `roles` through; 401 without credentials, 403 with the wrong role.

    Who is confined to a hospital is let through only where the path names it, or where nothing but himself is shown.
    """

    roles: frozenset[Role]
    shows_oneself: bool = False

    def __call__(self, request: Request) -> User:
        user = user_of(request)
        if user is None:
            raise ProblemError(*CREDENTIALS_REQUIRED)
        if not user.roles & self.roles:
            raise ProblemError(*ROLE_FORBIDDEN)
        named = request.path_params.get("hospital_id")
        if user.hospital_id is not None and not self.shows_oneself and named != user.hospital_id:
            raise ProblemError(*OTHER_HOSPITAL)
        return user


def user_of(connection: HTTPConnection) -> User | None:
    """Who asks: in development mode everybody is the developer, else whoever has the token in the header or the cookie."""
    service = service_of(connection)
    if service.is_development:
        return DEVELOPER
    token = token_of(connection)
    grant = service.grants.grant_of(token, service.engine.clock.now()) if service.grants and token else None
    if grant is None:
        return None
    return User(name=grant.name, roles=frozenset(map(Role, grant.roles)), hospital_id=grant.hospital_id)


def token_of(connection: HTTPConnection) -> str | None:
    scheme, _, token = connection.headers.get("Authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else connection.cookies.get(SESSION_COOKIE)


def may(*roles: Role) -> Requires:
    return Requires(frozenset(roles))


ControlRoom = Annotated[User, Depends(Requires(CONTROL_ROOM))]
AnyStaff = Annotated[User, Depends(Requires(CENTRE))]
Anybody = Annotated[User, Depends(Requires(STAFF, shows_oneself=True))]
CrewOrControlRoom = Annotated[User, Depends(Requires(CONTROL_ROOM | {Role.CREW}))]
HospitalOrControlRoom = Annotated[User, Depends(Requires(CONTROL_ROOM | {Role.HOSPITAL}))]
Auditing = Annotated[User, Depends(Requires(frozenset({Role.AUDITOR, Role.SUPERVISOR, Role.ADMIN})))]
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
