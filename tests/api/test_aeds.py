"""One AED, and the AEDs of an area."""

from urllib.parse import quote

import httpx
import pytest

BOX = "114.05,22.53,114.07,22.55"


async def test_one_device_has_all_that_is_on_record(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/aeds/AED-M001-1")
    assert answer.status_code == 200
    feature = answer.json()
    assert feature["id"] == "AED-M001-1"
    assert feature["properties"]["level"] == "-1"
    assert feature["properties"]["floor"] == -1
    assert feature["properties"]["evidence"]["zh"].startswith("模拟")
    assert "eta" not in feature["properties"]


@pytest.mark.parametrize("aed_id", ["AED-none", "node/17", "a b", "nearest/"])
async def test_a_device_that_does_not_exist_is_not_found(client: httpx.AsyncClient, aed_id: str) -> None:
    answer = await client.get(f"/api/v1/aeds/{quote(aed_id, safe='')}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "aed_not_found"


async def test_the_devices_of_a_box_lie_in_it(client: httpx.AsyncClient) -> None:
    body = (await client.get("/api/v1/aeds", params={"bbox": BOX, "limit": 1000})).json()
    assert body["next"] is None
    assert len(body["features"]) > 10
    for feature in body["features"]:
        lon, lat = feature["geometry"]["coordinates"]
        assert 114.05 <= lon <= 114.07
        assert 22.53 <= lat <= 22.55


async def test_pages_join_without_a_gap_or_a_repeat(client: httpx.AsyncClient) -> None:
    whole = (await client.get("/api/v1/aeds", params={"bbox": BOX, "limit": 1000})).json()["features"]
    pages, after = [], None
    while True:
        params = {"bbox": BOX, "limit": "7"} | ({"after": after} if after else {})
        body = (await client.get("/api/v1/aeds", params=params)).json()
        pages += body["features"]
        if (after := body["next"]) is None:
            break
    assert [feature["id"] for feature in pages] == [feature["id"] for feature in whole]
    assert [feature["id"] for feature in pages] == sorted(feature["id"] for feature in pages)


async def test_without_a_box_all_devices_are_listed(client: httpx.AsyncClient) -> None:
    body = (await client.get("/api/v1/aeds", params={"limit": 3})).json()
    assert len(body["features"]) == 3
    assert body["next"] == body["features"][-1]["id"]


@pytest.mark.parametrize("bbox", ["", "1,2,3", "a,b,c,d", "114.07,22.53,114.05,22.55", "114,23,115,22", "nan,0,1,1"])
async def test_what_is_no_box_is_refused(client: httpx.AsyncClient, bbox: str) -> None:
    answer = await client.get("/api/v1/aeds", params={"bbox": bbox})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "query:bbox"
