"""`dispatch serve --workers N`: processes on one socket, each started again when it ends, replaced one after another on SIGHUP."""

import asyncio
import logging
import os
import signal
import socket
import sys
from asyncio.subprocess import Process
from typing import Final

from dispatch.listening import LINE_FD, LISTEN_FD

RESTART_AFTER_S: Final = 1.0
"""So that a process that cannot start does not keep the machine busy: a choice of ours."""
_REFUSED_TO_START: Final = 2

log = logging.getLogger(__name__)


async def supervise(n: int, listening: socket.socket) -> int:
    """Run `n` processes until SIGTERM or SIGINT, and return the highest of their exit codes."""
    workers = _Workers(n, listening)
    replacing: set[asyncio.Task[None]] = set()

    def replace() -> None:
        replacing.add(asyncio.create_task(workers.replace_all(), name="replace"))

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, workers.stop)
    loop.add_signal_handler(signal.SIGHUP, replace)
    codes = await asyncio.gather(*(workers.keep(slot) for slot in range(n)))
    await asyncio.gather(*replacing)
    return max(codes)


class _Workers:
    def __init__(self, n: int, listening: socket.socket) -> None:
        self._listening = listening
        self._running: dict[int, Process] = {}
        self._lines: dict[Process, socket.socket] = {}  # of all that have not ended
        self._is_stopping = self._was_ready = False
        self._replacing = asyncio.Lock()
        self._filling = [asyncio.Lock() for _ in range(n)]  # one start at a time for each place

    def stop(self) -> None:
        """Each commits, tells and says goodbye by itself."""
        self._is_stopping = True
        for process in self._lines:
            _terminate(process)

    async def keep(self, slot: int) -> int:
        """Keep one process running; its last exit code."""
        async with self._filling[slot]:
            self._running[slot], _ = await self._start()
        while True:
            process = self._running[slot]
            code = await self._ended(process)
            if code == _REFUSED_TO_START and not self._was_ready:
                self.stop()  # it has said why, and the others would say the same
            if not self._is_stopping and self._running[slot] is process:
                log.error(
                    "工作进程 %d 退出(%d),重新启动 / worker %d ended (%d) and is started again", slot, code, slot, code
                )
                await asyncio.sleep(RESTART_AFTER_S)
            async with self._filling[slot]:
                if self._running[slot] is not process:
                    continue  # it has been replaced
                if self._is_stopping:
                    return max(0, code)
                self._running[slot], _ = await self._start()

    async def replace_all(self) -> None:
        """A rolling restart: each successor is ready before its predecessor is told to go."""
        async with self._replacing:
            for slot in range(len(self._filling)):  # one that is still starting is waited for
                async with self._filling[slot]:
                    if self._is_stopping:
                        return
                    old = self._running[slot]
                    successor, is_ready = await self._start()
                    if not is_ready:
                        await self._ended(successor)
                        log.error("新进程未能启动,停止轮换 / a successor did not start; the others stay as they are")
                        return
                    self._running[slot] = successor
                _terminate(old)
                await self._ended(old)

    async def _start(self) -> tuple[Process, bool]:
        """Start a process and wait until it is ready, or has ended."""
        line, below = socket.socketpair()
        line.setblocking(False)
        handed_down = (self._listening.fileno(), below.fileno())
        named = {LISTEN_FD: str(handed_down[0]), LINE_FD: str(handed_down[1])}
        with below:
            process = await asyncio.create_subprocess_exec(
                sys.executable, *sys.argv, pass_fds=handed_down, env={**os.environ, **named}
            )
        self._lines[process] = line
        if self._is_stopping:
            _terminate(process)
        said = await asyncio.get_running_loop().sock_recv(line, 1)  # nothing, when it has ended instead
        self._was_ready = self._was_ready or bool(said)
        return process, bool(said)

    async def _ended(self, process: Process) -> int:
        """Wait for its end; its exit code."""
        code = await process.wait()
        if process in self._lines:
            self._lines.pop(process).close()
        return code


def _terminate(process: Process) -> None:
    if process.returncode is None:
        process.terminate()
