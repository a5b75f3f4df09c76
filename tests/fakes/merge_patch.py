"""RFC 7396, word for word from its section 2: what a client needs to follow the world, and nothing else."""

from typing import Any


def merge(target: Any, patch: Any) -> Any:
    """`target` after `patch`."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged
