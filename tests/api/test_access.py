"""Who may call what: every route says so, and without development mode only the public ones answer strangers."""

from collections.abc import AsyncIterator

import httpx
import pytest

from dispatch import trail
from dispatch.api.access import STAFF, Role, declared_roles, routes_of
from dispatch.api.app import create_app
from dispatch.api.wiring import Service
from dispatch.engine.clocks import VirtualClock
from dispatch.settings import Settings
from tests.api.conftest import City
from tests.fakes.control_room import STROKE
from tests.fakes.memory_journal import MemoryJournal

# The contract's own list, and finding a place by name, without which a phone that gives no position cannot ask for AEDs.
PUBLIC = {
    ("GET", "/aed"),
    ("GET", "/hospital"),  # the page asks for its token itself, and holds nothing
    ("POST", "/api/v1/session"),  # asks for name and password itself
    ("GET", "/api/v1/session"),  # how one can sign in
    ("GET", "/api/v1/session/single-sign-on"),
    ("GET", "/api/v1/session/single-sign-on/done"),
    ("GET", "/api/v1/aeds/nearest"),
    ("GET", "/api/v1/aeds"),
    ("GET", "/api/v1/aeds/{aed_id:path}"),
    ("POST", "/api/v1/aeds/{aed_id:path}/reports"),
    ("GET", "/api/v1/maps/aed"),
    ("GET", "/api/v1/maps/landmarks"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
}
OUR_IDS = {
    "incident_id": "inc-live-none",
    "assignment_id": "asg-live-none",
    "patient_id": "p",
    "unit_id": "U001",
    "run_id": "r",
}


@pytest.fixture
def locked(city: City, journal: MemoryJournal, clock: VirtualClock) -> Service:
    """A service outside of development: there is no account yet that could enter."""
    return city.service(journal, clock, Settings(dev=False))


@pytest.fixture
async def stranger(locked: Service) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=create_app(locked), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        yield client


async def test_every_route_says_who_may_call_it(service: Service) -> None:
    declared = {
        (method, str(route.path)): declared_roles(route)
        for route in routes_of(create_app(service))
        for method in route.methods or ()
    }
    assert {route for route, roles in declared.items() if roles is None} == PUBLIC
    assert len(declared) > 30
    assert all(roles and roles <= set(Role) for roles in declared.values() if roles is not None)


async def test_what_each_role_is_for(service: Service) -> None:
    declared = {str(route.path): declared_roles(route) for route in routes_of(create_app(service))}
    control_room = {Role.DISPATCHER, Role.SUPERVISOR}
    assert declared["/api/v1/calls"] == control_room
    assert declared["/api/v1/incidents/{incident_id}/assignments"] == control_room
    assert declared["/api/v1/assignments/{assignment_id}/status"] == control_room | {Role.CREW}
    assert declared["/api/v1/hospitals/{hospital_id}/status"] == control_room | {Role.HOSPITAL}
    assert declared["/api/v1/events"] == {Role.AUDITOR, Role.SUPERVISOR, Role.ADMIN}
    # The public's own responders are no staff: they speak for themselves.
    assert {path for path, roles in declared.items() if roles and Role.RESPONDER in roles} == {
        "/api/v1/aed-runs/{run_id}/status",
        "/api/v1/arrest-units/{unit_id}/duty",
        "/api/v1/arrest-units/{unit_id}/place",
        "/api/v1/arrest-units/{unit_id}/run",
        "/api/v1/arrest-units/{unit_id}/withdraw",
        "/api/v1/me",
        "/api/v1/session/end",
    }


async def test_a_stranger_is_asked_for_credentials_everywhere_else(
    stranger: httpx.AsyncClient, locked: Service, journal: MemoryJournal
) -> None:
    head = journal.head_seq
    for route in routes_of(create_app(locked)):
        for method in route.methods or ():
            if (method, str(route.path)) in PUBLIC - {("POST", "/api/v1/session")}:
                continue
            path = (
                str(route.path)
                .replace(":path", "")
                .format(
                    **OUR_IDS,
                    hospital_id="H011",
                    aed_id="A",
                    traffic_id="trf-live-x",
                    transfer_id="trn-live-x",
                    warning_id="wrn-live-x",
                    notice_id="ntc-live-x",
                    picture_id="0" * 32,
                    desk_id="desk-1",
                    kind="pre_alert",
                )
            )
            answer = await stranger.request(method, path, json=STROKE if method == "POST" else None)
            assert (answer.status_code, answer.headers["Content-Type"]) == (401, "application/problem+json"), path
            assert answer.json()["code"] == "credentials_required", path
            assert answer.headers["WWW-Authenticate"] == "Bearer", path
    assert journal.head_seq == head


@pytest.mark.parametrize(
    "path",
    [
        "/healthz",
        "/readyz",
        "/openapi.json",
        "/aed",
        "/api/v1/aeds",
        "/api/v1/aeds/nearest?lat=22.5431&lon=114.0579",
        "/api/v1/maps/aed",
    ],
)
async def test_the_public_is_asked_for_nothing(stranger: httpx.AsyncClient, path: str) -> None:
    answer = await stranger.get(path)
    # Where the console has not been built, its page says so; it never asks who is there.
    assert answer.status_code == 200 or answer.json()["code"] == "console_not_built"


async def test_no_back_door_leads_to_the_console_page(stranger: httpx.AsyncClient) -> None:
    for path in ("/", "/docs", "/metrics"):
        assert (await stranger.get(path)).status_code == 401, path
    for path in ("/index.html", "/aed.html", "/assets/../index.html", "/%2e/index.html"):
        assert (await stranger.get(path)).status_code in {401, 404}, path


async def test_the_developer_has_every_staff_role_and_is_told_so(client: httpx.AsyncClient) -> None:
    me = (await client.get("/api/v1/me")).json()
    assert (me["user"], me["development"], me["realm"]) == ("dev", True, "live")
    assert set(me["roles"]) == set(STAFF)


async def test_the_api_page_says_that_nobody_signed_in(client: httpx.AsyncClient, stranger: httpx.AsyncClient) -> None:
    assert "开发模式" in (await client.get("/openapi.json")).json()["info"]["description"]
    assert "description" not in (await stranger.get("/openapi.json")).json()["info"]


async def test_every_answer_keeps_to_itself(client: httpx.AsyncClient) -> None:
    """No page of ours is framed, sniffed, or given scripts from elsewhere."""
    for path in ("/", "/aed", "/docs", "/api/v1/units?limit=1", "/api/v1/nothing"):
        headers = (await client.get(path)).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'self'" in headers["Content-Security-Policy"]


async def test_a_monitor_reads_the_state(client: httpx.AsyncClient, service: Service) -> None:
    with trail.timed_by(service.durations):
        await client.post("/api/v1/calls", json=STROKE)
    answer = await client.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    samples = dict(line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#"))
    assert samples['dispatch_open_incidents{priority="red"}'] == "1"
    assert samples['dispatch_units{state="free"}'] == "584"
    assert samples["dispatch_up"] == "1"
    assert int(samples["dispatch_journal_seq"]) > 1
    # The whole path of a call, step by step; each bound counts what is below it too.
    for step in ("request", "command", "decide", "gather", "travel_times", "policy", "append", "publish"):
        assert int(samples[f'dispatch_step_seconds_count{{step="{step}"}}']) >= 1
        counts = [
            int(count)
            for name, count in samples.items()
            if name.startswith(f'dispatch_step_seconds_bucket{{step="{step}"')
        ]
        assert counts == sorted(counts)
        assert counts[-1] == int(samples[f'dispatch_step_seconds_count{{step="{step}"}}'])
