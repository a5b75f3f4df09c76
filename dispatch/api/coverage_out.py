"""What coverage and route answers look like, for the OpenAPI document."""

from datetime import datetime
from typing import Any, Final, Literal

from pydantic import ConfigDict

from dispatch.api.map_out import WordsOut
from dispatch.api.way_out import LineOut, StepOut
from dispatch.api.wire_out import Open
from routing.travel_time.port import Grade

Example = dict[str, Any]

COLUMNS: Final = ("cell", "residents", "als_share", "any_share", "als_s", "any_s", "aed_walk_s")

COVERAGE_EXAMPLE: Final[Example] = {
    "computed_at": "2026-11-30T02:00:00Z",
    "at": "2026-11-30T02:00:00Z",
    "threshold_s": 480.0,
    "turnout_s": 60.0,
    "data_version": "shenzhen-2026.11-482f3dcb0893",
    "travel_time": {
        "source": "estimate-f0326530a4f9",
        "grade": "estimate",
        "relative_error": 0.24,
        "off_network_share": 0.0,
    },
    "units": {"als": 301, "any": 488},
    "totals": {
        "residents": 17494397,
        "als": {"share": 0.641, "residents": 11213909},
        "any": {"share": 0.712, "residents": 12456011},
        "aed_walk": {"median_s": 205.0, "p90_s": 612.0},
    },
    "aeds": {
        "source": "walking-estimate-v1",
        "grade": "estimate",
        "network_share": 0.0,
        "n_devices": 9872,
        "is_simulated": True,
    },
    "notes": [{"zh": "居民数为估计", "en": "Residents are estimates"}],
    "columns": list(COLUMNS),
    "off_network": [],
    "cells": [
        ["88411caa05fffff", 9120, 1.0, 1.0, 212.4, 180.2, 96.1],
        ["88411caa07fffff", 40, 0.0, 0.286, 840.0, 402.7, None],
    ],
}

ROUTE_EXAMPLE: Final[Example] = {
    "type": "Feature",
    "geometry": {"type": "LineString", "coordinates": [[114.0579, 22.5431], [114.0583, 22.5431], [114.0583, 22.5472]]},
    "properties": {
        "travel_time_s": 71.4,
        "distance_m": 497,
        "steps": [
            {"turn": "depart", "name": "福华一路", "distance_m": 41, "travel_time_s": 9.0},
            {"turn": "left", "name": "民田路", "distance_m": 456, "travel_time_s": 62.4},
        ],
        "source": "roads-0c2a91d4f7e3",
        "grade": "network",
    },
    "departing_at": "2026-11-30T02:00:00Z",
}


class TravelTimeOut(Open):
    """Whence the times are; `relative_error` is their stated mean error as a share.

    `off_network_share` of the residents live where the road network does not reach, and the estimate stands.
    """

    source: str
    grade: Grade
    relative_error: float
    off_network_share: float


class ReachedOut(Open):
    share: float
    residents: int


class AedWalkOut(Open):
    """Over residents: half of them walk no longer than `median_s`; null where there is no device at all."""

    median_s: float | None
    p90_s: float | None


class CoverageTotalsOut(Open):
    """Weighted by residents, who are taken to live evenly over each cell's land."""

    residents: int
    als: ReachedOut
    any: ReachedOut
    aed_walk: AedWalkOut


class CoverageAedsOut(Open):
    """`network_share` of the walks are over footways, the others are estimates."""

    source: str
    grade: Grade
    network_share: float
    n_devices: int
    is_simulated: bool


class CoverageOut(Open):
    """One row of `cells` per H3 cell of resolution 8, in the order of `columns`; `/maps/cells` draws them.

    `als_share`, `any_share`: share of the cell that free units reach within `threshold_s`, turnout included, by advanced life support
    and by any. `als_s`, `any_s`: drive to its middle. `aed_walk_s`: from its middle to the first AED that the public may take, one way
    on foot. Null: cannot be reached.
    """

    model_config = ConfigDict(extra="allow", json_schema_extra={"example": COVERAGE_EXAMPLE})
    computed_at: datetime
    at: datetime
    threshold_s: float
    turnout_s: float
    data_version: str
    travel_time: TravelTimeOut
    units: dict[str, int]
    totals: CoverageTotalsOut
    aeds: CoverageAedsOut
    notes: list[WordsOut]
    columns: list[str]
    off_network: list[str]
    cells: list[tuple[str, int, float, float, float | None, float | None, float | None]]


class RoutePropertiesOut(Open):
    travel_time_s: float
    distance_m: int
    steps: list[StepOut]
    source: str
    grade: Grade
    note: WordsOut | None = None


class RouteOut(Open):
    """A way by road; of grade `estimate` it is a straight line that says so in `note`, and has no steps."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"example": ROUTE_EXAMPLE})
    type: Literal["Feature"]
    geometry: LineOut
    properties: RoutePropertiesOut
    departing_at: datetime
