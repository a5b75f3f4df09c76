"""Coverage of the city by free units and by AEDs, and the cells that draw it."""

import asyncio
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response

from dispatch.api.access import AnyStaff
from dispatch.api.coverage import Arrivals, coverage_of
from dispatch.api.coverage_out import CoverageOut
from dispatch.api.coverage_wire import coverage_wire
from dispatch.api.encoding import encode
from dispatch.api.instants import WhenDriven, instant_asked_for
from dispatch.api.map_answers import UNCHANGED, GeoJson, Json, send
from dispatch.api.map_layers import Encoded, compressed
from dispatch.api.map_out import CellsOut
from dispatch.api.problems import documented
from dispatch.api.wiring import city_maps_of, service_of
from dispatch.domain.vocabulary import Priority
from dispatch.pipeline.policies.costs import TARGET_S

router = APIRouter(prefix="/api/v1", tags=["maps"])

LONGEST_S: Final = 3600.0
_FOR_STAFF: Final = "private, max-age=10"
_STILL: Final = "private, no-cache"


@router.get(
    "/coverage",
    summary="Coverage by units free now, and by AEDs",
    response_model=CoverageOut,
    responses={**documented(401, 403, 422), **UNCHANGED},
)
async def get_coverage(
    request: Request,
    _: AnyStaff,
    threshold_s: Annotated[float, Query(ge=60, le=LONGEST_S, description="自受理起的秒数。 Seconds from the call.")] = (
        TARGET_S[Priority.RED]
    ),
    at: WhenDriven = None,
) -> Response:
    """For every H3 cell the share that free units reach in time, by kind, and the walk to the first AED.

    Units are those that are free now; `at` moves only the hour of the travel times. The default threshold is the target of red calls.
    """
    if at is not None:
        at = instant_asked_for(at, service_of(request).engine.clock.now())
    arrivals = await coverage_of(request).arrivals(at)
    version = service_of(request).catalogue.data_version
    made = await asyncio.to_thread(_encoded, arrivals, threshold_s, version)
    return send(request, made, _FOR_STAFF, Json)


def _encoded(arrivals: Arrivals, threshold_s: float, data_version: str) -> Encoded:
    tag = f"{data_version}.{arrivals.computed_at.isoformat()}.{arrivals.departing_at.isoformat()}.{threshold_s:g}"
    return compressed(tag, encode(coverage_wire(arrivals, threshold_s, data_version)))


@router.get(
    "/maps/cells",
    summary="Cells of the city",
    response_model=CellsOut,
    response_class=GeoJson,
    responses={**documented(401, 403), **UNCHANGED},
)
async def get_cells(request: Request, _: AnyStaff) -> Response:
    """The H3 cells on land as polygons, with their estimated residents; `/coverage` speaks of them by their identifiers."""
    return send(request, await asyncio.to_thread(lambda: city_maps_of(request).cells), _STILL)
