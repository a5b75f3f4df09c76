"""The web server under the application: one worker, whose signals are the composition root's to handle."""

import contextlib
from collections.abc import Generator
from typing import Final

import uvicorn

from dispatch.api.app import create_app
from dispatch.api.console_socket import ConsoleSocket
from dispatch.api.wiring import Service

MAX_SAID_BYTES: Final = 16_384  # of a stream's client, which has nothing to say but its token
PING_EVERY_S: Final = 300.0
"""Heartbeats keep a connection open and find one that takes nothing, or has vanished; a ping goes through a proxy to the page itself,
which may have died behind it. A choice of ours."""
# With a second for callers and one for streams less than the promised 15 s (contract); the last commit and snapshot still come.
STOP_WITHIN_S: Final = 5.0


def web_server(service: Service) -> uvicorn.Server:
    """One worker; no compression on sockets: it costs more processor than it saves wire (docs/benchmarks.md)."""
    config = uvicorn.Config(
        create_app(service),
        ws=ConsoleSocket,
        ws_per_message_deflate=False,
        ws_ping_interval=PING_EVERY_S,
        ws_max_size=MAX_SAID_BYTES,
        server_header=False,
        log_config=None,
        access_log=False,  # it would hold addresses whole, with what is asked in them
        lifespan="off",
        timeout_graceful_shutdown=int(STOP_WITHIN_S),
    )
    return _Server(config)


class _Server(uvicorn.Server):
    """Signals are ours to handle: sockets are closed with 1001 before the server goes."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield
