"""What a plan for many patients of one scene is made from, what it says of each patient, and why others are held.

Seconds count from now and are whole; capabilities are columns that the caller names. The model is in `mass_casualty`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final

from routing.geo import BoolArray, IntArray

HORIZON_S: Final = 6 * 3_600
"""Slots are planned so far ahead; the plan is made anew long before."""


class Tag(IntEnum):
    """Triage tags of START and SALT; who is tagged black is not transported by the plan."""

    RED = 0
    YELLOW = 1
    GREEN = 2
    BLACK = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A patient who is on the way, or whose way is settled: not planned anew. Its unit's next seat is after its round trip."""

    unit: int
    hospital: int
    arrives_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Patients:
    """p patients: `tag` int64[p] of `Tag`, `needs` bool[p, c] of capabilities; `bound` by patient."""

    tag: IntArray
    needs: BoolArray
    bound: Mapping[int, Bound]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """n units: `leaves_s` int64[n], from when a patient can leave the scene (arrival and loading); `round_trip_s` int64[n]: after so
    long it is back and ready to leave again, 0 for a unit that makes one trip. With a bound patient, `leaves_s` is that patient's.
    """

    leaves_s: IntArray
    round_trip_s: IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Houses:
    """h hospitals: `drive_s` int64[h] from the scene, `offers` bool[h, c], `beds` int64[h, 3] by tag (red, yellow, green) for
    patients of this incident, bound ones included; receipt from `ready_s` int64[h] on, one every `interval_s` int64[h] > 0.
    """

    drive_s: IntArray
    offers: BoolArray
    beds: IntArray
    ready_s: IntArray
    interval_s: IntArray


class Cause(StrEnum):
    """Why patients are held."""

    NO_CAPABILITY = "no_capability"
    """No hospital meets their needs."""
    NO_BED = "no_bed"
    """Those that do have no bed of their tag left."""
    NO_UNIT = "no_unit"
    """Every seat is taken: they wait for a unit."""
    NO_SLOT = "no_slot"
    """Units and beds are left, but cannot be brought together before the horizon: too late, or received too slowly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """`n` patients of a tag with these needs (capability columns) are held, for one cause."""

    cause: Cause
    tag: Tag
    needs: tuple[int, ...]
    n: int

    def text_zh(self, capabilities: Sequence[str]) -> str:
        """In Chinese; `capabilities` names the columns."""
        who = f"{self.n} 名{_TAG_ZH[self.tag]}伤员"
        wanted = "、".join(capabilities[column] for column in self.needs) or "一般救治"
        return {
            Cause.NO_CAPABILITY: f"{who}没有具备{wanted}能力的医院",
            Cause.NO_BED: f"{who}所需（{wanted}）的医院已无床位",
            Cause.NO_UNIT: f"{who}在等车",
            Cause.NO_SLOT: f"{who}在 {HORIZON_S // 3600} 小时内排不上接收时段（{wanted}）",
        }[self.cause]

    def text_en(self, capabilities: Sequence[str]) -> str:
        """In English; `capabilities` names the columns."""
        who = f"{self.n} {self.tag.name.lower()} patient{'' if self.n == 1 else 's'}"
        have, wait = ("has", "waits") if self.n == 1 else ("have", "wait")
        wanted = ", ".join(capabilities[column] for column in self.needs) or "general care"
        return {
            Cause.NO_CAPABILITY: f"{who} {have} no hospital with {wanted}",
            Cause.NO_BED: f"{who} {have} no bed left with {wanted}",
            Cause.NO_UNIT: f"{who} {wait} for a unit",
            Cause.NO_SLOT: f"{who} cannot be received within {HORIZON_S // 3600} h with {wanted}",
        }[self.cause]


_TAG_ZH: Final = {Tag.RED: "红标", Tag.YELLOW: "黄标", Tag.GREEN: "绿标", Tag.BLACK: "黑标"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """One patient's way: `unit` on its `trip` (0 is the first) leaves the scene at `leaves_s`, is at `hospital` at `arrives_s`,
    and the patient is received at `received_s`.
    """

    unit: int
    trip: int
    hospital: int
    leaves_s: int
    arrives_s: int
    received_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`placements` by patient that is to be moved (bound ones are not repeated), `shortfalls` of the others; `cost` is the model's."""

    placements: Mapping[int, Placement]
    shortfalls: tuple[Shortfall, ...]
    cost: int

    @property
    def n_held(self) -> int:
        return sum(shortfall.n for shortfall in self.shortfalls)
