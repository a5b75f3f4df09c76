"""Drills that take hours: what has been played is kept, and a run that was broken off goes on where it stood.

What is kept belongs to one version of the program; delete the folder when a policy has changed.
"""

import os
import subprocess
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.bench.measure import RESULTS
from tests.fakes.live_service import COMMAND

NETWORK: Final = "roads/shenzhen-recon.osm.pbf"
ROADS: Final = RESULTS / "recon"


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """One drill to be played into the folder `out`; `options` are those of `dispatch drill run`."""

    log: Path
    options: Sequence[str]
    out: Path


def play_all(plays: Iterable[Play], roads: Path) -> None:
    """Play those that are not kept yet, on the street network `roads`, as many at once as there are cores."""
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for done in [pool.submit(_play, each, roads) for each in plays]:
            done.result()


def _play(play: Play, roads: Path) -> None:
    """A drill's report is written last, so a folder with a report is a whole one."""
    if not (play.out / "report.json").is_file():
        options = [*play.options, "--roads", str(roads), "--no-compare-estimate", "--out", str(play.out)]
        run("dispatch", "drill", "run", str(play.log), *options)


def recon_roads(data: Path) -> Path:
    """The street network of the whole city's main roads, built once from the recorded `data`."""
    if not (ROADS / "network.json").is_file():
        run("maps-data", "roads", "build", str(data / NETWORK), "--out", str(ROADS))
    return ROADS


def run(program: str, *arguments: str) -> None:
    """One of the project's programs, to its end; CalledProcessError when it fails."""
    command = [str(Path(COMMAND).with_name(program)), *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, start_new_session=True)
