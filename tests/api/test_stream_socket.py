"""The stream over a real socket, from the running program."""

import asyncio
import socket as sockets
from contextlib import AsyncExitStack
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosedError, InvalidStatus

from dispatch.api.envelope import is_own_page
from tests.fakes.control_room import FUTIAN, STROKE
from tests.fakes.live_service import LiveService
from tests.fakes.stream_client import SUBPROTOCOL, console

Wire = dict[str, Any]


async def post(live: LiveService, path: str, body: Any) -> Wire:
    """A command from another thread, so that the consoles of the test go on reading."""
    answer = await asyncio.to_thread(live.post, path, body)
    assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
    return dict(answer.json())


async def head(live: LiveService) -> int:
    async with console(live.stream_url) as newcomer:
        return int((await newcomer.frame())["seq"])


async def test_a_snapshot_then_all_that_happens(live_service: LiveService) -> None:
    async with console(live_service.stream_url) as follower:
        assert follower.socket.subprotocol == SUBPROTOCOL
        assert (await follower.frame())["type"] == "snapshot"
        assert len(follower.world["units"]) == 584

        taken = await post(live_service, "/calls", STROKE)
        incident_id = taken["incident"]["incident_id"]
        frame = await follower.next("events")
        assert frame["events"][0]["type"] == "IncidentOpened"
        assert follower.world["incidents"][incident_id]["state"] == "open"

        unit_id = taken["recommendation"]["units"][0]["unit_id"]
        out = await post(live_service, f"/incidents/{incident_id}/assignments", {"unit_id": unit_id})
        for status in ("acknowledged", "en_route", "on_scene", "at_hospital", "available"):
            await post(live_service, f"/assignments/{out['assignment_id']}/status", {"status": status})
        await post(live_service, f"/incidents/{incident_id}/close", {"reason": "已交接"})
        async with console(live_service.stream_url) as newcomer:
            await newcomer.frame()
        await follower.until(newcomer.seq)
        assert follower.world == newcomer.world
        assert follower.world["units"][unit_id]["status"] == "standby"


async def test_a_heartbeat_every_second(live_service: LiveService) -> None:
    async with console(live_service.stream_url) as follower:
        beats = [await follower.next("heartbeat") for _ in range(2)]
    assert all(beat["seq"] == follower.seq for beat in beats)
    assert beats[0]["sent_at"] < beats[1]["sent_at"]


async def test_who_is_up_to_date_hears_only_heartbeats_until_something_happens(live_service: LiveService) -> None:
    async with console(live_service.stream_url, after=await head(live_service)) as follower:
        quiet = [(await follower.frame())["type"] for _ in range(2)]
        assert set(quiet) <= {"heartbeat", "positions"}
        incident_id = (await post(live_service, "/calls", STROKE))["incident"]["incident_id"]
        frame = await follower.next("events")
        assert frame["events"][0]["incident_id"] == incident_id
    await post(live_service, f"/incidents/{incident_id}/cancel", {"reason": "试呼"})


async def test_who_comes_back_is_given_exactly_what_was_missed(live_service: LiveService) -> None:
    seen = await head(live_service)
    incident_id = (await post(live_service, "/calls", STROKE))["incident"]["incident_id"]
    await post(live_service, f"/incidents/{incident_id}/notes", {"text": "东门"})
    await post(live_service, f"/incidents/{incident_id}/cancel", {"reason": "试呼"})
    async with console(live_service.stream_url, after=seen) as returned:
        frames = [await returned.frame() for _ in range(3)]
    assert {frame["type"] for frame in frames} == {"events"}
    assert frames[0]["from"] == seen + 1


async def test_a_page_of_another_site_may_not_listen_in(live_service: LiveService) -> None:
    """A browser sends its user's cookies along wherever a page connects to, but says whose page it is."""
    async with console(live_service.stream_url, origin=live_service.url) as own_page:
        assert (await own_page.frame())["type"] == "snapshot"
    with pytest.raises(InvalidStatus) as refused:
        async with console(live_service.stream_url, origin="http://elsewhere.example"):
            pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize(
    ("origin", "is_ours"),
    [
        (None, True),  # no browser
        ("https://120.example", True),
        ("https://120.EXAMPLE", True),
        ("https://wall.example", True),  # allowed by name
        ("http://wall.example", False),
        ("https://120.example:8443", False),
        ("https://120.example.net", False),
        ("https://120.example/@net", False),
        ("null", False),
        ("", False),
    ],
)
def test_a_page_is_ours_by_its_host_or_by_name(origin: str | None, is_ours: bool) -> None:
    assert is_own_page(origin, "120.example", frozenset({"https://wall.example"})) is is_ours
    assert is_own_page(origin, None, frozenset()) is (origin is None)


@pytest.mark.parametrize("after", ["999999999", "-1", "yesterday", "1.5", "", "9" * 5000, "١"])
async def test_any_other_after_is_given_a_snapshot(live_service: LiveService, after: str) -> None:
    async with console(live_service.stream_url, after=after) as follower:
        assert (await follower.frame())["type"] == "snapshot"


async def test_positions_come_compact_and_are_not_in_the_world(live_service: LiveService) -> None:
    async with console(live_service.stream_url) as follower:
        await follower.frame()
        now = (await follower.next("heartbeat"))["sent_at"]
        moved = {"unit_id": "U001", **FUTIAN, "fixed_at": now, "heading_deg": 90}
        taken = await post(live_service, "/units/positions", [moved])
        assert taken == {"accepted": 1, "rejected": []}
        rows = (await follower.next("positions"))["rows"]
        (row,) = (row for row in rows if row[0] == "U001")
        assert row[1:3] == [22.5431, 114.0579]
        assert row[3] >= 0.0
        assert row[4] == 90
        assert "position" not in follower.world["units"]["U001"]


async def test_a_hundred_and_twenty_consoles_hear_of_an_assignment(live_service: LiveService) -> None:
    taken = await post(live_service, "/calls", STROKE)
    incident_id = taken["incident"]["incident_id"]
    async with AsyncExitStack() as everybody:
        room = [
            await everybody.enter_async_context(console(live_service.stream_url, after=await head(live_service)))
            for _ in range(120)
        ]
        unit_id = taken["recommendation"]["units"][0]["unit_id"]
        out = await post(live_service, f"/incidents/{incident_id}/assignments", {"unit_id": unit_id})
        now = await head(live_service)
        await asyncio.gather(*(follower.until(now) for follower in room))
    # None had a snapshot: each has built this from the same frames.
    assert all(out["assignment_id"] in follower.world["assignments"] for follower in room)
    await post(live_service, f"/incidents/{incident_id}/cancel", {"reason": "试呼"})


async def test_what_a_console_says_is_not_taken_for_anything(live_service: LiveService) -> None:
    """A token in the first message, in development too; and chatter, in text or bytes."""
    async with console(live_service.stream_url) as follower:
        for said in ('{"type": "auth", "token": "x"}', "not json", b"\x00\xff"):
            await follower.socket.send(said)
        assert (await follower.frame())["type"] == "snapshot"
        assert (await follower.next("heartbeat"))["seq"] == follower.seq


async def test_a_console_that_does_not_read_is_closed_with_4008_and_comes_back(live_service: LiveService) -> None:
    incident_id = (await post(live_service, "/calls", STROKE))["incident"]["incident_id"]
    deaf = sockets.socket()
    deaf.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    deaf.connect(("127.0.0.1", live_service.port))
    deaf.setblocking(False)
    async with (
        console(live_service.stream_url, sock=deaf, max_queue=1) as slow,
        console(live_service.stream_url) as quick,
    ):
        await slow.frame()
        await quick.frame()
        # Every note repeats all earlier ones in its patch: a hundred are some 30 MB, more than queue and kernel hold.
        for _ in range(100):
            await post(live_service, f"/incidents/{incident_id}/notes", {"text": "记" * 2000})
            await quick.next("events")
        with pytest.raises(ConnectionClosedError) as closed:
            await slow.next("farewell")
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4008
    async with console(live_service.stream_url, after=slow.seq) as returned:
        await returned.until(await head(live_service))
    assert len(returned.world["incidents"][incident_id]["notes"]) == 100
    await post(live_service, f"/incidents/{incident_id}/cancel", {"reason": "试呼"})
