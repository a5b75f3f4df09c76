"""What has to be said of one JSON object so that whoever knows it knows the next (RFC 7396)."""

from collections.abc import Mapping
from typing import Any


def merge_diff(was: Mapping[str, Any] | None, now: Mapping[str, Any] | None) -> Any:
    """The RFC 7396 merge patch from `was` to `now`; `{}` when they are equal, None when `now` is gone."""
    if now is None:
        return {} if was is None else None
    if was is None:
        return dict(now)
    patch: dict[str, Any] = {key: None for key in was if key not in now}
    for key, value in now.items():
        if key not in was:
            patch[key] = value
        elif isinstance(value, dict) and isinstance(was[key], dict):
            if inner := merge_diff(was[key], value):
                patch[key] = inner
        elif value != was[key]:
            patch[key] = value
    return patch
