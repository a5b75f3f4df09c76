"""The way from one place to another, for whoever draws it."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from pydantic import BeforeValidator

from dispatch.api.access import AnyStaff
from dispatch.api.coverage_out import RouteOut
from dispatch.api.instants import WhenDriven, instant_asked_for
from dispatch.api.map_answers import GeoJson, geojson
from dispatch.api.problems import DATUM_REQUIRED, Kind, ProblemError, documented
from dispatch.api.way_wire import line_wire, steps_wire
from dispatch.api.wire_in import Latitude, Longitude
from dispatch.api.wiring import service_of
from routing.datum import Datum, to_wgs84
from routing.travel_time.port import Grade, Route

router = APIRouter(prefix="/api/v1", tags=["maps"])

NO_WAY: Final[Kind] = (404, "no_way", "两点之间没有可行的道路", "No road leads from the one point to the other")
STRAIGHT: Final = {
    "zh": "直线示意:没有道路网络,时间与距离为估算。",
    "en": "A straight line: there is no road network; time and distance are estimates.",
}
# Traffic changes; a way that was just drawn need not be asked for again at once.
_FOR_STAFF: Final = "private, max-age=10"

StatedDatum = Annotated[
    Datum,
    BeforeValidator(lambda v: v.lower() if isinstance(v, str) else v),
    Query(description="坐标基准,必填。 Datum of the coordinates; required.", examples=["wgs84"]),
]


@router.get(
    "/routes",
    summary="The way from one place to another",
    response_model=RouteOut,
    response_class=GeoJson,
    responses=documented(DATUM_REQUIRED, 401, 403, 422, NO_WAY),
)
async def get_route(
    request: Request,
    _: AnyStaff,
    from_lat: Latitude,
    from_lon: Longitude,
    to_lat: Latitude,
    to_lon: Longitude,
    datum: StatedDatum,
    at: WhenDriven = None,
) -> Response:
    """The fastest way by road, with its turns; without a road network a straight line, marked as an estimate."""
    service = service_of(request)
    departing_at = instant_asked_for(at, service.engine.clock.now())
    origin, destination = to_wgs84(from_lat, from_lon, datum), to_wgs84(to_lat, to_lon, datum)
    route = await service.travel.route(origin, destination, departing_at=departing_at)
    if route is None:
        raise ProblemError(*NO_WAY)
    return geojson({**_feature(route), "departing_at": departing_at}, _FOR_STAFF)


def _feature(route: Route) -> dict[str, Any]:
    properties = {
        "travel_time_s": round(route.travel_time_s, 1),
        "distance_m": round(route.distance_m),
        "steps": steps_wire(route),
        "source": route.source,
        "grade": route.grade,
        **({"note": STRAIGHT} if route.grade is Grade.ESTIMATE else {}),
    }
    return {"type": "Feature", "geometry": line_wire(route), "properties": properties}
