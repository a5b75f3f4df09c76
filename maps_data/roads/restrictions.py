"""Turn restrictions as OpenStreetMap writes them: a relation from one way over a node, or over ways, to another way.

Reference: https://wiki.openstreetmap.org/wiki/Relation:restriction
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from maps_data.roads.tag_values import Tags

KEYS: Final = ("restriction:emergency", "restriction:motorcar", "restriction:motor_vehicle", "restriction")
"""The most special first; `restriction:hgv` and others that do not concern an ambulance are not read."""

EXEMPT: Final = frozenset({"emergency", "motorcar", "motor_vehicle"})

TURNS: Final = frozenset({"left_turn", "right_turn", "straight_on", "u_turn"})

Member = tuple[str, int, str]
"""`n`, `w` or `r`; the id; the role."""


class Unused(StrEnum):
    """Why a restriction is not applied."""

    EXEMPT = "exempt"
    OTHERS = "others"
    CONDITIONAL = "conditional"
    INCOMPLETE = "incomplete"
    UNKNOWN = "unknown"
    ELSEWHERE = "elsewhere"


REASONS: Final = {
    Unused.EXEMPT: ("救护车例外", "ambulances are excepted"),
    Unused.OTHERS: ("只针对其他车辆", "for other vehicles only"),
    Unused.CONDITIONAL: ("只在某些时段有效，未采用", "only at certain hours; not applied"),
    Unused.INCOMPLETE: ("成员不全", "members are missing"),
    Unused.UNKNOWN: ("种类无法识别", "of an unknown kind"),
    Unused.ELSEWHERE: ("所涉道路不行车或不在范围内", "on ways that are not driven, or outside"),
}


@dataclass(frozen=True, slots=True)
class Restriction:
    """From any of `from_ways` over a node (`via_node`) or ways in their order (`via_ways`) to any of `to_ways`.

    `is_only`: this turn and no other; else: not this turn. `turn` is `left_turn`, `right_turn`, `straight_on`, `u_turn`, or
    `entry` and `exit`, which have several ways on one side.
    """

    is_only: bool
    turn: str
    from_ways: tuple[int, ...]
    via_node: int | None
    via_ways: tuple[int, ...]
    to_ways: tuple[int, ...]


def restriction_of(tags: Tags, members: Sequence[Member]) -> Restriction | Unused:
    """The restriction that a relation with `type=restriction` states for ambulances, or why it states none."""
    kind = next((tags[key] for key in KEYS if key in tags), None)
    if kind is None:
        is_conditional = any(f"{key}:conditional" in tags for key in KEYS)
        return Unused.CONDITIONAL if is_conditional else Unused.OTHERS
    if EXEMPT & {part.strip() for part in tags.get("except", "").split(";")}:
        return Unused.EXEMPT
    if "@" in kind:
        return Unused.CONDITIONAL
    word, _, turn = kind.partition("_")
    if word not in {"no", "only"} or turn not in TURNS | ({"entry", "exit"} if word == "no" else frozenset()):
        return Unused.UNKNOWN
    return _with_members(word == "only", turn, members)


def _with_members(is_only: bool, turn: str, members: Sequence[Member]) -> Restriction | Unused:
    def refs(kind: str, role: str) -> tuple[int, ...]:
        return tuple(ref for member, ref, its_role in members if (member, its_role) == (kind, role))

    nodes, via_ways = refs("n", "via"), refs("w", "via")
    from_ways, to_ways = refs("w", "from"), refs("w", "to")
    is_complete = from_ways and to_ways and (len(nodes) == 1) != bool(via_ways)
    if not is_complete or len(nodes) > 1:
        return Unused.INCOMPLETE
    return Restriction(is_only, turn, from_ways, nodes[0] if nodes else None, via_ways, to_ways)
