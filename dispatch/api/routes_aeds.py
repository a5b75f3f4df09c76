"""AEDs for everybody: the nearest by expected time, one, those of an area. Positions that are asked for are kept nowhere."""

import asyncio
from bisect import bisect_right
from collections.abc import Sequence
from functools import partial
from math import isfinite
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BeforeValidator

from dispatch.api import routes_aed_reports
from dispatch.api.access import public
from dispatch.api.aed_reports import reports_at
from dispatch.api.aed_wire import Wire, aed_feature, nearest_wire
from dispatch.api.instants import instant_asked_for
from dispatch.api.map_answers import GeoJson, geojson
from dispatch.api.map_layers import CityMaps, city_maps_of
from dispatch.api.map_out import AedOut, AedsOut, NearestAedsOut
from dispatch.api.problems import ProblemError, documented, invalid_field
from dispatch.api.rate_limit import TOO_MANY_REQUESTS, rate_limited
from dispatch.api.routes_aed_reports import AED_NOT_FOUND
from dispatch.api.wire_in import Instant, Latitude, Longitude
from dispatch.api.wiring import service_of
from maps_data.aed_lookup import MAX_K
from maps_data.records import Aed
from routing.datum import Datum, to_wgs84
from routing.travel_time.walking import WalkingTimes

router = APIRouter(prefix="/api/v1", tags=["aeds"])
router.include_router(routes_aed_reports.router)  # before `/aeds/{aed_id}`, which takes any path

_LIMITED: Final = [Depends(rate_limited)]
_CACHE: Final = "public, max-age=30"

AnyDatum = Annotated[
    Datum,
    BeforeValidator(lambda v: v.lower() if isinstance(v, str) else v),
    Query(description="浏览器定位为 WGS-84(默认)。 A browser's position is WGS-84, the default."),
]
BBox = Annotated[
    str | None,
    Query(
        description="西,南,东,北,WGS-84 度。 West, south, east, north in WGS-84 degrees.",
        examples=["114.05,22.53,114.07,22.55"],
    ),
]


@router.get(
    "/aeds/nearest",
    summary="Nearest AEDs by expected time",
    response_model=NearestAedsOut,
    response_class=GeoJson,
    responses=documented(422, TOO_MANY_REQUESTS),
    dependencies=_LIMITED,
)
@public
async def nearest_aeds(
    request: Request,
    lat: Latitude,
    lon: Longitude,
    datum: AnyDatum = Datum.WGS84,
    k: Annotated[int, Query(ge=1, le=MAX_K)] = 5,
    at: Instant | None = None,
) -> Response:
    """The AEDs that can be at the patient's side soonest: walking, finding, stairs, taking out, and the risk of a vain trip.

    Closed ones come after all others and say so; what is not known is said to be unknown. Farther than 5 km there is none.
    """
    maps, service = city_maps_of(request), service_of(request)
    at = instant_asked_for(at, service.engine.clock.now())
    look = partial(
        maps.lookup.nearest,
        to_wgs84(lat, lon, datum),
        k,
        at=at,
        report_of=reports_at(service.engine.world, at),
        footways=service.footways,
    )
    # Looking for ways over footways takes longer than a thread switch, the estimate does not.
    found = look() if service.footways is None else await asyncio.to_thread(look)
    source = (service.footways or WalkingTimes).source
    return geojson(nearest_wire(found, maps.catalogue, at, maps.today(at), source), _CACHE)


@router.get(
    "/aeds",
    summary="AEDs of an area",
    response_model=AedsOut,
    response_class=GeoJson,
    responses=documented(422, TOO_MANY_REQUESTS),
    dependencies=_LIMITED,
)
@public
async def list_aeds(
    request: Request,
    bbox: BBox = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    after: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """AEDs by id, all or those in a box; `next` is the `after` of the following page."""
    maps = city_maps_of(request)
    aeds = maps.aeds if bbox is None else _in_box(maps, bbox)
    start = bisect_right(aeds, after, key=lambda aed: aed.aed_id) if after is not None else 0
    page = aeds[start : start + limit]
    return geojson(
        {
            "type": "FeatureCollection",
            "data_version": maps.catalogue.data_version,
            "features": _features(request, page),
            "next": page[-1].aed_id if start + limit < len(aeds) else None,
        },
        _CACHE,
    )


def _in_box(maps: CityMaps, bbox: str) -> list[Aed]:
    """The devices in a box by id; 422 for what is no box."""
    try:
        west, south, east, north = (float(part) for part in bbox.split(","))
    except ValueError:
        raise _bad_box() from None
    if not (all(map(isfinite, (west, south, east, north))) and west <= east and south <= north):
        raise _bad_box()
    rows = maps.lookup.index.in_box(south_deg=south, west_deg=west, north_deg=north, east_deg=east)
    return sorted((maps.lookup.aeds[row] for row in rows), key=lambda aed: aed.aed_id)


def _bad_box() -> ProblemError:
    zh, en = "bbox 须为 西,南,东,北(度)", "must be west,south,east,north in degrees, west and south first"
    return invalid_field("query:bbox", "bbox", zh, en)


@router.get(
    "/aeds/{aed_id:path}",
    summary="One AED",
    response_model=AedOut,
    response_class=GeoJson,
    responses=documented(AED_NOT_FOUND, TOO_MANY_REQUESTS),
    dependencies=_LIMITED,
)
@public
async def get_aed(request: Request, aed_id: str) -> Response:
    """All that is on record of one AED, and whether it can be got at now."""
    aed = city_maps_of(request).catalogue.aeds_by_id.get(aed_id)
    if aed is None:
        raise ProblemError(*AED_NOT_FOUND)
    return geojson(_features(request, [aed])[0], _CACHE)


def _features(request: Request, aeds: Sequence[Aed]) -> list[Wire]:
    """Devices as they stand now, with what was reported of them."""
    maps, engine = city_maps_of(request), service_of(request).engine
    now = engine.clock.now()
    report_of, today = reports_at(engine.world, now), maps.today(now)
    return [aed_feature(aed, maps.lookup.hours(aed, now), report_of(aed.aed_id), now, today) for aed in aeds]
