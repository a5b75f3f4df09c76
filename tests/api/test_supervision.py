"""What a supervisor sees beside the board: the settings in force, and how the shift keeps its times in each district."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from dispatch.api.app import create_app
from dispatch.domain.vocabulary import Priority
from dispatch.engine.clocks import VirtualClock
from dispatch.settings import Settings
from tests.api.conftest import City
from tests.fakes.control_room import ControlRoom
from tests.fakes.memory_journal import MemoryJournal

LONGGANG = {"lat": 22.72, "lon": 114.24, "datum": "wgs84"}
NOTHING = {"n": 0, "n_met": 0, "n_late_running": 0, "median_s": None}


async def districts(room: ControlRoom) -> dict[str, Any]:
    return {each["name_zh"]: each for each in (await room.get("/supervision"))["districts"]}


async def test_each_interval_is_held_against_its_target_where_the_incident_is(
    room: ControlRoom, clock: VirtualClock
) -> None:
    """In Futian a crew is paged at once, leaves after 240 s (target 180) and is there 480 s after the call (target 480)."""
    incident_id, assignment_id, _ = await room.sent_out()
    assert (await room.incident(incident_id))["priority"] == Priority.RED
    await clock.wait_until(clock.now() + timedelta(seconds=240))
    await room.step(assignment_id, "en_route")
    await clock.wait_until(clock.now() + timedelta(seconds=240))
    await room.step(assignment_id, "on_scene")

    futian = (await districts(room))["福田区"]
    assert futian["commit"] == {"n": 1, "n_met": 1, "n_late_running": 0, "median_s": 0.0}
    assert futian["turnout"] == {"n": 1, "n_met": 0, "n_late_running": 0, "median_s": 240.0}
    assert futian["scene"] == {"n": 1, "n_met": 1, "n_late_running": 0, "median_s": 480.0}


async def test_what_still_runs_counts_from_the_moment_it_is_late(room: ControlRoom, clock: VirtualClock) -> None:
    await room.call(complaint="trauma_fall", location=LONGGANG)
    await clock.wait_until(clock.now() + timedelta(seconds=60))
    assert (await districts(room))["龙岗区"]["commit"] == NOTHING
    await clock.wait_until(clock.now() + timedelta(seconds=1))
    longgang = (await districts(room))["龙岗区"]
    assert longgang["commit"] == {"n": 1, "n_met": 0, "n_late_running": 1, "median_s": None}
    assert longgang["scene"] == NOTHING


async def test_an_arrival_that_nobody_reported_is_unknown_and_not_late(room: ControlRoom, clock: VirtualClock) -> None:
    incident_id, assignment_id, _ = await room.sent_out()
    await room.step(assignment_id, "en_route")
    await room.step(assignment_id, "left_scene")
    await clock.wait_until(clock.now() + timedelta(hours=1))
    assert (await districts(room))["福田区"]["scene"] == NOTHING
    await room.change(incident_id, "cancel", {"reason": "误报"})
    assert await districts(room) == {}


async def test_the_settings_are_shown_as_they_are_configured(
    city: City, journal: MemoryJournal, clock: VirtualClock
) -> None:
    settings = Settings(dev=True, policy="full", relocate="off", divert_forbidden={"orange"}, auto_assign={"red"})
    transport = httpx.ASGITransport(app=create_app(city.service(journal, clock, settings)))
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        policy = (await client.get("/api/v1/supervision")).json()["policy"]
    assert (policy["policy"], policy["relocation"], policy["relocation_effort"]) == ("full", "off", None)
    assert policy["divert"] == {"is_on": True, "forbidden": ["orange"], "max_per_incident": 1, "gain_s": 90.0}
    assert policy["auto_assign"] == ["red"]
    assert (policy["order"], policy["n_posts"]) == (None, 0)


@pytest.mark.parametrize("key", ["commit_s", "turnout_s", "scene_s"])
async def test_targets_come_with_the_figures(room: ControlRoom, key: str) -> None:
    assert (await room.get("/supervision"))["targets"][key]
