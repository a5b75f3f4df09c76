"""Each request as a piece of work with a number, which its answer carries too, and a line in the log when it has ended.

The line names the route, not the address: an address may say where a patient is. Of what incident it was is known once the service
itself has found it. What may change something, and what failed, is told at the usual level; reads and positions come in great number.
"""

import logging
import re
import secrets
import time
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dispatch import trail
from dispatch.api.envelope import SAFE_METHODS
from dispatch.api.peer import is_peer
from dispatch.api.wiring import Service

REQUEST: Final = b"dispatch-request"
NUMBER: Final = b"x-request-id"
TRACEPARENT: Final = b"traceparent"
_FREQUENT: Final = frozenset({"/api/v1/units/positions", "/api/v1/desks/{desk_id}"})
# W3C Trace Context, section 3.2.2.
_TRACEPARENT_FORM: Final = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")

log = logging.getLogger(__name__)


class RequestLog:
    """ASGI middleware around everything else."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        service: Service = scope["app"].state.service
        headers = dict(scope["headers"])
        trace = headers.get(TRACEPARENT)
        given = None if trace is None else _TRACEPARENT_FORM.fullmatch(trace.decode("latin-1"))
        # Another process may have given it its number.
        is_numbered = REQUEST in headers and is_peer(scope, service.peer_secret)
        request_id = headers[REQUEST].decode() if is_numbered else secrets.token_hex(8)
        status, began = 500, time.perf_counter()

        async def send_with_number(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (NUMBER, request_id.encode())]
            await send(message)

        with trail.work("request", parent=given[0] if given else None, request_id=request_id):
            if given:
                trail.note(trace_id=given[1])
            try:
                await self.app(scope, receive, send_with_number)
            finally:
                route = getattr(scope.get("route"), "path", "-")
                took_ms = round((time.perf_counter() - began) * 1e3, 1)
                trail.note(method=scope["method"], route=route, status=status, duration_ms=took_ms)
                is_told = status >= 500 or (scope["method"] not in SAFE_METHODS and route not in _FREQUENT)
                log.log(logging.INFO if is_told else logging.DEBUG, "请求结束 / request ended")
