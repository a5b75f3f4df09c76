"""Answers that are kept: unchanged ones are not sent again, and those who take gzip get it as it was made once."""

import hashlib
from typing import Any, Final

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from dispatch.api.encoding import encode
from dispatch.api.map_layers import Encoded, compressed

UNCHANGED: Final[dict[int | str, dict[str, Any]]] = {
    304: {"description": "Not Modified: `If-None-Match` named what is current"}
}


class Json(JSONResponse):
    """An answer in JSON, given as the bytes that it is."""

    def render(self, content: bytes) -> bytes:
        return content


class GeoJson(Json):
    """The same in GeoJSON (RFC 7946)."""

    media_type = "application/geo+json"


def geojson(value: object, cache_control: str) -> GeoJson:
    """A GeoJSON answer made for this request."""
    return GeoJson(encode(value), headers={"Cache-Control": cache_control})


def tagged(value: object) -> Encoded:
    """An answer made for this request whose tag is a digest of its content."""
    plain = encode(value)
    return compressed(hashlib.sha256(plain).hexdigest()[:16], plain)


def send(request: Request, kept: Encoded | bytes, cache_control: str, kind: type[Json] = GeoJson) -> Response:
    """A kept answer: 304 for who has it already (RFC 9110, 13.1.2), compressed for who takes gzip."""
    headers = {"Cache-Control": cache_control, "Vary": "Accept-Encoding"}
    if isinstance(kept, bytes):
        return kind(kept, headers=headers)
    headers["ETag"] = kept.etag
    if _has(request, kept.etag):
        return Response(status_code=304, headers=headers)
    if not _takes_gzip(request):
        return kind(kept.plain, headers=headers)
    return kind(kept.gzipped, headers={**headers, "Content-Encoding": "gzip"})


def _has(request: Request, etag: str) -> bool:
    """Whether `If-None-Match` names the tag; the comparison is weak."""
    offered = request.headers.get("If-None-Match", "").split(",")
    return any(tag.strip() in {"*", etag} or f"W/{tag.strip()}" == etag for tag in offered)


def _takes_gzip(request: Request) -> bool:
    """Whether `Accept-Encoding` names gzip and does not rule it out with a weight of zero."""
    for part in request.headers.get("Accept-Encoding", "").split(","):
        coding, _, weight = part.partition(";")
        if coding.strip().lower() == "gzip":
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
