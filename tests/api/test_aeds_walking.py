"""`GET /aeds/nearest` where footways are known: walks over them, the estimate for the others, and each says which."""

import httpx

from dispatch.api.wiring import Service
from tests.fakes.footways import DrawnFootways

PATH = "/api/v1/aeds/nearest?lat=22.5431&lon=114.0579&k=10"


async def test_each_device_says_what_its_walk_rests_on(client: httpx.AsyncClient, service: Service) -> None:
    service.footways = DrawnFootways(1.5)
    body = (await client.get(PATH)).json()
    walks = [feature["properties"]["walk"] for feature in body["features"]]
    assert {(walk["source"], walk["grade"]) for walk in walks} == {
        ("walking-roads-test", "network"),
        ("walking-estimate-v1", "estimate"),
    }
    assert body["travel_time_source"] == "walking-roads-test"
    assert "沿步道步行往返,不通步道者按估算" in body["counted"]["zh"]
    assert "an estimate where none leads there" in body["counted"]["en"]


async def test_without_footways_all_walks_are_estimates(client: httpx.AsyncClient) -> None:
    body = (await client.get(PATH)).json()
    assert {feature["properties"]["walk"]["grade"] for feature in body["features"]} == {"estimate"}
    assert body["travel_time_source"] == "walking-estimate-v1"
    assert "按步行估算" in body["counted"]["zh"]
