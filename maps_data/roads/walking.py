"""Where people walk, and how fast: one way's tags, one node's tags."""

from dataclasses import dataclass
from typing import Final

from maps_data.roads.speeds import STEPS_SHARE
from maps_data.roads.tag_values import GRANTED, Tags, is_allowed
from routing.travel_time.walking import SPEED_MPS

ACCESS_KEYS: Final = ("foot", "access")

FOOTWAYS: Final = frozenset({"footway", "path", "pedestrian", "steps", "corridor", "crossing", "platform", "pier"})
"""Made for people on foot. A source that holds none of these knows nothing of walking."""

STREETS: Final = frozenset(
    {
        "primary",
        "primary_link",
        "secondary",
        "secondary_link",
        "tertiary",
        "tertiary_link",
        "unclassified",
        "residential",
        "living_street",
        "service",
        "road",
        "track",
    }
)
"""Streets that one walks along unless the map forbids it."""

ONLY_IF_SAID: Final = frozenset({"trunk", "trunk_link", "motorway", "motorway_link", "cycleway", "bridleway", "busway"})
"""Walked only with a pavement, or where the map says so."""

SIDEWALKS: Final = frozenset({"yes", "both", "left", "right"})


@dataclass(frozen=True, slots=True)
class WalkRule:
    """One way on foot; `*_mps` None: not in this direction."""

    road_class: str
    forward_mps: float | None
    backward_mps: float | None
    is_footway: bool


def walk_rule(tags: Tags) -> WalkRule | None:
    """How the way is walked; None where it is not. Of an area (`area=yes`) the outline is walked."""
    kind = _kind(tags)
    if kind is None:
        return None
    allowed = is_allowed(tags, ACCESS_KEYS)
    if allowed is False or (kind in ONLY_IF_SAID and not _is_said(tags)):
        return None
    mps = SPEED_MPS * STEPS_SHARE if kind == "steps" else SPEED_MPS
    oneway = tags.get("oneway:foot")
    return WalkRule(
        road_class=kind,
        forward_mps=None if oneway == "-1" else mps,
        backward_mps=None if oneway in {"yes", "true", "1"} else mps,
        is_footway=kind in FOOTWAYS,
    )


def is_walkable_barrier(tags: Tags) -> bool:
    """Whether one gets past a node's barrier on foot."""
    return "barrier" not in tags or is_allowed(tags, ACCESS_KEYS) is not False


def _kind(tags: Tags) -> str | None:
    highway = tags.get("highway")
    if highway is not None:
        return highway if highway in FOOTWAYS or highway in STREETS or highway in ONLY_IF_SAID else None
    if "platform" in {tags.get("railway"), tags.get("public_transport")}:
        return "platform"
    return "pier" if tags.get("man_made") == "pier" else None


def _is_said(tags: Tags) -> bool:
    sidewalks = (tags.get(key) for key in ("sidewalk", "sidewalk:both", "sidewalk:left", "sidewalk:right"))
    return tags.get("foot") in GRANTED or any(value in SIDEWALKS for value in sidewalks)
