"""What is known of the roads: which travel times are in force, and what slows or closes streets for a while."""

from dataclasses import dataclass
from datetime import datetime

from dispatch.domain.ids import TrafficId
from routing.geo import Wgs84
from routing.travel_time.port import Grade


@dataclass(frozen=True, slots=True, kw_only=True)
class Degradation:
    """Why travel times are not what they should be: a stable code, and the reason in words."""

    code: str
    text_zh: str
    text_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TravelTimesInForce:
    """Where travel times come from now; with `degradation` they should come from elsewhere, or know more."""

    source: str
    grade: Grade
    degradation: Degradation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficDetails:
    """Streets that are slower than usual, or closed, until `expires_at`.

    The streets are OpenStreetMap's ways `way_ids`, or all within the closed line `area` (its first point is its last).
    `speed_factor` times the usual speed is driven there; None where `is_closed`. `source` is who says so.
    """

    way_ids: tuple[int, ...]
    area: tuple[Wgs84, ...] | None
    speed_factor: float | None
    is_closed: bool
    expires_at: datetime
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """A report of traffic that stands: its details, when it came in, and from whom."""

    traffic_id: TrafficId
    details: TrafficDetails
    reported_at: datetime
    reported_by: str
