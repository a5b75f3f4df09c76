"""`GET /routes`: a way to be drawn, honest about what it is."""

from datetime import datetime
from typing import Any

import httpx
import pytest

from dispatch.api.wiring import Service
from routing.datum import wgs84_to_gcj02
from routing.geo import Wgs84
from routing.travel_time.estimate import EstimateTravelTimes
from routing.travel_time.port import Route

PATH = "/api/v1/routes"
WAY = {"from_lat": 22.5431, "from_lon": 114.0579, "to_lat": 22.6, "to_lon": 114.1, "datum": "wgs84"}


async def test_without_a_network_the_way_is_a_straight_line_that_says_so(client: httpx.AsyncClient) -> None:
    answer = await client.get(PATH, params=WAY)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/geo+json"
    feature = answer.json()
    assert feature["geometry"] == {"type": "LineString", "coordinates": [[114.0579, 22.5431], [114.1, 22.6]]}
    said = feature["properties"]
    assert (said["grade"], said["source"], said["steps"]) == ("estimate", EstimateTravelTimes().source, [])
    assert "直线" in said["note"]["zh"]
    assert "straight line" in said["note"]["en"]
    assert said["travel_time_s"] > 300
    assert said["distance_m"] > 7_000


async def test_the_hour_that_is_asked_for_counts(client: httpx.AsyncClient) -> None:
    by_hour = {}
    for at in ("2026-12-01T08:00:00+08:00", "2026-12-01T03:00:00+08:00"):
        feature = (await client.get(PATH, params={**WAY, "at": at})).json()
        assert datetime.fromisoformat(feature["departing_at"]) == datetime.fromisoformat(at)
        by_hour[at[11:13]] = feature["properties"]["travel_time_s"]
    assert by_hour["08"] > by_hour["03"]


async def test_a_chinese_datum_is_converted(client: httpx.AsyncClient) -> None:
    shifted = wgs84_to_gcj02(Wgs84(lat_deg=WAY["from_lat"], lon_deg=WAY["from_lon"]))  # type: ignore[arg-type]
    params = {**WAY, "from_lat": shifted.lat_deg, "from_lon": shifted.lon_deg, "datum": "GCJ02"}
    start = (await client.get(PATH, params=params)).json()["geometry"]["coordinates"][0]
    assert start == pytest.approx([114.0579, 22.5431], abs=2e-6)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"datum": None}, 400, "datum_required"),
        ({"datum": "mars"}, 422, "invalid_field"),
        ({"to_lat": "91"}, 422, "invalid_field"),
        ({"from_lon": None}, 422, "invalid_field"),
        ({"at": "2036-01-01T00:00:00Z"}, 422, "invalid_field"),
    ],
)
async def test_a_wrong_value_is_refused(
    client: httpx.AsyncClient, change: dict[str, Any], status: int, code: str
) -> None:
    params = {name: value for name, value in {**WAY, **change}.items() if value is not None}
    answer = await client.get(PATH, params=params)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


class _NoRoads:
    async def route(self, origin: Wgs84, destination: Wgs84, *, departing_at: datetime) -> Route | None:
        return None


async def test_where_no_road_leads_there_is_no_way(client: httpx.AsyncClient, service: Service) -> None:
    service.travel = _NoRoads()  # type: ignore[assignment]
    answer = await client.get(PATH, params=WAY)
    assert (answer.status_code, answer.json()["code"]) == (404, "no_way")
