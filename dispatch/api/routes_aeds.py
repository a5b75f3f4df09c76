"""AEDs for everybody: the nearest by expected time, one, those of an area. Positions that are asked for are kept nowhere."""

import asyncio
from bisect import bisect_right
from collections.abc import Sequence
from functools import partial
from math import isfinite
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BeforeValidator

from dispatch.api import routes_aed_care, routes_aed_reports
from dispatch.api.access import public
from dispatch.api.aed_bundle import bundle_wire
from dispatch.api.aed_live import live_of
from dispatch.api.aed_wire import NO_WAYS, Wire, aed_feature, nearest_wire
from dispatch.api.instants import instant_asked_for
from dispatch.api.map_answers import UNCHANGED, GeoJson, geojson, send, tagged
from dispatch.api.map_layers import CityMaps
from dispatch.api.map_out import AedOut, AedsOut, NearestAedsOut
from dispatch.api.problems import ProblemError, documented, invalid_field, missing_fields
from dispatch.api.rate_limit import TOO_MANY_REQUESTS, rate_limited
from dispatch.api.routes_aed_reports import AED_NOT_FOUND
from dispatch.api.wire_in import Instant, Latitude, Longitude
from dispatch.api.wiring import city_maps_of, service_of
from maps_data.aed_lookup import MAX_K, Found
from maps_data.aed_trip import Footways
from maps_data.aed_usable import NOTHING_SINCE
from maps_data.records import Aed
from routing.cells import Cell, cell_from_text, centre, resolution_of
from routing.datum import Datum, to_wgs84
from routing.geo import Wgs84
from routing.travel_time.port import Grade, Route
from routing.travel_time.walking import WalkingTimes

router = APIRouter(prefix="/api/v1", tags=["aeds"])
router.include_router(routes_aed_reports.router)
router.include_router(routes_aed_care.router)  # before `/aeds/{aed_id}`, which takes any path

_LIMITED: Final = [Depends(rate_limited)]
_CACHE: Final = "public, max-age=30"
_CACHE_BUNDLE: Final = "public, max-age=300"
BUNDLE_RESOLUTIONS: Final = (9, 6)
"""Finest and coarsest: a cell of 6 has 36 km2 (h3geo.org), as much as a phone should load at once."""

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


CellText = Annotated[
    str | None, Query(description="H3 网格编号。 An H3 cell.", examples=["8841013a57fffff"], max_length=20)
]


@router.get(
    "/aeds/nearest",
    summary="Nearest AEDs by expected time",
    response_model=NearestAedsOut,
    response_class=GeoJson,
    responses={**documented(422, TOO_MANY_REQUESTS), **UNCHANGED},
    dependencies=_LIMITED,
)
@public
async def nearest_aeds(
    request: Request,
    lat: Annotated[Latitude | None, Query()] = None,
    lon: Annotated[Longitude | None, Query()] = None,
    cell: CellText = None,
    datum: AnyDatum = Datum.WGS84,
    k: Annotated[int, Query(ge=1, le=MAX_K)] = 5,
    at: Instant | None = None,
    runner_lat: Annotated[Latitude | None, Query()] = None,
    runner_lon: Annotated[Longitude | None, Query()] = None,
    ways: Annotated[
        bool, Query(description="附步行路线(仅沿步道)。 With the ways on foot, where footways lead.")
    ] = False,
) -> Response:
    """The AEDs that can be at the patient's side soonest: walking, finding, stairs, taking out, and the risk of a vain trip.

    Ones that cannot be had (closed, withdrawn, fetched by somebody else) come after all others and say so; what is not known is said
    to be unknown. Farther than 5 km there is none. `runner_lat`, `runner_lon`: somebody elsewhere fetches it. With a `cell`
    in place of a position the answer is that of its centre in this minute, the same for all who stand in it, and carries an ETag.
    With `ways` each device that footways lead to comes with its way: line and steps.
    """
    maps, service = city_maps_of(request), service_of(request)
    at = instant_asked_for(at, service.engine.clock.now())
    if cell is not None:
        at = at.replace(second=0, microsecond=0)
    place, runner, footways = (
        _asked_place(lat, lon, cell, datum),
        _runner(runner_lat, runner_lon, datum),
        service.footways,
    )
    look = partial(maps.lookup.nearest, place, k, at=at, live=live_of(request, at), footways=footways, runner=runner)
    if footways is None:
        found, drawn = look(), NO_WAYS
    else:  # looking for ways over footways takes longer than a thread switch, the estimate does not
        found = await asyncio.to_thread(look)
        drawn = await asyncio.to_thread(_ways, footways, runner or place, found) if ways else NO_WAYS
    source = (footways or WalkingTimes).source
    wire = nearest_wire(found, maps.catalogue, at, maps.today(at), place=place, source=source, ways=drawn)
    return geojson(wire, _CACHE) if cell is None else send(request, tagged(wire), _CACHE)


def _ways(footways: Footways, start: Wgs84, found: Found) -> dict[str, Route]:
    """The ways to the devices whose walks are along footways, by `aed_id`."""
    aeds = [choice.aed for choice in found.choices if choice.walk.grade is Grade.NETWORK]
    ways = ((aed.aed_id, footways.route(start, aed.point)) for aed in aeds)
    return {aed_id: way for aed_id, way in ways if way is not None}


def _asked_place(lat: float | None, lon: float | None, cell: str | None, datum: Datum) -> Wgs84:
    """The point that is asked for: exactly one of a position and a cell."""
    if cell is not None:
        if lat is not None or lon is not None:
            zh, en = "cell 与 lat、lon 只能给其一", "give either a cell or lat and lon"
            raise invalid_field("query:cell", "conflict", zh, en)
        return centre(_cell(cell))
    missing = [name for name, value in (("lat", lat), ("lon", lon)) if value is None]
    if missing:
        raise missing_fields([f"query:{name}" for name in missing])
    assert lat is not None
    assert lon is not None
    return to_wgs84(lat, lon, datum)


def _runner(lat: float | None, lon: float | None, datum: Datum) -> Wgs84 | None:
    if lat is None and lon is None:
        return None
    if lat is None or lon is None:
        raise missing_fields(["query:runner_lat" if lat is None else "query:runner_lon"])
    return to_wgs84(lat, lon, datum)


def _cell(text: str, finest: int = 15, coarsest: int = 0) -> Cell:
    try:
        cell = cell_from_text(text)
    except ValueError:
        raise invalid_field("query:cell", "cell", "不是 H3 网格编号", "is not an H3 cell") from None
    if not coarsest <= resolution_of(cell) <= finest:
        zh, en = f"网格须为 {coarsest} 至 {finest} 级", f"must have a resolution from {coarsest} to {finest}"
        raise invalid_field("query:cell", "resolution", zh, en)
    return cell


@router.get(
    "/aeds",
    summary="AEDs of an area",
    response_model=AedsOut,
    response_class=GeoJson,
    responses={**documented(422, TOO_MANY_REQUESTS), **UNCHANGED},
    dependencies=_LIMITED,
)
@public
async def list_aeds(
    request: Request,
    bbox: BBox = None,
    cell: CellText = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    after: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """AEDs by id, all or those in a box; `next` is the `after` of the following page.

    With a `cell` (resolution 6 to 9) all that are in it and within 1 km around, each with what a phone needs to rank it offline for
    the next 24 hours; the answer carries an ETag.
    """
    maps = city_maps_of(request)
    if cell is not None:
        at = service_of(request).engine.clock.now().replace(second=0, microsecond=0)
        bundle = bundle_wire(maps, _cell(cell, *BUNDLE_RESOLUTIONS), at, live_of(request, at))
        return send(request, tagged(bundle), _CACHE_BUNDLE)
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
    """Devices as they stand now, with what was heard of them."""
    maps, now = city_maps_of(request), service_of(request).engine.clock.now()
    live, today = live_of(request, now), maps.today(now)
    standings = (maps.lookup.standing(aed, now, live.get(aed.aed_id, NOTHING_SINCE)) for aed in aeds)
    return [aed_feature(standing, now, today) for standing in standings]
