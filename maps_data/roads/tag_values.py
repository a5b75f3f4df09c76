"""Values of OpenStreetMap tags as numbers and yes or no: speeds, durations, access."""

import re
from collections.abc import Mapping
from typing import Final

from maps_data.roads.speeds import (
    KMH_PER_KNOT,
    KMH_PER_MPH,
    LEAST_KMH,
    MOST_KMH,
    NAMED_LIMITS_KMH,
    OTHER_LIMITS_KMH,
    UNLIMITED_KMH,
    WALK_LIMIT_KMH,
)

Tags = Mapping[str, str]

FORBIDDEN: Final = frozenset({"no", "agricultural", "forestry", "agricultural;forestry", "military", "use_sidepath"})
"""Access values that keep everyone out but a few. All others let an ambulance in: `private`, `destination`, `customers`,
`permit`, `delivery`, `bus` ... say who may use a street daily, and a caller's own gate is opened for an ambulance."""

GRANTED: Final = frozenset({"yes", "designated", "official", "permissive", "destination"})

BUSES: Final = frozenset({"bus", "psv"})

_NUMBER: Final = re.compile(r"^(\d+(?:\.\d+)?)\s*(km/h|kmh|kph|mph|knots)?$")
_UNITS: Final = {"mph": KMH_PER_MPH, "knots": KMH_PER_KNOT}
_CLOCK: Final = re.compile(r"^(\d+):([0-5]?\d)(?::([0-5]?\d))?$")
_ISO: Final = re.compile(r"^pt(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$")


def limit_kmh(value: str | None) -> float | None:
    """The speed that a `maxspeed` value allows, in km/h; None where it states none (`signals`, `variable`, not readable).

    Of several values, as in `60;80`, the lowest.
    """
    if value is None:
        return None
    limits = [limit for part in value.lower().split(";") if (limit := _one_limit_kmh(part.strip())) is not None]
    return min(max(min(limits), LEAST_KMH), MOST_KMH) if limits else None


def duration_s(value: str | None) -> float | None:
    """A `duration`: `35` (minutes), `1:20`, `0:03:30`, `PT25M`. None where it cannot be read or is nothing."""
    if value is None:
        return None
    text = value.strip().lower()
    if text.isdecimal():
        seconds = 60 * int(text)
    elif (match := _CLOCK.match(text)) or (match := _ISO.match(text)):
        hours, minutes, rest = (int(part or 0) for part in match.groups())
        seconds = 3600 * hours + 60 * minutes + rest
    else:
        return None
    return float(seconds) or None


def is_allowed(tags: Tags, keys: tuple[str, ...], suffix: str = "") -> bool | None:
    """What the first of `keys` that is present says (the most special first); None where none is.

    `suffix` asks for one direction: `:forward`, `:backward`. `emergency` also names things that stand by the road, such as
    hydrants; only as yes or no it is about access. `bus` and `psv` can only let in.
    """
    for key in keys:
        value = tags.get(key + suffix)
        if value is not None and (value in GRANTED or (value == "no" if key == "emergency" else key not in BUSES)):
            return value not in FORBIDDEN
    return None


def _one_limit_kmh(text: str) -> float | None:
    if match := _NUMBER.match(text):
        return float(match[1]) * _UNITS.get(match[2] or "", 1.0) or None
    if text == "none":
        return UNLIMITED_KMH
    if text == "walk":
        return WALK_LIMIT_KMH
    return NAMED_LIMITS_KMH.get(text) or OTHER_LIMITS_KMH.get(text.partition(":")[2])
