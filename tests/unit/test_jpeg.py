"""A photograph from a phone says where it was taken; what is kept of it does not, and looks the same."""

import io

import pytest
from PIL import Image

from dispatch.api.jpeg import LARGEST_PX, NotAJpeg, without_metadata

GPS, LATITUDE = 0x8825, 2


def photograph(width: int = 64, height: int = 48, *, progressive: bool = False) -> bytes:
    """As a phone makes it: with its place, a remark, and more behind its end."""
    picture = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    exif = Image.Exif()
    exif[0x010F] = "PhoneMaker"
    exif.get_ifd(GPS)[LATITUDE] = (22.0, 32.0, 35.0)
    told = io.BytesIO()
    picture.save(told, "JPEG", exif=exif, comment=b"ward 7", progressive=progressive, quality=90)
    return told.getvalue() + b"a second picture, PhoneMaker"


@pytest.mark.parametrize("progressive", [False, True])
def test_the_place_goes_and_the_picture_stays(progressive: bool) -> None:
    taken = photograph(progressive=progressive)
    kept = without_metadata(taken)
    assert b"PhoneMaker" in taken
    for told in (b"PhoneMaker", b"ward 7", b"Exif"):
        assert told not in kept
    with Image.open(io.BytesIO(taken)) as was, Image.open(io.BytesIO(kept)) as now:
        assert dict(now.getexif()) == {}
        assert now.tobytes() == was.tobytes()
    assert without_metadata(kept) == kept


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"GIF89a",
        photograph()[:200],
        photograph(LARGEST_PX + 8, 8),
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8\xff\xe0\x00\x01",
    ],
    ids=["nothing", "something else", "cut off", "too wide", "empty", "a length that is none"],
)
def test_what_is_no_whole_photograph_is_refused(broken: bytes) -> None:
    with pytest.raises(NotAJpeg):
        without_metadata(broken)


@pytest.mark.parametrize("at", range(2, 620, 7))
def test_a_byte_that_fell_over_is_refused_or_does_no_harm(at: int) -> None:
    taken = bytearray(photograph())
    taken[at] ^= 0xFF
    try:
        kept = without_metadata(bytes(taken))
    except NotAJpeg:
        return
    assert len(kept) <= len(taken)
