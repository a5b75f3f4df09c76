"""Cardiac arrest at the interface: the plan, pages and their answers, what a responder is told, and who may know what."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from dispatch.api.access import Role, User
from dispatch.api.app import create_app
from dispatch.api.wiring import Service
from dispatch.engine.clocks import VirtualClock
from routing.cells import cell_of, cell_text
from routing.geo import Wgs84
from tests.fakes.control_room import FUTIAN, ControlRoom

Wire = dict[str, Any]
SCENE = Wgs84(lat_deg=22.5431, lon_deg=114.0579)
DRONE = {
    "name": "福田 1 号",
    "base": {"lat": 22.56, "lon": 114.0579, "datum": "wgs84"},
    "cruise_mps": 15,
    "range_m": 12_000,
    "payload_kg": 3,
    "wind_limit_mps": 10,
}


def cell_beside(north_m: float) -> str:
    return cell_text(cell_of(Wgs84(lat_deg=SCENE.lat_deg + north_m / 111_195, lon_deg=SCENE.lon_deg), 9))


async def arrest(room: ControlRoom, **fields: Any) -> str:
    taken = await room.call(complaint="cardiac_arrest", address_text="福中三路 1 号", **fields)
    return str(taken["incident"]["incident_id"])


async def volunteer(room: ControlRoom, north_m: float, **fields: Any) -> str:
    unit = (await room.post("/arrest-units", {"is_simulated": True, **fields}, 201))["unit_id"]
    await room.post(f"/arrest-units/{unit}/place", {"cell": cell_beside(north_m)}, 202)
    return str(unit)


async def test_without_anybody_the_plan_is_what_the_call_taker_can_do(room: ControlRoom) -> None:
    plan = await room.get(f"/incidents/{await arrest(room)}/arrest-plan")
    assert {bringer["bringer"] for bringer in plan["bringers"]} <= {"bystander", "owner"}
    assert plan["expected_s"] <= plan["alone_s"]
    assert plan["crew"]["shock_s"] > 0
    assert plan["runs"] == []


async def test_a_volunteer_is_paged_answers_and_is_told_the_address_only_then(room: ControlRoom) -> None:
    unit = await volunteer(room, 150, has_aed=True)
    incident = await arrest(room, floor=3)
    plan = await room.get(f"/incidents/{incident}/arrest-plan")
    (asked,) = (bringer for bringer in plan["bringers"] if bringer["unit_id"] == unit)
    assert (asked["status"], asked["is_simulated"]) == ("offered", True)
    assert asked["gain_s"] >= 5

    own = await room.get(f"/arrest-units/{unit}/run")
    assert (own["location"], own["address_text"], own["cell"]) == (None, None, cell_beside(0))
    await room.post(f"/aed-runs/{asked['run_id']}/status", {"status": "accepted"})
    own = await room.get(f"/arrest-units/{unit}/run")
    assert (own["address_text"], own["floor"]) == ("福中三路 1 号", 3)
    assert own["location"]["lat"] == pytest.approx(SCENE.lat_deg)

    await room.post(f"/aed-runs/{asked['run_id']}/status", {"status": "at_patient"})
    assert (await room.get(f"/incidents/{incident}/arrest-plan"))["is_served"]
    refused = await room.post(f"/aed-runs/{asked['run_id']}/status", {"status": "accepted"}, 409)
    assert refused["code"] == "illegal_transition"
    await room.post(f"/aed-runs/{asked['run_id']}/status", {"status": "done"})
    assert (await room.get(f"/arrest-units/{unit}/run", 404))["code"] == "run_not_found"


async def test_the_next_is_paged_when_one_declines_and_the_plan_says_why(room: ControlRoom) -> None:
    unit, other = await volunteer(room, 100, has_aed=True), await volunteer(room, 200, has_aed=True)
    incident = await arrest(room)
    runs = (await room.get(f"/incidents/{incident}/arrest-plan"))["runs"]
    run_id = next(run["run_id"] for run in runs if run["unit_id"] == unit)
    await room.post(f"/aed-runs/{run_id}/status", {"status": "declined", "reason": "不便前往"})
    plan = await room.get(f"/incidents/{incident}/arrest-plan")
    assert {run["unit_id"]: run["status"] for run in plan["runs"]} == {unit: "declined", other: "offered"}
    (passed,) = (passed for passed in plan["passed_over"] if passed["unit_id"] == unit)
    assert (passed["code"], passed["text"], passed["text_en"]) == ("declined", "已谢绝", "Has declined")


async def test_a_drone_flies_only_while_the_weather_is_known(room: ControlRoom, clock: VirtualClock) -> None:
    drone = (await room.post("/arrest-units", {"drone": DRONE, "is_simulated": True}, 201))["unit_id"]
    incident = await arrest(room)

    async def said() -> str:
        plan = await room.get(f"/incidents/{incident}/arrest-plan")
        passed = {p["unit_id"]: p["code"] for p in plan["passed_over"]}
        return str(passed.get(drone) or next(b["status"] for b in plan["bringers"] if b["unit_id"] == drone))

    assert not (await room.get("/flight-conditions"))["is_known"]
    assert await said() == "weather_unknown"
    until = (clock.now() + timedelta(hours=1)).isoformat()
    weather: Wire = {"wind_mps": 12, "is_raining": False, "source": "气象台", "expires_at": until}
    await room.post("/flight-conditions", weather)
    assert await said() == "wind"
    ring = [[114.0, 22.55], [114.1, 22.55], [114.1, 22.551], [114.0, 22.551], [114.0, 22.55]]
    area = {"type": "Polygon", "coordinates": [ring], "datum": "wgs84"}
    answered = await room.post("/flight-conditions", {**weather, "wind_mps": 4, "no_fly": [area]})
    assert answered["no_fly"][0]["coordinates"][0] == ring
    assert await said() == "no_fly"
    await room.post(f"/arrest-units/{drone}/duty", {"duty": "out_of_service", "reason": "电池更换"})
    await room.post("/flight-conditions", {**weather, "wind_mps": 4})
    assert await said() == "off_duty"
    await room.post(f"/arrest-units/{drone}/duty", {"duty": "in_service"})
    assert await said() == "offered"


async def test_a_bystander_has_the_device_to_himself(room: ControlRoom) -> None:
    incident = await arrest(room, answers={"bystanders": "2"})
    plan = await room.get(f"/incidents/{incident}/arrest-plan")
    device = next(b["device"]["aed_id"] for b in plan["bringers"] if b["bringer"] == "bystander")
    body = {"bringer": "bystander", "aed_id": device}
    sent = await room.post(f"/incidents/{incident}/aed-runs", body, 201, Idempotency_Key="once")
    assert sent["status"] == "accepted"
    assert await room.post(f"/incidents/{incident}/aed-runs", body, 201, Idempotency_Key="once") == sent
    assert (await room.post(f"/incidents/{incident}/aed-runs", body, 409))["code"] == "aed_being_fetched"
    assert (await room.get(f"/aeds/{device}"))["properties"]["reserved_until"]
    unknown = {"bringer": "owner", "aed_id": "none"}
    assert (await room.post(f"/incidents/{incident}/aed-runs", unknown, 404))["code"] == "aed_not_found"
    far = {"bringer": "owner", "aed_id": max(f for f in await all_aeds(room) if f != device)}
    assert (await room.post(f"/incidents/{incident}/aed-runs", far, 409))["code"] == "aed_not_near"


async def all_aeds(room: ControlRoom) -> list[str]:
    features = (await room.get("/aeds", limit=1000))["features"]
    near = await room.get("/aeds/nearest", lat=FUTIAN["lat"], lon=FUTIAN["lon"], k=20)
    close = {f["properties"]["aed_id"] for f in near["features"]}
    return [f["properties"]["aed_id"] for f in features if f["properties"]["aed_id"] not in close]


async def test_what_is_wrong_is_refused(room: ControlRoom) -> None:
    stroke = (await room.call())["incident"]["incident_id"]
    assert (await room.get(f"/incidents/{stroke}/arrest-plan", 409))["code"] == "not_an_arrest"
    unit = await volunteer(room, 100)
    exact = cell_text(cell_of(SCENE, 12))
    for cell in (exact, "x" * 15):
        assert (await room.post(f"/arrest-units/{unit}/place", {"cell": cell}, 422))["code"] == "invalid_field"
    assert (await room.post("/arrest-units/none/duty", {"duty": "in_service"}, 404))["code"] == "arrest_unit_not_found"
    past: Wire = {"wind_mps": 1, "is_raining": False, "source": "x", "expires_at": "2020-01-01T00:00:00Z"}
    assert (await room.post("/flight-conditions", past, 422))["code"] == "invalid_field"


async def test_opting_out_forgets_the_place_and_the_unit(room: ControlRoom, service: Service) -> None:
    unit = await volunteer(room, 100)
    listed = (await room.get("/arrest-units"))["items"]
    assert [(one["unit_id"], one["has_place"], one["odds"]) for one in listed] == [(unit, True, 0.3)]
    await room.post(f"/arrest-units/{unit}/withdraw", {})
    assert (await room.get("/arrest-units"))["items"] == []
    assert unit not in service.places.fresh(service.engine.clock.now())


async def test_where_a_volunteer_is_stands_nowhere(room: ControlRoom, service: Service) -> None:
    """Neither in the journal, nor in what consoles are told, nor in any list."""
    told: list[str] = []
    client = service.hub.join(lambda: None, None)
    unit = await volunteer(room, -150, has_aed=True)
    incident = await arrest(room)
    assert (await room.get(f"/incidents/{incident}/arrest-plan"))["runs"]
    while (text := client.pop()) is not None:
        told.append(text)
    journal = "".join(str(recorded) for recorded in service.journal.read())
    assert cell_beside(-150) not in journal
    assert unit not in "".join(told)
    assert cell_beside(-150) not in str(await room.get("/arrest-units"))


@pytest.fixture
async def responder(service: Service, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    """Whoever is not the control room: a responder whose account is named as the test says."""

    async def user_of(_: object) -> User:
        return User(name="rsp-live-somebody", roles=frozenset({Role.RESPONDER}))

    monkeypatch.setattr("dispatch.api.access.user_of", user_of)
    transport = httpx.ASGITransport(app=create_app(service), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        yield client


async def test_a_responder_speaks_for_himself_alone(responder: httpx.AsyncClient) -> None:
    for path in ("/arrest-units/rsp-live-other/run", "/arrest-units", "/incidents/i/arrest-plan", "/flight-conditions"):
        assert (await responder.get(f"/api/v1{path}")).status_code == 403, path
    own = await responder.get("/api/v1/arrest-units/rsp-live-somebody/run")
    assert own.json()["code"] == "arrest_unit_not_found"
    other = await responder.post("/api/v1/arrest-units/rsp-live-other/withdraw", json={})
    assert other.status_code == 403
    step = await responder.post("/api/v1/aed-runs/run-live-x/status", json={"status": "accepted"})
    assert step.status_code == 403
