"""Answers by H3 cell: the same for all who stand in it, so that they can be cached, and what a phone takes along."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from dispatch.api.wiring import Service
from routing.cells import cell_of, cell_text, centre
from routing.geo import Wgs84, distance_m

HERE = Wgs84(lat_deg=22.5431, lon_deg=114.0579)
CELL_9, CELL_7 = (cell_of(HERE, resolution) for resolution in (9, 7))


async def bundle(client: httpx.AsyncClient) -> Any:
    return (await client.get("/api/v1/aeds", params={"cell": cell_text(CELL_7)})).json()


async def test_a_cells_answer_is_that_of_its_centre_and_has_a_tag(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/aeds/nearest", params={"cell": cell_text(CELL_9)})
    middle = centre(CELL_9)
    direct = await client.get("/api/v1/aeds/nearest", params={"lat": middle.lat_deg, "lon": middle.lon_deg})
    assert [f["id"] for f in answer.json()["features"]] == [f["id"] for f in direct.json()["features"]]
    assert answer.headers["Cache-Control"] == "public, max-age=30"
    again = await client.get(
        "/api/v1/aeds/nearest",
        params={"cell": cell_text(CELL_9)},
        headers={"If-None-Match": answer.headers["ETag"]},
    )
    assert (again.status_code, again.content) == (304, b"")


async def test_the_tag_changes_with_what_is_heard(client: httpx.AsyncClient) -> None:
    params = {"cell": cell_text(CELL_9)}
    first = await client.get("/api/v1/aeds/nearest", params=params)
    await client.post(f"/api/v1/aeds/{first.json()['features'][0]['id']}/reports", json={"kind": "missing"})
    second = await client.get("/api/v1/aeds/nearest", params=params, headers={"If-None-Match": first.headers["ETag"]})
    assert second.status_code == 200


@pytest.mark.parametrize(
    "params",
    [
        {"cell": "nonsense"},
        {"cell": cell_text(CELL_9), "lat": "22.5"},
        {"lat": "22.5"},
        {"lat": "22.5", "lon": "114", "runner_lat": "22"},
    ],
)
async def test_a_place_is_given_once_and_whole(client: httpx.AsyncClient, params: dict[str, str]) -> None:
    assert (await client.get("/api/v1/aeds/nearest", params=params)).status_code == 422


@pytest.mark.parametrize("resolution", [5, 10])
async def test_a_bundle_is_of_a_neighbourhood_not_of_a_province(client: httpx.AsyncClient, resolution: int) -> None:
    answer = await client.get("/api/v1/aeds", params={"cell": cell_text(cell_of(HERE, resolution))})
    assert answer.status_code == 422


async def test_a_bundle_holds_the_cell_and_a_kilometre_around(client: httpx.AsyncClient, service: Service) -> None:
    ids = {feature["id"] for feature in (await bundle(client))["features"]}
    for aed in service.catalogue.aeds:
        if cell_of(aed.point, 7) == CELL_7:
            assert aed.aed_id in ids
    assert len(ids) < 2_000


async def test_offline_the_phone_ranks_as_the_service_does(client: httpx.AsyncClient) -> None:
    """(2 * walk_s_per_m * metres + fixed_s) / p_usable, less sure where the hours are unknown, later where they say closed."""
    body = await bundle(client)

    def rank(feature: Any) -> tuple[bool, float]:
        lon, lat = feature["geometry"]["coordinates"]
        offline = feature["properties"]["offline"]
        open_now = offline["hours"][0]["open_now"]
        p_usable = offline["p_usable"] * (body["p_hours_unknown"] if open_now == "unknown" else 1.0)
        away_m = distance_m(HERE, Wgs84(lat_deg=lat, lon_deg=lon))
        is_barred = open_now == "no" or feature["properties"]["access"]["class"] == "no"
        return is_barred, (2 * body["walk_s_per_m"] * away_m + offline["fixed_s"]) / p_usable

    online = (await client.get("/api/v1/aeds/nearest", params={"lat": HERE.lat_deg, "lon": HERE.lon_deg})).json()
    ranked = sorted(body["features"], key=rank)[:5]
    assert [feature["id"] for feature in ranked] == [feature["id"] for feature in online["features"]]


async def test_hours_are_told_for_a_day_ahead(client: httpx.AsyncClient) -> None:
    body = await bundle(client)
    computed_for, valid_until = (datetime.fromisoformat(body[key]) for key in ("computed_for", "valid_until"))
    assert valid_until - computed_for == timedelta(hours=24)
    changing = [f["properties"]["offline"]["hours"] for f in body["features"]]
    assert max(len(hours) for hours in changing) > 1
    for hours in changing:
        at = [datetime.fromisoformat(span["from"]) for span in hours]
        assert at == sorted(at)
        assert at[0] == computed_for
        assert at[-1] < valid_until


async def test_a_responder_elsewhere_is_sent_for_a_device_on_his_way(client: httpx.AsyncClient) -> None:
    far = {"lat": 22.5431, "lon": 114.0579, "runner_lat": 22.5431, "runner_lon": 114.0779}
    eta = (await client.get("/api/v1/aeds/nearest", params={**far, "k": 1})).json()["features"][0]["properties"]["eta"]
    assert eta["walk_out_s"] + eta["walk_back_s"] >= 2_000 / 1.65  # he has two kilometres to go in any case


async def test_the_shares_of_the_explanation_add_up(client: httpx.AsyncClient) -> None:
    features = (await client.get("/api/v1/aeds/nearest?lat=22.5431&lon=114.0579&k=20")).json()["features"]
    for feature in features:
        said = feature["properties"]
        shares = [reason["seconds"] for reason in said["why"] if reason.get("seconds") is not None]
        assert sum(shares) == pytest.approx(said["eta"]["risk_s"], abs=0.5)
