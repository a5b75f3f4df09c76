"""The life maps: versioned by date, honest about what is not known, and sent once."""

import gzip
import json
from typing import Any

import httpx
import pytest

from dispatch.api.wiring import Service


async def get(client: httpx.AsyncClient, name: str, **params: Any) -> dict[str, Any]:
    answer = await client.get(f"/api/v1/maps/{name}", params=params)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


# --- stroke and chest pain ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "members"), [("stroke", 32), ("stemi", 29)])
async def test_a_treatment_map_names_its_members_and_their_evidence(
    client: httpx.AsyncClient, name: str, members: int
) -> None:
    body = await get(client, name)
    assert body["as_of"] == "2026-11-30"
    assert body["valid_from"] == "2026-11-21"
    assert body["data_version"].startswith("shenzhen-")
    assert len(body["features"]) == members
    for feature in body["features"]:
        said = feature["properties"]
        assert said["membership"] == "yes"
        assert said["grade"] in {"official", "registry", "inferred"}
        assert said["evidence"]["zh"]
        assert said["evidence"]["dated"]


async def test_before_a_source_speaks_membership_is_unknown(client: httpx.AsyncClient) -> None:
    """The registry's list bears the day of 2026-11-21; H002 stands in a paper of 2018, H031 was unveiled on 2021-10-27."""
    body = await get(client, "stroke", as_of="2020-06-01")
    membership = {feature["id"]: feature["properties"]["membership"] for feature in body["features"]}
    assert membership["H001"] == "unknown"
    assert membership["H002"] == "yes"
    assert membership["H031"] == "no"
    assert body["others"]["membership"] == "unknown"


@pytest.mark.parametrize(
    ("name", "as_of", "published", "known"),
    [
        # Before any source.
        ("stroke", "2016-11-13", None, {"yes": 0, "no": 1, "unknown": 31}),
        # Nineteen, said the press on the first day, and named none of them; Kuichong came in 2021.
        ("stroke", "2016-12-31", 19, {"yes": 0, "no": 1, "unknown": 31}),
        # Twenty-two in April 2018, two of them named; the lead is named by a paper of that year's end.
        ("stroke", "2018-04-09", 22, {"yes": 2, "no": 1, "unknown": 29}),
        ("stroke", "2019-01-01", 22, {"yes": 3, "no": 1, "unknown": 28}),
        ("stroke", "2021-10-27", 33, {"yes": 4, "no": 0, "unknown": 28}),
        ("stroke", "2023-01-01", 32, {"yes": 4, "no": 0, "unknown": 28}),
        ("stroke", "2025-12-31", 37, {"yes": 4, "no": 0, "unknown": 28}),
        ("stroke", "2026-11-21", 37, {"yes": 32, "no": 0, "unknown": 0}),
        ("stemi", "2016-12-31", 18, {"yes": 1, "no": 0, "unknown": 28}),
        ("stemi", "2026-11-21", 29, {"yes": 29, "no": 0, "unknown": 0}),
    ],
)
async def test_a_map_answers_as_of_a_day(
    client: httpx.AsyncClient, name: str, as_of: str, published: int | None, known: dict[str, int]
) -> None:
    """The published number and the members that can be named are two things; neither is made up from the other."""
    body = await get(client, name, as_of=as_of)
    assert (body["published"] and body["published"]["members"]) == published
    assert body["known"] == known
    if published is not None:
        assert body["published"]["evidence"]["dated"] <= as_of


async def test_who_is_not_named_may_be_on_a_map_that_has_more_than_are_named(client: httpx.AsyncClient) -> None:
    """Of 37 on the stroke map 32 are named: of any other hospital it is not known. All 29 of the STEMI map are."""
    stroke, stemi = await get(client, "stroke"), await get(client, "stemi")
    assert stroke["others"]["membership"] == "unknown"
    assert "37" in stroke["others"]["zh"]
    assert "32" in stroke["others"]["en"]
    assert stemi["others"]["membership"] == "no"


async def test_a_standing_ability_has_hours_or_they_are_unknown(client: httpx.AsyncClient) -> None:
    """PCI around the clock says its hours by its name; of thrombectomy no source gives any."""
    pci = {f["id"]: f["properties"]["standing"] for f in (await get(client, "stemi"))["features"]}["H001"]
    assert (pci["state"], pci["hours"], pci["open_now"]) == ("yes", "24/7", "yes")
    thrombectomy = {f["id"]: f["properties"]["standing"] for f in (await get(client, "stroke"))["features"]}
    assert (thrombectomy["H001"]["state"], thrombectomy["H001"]["open_now"]) == ("yes", "unknown")
    assert (thrombectomy["H007"]["state"], thrombectomy["H007"]["open_now"]) == ("no", "no")
    then = (await get(client, "stemi", as_of="2026-11-29"))["features"][0]["properties"]["standing"]
    assert then["open_now"] is None


async def test_what_is_not_reported_is_unknown_and_what_is_reported_says_by_whom(client: httpx.AsyncClient) -> None:
    status = {"capability": "cath_lab", "state": "busy", "source": "值班导管室"}
    reported = await client.post("/api/v1/hospitals/H001/status", json=status)
    assert reported.status_code == 200
    features = {feature["id"]: feature["properties"] for feature in (await get(client, "stemi"))["features"]}
    said = features["H001"]["capabilities"]["cath_lab"]
    assert (said["state"], said["source"]) == ("busy", "值班导管室")
    assert said["updated_at"] < said["expires_at"]
    assert features["H001"]["capabilities"]["emergency"]["state"] == "unknown"


async def test_the_map_of_another_day_says_nothing_of_now(client: httpx.AsyncClient) -> None:
    body = await get(client, "stroke", as_of="2026-11-29")
    assert all(feature["properties"]["capabilities"] is None for feature in body["features"])


# --- AEDs ---------------------------------------------------------------------------------------------------------------


async def test_the_aed_map_holds_every_device_in_few_words(client: httpx.AsyncClient, service: Service) -> None:
    body = await get(client, "aed")
    assert len(body["features"]) == len(service.catalogue.aeds)
    assert body["membership"] == "yes"
    assert set(body["features"][0]["properties"]) == {"id", "name_zh", "access", "record_class"}


async def test_the_aed_map_before_its_registry_is_unknown(client: httpx.AsyncClient) -> None:
    assert (await get(client, "aed", as_of="2026-11-20"))["membership"] == "unknown"


async def test_the_aed_map_is_compressed_for_those_who_take_it(client: httpx.AsyncClient) -> None:
    async with client.stream("GET", "/api/v1/maps/aed", headers={"Accept-Encoding": "br, gzip;q=0.8"}) as answer:
        packed = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers["Content-Encoding"] == "gzip"
    plain = await client.get("/api/v1/maps/aed", headers={"Accept-Encoding": "gzip;q=0, identity"})
    assert "Content-Encoding" not in plain.headers
    assert len(packed) * 5 < len(plain.content)
    assert json.loads(gzip.decompress(packed)) == plain.json()


async def test_who_has_the_aed_map_already_is_not_sent_it_again(client: httpx.AsyncClient) -> None:
    first = await client.get("/api/v1/maps/aed")
    again = await client.get("/api/v1/maps/aed", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.content == b""
    stale = await client.get("/api/v1/maps/aed", headers={"If-None-Match": 'W/"another"'})
    assert stale.status_code == 200


async def test_a_day_that_is_no_day_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/maps/aed", params={"as_of": "2026-02-30"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "query:as_of"


# --- basemap and places -------------------------------------------------------------------------------------------------


async def test_the_basemap_draws_districts_names_and_barriers(client: httpx.AsyncClient, service: Service) -> None:
    features = (await get(client, "basemap"))["features"]
    kinds = [feature["properties"]["kind"] for feature in features]
    assert kinds.count("district") == kinds.count("label") == len(service.catalogue.districts)
    assert kinds.count("barrier") == len(service.catalogue.barriers) > 0
    assert all(f["properties"]["name_zh"] and f["properties"]["name_en"] for f in features)
    assert all(f["properties"]["evidence"]["zh"] and f["properties"]["evidence"]["en"] for f in features)


@pytest.mark.parametrize(
    ("typed", "name_zh", "kind"),
    [
        ("华强北", "地铁华强北站", "metro_station"),
        ("HUAQIANG NORTH", "地铁华强北站", "metro_station"),
        ("peking hospital", "北京大学深圳医院", "hospital"),
        ("福田区", "福田区", "district"),
        ("莲花街道", "莲花街道", "subdistrict"),
        ("平安金融", "平安金融中心", "landmark"),
    ],
)
async def test_a_place_is_found_by_part_of_its_name(
    client: httpx.AsyncClient, typed: str, name_zh: str, kind: str
) -> None:
    body = await get(client, "landmarks", q=typed)
    assert (body["items"][0]["name_zh"], body["items"][0]["kind"]) == (name_zh, kind)
    assert body["items"][0]["accuracy_m"] > 0


async def test_a_place_that_nobody_knows_gives_an_empty_list(client: httpx.AsyncClient) -> None:
    assert (await get(client, "landmarks", q="亚特兰蒂斯"))["items"] == []
    assert (await get(client, "landmarks", q="  "))["items"] == []


async def test_no_more_places_come_than_were_asked_for(client: httpx.AsyncClient) -> None:
    assert len((await get(client, "landmarks", q="深圳", limit=3))["items"]) == 3
    assert (await client.get("/api/v1/maps/landmarks", params={"q": ""})).status_code == 422


# --- who may ask --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["stroke", "stemi", "basemap"])
async def test_staff_maps_ask_for_credentials(client: httpx.AsyncClient, service: Service, name: str) -> None:
    service.is_development = False
    answer = await client.get(f"/api/v1/maps/{name}")
    assert answer.status_code == 401


@pytest.mark.parametrize("path", ["maps/aed", "maps/landmarks?q=福田", "aeds", "aeds/nearest?lat=22.5&lon=114"])
async def test_public_routes_do_not(client: httpx.AsyncClient, service: Service, path: str) -> None:
    service.is_development = False
    assert (await client.get(f"/api/v1/{path}")).status_code == 200
