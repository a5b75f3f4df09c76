"""`GET /coverage`: who is reached in time, checked against the travel times that it is made of."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import numpy as np
import numpy.typing as npt
import pytest

from dispatch.adapters.travel_live import LiveTravel
from dispatch.api.coverage import KEPT_FOR
from dispatch.api.first_aed import PUBLIC_ACCESS
from dispatch.api.wiring import Service
from dispatch.domain.vocabulary import UnitKind
from dispatch.engine.clocks import VirtualClock
from dispatch.pipeline.policies.costs import TURNOUT_S
from maps_data.catalogue import Catalogue
from routing.cells import cell_from_text, cell_text, centre, children
from routing.geo import BoolArray, distances_m
from routing.travel_time.estimate import EstimateTravelTimes
from routing.travel_time.walking import DETOUR, SPEED_MPS
from tests.fakes.control_room import ControlRoom
from tests.fakes.river_roads import RiverRoads

PATH = "/api/v1/coverage"
ALS = 362
ANY = 362 + 205
"""Units of the embedded fleet that serve any emergency; those for newborns, stroke and infarction do not count."""


class NorthernRoads(RiverRoads):
    """Streets everywhere but in the south."""

    shore_lat_deg = 22.5

    def is_within_reach(self, lat_deg: npt.ArrayLike, lon_deg: npt.ArrayLike) -> BoolArray:
        return np.asarray(lat_deg, np.float64) >= self.shore_lat_deg


async def ask(client: httpx.AsyncClient, **params: Any) -> dict[str, Any]:
    answer = await client.get(PATH, params=params)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def columns(body: dict[str, Any]) -> dict[str, list[Any]]:
    return dict(zip(body["columns"], map(list, zip(*body["cells"], strict=True)), strict=True))


async def test_every_cell_with_residents_has_its_row(client: httpx.AsyncClient, service: Service) -> None:
    body = await ask(client)
    catalogue = service.catalogue
    assert [row[0] for row in body["cells"]] == [cell_text(cell.cell) for cell in catalogue.population_cells]
    assert body["totals"]["residents"] == round(sum(cell.population_estimate for cell in catalogue.population_cells))
    cells = (await client.get("/api/v1/maps/cells")).json()
    assert [feature["id"] for feature in cells["features"]] == columns(body)["cell"]


async def test_a_cell_is_covered_as_far_as_its_points_are_reached_in_time(
    client: httpx.AsyncClient, service: Service
) -> None:
    """Longgang's centre, on land all round: its share is that of its seven children, the turnout counted."""
    body = await ask(client, threshold_s=600)
    row = dict(zip(body["columns"], body["cells"][0], strict=True))
    points = [centre(child) for child in children(cell_from_text(row["cell"]), 9)]
    homes = [unit.record.home for unit in service.engine.world.units.values() if unit.record.kind is UnitKind.ALS]
    legs = await service.travel.many_to_many(
        np.array([home.lat_deg for home in homes]),
        np.array([home.lon_deg for home in homes]),
        np.array([point.lat_deg for point in points]),
        np.array([point.lon_deg for point in points]),
        departing_at=service.engine.clock.now(),
    )
    in_time = legs.travel_time_s.min(axis=0) + TURNOUT_S <= 600
    assert row["als_share"] == pytest.approx(in_time.mean(), abs=5e-4)
    assert (legs.source, legs.grade) == (body["travel_time"]["source"], body["travel_time"]["grade"])


async def test_more_time_and_more_units_never_cover_less(client: httpx.AsyncClient) -> None:
    shorter, longer = columns(await ask(client, threshold_s=300)), columns(await ask(client, threshold_s=900))
    for name in ("als_share", "any_share"):
        assert all(early <= late for early, late in zip(shorter[name], longer[name], strict=True))
    assert all(als <= every for als, every in zip(shorter["als_share"], shorter["any_share"], strict=True))
    assert all(als >= every for als, every in zip(shorter["als_s"], shorter["any_s"], strict=True))


async def test_the_total_is_weighted_by_residents(client: httpx.AsyncClient) -> None:
    body = await ask(client)
    by_column = columns(body)
    expected = np.average(by_column["als_share"], weights=by_column["residents"])
    assert body["totals"]["als"]["share"] == pytest.approx(expected, abs=2e-3)
    assert body["totals"]["als"]["residents"] == pytest.approx(expected * body["totals"]["residents"], rel=2e-3)


async def test_a_unit_that_is_sent_covers_nothing_any_more(
    client: httpx.AsyncClient, room: ControlRoom, clock: VirtualClock
) -> None:
    assert (await ask(client))["units"] == {"als": ALS, "any": ANY}
    taken = await room.call()
    (unit,) = taken["recommendation"]["units"]
    assert unit["kind"] == "als"
    await room.assign(taken["incident"]["incident_id"], unit["unit_id"])
    clock.advance_to(clock.now() + KEPT_FOR)
    assert (await ask(client))["units"] == {"als": ALS - 1, "any": ANY - 1}


async def test_an_answer_is_kept_for_some_seconds_and_for_its_own_instant(
    client: httpx.AsyncClient, clock: VirtualClock
) -> None:
    first = await ask(client)
    clock.advance_to(clock.now() + KEPT_FOR - timedelta(seconds=1))
    assert (await ask(client))["computed_at"] == first["computed_at"]
    planned = await ask(client, at="2026-12-01T08:00:00+08:00")
    assert datetime.fromisoformat(planned["at"]) == datetime(2026, 12, 1, tzinfo=UTC)
    # At eight in the morning the drive takes longer than at ten.
    assert planned["totals"]["any"]["share"] < first["totals"]["any"]["share"]
    clock.advance_to(clock.now() + KEPT_FOR)
    assert (await ask(client))["computed_at"] != first["computed_at"]


async def test_cells_off_the_network_have_the_estimate_and_are_named(
    client: httpx.AsyncClient, service: Service
) -> None:
    """A network that ends at 22.5 degrees north: south of it, in Dapeng and Shekou, the estimate stands."""
    travel = LiveTravel(EstimateTravelTimes(), NorthernRoads())
    service.travel = travel
    try:
        body = await ask(client)
    finally:
        travel.close()
    assert (body["travel_time"]["source"], body["travel_time"]["grade"]) == ("roads-river", "network")
    south = [row for row in body["cells"] if centre(cell_from_text(row[0])).lat_deg < NorthernRoads.shore_lat_deg]
    assert sorted(body["off_network"]) == sorted(row[0] for row in south)
    assert all(row[4] is not None for row in south)
    residents = sum(row[1] for row in south) / body["totals"]["residents"]
    assert body["travel_time"]["off_network_share"] == pytest.approx(residents, abs=2e-3)
    assert any("off_network" in note["en"] for note in body["notes"])


async def test_the_walk_to_the_first_aed_counts_devices_that_the_public_may_take(
    client: httpx.AsyncClient, service: Service
) -> None:
    body = await ask(client)
    row = dict(zip(body["columns"], body["cells"][100], strict=True))
    middle = centre(cell_from_text(row["cell"]))
    public = [aed.point for aed in _public(service.catalogue)]
    nearest_m = distances_m([p.lat_deg for p in public], [p.lon_deg for p in public], middle).min()
    assert row["aed_walk_s"] == pytest.approx(nearest_m * DETOUR / SPEED_MPS, abs=1.0)
    assert body["aeds"] == {
        "source": "walking-estimate-v1",
        "grade": "estimate",
        "network_share": 0.0,
        "n_devices": len(public),
        "is_simulated": True,
    }


def _public(catalogue: Catalogue) -> list[Any]:
    return [aed for aed in catalogue.aeds if aed.access in PUBLIC_ACCESS]


async def test_what_is_estimated_or_simulated_is_said(client: httpx.AsyncClient) -> None:
    notes = (await ask(client))["notes"]
    said_zh, said_en = (" ".join(note[language] for note in notes) for language in ("zh", "en"))
    assert all(word in said_zh for word in ("居民数为估计", "行程时间为估算", "AED 为模拟数据", "出车 60 秒"))
    assert all(
        word in said_en for word in ("Residents are estimates", "Travel times are estimates", "AEDs are simulated")
    )


async def test_who_has_the_answer_already_is_not_sent_it_again(client: httpx.AsyncClient) -> None:
    answer = await client.get(PATH)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "private, max-age=10"
    again = await client.get(PATH, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = await client.get(PATH, params={"threshold_s": 600}, headers={"If-None-Match": answer.headers["ETag"]})
    assert other.status_code == 200


@pytest.mark.parametrize(
    "params", [{"threshold_s": 59}, {"threshold_s": "nan"}, {"at": "2036-01-01T00:00:00Z"}, {"at": "now"}]
)
async def test_a_wrong_value_is_named(client: httpx.AsyncClient, params: dict[str, Any]) -> None:
    answer = await client.get(PATH, params=params)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"query:{next(iter(params))}"]
