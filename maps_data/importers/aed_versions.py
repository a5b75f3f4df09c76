"""The versions of the devices that a data directory keeps: which there are, how two of them differ, and a new one out of a file.

Nothing here is put in force.
"""

import re
import tempfile
import zlib
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from multiprocessing import get_context
from os import nice
from pathlib import Path
from typing import Final, TypeVar

from maps_data.imported import AEDS, EVIDENCE, aeds_directory, read_version, versions
from maps_data.importers.aed_diff import Diff, diff_of
from maps_data.importers.aed_formats import AedFormat
from maps_data.importers.aed_rows import Cells, Rejected
from maps_data.importers.aeds import plan_import, rows_of
from maps_data.manifest import Dataset, read_text
from maps_data.tables import DataError
from routing.datum import Datum

T = TypeVar("T")

LARGEST_BYTES: Final = 64_000_000
"""Of a file when it is unpacked; 60,000 devices with all their columns are some 15 MB. Choice of ours."""

LAST_IN_LINE: Final = 10
"""Of 19 (nice(2)): a file is read while crews are being sent, which goes first. Choice of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A version on disk: its registries in words (Chinese, English), the day of the latest, and when it was written."""

    version: str
    valid_from: date
    written_at: datetime
    registries: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A version made of a file, which is in force nowhere yet; `rejected` are the rows that could not be used, with their reasons."""

    version: str
    n_imported: int
    n_merged: int
    n_repeated: int
    n_hours_unreadable: int
    rejected: tuple[Rejected, ...]


def kept(data_dir: Path) -> list[Kept]:
    """The versions on disk, the latest written first; whether their files are whole is found out when one is read."""
    return [_kept(data_dir, version) for version in versions(data_dir)]


def _kept(data_dir: Path, version: str) -> Kept:
    folder = aeds_directory(data_dir) / version
    said = rows_of(EVIDENCE, read_text(folder / EVIDENCE)) if (folder / EVIDENCE).is_file() else []
    return Kept(
        version=version,
        valid_from=max((date.fromisoformat(line["dated"]) for line in said), default=date.min),
        written_at=datetime.fromtimestamp((folder / AEDS).stat().st_mtime, UTC),
        registries=tuple((line["text_zh"], line["text_en"]) for line in said),
    )


def difference(dataset: Dataset, data_dir: Path, before: str | None, after: str | None) -> Diff:
    """What changes from one version to another; None is the city's own devices. DataError when one is not there or not whole."""
    was, now = (_devices(dataset, data_dir, version) for version in (before, after))
    return diff_of(was, now)


def _devices(dataset: Dataset, data_dir: Path, version: str | None) -> list[Cells]:
    text = dataset.text_of(AEDS) if version is None else read_version(data_dir, version).aeds_csv
    return rows_of(AEDS, text)


def take(
    content: bytes,
    *,
    name: str,
    kind: AedFormat,
    datum: Datum,
    data_dir: Path,
    registry: str | None = None,
    dated: date | None = None,
    city: Path | None = None,
) -> Taken:
    """Make a version of a file that somebody has sent, packed by gzip or not, and calls `name`. DataError as in `plan_import`."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / (re.sub(r"[^\w.\-]", "_", name).lstrip(".")[-80:] or "registry")
        path.write_bytes(_unpacked(content))
        plan = plan_import(path, kind=kind, datum=datum, data_dir=data_dir, registry=registry, dated=dated, city=city)
        return Taken(
            version=plan.keep(),
            n_imported=plan.n_imported,
            n_merged=plan.n_merged,
            n_repeated=plan.n_repeated,
            n_hours_unreadable=plan.n_hours_unreadable,
            rejected=plan.rejected,
        )


def _unpacked(content: bytes) -> bytes:
    if content[:2] != b"\x1f\x8b":
        return content
    unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        unpacked = unpacking.decompress(content, LARGEST_BYTES)
    except zlib.error as error:
        raise DataError(f"文件的 gzip 压缩已损坏：{error}", f"the file's gzip packing is damaged: {error}") from None
    if unpacking.unconsumed_tail or not unpacking.eof:
        raise DataError("文件不完整，或解压后太大", "the file is not whole, or too large when it is unpacked")
    return unpacked


def aside(work: Callable[[], T]) -> T:
    """Do `work` in a process of its own that gives way to others, and wait for it: reading a registry takes seconds of a processor."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=partial(nice, LAST_IN_LINE)) as pool:
        return pool.submit(work).result()
