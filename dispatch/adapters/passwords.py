"""Passwords, second factors and secrets: how they are made, kept and compared.

A password is kept as Argon2id with the parameters of RFC 9106's second recommendation (64 MiB, three passes).
Session and API secrets are 256 random bits, so a plain SHA-256 of them is kept. Codes are those of RFC 6238.
"""

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Final

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from argon2.profiles import RFC_9106_LOW_MEMORY

MIN_PASSWORD_LENGTH: Final = 12
"""NIST SP 800-63B-4 asks for 15 where a password is all there is and 8 beside a second factor; a choice of ours between them."""
MAX_PASSWORD_LENGTH: Final = 256
CODE_STEP_S: Final = 30
"""RFC 6238, section 4.1."""
CODE_STEPS_OFF: Final = 1
"""A phone's clock may be this many steps off (RFC 6238, section 5.2 recommends at most one)."""
ISSUER: Final = "Shenzhen 120"

PARAMETERS: Final = RFC_9106_LOW_MEMORY

_hasher = PasswordHasher.from_parameters(PARAMETERS)
_NOBODY: Final = _hasher.hash(secrets.token_urlsafe(32))


def hash_password(password: str) -> str:
    """Argon2id with its salt and parameters; ValueError for a password that is too short or too long."""
    if not MIN_PASSWORD_LENGTH <= len(password) <= MAX_PASSWORD_LENGTH:
        raise ValueError(f"a password has {MIN_PASSWORD_LENGTH} to {MAX_PASSWORD_LENGTH} characters")
    return _hasher.hash(password)


def is_password(kept: str | None, given: str) -> bool:
    """Whether `given` is the password; for a name that nobody has (None) it takes as long, and is False."""
    try:
        _hasher.verify(kept or _NOBODY, given[: MAX_PASSWORD_LENGTH + 1])
    except VerifyMismatchError:
        return False
    return kept is not None


def new_password() -> str:
    return secrets.token_urlsafe(15)


def new_secret(kind: str) -> str:
    """A session's or token's secret; `kind` stands before it, so that one found in a file can be told for what it is."""
    return f"{kind}_{secrets.token_urlsafe(32)}"


def digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def new_code_key() -> str:
    return pyotp.random_base32()


def code_uri(key: str, name: str) -> str:
    """What an authenticator application reads, as `otpauth://`."""
    return pyotp.TOTP(key).provisioning_uri(name=name, issuer_name=ISSUER)


def step_of_code(key: str, code: str, now: datetime, *, after: int) -> int | None:
    """The time step that `code` is of, if it is a valid one later than the step `after`: no code is taken twice."""
    here = int(now.timestamp()) // CODE_STEP_S
    totp: Callable[[int], str] = pyotp.HOTP(key).at  # a time step is the counter
    steps = range(max(here - CODE_STEPS_OFF, after + 1), here + CODE_STEPS_OFF + 1)
    return next((step for step in steps if secrets.compare_digest(totp(step).encode(), code.encode())), None)
