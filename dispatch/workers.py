"""`dispatch serve --workers N`: processes on one socket, each started again when it ends, replaced one after another on SIGHUP."""

import asyncio
import logging
import os
import signal
import socket
import sys
from asyncio.subprocess import Process
from typing import Final

from dispatch.listening import LISTEN_FD, READY_FD

RESTART_AFTER_S: Final = 1.0
"""So that a process that cannot start does not keep the machine busy: a choice of ours."""
_REFUSED_TO_START: Final = 2

log = logging.getLogger(__name__)


async def supervise(n: int, listening: socket.socket) -> int:
    """Run `n` processes until SIGTERM or SIGINT, and return the highest of their exit codes."""
    workers = _Workers(listening)
    replacing: set[asyncio.Task[None]] = set()

    def replace() -> None:
        replacing.add(asyncio.create_task(workers.replace_all(), name="replace"))

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, workers.stop)
    loop.add_signal_handler(signal.SIGHUP, replace)
    codes = await asyncio.gather(*(workers.keep(slot) for slot in range(n)))
    for task in replacing:
        task.cancel()
    return max(codes)


class _Workers:
    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        self._running: dict[int, Process] = {}
        self._alive: set[Process] = set()
        self._is_stopping = self._was_ready = False
        self._replacing = asyncio.Lock()

    def stop(self) -> None:
        """Each commits, tells and says goodbye by itself."""
        self._is_stopping = True
        for process in self._alive:
            _terminate(process)

    async def keep(self, slot: int) -> int:
        """Keep one process running; its last exit code."""
        self._running[slot], _ = await self._start()
        while True:
            process = self._running[slot]
            code = await process.wait()
            self._alive.discard(process)
            if self._running[slot] is not process:
                continue  # it has been replaced
            if code == _REFUSED_TO_START and not self._was_ready:
                self.stop()  # it has said why, and the others would say the same
            if self._is_stopping:
                return max(0, code)
            log.error(
                "工作进程 %d 退出(%d),重新启动 / worker %d ended (%d) and is started again", slot, code, slot, code
            )
            await asyncio.sleep(RESTART_AFTER_S)
            if not self._is_stopping:
                self._running[slot], _ = await self._start()

    async def replace_all(self) -> None:
        """A rolling restart: each successor is ready before its predecessor is told to go."""
        async with self._replacing:
            for slot, old in list(self._running.items()):
                successor, is_ready = await self._start()
                if not is_ready:
                    log.error("新进程未能启动,停止轮换 / a successor did not start; the others stay as they are")
                    return
                self._running[slot] = successor
                _terminate(old)
                await old.wait()

    async def _start(self) -> tuple[Process, bool]:
        """Start a process and wait until it is ready, or has ended."""
        reading, writing = os.pipe()
        handed_down = (self._listening.fileno(), writing)
        named = {LISTEN_FD: str(handed_down[0]), READY_FD: str(writing)}
        process = await asyncio.create_subprocess_exec(
            sys.executable, *sys.argv, pass_fds=handed_down, env={**os.environ, **named}
        )
        os.close(writing)
        self._alive.add(process)
        said = await asyncio.to_thread(os.read, reading, 1)  # nothing, when it has ended instead
        os.close(reading)
        self._was_ready = self._was_ready or bool(said)
        return process, bool(said)


def _terminate(process: Process) -> None:
    if process.returncode is None:
        process.terminate()
