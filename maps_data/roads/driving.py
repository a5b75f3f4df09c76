"""Where an ambulance may drive, in which direction and how fast: one way's tags, one node's tags.

The law lets an ambulance on duty disregard direction, speed and signals where that is safe (道路交通安全法, article 53). A route is
planned without that: what the street forbids to cars is kept, unless the map itself excepts emergency vehicles.
"""

from dataclasses import dataclass
from typing import Final

from maps_data.roads.speeds import (
    DRIVE_KMH,
    FERRY_KMH,
    GATE_S,
    LIMIT_SHARE,
    TOLL_BOOTH_S,
    UNUSUAL_KMH,
)
from maps_data.roads.tag_values import GRANTED, Tags, duration_s, is_allowed, limit_kmh

ACCESS_KEYS: Final = ("emergency", "bus", "psv", "motorcar", "motor_vehicle", "vehicle", "access")
"""The most special first: what is said of emergency vehicles outweighs what is said of all. A street for buses only can be driven
on, and an ambulance on duty may (article 53); what is forbidden to buses is not thereby forbidden to it. A choice of ours."""

GRANTING_KEYS: Final = ("emergency", "bus", "psv", "motorcar", "motor_vehicle", "vehicle")

DIRECTION_KEYS: Final = ("oneway:emergency", "oneway:motorcar", "oneway:motor_vehicle", "oneway:vehicle", "oneway")

CONTRAFLOW_KEYS: Final = ("oneway:bus", "oneway:psv")
"""`no`: there is a bus lane against the one-way direction. It can be driven on, and an ambulance on duty may; a choice of ours."""

PAVED_TRACKS: Final = frozenset({"grade1", "grade2"})
"""Field and forest tracks that bear an ambulance in any weather; others only where the map says so."""

PEOPLE_WAYS: Final = frozenset({"pedestrian", "footway", "path", "cycleway", "bridleway", "track"})
"""Not for cars, but open to an ambulance where the map says so (`emergency=yes`, `motor_vehicle=yes`)."""

OPEN_BARRIERS: Final = frozenset(
    {
        "no",
        "entrance",
        "cattle_grid",
        "border_control",
        "sally_port",
        "height_restrictor",
        "arch",
        "kerb",
        "speed_bump",
        "bump_gate",
    }
)
GATES: Final = frozenset(
    {"gate", "lift_gate", "swing_gate", "sliding_gate", "sliding_beam", "hampshire_gate", "chain", "rope"}
)
"""Barriers that someone opens."""


@dataclass(frozen=True, slots=True)
class DriveRule:
    """One way as an ambulance sees it. `*_kmh` None: not in this direction. `duration_s` of a ferry, over the whole way."""

    road_class: str
    forward_kmh: float | None
    backward_kmh: float | None
    is_roundabout: bool = False
    is_ferry: bool = False
    duration_s: float | None = None


def drive_rule(tags: Tags) -> DriveRule | None:
    """How the way is driven; None where it is not."""
    highway = tags.get("highway")
    if highway is None:
        return _ferry_rule(tags)
    default_kmh = _default_kmh(highway, tags)
    if default_kmh is None or tags.get("area") == "yes" or tags.get("smoothness") == "impassable":
        return None
    roundabout = tags.get("junction") in {"roundabout", "circular"}
    forward, backward = _directions(tags, implied_oneway=highway == "motorway" or roundabout)
    forward, backward = _in_direction(tags, ":forward", forward), _in_direction(tags, ":backward", backward)
    if not forward and not backward:
        return None
    return DriveRule(
        road_class=highway,
        forward_kmh=_kmh(tags, ":forward", default_kmh) if forward else None,
        backward_kmh=_kmh(tags, ":backward", default_kmh) if backward else None,
        is_roundabout=roundabout,
    )


def barrier_delay_s(tags: Tags) -> float | None:
    """Seconds that an ambulance loses at a node's barrier (0 for one that stands open); None where it cannot pass."""
    barrier = tags.get("barrier")
    if barrier is None or barrier in OPEN_BARRIERS:
        return 0.0
    delay_s = TOLL_BOOTH_S if barrier == "toll_booth" else GATE_S
    if tags.get("emergency") in GRANTED:
        return delay_s
    if tags.get("locked") == "yes" or is_allowed(tags, ACCESS_KEYS) is False:
        return None
    if barrier in GATES or barrier == "toll_booth" or tags.get("bollard") == "rising":
        return delay_s
    is_granted = any(tags.get(key) in GRANTED for key in GRANTING_KEYS)
    return delay_s if is_granted else None


def _default_kmh(highway: str, tags: Tags) -> float | None:
    """The speed where no limit is tagged, None where an ambulance has no access."""
    if tags.get("service") == "emergency_access":
        return UNUSUAL_KMH if tags.get("emergency") != "no" else None
    if is_allowed(tags, ACCESS_KEYS) is False:
        return None
    if highway in DRIVE_KMH:
        return DRIVE_KMH[highway]
    if highway in {"road", "busway"}:  # a street whose class nobody has entered yet; a street for buses
        return DRIVE_KMH["unclassified"]
    is_granted = any(tags.get(key) in GRANTED for key in GRANTING_KEYS)
    is_paved_track = highway == "track" and tags.get("tracktype") in PAVED_TRACKS
    return UNUSUAL_KMH if is_paved_track or (highway in PEOPLE_WAYS and is_granted) else None


def _directions(tags: Tags, *, implied_oneway: bool) -> tuple[bool, bool]:
    """Whether the way may be driven forward and backward."""
    oneway = next((tags[key] for key in DIRECTION_KEYS if key in tags), "yes" if implied_oneway else "no")
    if oneway == "reversible":  # by the hour, which the map does not know
        return False, False
    if oneway in {"yes", "true", "1"}:
        return True, _has_contraflow(tags)
    if oneway in {"-1", "reverse"}:
        return _has_contraflow(tags), True
    return True, True


def _has_contraflow(tags: Tags) -> bool:
    return any(tags.get(key) == "no" for key in CONTRAFLOW_KEYS)


def _in_direction(tags: Tags, direction: str, otherwise: bool) -> bool:
    allowed = is_allowed(tags, ACCESS_KEYS, direction)
    return otherwise if allowed is None else otherwise and allowed


def _kmh(tags: Tags, direction: str, default_kmh: float) -> float:
    limit = limit_kmh(tags.get("maxspeed" + direction)) or limit_kmh(tags.get("maxspeed"))
    limit = limit or limit_kmh(tags.get("maxspeed:type") or tags.get("source:maxspeed"))
    return default_kmh if limit is None else limit * LIMIT_SHARE


def _ferry_rule(tags: Tags) -> DriveRule | None:
    """A ferry that says that it takes cars."""
    if tags.get("route") != "ferry" or is_allowed(tags, ACCESS_KEYS) is False:
        return None
    if not any(tags.get(key) in GRANTED for key in ("emergency", "motorcar", "motor_vehicle", "vehicle")):
        return None
    forward, backward = _directions(tags, implied_oneway=False)
    if not forward and not backward:
        return None
    return DriveRule(
        road_class="ferry",
        forward_kmh=FERRY_KMH if forward else None,
        backward_kmh=FERRY_KMH if backward else None,
        is_ferry=True,
        duration_s=duration_s(tags.get("duration")),
    )
