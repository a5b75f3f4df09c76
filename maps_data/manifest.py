"""The manifest of a city's data set (`dataset.toml`) and its files, read as text and named by their content."""

import gzip
import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import msgspec

from maps_data.tables import DataError, Table, parse_table
from maps_data.vocabulary import DesignationKind, RecordClass
from routing.geo import Wgs84

MANIFEST: Final = "dataset.toml"


class Bounds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The box that holds every coordinate of the city, WGS-84."""

    south_deg: float
    north_deg: float
    west_deg: float
    east_deg: float

    def holds(self, point: Wgs84) -> bool:
        return self.south_deg <= point.lat_deg <= self.north_deg and self.west_deg <= point.lon_deg <= self.east_deg


class DesignationList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many members a treatment map must have, and the day of the list; earlier absences are unknown."""

    members: int
    dated: date


class FileProvenance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the rows of a file are, unless a row says otherwise; `evidence` is an id of evidence.csv."""

    record_class: RecordClass
    evidence: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a data set says of itself."""

    name: str
    name_zh: str
    name_en: str
    version: str
    valid_from: date
    time_zone: str
    bounds: Bounds
    designation_lists: dict[DesignationKind, DesignationList]
    files: dict[str, FileProvenance]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A data set as text: `files` maps each logical name (without `.gz`) to its content with LF line ends."""

    directory: Path
    manifest: Manifest
    files: Mapping[str, str]

    @property
    def data_version(self) -> str:
        """Name and version with the first 12 hex digits of `content_hash`, as in `shenzhen-2026.11-0123456789ab`."""
        return f"{self.manifest.name}-{self.manifest.version}-{content_hash(self.files)[:12]}"

    def text_of(self, name: str) -> str:
        """A file's text. DataError if the data set lacks it."""
        if name not in self.files:
            raise DataError(
                f"{self.directory} 缺少 {name}，请补上，或检查 --city 的目录",
                f"{self.directory} has no {name}; add it, or check the directory given to --city",
            )
        return self.files[name]


def read_dataset(directory: Path) -> Dataset:
    """Read every `.csv`, `.csv.gz`, `.geojson` and the manifest of a directory; nothing is interpreted yet."""
    if not (directory / MANIFEST).is_file():
        raise DataError(
            f"{directory} 里没有 {MANIFEST}，不是城市数据目录",
            f"{directory} has no {MANIFEST}; it is not a city's data set",
        )
    paths = [path for path in sorted(directory.iterdir()) if path.name.endswith((".csv", ".csv.gz", ".geojson"))]
    files = {path.name.removesuffix(".gz"): read_text(path) for path in paths}
    if len(files) < len(paths):
        raise DataError(
            f"{directory} 里同一文件有 .csv 与 .csv.gz 两份，请只留一份",
            f"{directory} holds a file both as .csv and as .csv.gz; keep one of them",
        )
    manifest_text = read_text(directory / MANIFEST)
    return Dataset(
        directory=directory,
        manifest=_parse_manifest(directory / MANIFEST, manifest_text),
        files={MANIFEST: manifest_text, **files},
    )


def read_text(path: Path) -> str:
    """A UTF-8 file's text, decompressed if its name ends in `.gz`, with LF line ends. DataError if it is neither."""
    try:
        raw = path.read_bytes()
        return (gzip.decompress(raw) if path.name.endswith(".gz") else raw).decode("utf-8-sig").replace("\r\n", "\n")
    except (UnicodeDecodeError, gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(
            f"{path} 不是完好的 UTF-8（或 gzip）文件：{error}", f"{path} is not an intact UTF-8 (or gzip) file: {error}"
        ) from None


def read_table(path: Path) -> Table:
    """The table of a CSV file. DataError when it cannot be read, or is none."""
    try:
        return parse_table(path.name, read_text(path))
    except OSError as error:
        raise DataError(f"无法读取 {path}：{error}", f"{path} cannot be read: {error}") from None


def content_hash(files: Mapping[str, str]) -> str:
    """SHA-256 over the files' names, lengths and texts in the order of their names; how they are packed does not count."""
    digest = hashlib.sha256()
    for name in sorted(files):
        content = files[name].encode()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _parse_manifest(path: Path, text: str) -> Manifest:
    try:
        return msgspec.toml.decode(text, type=Manifest)
    except msgspec.DecodeError as error:
        raise DataError(f"{path} 无法读取：{error}", f"{path} cannot be read: {error}") from None
