"""What every request and answer goes through: a limit to bodies, whose pages may ask, and the headers that keep a page to itself.

A browser names the origin of the page that sends a form or a script's request. What would change something is refused unless that page
is of this host, or of one that was allowed: a stranger's page cannot use the session of whoever looks at it, nor the development mode.
"""

from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dispatch.api.problems import FOREIGN_PAGE, ProblemError, answer

MAX_BODY_BYTES: Final = 2_000_000
"""A batch of 5,000 positions is some 0.9 MB."""
LARGER: Final = {"/api/v1/aed-data/versions": 8_000_000}
"""A registry of 60,000 devices is some 2 MB when it is packed."""

# Everything comes from the service itself; maps draw into canvases and blobs of their own.
CSP: Final = (
    "default-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:; object-src 'none'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
# The API page's own script is inline.
DOCS_CSP: Final = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=(), payment=(), usb=()",
}
HTTPS_ONLY: Final = "max-age=31536000"
"""Sent where the request came by https: a year, as is usual (RFC 6797, section 14.1 leaves it open)."""
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def is_own_page(origin: str | None, host: str | None, allowed: frozenset[str]) -> bool:
    """Whether whoever asks is no browser (those alone name an origin), or shows a page of this host or of one of `allowed`."""
    if origin is None or origin in allowed:
        return True
    return bool(host) and origin.partition("://")[2].lower() == str(host).lower()


class Envelope:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        said = Headers(scope=scope)
        allowed = scope["app"].state.service.allowed_origins
        if scope["method"] not in SAFE_METHODS and not is_own_page(said.get("origin"), said.get("host"), allowed):
            await answer(ProblemError(*FOREIGN_PAGE))(scope, receive, send)
            return
        taken, limit = 0, LARGER.get(scope["path"], MAX_BODY_BYTES)

        async def receive_limited() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise HTTPException(413)
            return message

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/api/"):
                    headers.setdefault("Cache-Control", "private, no-store")
                if scope["scheme"] == "https":
                    headers["Strict-Transport-Security"] = HTTPS_ONLY
                headers["Content-Security-Policy"] = DOCS_CSP if scope["path"] == "/docs" else CSP
            await send(message)

        await self.app(scope, receive_limited, send_with_headers)
