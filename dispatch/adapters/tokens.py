"""Tokens that were issued for pages and programs: their digests and what they allow, in a file of the data directory.

A token is 256 random bits, so that its SHA-256 can stand in the file: it cannot be guessed from it. A running service reads the file
again when it has changed.
"""

import hashlib
import os
import secrets
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

FILE: Final = "tokens.json"


class IssuedToken(msgspec.Struct, frozen=True, kw_only=True):
    """What one token allows until `expires_at`; `hospital_id` confines it to that hospital."""

    digest: str
    name: str
    roles: frozenset[str]
    hospital_id: str | None
    expires_at: datetime


class TokenBook:
    """The tokens of one data directory."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / FILE
        self._read_at_ns: int | None = None
        self._known: dict[str, IssuedToken] = {}

    def grant_of(self, token: str, now: datetime) -> IssuedToken | None:
        """What a token allows now; None for one that was never issued, has expired or was revoked."""
        self._refresh()
        issued = self._known.get(digest_of(token))
        return issued if issued is not None and now < issued.expires_at else None

    def issue(self, name: str, roles: frozenset[str], hospital_id: str | None, expires_at: datetime) -> str:
        """A new token, which is not kept anywhere: whoever asked has to hand it on."""
        token = secrets.token_urlsafe(32)
        issued = IssuedToken(
            digest=digest_of(token), name=name, roles=roles, hospital_id=hospital_id, expires_at=expires_at
        )
        self._refresh()
        self._write([*self._known.values(), issued])
        return token

    def revoke(self, name: str) -> int:
        """Take back every token of that name; how many there were."""
        self._refresh()
        kept = [issued for issued in self._known.values() if issued.name != name]
        n_revoked = len(self._known) - len(kept)
        self._write(kept)
        return n_revoked

    def _refresh(self) -> None:
        changed_ns = self._path.stat().st_mtime_ns if self._path.exists() else None
        if changed_ns != self._read_at_ns:
            issued = msgspec.json.decode(self._path.read_bytes(), type=list[IssuedToken]) if changed_ns else []
            self._known, self._read_at_ns = {each.digest: each for each in issued}, changed_ns

    def _write(self, issued: list[IssuedToken]) -> None:
        """Whole or not at all, readable by the owner only."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        part = self._path.with_suffix(".part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.encode(issued))
        part.replace(self._path)
        self._read_at_ns = None


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
