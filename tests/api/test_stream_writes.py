"""What is written to a console's socket: at once for whoever has read everything, together what belongs together, framed as by RFC."""

import json
from typing import Any

import pytest
from websockets.frames import Frame
from websockets.streams import StreamReader

from dispatch.api.framing import framed_text
from dispatch.api.hub import Condition
from dispatch.api.wiring import Service
from dispatch.domain.ids import UnitId
from dispatch.domain.unit import Fix
from dispatch.engine.clocks import VirtualClock
from routing.geo import Wgs84
from tests.api.conftest import City
from tests.fakes.memory_journal import MemoryJournal


@pytest.fixture
def service(city: City, clock: VirtualClock) -> Service:
    return city.service(MemoryJournal(), clock)


def fix(clock: VirtualClock, north_deg: float = 0.0) -> Fix:
    return Fix(point=Wgs84(lat_deg=22.6 + north_deg, lon_deg=114.0), fixed_at=clock.now(), heading_deg=271.6)


def frames_in(written: bytes) -> list[dict[str, Any]]:
    """What a client reads from it."""
    reader, frames = StreamReader(), []
    reader.feed_data(written)
    while reader.buffer:
        parsing = Frame.parse(reader.read_exact, mask=False)
        try:
            next(parsing)
        except StopIteration as parsed:
            frames.append(json.loads(parsed.value.data))
        else:
            raise AssertionError("a frame is cut short")
    return frames


async def test_who_has_read_everything_is_written_to_at_once(service: Service, clock: VirtualClock) -> None:
    """Without waking anybody; once it is behind, frames wait in their order until the shell has caught up."""
    taken: list[bytes] = []
    is_open = True

    def take(framed: bytes) -> bool:
        if is_open:
            taken.append(framed)
        return is_open

    client = service.hub.join(lambda: None, None, take=take)
    service.hub.beat(clock.now())
    assert taken == []  # the snapshot has not gone out
    while client.pop() is not None:
        pass
    service.hub.beat(clock.now())
    assert frames_in(taken[0])[0]["type"] == "heartbeat"
    is_open = False
    service.hub.beat(clock.now())
    is_open = True
    service.hub.beat(clock.now())
    assert (len(taken), len(client.queue)) == (1, 2)
    while client.pop() is not None:
        pass
    service.hub.beat(clock.now())
    assert (len(taken), len(client.queue)) == (2, 0)


async def test_who_was_passed_over_is_told_first_where_all_are(service: Service, clock: VirtualClock) -> None:
    """Else the units that moved while it was behind would stand where they were until they move again."""
    taken: list[bytes] = []
    client = service.hub.join(lambda: None, None, take=lambda framed: not taken.append(framed))
    first, second = {UnitId("U-A"): fix(clock)}, {UnitId("U-B"): fix(clock, 0.01)}
    service.hub.tell_positions(first, first, clock.now())  # the snapshot has not gone out
    while client.pop() is not None:
        pass
    service.hub.tell_positions(second, first | second, clock.now())
    assert [row[0] for row in frames_in(taken[0])[0]["rows"]] == ["U-A", "U-B"]


async def test_a_heartbeat_goes_with_the_positions_of_its_tick_in_one_write(
    service: Service, clock: VirtualClock
) -> None:
    """And by itself where nobody has moved."""
    written: list[bytes] = []
    client = service.hub.join(lambda: None, service.engine.world.seq, take=lambda framed: not written.append(framed))
    assert client.pop() is None
    latest = {UnitId("U-A"): fix(clock)}
    service.hub.tell_positions(latest, latest, clock.now(), Condition(["roads_failed"]))
    service.hub.tell_positions({}, latest, clock.now(), Condition())
    service.hub.tell_positions({}, latest, clock.now())
    assert [[frame["type"] for frame in frames_in(each)] for each in written] == [
        ["positions", "heartbeat"],
        ["heartbeat"],
    ]
    assert frames_in(written[0])[1]["degraded"] == ["roads_failed"]


async def test_a_heartbeat_waits_in_order_for_who_is_behind(service: Service, clock: VirtualClock) -> None:
    """And where it may not be written, no part of the pair is lost or told twice."""
    is_open, written = True, list[bytes]()

    def take(framed: bytes) -> bool:
        if is_open:
            written.append(framed)
        return is_open

    client = service.hub.join(lambda: None, service.engine.world.seq, take=take)
    assert client.pop() is None
    latest = {UnitId("U-A"): fix(clock)}
    is_open = False
    for _ in range(2):
        service.hub.tell_positions(latest, latest, clock.now(), Condition())
    texts = [json.loads(message.text)["type"] for message in client.queue]
    assert texts == ["positions", "heartbeat", "heartbeat"]  # old positions are worth nothing
    is_open = True
    while client.pop() is not None:
        pass
    service.hub.tell_positions(latest, latest, clock.now(), Condition())
    assert [frame["type"] for each in written for frame in frames_in(each)] == ["positions", "heartbeat"]


@pytest.mark.parametrize(
    ("size", "header"),
    [
        (5, "8105"),
        (125, "817d"),
        (126, "817e007e"),
        (256, "817e0100"),
        (65_535, "817effff"),
        (65_536, "817f0000000000010000"),
    ],
)
def test_a_frame_is_what_the_rfc_says(size: int, header: str) -> None:
    """RFC 6455, sections 5.2 and 5.7."""
    payload = b"x" * size
    assert framed_text(payload) == bytes.fromhex(header) + payload
