"""A photograph without what a camera writes beside it: where it was taken, when, by which device, and a small copy of the whole.

The container is ISO/IEC 10918-1 annex B: markers, most with a length, and after a scan's header its coded data, in which 0xFF is
followed by 0 or a restart marker.

Nothing is unpacked here: the coded data goes through as it came, so that an ECG loses nothing by being coded again, and no decoder in
the process that dispatches reads what a stranger has sent.
"""

from collections.abc import Iterator
from typing import Final

LARGEST_PX: Final = 4096
"""Of either side: a screen shows less, and a page that unpacks more may fail. A choice of ours."""
_START, _END, _SCAN, _COMMENT = 0xD8, 0xD9, 0xDA, 0xFE
_RESTART: Final = frozenset({0x00, *range(0xD0, 0xD8)})
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# All application segments but JFIF's own and Adobe's, which says how colours are coded.
_TOLD_BESIDE: Final = frozenset({*range(0xE1, 0xEE), 0xEF, _COMMENT})


class NotAJpeg(ValueError):
    """It is none, or one that cannot be shown."""


def without_metadata(jpeg: bytes) -> bytes:
    """The same picture without EXIF, comments and what follows its end. `NotAJpeg` when it is none, is cut off, or is too large."""
    if jpeg[:2] != bytes((0xFF, _START)):
        raise NotAJpeg("no start of image")
    kept = bytearray(jpeg[:2])
    has_frame = False
    for marker, segment in _segments(jpeg):
        if marker in _FRAMES:
            _require_size(segment)
            has_frame = True
        if marker not in _TOLD_BESIDE:
            kept += segment
    if not has_frame:
        raise NotAJpeg("no frame")
    return bytes(kept)


def _segments(jpeg: bytes) -> Iterator[tuple[int, bytes]]:
    """Each marker with its bytes, a scan's coded data with it, up to the end of the image."""
    at = 2
    while True:
        while jpeg[at : at + 2] == b"\xff\xff":  # fill bytes
            at += 1
        if len(jpeg) < at + 2 or jpeg[at] != 0xFF:
            raise NotAJpeg("cut off, or no marker where one must stand")
        marker = jpeg[at + 1]
        if marker == _END:
            yield marker, jpeg[at : at + 2]
            return
        length = int.from_bytes(jpeg[at + 2 : at + 4])
        end = at + 2 + length
        if length < 2 or end > len(jpeg):
            raise NotAJpeg("a segment is cut off")
        if marker == _SCAN:
            end = _end_of_scan(jpeg, end)
        yield marker, jpeg[at:end]
        at = end


def _end_of_scan(jpeg: bytes, at: int) -> int:
    """Where the next marker stands."""
    while (at := jpeg.find(b"\xff", at)) != -1 and at + 1 < len(jpeg):
        if jpeg[at + 1] not in _RESTART:
            return at
        at += 2
    raise NotAJpeg("a scan is cut off")


def _require_size(frame: bytes) -> None:
    height_px, width_px = int.from_bytes(frame[5:7]), int.from_bytes(frame[7:9])
    if not (0 < height_px <= LARGEST_PX and 0 < width_px <= LARGEST_PX):
        raise NotAJpeg(f"{width_px} x {height_px} px, at most {LARGEST_PX} either way")
