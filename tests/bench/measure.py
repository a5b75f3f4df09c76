"""What every benchmark measures with and hands in: stopwatches, tables, limits, and where recorded data is.

A figure of a shared machine means little by itself. So every table holds a floor (the least work that could give the
answer) or a peer (another way to do it), measured in the same run, and the ratio to it.
"""

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeAlias

import numpy as np
import numpy.typing as npt

ROOT: Final = Path(__file__).resolve().parents[2]
RESULTS: Final = ROOT / "build" / "bench"
SEED: Final = 1

Value: TypeAlias = bool | int | float | str | None
FloatArray: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under bilingual headings; `columns` gives the heading of each key of a row."""

    title: str
    columns: dict[str, str]
    rows: list[dict[str, Value]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One promise of the project, what was measured of it, and whether it holds."""

    promise: str
    measured: Value
    bound: str
    holds: bool


@dataclass(slots=True, kw_only=True)
class Findings:
    """What one benchmark found. `missing` says what could not be measured, and why."""

    title: str
    method: str
    tables: list[Table] = field(default_factory=list)
    limits: list[Limit] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def below(promise: str, measured: float, bound: float, unit: str) -> Limit:
    """`measured` must be less than `bound`, both in `unit`."""
    return Limit(promise=promise, measured=significant(measured), bound=f"< {bound:g} {unit}", holds=measured < bound)


def at_least(promise: str, measured: float, bound: float, unit: str) -> Limit:
    """`measured` must reach `bound`, both in `unit`."""
    return Limit(promise=promise, measured=significant(measured), bound=f"≥ {bound:g} {unit}", holds=measured >= bound)


def equal(promise: str, measured: Value, wanted: Value) -> Limit:
    """`measured` must be exactly `wanted`."""
    return Limit(promise=promise, measured=measured, bound=f"= {wanted}", holds=measured == wanted)


def significant(value: float) -> float:
    """Three significant digits: more would be noise on a shared machine."""
    return float(f"{value:.3g}")


class Stopwatch:
    """Wall and processor time of each `with` block, in seconds; the processor time is that of the whole process."""

    def __init__(self) -> None:
        self.wall_s: list[float] = []
        self.cpu_s: list[float] = []

    def __enter__(self) -> Self:
        self._cpu_began_s, self._wall_began_s = time.process_time(), time.perf_counter()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.wall_s.append(time.perf_counter() - self._wall_began_s)
        self.cpu_s.append(time.process_time() - self._cpu_began_s)


def percentile_ms(seconds: Iterable[float], share: float) -> float:
    """A percentile of durations in seconds, in milliseconds (linear between order statistics)."""
    return float(np.percentile(np.fromiter(seconds, np.float64), share)) * 1e3


def ratio(measured: float, floor: float) -> float:
    """How many times the floor."""
    return significant(measured / floor)


def recorded_data() -> Path | None:
    """The folder of recorded call logs: `DISPATCH_TEST_DATA`, else `../shared/data`; None where there is none.

    FileNotFoundError when the variable names a folder that is not there.
    """
    named = os.environ.get("DISPATCH_TEST_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if named and not folder.is_dir():
        raise FileNotFoundError(f"DISPATCH_TEST_DATA names {folder}, which is not a folder")
    return folder.resolve() if folder.is_dir() else None
