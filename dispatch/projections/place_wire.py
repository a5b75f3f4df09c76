"""Places as they are shown: WGS-84, `lat` and `lon`."""

from typing import Any

from dispatch.domain.incident import Location
from routing.geo import Wgs84

Wire = dict[str, Any]


def point_wire(point: Wgs84) -> Wire:
    return {"lat": round(point.lat_deg, 7), "lon": round(point.lon_deg, 7)}


def location_wire(location: Location) -> Wire:
    return {
        **point_wire(location.point),
        "accuracy_m": location.accuracy_m,
        "source": location.source,
        "cell": location.cell,
    }
