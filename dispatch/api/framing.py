"""A text as one websocket frame. What a server sends is not masked (RFC 6455, section 5.1), so the same bytes do for every client."""

from typing import Final

_TEXT: Final = 0x81
_MOST_SHORT, _TWO_BYTES, _EIGHT_BYTES = 125, 126, 127


def framed_text(payload: bytes) -> bytes:
    """The payload as one unmasked, final text frame (RFC 6455, section 5.2)."""
    size = len(payload)
    if size <= _MOST_SHORT:
        return bytes((_TEXT, size)) + payload
    if size < 1 << 16:
        return bytes((_TEXT, _TWO_BYTES)) + size.to_bytes(2) + payload
    return bytes((_TEXT, _EIGHT_BYTES)) + size.to_bytes(8) + payload
