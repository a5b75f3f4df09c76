"""Reports of traffic as requests and answers."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic.config import JsonValue
from pydantic_core import PydanticCustomError

from dispatch.api.wire_in import AnyCaseDatum, Instant, Latitude, Longitude, ShortText, Strict
from dispatch.api.wire_out import Open, Page
from dispatch.domain.roads import TrafficDetails
from routing.datum import to_wgs84

MAX_WAYS = 1_000
MAX_CORNERS = 500
SLOWEST = 0.01
"""Anything slower is closed in all but name, and the times of long ways would leave their range."""

Position = tuple[Longitude, Latitude]
Ring = Annotated[list[Position], Field(min_length=4, max_length=MAX_CORNERS)]


class AreaIn(Strict):
    """A GeoJSON polygon (RFC 7946) of one closed ring, positions as longitude and latitude, with the datum it was drawn in."""

    type: Literal["Polygon"]
    coordinates: Annotated[list[Ring], Field(min_length=1, max_length=1)]
    datum: AnyCaseDatum

    @model_validator(mode="after")
    def _is_closed(self) -> Self:
        ring = self.coordinates[0]
        if ring[0] != ring[-1]:
            raise PydanticCustomError("ring_not_closed", "the ring's last position must be its first")
        if len(set(ring)) < 3:
            raise PydanticCustomError("ring_too_short", "the ring needs three corners")
        return self


_UNTIL = {"expires_at": "2026-11-22T10:00:00+08:00", "source": "交警"}
_SQUARE: JsonValue = [[114.05, 22.54], [114.06, 22.54], [114.06, 22.55], [114.05, 22.54]]
_EXAMPLES: list[JsonValue] = [
    {"way_ids": [152477541, 152477542], "closed": True, **_UNTIL},
    {
        "area": {"type": "Polygon", "coordinates": [_SQUARE], "datum": "gcj02"},
        "speed_factor": 0.4,
        **_UNTIL,
    },
]


class TrafficIn(Strict):
    """Streets, by OpenStreetMap's ways or by a drawn area, that are driven at `speed_factor` times the usual speed, or `closed`."""

    model_config = ConfigDict(json_schema_extra={"examples": _EXAMPLES})
    way_ids: Annotated[list[Annotated[int, Field(ge=1, lt=2**53)]], Field(min_length=1, max_length=MAX_WAYS)] | None = (
        None
    )
    area: AreaIn | None = None
    speed_factor: Annotated[float, Field(ge=SLOWEST, le=1)] | None = None
    closed: bool = False
    expires_at: Instant
    source: ShortText

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if (self.way_ids is None) == (self.area is None):
            raise PydanticCustomError("way_ids_or_area", "needs either way_ids or area")
        if (self.speed_factor is None) != self.closed:
            raise PydanticCustomError("speed_factor_or_closed", "needs either a speed_factor or closed")
        return self


def details_of(reported: TrafficIn) -> TrafficDetails:
    """The report as the domain knows it: in WGS-84."""
    area = reported.area
    ring = None if area is None else tuple(to_wgs84(lat, lon, area.datum) for lon, lat in area.coordinates[0])
    return TrafficDetails(
        way_ids=tuple(sorted(set(reported.way_ids or ()))),
        area=ring,
        speed_factor=reported.speed_factor,
        is_closed=reported.closed,
        expires_at=reported.expires_at,
        source=reported.source,
    )


class AreaOut(Open):
    """GeoJSON, in WGS-84."""

    type: str
    coordinates: list[list[tuple[float, float]]]


class TrafficOut(Open):
    traffic_id: str
    way_ids: list[int]
    area: AreaOut | None
    speed_factor: float | None
    closed: bool
    expires_at: datetime
    source: str
    reported_at: datetime
    reported_by: str


class ReportedTrafficOut(Open):
    items: list[TrafficOut]


class ListedTrafficOut(TrafficOut):
    """`is_applied`: whether the travel times know of it yet."""

    is_applied: bool


class RoadsOut(Open):
    """The network in use, and how many of its edges (streets in one direction) all traffic together changes."""

    source: str
    edges_changed: int
    applied_at: datetime | None
    is_current: bool


class TrafficListOut(Page):
    """`roads` is null when there is no road network: nothing here is then in the travel times."""

    items: list[ListedTrafficOut]
    roads: RoadsOut | None


class EndedTrafficOut(TrafficOut):
    ended_at: datetime
