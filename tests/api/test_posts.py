"""Posts as the interface tells them, and a person's order to wait at one."""

from dispatch.adapters.posts import posts_of
from dispatch.api.wiring import Service
from tests.fakes.control_room import ControlRoom, idle_units


async def test_without_a_file_of_posts_there_are_none(room: ControlRoom) -> None:
    assert (await room.get("/posts"))["items"] == []


async def test_a_free_unit_is_told_to_wait_at_a_post(room: ControlRoom, service: Service) -> None:
    await service.engine.execute(posts_of(service.catalogue), actor="dev")
    posts = (await room.get("/posts"))["items"]
    assert {post["kind"] for post in posts} == {"station"}
    (unit_id,) = idle_units(await room.get("/units"), 1)
    there = posts[-1]["post_id"]
    told = await room.post(f"/units/{unit_id}/relocation", {"post_id": there, "reason": "大型活动保障"})
    assert told == {"unit_id": unit_id, "post_id": there, "advised": None}
    shown = next(unit for unit in (await room.get("/units"))["items"] if unit["unit_id"] == unit_id)
    assert (shown["post_id"], shown["status"]) == (there, "standby")
    assert (await room.get("/events", limit=10_000))["items"][-1]["type"] == "UnitRelocated"


async def test_an_unknown_post_and_a_committed_unit_are_refused(room: ControlRoom, service: Service) -> None:
    await service.engine.execute(posts_of(service.catalogue), actor="dev")
    post_id = (await room.get("/posts"))["items"][0]["post_id"]
    (unit_id,) = idle_units(await room.get("/units"), 1)
    refused = await room.post(f"/units/{unit_id}/relocation", {"post_id": "nowhere"}, 404)
    assert refused["code"] == "post_not_found"
    _, _, busy = await room.sent_out()
    refused = await room.post(f"/units/{busy}/relocation", {"post_id": post_id}, 409)
    assert refused["code"] == "unit_not_available"
