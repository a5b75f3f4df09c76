"""From what a request carries to its user: a session cookie, or a bearer token for programs.

A secret that was looked up is remembered for a few seconds, so that a unit that reports its position every second does not cost a
query each time; an account that is disabled is out after as long. The development mode takes whoever brings nothing as its own user.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Final, cast

from starlette.requests import HTTPConnection

from dispatch.api.wiring import Accounts, machine_now, service_of
from dispatch.domain.accounts import DEVELOPER, User
from dispatch.domain.ids import LIVE

COOKIE: Final = "dispatch_session"
REMEMBERED_FOR: Final = timedelta(seconds=5)
MAX_REMEMBERED: Final = 10_000
MAX_SECRET_LENGTH: Final = 200


class Sessions:
    """Looks up who a secret belongs to."""

    def __init__(self, accounts: Accounts | None) -> None:
        self._accounts = accounts
        self._known: dict[str, tuple[User, datetime]] = {}

    async def user_of(self, secret: str, now: datetime) -> User | None:
        """The user, or None when the secret is nobody's. Nothing is remembered of secrets that are nobody's."""
        known = self._known.get(secret)
        if known is not None and now < known[1]:
            return known[0]
        self._known.pop(secret, None)
        if self._accounts is None or len(secret) > MAX_SECRET_LENGTH:
            return None
        user = await asyncio.to_thread(self._accounts.user_of, secret, now)
        if user is not None:
            if len(self._known) >= MAX_REMEMBERED:
                self._known.clear()
            self._known[secret] = (user, now + REMEMBERED_FOR)
        return user

    async def sign_out(self, secret: str) -> None:
        self._known.pop(secret, None)
        if self._accounts is not None:
            await asyncio.to_thread(self._accounts.sign_out, secret)


def bearer_of(connection: HTTPConnection) -> str | None:
    """The token of an `Authorization: Bearer` header."""
    kind, _, secret = connection.headers.get("authorization", "").partition(" ")
    return secret.strip() if kind.lower() == "bearer" else None


def cookie_of(connection: HTTPConnection) -> str:
    """The cookie's name. A browser sends cookies to every port of a host: a drill there must not sign anybody out of the live room."""
    realm = service_of(connection).engine.realm
    return COOKIE if realm == LIVE else f"{COOKIE}_{realm}"


def sessions_of(connection: HTTPConnection) -> Sessions:
    return cast("Sessions", connection.app.state.sessions)


async def user_of(connection: HTTPConnection, token: str | None = None) -> User | None:
    """Who asks, by `token` if it is given, else by the header, else by the cookie.

    In development whoever brings no token is the development's own user, also behind a cookie that is nobody's any more.
    """
    service = service_of(connection)
    sessions = sessions_of(connection)
    now = machine_now(service)
    brought = token if token is not None else bearer_of(connection)
    if brought is not None:
        return await sessions.user_of(brought, now)
    cookie = connection.cookies.get(cookie_of(connection))
    user = await sessions.user_of(cookie, now) if cookie else None
    return DEVELOPER if user is None and service.is_development else user
