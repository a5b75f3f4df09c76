"""Posts: where units wait, and orders to wait at another one."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from routing.geo import Wgs84


class PostKind(StrEnum):
    STATION = "station"
    KERBSIDE = "kerbside"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostRecord:
    """What the file of posts says of one; a station keeps its own id."""

    post_id: str
    kind: PostKind
    name: str
    point: Wgs84
    record_class: str
    evidence: str


class RelocationReason(StrEnum):
    """`freed`: a crew that has come free goes where it covers most; `move_up`: an idle crew fills a gap; `ordered`: by a person."""

    FREED = "freed"
    MOVE_UP = "move_up"
    ORDERED = "ordered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Relocation:
    """From `was_post_id` (None: its base) to `post_id`. `gain` is how much more of the demand is expected to be covered, as a share of
    all of it (None for a person's order); `travel_time_s` and `distance_m` are those of the drive, None where nobody asked for them.
    """

    post_id: str
    was_post_id: str | None
    reason: RelocationReason
    gain: float | None = None
    travel_time_s: float | None = None
    distance_m: float | None = None
    note: str | None = None


class RelocationMode(StrEnum):
    OFF = "off"
    ADVISE = "advise"
    AUTOMATIC = "automatic"


class RelocationEffort(StrEnum):
    """How much driving better coverage may cost (docs/decisions.md has what each brought on replayed calls)."""

    FRUGAL = "frugal"
    FULL = "full"


FULL_EFFORT: Final = (0.0015, 0.0001, 0.0001, 300.0, 4.0)
"""The fields of `RelocationRules` after `mode`, in their order."""


@dataclass(frozen=True, slots=True)
class RelocationRules:
    """Whether units are sent to other posts, and what a move has to be worth. The defaults are those of `FRUGAL`.

    A drive has to gain `share_per_hour` of all demand for each hour that it takes and `share_per_move` besides, times the burden of a
    crew that has moved more than its share. A crew rests `rest_s` at a post before it moves up again; the fleet makes at most
    `moves_per_unit_hour` such moves for each unit in service and hour. `least_gain` is the least that an order is given for.
    """

    mode: RelocationMode = RelocationMode.ADVISE
    share_per_hour: float = 0.007
    share_per_move: float = 0.0005
    least_gain: float = 0.0003
    rest_s: float = 1800.0
    moves_per_unit_hour: float = 0.2

    @classmethod
    def of(cls, mode: RelocationMode, effort: RelocationEffort) -> "RelocationRules":
        return cls(mode=mode) if effort is RelocationEffort.FRUGAL else cls(mode, *FULL_EFFORT)

    @property
    def effort(self) -> RelocationEffort | None:
        """None where nobody is sent."""
        if self.mode is RelocationMode.OFF:
            return None
        return next(effort for effort in RelocationEffort if RelocationRules.of(self.mode, effort) == self)
