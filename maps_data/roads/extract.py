"""What is taken out of an extract: streets as columns of numbers, and what nodes and relations say about them."""

from dataclasses import dataclass
from typing import Final

from maps_data.roads.restrictions import Restriction, Unused
from routing.geo import BoolArray, FloatArray, IntArray
from routing.roads.network import Int32Array

SIGNAL_FORWARD: Final = 1
SIGNAL_BACKWARD: Final = 2
"""Traffic signals that face those who drive with the way, or against it; both added up are 3."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A box in WGS-84 degrees; raises ValueError where it is none."""

    west_deg: float
    south_deg: float
    east_deg: float
    north_deg: float

    def __post_init__(self) -> None:
        if not (-180 <= self.west_deg < self.east_deg <= 180 and -90 <= self.south_deg < self.north_deg <= 90):
            raise ValueError("west < east within 180 degrees and south < north within 90 degrees")

    def e7(self) -> tuple[int, int, int, int]:
        """West, south, east, north on OpenStreetMap's own grid."""
        west, south, east, north = (
            round(d * 1e7) for d in (self.west_deg, self.south_deg, self.east_deg, self.north_deg)
        )
        return west, south, east, north


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """W streets, in the order of the file, and the P points they run through. A street cut by the box is several.

    `way_id` int64[W]; `drive_class`, `walk_class`, `name` int32[W], rows of `Extract.classes` and `.names`; speeds in m/s
    float64[W], NaN: not in this direction; `is_roundabout`, `is_ferry` bool[W]. Street w runs through the points `first[w]`
    to `first[w + 1]`: `node` int64[P] (OpenStreetMap's), `lat_e7`, `lon_e7` int32[P].
    """

    way_id: IntArray
    name: Int32Array
    drive_class: Int32Array
    walk_class: Int32Array
    drive_forward_mps: FloatArray
    drive_backward_mps: FloatArray
    walk_forward_mps: FloatArray
    walk_backward_mps: FloatArray
    ferry_s: FloatArray
    is_roundabout: BoolArray
    is_ferry: BoolArray
    first: IntArray
    node: IntArray
    lat_e7: Int32Array
    lon_e7: Int32Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """What was read. By node of OpenStreetMap: `delay_s` lost at a barrier, `signals` (SIGNAL_* added up), nodes that cannot be
    passed driving or walking. `n_footways` counts ways made for people on foot; `dated` is the extract's own date."""

    ways: Ways
    classes: tuple[str, ...]
    names: tuple[str, ...]
    delay_s: dict[int, float]
    signals: dict[int, int]
    drive_blocked: frozenset[int]
    walk_blocked: frozenset[int]
    restrictions: tuple[Restriction, ...]
    unused: dict[Unused, int]
    n_footways: int
    n_missing_nodes: int
    dated: str | None
