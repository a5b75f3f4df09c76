"""Advice to wait elsewhere, as it is shown."""

from typing import Any

from dispatch.domain.unit import Unit


def advice_wire(unit: Unit) -> dict[str, Any] | None:
    """Where the unit should wait instead, why, and what the drive costs; None when it may stay."""
    if unit.advised is None:
        return None
    return {
        "post_id": unit.advised.post_id,
        "reason": unit.advised.reason,
        "gain": unit.advised.gain,
        "travel_time_s": unit.advised.travel_time_s,
        "distance_m": unit.advised.distance_m,
        "advised_at": unit.advised_at,
    }
