"""The socket on which callers are answered, of one process or handed down to several."""

import os
import socket
from typing import Final

from dispatch.settings import Settings

# What `dispatch serve --workers` hands down: the socket to answer on, and where to say that this process does.
LISTEN_FD: Final = "DISPATCH_LISTEN_FD"
READY_FD: Final = "DISPATCH_READY_FD"


def listen(settings: Settings) -> socket.socket:
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
    if READY_FD in os.environ:
        os.write(int(os.environ[READY_FD]), b"1")
