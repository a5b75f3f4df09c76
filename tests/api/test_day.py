"""The incidents of a day: every one is listed, however many have left the world, and found by what a person remembers of it."""

from datetime import timedelta
from typing import Any

from dispatch.api.wiring import Service
from dispatch.domain.commands_privacy import EraseIncident
from dispatch.domain.ids import IncidentId
from dispatch.domain.world import RECENT_INCIDENTS
from dispatch.engine.clocks import VirtualClock
from tests.fakes.control_room import ControlRoom, no_more_than_a_question


async def numbers(room: ControlRoom, **asked: Any) -> list[int]:
    return [line["number"] for line in (await room.get("/day", **asked))["items"]]


async def test_more_than_the_world_keeps_are_listed_and_read_a_page_at_a_time(
    room: ControlRoom, service: Service
) -> None:
    n = RECENT_INCIDENTS + 50
    for _ in range(n):
        await no_more_than_a_question(service)
    assert len(service.engine.world.incidents) == RECENT_INCIDENTS
    newest = await room.get("/day", limit=20)
    assert (newest["total"], newest["first"]) == (n, n - 20)
    assert [line["number"] for line in newest["items"]] == list(range(n - 19, n + 1))
    assert await numbers(room, first=0, limit=3) == [1, 2, 3]
    assert await numbers(room, first=n) == []


async def test_a_line_says_how_it_went(room: ControlRoom, clock: VirtualClock) -> None:
    incident_id, assignment_id, unit_id = await room.sent_out(address_text="景田路 77 号", caller_phone="13900001111")
    await clock.wait_until(clock.now() + timedelta(minutes=9))
    await room.step(assignment_id, "on_scene")
    (line,) = (await room.get("/day"))["items"]
    assert (line["incident_id"], line["state"], line["address_text"]) == (incident_id, "open", "景田路 77 号")
    assert line["unit_ids"] == [unit_id]
    assert line["on_scene_at"] is not None
    assert "13900001111" not in str(line)

    await room.change(incident_id, "triage", {"priority": "yellow", "reason": "已缓解"})
    await room.change(incident_id, "cancel", {"reason": "误报"})
    (line,) = (await room.get("/day"))["items"]
    assert (line["priority"], line["state"], line["closing_reason"]) == ("yellow", "cancelled", "误报")


async def test_it_is_found_by_number_address_call_sign_and_telephone(room: ControlRoom, service: Service) -> None:
    _, _, unit_id = await room.sent_out(address_text="景田路 77 号", caller_phone="139-0000-1111")
    await room.call(complaint="trauma_fall", address_text="翠竹路 1058 号", caller_phone="13900002222")
    sign = service.engine.world.units[unit_id].record.call_sign  # type: ignore[index]
    for said, found in {
        "#2": [2],
        "2": [2],
        "翠竹": [2],
        sign: [1],
        "00001111": [1],
        "1390000": [1, 2],
        "999": [],
    }.items():
        assert await numbers(room, q=said) == found, said


async def test_it_is_narrowed_by_state_priority_and_day(room: ControlRoom, clock: VirtualClock) -> None:
    first = await room.call()
    await clock.wait_until(clock.now() + timedelta(hours=30))
    await room.call(complaint="trauma_fall")
    await room.change(first["incident"]["incident_id"], "cancel", {"reason": "误报"})
    assert await numbers(room, state="open") == [2]
    assert await numbers(room, state="cancelled") == [1]
    assert await numbers(room, priority="red") == [1]
    today = (clock.now() - timedelta(hours=10)).isoformat()
    assert await numbers(room, from_at=today) == [2]
    assert await numbers(room, until_at=today) == [1]
    # Two days on, only what is younger is kept.
    await clock.wait_until(clock.now() + timedelta(hours=20))
    assert await numbers(room) == [2]


async def test_a_joined_one_says_where_it_went(room: ControlRoom) -> None:
    into = (await room.call())["incident"]["incident_id"]
    joined = (await room.call(complaint="trauma_fall"))["incident"]["incident_id"]
    await room.change(joined, "join", {"into_incident_id": into})
    (line,) = (await room.get("/day", state="joined"))["items"]
    assert (line["incident_id"], line["joined_into"]) == (joined, into)


async def test_what_is_erased_is_gone(room: ControlRoom, service: Service) -> None:
    incident_id = (await room.call())["incident"]["incident_id"]
    await room.change(incident_id, "cancel", {"reason": "误报"})
    assert len(await numbers(room)) == 1
    order = EraseIncident(incident_id=IncidentId(incident_id), transfer_ids=(), reason="request")
    await service.engine.execute(order, actor="admin")
    assert await numbers(room) == []
