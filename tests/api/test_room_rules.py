"""A supervisor sets how the room works while the service runs, after seeing what would come of it."""

from dataclasses import replace
from typing import Any

import pytest

from dispatch.api.wiring import Service
from dispatch.domain.commands_room import SetRoomRules
from dispatch.domain.evolve import fold
from dispatch.domain.post import RelocationEffort, RelocationMode
from dispatch.domain.room import RoomRules
from dispatch.domain.vocabulary import Priority
from dispatch.domain.world import World
from dispatch.engine.clocks import VirtualClock
from dispatch.pipeline.policies import POLICIES
from tests.api.conftest import City
from tests.fakes.control_room import FUTIAN, ControlRoom
from tests.fakes.memory_journal import MemoryJournal

AS_IT_IS = {
    "policy": "joint",
    "relocation": "advise",
    "relocation_effort": "frugal",
    "auto_assign": [],
    "divert_forbidden": [],
}
NEAR_FUTIAN = {**FUTIAN, "lat": FUTIAN["lat"] + 0.004}


def order(instead_of: int = 0, reason: str = "暴雨,来电激增", **changes: Any) -> dict[str, Any]:
    return {"rules": AS_IT_IS | changes, "reason": reason, "instead_of": instead_of}


async def in_force(room: ControlRoom) -> dict[str, Any]:
    policy: dict[str, Any] = (await room.get("/supervision"))["policy"]
    return policy


async def test_what_waits_is_sent_for_once_no_person_has_to_confirm_it(room: ControlRoom) -> None:
    waiting = await room.call()
    incident_id, (best, *_) = waiting["incident"]["incident_id"], waiting["recommendation"]["units"]
    assert (await room.incident(incident_id))["assignments"] == []

    set_to = await room.post("/supervision/rules", order(auto_assign=["red"]))
    assert set_to["auto_assign"] == ["red"]
    (sent,) = (await room.incident(incident_id))["assignments"]
    assert sent["unit_id"] == best["unit_id"]
    later = await room.call(location=NEAR_FUTIAN)
    assert (await room.incident(later["incident"]["incident_id"]))["assignments"]


async def test_going_back_is_going_back_to_what_is_configured(room: ControlRoom) -> None:
    first = await room.post("/supervision/rules", order(auto_assign=["red", "orange"]))
    seen = first["order"]["seq"]
    back = await room.post("/supervision/rules", {"rules": None, "reason": "雨停", "instead_of": seen})
    assert back["auto_assign"] == []
    assert (back["order"]["is_configured"], back["order"]["reason"]) == (True, "雨停")
    waiting = await room.call()
    assert (await room.incident(waiting["incident"]["incident_id"]))["assignments"] == []


async def test_what_is_foretold_happens_and_foretelling_changes_nothing(room: ControlRoom, service: Service) -> None:
    for location in (FUTIAN, NEAR_FUTIAN):
        await room.call(location=location)
    asked = order(auto_assign=["red"])
    before = service.engine.world
    foretold = await room.post("/supervision/rules/effect", asked)
    assert service.engine.world is before
    assert (foretold["units_assigned"], foretold["recommended_anew"]) == (2, [])

    await room.post("/supervision/rules", asked)
    happened = [event["type"] for event in (await room.get("/events", limit=10_000))["items"]][before.seq :]
    assert happened.count("UnitAssigned") == foretold["units_assigned"]
    assert happened.count("AssignmentCancelled") == foretold["units_taken_away"] == 0


async def test_two_supervisors_cannot_overrule_each_other_unseen(room: ControlRoom) -> None:
    await room.post("/supervision/rules", order(auto_assign=["red"]))
    refused = await room.post("/supervision/rules", order(policy="full"), 409)
    assert refused["code"] == "room_rules_changed"
    assert (await in_force(room))["policy"] == "joint"
    foretold = await room.post("/supervision/rules/effect", order(policy="full"), 409)
    assert foretold["code"] == "room_rules_changed"


async def test_the_same_rules_again_are_no_new_order(room: ControlRoom) -> None:
    first = await room.post("/supervision/rules", order(auto_assign=["red"]))
    again = await room.post("/supervision/rules", order(first["order"]["seq"], "再确认", auto_assign=["red"]))
    assert again["order"] == first["order"]


@pytest.mark.parametrize(
    "wrong",
    [order(policy="oldest-first"), order(auto_assign=["purple"]), order(relocation="sometimes"), order(reason="")],
    ids=["policy", "priority", "relocation", "reason"],
)
async def test_nonsense_is_refused_and_changes_nothing(room: ControlRoom, wrong: dict[str, Any]) -> None:
    await room.post("/supervision/rules", wrong, 422)
    assert (await in_force(room))["order"] is None


@pytest.mark.parametrize("name", sorted(POLICIES))
async def test_a_policy_that_is_ordered_chooses_as_if_it_were_configured(
    room: ControlRoom, service: Service, name: str
) -> None:
    """Every policy on the same scene: three calls of different urgency, one of them with a crew on its way."""
    await room.sent_out(complaint="trauma_fall", priority="green")
    asked = [(await room.call(location=place))["incident"]["incident_id"] for place in (FUTIAN, NEAR_FUTIAN)]
    if name != "joint":
        await room.post("/supervision/rules", order(policy=name))
    engine = service.engine
    assert engine.conduct.policy.name == name
    by_order = [await engine.preview(incident_id) for incident_id in asked]

    engine.configured = replace(engine.configured, policy=POLICIES[name])
    if engine.world.room is not None:
        back = {"rules": None, "reason": "比较完毕", "instead_of": engine.world.room.seq}
        await room.post("/supervision/rules", back)
    assert [await engine.preview(incident_id) for incident_id in asked] == by_order


async def test_the_order_outlives_the_service(
    room: ControlRoom, city: City, journal: MemoryJournal, clock: VirtualClock
) -> None:
    await room.post("/supervision/rules", order(policy="full", divert_forbidden=["orange"]))
    again = city.service(journal, clock)
    conduct = again.engine.conduct
    assert (conduct.policy.name, conduct.rules.divert.forbidden) == ("full", {Priority.ORANGE})
    assert fold(World(), list(journal.entries)) == again.engine.world


async def test_an_ordered_policy_that_is_gone_stops_nobody(room: ControlRoom, service: Service) -> None:
    """As after an upgrade: the journal names a policy that the program has no longer."""
    rules = RoomRules(
        policy="of-yesteryear",
        relocation=RelocationMode.OFF,
        relocation_effort=RelocationEffort.FRUGAL,
        auto_assign=(Priority.RED,),
    )
    await service.engine.execute(SetRoomRules(rules=rules, reason="旧版本", instead_of=0), actor="chief")
    assert ((await in_force(room))["policy"], (await in_force(room))["auto_assign"]) == ("joint", ["red"])
    taken = await room.call()
    assert (await room.incident(taken["incident"]["incident_id"]))["assignments"]
