"""Who may act: roles, and a user as the rest of the service knows one. Accounts themselves are no part of the world."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dispatch.domain.ids import HospitalId, UnitId


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
CONFINED: Final = frozenset({Role.CREW, Role.HOSPITAL, Role.RESPONDER})
"""Roles that see their own only; an account has one of them alone or none, so that nothing widens what it sees."""
SECOND_FACTOR: Final = frozenset({Role.SUPERVISOR, Role.ADMIN})
"""Roles that sign in with a code of their phone besides the password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Who asks: a name for the journal, the roles it has, and whose a crew's or a hospital's account is."""

    name: str
    roles: frozenset[Role]
    unit_id: UnitId | None = None
    hospital_id: HospitalId | None = None


DEVELOPER: Final = User(name="dev", roles=STAFF)
"""Who asks without credentials in development."""
