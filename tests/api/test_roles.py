"""Each role at the door: signing in, what routes give it, and what it is refused. The table of docs/security.md is the service's."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from dispatch.adapters.accounts import AccountBook
from dispatch.api.access import NAMED, declared_roles, routes_of
from dispatch.api.app import create_app
from dispatch.api.wiring import Service
from dispatch.domain.accounts import Role
from tests.api.conftest import NOW
from tests.fakes.control_room import FUTIAN, STROKE, ControlRoom
from tests.fakes.people import PASSWORD, People, account_book

Wire = dict[str, Any]
DOCUMENT = Path(__file__).parents[2] / "docs" / "security.md"
PARTICULARS = {"caller_phone": "13912345678", "address_text": "福田区深南大道 9999 号", "age_years": 71}


@pytest.fixture
def book(tmp_path: Path) -> Iterator[AccountBook]:
    with account_book(tmp_path) as book:
        yield book


class Scene:
    """One stroke patient on the way to a hospital, another one elsewhere, and the people concerned."""

    def __init__(self, service: Service, book: AccountBook) -> None:
        self.service, self.book = service, book

    async def begin(self) -> "Scene":
        transport = httpx.ASGITransport(app=create_app(self.service))
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            room = ControlRoom(client)
            self.incident_id, self.assignment_id, self.unit_id = await room.sent_out(**PARTICULARS)
            await room.change(self.incident_id, "notes", {"text": "门禁密码 4711"})
            incident = await room.incident(self.incident_id)
            self.hospital_id = incident["assignments"][0]["hospital_id"]
            self.patient_id = incident["patients"][0]["patient_id"]
            other = await room.sent_out(
                location={"lat": 22.72, "lon": 114.24, "datum": "wgs84"}, complaint="trauma_fall"
            )
            self.other_incident_id, self.other_assignment_id, self.other_unit_id = other
            elsewhere = await room.incident(self.other_incident_id)
            self.other_patient_id = elsewhere["patients"][0]["patient_id"]
            fixes = [
                {"unit_id": unit, "lat": 22.55, "lon": 114.06, "datum": "wgs84", "fixed_at": NOW.isoformat()}
                for unit in (self.unit_id, self.other_unit_id)
            ]
            await room.post("/units/positions", fixes, 202)
        self.people = People(self.service, self.book)
        return self

    def token(self, role: Role) -> str:
        return self.people.token(
            role,
            unit_id=self.unit_id if role is Role.CREW else None,
            hospital_id=self.hospital_id if role is Role.HOSPITAL else None,
        )


@pytest.fixture
async def scene(service: Service, book: AccountBook) -> Scene:
    return await Scene(service, book).begin()


@pytest.fixture
async def crew(scene: Scene) -> AsyncIterator[httpx.AsyncClient]:
    async with scene.people.client(scene.token(Role.CREW)) as client:
        yield client


@pytest.fixture
async def ward(scene: Scene) -> AsyncIterator[httpx.AsyncClient]:
    async with scene.people.client(scene.token(Role.HOSPITAL)) as client:
        yield client


# --- signing in -----------------------------------------------------------------------------------------------------------


async def test_name_and_password_open_a_session_in_a_cookie(service: Service, book: AccountBook) -> None:
    book.add("li", frozenset({Role.DISPATCHER}), password=PASSWORD)
    async with People(service, book).client() as client:
        assert (await client.get("/api/v1/me")).status_code == 401
        wrong = await client.post("/api/v1/session", json={"name": "li", "password": "wrong"})
        assert (wrong.status_code, wrong.json()["code"]) == (401, "credentials_wrong")
        begun = await client.post("/api/v1/session", json={"name": "li", "password": PASSWORD})
        assert (begun.status_code, begun.json()["user"]) == (200, "li")
        cookie = begun.headers["Set-Cookie"]
        assert {"HttpOnly", "SameSite=strict"} <= {part.strip() for part in cookie.split(";")}
        assert (await client.get("/api/v1/me")).json()["roles"] == ["dispatcher"]
        assert (await client.post("/api/v1/calls", json=STROKE)).status_code == 201
        stolen = client.cookies["dispatch_session"]
        assert (await client.post("/api/v1/session/end")).json() == {"signed_out": True}
        client.cookies.set("dispatch_session", stolen)
        assert (await client.get("/api/v1/me")).status_code == 401


async def test_who_tries_too_often_waits(service: Service, book: AccountBook) -> None:
    async with People(service, book).client() as client:
        tried = [await client.post("/api/v1/session", json={"name": "x", "password": "y"}) for _ in range(11)]
    assert [answer.status_code for answer in tried] == [401] * 10 + [429]
    assert int(tried[-1].headers["Retry-After"]) >= 1


async def test_a_strangers_page_cannot_use_a_session(service: Service, book: AccountBook) -> None:
    """A browser sends the cookie along, and names the page that asks."""
    book.add("li", frozenset({Role.DISPATCHER}), password=PASSWORD)
    service.allowed_origins = frozenset({"https://wall.example"})
    async with People(service, book).client() as client:
        await client.post("/api/v1/session", json={"name": "li", "password": PASSWORD})
        for origin, status in {
            "https://evil.example": 403,
            "null": 403,
            "http://service": 201,
            "https://wall.example": 201,
        }.items():
            answer = await client.post("/api/v1/calls", json=STROKE, headers={"Origin": origin})
            assert answer.status_code == status, origin


async def test_nor_can_it_use_the_development_mode(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/calls", json=STROKE, headers={"Origin": "https://evil.example"})
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_page")


async def test_a_browser_is_shown_the_form_and_a_program_the_problem(service: Service, book: AccountBook) -> None:
    async with People(service, book).client() as client:
        page = await client.get("/", headers={"Accept": "text/html,*/*"})
        problem = await client.get("/")
    assert page.status_code == 401
    assert (problem.status_code, problem.json()["code"]) == (401, "credentials_required")


async def test_in_development_a_token_acts_as_its_owner(service: Service, book: AccountBook) -> None:
    people = People(service, book)
    service.is_development = True
    async with people.client(people.token(Role.AUDITOR)) as client:
        assert (await client.get("/api/v1/me")).json()["roles"] == ["auditor"]
    async with people.client("made up") as client:
        assert (await client.get("/api/v1/me")).status_code == 401


# --- routes ---------------------------------------------------------------------------------------------------------------


def test_every_parameter_of_a_path_is_somebodys_or_nobodys(service: Service) -> None:
    """A new one has to say which before anybody confined is let near it."""
    free = {
        "aed_id",
        "desk_id",
        "traffic_id",
        "kind",
        "transfer_id",
        "run_id",
        "warning_id",
        "notice_id",
        "picture_id",
    }  # runs and transfers look after themselves
    named = {name for route in routes_of(create_app(service)) for name in re.findall(r"{(\w+)", str(route.path))}
    assert named - set(NAMED) <= free


def test_the_table_of_routes_and_roles_is_the_services(service: Service) -> None:
    stated = {
        (method, path): frozenset(filter(None, (role.strip() for role in roles.split(","))))
        for method, path, roles in re.findall(
            r"^\| (GET|POST|PUT) \| `([^`]+)` \| ([^|]*) \|$", DOCUMENT.read_text("utf-8"), re.MULTILINE
        )
    }
    declared = {
        (method, route.path_format): frozenset(declared_roles(route) or {"public"})
        for route in routes_of(create_app(service))
        if route.include_in_schema
        for method in route.methods or ()
    }
    assert stated == declared


@pytest.mark.parametrize("role", Role)
async def test_a_role_is_let_in_where_it_is_declared_and_nowhere_else(scene: Scene, role: Role) -> None:
    head = scene.service.engine.world.seq
    async with scene.people.client(scene.token(role)) as client:
        for route in routes_of(scene.people.app):
            roles = declared_roles(route)
            if roles is None or role in roles:
                continue
            path = re.sub(r"{\w+(:path)?}", "x", str(route.path))
            for method in route.methods or ():
                answer = await client.request(method, path)
                assert (answer.status_code, answer.json()["code"]) == (403, "role_forbidden"), (method, path)
    assert scene.service.engine.world.seq == head


async def test_a_crew_has_its_own_incident_and_no_other(scene: Scene, crew: httpx.AsyncClient) -> None:
    own = (await crew.get(f"/api/v1/incidents/{scene.incident_id}")).json()
    assert own["calls"][0]["caller_phone"] == "13912345678"
    assert [item["incident_id"] for item in (await crew.get("/api/v1/incidents")).json()["items"]] == [
        scene.incident_id
    ]
    assert [item["unit_id"] for item in (await crew.get("/api/v1/units")).json()["items"]] == [scene.unit_id]
    step = {"status": "acknowledged"}
    stepped = await crew.post(f"/api/v1/assignments/{scene.assignment_id}/status", json=step)
    assert stepped.status_code == 200
    assert "possible_duplicates" not in stepped.json()["incident"]
    fixed = {"lat": 22.55, "lon": 114.06, "datum": "wgs84", "fixed_at": NOW.isoformat()}
    reported = await crew.post(
        "/api/v1/units/positions", json=[{"unit_id": scene.other_unit_id, **fixed}, {"unit_id": scene.unit_id, **fixed}]
    )
    assert {"index": 0, "code": "not_yours"} in reported.json()["rejected"]
    before = scene.service.engine.world.seq
    for method, path, body in (
        ("GET", f"/incidents/{scene.other_incident_id}", None),
        ("POST", f"/incidents/{scene.other_incident_id}/notes", {"text": "x"}),
        ("POST", f"/assignments/{scene.other_assignment_id}/status", step),
        ("POST", f"/units/{scene.other_unit_id}/status", {"duty": "out_of_service"}),
        ("POST", f"/patients/{scene.other_patient_id}/outcome", {"state": "refused"}),
        ("GET", "/incidents/inc-live-none", None),
    ):
        refused = await crew.request(method, f"/api/v1{path}", json=body)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_yours"), path
    assert scene.service.engine.world.seq == before


async def test_a_crew_keeps_no_place_for_another_crews_patient(scene: Scene, crew: httpx.AsyncClient) -> None:
    slot = {"capability": "ct", "patient_id": scene.other_patient_id}
    assert (await crew.post("/api/v1/hospitals/H001/slots", json=slot)).status_code == 403
    kept = await crew.post("/api/v1/hospitals/H001/slots", json=slot | {"patient_id": scene.patient_id})
    assert kept.status_code == 201


async def test_a_hospital_writes_the_clock_of_its_own_patients_only(scene: Scene, ward: httpx.AsyncClient) -> None:
    own = f"/api/v1/incidents/{scene.incident_id}/patients/{scene.patient_id}/clock"
    other = f"/api/v1/incidents/{scene.other_incident_id}/patients/{scene.other_patient_id}/clock"
    mixed = f"/api/v1/incidents/{scene.incident_id}/patients/{scene.other_patient_id}/clock"
    stamp = {"milestone": "door", "at": NOW.isoformat(), "source": "hospital", "certainty": "exact"}
    assert (await ward.get(own)).status_code == 200
    for path in (other, mixed):
        assert (await ward.get(path)).json()["code"] == "not_yours"
        assert (await ward.post(path, json=stamp)).json()["code"] == "not_yours"
    in_anothers_name = await ward.post(
        own, json=stamp | {"hospital_id": "H003" if scene.hospital_id != "H003" else "H001"}
    )
    assert in_anothers_name.json()["code"] == "role_forbidden"
    for path in ("record", "handovers/pre_alert"):
        refused = await ward.get(
            f"/api/v1/incidents/{scene.other_incident_id}/patients/{scene.other_patient_id}/{path}"
        )
        assert refused.json()["code"] == "not_yours"


@pytest.mark.parametrize("role", [Role.TRAINER, Role.ADMIN])
async def test_who_needs_no_persons_sees_none(scene: Scene, role: Role) -> None:
    async with scene.people.client(scene.token(role)) as client:
        answers = [
            await client.get("/api/v1/incidents"),
            await client.get(f"/api/v1/incidents/{scene.incident_id}"),
            *([await client.get("/api/v1/events?limit=10000")] if role is Role.ADMIN else []),
        ]
        units = {unit["unit_id"]: unit for unit in (await client.get("/api/v1/units")).json()["items"]}
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    for answer in answers:
        for personal in ("13912345678", "深南大道 9999", "门禁密码", '22.5431,"lon":114.0579', '"age_years":71'):
            assert personal not in answer.text, personal
    assert units[scene.unit_id]["position"] is None  # where it stands is where the patient is


async def test_strangers_are_asked_even_what_does_not_exist(scene: Scene) -> None:
    async with scene.people.client() as client:
        assert (await client.get(f"/api/v1/incidents/{scene.incident_id}")).status_code == 401
        assert (await client.get(f"/api/v1/aeds/nearest?lat={FUTIAN['lat']}&lon={FUTIAN['lon']}")).status_code == 200
