"""Answers that are kept: unchanged ones are not sent again, and those who take gzip get it as it was made once."""

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from dispatch.api.answers import encode
from dispatch.api.map_layers import Encoded


class GeoJson(JSONResponse):
    """An answer in GeoJSON (RFC 7946), given as the bytes that it is."""

    media_type = "application/geo+json"

    def render(self, content: bytes) -> bytes:
        return content


def geojson(value: object, cache_control: str) -> GeoJson:
    """A GeoJSON answer made for this request."""
    return GeoJson(encode(value), headers={"Cache-Control": cache_control})


def send(request: Request, kept: Encoded | bytes, cache_control: str) -> Response:
    """A kept answer: 304 for who has it already (RFC 9110, 13.1.2), compressed for who takes gzip."""
    headers = {"Cache-Control": cache_control, "Vary": "Accept-Encoding"}
    if isinstance(kept, bytes):
        return GeoJson(kept, headers=headers)
    headers["ETag"] = kept.etag
    if _has(request, kept.etag):
        return Response(status_code=304, headers=headers)
    if not _takes_gzip(request):
        return GeoJson(kept.plain, headers=headers)
    return GeoJson(kept.gzipped, headers={**headers, "Content-Encoding": "gzip"})


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
