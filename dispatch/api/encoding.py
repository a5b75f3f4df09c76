"""Values as the bytes of an answer."""

import msgspec

_encoder = msgspec.json.Encoder()


def encode(value: object) -> bytes:
    """JSON; instants in RFC 3339."""
    return _encoder.encode(value)
