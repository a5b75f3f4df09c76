"""A text as one websocket frame. What a server sends is not masked (RFC 6455, section 5.1), so the same bytes do for every client."""

from websockets.frames import Frame, Opcode


def framed_text(payload: bytes) -> bytes:
    """The payload as one unmasked, final text frame (RFC 6455, section 5.2)."""
    return Frame(Opcode.TEXT, payload).serialize(mask=False)
