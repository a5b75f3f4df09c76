"""How a command asks a running service to exchange its AED data: over HTTP, with a person's token."""

import json
import os
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final, NoReturn

from maps_data.cli_sentences import refuse
from maps_data.imported import OWN

TOKEN_VARIABLE: Final = "DISPATCH_TOKEN"  # noqa: S105 - its name
TIMEOUT_S: Final = 120.0
"""The service reads 60,000 devices twice before it answers, behind everything more urgent."""


@dataclass(frozen=True, slots=True)
class RunningService:
    """A service at `url`; `token` of a supervisor or administrator, None in development mode."""

    url: str
    token: str | None

    def state(self) -> dict[str, Any]:
        """The AED data in force and kept."""
        return self._asked("GET", "/api/v1/aed-data")

    def order(self, version: str | None, reason: str, *, instead_of: int, allow_removals: bool) -> dict[str, Any]:
        """Put a version in force, or the city's own devices (None)."""
        wanted = {"version": version or OWN, "reason": reason, "instead_of": instead_of}
        return self._asked("POST", "/api/v1/aed-data/order", {**wanted, "allow_removals": allow_removals})

    def _asked(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """The answer; a refusal ends the command with the service's own words."""
        if urllib.parse.urlsplit(self.url).scheme not in {"http", "https"}:
            refuse(
                f"--service 应为 http 或 https 网址：{self.url}",
                f"--service must be an http or https address: {self.url}",
            )
        headers = {"Content-Type": "application/json"} | (
            {"Authorization": f"Bearer {self.token}"} if self.token else {}
        )
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url.rstrip("/") + path, content, headers, method=method)  # noqa: S310 - checked
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 - checked
                said: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as error:
            _not_done(*_said(error))
        except (OSError, HTTPException, ValueError) as error:
            _not_done(str(error), str(error))
        return said


def _not_done(zh: str, en: str) -> NoReturn:
    refuse(f"服务未照办：{zh}", f"the service did not do it: {en}", code=1)


def service_at(url: str, token_file: Path | None) -> RunningService:
    """The service that a command names; its token is in a file or in the environment."""
    try:
        token = token_file.read_text(encoding="utf-8").strip() if token_file else os.environ.get(TOKEN_VARIABLE)
    except OSError as error:
        refuse(f"读不到令牌文件：{error}", f"the file of the token cannot be read: {error}")
    return RunningService(url, token or None)


def _said(error: urllib.error.HTTPError) -> tuple[str, str]:
    """A problem's sentences (RFC 9457), with what it is about."""
    try:
        problem = json.loads(error.read())
        about = f" ({problem['context']})" if problem.get("context") else ""
        return problem["detail"] + about, problem["detail_en"] + about
    except (ValueError, KeyError, TypeError, OSError):
        return str(error), str(error)
