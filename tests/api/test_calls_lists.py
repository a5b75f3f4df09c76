"""Reading back: lists in pages, timelines, the journal's tail, and incidents that ended long ago."""

from dispatch.api.wiring import Service
from dispatch.domain import commands as cmd
from dispatch.domain.ids import IncidentId
from dispatch.domain.world import RECENT_INCIDENTS
from dispatch.engine.clocks import VirtualClock
from tests.fakes.control_room import ControlRoom, no_more_than_a_question
from tests.fakes.memory_journal import MemoryJournal


async def test_incidents_come_in_pages_by_age(room: ControlRoom) -> None:
    ids = [(await room.call(complaint="abdominal"))["incident"]["incident_id"] for _ in range(5)]
    await room.change(ids[1], "cancel", {"reason": "误拨"})

    pages, after = [], None
    while True:
        page = await room.get("/incidents", limit=2, **({"after": after} if after else {}))
        pages.append([item["incident_id"] for item in page["items"]])
        after = page["next"]
        if after is None:
            break
    assert pages == [ids[:2], ids[2:4], ids[4:]]
    open_ones = await room.get("/incidents", state="open")
    assert [item["incident_id"] for item in open_ones["items"]] == [ids[0], *ids[2:]]
    cancelled = await room.get("/incidents", state="cancelled")
    assert [item["incident_id"] for item in cancelled["items"]] == [ids[1]]


async def test_a_page_that_ends_with_the_list_says_so(room: ControlRoom) -> None:
    for _ in range(2):
        await room.call(complaint="abdominal")
    assert (await room.get("/incidents", limit=2))["next"] is None


async def test_the_journals_tail_is_dense_and_says_who_when_and_what(room: ControlRoom, journal: MemoryJournal) -> None:
    incident_id, assignment_id, unit_id = await room.sent_out()
    await room.step(assignment_id, "en_route", occurred_at="2026-11-30T09:59:50+08:00")
    events, after = [], 0
    while True:
        page = await room.get("/events", after=after, limit=3)
        events += page["items"]
        if page["next"] is None:
            break
        after = page["next"]
    assert [event["seq"] for event in events] == list(range(1, journal.head_seq + 1))
    last = events[-1]
    assert last == {
        "seq": journal.head_seq,
        "type": "AssignmentStatusChanged",
        "recorded_at": "2026-11-30T02:00:00Z",
        "occurred_at": "2026-11-30T01:59:50Z",
        "actor": "dev",
        "realm": "live",
        "incident_id": incident_id,
        "assignment_id": assignment_id,
        "unit_id": unit_id,
        "data": {"status": "en_route", "disposition": None},
    }
    assert {event["actor"] for event in events if event["type"] == "RecommendationMade"} == {"engine"}


async def test_what_holds_names_and_values_is_a_map_even_when_empty(room: ControlRoom) -> None:
    await room.call()
    answered = {"清醒": "是"}
    await room.call(answers=answered)
    events = (await room.get("/events", limit=10_000))["items"]
    assert [event["data"]["answers"] for event in events if event["type"] == "IncidentOpened"] == [{}, answered]
    adopted = events[0]["data"]
    assert all(isinstance(hospital["standing"], dict) for hospital in adopted["hospitals"])
    (made, *_) = (e["data"]["recommendation"] for e in events if e["type"] == "RecommendationMade")
    assert isinstance(made["units"][0]["cost_terms"], dict)
    assert isinstance(made["excluded_units"], dict)


async def test_after_is_exclusive_and_nothing_follows_the_head(room: ControlRoom, journal: MemoryJournal) -> None:
    await room.call()
    assert (await room.get("/events", after=1, limit=1))["items"][0]["seq"] == 2
    for after in (journal.head_seq, journal.head_seq + 5, 2**62):
        assert await room.get("/events", after=after) == {"items": [], "next": None}


async def test_a_timeline_is_all_that_happened_to_the_incident(room: ControlRoom) -> None:
    incident_id, assignment_id, _ = await room.sent_out()
    await room.call(complaint="abdominal", location={"lat": 22.7, "lon": 114.3, "datum": "wgs84"})
    await room.step(assignment_id, "en_route")
    timeline = (await room.get(f"/incidents/{incident_id}/timeline"))["items"]
    assert [event["type"] for event in timeline] == [
        "IncidentOpened",
        "CallReceived",
        "PatientAdded",
        "RecommendationMade",
        "UnitAssigned",
        "AssignmentStatusChanged",
    ]
    assert {event["incident_id"] for event in timeline} == {incident_id}
    assert (await room.get("/incidents/inc-live-none/timeline", 404))["code"] == "incident_not_found"


async def test_an_incident_can_be_read_however_old_it_is(
    room: ControlRoom, service: Service, clock: VirtualClock
) -> None:
    """The world keeps the latest ended incidents; older ones are folded from the journal again and look the same."""
    incident_id, assignment_id, _ = await room.sent_out(age_years=68, complaint="trauma_traffic", n_patients=2)
    duplicate = (await room.call(complaint="trauma_traffic"))["incident"]["incident_id"]
    await room.change(duplicate, "join", {"into_incident_id": incident_id})
    await room.step(assignment_id, "available", disposition="treated_on_scene")
    await room.change(incident_id, "close", {"reason": "现场处置"})
    before = {i: await room.incident(i) for i in (incident_id, duplicate)}
    made = await room.get(f"/incidents/{incident_id}/recommendation")

    for _ in range(RECENT_INCIDENTS):
        await no_more_than_a_question(service)

    assert IncidentId(incident_id) not in service.engine.world.incidents
    assert {i: await room.incident(i) for i in (incident_id, duplicate)} == before
    assert before[duplicate]["joined_into"] == incident_id
    assert await room.get(f"/incidents/{incident_id}/recommendation") == made
    listed = {item["incident_id"] for item in (await room.get("/incidents", limit=1000))["items"]}
    assert incident_id not in listed
    # It cannot be acted on any more.
    assert (await room.change(incident_id, "notes", {"text": "?"}, 404))["code"] == "incident_not_found"


async def test_an_old_incident_outlives_the_unit_that_served_it(
    room: ControlRoom, service: Service, clock: VirtualClock
) -> None:
    """Units leave the fleet; what they did stays on record and readable."""
    incident_id, assignment_id, unit_id = await room.sent_out()
    await room.step(assignment_id, "available", disposition="treated_on_scene")
    await room.change(incident_id, "close", {"reason": "现场处置"})
    before = await room.incident(incident_id)
    world = service.engine.world
    fewer = cmd.AdoptCatalogue(
        data_version="later",
        units=tuple(unit.record for unit in world.units.values() if unit.unit_id != unit_id),
        hospitals=tuple(hospital.record for hospital in world.hospitals.values()),
    )
    await service.engine.execute(fewer, actor="engine")
    for _ in range(RECENT_INCIDENTS):
        await no_more_than_a_question(service)
    assert await room.incident(incident_id) == before


async def test_a_unit_that_leaves_the_fleet_while_it_drives_gets_no_other_call(
    room: ControlRoom, service: Service
) -> None:
    _, assignment_id, unit_id = await room.sent_out()
    world = service.engine.world
    everyone = tuple(unit.record for unit in world.units.values())
    hospitals = tuple(hospital.record for hospital in world.hospitals.values())
    others = tuple(record for record in everyone if record.unit_id != unit_id)
    await service.engine.execute(
        cmd.AdoptCatalogue(data_version="without", units=others, hospitals=hospitals), actor="engine"
    )
    await room.step(assignment_id, "available", disposition="treated_on_scene")
    other = (await room.call())["incident"]["incident_id"]
    assert (await room.assign(other, unit_id, 409))["code"] == "unit_not_available"
    # Listed again, it serves again.
    await service.engine.execute(
        cmd.AdoptCatalogue(data_version="with", units=everyone, hospitals=hospitals), actor="engine"
    )
    await room.assign(other, unit_id, 201, override_reason="就近")


async def test_units_and_hospitals_come_in_pages_by_id(room: ControlRoom) -> None:
    for path, name, expected in (("/units", "unit_id", 584), ("/hospitals", "hospital_id", None)):
        whole = [item[name] for item in (await room.get(path))["items"]]
        paged, after = [], None
        while True:
            page = await room.get(path, limit=200, **({"after": after} if after else {}))
            paged += [item[name] for item in page["items"]]
            after = page["next"]
            if after is None:
                break
        assert paged == whole == sorted(whole)
        assert expected is None or len(whole) == expected


async def test_a_limit_has_its_limits(room: ControlRoom) -> None:
    for path in ("/incidents", "/units", "/hospitals", "/events"):
        for limit in (0, -1, 100_000):
            refused = await room.get(path, 422, limit=limit)
            assert refused["errors"][0]["pointer"] == "query:limit", path
