"""A console's websocket under the application: uvicorn's own, with a way for frames that are framed once for everybody.

A frame for whoever has read all the earlier ones goes straight to the transport; for the others it waits in the hub. A peer that
reads nothing any more is cut: closing waits for what it never takes.
"""

import asyncio
import socket
from typing import Any, Final, Protocol, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

LINE: Final = "dispatch.line"
"""The extension of the connection's scope under which its line stands."""
SEND_BUFFER_BYTES: Final = 131_072
"""What the kernel keeps for a peer that is behind: a choice of ours. By itself it may grow to 4 MB each (Linux, tcp_wmem)."""

VANISHED_AFTER_MS: Final = 20_000
"""So long after something was sent that no machine at the other end has confirmed, the connection is over (RFC 5482): a choice of
ours. With a heartbeat every second that finds whoever has vanished, and costs nothing."""


class Line(Protocol):
    """What the stream's shell is given of the connection."""

    def take(self, framed: bytes) -> bool: ...
    def cut(self) -> None: ...


def line_of(scope: Any) -> Line | None:
    """The line of a connection; None behind another server."""
    return cast("Line | None", scope.get("extensions", {}).get(LINE))


class ConsoleSocket(WebSocketsSansIOProtocol):
    """Implements `Line`."""

    _is_behind = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; elsewhere pings find them, later
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, VANISHED_AFTER_MS)

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if not self.close_sent:  # the application has not begun yet
            self.scope["extensions"][LINE] = self  # type: ignore[assignment]

    def take(self, framed: bytes) -> bool:
        """Send a frame at once; False when the peer is behind, or gone."""
        if self._is_behind or self.close_sent or self.disconnected:
            return False
        self.transport.write(framed)
        return True

    def pause_writing(self) -> None:
        super().pause_writing()
        self._is_behind = True

    def resume_writing(self) -> None:
        super().resume_writing()
        self._is_behind = False

    def cut(self) -> None:
        """End the connection without waiting for anything."""
        self.transport.abort()

    def keepalive_timeout(self) -> None:
        """Who does not answer may not read either."""
        super().keepalive_timeout()
        self.cut()
