"""The real program as a process of its own: `dispatch serve` on a free port, with a data directory that outlives it."""

import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

COMMAND = str(Path(sys.executable).parent / "dispatch")
# Waits of 0, 0.5, 1, 2 ... s between tries to connect: two minutes in all. Loading the city takes seconds; CI's processors are busy.
CONNECT_TRIES = 8
STOPS_WITHIN_S = 15.0  # contract, detail 12


class LiveService:
    """`with LiveService(data_dir) as live:` starts it, waits until it is ready, and stops it at the end.

    `kill` and `terminate` end the process; `start` starts it again on the same data and port.
    """

    VERB: tuple[str, ...] = ("serve",)
    _program: Sequence[str] = (COMMAND,)

    def __init__(self, data_dir: Path, *options: str, is_development: bool = True) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.stream_url = f"ws://127.0.0.1:{self.port}/api/v1/stream"
        self.http = httpx.Client(base_url=self.url, timeout=60)
        self._options = (*(["--dev"] if is_development else []), *options)
        self._log = data_dir / "service.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the program and return once `GET /readyz` answers 200."""
        self.spawn()
        self.wait_until_ready()

    def spawn(self) -> None:
        """Start the program and return at once."""
        arguments = [*self.VERB, "--port", str(self.port), "--data-dir", str(self.data_dir), *self._options]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen([*self._program, *arguments], stdout=log, stderr=log)

    def wait_until_ready(self) -> None:
        # The port opens while the program loads; until then the client tries to connect, ever less often.
        with httpx.Client(transport=httpx.HTTPTransport(retries=CONNECT_TRIES)) as knocking:
            try:
                answer = knocking.get(f"{self.url}/readyz", timeout=60)
            except httpx.TransportError as failure:
                raise AssertionError(f"the service did not come up ({failure}):\n{self.log()}") from failure
        assert answer.status_code == 200, answer.text

    @property
    def pid(self) -> int:
        """Of the process that runs."""
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def terminate(self) -> int:
        """SIGTERM, as an operator's `stop` does; the exit code, which has to come within the promised time."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(timeout=STOPS_WITHIN_S)
        self._process = None
        return code

    def send(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def writes(self) -> bool:
        """Whether it says that it writes a journal that others share; False too when it does not answer now."""
        try:
            return bool(self.http.get("/readyz", timeout=2).json().get("writes"))
        except (httpx.TransportError, ValueError):
            return False

    def degraded(self) -> list[str]:
        """The codes of what it says is not as it should be; none when it does not answer now."""
        try:
            return [each["code"] for each in self.http.get("/readyz", timeout=2).json().get("degraded", [])]
        except (httpx.TransportError, ValueError):
            return []

    def kill(self) -> None:
        """SIGKILL: no farewell to anybody."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def log(self) -> str:
        """The last of what it has said."""
        return self._log.read_text(encoding="utf-8", errors="replace")[-4000:]

    def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        """POST under `/api/v1`, header names with `_` for `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.post(f"/api/v1{path}", json=body, headers=named)

    def verify(self) -> subprocess.CompletedProcess[str]:
        """`dispatch journal verify` on its data directory, whether it runs or not."""
        return subprocess.run(
            [COMMAND, "journal", "verify", "--data-dir", str(self.data_dir)],
            capture_output=True,
            text=True,
            check=False,
        )

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self.http.close()


class SteppedService(LiveService):
    """The same program on a machine whose clock can be set (`stepped_service`)."""

    def __init__(self, data_dir: Path, *options: str) -> None:
        super().__init__(data_dir, *options)
        self._offset = data_dir / "clock_offset_s"
        self._program = (sys.executable, "-m", "tests.fakes.stepped_service", str(self._offset))
        self.set_clock(0)

    def set_clock(self, ahead_s: int) -> None:
        """From now on the machine's clock is so many seconds ahead of the others', whether the program runs or not."""
        self.ahead_s = ahead_s
        (written := self._offset.with_suffix(".new")).write_text(str(ahead_s), encoding="ascii")
        written.replace(self._offset)  # at once: whoever reads meanwhile reads the one or the other


class ServedDrill(LiveService):
    """`dispatch drill serve` likewise: the same service in a realm and on a clock of its own, led by a trainer."""

    VERB = ("drill", "serve")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
