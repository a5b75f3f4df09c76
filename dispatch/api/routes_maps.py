"""The life maps: AEDs and named places for everybody; stroke and chest pain maps and the fall-back basemap for staff.

Public here, without credentials: `/maps/aed` and `/maps/landmarks`, by which somebody whose phone gives no position
says where he is.
"""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from dispatch.api.access import AnyStaff, public
from dispatch.api.answers import answer
from dispatch.api.map_answers import UNCHANGED, GeoJson, geojson, send
from dispatch.api.map_out import AedMapOut, BasemapOut, NamedPlacesOut, TreatmentMapOut
from dispatch.api.map_places import place_wire
from dispatch.api.map_treatment import treatment_map
from dispatch.api.problems import documented
from dispatch.api.rate_limit import TOO_MANY_REQUESTS, rate_limited
from dispatch.api.wiring import city_maps_of, service_of
from maps_data.vocabulary import DesignationKind

router = APIRouter(prefix="/api/v1", tags=["maps"])

AsOf = Annotated[
    date | None, Query(description="城市当日,默认今天。 The city's day; default today.", examples=["2026-11-22"])
]
_OPEN_TO_ALL = [Depends(rate_limited)]
# Five minutes is the longest that a phone shows the devices of before, once others are in force.
_PUBLIC_MAP = "public, max-age=300"
_STAFF_MAP = "private, no-cache"


@router.get(
    "/maps/basemap",
    summary="Fall-back basemap",
    response_model=BasemapOut,
    response_class=GeoJson,
    responses={**documented(401, 403), **UNCHANGED},
)
async def get_basemap(request: Request, _: AnyStaff) -> Response:
    """District outlines, names and barriers, for a console without map tiles."""
    return send(request, city_maps_of(request).basemap, _STAFF_MAP)


@router.get(
    "/maps/aed",
    summary="All AEDs",
    response_model=AedMapOut,
    response_class=GeoJson,
    responses={**documented(422, TOO_MANY_REQUESTS), **UNCHANGED},
    dependencies=_OPEN_TO_ALL,
)
@public
async def get_aed_map(request: Request, as_of: AsOf = None) -> Response:
    """Every AED on record with what a map mark needs; `/aeds/{aed_id}` has the rest."""
    maps = city_maps_of(request)
    today = maps.today(service_of(request).engine.clock.now())
    return send(request, maps.aed_map(as_of or today, today=today), _PUBLIC_MAP)


@router.get(
    "/maps/stroke",
    summary="Stroke map",
    response_model=TreatmentMapOut,
    response_class=GeoJson,
    responses=documented(401, 403, 422),
)
async def get_stroke_map(request: Request, _: AnyStaff, as_of: AsOf = None) -> Response:
    """Stroke centres on a day, on what evidence, and for today what they say they can do now."""
    return _treatment_map(request, DesignationKind.STROKE, as_of)


@router.get(
    "/maps/stemi",
    summary="Chest pain map",
    response_model=TreatmentMapOut,
    response_class=GeoJson,
    responses=documented(401, 403, 422),
)
async def get_stemi_map(request: Request, _: AnyStaff, as_of: AsOf = None) -> Response:
    """Chest pain centres on a day, on what evidence, and for today what they say they can do now."""
    return _treatment_map(request, DesignationKind.STEMI, as_of)


def _treatment_map(request: Request, kind: DesignationKind, as_of: date | None) -> Response:
    maps, engine = city_maps_of(request), service_of(request).engine
    now = engine.clock.now()
    today = maps.today(now)
    value = treatment_map(maps.catalogue, engine.world, kind, as_of=as_of or today, today=today, now=now)
    return geojson(value, _STAFF_MAP)


@router.get(
    "/maps/landmarks",
    summary="Find a place by name",
    response_model=NamedPlacesOut,
    responses=documented(422, TOO_MANY_REQUESTS),
    dependencies=_OPEN_TO_ALL,
)
@public
async def find_landmarks(
    request: Request,
    q: Annotated[str, Query(min_length=1, max_length=80, examples=["华强", "convention"])],
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> Response:
    """Metro stations, hospitals, landmarks, sub-districts and districts whose Chinese or English name holds the words."""
    places = city_maps_of(request).places.find(q, limit)
    value = {"items": [place_wire(place) for place in places], "next": None}
    return answer(value, headers={"Cache-Control": "public, max-age=3600"})
