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


async def test_the_way_to_a_device_is_given_where_footways_lead_and_it_is_asked_for(
    client: httpx.AsyncClient, service: Service
) -> None:
    service.footways = DrawnFootways(1.5)
    plain = (await client.get(PATH)).json()["features"]
    asked = (await client.get(f"{PATH}&ways=true")).json()["features"]
    assert {"way" in feature["properties"]["walk"] for feature in plain} == {False}
    for feature in asked:
        walk = feature["properties"]["walk"]
        assert ("way" in walk) is (walk["grade"] == "network")
    first = next(feature for feature in asked if feature["properties"]["walk"]["grade"] == "network")
    way = first["properties"]["walk"]["way"]
    assert way["line"]["coordinates"][0] == [114.0579, 22.5431]
    assert way["line"]["coordinates"][-1] == first["geometry"]["coordinates"]
    assert [(step["turn"], step["name"]) for step in way["steps"]] == [("depart", "福华一路"), ("left", "")]


async def test_a_runner_is_shown_the_way_from_where_he_is(client: httpx.AsyncClient, service: Service) -> None:
    service.footways = DrawnFootways(1.5)
    path = f"{PATH}&ways=true&runner_lat=22.5431&runner_lon=114.0679"
    walks = [feature["properties"]["walk"] for feature in (await client.get(path)).json()["features"]]
    starts = {tuple(walk["way"]["line"]["coordinates"][0]) for walk in walks if "way" in walk}
    assert starts == {(114.0679, 22.5431)}


async def test_without_footways_there_is_no_way_to_give(client: httpx.AsyncClient) -> None:
    body = (await client.get(f"{PATH}&ways=true")).json()
    assert {"way" in feature["properties"]["walk"] for feature in body["features"]} == {False}
