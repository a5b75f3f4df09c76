"""Other AEDs while the service runs: a file is taken in, its difference is seen, it is ordered, and every version is a way back."""

import asyncio
import gzip
import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest

from dispatch.aed_data import AedDataInForce, known_at_start, version_to_know
from dispatch.api.app import create_app
from dispatch.api.wiring import Service
from dispatch.domain.evolve import fold
from dispatch.domain.world import World
from dispatch.engine.clocks import VirtualClock
from maps_data.imported import OWN, aeds_directory, current_pointer, point_to, roll_back
from routing.geo import Wgs84
from tests.api.conftest import City
from tests.fakes.aed_versions import CIVIC_CENTRE, keep_version, registry
from tests.fakes.control_room import ControlRoom
from tests.fakes.memory_journal import MemoryJournal

pytestmark = pytest.mark.slow

LAT, LON = CIVIC_CENTRE
HERE = {"lat": LAT, "lon": LON, "k": 3}


@pytest.fixture
def aed_data(service: Service, tmp_path: Path) -> AedDataInForce:
    """The service keeps versions in `tmp_path`. What its task would do by itself, a test says: `await aed_data.follow()`."""
    return keeping(service, tmp_path)


def keeping(service: Service, data_dir: Path) -> AedDataInForce:
    service.aed_data = data = AedDataInForce(service, data_dir, version=None)
    service.engine.subscribe(data.tell)
    return data


async def order(room: ControlRoom, version: str, status: int = 200, **changes: Any) -> dict[str, Any]:
    standing = (await room.get("/aed-data"))["order"]
    asked = {
        "version": version,
        "reason": "十一月登记表",
        "instead_of": standing["seq"] if standing else 0,
        "allow_removals": True,
    }
    return await room.post("/aed-data/order", asked | changes, status)


async def nearest(room: ControlRoom) -> tuple[str, list[str]]:
    """The data version and the ids of what is told to somebody at the civic centre."""
    found = await room.get("/aeds/nearest", **HERE)
    return found["data_version"], [feature["properties"]["aed_id"] for feature in found["features"]]


async def test_a_file_is_taken_in_looked_at_and_ordered(
    client: httpx.AsyncClient, room: ControlRoom, service: Service, aed_data: AedDataInForce, tmp_path: Path
) -> None:
    before = await nearest(room)
    file = registry("市民中心") + "A9,,某处,95,114.06,\n"
    taken = await client.post(
        "/api/v1/aed-data/versions",
        params={"name": "十一月.csv", "format": "csv", "datum": "wgs84", "source": "city"},
        content=gzip.compress(file.encode()),
    )
    assert taken.status_code == 201, taken.text
    told = taken.json()
    assert (told["n_imported"], told["n_added"], told["n_removed"]) == (3, 3, len(service.catalogue.aeds))
    assert told["removes_many"]
    (rejected,) = told["rejected"]
    assert rejected["row"] == 5
    assert any("'95' is no latitude" in reason for reason in rejected["reasons"])
    assert await nearest(room) == before  # nothing is in force by this

    # The city's own devices would be gone: that has to be said.
    refused = await order(room, told["version"], 409, allow_removals=False)
    assert refused["code"] == "aed_data_removes_many"
    standing = await order(room, told["version"])
    assert (standing["version"], standing["set_by"]) == (told["version"], "dev")
    data_version, ids = await nearest(room)
    assert ids == ["A1", "A2", "A3"]
    assert data_version == service.engine.world.data_version != before[0]
    state = await room.get("/aed-data")
    assert (state["version"], state["n_devices"], state["is_missing"]) == (told["version"], 3, False)
    assert [one["version"] for one in state["items"]] == [told["version"]]
    assert state["items"][0]["registries"][0]["text_zh"].startswith("“city”，由 十一月.csv 导入")
    # Whoever goes back right after it goes back from this version.
    pointer = current_pointer(tmp_path)
    assert pointer is not None
    assert (pointer.version, pointer.order) == (told["version"], standing["seq"])


async def test_the_difference_names_what_has_moved_and_what_is_gone(
    room: ControlRoom, aed_data: AedDataInForce, tmp_path: Path
) -> None:
    first = keep_version(tmp_path, registry("市民中心", n=4))
    moved = keep_version(
        tmp_path, registry("市民中心", n=2, south_m=100) + registry("市民中心", n=1, first=7).split("\n")[1] + "\n"
    )
    await order(room, first)
    told = await room.get("/aed-data/difference", to=moved)
    assert (told["added"], told["removed"], told["n_changed"]) == (["A7"], ["A3", "A4"], 2)
    assert [one["aed_id"] for one in told["moved"]] == ["A1", "A2"]
    assert all(99 < one["distance_m"] < 101 for one in told["moved"])
    assert {change["column"] for change in told["changes"]} == {"lat"}
    assert (told["instead_of_version"], told["version"]) == (first, moved)


async def test_any_earlier_version_can_be_gone_back_to(
    client: httpx.AsyncClient, room: ControlRoom, aed_data: AedDataInForce, tmp_path: Path
) -> None:
    own = await nearest(room)
    own_map = (await client.get("/api/v1/maps/aed")).headers["etag"]
    first, second = (keep_version(tmp_path, registry(name)) for name in ("市民中心", "图书馆"))
    tags = {own_map}
    for version in (first, second, first):
        await order(room, version)
        answered = await client.get("/api/v1/maps/aed", headers={"If-None-Match": own_map})
        assert answered.status_code == 200  # who holds the city's own is sent these
        tags.add(answered.headers["etag"])
    assert len(tags) == 3
    assert (await nearest(room))[1] == ["A1", "A2", "A3"]
    await order(room, OWN)
    assert await nearest(room) == own
    assert (await client.get("/api/v1/maps/aed", headers={"If-None-Match": own_map})).status_code == 304


async def test_a_damaged_or_half_written_version_leaves_the_old_one(
    room: ControlRoom, service: Service, aed_data: AedDataInForce, tmp_path: Path
) -> None:
    good = keep_version(tmp_path, registry("市民中心"))
    await order(room, good)
    before = await nearest(room)
    damaged, half, never = (
        keep_version(tmp_path, registry("图书馆")),
        keep_version(tmp_path, registry("车站")),
        "0" * 12,
    )
    table = aeds_directory(tmp_path) / damaged / "aeds.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("24/7", "off"), encoding="utf-8")
    (aeds_directory(tmp_path) / half / "evidence.csv").unlink()
    seq = service.engine.world.seq
    for version in (damaged, half, never):
        refused = await order(room, version, 422)
        assert refused["code"] == "aed_data_unusable"
    assert await nearest(room) == before
    assert service.engine.world.seq == seq


async def test_of_two_orders_at_once_the_second_is_refused_and_told_what_stands(
    room: ControlRoom, aed_data: AedDataInForce, tmp_path: Path
) -> None:
    first, second = (keep_version(tmp_path, registry(name)) for name in ("市民中心", "图书馆"))

    async def asked(version: str) -> httpx.Response:
        wanted = {"version": version, "reason": "换", "instead_of": 0, "allow_removals": True}
        return await room.http.post("/api/v1/aed-data/order", json=wanted)

    answers = await asyncio.gather(asked(first), asked(second))
    assert [answer.status_code for answer in answers] == [200, 409]
    refused = answers[1].json()
    assert (refused["code"], refused["context"]) == ("aed_data_changed", first)
    assert (await room.get("/aed-data"))["version"] == first


async def test_what_is_known_of_devices_stays_and_those_that_are_gone_are_shown_as_such(
    room: ControlRoom, service: Service, aed_data: AedDataInForce, tmp_path: Path
) -> None:
    await order(room, keep_version(tmp_path, registry("市民中心", n=4)))
    for aed_id in ("A1", "A4"):
        await room.post(f"/aeds/{aed_id}/reports", {"kind": "locked"}, 201)
    fetch = (await room.post("/aeds/A3/reports", {"kind": "fetching", "remaining_m": 150}, 201))["fetch"]
    await order(room, keep_version(tmp_path, registry("市民中心", n=2)))

    assert (await room.get("/aeds/A1"))["properties"]["report"]["kind"] == "locked"
    listed = {one["aed_id"]: one["is_listed"] for one in (await room.get("/aeds/reports"))["items"]}
    assert listed == {"A1": True, "A4": False}
    gone = {one["aed_id"]: one for one in (await room.get("/aed-data"))["gone"]}
    assert set(gone) == {"A3", "A4"}
    assert gone["A3"]["is_being_fetched"]
    assert gone["A4"]["n_reports"] == 1
    # Nobody is sent there any more; who was on the way, and who settles the report, is heard.
    await room.post("/aeds/A4/reports", {"kind": "fetching"}, 404)
    await room.post("/aeds/A3/reports", {"kind": "taken", "fetch_id": fetch["fetch_id"]}, 201)
    await room.post("/aeds/A4/review", {"outcome": "dismissed"})
    assert {one["aed_id"] for one in (await room.get("/aed-data"))["gone"]} == {"A3"}


async def test_no_answer_mixes_the_devices_of_two_versions(
    room: ControlRoom, service: Service, aed_data: AedDataInForce, tmp_path: Path
) -> None:
    """Lookups in threads and over HTTP go on while versions are exchanged: each answer is wholly of one of them."""
    names = ["市民中心", "图书馆"]
    versions = [keep_version(tmp_path, registry(name, n=20)) for name in names]
    await order(room, versions[0])
    at, place, is_over = service.engine.clock.now(), Wgs84(lat_deg=LAT, lon_deg=LON), asyncio.Event()

    def look() -> set[str]:
        """As a request does: the maps are taken once."""
        maps = service.maps
        found = maps.lookup.nearest(place, 20, at=at)
        known = {maps.catalogue.aeds_by_id[choice.aed.aed_id].name_zh for choice in found.choices}
        return known | {choice.aed.name_zh for choice in found.choices}

    async def in_threads() -> list[set[str]]:
        seen = []
        while not is_over.is_set():
            seen.append(await asyncio.to_thread(lambda: [look() for _ in range(20)]))
        return [names for some in seen for names in some]

    async def over_http() -> list[tuple[str, set[str]]]:
        seen = []
        while not is_over.is_set():
            found = await room.get("/aeds/nearest", **HERE)
            seen.append((found["data_version"], {one["properties"]["name_zh"] for one in found["features"]}))
            await asyncio.sleep(0)  # nothing in an answer waits for anything: the others want their turn
        return seen

    async def exchanged() -> None:
        for turn in range(1, 9):
            await order(room, versions[turn % 2])
        is_over.set()

    threads, answers, _ = await asyncio.gather(in_threads(), over_http(), exchanged())
    assert {frozenset(seen) for seen in threads} == {frozenset({name}) for name in names}
    assert len({version for version, _ in answers}) == len(set(map(str, answers))) == 2


async def test_a_follower_follows_and_says_so_while_it_cannot(
    room: ControlRoom, service: Service, aed_data: AedDataInForce, city: City, clock: VirtualClock, tmp_path: Path
) -> None:
    """Another process, whose disk lacks the version: it goes on with what it has and looks again until somebody has copied it."""
    other = city.service(MemoryJournal(city.adopted), clock)
    elsewhere = tmp_path / "other"
    version = keep_version(tmp_path, registry("市民中心"))
    its = keeping(other, elsewhere)
    await order(room, version)
    other.engine.is_writing = False
    journal = service.journal
    assert isinstance(journal, MemoryJournal)
    other.engine.follow(tuple(journal.entries[other.engine.world.seq :]))
    await its.follow()
    transport = httpx.ASGITransport(app=create_app(other))
    async with httpx.AsyncClient(transport=transport, base_url="http://other") as its_client:
        ready = (await its_client.get("/readyz")).json()
    assert [one["code"] for one in ready["degraded"]] == ["aed_data_missing"]
    assert len(other.maps.aeds) == len(city.catalogue.aeds)

    shutil.copytree(aeds_directory(tmp_path) / version, aeds_directory(elsewhere) / version)
    await its.follow()
    assert (its.version, its.is_missing) == (version, False)
    assert other.catalogue.data_version == service.catalogue.data_version


async def test_a_restart_knows_what_was_ordered_and_what_was_set_by_hand_since(
    room: ControlRoom, service: Service, journal: MemoryJournal, aed_data: AedDataInForce, city: City, tmp_path: Path
) -> None:
    first, second = (keep_version(tmp_path, registry(name)) for name in ("市民中心", "图书馆"))
    await order(room, first)
    await aed_data.follow()
    world = fold(World(), journal.entries)
    assert world.aed_data == service.engine.world.aed_data
    catalogue, version, is_missing = known_at_start(city.catalogue, tmp_path, world)
    assert (version, is_missing, catalogue.data_version) == (first, False, world.data_version)

    # A pointer that the crash left behind says nothing against the journal.
    standing = current_pointer(tmp_path)
    assert standing is not None
    assert (standing.version, standing.is_by_hand) == (first, False)
    point_to(tmp_path, second, order=standing.order - 1)
    assert version_to_know(world, current_pointer(tmp_path)) == first
    point_to(tmp_path, first, order=standing.order)

    # While the service stood still somebody imported another one.
    roll_back(tmp_path, second)
    catalogue, version, _ = known_at_start(city.catalogue, tmp_path, world)
    assert version == second
    await aed_data.adopt()
    adopted = service.engine.world.aed_data
    assert adopted is not None
    assert (adopted.version, adopted.set_by) == (second, "engine")
    assert service.maps.aeds[0].name_zh == "图书馆"


async def test_a_version_that_is_gone_at_the_start_is_said_and_something_else_is_known(
    room: ControlRoom, service: Service, aed_data: AedDataInForce, city: City, tmp_path: Path
) -> None:
    version = keep_version(tmp_path, registry("市民中心"))
    await order(room, version)
    shutil.rmtree(aeds_directory(tmp_path) / version)
    catalogue, known, is_missing = known_at_start(city.catalogue, tmp_path, service.engine.world)
    assert (known, is_missing) == (None, True)
    assert catalogue is city.catalogue


async def test_a_file_that_cannot_be_used_is_refused_with_what_to_do(
    client: httpx.AsyncClient, aed_data: AedDataInForce
) -> None:
    asked = {"name": "aeds.csv", "format": "csv", "datum": "wgs84"}
    for content in (b"", b"\x1f\x8bnot gzip", b"id,name,lat,lon\nA1,x,39.9,116.4\n"):
        refused = await client.post("/api/v1/aed-data/versions", params=asked, content=content)
        assert (refused.status_code, refused.json()["code"]) == (422, "aed_data_unusable")
    assert (await client.get("/api/v1/aed-data")).json()["items"] == []


async def test_a_service_that_exchanges_nothing_says_so(room: ControlRoom) -> None:
    """A drill knows the devices that it began with."""
    assert (await room.get("/aed-data", status=409))["code"] == "no_aed_data"
