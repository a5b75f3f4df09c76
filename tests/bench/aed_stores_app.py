"""One process, one framework, several ways to answer "the five nearest AEDs" over HTTP, for `aed_stores` to compare.

`/lookup` and `/answer` ask the project's own lookup, in memory, by expected time at this minute; `/redis` and `/postgis` ask a server
beside it for the nearest in a straight line, which is all it knows; `/nothing` is what the framework costs.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import psycopg
from fastapi import FastAPI, Response
from redis.asyncio import Redis

from dispatch.api.aed_wire import nearest_wire
from dispatch.api.map_answers import geojson
from maps_data.aed_lookup import MAX_DISTANCE_M, AedLookup
from maps_data.catalogue import load_catalogue
from routing.geo import Wgs84
from routing.travel_time.walking import WalkingTimes
from tests.bench.aed import CONNECTIONS, K, many_of

REDIS: Final = "AED_STORES_REDIS"
POSTGIS: Final = "AED_STORES_POSTGIS"
FIRST_RADIUS_M: Final = 500.0
"""Redis looks at everything within the radius: a small one first, and the whole one where it holds too few."""

NEAREST: Final = (
    "SELECT id, place <-> asked AS distance_m"
    " FROM aeds, (SELECT ST_SetSRID(ST_MakePoint(%s, %s), 4326)::geography AS asked) AS asking"
    " ORDER BY place <-> asked LIMIT %s"
)

Answer = Callable[[float, float], Awaitable[Response]]


def application() -> FastAPI:
    """The routes; each store's is there if the environment names its address."""
    answers: dict[str, Answer] = {"nothing": _nothing, **_in_memory()}
    closing: list[Callable[[], Awaitable[Any]]] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        for close in closing:
            await close()

    app = FastAPI(lifespan=lifespan)
    if REDIS in os.environ:
        redis = Redis.from_url(os.environ[REDIS])
        closing.append(redis.aclose)
        answers["redis"] = _redis(redis)
    if POSTGIS in os.environ:
        answers["postgis"] = _postgis(os.environ[POSTGIS])
    for name, answer in answers.items():
        app.get(f"/{name}")(answer)
    return app


async def _nothing(lat: float, lon: float) -> Response:
    return _json([lat, lon])


def _in_memory() -> dict[str, Answer]:
    catalogue = load_catalogue()
    lookup = AedLookup(many_of(catalogue), time_zone=catalogue.time_zone, holidays=catalogue.holidays)

    async def ids(lat: float, lon: float) -> Response:
        found = lookup.nearest(Wgs84(lat_deg=lat, lon_deg=lon), K, at=datetime.now(UTC))
        return _json([(choice.aed.aed_id, choice.eta.total_s) for choice in found.choices])

    async def answer(lat: float, lon: float) -> Response:
        place, at = Wgs84(lat_deg=lat, lon_deg=lon), datetime.now(UTC)
        found = lookup.nearest(place, K, at=at)
        return geojson(
            nearest_wire(found, catalogue, at, at.date(), place=place, source=WalkingTimes.source), "no-store"
        )

    return {"lookup": ids, "answer": answer}


def _redis(redis: "Redis[Any]") -> Answer:
    async def within(radius_m: float, lat: float, lon: float) -> list[Any]:
        return await redis.geosearch(
            "aeds", longitude=lon, latitude=lat, radius=radius_m, unit="m", sort="ASC", count=K, withdist=True
        )

    async def nearest(lat: float, lon: float) -> Response:
        found = await within(FIRST_RADIUS_M, lat, lon)
        if len(found) < K:
            found = await within(MAX_DISTANCE_M, lat, lon)
        return _json([(aed_id.decode(), distance_m) for aed_id, distance_m in found])

    return nearest


def _postgis(url: str) -> Answer:
    idle: asyncio.Queue[psycopg.AsyncConnection[Any]] = asyncio.Queue()
    n_open = 0

    async def nearest(lat: float, lon: float) -> Response:
        nonlocal n_open
        if idle.empty() and n_open < CONNECTIONS:
            n_open += 1
            connection = await psycopg.AsyncConnection.connect(url, autocommit=True)
        else:
            connection = await idle.get()
        found = await (await connection.execute(NEAREST, (lon, lat, K), prepare=True)).fetchall()
        idle.put_nowait(connection)
        return _json(found)

    return nearest


def _json(value: object) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")
