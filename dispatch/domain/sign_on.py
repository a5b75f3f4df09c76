"""Signing on by an identity provider: what is asked for, who it says somebody is, and how it may end without anybody signed in."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from dispatch.domain.accounts import Role
from dispatch.domain.ids import HospitalId, UnitId


class Turn(NamedTuple):
    """One try of one browser: all three are its secrets, of which the provider sees the first two and a digest of the third."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """`subject`: who it is, at which issuer, for good; `name` is for people and may change."""

    subject: str
    name: str
    roles: frozenset[Role]
    unit_id: UnitId | None = None
    hospital_id: HospitalId | None = None


class NoSignOn(StrEnum):
    """Why nobody was signed on, as the page is told it."""

    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    NO_ROLE = "no_role"
    NO_SECOND_FACTOR = "no_second_factor"
    DISABLED = "disabled"


class SignOnRefused(Exception):
    """Nobody is signed on."""

    def __init__(self, why: NoSignOn) -> None:
        super().__init__(why)
        self.why = why
