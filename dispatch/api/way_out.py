"""A way as it goes out: its line, and a step for each street."""

from typing import Literal

from dispatch.api.wire_out import Open
from routing.travel_time.port import Turn


class LineOut(Open):
    """WGS-84, longitude first."""

    type: Literal["LineString"]
    coordinates: list[tuple[float, float]]


class StepOut(Open):
    """What to do at the start of a stretch of one street; `name` is empty where it has none."""

    turn: Turn
    name: str
    distance_m: int
    travel_time_s: float
