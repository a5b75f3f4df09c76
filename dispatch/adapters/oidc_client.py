"""What an identity provider is told of this service, and what its claims mean here; read by the settings without loading a library."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dispatch.domain.accounts import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Claims are named by a path with dots, as `realm_access.roles`; `roles` says what their values mean.

    `second_factor`: values of `amr` (RFC 8176), one of which a role that needs a second factor must bring; empty: the provider's care.
    """

    issuer: str
    client_id: str
    client_secret: str | None = field(repr=False)
    redirect_url: str
    roles: Mapping[str, Role]
    roles_claim: str = "roles"
    name_claim: str = "preferred_username"
    unit_claim: str = "unit_id"
    hospital_claim: str = "hospital_id"
    second_factor: frozenset[str] = frozenset()
