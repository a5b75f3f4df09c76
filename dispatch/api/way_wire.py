"""A way as lines and steps that can be drawn and told."""

from typing import Any

from routing.travel_time.port import Route

Wire = dict[str, Any]


def line_wire(route: Route) -> Wire:
    """GeoJSON's order: longitude first; six decimals of a degree are a tenth of a metre."""
    points = zip(route.lon_deg.tolist(), route.lat_deg.tolist(), strict=True)
    return {"type": "LineString", "coordinates": [[round(lon, 6), round(lat, 6)] for lon, lat in points]}


def steps_wire(route: Route) -> list[Wire]:
    """One for each street."""
    return [
        {
            "turn": step.turn,
            "name": step.name,
            "distance_m": round(step.distance_m),
            "travel_time_s": round(step.travel_time_s, 1),
        }
        for step in route.steps
    ]
