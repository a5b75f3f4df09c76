"""OpenStreetMap's PBF container: what is in a file, found without decoding it, so that a bad file is refused before anything else.

A file is a row of blobs: four bytes with the length of a blob's header (big endian), that header, and the data, whose length
the header states. The first blob is the file's own header. A file that ends within a blob was cut off. (A file cut off exactly
between two blobs is a valid one: the format has no end mark. `maps-data roads download` compares with the length announced.)

Reference: https://wiki.openstreetmap.org/wiki/PBF_Format
"""

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

MOST_HEADER_BYTES: Final = 64 * 1024
"""A blob's header is shorter than 64 KiB (format reference); anything longer is not a PBF."""

MOST_BLOB_BYTES: Final = 32 * 1024 * 1024
"""A blob is shorter than 32 MiB (format reference)."""

CHUNK_BYTES: Final = 8 * 1024 * 1024
"""How much is decoded at a time: memory stays bounded, progress moves. A choice of ours."""

_LENGTH: Final = struct.Struct(">I")


class SourceError(ValueError):
    """The source of streets cannot be used; says why in one sentence, in Chinese (`zh`) and English (`en`)."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh, self.en = zh, en


@dataclass(frozen=True, slots=True)
class Layout:
    """Where blobs end: `header_end` of the file's header, then of each blob of data, in bytes from the start."""

    header_end: int
    blob_ends: tuple[int, ...]

    @property
    def n_bytes(self) -> int:
        """Length of the whole file."""
        return self.blob_ends[-1] if self.blob_ends else self.header_end


def layout_of(path: Path) -> Layout:
    """Where the blobs of a file are. Raises SourceError for a file that is missing, not a PBF, or cut off."""
    try:
        with path.open("rb") as file:
            return _layout(file, path)
    except OSError as error:
        raise SourceError(f"无法读取 {path}：{error.strerror}", f"{path} cannot be read: {error.strerror}") from error


def chunks(path: Path, layout: Layout) -> Iterator[bytes]:
    """The file in pieces of about CHUNK_BYTES, each a valid PBF by itself (each begins with the file's header)."""
    with path.open("rb") as file:
        header = file.read(layout.header_end)
        start = layout.header_end
        for end in layout.blob_ends:
            if end - start >= CHUNK_BYTES or end == layout.n_bytes:
                yield header + file.read(end - start)
                start = end


def sha256_of(path: Path) -> str:
    """The file's SHA-256, by which anyone can tell that it is the same extract."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _layout(file: BinaryIO, path: Path) -> Layout:
    size = file.seek(0, 2)
    file.seek(0)
    ends: list[int] = []
    position = 0
    while position < size:
        kind, position = _blob(file, position, size, path, is_first=not ends)
        if (kind == b"OSMHeader") != (not ends):
            raise _not_pbf(path)
        ends.append(position)
    if not ends:
        raise _not_pbf(path)
    return Layout(ends[0], tuple(ends[1:]))


def _blob(file: BinaryIO, start: int, size: int, path: Path, *, is_first: bool) -> tuple[bytes, int]:
    """The kind of the blob at `start`, and where it ends."""
    broken = _not_pbf(path) if is_first else _cut_off(path, start, size)
    file.seek(start)
    length_bytes = file.read(_LENGTH.size)
    if len(length_bytes) < _LENGTH.size:
        raise broken
    (header_length,) = _LENGTH.unpack(length_bytes)
    if header_length > MOST_HEADER_BYTES:
        raise _not_pbf(path)
    header = file.read(header_length)
    if len(header) < header_length:
        raise broken
    fields = _fields(header, path)
    kind, data_length = fields.get(1), fields.get(3)
    if not isinstance(kind, bytes) or not isinstance(data_length, int) or data_length > MOST_BLOB_BYTES:
        raise _not_pbf(path)
    end = start + _LENGTH.size + header_length + data_length
    if end > size:
        raise _cut_off(path, start, size)
    return kind, end


def _fields(message: bytes, path: Path) -> dict[int, bytes | int]:
    """The fields of a flat protobuf message of numbers (wire type 0) and bytes (wire type 2)."""
    fields: dict[int, bytes | int] = {}
    position = 0
    try:
        while position < len(message):
            key, position = _varint(message, position)
            value, position = _varint(message, position)
            match key & 7:
                case 0:
                    fields[key >> 3] = value
                case 2:
                    fields[key >> 3] = message[position : position + value]
                    position += value
                case _:
                    raise _not_pbf(path)
    except IndexError:
        raise _not_pbf(path) from None
    return fields


def _varint(message: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[position]
        value |= (byte & 0x7F) << shift
        position += 1
        if byte < 0x80:
            return value, position
        shift += 7


def _not_pbf(path: Path) -> SourceError:
    return SourceError(
        f"{path} 不是 OpenStreetMap 的 PBF 文件，请提供 .osm.pbf 格式的数据",
        f"{path} is not a PBF file of OpenStreetMap; bring an extract in the format .osm.pbf",
    )


def _cut_off(path: Path, start: int, size: int) -> SourceError:
    return SourceError(
        f"{path} 不完整：第 {start:,} 字节开始的数据块在文件末尾（{size:,} 字节）被截断，请重新下载",
        f"{path} is incomplete: the block that begins at byte {start:,} is cut off by the end of the file"
        f" ({size:,} bytes); download it again",
    )
