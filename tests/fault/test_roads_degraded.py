"""A service whose road network cannot be loaded starts all the same, says why, and is whole again once there is a good one."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from dispatch.api.app import create_app
from dispatch.api.wiring import Service
from dispatch.domain import events as ev
from dispatch.main import compose
from dispatch.projections.board import board
from dispatch.settings import Settings
from routing.travel_time.estimate import EstimateTravelTimes
from tests.fakes.city_streets import save_city_streets

ESTIMATE = EstimateTravelTimes()
CALL = {"location": {"lat": 22.5431, "lon": 114.0579, "datum": "wgs84"}, "complaint": "stroke"}


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A data directory with a network in `roads`, which is found without being named."""
    save_city_streets(tmp_path / "roads")
    return tmp_path


async def a_call(service: Service) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a dispatcher is told of a call, and what a monitor is told of the service."""
    transport = httpx.ASGITransport(app=create_app(service), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        answer = await client.post("/api/v1/calls", json=CALL)
        ready = await client.get("/readyz")
    assert (answer.status_code, ready.status_code) == (201, 200)
    return answer.json(), ready.json()


def told(service: Service) -> list[ev.Event]:
    """What the journal says of travel times."""
    kinds = (ev.TravelTimesAdopted, ev.TravelTimesDegraded)
    return [recorded.event for recorded in service.journal.read() if isinstance(recorded.event, kinds)]


def settings(data_dir: Path) -> Settings:
    return Settings(dev=True, data_dir=data_dir)


async def test_the_network_in_the_data_directory_is_used(data_dir: Path) -> None:
    async with compose(settings(data_dir)) as service:
        body, ready = await a_call(service)
        assert body["recommendation"]["travel_time_grade"] == "network"
        assert ready == {"status": "ready", "degraded": []}
        (adopted,) = told(service)
        assert isinstance(adopted, ev.TravelTimesAdopted)
        assert adopted.source == body["recommendation"]["travel_time_source"]
        assert service.roads is not None
        assert service.roads.unknown_ways({1, 10**9}) == {10**9}


async def test_a_damaged_network_degrades_the_start_and_a_good_one_mends_it(
    data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept = data_dir / "roads" / "drive.length_m.npy"
    whole = kept.read_bytes()
    kept.write_bytes(whole[: len(whole) // 2])
    async with compose(settings(data_dir)) as service:
        body, ready = await a_call(service)
        assert body["recommendation"]["travel_time_grade"] == "estimate"
        assert [one["code"] for one in ready["degraded"]] == ["roads_not_loaded"]
        assert str(data_dir) not in str(ready), "whoever may ask whether the service is ready need not know its paths"
        (degraded,) = told(service)
        assert isinstance(degraded, ev.TravelTimesDegraded)
        assert (degraded.code, degraded.source) == ("roads_not_loaded", ESTIMATE.source)
        assert degraded.text_en in caplog.text
        shown = board(service.engine.world)["service"]
        assert shown["degraded"] == [
            {"code": "roads_not_loaded", "text_zh": degraded.text_zh, "text_en": degraded.text_en}
        ]
        assert shown["travel_times"] == {"source": ESTIMATE.source, "grade": "estimate"}
        assert service.roads is None
    kept.write_bytes(whole)
    async with compose(settings(data_dir)) as service:
        assert isinstance(told(service)[-1], ev.TravelTimesAdopted)
        assert board(service.engine.world)["service"]["degraded"] == []
        body, _ = await a_call(service)
        assert body["recommendation"]["travel_time_grade"] == "network"


async def test_damaged_footways_cost_only_the_times_on_foot(data_dir: Path) -> None:
    async with compose(settings(data_dir)) as service:
        assert service.footways is not None
    (data_dir / "roads" / "walk" / "forward" / "head").write_bytes(b"")
    async with compose(settings(data_dir)) as service:
        body, ready = await a_call(service)
        assert body["recommendation"]["travel_time_grade"] == "network"
        assert [one["code"] for one in ready["degraded"]] == ["footways_not_loaded"]
        assert service.footways is None
        assert isinstance(told(service)[-1], ev.TravelTimesDegraded)


async def test_a_directory_that_is_named_and_holds_none_degrades_the_start(tmp_path: Path) -> None:
    async with compose(Settings(dev=True, data_dir=tmp_path, roads=tmp_path / "nowhere")) as service:
        (degraded,) = told(service)
        assert isinstance(degraded, ev.TravelTimesDegraded)
        assert "nowhere" in degraded.text_zh


async def test_without_a_network_the_estimate_is_no_degradation(tmp_path: Path) -> None:
    async with compose(settings(tmp_path)) as service:
        (adopted,) = told(service)
        assert adopted == ev.TravelTimesAdopted(source=ESTIMATE.source, grade=ESTIMATE.grade)
