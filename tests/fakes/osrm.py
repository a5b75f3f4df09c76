"""OSRM's own executables as a second opinion on street networks: fetched, given our speeds, started on the loopback, asked.

They come out of the wheel `osrm-bindings`, pinned by hash in `osrm.lock` beside this file; it is unpacked, not installed, for it
wants a newer Python than the project does. Nothing of the product needs it.

OSRM's profile is its own car profile with our speeds and costs written over it (`maps_data/roads/speeds.py`), looking for the
least time, so that what is compared is how streets, turns and shortest paths were made, not two opinions on speed.
"""

import http.client
import json
import math
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import msgspec
import numpy as np
import numpy.typing as npt

from maps_data.roads import speeds
from tests.fakes.live_service import free_port

ROOT: Final = Path(__file__).resolve().parents[2]
LOCK: Final = Path(__file__).with_name("osrm.lock")
VERSION: Final = "26.10.0"
CACHE: Final = ROOT / "build" / f"osrm-{VERSION}"
BUILT_FOR: Final = "3.12"
"""The Python that the wheel is for; its executables do not care."""

MOST_PLACES: Final = 5_000
"""OSRM refuses tables of more; enough for every benchmark."""

FloatArray = npt.NDArray[np.float64]


class OsrmMissing(Exception):
    """The executables cannot be had here; says why."""


def executables() -> Path:
    """The unpacked wheel, fetched if need be: `bin/` and `share/profiles/`. Raises OsrmMissing."""
    if not (CACHE / "bin" / "osrm-routed").is_file():
        _fetch()
    _run([CACHE / "bin" / "osrm-routed", "--version"])
    return CACHE


def prepared(pbf: Path, directory: Path) -> Path:
    """OSRM's files of an extract, in an existing `directory`: what `Osrm` is started on. Raises OsrmMissing."""
    home = executables()
    profile, base = directory / "ours.lua", directory / "streets.osrm"
    profile.write_text(_profile(home / "share" / "profiles"), encoding="utf-8")
    extract = [home / "bin" / "osrm-extract", "--threads", "2", "--profile", profile, "--output", base, pbf]
    for command in (extract, _step("osrm-partition", base), _step("osrm-customize", base)):
        _made(command)
    return base


def customise(base: Path) -> None:
    """Work the weights in anew, as OSRM must whenever speeds change."""
    _made(_step("osrm-customize", base))


class Osrm:
    """`with Osrm(base) as osrm:` serves what `prepared` made (multi-level Dijkstra, two threads) on a free port of the loopback."""

    def __init__(self, base: Path, *, n_threads: int = 2) -> None:
        self._base, self._n_threads = base, n_threads
        self._port = free_port()
        self._process: subprocess.Popen[str] | None = None
        self._wire: http.client.HTTPConnection | None = None

    def table_s(self, from_points: Sequence[Sequence[float]], to_points: Sequence[Sequence[float]]) -> FloatArray:
        """Driving times from each of n (lon, lat) to each of m: seconds [n, m], NaN where there is no way."""
        n, m = len(from_points), len(to_points)
        sources, targets = ";".join(map(str, range(n))), ";".join(map(str, range(n, n + m)))
        found = self.ask(
            f"/table/v1/driving/{_path([*from_points, *to_points])}?sources={sources}&destinations={targets}"
        )
        return np.array(found["durations"], dtype=np.float64)

    def route(self, origin: Sequence[float], destination: Sequence[float]) -> dict[str, Any]:
        """The fastest way with its whole line and its steps, as OSRM tells it."""
        options = "overview=full&geometries=geojson&steps=true"
        found: dict[str, Any] = self.ask(f"/route/v1/driving/{_path([origin, destination])}?{options}")["routes"][0]
        return found

    def ask(self, path: str) -> Any:
        """GET over a connection that stays open as long as the server leaves it open."""
        try:
            status, body = self._get(path)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            self._close()  # it hangs up after so many questions
            status, body = self._get(path)
        if status != 200:
            raise AssertionError(f"OSRM answered {status}: {body[:300]!r}")
        return msgspec.json.decode(body)

    def _get(self, path: str) -> tuple[int, bytes]:
        if self._wire is None:
            self._wire = http.client.HTTPConnection("127.0.0.1", self._port, timeout=120)
        self._wire.request("GET", path)
        answer = self._wire.getresponse()
        return answer.status, answer.read()

    def _close(self) -> None:
        if self._wire is not None:
            self._wire.close()
            self._wire = None

    def __enter__(self) -> Self:
        command = [executables() / "bin" / "osrm-routed", "--algorithm", "mld", "--ip", "127.0.0.1"]
        command += ["--port", str(self._port), "--threads", str(self._n_threads)]
        command += ["--max-table-size", str(MOST_PLACES), self._base]
        # Its log of every question would cost it time, and stop it once the pipe is full.
        environment = os.environ | {"DISABLE_ACCESS_LOGGING": "1"}
        self._process = subprocess.Popen(
            [str(part) for part in command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
        )
        assert self._process.stdout is not None
        said = []
        for line in self._process.stdout:
            said.append(line)
            if "running and waiting for requests" in line:
                return self
        self.__exit__(None, None, None)
        raise AssertionError(f"osrm-routed did not start:\n{''.join(said)}")

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def _path(points: Sequence[Sequence[float]]) -> str:
    return ";".join(f"{lon:.6f},{lat:.6f}" for lon, lat in points)


def _profile(profiles: Path) -> str:
    """OSRM's car profile under our speeds and costs; the least time, and nothing to shun a street that is allowed.

    One drives on the right: left to itself, OSRM takes streets near the border for Hong Kong's, where one drives on the left.
    """
    own_speeds = ", ".join(f"{name} = {kmh:g}" for name, kmh in speeds.DRIVE_KMH.items())
    return f"""
package.path = {json.dumps(str(profiles / "?.lua"))} .. ";" .. package.path
local car = require("car")
local as_shipped = car.setup
car.setup = function()
  local profile = as_shipped()
  profile.properties.weight_name = "duration"
  profile.properties.left_hand_driving = false
  profile.properties.u_turn_penalty = {speeds.U_TURN_S:g}
  profile.turn_penalty = {speeds.TURN_S:g}
  profile.turn_bias = {speeds.TURN_BIAS:g}
  profile.oncoming_turn_penalty = {speeds.ONCOMING_S:g}
  profile.speed_reduction = {speeds.LIMIT_SHARE:g}
  profile.default_speed = {speeds.UNUSUAL_KMH:g}
  profile.speeds.highway = {{ {own_speeds} }}
  profile.service_penalties = {{}}
  profile.surface_speeds = {{}}
  profile.tracktype_speeds = {{}}
  profile.smoothness_speeds = {{}}
  profile.lane_markings_penalty = 1
  profile.priority_penalty = 1
  return profile
end
return car
"""


def _fetch() -> None:
    """Into the cache, moved there whole, so that two test processes may do it at once."""
    CACHE.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE.parent, prefix=".osrm-") as scratch:
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "download", "--quiet"]
        options = ["--require-hashes", "--no-deps", "--only-binary=:all:", "--python-version", BUILT_FOR]
        _run([*pip, *options, "--dest", scratch, "--requirement", LOCK])
        (wheel,) = Path(scratch).glob("*.whl")
        with zipfile.ZipFile(wheel) as packed:
            packed.extractall(scratch)
        for program in (Path(scratch) / "osrm" / "bin").iterdir():
            program.chmod(0o755)
        try:
            (Path(scratch) / "osrm").replace(CACHE)
        except OSError:  # another process was first
            if not CACHE.is_dir():
                raise


def _step(program: str, base: Path) -> list[str | Path]:
    return [CACHE / "bin" / program, "--threads", "2", base]


def _run(command: Sequence[str | Path]) -> None:
    """What has to work for the executables to be there; in its own words when it does not."""
    try:
        done = _done(command)
    except OSError as error:
        raise OsrmMissing(f"{command[0]}: {error}") from error
    if done.returncode != 0:
        raise OsrmMissing(f"{' '.join(map(str, command[:4]))}: {(done.stderr or done.stdout).strip()[-600:]}")


def _made(command: Sequence[str | Path]) -> None:
    """What the executables, being there, must be able to do."""
    done = _done(command)
    assert done.returncode == 0, (done.stdout + done.stderr)[-2_000:]


def _done(command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
    words = [str(part) for part in command]
    return subprocess.run(words, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


def mean_absolute_percentage_error(ours_s: FloatArray, theirs_s: FloatArray) -> float:
    """Mean of |ours - theirs| / theirs over all legs of at least a second that both reach."""
    is_told = np.isfinite(ours_s) & np.isfinite(theirs_s) & (theirs_s >= 1.0)
    share = np.abs(ours_s[is_told] - theirs_s[is_told]) / theirs_s[is_told]
    return float(share.mean()) if len(share) else math.nan
