"""A hospital's own view: who comes, places kept, pre-alerts answered, patients turned away, transfers; and of others nothing."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from dispatch.domain.accounts import Role
from dispatch.engine.clocks import VirtualClock
from tests.api.conftest import NOW, City
from tests.fakes.control_room import ControlRoom
from tests.fakes.memory_journal import MemoryJournal
from tests.fakes.people import People, account_book

Wire = dict[str, Any]


class Coming:
    """A stroke patient on the way, with the crew's position known."""

    def __init__(self, room: ControlRoom) -> None:
        self.room = room

    async def leave_scene(self) -> "Coming":
        self.incident_id, assignment_id, unit_id = await self.room.sent_out(caller_phone="13800000000")
        fix = {"unit_id": unit_id, "lat": 22.55, "lon": 114.06, "datum": "wgs84", "fixed_at": NOW.isoformat()}
        await self.room.post("/units/positions", [fix], 202)
        await self.room.step(assignment_id, "left_scene")
        incident = await self.room.incident(self.incident_id)
        self.hospital_id = incident["assignments"][0]["hospital_id"]
        self.patient_id = incident["patients"][0]["patient_id"]
        return self

    async def reception(self) -> Wire:
        return dict(await self.room.get(f"/hospitals/{self.hospital_id}/reception"))

    async def post(self, path: str, body: Wire, status: int = 200) -> Wire:
        return dict(await self.room.post(f"/hospitals/{self.hospital_id}/{path}", body, status))


@pytest.fixture
async def coming(room: ControlRoom) -> Coming:
    return await Coming(room).leave_scene()


async def test_a_hospital_sees_who_comes_and_when_and_not_who_called(coming: Coming) -> None:
    seen = await coming.reception()
    (patient,) = seen["incoming"]
    assert (patient["patient_id"], patient["pathway"], patient["status"]) == (coming.patient_id, "stroke", "left_scene")
    assert patient["prealert"]["state"] == "sent"
    assert seen["at"] < patient["eta_at"]
    assert "13800000000" not in str(seen)
    assert "location" not in patient


async def test_before_the_crew_has_left_there_is_no_countdown(room: ControlRoom) -> None:
    incident_id, _, _ = await room.sent_out()
    hospital_id = (await room.incident(incident_id))["assignments"][0]["hospital_id"]
    (patient,) = (await room.get(f"/hospitals/{hospital_id}/reception"))["incoming"]
    assert patient["eta_at"] is None
    assert patient["drive_s"] > 0


async def test_a_prealert_is_acknowledged(coming: Coming) -> None:
    told = await coming.post(f"patients/{coming.patient_id}/acknowledge", {})
    assert (told["prealert"]["state"], told["prealert"]["answered_by"]) == ("acknowledged", "dev")


async def test_a_patient_is_turned_away_with_a_reason_and_another_hospital_is_recommended(coming: Coming) -> None:
    away = {"reason": "CT 故障", "to_hospital_id": "H001"}
    told = await coming.post(f"patients/{coming.patient_id}/turn-away", away)
    assert told["turned_away"][0]["reason"] == "CT 故障"
    advice = await coming.room.get(f"/incidents/{coming.incident_id}/recommendation")
    assert advice["hospital"]["hospital_id"] != coming.hospital_id
    excluded = {item["id"]: item["rule"] for item in advice["excluded"]}
    assert excluded[coming.hospital_id] == "patient_turned_away"
    without = await coming.post(f"patients/{coming.patient_id}/turn-away", {"to_hospital_id": "H001"}, 422)
    assert without["errors"][0]["pointer"] == "/reason"


async def test_a_place_is_kept_confirmed_and_given_up(coming: Coming) -> None:
    slot = {"capability": "ct", "patient_id": coming.patient_id}
    kept = (await coming.post("slots", slot, 201))["capabilities"]["ct"]
    assert (kept["state"], kept["reported"], kept["slots"][0]["state"]) == ("busy", "unknown", "reserved")
    confirmed = (await coming.post("slots/confirm", slot))["capabilities"]["ct"]
    assert confirmed["slots"][0]["state"] == "confirmed"
    assert (await coming.reception())["incoming"][0]["slots"] == {"ct": "confirmed"}
    assert "ct" not in (await coming.post("slots/release", slot))["capabilities"]
    await coming.post("slots/release", slot, 404)


async def test_two_patients_do_not_get_one_place(coming: Coming, room: ControlRoom) -> None:
    await coming.post("slots", {"capability": "cath_lab", "patient_id": coming.patient_id}, 201)
    other = (await room.call(complaint="acute_coronary"))["incident"]["patients"][0]["patient_id"]
    refused = await coming.post("slots", {"capability": "cath_lab", "patient_id": other}, 409)
    assert refused["code"] == "no_slot_free"


async def test_a_transfer_is_asked_for_answered_and_seen_by_both(room: ControlRoom) -> None:
    asked = await room.post(
        "/hospitals/H031/transfers", {"to_hospital_id": "H002", "reason": "需取栓", "capability": "thrombectomy"}, 201
    )
    transfer_id = asked["transfer_id"]
    for hospital_id in ("H031", "H002"):
        assert (await room.get(f"/hospitals/{hospital_id}/reception"))["transfers"][0]["state"] == "asked"
    path = f"/hospitals/H002/transfers/{transfer_id}/answer"
    refused = await room.post(path, {"accepts": False}, 422)
    assert refused["errors"][0]["pointer"] == "/answer"
    answered = await room.post(path, {"accepts": True, "answer": "直送导管室"})
    assert (answered["state"], answered["answer"]) == ("accepted", "直送导管室")
    await room.post(f"/hospitals/H031/transfers/{transfer_id}/withdraw", {"reason": "好转"}, 409)


# --- the confined login -------------------------------------------------------------------------------------------------


@pytest.fixture
async def ward(
    city: City, journal: MemoryJournal, clock: VirtualClock, tmp_path: Path
) -> AsyncIterator[httpx.AsyncClient]:
    """A hospital's page outside of development: it has the token of H002."""
    with account_book(tmp_path) as book:
        people = People(city.service(journal, clock), book)
        async with people.client(people.token(Role.HOSPITAL, hospital_id="H002")) as client:
            yield client


async def test_a_hospital_is_confined_to_its_own(ward: httpx.AsyncClient) -> None:
    assert (await ward.get("/api/v1/me")).json()["hospital_id"] == "H002"
    assert (await ward.get("/api/v1/hospitals/H002/reception")).status_code == 200
    for path in ("/hospitals/H003/reception", "/hospitals", "/incidents", "/units", "/events", "/maps/stroke"):
        refused = await ward.get(f"/api/v1{path}")
        assert refused.status_code == 403, path
    status = {"capability": "ct", "state": "busy", "source": "急诊"}
    assert (await ward.post("/api/v1/hospitals/H002/status", json=status)).status_code == 200
    other = await ward.post("/api/v1/hospitals/H003/status", json=status)
    assert (other.status_code, other.json()["code"]) == (403, "other_hospital")
    assert (await ward.post("/api/v1/calls", json={"complaint": "stroke"})).status_code == 403


async def test_a_page_keeps_its_token_in_a_cookie_that_scripts_cannot_read(ward: httpx.AsyncClient) -> None:
    begun = await ward.post("/api/v1/session")
    cookie = begun.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    del ward.headers["Authorization"]
    assert (await ward.get("/api/v1/hospitals/H002/reception")).status_code == 200
    ward.cookies.clear()
    assert (await ward.get("/api/v1/hospitals/H002/reception")).status_code == 401


async def test_a_token_that_was_not_issued_opens_nothing(ward: httpx.AsyncClient) -> None:
    for token in ("", "x"):
        answer = await ward.get("/api/v1/hospitals/H002/reception", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401
