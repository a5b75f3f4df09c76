"""What the desks need: questions, who looks at what, and corrections that pass over nobody else's."""

from datetime import timedelta

import httpx

from dispatch.engine.clocks import VirtualClock
from tests.fakes.control_room import ControlRoom


async def test_the_questions_say_in_both_languages_what_a_yes_means(client: httpx.AsyncClient) -> None:
    items = (await client.get("/api/v1/triage/questions")).json()["items"]
    (arrest,) = [item for item in items if item["code"] == "arrest"]
    assert (arrest["priority"], arrest["complaint"]) == ("red", "cardiac_arrest")
    assert "unconscious" in arrest["complaints"]
    assert arrest["text_zh"]
    assert arrest["text_en"]


async def test_an_answer_given_with_the_call_counts(client: httpx.AsyncClient) -> None:
    call = {"complaint": "seizure", "address_text": "福田区", "answers": {"seizing": "yes"}}
    taken = (await client.post("/api/v1/calls", json=call)).json()
    assert taken["incident"]["priority"] == "red"


async def test_desks_see_each_other_until_they_fall_silent(client: httpx.AsyncClient, clock: VirtualClock) -> None:
    async def say(desk: str, incident: str | None, *, is_writing: bool = False) -> list[tuple[str, str | None, bool]]:
        body = {"incident_id": incident, "is_writing": is_writing}
        items = (await client.put(f"/api/v1/desks/{desk}", json=body)).json()["items"]
        return [(item["desk_id"], item["incident_id"], item["is_writing"]) for item in items]

    assert await say("a", "inc-1", is_writing=True) == []
    assert await say("b", "inc-1") == [("a", "inc-1", True)]
    clock.advance_to(clock.now() + timedelta(seconds=13))
    assert await say("b", "inc-1") == []


async def test_what_a_person_has_seen_is_told_to_the_other_desks(client: httpx.AsyncClient) -> None:
    alarm = "escalated inc-live-1 2"
    await client.put("/api/v1/desks/a", json={"seen": [alarm]})
    (a,) = (await client.put("/api/v1/desks/b", json={})).json()["items"]
    assert (a["user"], a["seen"]) == ("dev", [alarm])


async def test_a_correction_of_what_has_changed_meanwhile_is_refused(room: ControlRoom) -> None:
    incident_id, _, _ = await room.sent_out()
    seen = (await room.incident(incident_id))["version"] - 1
    stale = {"expected_version": seen, "reason": "看错了"}
    place = {"expected_version": seen, "address_text": "福田区"}
    for path, body in [("triage", stale), ("cancel", stale), ("close", stale), ("location", place)]:
        refused = await room.post(f"/incidents/{incident_id}/{path}", body, 409)
        assert refused["code"] == "version_conflict"


async def test_a_crew_in_danger_is_seen_until_somebody_hears_that_it_is_safe(room: ControlRoom) -> None:
    incident_id, _, unit_id = await room.sent_out()
    for _ in range(2):  # pressed again in fear: it is the same call for help
        asked = await room.post(f"/units/{unit_id}/distress", {})
    assert asked["distress_at"] is not None
    # What the crew was doing is not touched.
    assert asked["incident_id"] == incident_id
    types = [event["type"] for event in (await room.get("/events", limit=1000))["items"]]
    assert types.count("CrewDistressRaised") == 1

    safe = await room.post(f"/units/{unit_id}/distress/end", {"reason": "电台确认平安"})
    assert safe["distress_at"] is None
