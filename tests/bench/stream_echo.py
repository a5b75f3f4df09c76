"""The floor of the stream: a server that does nothing but `websockets.broadcast` what it is sent.

    python -m tests.bench.stream_echo

Says its port on a line. Whoever connects to `/send` is broadcast to everybody else. Ends with its input.
"""

import asyncio
import sys

import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve


async def run() -> None:
    listeners: set[ServerConnection] = set()

    async def connected(socket: ServerConnection) -> None:
        assert socket.request is not None
        if socket.request.path == "/send":
            async for message in socket:
                broadcast(listeners, message)
            return
        listeners.add(socket)
        await socket.send("hello")
        await socket.wait_closed()
        listeners.discard(socket)

    async with serve(connected, "127.0.0.1", 0, compression=None) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())
