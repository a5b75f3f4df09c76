"""What one process of the service shares with the one that keeps it running: the socket to answer on, and a line between the two."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import uvicorn

    from dispatch.settings import Settings

# What `dispatch serve --workers` hands down. The line says "ready" upwards; it ends when the process above has ended, however.
LISTEN_FD: Final = "DISPATCH_LISTEN_FD"
LINE_FD: Final = "DISPATCH_LINE_FD"
ASK_WITHIN_S: Final = 1.0
"""Whoever has been accepted has asked by then, or waits with nothing to ask: a choice of ours."""
_LOOK_AGAIN_S: Final = 0.02


def listen(settings: "Settings") -> socket.socket:
    """The socket that was handed down, else a new one. OSError when the address is taken."""
    if is_handed_down():
        return socket.socket(fileno=int(os.environ[LISTEN_FD]))
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.create_server((settings.host, settings.port), family=family, backlog=2048)
    # Accepted connections inherit it; without it a small answer waits some 40 ms for the other side's acknowledgement.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def is_handed_down() -> bool:
    """Whether this process is one of several that another one keeps running."""
    return LISTEN_FD in os.environ


def say_ready() -> None:
    """Tell whoever keeps this process running that it answers."""
    if LINE_FD in os.environ:
        with contextlib.suppress(BrokenPipeError):  # nobody is left to hear it
            os.write(int(os.environ[LINE_FD]), b"1")


def when_left_alone(then: Callable[[], None]) -> None:
    """Have `then` called once when whoever keeps this process running has ended: nobody else would ever stop it."""
    if LINE_FD not in os.environ:
        return
    loop, line = asyncio.get_running_loop(), int(os.environ[LINE_FD])

    def ended() -> None:
        loop.remove_reader(line)
        then()

    loop.add_reader(line, ended)  # nothing is ever said downwards


async def accept_no_more(server: "uvicorn.Server") -> None:
    """Leave new callers to the other processes on this socket, the first of the server's, and let those ask whom it has accepted.

    The web server closes connections on which nothing has been asked, and their callers could not know whether they were heard.
    """
    if server.started:
        server.servers[0].close()
    for _ in range(int(ASK_WITHIN_S / _LOOK_AGAIN_S)):
        if all(getattr(one, "cycle", one) is not None for one in server.server_state.connections):
            return
        await asyncio.sleep(_LOOK_AGAIN_S)
