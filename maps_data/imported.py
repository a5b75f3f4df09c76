"""AEDs imported into a service's data directory: content-addressed versions and one pointer to the current one.

`DATA_DIR/maps/aeds/<version>/` holds `aeds.csv`, the `evidence.csv` lines that it refers to, and `entries.csv`: what each
registry says by itself, before devices that several of them know were merged. `current.json` beside them names the version
in force and the one before. A version is complete before the pointer is replaced, which is one atomic rename: a crash leaves
the old or the new devices, never half of them. A version None stands for the devices that the city's own data set has.

A running service takes up a version by an order in its journal, which the pointer follows. A pointer that was set by hand since is
taken up when the service starts next.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import msgspec

from maps_data.manifest import content_hash, read_text
from maps_data.tables import DataError, day, parse_table

AEDS: Final = "aeds.csv"
EVIDENCE: Final = "evidence.csv"
ENTRIES: Final = "entries.csv"
POINTER: Final = "current.json"


OWN: Final = "own"
"""How a person names the devices of the city's own data set, which are no imported version."""


class Pointer(msgspec.Struct, frozen=True, kw_only=True):
    """Which version is in force, and which was before it. `order` is the number of the journal's event that it follows or, set
    by hand, has seen; 0 where there was none.
    """

    version: str | None
    previous: str | None
    valid_from: date | None = None
    order: int = 0
    is_by_hand: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedAeds:
    """One imported version as the texts of its files; `entries_csv` is empty in versions that knew one registry only."""

    version: str
    valid_from: date
    aeds_csv: str
    evidence_csv: str
    entries_csv: str


def laid_over(files: Mapping[str, str], *, aeds_csv: str, evidence_csv: str) -> dict[str, str]:
    """A data set's files with its AEDs replaced and the import's evidence added to its own."""
    _, _, rows = evidence_csv.partition("\n")
    return {**files, AEDS: aeds_csv, EVIDENCE: files.get(EVIDENCE, "").rstrip("\n") + "\n" + rows}


def aeds_directory(data_dir: Path) -> Path:
    """Where a data directory keeps its imported AEDs."""
    return data_dir / "maps" / "aeds"


def current_pointer(data_dir: Path) -> Pointer | None:
    """The version in force, or None if nothing was imported yet."""
    path = aeds_directory(data_dir) / POINTER
    if not path.is_file():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=Pointer)
    except msgspec.DecodeError as error:
        raise DataError(f"{path} 已损坏：{error}，请重新导入", f"{path} is damaged: {error}; import again") from None


def imported_aeds(data_dir: Path) -> ImportedAeds | None:
    """The imported registry in force, or None. DataError if its files do not match their version."""
    pointer = current_pointer(data_dir)
    return None if pointer is None or pointer.version is None else read_version(data_dir, pointer.version)


def keep(data_dir: Path, texts: Mapping[str, str]) -> str:
    """Write a version, given as the texts of its files, beside the others, and return its name; what is in force stays so."""
    for name, content in texts.items():
        parse_table(name, content)
    version = version_of(texts)
    folder = aeds_directory(data_dir) / version
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in texts.items():
        write_durably(folder / name, content)
    return version


def swap_in(data_dir: Path, texts: Mapping[str, str]) -> Pointer:
    """Make a version, given as the texts of its files, the current one; the one before stays on disk and is named by the pointer."""
    return point_to(data_dir, keep(data_dir, texts))


def roll_back(data_dir: Path, version: str | None = None) -> Pointer:
    """Put an earlier version in force again: the one before, or the one that is named (`OWN`: the city's own devices).

    DataError if there is none such.
    """
    return point_to(data_dir, version_before(data_dir, version))


def version_before(data_dir: Path, version: str | None = None) -> str | None:
    """What `roll_back` goes back to."""
    if version == OWN:
        return None
    pointer = current_pointer(data_dir)
    to = version or (pointer.previous if pointer else None)
    if to is None or to not in versions(data_dir):
        raise DataError(
            f"没有可以退回的版本 {to or ''}；已有版本见 maps-data aeds versions",
            f"there is no version {to or ''} to go back to; `maps-data aeds versions` lists those that there are",
        )
    return to


def point_to(data_dir: Path, version: str | None, *, order: int | None = None) -> Pointer:
    """Put a version in force, once it is found to be whole: by hand, or as a journal's `order` says. DataError if it is not."""
    valid_from = None if version is None else read_version(data_dir, version).valid_from
    before = current_pointer(data_dir)
    has_changed = before is not None and before.version != version
    previous = None if before is None else before.version if has_changed else before.previous
    seen = before.order if before else 0
    pointer = Pointer(
        version=version,
        previous=previous,
        valid_from=valid_from,
        order=seen if order is None else order,
        is_by_hand=order is None,
    )
    aeds_directory(data_dir).mkdir(parents=True, exist_ok=True)
    write_durably(aeds_directory(data_dir) / POINTER, msgspec.json.encode(pointer).decode())
    return pointer


def versions(data_dir: Path) -> list[str]:
    """The versions on disk, the latest written first."""
    folders = [path.parent for path in aeds_directory(data_dir).glob(f"*/{AEDS}")]
    return [folder.name for folder in sorted(folders, key=lambda folder: folder.stat().st_mtime_ns, reverse=True)]


def read_version(data_dir: Path, version: str) -> ImportedAeds:
    """A version's texts. DataError if it is not there, or not what it was when it was written."""
    texts = read_texts(data_dir, version)
    return ImportedAeds(
        version=version,
        valid_from=_valid_from(texts[EVIDENCE]),
        aeds_csv=texts[AEDS],
        evidence_csv=texts[EVIDENCE],
        entries_csv=texts.get(ENTRIES, ""),
    )


def is_whole(data_dir: Path, version: str) -> bool:
    """Whether a version can be read as it was written."""
    try:
        return bool(read_texts(data_dir, version))
    except (DataError, OSError):
        return False


def read_texts(data_dir: Path, version: str) -> dict[str, str]:
    """The same as its files are, by their names."""
    folder = aeds_directory(data_dir) / version
    texts = {name: read_text(folder / name) for name in (AEDS, EVIDENCE, ENTRIES) if (folder / name).is_file()}
    if not {AEDS, EVIDENCE} <= texts.keys() or version_of(texts) != version:
        raise DataError(
            f"{folder} 不在，或内容已被改动，请重新导入",
            f"{folder} is not there, or was changed since it was imported; import again",
        )
    return texts


def _valid_from(evidence_csv: str) -> date:
    """The day of the latest registry: before it, what all of them together say was not yet known."""
    return max(parse_table(EVIDENCE, evidence_csv).column("dated", day))


def version_of(texts: Mapping[str, str]) -> str:
    """The name of an imported version: 12 hex digits of the hash of its files."""
    return content_hash(texts)[:12]


def write_durably(path: Path, content: str) -> None:
    """Write beside `path`, flush to disk, then rename over it; processes that do so at once do not meet."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    with beside.open("w", encoding="utf-8", newline="") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
