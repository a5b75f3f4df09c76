"""Pre-alerts and hand-overs to a hospital's system that is there, slow, down, or says no: none is lost, and none is two."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from dispatch.adapters.courier import Courier
from dispatch.adapters.fhir_peer import FhirPeer
from dispatch.api.app import create_app
from dispatch.api.wiring import Service
from dispatch.domain.commands_privacy import EraseIncident
from dispatch.domain.ids import IncidentId
from dispatch.engine.clocks import VirtualClock
from dispatch.engine.ports import DependencyFailed
from dispatch.fhir.resources import check
from dispatch.settings import Settings
from tests.api.conftest import City
from tests.fakes.control_room import ControlRoom
from tests.fakes.memory_journal import MemoryJournal
from tests.fakes.notice_peer import NoticePeer, outcome

Wire = dict[str, Any]


@pytest.fixture
def peer() -> Iterator[NoticePeer]:
    with NoticePeer().running() as peer:
        yield peer


@pytest.fixture
def service(city: City, journal: MemoryJournal, clock: VirtualClock, peer: NoticePeer) -> Service:
    """A service that tells hospitals' systems."""
    return city.service(journal, clock, Settings(dev=True, fhir_peer=peer.url))


@pytest.fixture
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=create_app(service), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        yield client


class Outbox:
    """Notices at the desk, and the courier, who goes when a test says so."""

    def __init__(self, room: ControlRoom, service: Service, clock: VirtualClock, peer: NoticePeer) -> None:
        self.room, self.clock = room, clock
        self.courier = Courier(service.engine, FhirPeer(peer.url, timeout_s=0.5), service.journal.read_incident)

    async def bed(self) -> Wire:
        """A patient on the way: incident, patient and assignment."""
        incident_id, assignment_id, _ = await self.room.sent_out(age_years=68, sex="f")
        (patient,) = (await self.room.incident(incident_id))["patients"]
        return {"incident_id": incident_id, "assignment_id": assignment_id, "patient_id": patient["patient_id"]}

    async def issue(self, bed: Wire, kind: str = "handover", status: int = 202, **headers: str) -> Wire:
        path = f"/incidents/{bed['incident_id']}/patients/{bed['patient_id']}/handovers"
        issued: Wire = await self.room.post(path, {"kind": kind}, status, **headers)
        return issued

    async def go(self, after_s: float = 0.0) -> None:
        self.clock.advance_to(self.clock.now() + timedelta(seconds=after_s))
        await self.courier.send_due()

    async def all(self, **wanted: str) -> list[Wire]:
        listed: list[Wire] = (await self.room.get("/notices", **wanted))["items"]
        return listed

    async def states(self) -> list[tuple[str, int, str | None]]:
        return [(notice["state"], notice["attempts"], notice["outcome"]) for notice in await self.all()]


@pytest.fixture
def outbox(room: ControlRoom, service: Service, clock: VirtualClock, peer: NoticePeer) -> Outbox:
    return Outbox(room, service, clock, peer)


async def test_what_is_issued_arrives_and_is_acknowledged(outbox: Outbox, peer: NoticePeer) -> None:
    bed = await outbox.bed()
    issued = await outbox.issue(bed)
    assert (issued["state"], issued["attempts"]) == ("pending", 0)
    await outbox.go()
    (shown,) = (await outbox.room.incident(bed["incident_id"]))["notices"]
    assert (shown["state"], shown["attempts"], shown["outcome"]) == ("acknowledged", 1, "answered")
    assert (shown["next_attempt_at"], shown["ended_at"]) == (None, "2026-11-30T02:00:00Z")
    assert peer.keys == [issued["notice_id"]]
    assert check(peer.told(), "Bundle")["identifier"]["value"] == issued["notice_id"]
    await outbox.go(after_s=3600)
    assert len(peer.got) == 1


async def test_with_the_peer_down_for_hours_nothing_is_lost(
    outbox: Outbox, peer: NoticePeer, service: Service, journal: MemoryJournal
) -> None:
    beds = [await outbox.bed() for _ in range(3)]
    with NoticePeer().running() as gone:
        pass
    outbox.courier = Courier(service.engine, FhirPeer(gone.url, timeout_s=0.5), service.journal.read_incident)
    issued = [(await outbox.issue(bed))["notice_id"] for bed in beds]
    before = journal.head_seq
    for _ in range(360):  # six hours, looked at every minute
        await outbox.go(after_s=60)
    assert {state for state, _, _ in await outbox.states()} == {"pending"}
    # One of them asks for all: two events a minute, and one for each of the others that was new.
    assert journal.head_seq - before <= 2 * (360 + 2)
    with gone.running():
        await outbox.go(after_s=60)
    assert sorted(gone.keys) == sorted(issued)
    assert {state for state, _, _ in await outbox.states()} == {"acknowledged"}
    assert peer.got == []


async def test_every_attempt_says_the_same_whatever_has_happened_since(outbox: Outbox, peer: NoticePeer) -> None:
    bed = await outbox.bed()
    peer.answers = [(503, outcome("transient"))]
    await outbox.issue(bed)
    await outbox.go()
    found = {"kind": "glucose_mmol_l", "value": 2.1, "observed_at": "2026-11-30T02:00:00Z", "observer": "U1"}
    await outbox.room.change(bed["incident_id"], "findings", [found])
    await outbox.room.change(bed["incident_id"], "cancel", {"reason": "试验"})
    await outbox.go(after_s=60)
    assert peer.got[0] == peer.got[1]
    assert await outbox.states() == [("acknowledged", 2, "answered")]


async def test_a_peer_that_cannot_take_one_holds_up_no_other_patient(outbox: Outbox, peer: NoticePeer) -> None:
    first, second = await outbox.bed(), await outbox.bed()
    poisoned, behind = await outbox.issue(first), await outbox.issue(first)
    other = await outbox.issue(second)
    peer.answers = [(500, outcome("exception"))]
    await outbox.go()
    assert peer.keys == [poisoned["notice_id"], other["notice_id"]]  # the same patient's next waits behind
    assert {(n["notice_id"], n["state"]) for n in await outbox.all()} == {
        (poisoned["notice_id"], "pending"),
        (behind["notice_id"], "pending"),
        (other["notice_id"], "acknowledged"),
    }
    await outbox.go(after_s=2)
    assert peer.keys[2:] == [poisoned["notice_id"], behind["notice_id"]]


async def test_a_pre_alert_goes_before_other_patients_papers(outbox: Outbox, peer: NoticePeer) -> None:
    papers = await outbox.issue(await outbox.bed())
    alert = await outbox.issue(await outbox.bed(), "pre_alert")
    await outbox.go()
    assert peer.keys == [alert["notice_id"], papers["notice_id"]]


@pytest.mark.parametrize(
    ("status", "code", "state"),
    [
        (409, "duplicate", "acknowledged"),  # it has it
        (409, "conflict", "pending"),  # two versions met
        (401, "login", "pending"),  # the token has run out: somebody will see to it
        (404, "not-found", "pending"),
        (429, "throttled", "pending"),
        (400, "invalid", "refused"),
        (422, "processing", "refused"),
    ],
)
async def test_what_an_answer_means(outbox: Outbox, peer: NoticePeer, status: int, code: str, state: str) -> None:
    peer.answers = [(status, outcome(code))]
    await outbox.issue(await outbox.bed())
    await outbox.go()
    assert [each[0] for each in await outbox.states()] == [state]


async def test_an_answer_that_is_none_of_fhir_is_no_acknowledgement(outbox: Outbox, peer: NoticePeer) -> None:
    """A proxy's page with 200 in front of a peer that is down."""
    peer.answers = [(200, {"page": "maintenance"})]
    await outbox.issue(await outbox.bed())
    await outbox.go()
    assert await outbox.states() == [("pending", 1, "failing")]


async def test_one_that_was_heard_and_not_answered_comes_again_and_can_be_told(
    outbox: Outbox, peer: NoticePeer
) -> None:
    peer.is_held.set()
    issued = await outbox.issue(await outbox.bed())
    await outbox.go()
    assert await outbox.states() == [("pending", 1, "unavailable")]
    peer.is_held.clear()
    await outbox.go(after_s=2)
    assert peer.keys == [issued["notice_id"]] * 2
    assert peer.got[0] == peer.got[1]


async def test_a_successor_takes_up_what_was_on_its_way(
    outbox: Outbox, peer: NoticePeer, city: City, journal: MemoryJournal, clock: VirtualClock
) -> None:
    """Its predecessor died between sending and writing down what came of it."""
    await outbox.issue(await outbox.bed())
    await outbox.go()
    assert [entry.type for entry in journal.entries[-2:]] == ["HandoverAttempted", "HandoverAnswered"]
    clock.advance_to(clock.now() + timedelta(seconds=2))
    successor = city.service(MemoryJournal(journal.entries[:-1]), clock, Settings(dev=True, fhir_peer=peer.url))
    await Courier(successor.engine, FhirPeer(peer.url), successor.journal.read_incident).send_due()
    assert peer.got[0] == peer.got[1]
    (notice,) = successor.engine.world.outbox.values()
    assert (notice.state, notice.attempts) == ("acknowledged", 2)


async def test_who_has_lost_the_right_to_write_sends_nothing(
    outbox: Outbox, peer: NoticePeer, service: Service, journal: MemoryJournal
) -> None:
    """It does not know it yet; the journal does, and is asked first."""
    await outbox.issue(await outbox.bed())
    journal.fail_with = DependencyFailed("another epoch")
    await outbox.go()
    service.engine.is_writing = False
    await outbox.go(after_s=60)
    assert peer.got == []


async def test_somebody_tries_again_at_once(outbox: Outbox, peer: NoticePeer) -> None:
    peer.answers = [(503, outcome("transient"))] * 6
    issued = await outbox.issue(await outbox.bed())
    for _ in range(6):
        await outbox.go(after_s=60)
    assert len(peer.got) == 6
    await outbox.go()
    assert len(peer.got) == 6
    urged = await outbox.room.post(f"/notices/{issued['notice_id']}/retry", {})
    assert urged["next_attempt_at"] == urged["attempted_at"]  # now
    await outbox.go()
    assert (await outbox.states())[0][0] == "acknowledged"
    assert (await outbox.room.post(f"/notices/{issued['notice_id']}/retry", {}, 409))["code"] == "notice_ended"


async def test_what_is_withdrawn_is_sent_no_more(outbox: Outbox, peer: NoticePeer) -> None:
    issued = await outbox.issue(await outbox.bed())
    path = f"/notices/{issued['notice_id']}/withdraw"
    withdrawn = await outbox.room.post(path, {"reason": "已电话告知"})
    assert (withdrawn["state"], withdrawn["ended_by"], withdrawn["reason"]) == ("withdrawn", "dev", "已电话告知")
    await outbox.go()
    assert peer.got == []
    assert (await outbox.room.post(path, {"reason": "再次"}, 409))["code"] == "notice_ended"
    assert (await outbox.room.post("/notices/ntc-live-none/retry", {}, 404))["code"] == "notice_not_found"


async def test_word_goes_out_by_itself(outbox: Outbox, peer: NoticePeer) -> None:
    """The pre-alert when the crew leaves with a patient who cannot wait, the hand-over when it is made; each once."""
    bed = await outbox.bed()
    for step in ("acknowledged", "en_route", "on_scene", "left_scene"):
        await outbox.room.step(bed["assignment_id"], step)
    await outbox.go()
    assert [notice["kind"] for notice in await outbox.all()] == ["pre_alert"]
    for step in ("at_hospital", "handed_over", "available"):
        await outbox.room.step(bed["assignment_id"], step)
    await outbox.go()
    assert [(notice["kind"], notice["state"]) for notice in await outbox.all()] == [
        ("pre_alert", "acknowledged"),
        ("handover", "acknowledged"),
    ]
    assert [entry["resource"]["status"] for entry in peer.told()["entry"][:2] if "status" in entry["resource"]] == [
        "finished"
    ]


async def test_a_pre_alert_that_comes_too_late_raises_no_alarm(outbox: Outbox, peer: NoticePeer) -> None:
    bed = await outbox.bed()
    peer.answers = [(503, outcome("transient"))]
    for step in ("acknowledged", "en_route", "on_scene", "left_scene"):
        await outbox.room.step(bed["assignment_id"], step)
    await outbox.go()
    await outbox.room.step(bed["assignment_id"], "at_hospital")
    assert await outbox.states() == [("overtaken", 1, "failing")]
    await outbox.go(after_s=60)
    assert len(peer.got) == 1
    assert (await outbox.issue(bed, "pre_alert", 409))["code"] == "patient_has_no_hospital"


async def test_a_repeated_key_issues_nothing_again(outbox: Outbox, service: Service) -> None:
    bed = await outbox.bed()
    first = await outbox.issue(bed, Idempotency_Key="once")
    service.records = None  # nor is somebody who asks again told that it cannot be
    assert await outbox.issue(bed, Idempotency_Key="once") == first
    assert len(await outbox.all()) == 1
    assert (await outbox.issue(bed, status=409))["code"] == "no_records_peer"


async def test_a_pending_notice_outlives_its_incident_and_not_its_person(
    outbox: Outbox, peer: NoticePeer, service: Service
) -> None:
    forgotten, erased = await outbox.bed(), await outbox.bed()
    for bed in (forgotten, erased):
        await outbox.issue(bed)
        await outbox.room.change(bed["incident_id"], "cancel", {"reason": "试验"})
    for _ in range(200):
        taken = await outbox.room.call()
        await outbox.room.change(taken["incident"]["incident_id"], "cancel", {"reason": "试验"})
    command = EraseIncident(incident_id=IncidentId(erased["incident_id"]), transfer_ids=(), reason="expired")
    await service.engine.execute(command, actor="engine")
    assert not {forgotten["incident_id"], erased["incident_id"]} & set(service.engine.world.incidents)
    assert [notice["incident_id"] for notice in await outbox.all(state="pending")] == [forgotten["incident_id"]]
    await outbox.go()
    assert len(peer.got) == 1
    assert await outbox.all() == []  # told; what became of it stands with the incident in the journal
    (kept,) = (await outbox.room.incident(forgotten["incident_id"]))["notices"]
    assert kept["state"] == "acknowledged"


async def test_nothing_of_a_person_is_logged(
    outbox: Outbox, peer: NoticePeer, caplog: pytest.LogCaptureFixture
) -> None:
    peer.answers = [(500, outcome("exception"))]
    incident = (await outbox.room.call(address_text="华强北路 1 号", caller_phone="13800000000"))["incident"]
    unit = (await outbox.room.get(f"/incidents/{incident['incident_id']}/recommendation"))["units"][0]
    await outbox.room.assign(incident["incident_id"], unit["unit_id"])
    await outbox.issue({"incident_id": incident["incident_id"], "patient_id": incident["patients"][0]["patient_id"]})
    with caplog.at_level("DEBUG"):
        await outbox.go()
        await outbox.go(after_s=60)
    assert "ntc-live-" in caplog.text
    assert not any(said in caplog.text for said in ("华强北", "13800000000", "stroke"))
