"""`GET /aeds/nearest` as a bystander's phone asks it: on the embedded city, whose AEDs are all simulated."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx
import pytest

from routing.datum import wgs84_to_gcj02
from routing.geo import Wgs84

HERE = {"lat": 22.5431, "lon": 114.0579}
PATH = "/api/v1/aeds/nearest"


async def ask(client: httpx.AsyncClient, **params: Any) -> dict[str, Any]:
    answer = await client.get(PATH, params={**HERE, **params})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_five_devices_come_in_order_of_the_expected_time(client: httpx.AsyncClient) -> None:
    body = await ask(client)
    assert body["type"] == "FeatureCollection"
    assert len(body["features"]) == 5
    for sooner, later in pairwise(feature["properties"] for feature in body["features"]):
        assert (sooner["is_closed"], sooner["eta"]["total_s"]) <= (later["is_closed"], later["eta"]["total_s"])


async def test_a_device_says_where_it_is_whether_it_is_open_and_how_it_was_judged(client: httpx.AsyncClient) -> None:
    feature = (await ask(client, k=1))["features"][0]
    said = feature["properties"]
    assert feature["id"] == said["aed_id"]
    assert said["record_class"] == "simulated"
    assert said["location_text"]["zh"]
    assert said["location_text"]["en"]
    assert said["access"]["open_now"] in {"yes", "no", "unknown"}
    assert set(said["access"]) == {"class", "rule", "opening_hours", "open_now", "next_change"}
    assert set(said["device"]) == {"model", "pads_expiry", "battery_expiry", "pads_ok", "battery_ok"}
    assert 0 < said["verification"]["score"] < 1
    assert said["licence"] == "Apache-2.0"
    assert said["data_age_s"] == 9 * 86_400  # the data set is of 21 November, today is the 30th
    assert said["why"][0]["code"] == "total_time"
    assert all(reason["zh"] and reason["en"] for reason in said["why"])


async def test_the_parts_of_the_time_add_up(client: httpx.AsyncClient) -> None:
    for feature in (await ask(client, k=20))["features"]:
        eta = feature["properties"]["eta"]
        parts = sum(value for name, value in eta.items() if name not in {"total_s", "p90_s"})
        assert eta["total_s"] == pytest.approx(parts, abs=0.5)  # each is rounded to a tenth
        assert eta["p90_s"] >= eta["total_s"]


async def test_what_to_do_first_comes_with_every_answer(client: httpx.AsyncClient) -> None:
    for body in (await ask(client), await ask(client, lat=40.0, lon=116.4)):
        assert "120" in body["emergency"]["zh"]
        assert "120" in body["emergency"]["en"]
        assert body["emergency"]["steps"]


async def test_simulated_devices_are_called_simulated(client: httpx.AsyncClient) -> None:
    note = (await ask(client))["note"]
    assert "模拟" in note["zh"]
    assert "imulated" in note["en"]


async def test_far_from_every_device_the_list_is_empty_and_says_so(client: httpx.AsyncClient) -> None:
    body = await ask(client, lat=39.9, lon=116.4)
    assert body["features"] == []
    assert "5" in body["note"]["zh"]


async def test_at_night_closed_houses_are_said_to_be_closed(client: httpx.AsyncClient) -> None:
    body = await ask(client, at="2026-11-30T03:00:00+08:00")
    assert all(feature["properties"]["access"]["open_now"] == "yes" for feature in body["features"])
    assert body["closed_sooner"]["count"] > 0
    assert body["closed_sooner"]["first"][0]["name_zh"]


async def test_a_chinese_phones_position_finds_the_same_devices(client: httpx.AsyncClient) -> None:
    shifted = wgs84_to_gcj02(Wgs84(lat_deg=HERE["lat"], lon_deg=HERE["lon"]))
    direct = await ask(client)
    converted = await ask(client, lat=shifted.lat_deg, lon=shifted.lon_deg, datum="GCJ02")
    assert [f["id"] for f in converted["features"]] == [f["id"] for f in direct["features"]]


async def test_the_answer_may_be_kept_for_half_a_minute(client: httpx.AsyncClient) -> None:
    answer = await client.get(PATH, params=HERE)
    assert answer.headers["Cache-Control"] == "public, max-age=30"
    assert answer.headers["Content-Type"] == "application/geo+json"


@pytest.mark.parametrize(
    ("params", "pointer"),
    [
        ({"lat": "91"}, "query:lat"),
        ({"lat": "nan"}, "query:lat"),
        ({"lon": "inf"}, "query:lon"),
        ({"k": "0"}, "query:k"),
        ({"k": "21"}, "query:k"),
        ({"datum": "mars"}, "query:datum"),
        ({"at": "2026-11-30T10:00:00"}, "query:at"),
        ({"at": "2036-11-30T10:00:00Z"}, "query:at"),
    ],
)
async def test_a_wrong_value_is_named(client: httpx.AsyncClient, params: dict[str, str], pointer: str) -> None:
    answer = await client.get(PATH, params={**HERE, **params})
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_without_a_position_nothing_can_be_found(client: httpx.AsyncClient) -> None:
    answer = await client.get(PATH)
    assert answer.status_code == 422
    assert {error["pointer"] for error in answer.json()["errors"]} == {"query:lat", "query:lon"}


async def test_the_instant_that_was_meant_is_said(client: httpx.AsyncClient) -> None:
    asked = "2026-12-01T08:00:00+08:00"
    said = datetime.fromisoformat((await ask(client, at=asked))["computed_for"])
    assert said == datetime.fromisoformat(asked)
    assert said.utcoffset() == timedelta(0)
