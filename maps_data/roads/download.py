"""Fetching an extract from an address that the user gives; nothing here is called unless it is asked for."""

import http.client
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Final

from maps_data.roads.pbf import SourceError, layout_of

TIMEOUT_S: Final = 60.0
"""Without a byte for so long, the download is given up. A choice of ours."""

PART_BYTES: Final = 1 << 20

OnBytes = Callable[[int, int | None], None]
"""Told how many bytes have come, of how many (None: the server does not say)."""


def download(url: str, file: Path, *, on_bytes: OnBytes = lambda *_: None) -> int:
    """Fetch `url` into `file` and return its length in bytes; the file appears only when it is complete and a PBF.

    Raises SourceError for an address that is not http or https, for a failure on the way, a file shorter than announced, and one
    that is not a PBF; then `file` is as it was.
    """
    if urllib.parse.urlsplit(url).scheme not in {"http", "https"}:
        raise SourceError(f"{url} 不是 http 或 https 网址", f"{url} is not an http or https address")
    partial = file.with_name(f"{file.name}.part")
    try:
        n_bytes = _fetch(url, partial, on_bytes)
        layout_of(partial)
        partial.replace(file)
    except (OSError, http.client.HTTPException) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        if isinstance(error, urllib.error.HTTPError):
            error.close()  # an answer like "not found" holds its connection
        raise SourceError(f"下载 {url} 失败：{reason}", f"downloading {url} failed: {reason}") from error
    finally:
        partial.unlink(missing_ok=True)
    return n_bytes


def _fetch(url: str, partial: Path, on_bytes: OnBytes) -> int:
    with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer, partial.open("wb") as file:  # noqa: S310 - scheme was checked
        announced = answer.headers.get("Content-Length")
        total = int(announced) if announced and announced.isdecimal() else None
        n_bytes = 0
        while part := answer.read(PART_BYTES):
            file.write(part)
            n_bytes += len(part)
            on_bytes(n_bytes, total)
    if total is not None and n_bytes != total:
        raise SourceError(
            f"下载 {url} 中断：收到 {n_bytes:,} 字节，应为 {total:,} 字节",
            f"downloading {url} broke off: {n_bytes:,} of {total:,} bytes came",
        )
    return n_bytes
