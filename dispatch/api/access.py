"""Who may call what. Every route declares its roles; the development user has every staff role, and says so on every page."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final

from fastapi import Depends, FastAPI, Request
from fastapi.routing import RouteContext, iter_route_contexts

from dispatch.api.problems import CREDENTIALS_REQUIRED, ROLE_FORBIDDEN, ProblemError
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
CONTROL_ROOM: Final = frozenset({Role.DISPATCHER, Role.SUPERVISOR})


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Who asks: a name for the journal and the roles it has."""

    name: str
    roles: frozenset[Role]


DEVELOPER: Final = User(name="dev", roles=STAFF)


@dataclass(frozen=True, slots=True)
class Requires:
    """A dependency that lets a user with any of `roles` through; 401 without credentials, 403 with the wrong role."""

    roles: frozenset[Role]

    def __call__(self, request: Request) -> User:
        user = user_of(is_development=service_of(request).is_development)
        if user is None:
            raise ProblemError(*CREDENTIALS_REQUIRED)
        if not user.roles & self.roles:
            raise ProblemError(*ROLE_FORBIDDEN)
        return user


def user_of(*, is_development: bool) -> User | None:
    """The user of a request. Until accounts exist, only the development mode knows one."""
    return DEVELOPER if is_development else None


def may(*roles: Role) -> Requires:
    return Requires(frozenset(roles))


ControlRoom = Annotated[User, Depends(Requires(CONTROL_ROOM))]
AnyStaff = Annotated[User, Depends(Requires(STAFF))]
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
