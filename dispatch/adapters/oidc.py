"""Signing on by an OpenID Connect provider: authorization code with PKCE, state and nonce; only the issuer that was set.

What the ID token says is taken once its signature, issuer, audience, nonce and times have been checked, by joserfc. The provider's
description of itself and its keys are kept for an hour; a key that is not among them is looked for again, since providers change keys.
"""

import asyncio
import base64
import hashlib
import json
import secrets
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from dispatch.adapters.fhir_peer import NoRedirects
from dispatch.adapters.oidc_client import Client
from dispatch.domain.accounts import CONFINED, SECOND_FACTOR, Role
from dispatch.domain.ids import HospitalId, UnitId
from dispatch.domain.sign_on import Identity, NoSignOn, SignOnRefused, Turn
from dispatch.engine.ports import DependencyFailed

DISCOVERY: Final = "/.well-known/openid-configuration"
ALGORITHMS: Final = ("RS256", "PS256", "ES256", "Ed25519", "EdDSA")
"""Signatures by a key of which only the provider has the secret half; never one that we could make, nor none."""
KEPT_FOR: Final = timedelta(hours=1)
LOOK_AGAIN_AFTER: Final = timedelta(seconds=30)
"""So that made-up keys do not have us ask the provider each time. Choices of ours, all of these."""
CLOCK_SKEW_S: Final = 60
NOT_AGAIN_FOR: Final = timedelta(seconds=5)
"""After a provider has not answered: whoever comes meanwhile is told so at once."""
ANSWER_WITHIN_S: Final = 5.0
AT_ONCE: Final = 2
"""Requests, on threads of their own: a provider that is stuck must not hold up those on which sessions are looked up."""
MAX_ANSWER_BYTES: Final = 1_000_000
MAX_NAME_LENGTH: Final = 80


@dataclass(frozen=True, slots=True)
class _Known:
    """What the provider says of itself, and its keys."""

    metadata: dict[str, Any]
    keys: KeySet = field(repr=False)
    asked_at: datetime


class OidcProvider:
    """Implements `SignOn`. ValueError when what is set cannot be safe."""

    def __init__(self, client: Client) -> None:
        for url in (client.issuer, client.redirect_url):
            if not _is_safe(url):
                raise ValueError(f"单点登录的地址须为 https:{url}。 An address of single sign-on must be https: {url}.")
        self._client = client
        self._opener = urllib.request.build_opener(NoRedirects)
        self._known: _Known | None = None
        self._failed_at: datetime | None = None
        self._threads = ThreadPoolExecutor(AT_ONCE, "sign-on")

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def begin(self, now: datetime) -> tuple[str, Turn]:
        """Where to send the browser, and what to remember of it. `DependencyFailed` when the provider does not answer."""
        known = await self._provider(now)
        turn = Turn(*(secrets.token_urlsafe(32) for _ in range(3)))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(turn.verifier.encode()).digest()).rstrip(b"=")
        asked = {
            "response_type": "code",
            "scope": "openid profile",
            "client_id": self._client.client_id,
            "redirect_uri": self._client.redirect_url,
            "state": turn.state,
            "nonce": turn.nonce,
            "code_challenge": challenge.decode(),
            "code_challenge_method": "S256",
        }
        endpoint = str(known.metadata["authorization_endpoint"])
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urllib.parse.urlencode(asked)}", turn

    async def finish(self, code: str, turn: Turn, now: datetime) -> Identity:
        """Who came back with `code`. `SignOnRefused`, or `DependencyFailed` when the provider does not answer."""
        known = await self._provider(now)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._client.redirect_url,
            "client_id": self._client.client_id,
            "code_verifier": turn.verifier,
        }
        tokens = await self._ask(str(known.metadata["token_endpoint"]), form)
        claims = await self._claims(str(tokens.get("id_token")), known, now)
        self._check(claims, turn, now)
        return self._identity(claims)

    async def _claims(self, id_token: str, known: _Known, now: datetime) -> dict[str, Any]:
        try:
            try:
                return dict(jwt.decode(id_token, known.keys, ALGORITHMS).claims)
            except InvalidKeyIdError:
                known = await self._provider(now, older_than=LOOK_AGAIN_AFTER)
                return dict(jwt.decode(id_token, known.keys, ALGORITHMS).claims)
        except (JoseError, ValueError):
            raise SignOnRefused(NoSignOn.REFUSED) from None

    def _check(self, claims: Mapping[str, Any], turn: Turn, now: datetime) -> None:
        expected = jwt.JWTClaimsRegistry(
            int(now.timestamp()),
            CLOCK_SKEW_S,
            iss={"essential": True, "value": self._client.issuer},
            sub={"essential": True},
            aud={"essential": True, "value": self._client.client_id},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": turn.nonce},
            azp={
                "essential": isinstance(claims.get("aud"), list) and len(claims["aud"]) > 1,
                "value": self._client.client_id,
            },
        )
        try:
            expected.validate(dict(claims))
        except JoseError:
            raise SignOnRefused(NoSignOn.REFUSED) from None

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        client = self._client
        roles = frozenset(
            client.roles[said] for said in _texts(_at(claims, client.roles_claim)) if said in client.roles
        )
        unit_id, hospital_id = _text(claims, client.unit_claim), _text(claims, client.hospital_claim)
        is_whole = bool(roles) and not (roles & CONFINED and len(roles) > 1)
        if not is_whole or (Role.CREW in roles and not unit_id) or (Role.HOSPITAL in roles and not hospital_id):
            raise SignOnRefused(NoSignOn.NO_ROLE)
        if client.second_factor and roles & SECOND_FACTOR and not client.second_factor & set(_texts(claims.get("amr"))):
            raise SignOnRefused(NoSignOn.NO_SECOND_FACTOR)
        name = _text(claims, client.name_claim) or str(claims["sub"])
        return Identity(
            subject=f"{client.issuer} {claims['sub']}",
            name="".join(sign for sign in name if sign.isprintable())[:MAX_NAME_LENGTH],
            roles=roles,
            unit_id=UnitId(unit_id) if Role.CREW in roles and unit_id else None,
            hospital_id=HospitalId(hospital_id) if Role.HOSPITAL in roles and hospital_id else None,
        )

    async def _provider(self, now: datetime, *, older_than: timedelta = KEPT_FOR) -> _Known:
        """What is known of the provider, asked for again when it is older than this."""
        if self._known is None or now - self._known.asked_at >= older_than:
            if self._failed_at is not None and timedelta() <= now - self._failed_at < NOT_AGAIN_FOR:
                raise DependencyFailed("the identity provider did not answer a moment ago")
            try:
                self._known = await self._described(now)
            except DependencyFailed:
                self._failed_at = now
                raise
        return self._known

    async def _described(self, now: datetime) -> _Known:
        metadata = await self._ask(self._client.issuer.rstrip("/") + DISCOVERY)
        needed = [str(metadata.get(name)) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
        if metadata.get("issuer") != self._client.issuer or not all(map(_is_safe, needed)):
            raise DependencyFailed("the identity provider describes another issuer, or addresses that are not https")
        try:
            keys = KeySet.import_key_set(await self._ask(needed[2]))  # type: ignore[arg-type]
        except (JoseError, KeyError, TypeError, ValueError) as error:
            raise DependencyFailed("the identity provider's keys cannot be read") from error
        return _Known(metadata, keys, now)

    async def _ask(self, url: str, form: Mapping[str, str] | None = None) -> dict[str, Any]:
        try:
            said = await asyncio.get_running_loop().run_in_executor(self._threads, self._fetch, url, form)
        except urllib.error.HTTPError as error:
            error.close()
            if form is not None and error.code < 500:
                raise SignOnRefused(NoSignOn.REFUSED) from None
            raise DependencyFailed(f"the identity provider answers {error.code}") from None
        except (OSError, ValueError, RecursionError) as error:
            raise DependencyFailed("the identity provider does not answer") from error
        if not isinstance(said, dict):
            raise DependencyFailed("the identity provider answers something else")
        return said

    def _fetch(self, url: str, form: Mapping[str, str] | None) -> Any:
        headers = {"Accept": "application/json"}
        if form is not None and self._client.client_secret is not None:
            # RFC 6749, section 2.3.1: both are encoded like a form before they are joined.
            pair = ":".join(map(urllib.parse.quote_plus, (self._client.client_id, self._client.client_secret)))
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        body = None if form is None else urllib.parse.urlencode(form).encode()
        request = urllib.request.Request(url, data=body, headers=headers)  # noqa: S310 - the scheme was checked
        with self._opener.open(request, timeout=ANSWER_WITHIN_S) as answer:
            content = answer.read(MAX_ANSWER_BYTES + 1)
        if len(content) > MAX_ANSWER_BYTES:
            raise ValueError("the answer is too long")
        return json.loads(content)


def _is_safe(url: str) -> bool:
    """Encrypted, or not on any network."""
    where = urllib.parse.urlsplit(url)
    return bool(where.hostname) and (
        where.scheme == "https" or (where.scheme == "http" and where.hostname in {"127.0.0.1", "::1", "localhost"})
    )


def _at(claims: Mapping[str, Any], path: str) -> Any:
    found: Any = claims
    for step in path.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def _text(claims: Mapping[str, Any], path: str) -> str | None:
    found = _at(claims, path)
    return found if isinstance(found, str) and found else None


def _texts(found: Any) -> Sequence[str]:
    listed = found if isinstance(found, list) else [found]
    return [said for said in listed if isinstance(said, str)]
