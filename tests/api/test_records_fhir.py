"""A patient's record and hand-over against a real FHIR server: purpose and consent, break-glass on record, a peer that is gone."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from dispatch.adapters.courier import Courier
from dispatch.adapters.fhir_peer import FhirPeer
from dispatch.api.wiring import Service
from dispatch.domain.ids import NoticeId
from dispatch.domain.records import PeerOutcome
from dispatch.engine.clocks import VirtualClock
from dispatch.fhir.resources import check
from dispatch.fhir.summary import ATC
from tests.fakes.control_room import ControlRoom
from tests.fakes.fhir_server import FhirServer, running
from tests.fakes.live_service import free_port
from tests.fakes.memory_journal import MemoryJournal

CARD = {"system": "urn:example:health-card", "value": "440300-0001"}
NOTICE = NoticeId("ntc-test-01")
Wire = dict[str, Any]


@pytest.fixture
def platform() -> Iterator[tuple[FhirServer, str]]:
    """Mrs Li, 68: allergic to penicillin, on rivaroxaban and aspirin, a pacemaker, a stroke in 2019, a stent in 2021."""
    server = FhirServer()
    patient = server.create({"resourceType": "Patient", "identifier": [CARD], "gender": "female", "birthDate": "1958"})
    of = {"reference": f"Patient/{patient['id']}"}
    for resource in (
        {"resourceType": "AllergyIntolerance", "patient": of, "code": {"text": "青霉素"}, "recordedDate": "2003-05-01"},
        {
            "resourceType": "AllergyIntolerance",
            "patient": of,
            "code": {"text": "花生"},
            "verificationStatus": {"coding": [{"code": "refuted"}]},
        },
        {"resourceType": "AllergyIntolerance", "patient": of, "code": {"text": "碘造影剂"}},
        {
            "resourceType": "MedicationStatement",
            "subject": of,
            "status": "active",
            "medicationCodeableConcept": {"coding": [{"system": ATC, "code": "B01AF01", "display": "rivaroxaban"}]},
        },
        {
            "resourceType": "MedicationStatement",
            "subject": of,
            "status": "active",
            "medicationCodeableConcept": {"coding": [{"system": ATC, "code": "B01AC06"}], "text": "阿司匹林"},
        },
        {
            "resourceType": "MedicationStatement",
            "subject": of,
            "status": "stopped",
            "medicationCodeableConcept": {"text": "华法林"},
        },
        {"resourceType": "Device", "patient": of, "type": {"text": "心脏起搏器"}, "status": "active"},
        {
            "resourceType": "Condition",
            "subject": of,
            "clinicalStatus": {"coding": [{"code": "resolved"}]},
            "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "I63.5"}], "text": "脑梗死"},
            "onsetDateTime": "2019-03-04",
        },
        {"resourceType": "Condition", "subject": of, "code": {"text": "高血压"}},
        {
            "resourceType": "Procedure",
            "subject": of,
            "status": "completed",
            "code": {"text": "冠状动脉支架置入术"},
            "performedDateTime": "2021-06-07",
        },
    ):
        server.create(resource)
    with running(server) as url:
        yield server, url


class Bed:
    """One patient of an open incident."""

    def __init__(self, room: ControlRoom, incident_id: str, patient_id: str, assignment_id: str) -> None:
        self.room, self.incident_id, self.assignment_id = room, incident_id, assignment_id
        self.path = f"/incidents/{incident_id}/patients/{patient_id}"

    async def ask(self, consent: str, status: int = 200, **fields: str) -> Wire:
        asked: Wire = await self.room.post(
            f"{self.path}/record", {"identifier": CARD, "consent": consent, **fields}, status
        )
        return asked

    async def record(self, status: int = 200) -> Wire:
        found: Wire = await self.room.get(f"{self.path}/record", status)
        return found

    async def hand_over(self, kind: str, courier: Courier) -> Wire:
        told: Wire = await self.room.post(f"{self.path}/handovers", {"kind": kind}, 202)
        await courier.send_due()
        return told


@pytest.fixture
async def bed(room: ControlRoom, service: Service, platform: tuple[FhirServer, str]) -> Bed:
    service.records = FhirPeer(platform[1])
    incident_id, assignment_id, _ = await room.sent_out(age_years=68, sex="f")
    patient_id = (await room.incident(incident_id))["patients"][0]["patient_id"]
    return Bed(room, incident_id, patient_id, assignment_id)


def texts(record: Wire, section: str) -> list[str]:
    return [item["text"] for item in record["sections"][section]]


async def test_with_consent_the_whole_summary_is_shown(bed: Bed) -> None:
    assert (await bed.ask("given"))["outcome"] == "answered"
    record = await bed.record()
    assert texts(record, "allergies") == [
        "青霉素",
        "碘造影剂",
    ]  # what was refuted is none; the second came on a second page
    assert texts(record, "anticoagulants") == ["rivaroxaban"]  # aspirin is none, warfarin was stopped
    assert texts(record, "implants") == ["心脏起搏器"]
    assert [(i["text"], i["code"], i["since"]) for i in record["sections"]["prior_strokes"]] == [
        ("脑梗死", "I63.5", "2019-03-04")
    ]
    assert texts(record, "prior_stents") == ["冠状动脉支架置入术"]
    assert (record["n_other_medications"], record["is_complete"]) == (1, True)


async def test_a_patient_who_cannot_be_asked_opens_less(bed: Bed, platform: tuple[FhirServer, str]) -> None:
    asked = await bed.ask("presumed")
    assert asked["sections"] == ["allergies", "anticoagulants", "implants"]
    assert set((await bed.record())["sections"]) == set(asked["sections"])
    kinds = {path.rsplit("/", 1)[1] for _, path, _ in platform[0].asked}
    assert kinds == {
        "Patient",
        "AllergyIntolerance",
        "MedicationStatement",
        "Device",
    }  # the others were never asked for
    assert {purpose for _, _, purpose in platform[0].asked} == {"ETREAT"}


async def test_a_refusal_stands_unless_the_glass_is_broken_on_record(
    bed: Bed, platform: tuple[FhirServer, str], journal: MemoryJournal
) -> None:
    assert (await bed.ask("refused", 409))["code"] == "consent_refused"
    assert platform[0].asked == []
    await bed.ask("refused", break_glass_reason="昏迷,溶栓前须知抗凝药")
    assert {purpose for _, _, purpose in platform[0].asked} == {"BTG"}
    timeline = (await bed.room.get(f"/incidents/{bed.incident_id}/timeline"))["items"]
    asked = [event for event in timeline if event["type"] == "RecordAsked"]
    answered = [event for event in timeline if event["type"] == "RecordAnswered"]
    assert [(event["actor"], event["data"]["purpose"], event["data"]["reason"]) for event in asked] == [
        ("dev", "BTG", "昏迷,溶栓前须知抗凝药")
    ]
    assert answered[0]["data"]["outcome"] == "answered"
    kept = repr(journal.entries)
    assert not any(secret in kept for secret in (CARD["value"], "青霉素", "rivaroxaban", "起搏器"))


async def test_the_record_goes_with_the_incident(bed: Bed) -> None:
    await bed.ask("given")
    await bed.room.change(bed.incident_id, "cancel", {"reason": "试验"})
    assert (await bed.record(409))["code"] == "incident_not_open"
    assert (await bed.ask("given", 409))["code"] == "incident_not_open"


async def test_consent_that_was_given_needs_no_glass_broken(bed: Bed) -> None:
    assert (await bed.ask("given", break_glass_reason="手滑"))["purpose"] == "ETREAT"


async def test_a_token_goes_to_nobody_else(bed: Bed, platform: tuple[FhirServer, str]) -> None:
    """A server that sends us elsewhere is not followed."""
    platform[0].elsewhere = "http://127.0.0.1:1/fhir"
    assert (await bed.ask("given"))["outcome"] == "refused"


async def test_nobody_has_asked_yet(bed: Bed) -> None:
    assert (await bed.record(404))["code"] == "record_not_found"


async def test_whom_nobody_or_two_people_match_is_not_guessed(bed: Bed, platform: tuple[FhirServer, str]) -> None:
    server = platform[0]
    server.create({"resourceType": "Patient", "identifier": [CARD]})
    assert (await bed.ask("given"))["outcome"] == "ambiguous"
    server.store["Patient"].clear()
    assert (await bed.ask("given"))["outcome"] == "not_found"
    await bed.record(404)


async def test_a_pre_alert_arrives_and_the_hand_over_updates_it(
    bed: Bed, platform: tuple[FhirServer, str], service: Service, clock: VirtualClock
) -> None:
    courier = Courier(service.engine, FhirPeer(platform[1]), service.journal.read_incident)
    server, now = platform[0], clock.now().isoformat()
    finding = {
        "kind": "vitals",
        "value": {"heart_rate_bpm": 96, "spo2_percent": 97},
        "observed_at": now,
        "observer": "U1",
    }
    scale = {"kind": "scale", "value": {"name": "cpss", "score": 2}, "observed_at": now, "observer": "U1"}
    await bed.room.change(bed.incident_id, "findings", [finding, scale])
    await bed.hand_over("pre_alert", courier)
    (patient,) = [p for p in server.store["Patient"].values() if p["gender"] == "female" and "birthDate" not in p]
    (encounter,) = server.search("Encounter", {"patient": patient["id"]})
    assert (encounter["status"], encounter["class"]["code"]) == ("in-progress", "EMER")
    observed = server.search("Observation", {"patient": patient["id"]})
    coded = {c["code"]: o for o in observed for c in o["code"].get("coding", [])}
    assert coded["8867-4"]["valueQuantity"]["value"] == 96
    assert {"30525-0", "59408-5", "call", "dispatch"} <= coded.keys()
    assert {o["encounter"]["reference"] for o in observed} == {f"Encounter/{encounter['id']}"}
    (message,) = server.store["Communication"].values()
    assert message["recipient"][0]["identifier"]["value"] == (await bed.hand_over("handover", courier))["hospital_id"]
    assert [e["status"] for e in server.search("Encounter", {"patient": patient["id"]})] == ["finished"]
    again = server.search("Observation", {"patient": patient["id"]})
    assert len([o for o in again if "8867-4" in str(o["code"])]) == 1  # updated, not doubled
    alert = [s for s in (await bed.room.get(f"{bed.path}/clock"))["stamps"] if s["milestone"] == "alert"]
    assert [(stamp["source"], stamp["at"]) for stamp in alert] == [("control_room", "2026-11-30T02:00:00Z")]


async def test_a_hospital_may_fetch_the_hand_over_itself(bed: Bed, client: httpx.AsyncClient) -> None:
    fetched = await client.get(f"/api/v1{bed.path}/handovers/pre_alert")
    assert fetched.headers["content-type"] == "application/fhir+json"
    assert check(fetched.json(), "Bundle")["type"] == "transaction"


async def test_a_peer_that_is_gone_holds_nothing_up(bed: Bed, service: Service) -> None:
    service.records = FhirPeer(f"http://127.0.0.1:{free_port()}", timeout_s=1.0)
    assert (await bed.ask("given"))["outcome"] == "unavailable"
    courier = Courier(service.engine, service.records, service.journal.read_incident)
    await bed.hand_over("pre_alert", courier)
    timeline = (await bed.room.get(f"/incidents/{bed.incident_id}/timeline"))["items"]
    outcomes = {event["type"]: event["data"].get("outcome") for event in timeline}
    assert (outcomes["RecordAnswered"], outcomes["HandoverAnswered"]) == ("unavailable", "unavailable")
    assert (await bed.room.call())["recommendation"]["units"]  # calls are taken as ever
    stamps = (await bed.room.get(f"{bed.path}/clock"))["stamps"]
    assert "alert" not in {stamp["milestone"] for stamp in stamps}  # nobody was alerted


async def test_a_peer_that_says_no_is_told_apart(bed: Bed, platform: tuple[FhirServer, str], service: Service) -> None:
    platform[0].token = "secret"
    assert (await bed.ask("given"))["outcome"] == "refused"
    service.records = FhirPeer(platform[1], token="secret")
    assert (await bed.ask("given"))["outcome"] == "answered"


async def test_without_a_peer_nothing_is_asked(bed: Bed, service: Service, journal: MemoryJournal) -> None:
    service.records = None
    before = len(journal.entries)
    assert (await bed.ask("given", 409))["code"] == "no_records_peer"
    assert len(journal.entries) == before


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://example", "records"])
def test_a_peer_is_reached_over_http_only(address: str) -> None:
    with pytest.raises(ValueError, match="http"):
        FhirPeer(address)


async def test_the_stand_in_is_a_server_and_not_a_canned_answer(platform: tuple[FhirServer, str]) -> None:
    """What is no resource, or has a code outside its value set, is refused; and nothing of that transaction is kept."""
    server, url = platform
    entry = {"fullUrl": "urn:uuid:1", "request": {"method": "PUT", "url": "Patient?identifier=a|b"}}
    strange = {"resourceType": "Patient", "identifier": [{"system": "a", "value": "b"}], "gender": "lady"}
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [{**entry, "resource": strange}]}
    assert await FhirPeer(url).deliver(bundle, NOTICE) is PeerOutcome.REFUSED
    assert server.search("Patient", {"identifier": "a|b"}) == []
    strange["gender"] = "female"
    assert await FhirPeer(url).deliver(bundle, NOTICE) is PeerOutcome.ANSWERED
    assert len(server.search("Patient", {"identifier": "a|b"})) == 1


def test_a_service_without_a_peer_never_loads_the_models() -> None:
    """They take half a second to load."""
    loaded = (
        "import sys, dispatch.main; print([m for m in sys.modules if m.partition('.')[0] in ('fhir', 'fhir_core')])"
    )
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
