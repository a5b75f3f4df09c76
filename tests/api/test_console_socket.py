"""What the kernel is told of a console's connection."""

import asyncio
import socket

import pytest
from websockets.asyncio.client import connect

from dispatch.api.console_socket import SEND_BUFFER_BYTES, VANISHED_AFTER_MS, ConsoleSocket
from dispatch.api.wiring import Service
from dispatch.web import web_server


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="Linux alone ends what is confirmed by nobody")
async def test_little_is_kept_for_who_is_behind_and_who_has_vanished_is_given_up(service: Service) -> None:
    """No machine vanishes without a word while this runs, so what the kernel was told has to do."""
    door = socket.create_server(("127.0.0.1", 0))
    server = web_server(service)
    serving = asyncio.create_task(server.serve(sockets=[door]))
    async with connect(f"ws://127.0.0.1:{door.getsockname()[1]}/api/v1/stream") as console:
        await console.recv()
        (line,) = [each for each in server.server_state.connections if isinstance(each, ConsoleSocket)]
        told = line.transport.get_extra_info("socket")
        assert (
            told.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) == 2 * SEND_BUFFER_BYTES
        )  # as Linux counts, socket(7)
        assert told.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == VANISHED_AFTER_MS
    server.should_exit = True
    await serving
